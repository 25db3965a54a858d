/** Files that left: reports and journals for accounts packages. */

import { useState } from "preact/hooks";
import {
  AccountsPackage,
  type Export,
  ExportJournalsRequestSchema,
  JournalDetail,
  type PreviewJournalExportResponse,
} from "../../gen/lanyard/finance/v1/report_pb";
import { price } from "../../lib/money";
import { count, list } from "../../lib/words";
import { download } from "../event/download";
import { Empty, Icon, More, Notice, Ready, Trouble, Unseen } from "../kit/bits";
import { FormDialog } from "../kit/dialog";
import { type Column, Table } from "../kit/table";
import { momentOf } from "../kit/times";
import { useAction, useLoad, usePages } from "../load";
import { useOrderStep } from "../orders/step";
import { useBooks } from "./gate";
import { dayText, FinanceHead, monthOf } from "./parts";
import { typeOf } from "./reports";

/** The screen. */
export function Exports() {
  const { org, reports, to } = useBooks();
  const [taking, setTaking] = useState(false);
  const found = usePages(
    async (pageToken, signal) => {
      const answer = await reports.listExports({ orgId: org.id, pageToken }, { signal });
      return { items: answer.exports, next: answer.nextPageToken };
    },
    [org.id],
  );
  return (
    <>
      <FinanceHead title="Exports">
        <a class="button" href={to("finance/exports/accounts")}>
          <Icon name="settings" />
          Account codes
        </a>
        <a class="button" href={to("finance/exports/schedules")}>
          <Icon name="mail" />
          Send by mail
        </a>
        <button type="button" class="button button--primary" onClick={() => setTaking(true)}>
          <Icon name="download" />
          Journal for accounts
        </button>
      </FinanceHead>
      <Ready of={found}>
        {(exports) =>
          exports.length === 0 ? (
            <Empty
              icon="download"
              title="Nothing has left yet"
              text="Journals for Xero, QuickBooks and Sage, and reports taken as files, stand here as they left."
            />
          ) : (
            <div class="stack">
              <ExportTable exports={exports} />
              <More of={found} what="files" />
            </div>
          )
        }
      </Ready>
      {taking && (
        <JournalDialog
          onClose={() => setTaking(false)}
          onDone={() => {
            setTaking(false);
            found.reload();
          }}
        />
      )}
    </>
  );
}

function ExportTable({ exports }: { exports: readonly Export[] }) {
  const { org, reports } = useBooks();
  const fetched = useAction(
    (_id, exportId: string) => reports.getExportFile({ orgId: org.id, exportId }),
    ({ export: e, file }) => e !== undefined && download(file, e.fileName, typeOf(e.format)),
  );
  const columns: Column<Export>[] = [
    {
      key: "File",
      name: "File",
      kind: "head",
      cell: (e) => (
        <>
          {e.title}
          {e.again > 0 && <span class="badge badge--warm">Given again</span>}
          {e.again === 0 && e.repeats !== "" && <span class="badge">Same as before</span>}
          <span class="table__sub">{e.fileName}</span>
        </>
      ),
    },
    {
      key: "Period",
      name: "Period",
      cell: ({ firstDay, lastDay }) =>
        firstDay === "" && lastDay === ""
          ? "Everything"
          : `${dayText(firstDay)} to ${dayText(lastDay)}`,
    },
    {
      key: "Holds",
      name: "Holds",
      cell: ({ rows, journals, currency }) =>
        journals > 0 ? `${count(journals, "entry", "entries")} in ${currency}` : count(rows, "row"),
    },
    {
      key: "Left",
      name: "Left",
      cell: ({ madeAt, madeBy, scheduled, repeatsAt }) => (
        <>
          {momentOf(madeAt)}
          <span class="table__sub">{scheduled ? "By mail" : madeBy}</span>
          {repeatsAt !== undefined && (
            <span class="table__sub">First on {momentOf(repeatsAt)}</span>
          )}
        </>
      ),
    },
    {
      key: "Get",
      name: <Unseen>Get</Unseen>,
      kind: "actions",
      cell: (e) => (
        <button type="button" class="button" onClick={() => void fetched.run(e.id)}>
          Get<Unseen> {e.fileName}</Unseen>
        </button>
      ),
    },
  ];
  return (
    <>
      {fetched.problem !== null && <Trouble problem={fetched.problem} />}
      <Table caption="Files that left" columns={columns} rows={exports} keyOf={(e) => e.id} />
    </>
  );
}

function JournalDialog(props: { onClose: () => void; onDone: () => void }) {
  const { org, reports } = useBooks();
  const last = monthOf(new Date().toISOString().slice(0, 10), -1);
  const form = useOrderStep({
    desc: ExportJournalsRequestSchema,
    initial: {
      orgId: org.id,
      package: AccountsPackage.XERO,
      firstDay: last.first,
      lastDay: last.last,
      currency: "GBP",
      detail: JournalDetail.SUMMARY,
    },
    send: (request) => reports.exportJournals(request),
    done: ({ export: e }) => `${e?.fileName} is made, and kept here.`,
    arrive: ({ export: e, file }) => {
      download(file, e?.fileName ?? "journal.csv");
      props.onDone();
    },
  });
  const { package: system, firstDay, lastDay, currency, detail, again } = form.draft.message;
  const whole = firstDay !== "" && lastDay !== "" && /^[A-Z]{3}$/.test(currency);
  const seen = useLoad(
    async (signal) =>
      whole
        ? await reports.previewJournalExport(
            { orgId: org.id, package: system, firstDay, lastDay, currency, detail, again },
            { signal },
          )
        : null,
    [system, firstDay, lastDay, currency, detail, again],
  );
  return (
    <FormDialog
      title="Journal for an accounts package"
      form={form}
      confirm="Make the file"
      onClose={props.onClose}
    >
      {seen.problem !== null && <Trouble problem={seen.problem} />}
      {seen.data !== undefined && seen.data !== null && (
        <Preview seen={seen.data} currency={currency} />
      )}
    </FormDialog>
  );
}

function Preview({ seen, currency }: { seen: PreviewJournalExportResponse; currency: string }) {
  const { to } = useBooks();
  if (seen.unmapped.length > 0) {
    return (
      <Notice tone="warning" title="Some accounts have no code there yet">
        <p>{list(seen.unmapped.map((a) => a.title))}.</p>
        <p>
          <a href={to("finance/exports/accounts")}>Give them codes</a>
        </p>
      </Notice>
    );
  }
  if (seen.journals === 0) {
    return (
      <Notice
        title={seen.before > 0 ? "Everything has been exported already" : "Nothing to export"}
      >
        {seen.before > 0 && (
          <p>
            {count(seen.before, "entry", "entries")} of the period left before. Tick the box below
            only if the file was lost.
          </p>
        )}
      </Notice>
    );
  }
  return (
    <Notice
      tone={seen.open ? "info" : "success"}
      title={`${count(seen.journals, "entry", "entries")}, ${price(seen.debitsMinor, currency)} each side`}
    >
      <p class="small">
        In {count(seen.lines, "line")}.
        {seen.before > 0 && ` ${count(seen.before, "entry", "entries")} left before.`}
        {seen.open && " The period is not closed: more may come."}
        {seen.otherCurrencies.length > 0 &&
          ` There is also money in ${list(seen.otherCurrencies)}, which takes a file of its own.`}
      </p>
    </Notice>
  );
}

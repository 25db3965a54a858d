/** Bringing a bank statement: dropped or picked, looked at, and only then taken. */

import { useRef, useState } from "preact/hooks";
import { labelOf } from "../../form/schema";
import type { BankAccount, FileReport, SampleLine } from "../../gen/lanyard/finance/v1/bank_pb";
import { StatementFormatSchema } from "../../gen/lanyard/finance/v1/bank_pb";
import { count, list } from "../../lib/words";
import { Icon, Notice } from "../kit/bits";
import { Choice } from "../kit/choice";
import { Dialog } from "../kit/dialog";
import { type Column, Table } from "../kit/table";
import { momentOf } from "../kit/times";
import { say } from "../kit/toast";
import { useAction } from "../load";
import { useBooks } from "./gate";
import { Amount, dayText, Refusal } from "./parts";

interface Brought {
  fileName: string;
  content: Uint8Array;
}

/** The place to drop a file on. */
export function Upload(props: { accounts: readonly BankAccount[]; onDone: () => void }) {
  const { org, bank } = useBooks();
  const live = props.accounts.filter((a) => !a.archived);
  const [account, setAccount] = useState(0);
  const [over, setOver] = useState(false);
  const [seen, setSeen] = useState<{ file: Brought; report: FileReport } | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const accountId = live[account - 1]?.id ?? "";
  const look = useAction(
    async (_id, file: Brought) => ({
      file,
      report: (await bank.previewStatement({ orgId: org.id, accountId, ...file })).report,
    }),
    ({ file, report }) => report !== undefined && setSeen({ file, report }),
  );
  const take = async (file: File | undefined) => {
    if (file !== undefined) {
      await look.run({ fileName: file.name, content: new Uint8Array(await file.arrayBuffer()) });
    }
    if (input.current !== null) {
      input.current.value = "";
    }
  };
  return (
    <section class="panel" aria-labelledby="upload">
      <div class="panel__head">
        <h2 class="panel__title" id="upload">
          Bank statement
        </h2>
      </div>
      <div class="panel__body">
        {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button below does the same. */}
        <div
          class={over ? "drop drop--over" : "drop"}
          onDragOver={(e) => {
            e.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(e) => {
            e.preventDefault();
            setOver(false);
            void take(e.dataTransfer?.files[0]);
          }}
        >
          <Icon name="upload" />
          <p>
            Drop a statement here: CAMT.053, OFX, MT940, BAI2, or CSV. You see what is in it before
            anything is taken.
          </p>
          <button
            type="button"
            class="button button--primary"
            aria-busy={look.busy || undefined}
            onClick={() => input.current?.click()}
          >
            Choose a file
          </button>
          <input
            ref={input}
            class="visually-hidden"
            type="file"
            aria-label="Bank statement file"
            tabIndex={-1}
            onChange={(e) => void take(e.currentTarget.files?.[0])}
          />
        </div>
        {live.length > 1 && (
          <Choice
            id="upload-account"
            name="Account, for files that do not say"
            value={account}
            all="The account that the file names"
            options={live.map((a, i) => ({ value: i + 1, label: a.name }))}
            onChoose={(value) => setAccount(Number(value))}
          />
        )}
        {look.problem !== null && <Refusal problem={look.problem} />}
      </div>
      {seen !== null && (
        <PreviewDialog
          file={seen.file}
          report={seen.report}
          accountId={accountId}
          onClose={() => setSeen(null)}
          onDone={() => {
            setSeen(null);
            props.onDone();
          }}
        />
      )}
    </section>
  );
}

interface PreviewProps {
  file: Brought;
  report: FileReport;
  accountId: string;
  onClose: () => void;
  onDone: () => void;
}

function PreviewDialog({ file, report, accountId, onClose, onDone }: PreviewProps) {
  const { org, bank } = useBooks();
  const take = useAction(
    (requestId) => bank.importStatement({ orgId: org.id, requestId, accountId, ...file }),
    ({ report: done }) => {
      say(
        `${count(done?.fresh ?? 0, "new line")} taken, ${count(done?.matched ?? 0, "line")} explained at once.`,
      );
      onDone();
    },
  );
  return (
    <Dialog
      title={file.fileName}
      onClose={onClose}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            Do not take it
          </button>
          <button
            type="button"
            class="button button--primary"
            aria-busy={take.busy || undefined}
            onClick={() => void take.run()}
          >
            {report.fresh === 0
              ? "Take it all the same"
              : `Take ${count(report.fresh, "new line")}`}
          </button>
        </>
      }
    >
      {take.problem !== null && <Refusal problem={take.problem} />}
      {report.before !== undefined && (
        <Notice tone="warning" title="This file was imported before">
          <p>{momentOf(report.before)}. Lines that are here already are passed over.</p>
        </Notice>
      )}
      <p class="muted">
        {labelOf(StatementFormatSchema, report.format)}, {report.encoding}.{" "}
        {count(report.fresh, "line is", "lines are")} new
        {report.known > 0 && `, ${report.known} here already`}.
      </p>
      {report.statements.map((s) => (
        <dl class="answers answers--narrow" key={`${s.number} ${s.firstDay} ${s.accountId}`}>
          <div class="answers__item">
            <dt>{s.accountName}</dt>
            <dd>
              {dayText(s.firstDay)} to {dayText(s.lastDay)}, {count(s.lines, "line")}
            </dd>
          </div>
          <div class="answers__item">
            <dt>Balances</dt>
            <dd>
              <Amount of={s.opening} /> to <Amount of={s.closing} />{" "}
              {s.checked ? (
                <span class="badge badge--state badge--good">Agrees with its lines</span>
              ) : (
                <span class="badge badge--state badge--caution">Cannot be checked</span>
              )}
            </dd>
          </div>
          {(s.notes.length > 0 || s.pending > 0) && (
            <div class="answers__item">
              <dt>To know</dt>
              <dd>
                {list(s.notes)}
                {s.pending > 0 &&
                  ` ${count(s.pending, "entry", "entries")} not booked yet left out.`}
              </dd>
            </div>
          )}
        </dl>
      ))}
      <Sample lines={report.sample} />
    </Dialog>
  );
}

function Sample({ lines }: { lines: readonly SampleLine[] }) {
  const rows = lines.map((line, i) => ({ line, i }));
  const columns: Column<{ line: SampleLine; i: number }>[] = [
    { key: "Day", name: "Day", cell: ({ line }) => dayText(line.day) },
    {
      key: "Text",
      name: "Text",
      cell: ({ line }) => (
        <>
          {line.text}
          {line.known && <span class="badge">Here already</span>}
        </>
      ),
    },
    {
      key: "Amount",
      name: "Amount",
      kind: "number",
      cell: ({ line }) => <Amount of={line.amount} />,
    },
  ];
  return (
    <Table caption="Its first lines" columns={columns} rows={rows} keyOf={({ i }) => String(i)} />
  );
}

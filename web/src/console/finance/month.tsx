/** One month: nine proofs, each green or with what contradicts it, and the button that closes it. */

import { useState } from "preact/hooks";
import {
  type AccountSum,
  CloseMonthRequestSchema,
  type Contradiction,
  FinanceService,
  type GetMonthResponse,
  type Month,
  type Proof,
  ReopenMonthRequestSchema,
} from "../../gen/lanyard/finance/v1/finance_pb";
import { price } from "../../lib/money";
import { count, number } from "../../lib/words";
import { download } from "../event/download";
import { Icon, Notice, Ready, type Tone } from "../kit/bits";
import { FormDialog } from "../kit/dialog";
import { type Column, Table } from "../kit/table";
import { momentOf } from "../kit/times";
import { useAction, useLoad } from "../load";
import { Panel, Pill } from "../orders/parts";
import { useOrderStep } from "../orders/step";
import { useBooks } from "./gate";
import { monthState } from "./months";
import { Amount, FinanceHead, monthText, Refusal } from "./parts";

/** The screen. */
export function MonthScreen({ month }: { month: string }) {
  const { org, finance } = useBooks();
  const found = useLoad(
    (signal) => finance.getMonth({ orgId: org.id, month }, { signal }),
    [org.id, month],
  );
  return (
    <>
      <FinanceHead
        title={monthText(month)}
        sub={found.data?.month !== undefined && <Pill {...monthState(found.data.month)} />}
      />
      <Ready of={found} lines={9}>
        {(data) => <Body data={data} reload={found.reload} />}
      </Ready>
    </>
  );
}

function Body({ data, reload }: { data: GetMonthResponse; reload: () => void }) {
  const { month, proofs, sums } = data;
  if (month === undefined) {
    return null;
  }
  return (
    <div class="stack">
      <Standing month={month} proofs={proofs} reload={reload} />
      <Panel id="proofs" title="Nine proofs">
        <ol class="proofs">
          {proofs.map((p) => (
            <ProofRow key={p.id} proof={p} />
          ))}
        </ol>
      </Panel>
      <Panel id="sums" title="Accounts">
        <Sums sums={sums} month={month.firstDay} />
      </Panel>
    </div>
  );
}

function Standing(props: { month: Month; proofs: readonly Proof[]; reload: () => void }) {
  const { month, proofs, reload } = props;
  const { may } = useBooks();
  const [asking, setAsking] = useState<"close" | "reopen" | null>(null);
  const red = proofs.filter((p) => !p.green);
  const done = () => {
    setAsking(null);
    reload();
  };
  return (
    <>
      {month.closed ? (
        <Closed month={month} onReopen={() => setAsking("reopen")} />
      ) : (
        <Notice {...verdict(month, red)}>
          <p>{advice(month, red)}</p>
          <div class="button-row">
            {month.next && month.ended && may(FinanceService.method.closeMonth) && (
              <button
                type="button"
                class="button button--primary"
                onClick={() => setAsking("close")}
              >
                Close {monthText(month.firstDay)}
              </button>
            )}
            <CheckAgain month={month} onDone={reload} />
          </div>
        </Notice>
      )}
      {asking === "close" && (
        <CloseDialog month={month.firstDay} onClose={() => setAsking(null)} onDone={done} />
      )}
      {asking === "reopen" && (
        <ReopenDialog month={month} onClose={() => setAsking(null)} onDone={done} />
      )}
    </>
  );
}

/** Asks Stripe for the month's rows afresh, and says when that was done last. */
function CheckAgain({ month, onDone }: { month: Month; onDone: () => void }) {
  const { org, finance } = useBooks();
  const check = useAction(
    (requestId) => finance.checkMonth({ orgId: org.id, requestId, month: month.firstDay }),
    onDone,
  );
  return (
    <>
      <button
        type="button"
        class="button"
        aria-busy={check.busy || undefined}
        aria-describedby="checked-at"
        onClick={() => {
          if (!check.busy) {
            void check.run();
          }
        }}
      >
        {check.busy ? "Asking Stripe for its rows…" : "Ask Stripe again"}
      </button>
      <span id="checked-at" class="muted" role="status">
        {month.checkedAt === undefined
          ? "Stripe has not been asked for this month’s rows afresh."
          : `Stripe was last asked ${momentOf(month.checkedAt)}.`}
      </span>
      {check.problem !== null && <Refusal problem={check.problem} />}
    </>
  );
}

/** The proofs that compare with Stripe are run anew when the month is closed. */
function onlyStripe(red: readonly Proof[]): boolean {
  return red.length > 0 && red.every(({ id }) => id === "P2" || id === "P7");
}

function verdict(month: Month, red: readonly Proof[]): { tone: Tone; title: string } {
  if (red.length === 0) {
    return { tone: "success", title: "All nine proofs are green" };
  }
  return month.ended && onlyStripe(red)
    ? { tone: "info", title: "Everything that is here is green; Stripe has to be asked again" }
    : { tone: "warning", title: `${count(red.length, "proof")} of nine not green` };
}

function advice(month: Month, red: readonly Proof[]): string {
  if (!month.ended) {
    return "The month is not over yet; the proofs are as of now.";
  }
  if (red.length === 0) {
    return "The month can be closed. Whatever comes late is booked in the next one.";
  }
  return onlyStripe(red)
    ? "Ask Stripe now to see them green. Closing asks in any case, and closes only if Stripe says the same."
    : "Each says below what contradicts it, and where to look.";
}

function Closed({ month, onReopen }: { month: Month; onReopen: () => void }) {
  const { org, finance } = useBooks();
  const fetched = useAction(
    () => finance.getSnapshot({ orgId: org.id, month: month.firstDay }),
    ({ file, fileName }) => download(file, fileName, "application/json"),
  );
  return (
    <Notice
      tone={month.intact ? "success" : "error"}
      title={
        month.intact
          ? `Closed ${momentOf(month.closedAt)} by ${month.closedBy}`
          : "The books differ from what the month was closed with"
      }
    >
      <p class="small">
        Its entries have the hash <code class="hash">{month.hash}</code>, and the snapshot is
        signed.
      </p>
      {month.reopenAskedBy !== "" && (
        <p>
          {month.reopenMine
            ? "You have asked for it to be opened again; another person has to agree."
            : `${month.reopenAskedBy} asks for it to be opened again.`}
        </p>
      )}
      <div class="button-row">
        <button type="button" class="button" onClick={() => void fetched.run()}>
          <Icon name="download" />
          Snapshot
        </button>
        {month.reopenable && !month.reopenMine && (
          <button type="button" class="button" onClick={onReopen}>
            {month.reopenAskedBy === "" ? "Open it again" : "Agree to open it"}
          </button>
        )}
      </div>
    </Notice>
  );
}

function CloseDialog(props: { month: string; onClose: () => void; onDone: () => void }) {
  const { org, finance } = useBooks();
  const form = useOrderStep({
    desc: CloseMonthRequestSchema,
    initial: { orgId: org.id, month: props.month },
    send: (request) => finance.closeMonth(request),
    done: () => `${monthText(props.month)} is closed.`,
    arrive: props.onDone,
  });
  return (
    <FormDialog
      title={`Close ${monthText(props.month)}?`}
      form={form}
      consequences={[
        { icon: "log", text: "Stripe is asked once more, and the nine proofs are run again." },
        { icon: "lock", text: "Nothing in the month can change any more." },
        {
          icon: "clock",
          text: "What comes late is booked in the next month and says its own day.",
        },
        { icon: "people", text: "Only two people together can open it again." },
      ]}
      confirm="Close it"
      onClose={props.onClose}
    />
  );
}

function ReopenDialog(props: { month: Month; onClose: () => void; onDone: () => void }) {
  const { org, finance } = useBooks();
  const { firstDay, reopenAskedBy } = props.month;
  const form = useOrderStep({
    desc: ReopenMonthRequestSchema,
    initial: { orgId: org.id, month: firstDay },
    send: (request) => finance.reopenMonth(request),
    done: ({ opened }) =>
      opened ? `${monthText(firstDay)} is open again.` : "Now another person has to agree.",
    arrive: props.onDone,
  });
  return (
    <FormDialog
      title={`Open ${monthText(firstDay)} again?`}
      form={form}
      consequences={[
        {
          icon: "people",
          text:
            reopenAskedBy === ""
              ? "A second person has to agree before it opens."
              : "You are the second person: it opens at once.",
        },
        { icon: "warn", text: "Figures that were reported already may change." },
      ]}
      confirm={reopenAskedBy === "" ? "Ask for it" : "Open it"}
      danger
      onClose={props.onClose}
    />
  );
}

function ProofRow({ proof }: { proof: Proof }) {
  const { id, claim, green, checked, contradictions, more, notes } = proof;
  return (
    <li class={`proof${green ? "" : " proof--red"}`}>
      <Icon name={green ? "good" : "bad"} />
      <div class="proof__text">
        <p>
          <strong>{id}</strong> {claim}
        </p>
        {green ? (
          <p class="table__sub">Green, {number(checked)} checked</p>
        ) : (
          <>
            <p class="table__sub">
              Not green: {count(contradictions.length + more, "row")} of {number(checked)}
            </p>
            <ul class="proof__rows">
              {contradictions.map((c) => (
                <li key={`${c.what} ${c.ref} ${c.says}`}>
                  <Says of={c} />
                  {c.want !== undefined && c.want.minor !== c.got?.minor && (
                    <span class="table__sub">
                      Should be <Amount of={c.want} />, is <Amount of={c.got} />
                    </span>
                  )}
                </li>
              ))}
            </ul>
            {more > 0 && <p class="muted">And {number(more)} more.</p>}
          </>
        )}
        {notes.map((note) => (
          <p class="table__sub" key={note}>
            {note}
          </p>
        ))}
      </div>
    </li>
  );
}

/** An id of our own, which says nothing to people. */
const ownID = /^[a-z]{3}_[0-9a-z]{26}$/;

/** What contradicts, and the way to it where the books have it. */
function Says({ of: { account, ref, says } }: { of: Contradiction }) {
  const { to } = useBooks();
  const [first = "", second = ""] = ref.split(" ");
  const [at, name] = account === "" ? [first, second] : [account, ref];
  if (name === "" || /^[A-Z]{3}$/.test(name)) {
    return (
      <>
        {ref !== "" && <code>{ref}</code>} {says}
      </>
    );
  }
  const path = to(`finance/books/${at}/${encodeURIComponent(name)}`);
  return ownID.test(name) ? (
    <a href={path}>{says}</a>
  ) : (
    <>
      <a href={path}>{name}</a> {says}
    </>
  );
}

function Sums({ sums, month }: { sums: readonly AccountSum[]; month: string }) {
  const { to } = useBooks();
  const money = (key: string, of: (s: AccountSum) => bigint): Column<AccountSum> => ({
    key,
    name: key,
    kind: "number",
    cell: (s) => price(of(s), s.currency),
  });
  const columns: Column<AccountSum>[] = [
    {
      key: "Account",
      name: "Account",
      kind: "head",
      cell: ({ title }) => title,
    },
    money("Opening", (s) => s.openingMinor),
    money("Debits", (s) => s.debitsMinor),
    money("Credits", (s) => s.creditsMinor),
    money("Closing", (s) => s.closingMinor),
  ];
  return (
    <>
      <Table
        caption="What moved on the accounts"
        columns={columns}
        rows={sums}
        keyOf={(s) => `${s.account} ${s.currency}`}
      />
      <p>
        <a href={to(`finance/reports?report=postings&month=${month}`)}>All postings of the month</a>
      </p>
    </>
  );
}

/** Bank accounts, their statements, and the lines that need a counterpart. */

import { create } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";
import { labelOf } from "../../form/schema";
import {
  type BankAccount,
  type BankLine,
  BankService,
  LineState,
  LineStateSchema,
  SaveBankAccountRequestSchema,
} from "../../gen/lanyard/finance/v1/bank_pb";
import { price } from "../../lib/money";
import { count } from "../../lib/words";
import { Empty, Icon, More, Ready, Unseen } from "../kit/bits";
import { Choice } from "../kit/choice";
import { FormDialog } from "../kit/dialog";
import { useEdit } from "../kit/edit";
import { SearchBox } from "../kit/search";
import { type Column, Table } from "../kit/table";
import { say } from "../kit/toast";
import { useLoad, usePages } from "../load";
import { Pill } from "../orders/parts";
import { ask, query } from "../router";
import { useBooks } from "./gate";
import { LineDialog } from "./match";
import { dayText, FinanceHead } from "./parts";
import { Upload } from "./upload";

/** The screen. */
export function BankScreen() {
  const { org, bank, may } = useBooks();
  const [editing, setEditing] = useState<BankAccount | "new" | null>(null);
  const [round, setRound] = useState(0);
  const accounts = useLoad(
    async (signal) => (await bank.listBankAccounts({ orgId: org.id }, { signal })).accounts,
    [org.id, round],
  );
  const again = () => setRound((n) => n + 1);
  const mayChange = may(BankService.method.saveBankAccount);
  return (
    <>
      <FinanceHead title="Bank">
        {mayChange && (
          <button type="button" class="button" onClick={() => setEditing("new")}>
            <Icon name="plus" />
            Add a bank account
          </button>
        )}
      </FinanceHead>
      <Ready of={accounts}>
        {(found) =>
          found.length === 0 ? (
            <Empty
              icon="building"
              title="No bank account yet"
              text="Add the account into which Stripe pays, then drop its statements here."
            />
          ) : (
            <div class="stack">
              <Accounts accounts={found} onEdit={mayChange ? setEditing : undefined} />
              <Upload accounts={found} onDone={again} />
              <Lines accounts={found} round={round} onChange={again} />
            </div>
          )
        }
      </Ready>
      {editing !== null && (
        <AccountDialog
          account={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onDone={() => {
            setEditing(null);
            again();
          }}
        />
      )}
    </>
  );
}

function Accounts(props: {
  accounts: readonly BankAccount[];
  onEdit: ((account: BankAccount) => void) | undefined;
}) {
  return (
    <ul class="accounts">
      {props.accounts.map((a) => (
        <li class="stat" key={a.id}>
          <span class="stat__label">
            {a.name}
            {a.archived && <span class="badge">Not in use</span>}
          </span>
          <span class="stat__value">{a.known ? price(a.balanceMinor, a.currency) : "–"}</span>
          <span class="stat__note">
            {a.number}
            {a.coveredUntil === "" ? " · no statement yet" : ` · until ${dayText(a.coveredUntil)}`}
          </span>
          <span class="stat__note">
            {a.open === 0 ? "Every line is explained" : `${count(a.open, "line")} to be explained`}
          </span>
          {props.onEdit !== undefined && (
            <button type="button" class="link-button" onClick={() => props.onEdit?.(a)}>
              Change<Unseen> {a.name}</Unseen>
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Lines(props: { accounts: readonly BankAccount[]; round: number; onChange: () => void }) {
  const { org, bank } = useBooks();
  const open = query.value.get("all") !== "1";
  const words = query.value.get("q") ?? "";
  const chosen = query.value.get("line") ?? "";
  const found = usePages(
    async (pageToken, signal) => {
      const answer = await bank.listBankLines(
        { orgId: org.id, open, query: words, pageToken },
        { signal },
      );
      return { items: answer.lines, next: answer.nextPageToken };
    },
    [org.id, open, words, props.round],
  );
  return (
    <section class="stack" aria-label="Lines">
      <search class="toolbar">
        <SearchBox
          id="lines-q"
          placeholder="Text, reference or amount"
          value={words}
          onSearch={(text) => ask({ q: text })}
        />
        <Choice
          id="lines-open"
          name="Lines"
          value={open ? 0 : 1}
          all="To be explained"
          options={[{ value: 1, label: "All lines" }]}
          onChoose={(value) => ask({ all: value })}
        />
      </search>
      <Ready of={found}>
        {(lines) =>
          lines.length === 0 ? (
            <Empty
              icon="good"
              title={open ? "Every line is explained" : "No line"}
              text={open ? "" : "Drop a statement above."}
            />
          ) : (
            <>
              <LineTable lines={lines} />
              <More of={found} what="lines" />
            </>
          )
        }
      </Ready>
      {chosen !== "" && (
        <LineDialog
          key={chosen}
          id={chosen}
          onClose={() => ask({ line: "" })}
          onDone={props.onChange}
        />
      )}
    </section>
  );
}

const tones: Readonly<Partial<Record<LineState, string>>> = {
  [LineState.OPEN]: "caution",
  [LineState.PARTLY]: "caution",
  [LineState.EXPLAINED]: "good",
};

/** A line's state as a pill. */
export function LinePill({ state }: { state: LineState }) {
  const tone = tones[state];
  return <Pill text={labelOf(LineStateSchema, state)} {...(tone === undefined ? {} : { tone })} />;
}

function LineTable({ lines }: { lines: readonly BankLine[] }) {
  const columns: Column<BankLine>[] = [
    {
      key: "Line",
      name: "Line",
      kind: "head",
      cell: ({ id, text, party, reference }) => (
        <>
          <button type="button" class="link-button line-text" onClick={() => ask({ line: id })}>
            {text || party || "No text"}
          </button>
          <span class="table__sub">{[party, reference].filter((w) => w !== "").join(" · ")}</span>
        </>
      ),
    },
    { key: "Day", name: "Day", cell: ({ day }) => dayText(day) },
    { key: "State", name: "State", cell: ({ state }) => <LinePill state={state} /> },
    {
      key: "About",
      name: "About",
      cell: ({ matches }) =>
        matches
          .filter((m) => m.live)
          .map((m) => m.ref)
          .join(", "),
    },
    {
      key: "Amount",
      name: "Amount",
      kind: "number",
      cell: ({ amountMinor, currency }) => price(amountMinor, currency),
    },
    {
      key: "Open",
      name: "Open",
      kind: "number",
      cell: ({ openMinor, currency }) => (openMinor === 0n ? "" : price(openMinor, currency)),
    },
  ];
  return (
    <Table caption="Lines of bank statements" columns={columns} rows={lines} keyOf={(l) => l.id} />
  );
}

function AccountDialog(props: {
  account: BankAccount | null;
  onClose: () => void;
  onDone: () => void;
}) {
  const { org, bank } = useBooks();
  const present = (a: BankAccount | null) => ({
    message: create(SaveBankAccountRequestSchema, {
      orgId: org.id,
      accountId: a?.id ?? "",
      name: a?.name ?? "",
      number: a?.number ?? "",
      currency: a?.currency ?? "GBP",
      archived: a?.archived ?? false,
      csvColumns: a?.csvColumns ?? "",
    }),
    version: a?.version ?? 0n,
  });
  const { form, notice } = useEdit({
    desc: SaveBankAccountRequestSchema,
    from: present(props.account),
    send: (request) => bank.saveBankAccount(request),
    latest: async () => {
      const { accounts } = await bank.listBankAccounts({ orgId: org.id });
      return present(accounts.find((a) => a.id === props.account?.id) ?? props.account);
    },
    done: () => {
      say("The bank account is saved.");
      props.onDone();
    },
  });
  return (
    <FormDialog
      title={props.account === null ? "Add a bank account" : "Change the bank account"}
      form={form}
      confirm="Save"
      onClose={props.onClose}
    >
      {notice}
    </FormDialog>
  );
}

/** Rules by which Stripe's rows of another shop are told from tickets. */

import { create } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";
import type { FieldProps } from "../../form/handle";
import {
  DropRuleRequestSchema,
  type Rule,
  RuleSchema,
  SaveRuleRequestSchema,
} from "../../gen/lanyard/finance/v1/finance_pb";
import { Empty, Icon, Ready, Unseen } from "../kit/bits";
import { FormDialog } from "../kit/dialog";
import { type Column, Table } from "../kit/table";
import { useLoad } from "../load";
import { useOrderStep } from "../orders/step";
import { useBooks } from "./gate";
import { FinanceHead } from "./parts";

const accounts: readonly { value: string; text: string }[] = [
  { value: "stripe_other", text: "Other Stripe movements" },
  { value: "fees", text: "Payment fees" },
  { value: "write_off", text: "Written off" },
];

/** The screen. */
export function Rules() {
  const { org, finance } = useBooks();
  const [open, setOpen] = useState<{ what: "edit" | "drop"; rule: Rule | null } | null>(null);
  const found = useLoad(
    async (signal) => (await finance.listRules({ orgId: org.id }, { signal })).rules,
    [org.id],
  );
  const close = () => setOpen(null);
  const done = () => {
    close();
    found.reload();
  };
  return (
    <>
      <FinanceHead title="Rules for other rows">
        <button
          type="button"
          class="button button--primary"
          onClick={() => setOpen({ what: "edit", rule: null })}
        >
          <Icon name="plus" />
          Add a rule
        </button>
      </FinanceHead>
      <p class="muted">
        A shop on the same Stripe account has rows of its own. A rule says which they are, so that
        payouts still add up.
      </p>
      <Ready of={found}>
        {(rules) =>
          rules.length === 0 ? (
            <Empty icon="filter" title="No rule yet" />
          ) : (
            <RuleTable rules={rules} onOpen={(what, rule) => setOpen({ what, rule })} />
          )
        }
      </Ready>
      {open?.what === "edit" && <RuleDialog rule={open.rule} onClose={close} onDone={done} />}
      {open?.what === "drop" && open.rule !== null && (
        <DropDialog rule={open.rule} onClose={close} onDone={done} />
      )}
    </>
  );
}

function RuleTable(props: {
  rules: readonly Rule[];
  onOpen: (what: "edit" | "drop", rule: Rule) => void;
}) {
  const columns: Column<Rule>[] = [
    { key: "Rule", name: "Rule", kind: "head", cell: ({ name }) => name },
    {
      key: "Fits",
      name: "Fits",
      cell: ({ category, type, description, metadata }) =>
        [category, type, description && `“${description}”`, metadata]
          .filter((w) => w !== "")
          .join(", "),
    },
    {
      key: "Booked on",
      name: "Booked on",
      cell: ({ account }) => accounts.find((a) => a.value === account)?.text ?? account,
    },
    {
      key: "Actions",
      name: <Unseen>Actions</Unseen>,
      kind: "actions",
      cell: (rule) => (
        <>
          <button type="button" class="button" onClick={() => props.onOpen("edit", rule)}>
            Change<Unseen> {rule.name}</Unseen>
          </button>
          <button type="button" class="button" onClick={() => props.onOpen("drop", rule)}>
            Remove<Unseen> {rule.name}</Unseen>
          </button>
        </>
      ),
    },
  ];
  return <Table caption="Rules" columns={columns} rows={props.rules} keyOf={(r) => r.name} />;
}

interface DialogProps {
  onClose: () => void;
  onDone: () => void;
}

function AccountField({ place, form }: FieldProps) {
  return (
    <div class="field">
      <label class="field__label" for="rule-account">
        Booked on
      </label>
      <select
        class="input"
        id="rule-account"
        value={String(place.node.get(place.shape.desc))}
        onChange={(e) => form.draft.set(place, e.currentTarget.value)}
      >
        {accounts.map((a) => (
          <option key={a.value} value={a.value}>
            {a.text}
          </option>
        ))}
      </select>
    </div>
  );
}

const kit = { fields: { account: AccountField } };

function RuleDialog({ rule, onClose, onDone }: DialogProps & { rule: Rule | null }) {
  const { org, finance } = useBooks();
  const form = useOrderStep({
    desc: SaveRuleRequestSchema,
    initial: {
      orgId: org.id,
      rule: rule ?? create(RuleSchema, { account: "stripe_other" }),
    },
    kit,
    send: (request) => finance.saveRule(request),
    done: () => "The rule is saved; rows that waited for it are booked.",
    arrive: onDone,
  });
  return (
    <FormDialog
      title={rule === null ? "Add a rule" : "Change a rule"}
      form={form}
      confirm="Save"
      onClose={onClose}
    />
  );
}

function DropDialog({ rule, onClose, onDone }: DialogProps & { rule: Rule }) {
  const { org, finance } = useBooks();
  const form = useOrderStep({
    desc: DropRuleRequestSchema,
    initial: { orgId: org.id, name: rule.name },
    send: (request) => finance.dropRule(request),
    done: () => "The rule is gone.",
    arrive: onDone,
  });
  return (
    <FormDialog
      title={`Remove the rule ${rule.name}?`}
      form={form}
      consequences={[{ icon: "log", text: "What was booked by it stays where it is." }]}
      confirm="Remove it"
      danger
      onClose={onClose}
    />
  );
}

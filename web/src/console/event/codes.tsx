/** The codes that work at an event: what each does, how often it was used, what it has given. */

import { useState } from "preact/hooks";
import {
  type Code,
  type CodeDetails,
  CodeEffect,
  CodeService,
} from "../../gen/lanyard/inventory/v1/code_pb";
import type { Product } from "../../gen/lanyard/inventory/v1/inventory_pb";
import { percent, price } from "../../lib/money";
import { list, number } from "../../lib/words";
import { Empty, Icon, Ready, Unseen } from "../kit/bits";
import { type Column, Table } from "../kit/table";
import { say } from "../kit/toast";
import { useAction, useLoad } from "../load";
import { CodeDialog } from "./code";
import { useEvent } from "./context";

/** The tab with the codes. */
export function Codes() {
  const { ids, clients, may } = useEvent();
  const [open, setOpen] = useState<{ code: Code | null } | null>(null);
  const found = useLoad(
    async (signal) => {
      const [codes, inventory] = await Promise.all([
        clients.codes.listCodes(ids, { signal }),
        clients.inventory.listInventory(ids, { signal }),
      ]);
      return { codes: codes.codes, products: inventory.products };
    },
    [ids.eventId],
  );
  const done = () => {
    setOpen(null);
    found.reload();
  };
  return (
    <Ready of={found}>
      {({ codes, products }) => (
        <section class="stack" aria-labelledby="codes">
          <div class="row row--spread">
            <div>
              <h2 id="codes">Codes</h2>
              <p class="muted">
                Discounts, and keys to what is hidden. An order can have one; each order counts as
                one use, from when it is placed until it expires or is cancelled.
              </p>
            </div>
            {may(CodeService.method.createCode) && (
              <button type="button" class="button" onClick={() => setOpen({ code: null })}>
                <Icon name="plus" />
                Add a code
              </button>
            )}
          </div>
          {codes.length === 0 ? (
            <Empty
              icon="ticket"
              title="No code yet"
              text="Add one for speakers, partners, or people who should see a hidden product."
            />
          ) : (
            <CodeTable
              codes={codes}
              products={products}
              onEdit={(code) => setOpen({ code })}
              onDone={done}
            />
          )}
          {open !== null && (
            <CodeDialog
              code={open.code}
              products={products}
              onClose={() => setOpen(null)}
              onDone={done}
            />
          )}
        </section>
      )}
    </Ready>
  );
}

interface TableProps {
  codes: readonly Code[];
  products: readonly Product[];
  onEdit: (code: Code) => void;
  onDone: () => void;
}

function CodeTable({ codes, products, onEdit, onDone }: TableProps) {
  const columns: readonly Column<Code>[] = [
    {
      key: "Code",
      name: "Code",
      kind: "head",
      cell: ({ details, eventId, disabled }) => (
        <>
          <code>{details?.text}</code>
          {eventId === "" && <span class="badge badge--info">All events</span>}
          {disabled && <span class="badge">Disabled</span>}
          {details?.title && <span class="table__sub">{details.title}</span>}
        </>
      ),
    },
    {
      key: "What it does",
      name: "What it does",
      cell: ({ details }) => (
        <>
          {effectOf(details)}
          <span class="table__sub">{forWhat(details, products)}</span>
        </>
      ),
    },
    { key: "Uses", name: "Uses", kind: "number", cell: usesOf },
    { key: "Given", name: "Given", kind: "number", cell: budgetOf },
    { key: "Valid", name: "Valid", cell: ({ details }) => validOf(details) },
    {
      key: "Actions",
      name: <Unseen>Actions</Unseen>,
      kind: "actions",
      cell: (code) => <Buttons code={code} onEdit={onEdit} onDone={onDone} />,
    },
  ];
  return <Table caption="Codes" columns={columns} rows={codes} keyOf={(c) => c.id} />;
}

/** What a code does, in words. */
export function effectOf(details: CodeDetails | undefined): string {
  if (details === undefined) {
    return "";
  }
  const words = {
    [CodeEffect.PERCENT]: `${percent(details.percent)} % off`,
    [CodeEffect.FIXED]: `${price(details.amountMinor, details.currency)} off each`,
    [CodeEffect.SET_PRICE]: `${price(details.amountMinor, details.currency)} each`,
    [CodeEffect.NONE]: "Access only",
    [CodeEffect.UNSPECIFIED]: "",
  }[details.effect];
  const more = [
    details.unlocks && details.effect !== CodeEffect.NONE ? "opens what is hidden" : "",
    details.stacks ? "on top of other discounts" : "",
  ].filter((part) => part !== "");
  return [words, ...more].join(", ");
}

function forWhat(details: CodeDetails | undefined, products: readonly Product[]): string {
  const ids = details?.productIds ?? [];
  const names = products.filter((p) => ids.includes(p.id)).map((p) => p.details?.title ?? "");
  return ids.length === 0 ? "For everything" : `Only for ${list(names) || "other events"}`;
}

function usesOf({ uses, details }: Code): string {
  return details?.maxUses === undefined
    ? number(uses)
    : `${number(uses)} of ${number(details.maxUses)}`;
}

function budgetOf({ budgetUsedMinor, details }: Code): string {
  if (details?.budgetMinor === undefined) {
    return "";
  }
  const { currency } = details;
  return `${price(budgetUsedMinor, currency)} of ${price(details.budgetMinor, currency)}`;
}

function validOf(details: CodeDetails | undefined): string {
  const from = details?.validFromLocal.replace("T", " ") ?? "";
  const until = details?.validUntilLocal.replace("T", " ") ?? "";
  return [from && `from ${from}`, until && `until ${until}`].filter((p) => p !== "").join(" ");
}

interface ButtonProps {
  code: Code;
  onEdit: (code: Code) => void;
  onDone: () => void;
}

function Buttons({ code, onEdit, onDone }: ButtonProps) {
  const { ids, clients, may, membership } = useEvent();
  const { details, version, disabled } = code;
  const turn = useAction(
    (requestId) =>
      clients.codes.updateCode({
        ...ids,
        requestId,
        codeId: code.id,
        version,
        disabled: !disabled,
        ...(details === undefined ? {} : { details }),
      }),
    () => {
      say(disabled ? "The code works again." : "The code is disabled.");
      onDone();
    },
  );
  const reaches = code.eventId !== "" || membership.eventIds.length === 0;
  if (!may(CodeService.method.updateCode) || !reaches) {
    return null;
  }
  return (
    <>
      <button type="button" class="button" onClick={() => onEdit(code)}>
        Edit<Unseen> {details?.text}</Unseen>
      </button>
      <button
        type="button"
        class={disabled ? "button" : "button button--danger-quiet"}
        aria-busy={turn.busy || undefined}
        onClick={() => void turn.run()}
      >
        {disabled ? "Enable" : "Disable"}
        <Unseen> {details?.text}</Unseen>
      </button>
      {turn.problem !== null && <p class="field__error">{turn.problem.message}</p>}
    </>
  );
}

/** Writing an open item off: one asks, another agrees; and taking that back. */

import { useState } from "preact/hooks";
import {
  DropWriteOffRequestSchema,
  type Item,
  UndoWriteOffRequestSchema,
  WriteOffItemRequestSchema,
  type WrittenOff,
} from "../../gen/lanyard/finance/v1/finance_pb";
import { price } from "../../lib/money";
import { FormDialog } from "../kit/dialog";
import { momentOf } from "../kit/times";
import { useOrderStep } from "../orders/step";
import { useBooks } from "./gate";

/** What a dialogue about an item gets. */
export interface ItemDialogProps {
  item: Item;
  onClose: () => void;
  /** Comes once it is done. */
  onDone: () => void;
}

/** An amount of an account; of a bank's line as the bank says it, which is the other way round in the books. */
function signed(account: string, sum: { minor: bigint; currency: string } | undefined): string {
  const minor = sum?.minor ?? 0n;
  return price(account === "bank_suspense" ? -minor : minor, sum?.currency ?? "");
}

/** The open amount. */
export function amountOf({ amount, account }: Item): string {
  return signed(account, amount);
}

/** What names an item to the server. */
export function which(item: Item) {
  return { account: item.account, ref: item.ref, currency: item.amount?.currency ?? "" };
}

/** What a dialogue is about. */
export function about(item: Item): string {
  return `${amountOf(item)} on ${item.accountTitle}, ${item.label || item.ref}`;
}

/** Asks for an item to be written off, or agrees to it. */
export function WriteOffDialog({ item, onClose, onDone }: ItemDialogProps) {
  const { org, finance } = useBooks();
  const agrees = item.writeOff !== undefined && !item.writeOff.mine;
  const form = useOrderStep({
    desc: WriteOffItemRequestSchema,
    initial: { orgId: org.id, ...which(item), reason: item.writeOff?.reason ?? "" },
    send: (request) => finance.writeOffItem(request),
    done: ({ done }) => (done ? "It is written off." : "Now another person has to agree."),
    arrive: onDone,
  });
  return (
    <FormDialog
      title={agrees ? "Agree to write it off?" : "Write it off?"}
      form={form}
      consequences={[
        {
          icon: "people",
          text: agrees
            ? "You are the second person: it is booked at once."
            : "A second person has to agree before it is booked.",
        },
        { icon: "money", text: "The amount becomes a cost. Every step stands in the books." },
      ]}
      confirm={agrees ? "Write it off" : "Ask for it"}
      danger
      onClose={onClose}
    >
      <p class="muted">{about(item)}</p>
    </FormDialog>
  );
}

/** Ends a request without booking anything. */
function DropDialog({ item, onClose, onDone }: ItemDialogProps) {
  const { org, finance } = useBooks();
  const mine = item.writeOff?.mine === true;
  const form = useOrderStep({
    desc: DropWriteOffRequestSchema,
    initial: { orgId: org.id, ...which(item) },
    send: (request) => finance.dropWriteOff(request),
    done: () => (mine ? "The request is taken back." : "The request is declined."),
    arrive: onDone,
  });
  return (
    <FormDialog
      title={mine ? "Take the request back?" : "Decline to write it off?"}
      form={form}
      confirm={mine ? "Take it back" : "Decline"}
      onClose={onClose}
    >
      <p class="muted">{about(item)}. Nothing is booked; it stays open.</p>
    </FormDialog>
  );
}

interface UndoProps {
  account: string;
  reference: string;
  of: WrittenOff;
  onClose: () => void;
  onDone: () => void;
}

function UndoDialog({ account, reference, of, onClose, onDone }: UndoProps) {
  const { org, finance } = useBooks();
  const form = useOrderStep({
    desc: UndoWriteOffRequestSchema,
    initial: { orgId: org.id, account, ref: reference, currency: of.amount?.currency ?? "" },
    send: (request) => finance.undoWriteOff(request),
    done: () => "It is open again.",
    arrive: onDone,
  });
  return (
    <FormDialog
      title="Take the write-off back?"
      form={form}
      consequences={[
        { icon: "swap", text: "An entry of today reverses it; both stay in the books." },
      ]}
      confirm="Take it back"
      danger
      onClose={onClose}
    />
  );
}

interface WriteOffsProps {
  account: string;
  reference: string;
  /** What is open of it. */
  items: readonly Item[];
  /** What was written off of it. */
  writtenOff: readonly WrittenOff[];
  onDone: () => void;
}

type Step = { what: "ask" | "drop"; item: Item } | { what: "undo"; of: WrittenOff };

/** Everything about writing off what a reference has open. */
export function WriteOffs({ account, reference, items, writtenOff, onDone }: WriteOffsProps) {
  const [step, setStep] = useState<Step | null>(null);
  const close = () => setStep(null);
  const done = () => {
    close();
    onDone();
  };
  // Only the latest that stands can be taken back.
  const latest = writtenOff.filter((w) => w.undoneBy === "").at(-1);
  return (
    <section class="stack" aria-label="Write-off">
      {writtenOff.length > 0 && (
        <ul class="entries">
          {writtenOff.map((w) => (
            <li class="entry" key={`${momentOf(w.agreedAt)} ${w.amount?.minor}`}>
              <div class="entry__text">
                <strong>{signed(account, w.amount)}</strong> written off: {w.reason}
                <span class="table__sub">
                  Asked for by {w.askedBy}, agreed by {w.agreedBy}, {momentOf(w.agreedAt)}
                </span>
                {w.undoneBy !== "" && (
                  <span class="table__sub">
                    Taken back by {w.undoneBy}, {momentOf(w.undoneAt)}: {w.undoneReason}
                  </span>
                )}
              </div>
              {w === latest && (
                <button
                  type="button"
                  class="button"
                  onClick={() => setStep({ what: "undo", of: w })}
                >
                  Take the write-off back
                </button>
              )}
              {w.undoneBy !== "" && <span class="badge">Taken back</span>}
            </li>
          ))}
        </ul>
      )}
      {items.map((item) => (
        <Wish key={item.amount?.currency} item={item} onStep={setStep} />
      ))}
      {step?.what === "ask" && <WriteOffDialog item={step.item} onClose={close} onDone={done} />}
      {step?.what === "drop" && <DropDialog item={step.item} onClose={close} onDone={done} />}
      {step?.what === "undo" && (
        <UndoDialog
          account={account}
          reference={reference}
          of={step.of}
          onClose={close}
          onDone={done}
        />
      )}
    </section>
  );
}

/** The button to ask, or what was asked and how to answer. */
function Wish({ item, onStep }: { item: Item; onStep: (step: Step) => void }) {
  const { writeOff } = item;
  if (writeOff === undefined) {
    return (
      <div class="button-row">
        <button type="button" class="button" onClick={() => onStep({ what: "ask", item })}>
          Write {amountOf(item)} off
        </button>
      </div>
    );
  }
  return (
    <>
      <p>
        {writeOff.mine ? "You asked" : `${writeOff.askedBy} asked`} to write {amountOf(item)} off:{" "}
        {writeOff.reason}
        {writeOff.mine && ". Another person has to agree."}
      </p>
      <div class="button-row">
        {!writeOff.mine && (
          <button type="button" class="button" onClick={() => onStep({ what: "ask", item })}>
            Agree to write it off
          </button>
        )}
        <button type="button" class="button" onClick={() => onStep({ what: "drop", item })}>
          {writeOff.mine ? "Take the request back" : "Decline"}
        </button>
      </div>
    </>
  );
}

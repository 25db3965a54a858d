/** Taking places back: which, what goes back to the buyer, and what that comes to. */

import { Grouped } from "../../form/field";
import type { FieldProps, FormHandle } from "../../form/handle";
import { optionsOf } from "../../form/schema";
import { Ticks } from "../../form/ticks";
import {
  CancelLinesRequestSchema,
  type Order,
  RefundChoice,
  RefundChoiceSchema,
} from "../../gen/lanyard/booking/v1/order_pb";
import { price } from "../../lib/money";
import { count } from "../../lib/words";
import { Notice } from "../kit/bits";
import { type Consequence, FormDialog } from "../kit/dialog";
import { useTill } from "./gate";
import { useOrderStep } from "./step";
import { givesBack, lineName, liveLines, refundable, withAddOns } from "./sums";

/** What a dialogue about an order gets. */
export interface OrderDialogProps {
  order: Order;
  onClose: () => void;
  /** Comes after it is done, with the order as it is then. */
  onDone: (order: Order | undefined) => void;
}

type CancelForm = FormHandle<typeof CancelLinesRequestSchema>;

/** The dialogue. */
export function CancelDialog({ order, onClose, onDone }: OrderDialogProps) {
  const { org, orders } = useTill();
  const live = liveLines(order);
  const form: CancelForm = useOrderStep({
    desc: CancelLinesRequestSchema,
    initial: {
      orgId: org.id,
      orderId: order.id,
      lineIds: live.length === 1 ? live.map((l) => l.id) : [],
      refund: RefundChoice.POLICY,
    },
    kit: {
      fields: {
        line_ids: (props) => <LineTicks {...props} order={order} />,
        refund: (props) => <RefundRadios {...props} order={order} of={form} />,
      },
    },
    send: (request) =>
      orders.cancelLines({
        ...request,
        lineIds: withAddOns(order, request.lineIds).map((l) => l.id),
      }),
    done: () => "The places are cancelled. The buyer gets a mail.",
    arrive: (answer) => onDone(answer.order),
  });
  return (
    <FormDialog
      title="Cancel places?"
      form={form}
      confirm="Cancel the places and tell the buyer"
      danger
      keep="Keep them"
      onClose={onClose}
    >
      <Outcome order={order} form={form} />
    </FormDialog>
  );
}

/** What comes of it; it follows what is chosen below. */
function Outcome({ order, form }: { order: Order; form: CancelForm }) {
  const { lineIds, refund } = form.draft.message;
  const lines = withAddOns(order, lineIds);
  const places = lines.filter((l) => l.ticket).length;
  const back = givesBack(order, lines, refund);
  const { currency, balanceMinor } = order;
  const points: Consequence[] = [
    {
      icon: "ticket",
      text:
        lines.length === 0
          ? "Choose below what is given up."
          : `${count(places, "place")} can be had by somebody else at once, and ${lines.length === 1 ? "its" : "their"} tickets do not open the door any more.`,
    },
    { icon: "receipt", text: moneyOutcome(order, back, lines.length) },
    {
      icon: "mail",
      text: "Everybody named on them gets a mail with your reason, and the buyer one about the money that goes back.",
    },
  ];
  if (order.documents.some((d) => d.kind !== "credit_note")) {
    points.push({ icon: "log", text: "A credit note is issued for what the price falls by." });
  }
  return (
    <div aria-live="polite">
      <ul class="consequences">
        {points.map(({ icon, text }) => (
          <li key={icon}>
            <span class={`icon icon--${icon}`} aria-hidden="true" />
            <span>{text}</span>
          </li>
        ))}
      </ul>
      {refund === RefundChoice.NONE && balanceMinor <= 0n && refundable(order) > 0n && (
        <Notice title={`${price(refundable(order), currency)} stays with you`}>
          <p>Money kept for places that nobody uses is taxable as well.</p>
        </Notice>
      )}
    </div>
  );
}

function moneyOutcome(order: Order, back: bigint, lines: number): string {
  if (lines === 0) {
    return "What goes back follows from that.";
  }
  if (refundable(order) === 0n) {
    return "Nothing that was paid is left to give back; what is owed falls by what is not charged.";
  }
  return back === 0n
    ? "No money goes back."
    : `${price(back, order.currency)} goes back the way it was paid.`;
}

function LineTicks({ order, ...props }: FieldProps & { order: Order }) {
  const ticks = liveLines(order).map((line) => ({
    id: line.id,
    label: lineName(line),
    help: line.ticket
      ? price(line.grossMinor, order.currency)
      : `${price(line.grossMinor, order.currency)}; goes with its place`,
  }));
  return <Ticks {...props} ticks={ticks} none="Everything was given up before." />;
}

/** The choices of refund, each with what it comes to. */
function RefundRadios(props: FieldProps & { order: Order; of: CancelForm }) {
  const { place, form, order, of } = props;
  const now = place.node.get(place.shape.desc) as RefundChoice;
  const lines = withAddOns(order, of.draft.message.lineIds);
  return (
    <Grouped place={place} form={form}>
      {({ id, invalid }) => (
        <div class="choices choices--cards">
          {optionsOf(RefundChoiceSchema).map(({ value, label }, i) => (
            <label class="choice" key={value}>
              <input
                type="radio"
                id={i === 0 ? id : undefined}
                name={id}
                checked={now === value}
                aria-invalid={invalid || undefined}
                aria-labelledby={`${id}-${value}`}
                aria-describedby={`${id}-${value}-amount`}
                onChange={() => form.draft.set(place, value)}
              />
              <span>
                <span class="choice__title" id={`${id}-${value}`}>
                  {label}
                </span>
                <span class="choice__help" id={`${id}-${value}-amount`}>
                  {price(givesBack(order, lines, value), order.currency)}
                </span>
              </span>
            </label>
          ))}
        </div>
      )}
    </Grouped>
  );
}

/** Giving money back and leaving the places as they are, by amount or by line. */

import type { ReflectList } from "@bufbuild/protobuf/reflect";
import { AmountField } from "../../form/amount";
import { find } from "../../form/draft";
import type { FieldProps } from "../../form/handle";
import { Ticks } from "../../form/ticks";
import {
  MoneyState,
  type Order,
  RefundOrderRequestSchema,
} from "../../gen/lanyard/booking/v1/order_pb";
import { price } from "../../lib/money";
import { Notice } from "../kit/bits";
import { FormDialog } from "../kit/dialog";
import type { OrderDialogProps } from "./cancel";
import { useTill } from "./gate";
import { useOrderStep } from "./step";
import { least, lineName, refundable, sum } from "./sums";

/** The dialogue. It begins with what was paid too much, where that is why it is open. */
export function RefundDialog({ order, onClose, onDone }: OrderDialogProps) {
  const { org, orders } = useTill();
  const { currency } = order;
  const most = refundable(order);
  const over = order.balanceMinor < 0n ? -order.balanceMinor : 0n;
  const form = useOrderStep({
    desc: RefundOrderRequestSchema,
    initial: { orgId: org.id, orderId: order.id, amountMinor: over },
    kit: {
      fields: {
        amount_minor: (props) => <AmountField {...props} currency={currency} />,
        line_ids: (props) => <ForLines {...props} order={order} />,
      },
    },
    send: (request) => orders.refundOrder(request),
    done: () => "The refund is on its way. The buyer gets a mail.",
    arrive: (answer) => onDone(answer.order),
  });
  const amount = form.draft.message.amountMinor;
  return (
    <FormDialog
      title="Give money back?"
      form={form}
      consequences={[
        {
          icon: "swap",
          text: "The money goes back the way it was paid, most often within ten working days.",
        },
        { icon: "ticket", text: "All places stay as they are. To take places back, cancel them." },
        { icon: "mail", text: "The buyer gets a mail that says so." },
      ]}
      confirm={
        amount > 0n && amount <= most ? `Give ${price(amount, currency)} back` : "Give it back"
      }
      danger
      keep="Keep the money"
      onClose={onClose}
    >
      <p class="muted">
        At most {price(most, currency)}: what was paid and has not gone back. Stripe keeps its fee.
      </p>
      {order.money === MoneyState.IN_DISPUTE && (
        <Notice tone="warning" title="The payment is disputed">
          <p>
            The refund is noted now and sent when the bank has decided for you. If it decides for
            the cardholder, it is called off: the bank gives the money back.
          </p>
        </Notice>
      )}
      {amount > most && (
        <p class="field__error" role="alert">
          That is more than was paid and has not gone back.
        </p>
      )}
    </FormDialog>
  );
}

/** The lines that the refund is for; ticking them fills in what they cost. */
function ForLines({ order, ...props }: FieldProps & { order: Order }) {
  const { place, form } = props;
  const fill = () => {
    const ids = [...(place.node.get(place.shape.desc) as ReflectList<string>)];
    const amount = find(form.draft.root, "amount_minor");
    const chosen = order.lines.filter((l) => ids.includes(l.id));
    if (amount !== null && chosen.length > 0) {
      form.draft.set(amount, least(sum(chosen, "grossMinor"), refundable(order)));
    }
  };
  return (
    <div class="field--wide" onChange={fill}>
      <Ticks
        {...props}
        ticks={order.lines.map((line) => ({
          id: line.id,
          label: lineName(line),
          help: `${price(line.grossMinor, order.currency)}${line.cancelled ? ", cancelled" : ""}`,
        }))}
        none=""
      />
    </div>
  );
}

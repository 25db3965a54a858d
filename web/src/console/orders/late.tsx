/** Giving an order its places although its money came too late. */

import { PlaceLateOrderRequestSchema } from "../../gen/lanyard/booking/v1/order_pb";
import { count } from "../../lib/words";
import { FormDialog } from "../kit/dialog";
import type { OrderDialogProps } from "./cancel";
import { useTill } from "./gate";
import { useOrderStep } from "./step";
import { liveLines } from "./sums";

/** The dialogue. Without the tick, places are given only while there are some. */
export function LateDialog({ order, onClose, onDone }: OrderDialogProps) {
  const { org, orders } = useTill();
  const form = useOrderStep({
    desc: PlaceLateOrderRequestSchema,
    initial: { orgId: org.id, orderId: order.id },
    send: (request) => orders.placeLateOrder(request),
    done: () => "The places are given. The buyer gets a mail.",
    arrive: (answer) => onDone(answer.order),
  });
  const places = liveLines(order).filter((l) => l.ticket).length;
  return (
    <FormDialog
      title={`Give order ${order.code} its places?`}
      form={form}
      consequences={[
        {
          icon: "ticket",
          text: `${count(places, "place is", "places are")} given, all of them or none.`,
        },
        {
          icon: "people",
          text: "If too few are left, nothing happens, unless you tick the box; then the pool is over by so many.",
        },
        { icon: "mail", text: "The buyer gets the tickets by mail, with your reason." },
      ]}
      confirm="Give the places"
      onClose={onClose}
    />
  );
}

/** Taking the people out of an order, and saying beforehand what goes and what the law keeps. */

import {
  EraseOrderRequestSchema,
  type Order,
  OrderService,
  OrderState,
} from "../../gen/lanyard/booking/v1/order_pb";
import { count } from "../../lib/words";
import { FormDialog } from "../kit/dialog";
import type { OrderDialogProps } from "./cancel";
import { useTill } from "./gate";
import { useOrderStep } from "./step";

/** Whether nobody is named in an order that somebody placed: its people were erased. */
export function isErased({ buyer, documents }: Order): boolean {
  return !buyer?.email && documents.length > 0;
}

/** Opens the dialogue, where there is somebody to erase and the member may do so. */
export function EraseButton({ order, onOpen }: { order: Order; onOpen: () => void }) {
  const { may } = useTill();
  const waiting = order.state === OrderState.BASKET || order.state === OrderState.PLACED;
  if (waiting || !order.buyer?.email || !may(OrderService.method.eraseOrder)) {
    return null;
  }
  return (
    <p class="button-row">
      <button type="button" class="button button--danger-quiet" onClick={onOpen}>
        Erase personal data
      </button>
    </p>
  );
}

function kept(invoices: number): string {
  return invoices === 1 ? "The invoice" : count(invoices, "invoice", "invoices and credit notes");
}

/** The dialogue. The server refuses while the order is needed or money is open, and says which. */
export function EraseDialog({ order, onClose, onDone }: OrderDialogProps) {
  const { org, orders } = useTill();
  const form = useOrderStep({
    desc: EraseOrderRequestSchema,
    initial: { orgId: org.id, orderId: order.id },
    send: (request) => orders.eraseOrder(request),
    done: () => "The personal data of this order is erased.",
    arrive: (answer) => onDone(answer.order),
  });
  const invoices = order.documents.length;
  return (
    <FormDialog
      title={`Erase the people of order ${order.code}?`}
      form={form}
      confirm="Erase for good"
      danger
      keep="Keep them"
      onClose={onClose}
    >
      <div class="prose">
        <p>
          For when a buyer asks for it. The event has to be over or the places cancelled, and no
          money open.
        </p>
        <h3>What goes</h3>
        <ul>
          <li>Names, addresses and the payer’s details on the order</li>
          <li>Names, answers, notes and ticket links of everybody who came with it</li>
          <li>What was written in the mails to them, and whom they went to</li>
        </ul>
        <h3>What stays</h3>
        <ul>
          <li>
            {invoices === 0
              ? "The order’s code, prices and payments"
              : `${kept(invoices)} with the customer’s name, and the books: the law wants them for six years`}
          </li>
          {invoices > 0 && <li>The order’s code, prices and payments, without a name</li>}
          <li>What Stripe keeps about the payment: ask there</li>
        </ul>
      </div>
    </FormDialog>
  );
}

/** One order: what was bought and why at that price, who pays, what came in and what went back. */

import { useState } from "preact/hooks";
import { labelOf } from "../../form/schema";
import {
  MoneyState,
  type Order,
  OrderService,
  OrderState,
  PaymentMethodSchema,
} from "../../gen/lanyard/booking/v1/order_pb";
import { PaymentService } from "../../gen/lanyard/payment/v1/payment_pb";
import { price } from "../../lib/money";
import { grouped } from "../../lib/words";
import { Head, Icon, Notice, Ready } from "../kit/bits";
import { momentOf } from "../kit/times";
import { useLoad } from "../load";
import { seesFinance } from "../session";
import { NotFound } from "../shell";
import { CancelDialog } from "./cancel";
import { Documents } from "./documents";
import { EraseButton, EraseDialog, isErased } from "./erase";
import { useTill } from "./gate";
import { LateDialog } from "./late";
import { Lines } from "./lines";
import { Item, Panel, Pill } from "./parts";
import { RefundDialog } from "./refund";
import { liveLines, refundable } from "./sums";
import { OrderTasks } from "./tasks";
import { dayOf, moneyWords, refundWords, stateWords, timelineOf } from "./words";

type Open = "cancel" | "refund" | "late" | "erase";

/** The screen of an order. */
export function OrderPage({ id }: { id: string }) {
  const { org, orders, may, to } = useTill();
  const [open, setOpen] = useState<Open | null>(null);
  const [round, setRound] = useState(0);
  const watches = may(PaymentService.method.listTasks);
  const found = useLoad(
    async (signal) => (await orders.getOrder({ orgId: org.id, orderId: id }, { signal })).order,
    [org.id, id],
  );
  if (found.problem?.reason === "NOT_FOUND") {
    return <NotFound />;
  }
  const dialog = {
    onClose: () => setOpen(null),
    onDone: (order: Order | undefined) => {
      setOpen(null);
      setRound((n) => n + 1);
      if (order !== undefined) {
        found.set(order);
      }
    },
  };
  return (
    <>
      <a class="back-link" href={to("orders")}>
        All orders
      </a>
      <Ready of={found} lines={8}>
        {(order) =>
          order === undefined ? null : (
            <>
              <OrderHead order={order} onOpen={setOpen} />
              {watches ? (
                <OrderTasks key={round} orderId={id} onSettled={found.reload} />
              ) : (
                <Warnings order={order} />
              )}
              {order.undeliverable && (
                <Notice tone="warning" title="The receipt could not be delivered">
                  <p>
                    The last mail to {order.buyer?.email} came back. Ask the buyer for an address
                    that works; the invoice can be downloaded below.
                  </p>
                </Notice>
              )}
              <Body order={order} onOpen={setOpen} />
              {open === "cancel" && <CancelDialog order={order} {...dialog} />}
              {open === "refund" && <RefundDialog order={order} {...dialog} />}
              {open === "late" && <LateDialog order={order} {...dialog} />}
              {open === "erase" && <EraseDialog order={order} {...dialog} />}
            </>
          )
        }
      </Ready>
    </>
  );
}

/** Whether the money came after the order had lapsed, and has got no places so far. */
function isUnplaced(order: Order): boolean {
  const over = order.state === OrderState.EXPIRED || order.state === OrderState.CANCELLED;
  return over && liveLines(order).length > 0 && refundable(order) > 0n;
}

function OrderHead({ order, onOpen }: { order: Order; onOpen: (open: Open) => void }) {
  const { org, may, to, membership } = useTill();
  const { method } = OrderService;
  const live = order.state === OrderState.PLACED || order.state === OrderState.CONFIRMED;
  const sub = (
    <p class="badges">
      <Pill {...stateWords(order.state)} />
      <Pill {...moneyWords(order, org.timezone)} />
      {order.late && <span class="badge badge--warm">Paid late</span>}
      <a href={to(`events/${order.eventId}/orders`)}>{order.eventTitle}</a>
      {seesFinance(membership) && order.totalMinor > 0n && (
        <a href={to(`finance/orders/${order.id}`)}>Way of the money</a>
      )}
    </p>
  );
  return (
    <>
      <Head title={`Order ${grouped(order.code)}`} sub={sub}>
        {isUnplaced(order) && may(method.placeLateOrder) && (
          <button type="button" class="button button--primary" onClick={() => onOpen("late")}>
            <Icon name="ticket" />
            Give the places
          </button>
        )}
        {refundable(order) > 0n && may(method.refundOrder) && (
          <button type="button" class="button" onClick={() => onOpen("refund")}>
            <Icon name="swap" />
            Give money back
          </button>
        )}
        {live && liveLines(order).length > 0 && may(method.cancelLines) && (
          <button
            type="button"
            class="button button--danger-quiet"
            onClick={() => onOpen("cancel")}
          >
            Cancel places
          </button>
        )}
      </Head>
    </>
  );
}

/** What somebody should look at, for those who do not see the tasks about it. */
function Warnings({ order }: { order: Order }) {
  const { currency, balanceMinor } = order;
  const failed = order.refunds.filter((r) => r.state === "failed");
  return (
    <>
      {isUnplaced(order) && (
        <Notice tone="warning" title="Paid, but without places">
          <p>
            The money came after the order had lapsed. Give the places, over capacity if need be, or
            give the money back.
          </p>
        </Notice>
      )}
      {order.money === MoneyState.IN_DISPUTE && (
        <Notice tone="warning" title="The cardholder disputes the payment">
          <p>No refund can be made until the dispute is over. The door is told.</p>
        </Notice>
      )}
      {order.money === MoneyState.OVER_PAID && !isUnplaced(order) && (
        <Notice tone="warning" title={`${price(-balanceMinor, currency)} more came in than is due`}>
          <p>Giving the difference back leaves the places as they are.</p>
        </Notice>
      )}
      {failed.length > 0 && (
        <Notice tone="warning" title="A refund failed">
          <p>Ask the buyer how to pay them another way, or try again.</p>
        </Notice>
      )}
    </>
  );
}

function Body({ order, onOpen }: { order: Order; onOpen: (open: Open) => void }) {
  return (
    <div class="split">
      <div class="stack">
        <Lines order={order} />
        {order.explanations.length > 0 && (
          <Panel id="why" title="Why it stands like this">
            <ul class="why">
              {order.explanations.map((sentence, i) => (
                <li key={`${i}-${sentence}`}>{sentence}</li>
              ))}
            </ul>
          </Panel>
        )}
        <Payments order={order} />
        <Documents order={order} />
      </div>
      <div class="stack">
        <Who order={order} onErase={() => onOpen("erase")} />
        <Timeline order={order} />
      </div>
    </div>
  );
}

function Who({ order, onErase }: { order: Order; onErase: () => void }) {
  const { org } = useTill();
  const { buyer, payer, method, dueAt, expiresAt, state } = order;
  const address = [payer?.address, payer?.postcode, payer?.country].filter((part) => part);
  return (
    <Panel id="who" title="Buyer and payer">
      <dl class="answers answers--narrow">
        <Item term="Buyer">
          {buyer?.name || (isErased(order) ? "Erased" : "Nobody yet")}
          {buyer?.email !== undefined && (
            <span class="table__sub">
              {/* Reviewers see dots instead of an address. */}
              {buyer.email.includes("@") ? (
                <a href={`mailto:${buyer.email}`}>{buyer.email}</a>
              ) : (
                buyer.email
              )}
            </span>
          )}
        </Item>
        <Item term="Payer">
          {payer?.company || "The buyer"}
          {address.length > 0 && <span class="table__sub lines">{address.join("\n")}</span>}
        </Item>
        {payer?.vatNumber && <Item term="VAT number">{payer.vatNumber}</Item>}
        {payer?.purchaseOrder && <Item term="Purchase order">{payer.purchaseOrder}</Item>}
        <Item term="Pays">{labelOf(PaymentMethodSchema, method) || "Card, now"}</Item>
        {dueAt !== undefined && <Item term="Due">{dayOf(dueAt, org.timezone)}</Item>}
        {state === OrderState.PLACED && expiresAt !== undefined && (
          <Item term="Lapses">{momentOf(expiresAt)}</Item>
        )}
        {order.discountCode !== "" && <Item term="Code">{order.discountCode}</Item>}
        {order.company !== "" && <Item term="Member price of">{order.company}</Item>}
      </dl>
      <EraseButton order={order} onOpen={onErase} />
    </Panel>
  );
}

function Payments({ order }: { order: Order }) {
  const { payments, refunds, currency } = order;
  if (payments.length + refunds.length === 0) {
    return null;
  }
  return (
    <Panel id="payments" title="Payments and refunds">
      <ul class="entries">
        {payments.map((p) => (
          <li class="entry" key={p.chargeId || String(p.capturedAt?.seconds)}>
            <div class="entry__text">
              <strong>{price(p.amountMinor, currency)} in</strong>
              <span class="table__sub">
                {[p.method, momentOf(p.capturedAt)].filter((w) => w !== "").join(", ")}
              </span>
              {p.chargeId !== "" && <code class="entry__id">{p.chargeId}</code>}
            </div>
            <Pill text="Came in" tone="good" />
          </li>
        ))}
        {refunds.map((r) => (
          <li class="entry" key={`${r.requestedAt?.seconds}-${r.requestedAt?.nanos}`}>
            <div class="entry__text">
              <strong>{price(r.amountMinor, currency)} back</strong>
              <span class="table__sub">
                {[r.reason, momentOf(r.requestedAt)].filter((w) => w !== "").join(", ")}
              </span>
            </div>
            <Pill {...refundWords(r.state)} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Timeline({ order }: { order: Order }) {
  const { org } = useTill();
  return (
    <Panel id="timeline" title="What happened">
      <ol class="timeline">
        {timelineOf(order).map(({ at, icon, text, note, dayOnly }) => (
          <li class="timeline__moment" key={`${at.seconds}-${at.nanos}-${text}`}>
            <Icon name={icon} />
            <div>
              {text}
              <span class="table__sub">
                {[dayOnly ? dayOf(at, org.timezone) : momentOf(at), note]
                  .filter((w) => w !== "")
                  .join(" · ")}
              </span>
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

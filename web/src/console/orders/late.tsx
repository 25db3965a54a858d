/** Giving an order its places although its money came too late. */

import { type Order, PlaceLateOrderRequestSchema } from "../../gen/lanyard/booking/v1/order_pb";
import { count, number } from "../../lib/words";
import { poolsOf } from "../event/numbers";
import { Notice } from "../kit/bits";
import { type Consequence, Consequences, FormDialog } from "../kit/dialog";
import { useLoad } from "../load";
import type { OrderDialogProps } from "./cancel";
import { useTill } from "./gate";
import { useOrderStep } from "./step";
import { liveLines } from "./sums";

/** A pool that the order draws on. */
interface Need {
  title: string;
  places: number;
  /** How many can be had; undefined where there is no limit. */
  left: number | undefined;
}

/** The dialogue. Without the tick, places are given only while there are some. */
export function LateDialog({ order, onClose, onDone }: OrderDialogProps) {
  const { org, orders } = useTill();
  const needs = useNeeds(order);
  const form = useOrderStep({
    desc: PlaceLateOrderRequestSchema,
    initial: { orgId: org.id, orderId: order.id },
    send: (request) => orders.placeLateOrder(request),
    done: () => "The places are given. The buyer gets a mail.",
    arrive: (answer) => onDone(answer.order),
  });
  const places = liveLines(order).filter((l) => l.ticket).length;
  const short = needs.filter(({ left, places }) => left !== undefined && left < places);
  const points: Consequence[] = [
    {
      icon: "ticket",
      text:
        places === 1
          ? "The place is given for good, and the sale is booked."
          : `${count(places, "place is", "places are")} given for good, all of them or none, and the sale is booked.`,
    },
    {
      icon: "mail",
      text: "The buyer gets a mail that the order is confirmed, and everybody who is named a ticket.",
    },
  ];
  return (
    <FormDialog
      title={`Give order ${order.code} its places?`}
      form={form}
      confirm="Give the places"
      onClose={onClose}
    >
      <Consequences of={points} />
      {short.length > 0 ? (
        <Notice tone="warning" title={short.map(leftWords).join(" ")}>
          <p>Tick the box below to give the places all the same, or give the money back instead.</p>
        </Notice>
      ) : (
        needs.length > 0 && <p class="muted">{needs.map(leftWords).join(" ")}</p>
      )}
    </FormDialog>
  );
}

/** "Hall: none left, and 2 are needed." */
function leftWords({ title, places, left }: Need): string {
  if (left === undefined) {
    return `${title}: no limit.`;
  }
  const needed =
    left < places ? `, and ${number(places)} ${places === 1 ? "is" : "are"} needed` : "";
  return `${title}: ${left === 0 ? "none" : number(left)} left${needed}.`;
}

/** What the order's tickets and extras need of each pool; nothing until it is known. */
function useNeeds(order: Order): readonly Need[] {
  const { org, clients } = useTill();
  const found = useLoad(
    (signal) =>
      clients.inventory.listInventory({ orgId: org.id, eventId: order.eventId }, { signal }),
    [order.id],
  );
  const { products = [], pools = [] } = found.data ?? {};
  const taken = new Map<string, number>();
  for (const { productId } of liveLines(order)) {
    const product = products.find(({ id }) => id === productId);
    for (const { id } of product === undefined ? [] : poolsOf(product, pools)) {
      taken.set(id, (taken.get(id) ?? 0) + 1);
    }
  }
  return pools
    .filter(({ id }) => taken.has(id))
    .map(({ id, details, left }) => ({
      title: details?.title ?? "",
      places: taken.get(id) ?? 0,
      left: details?.unlimited && !details.closed ? undefined : left,
    }));
}

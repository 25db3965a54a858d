/** The way to the screens about orders and money: they are fetched when somebody comes to one. */

import type { Client } from "@connectrpc/connect";
import { type ComponentChildren, createContext } from "preact";
import { useContext } from "preact/hooks";
import type { OrderService } from "../../gen/lanyard/booking/v1/order_pb";
import type { PaymentService } from "../../gen/lanyard/payment/v1/payment_pb";
import { Ready } from "../kit/bits";
import { useLoad } from "../load";
import { type Here, useHere } from "../session";

/** The screens. */
export type Screens = typeof import("./screens");

/** The way to the server about orders. */
export interface Till {
  orders: Client<typeof OrderService>;
  payments: Client<typeof PaymentService>;
}

const TillContext = createContext<Till | null>(null);

/** Fetches the screens and draws one of them. */
export function Orders({ draw }: { draw: (screens: Screens) => ComponentChildren }) {
  const { clients } = useHere();
  const program = useLoad(async () => {
    const [screens, orders, payments] = await Promise.all([
      import("./screens"),
      clients.orders(),
      clients.payments(),
    ]);
    return { screens, till: { orders, payments } };
  }, []);
  return (
    <Ready of={program}>
      {({ screens, till }) => (
        <TillContext.Provider value={till}>{draw(screens)}</TillContext.Provider>
      )}
    </Ready>
  );
}

/** The present organisation, with the way to its orders. */
export function useTill(): Here & Till {
  const here = useHere();
  const till = useContext(TillContext);
  if (till === null) {
    throw new Error("drawn outside the orders");
  }
  return { ...here, ...till };
}

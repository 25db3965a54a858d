// Money for journeys of the console: events that cost something, orders that are bought without a
// browser, and the simulated Stripe that they are paid at.
import { requestID, unique } from "./world.mjs";

/** Cards of the simulator. */
export const cards = {
  good: "4000008260000000",
  refundFails: "4000000000005126",
};

/** An event with one priced product. */
export async function paidEvent(
  world,
  title,
  { priceMinor = 12000, places = 20, ...options } = {},
) {
  const event = await world.event(title, { places, ...options });
  const ids = { orgId: event.orgId, eventId: event.id };
  const service = "inventory.v1.InventoryService";
  const { products } = await world.call("organiser", `${service}/ListInventory`, ids);
  const [{ id, version, details }] = products;
  await world.act(event, `${service}/UpdateProduct`, {
    productId: id,
    version,
    details: {
      ...details,
      title: "Delegate",
      maxPerOrder: 10,
      pricing: "PRICING_FIXED",
      currency: "GBP",
      priceMinor,
      vatCategory: "VAT_CATEGORY_STANDARD",
      vatRate: 2000,
    },
  });
  return { ...event, productId: id };
}

const checkout = "booking.v1.CheckoutService";

/** Places an order to be paid by card, and opens its payment page. Each product is taken once. */
export async function order(
  world,
  event,
  { names = ["Ada Byron"], code = "", buyer = "Bea Buyer", products, payer } = {},
) {
  const { basket } = await world.call(null, `${checkout}/FillBasket`, {
    orgId: event.orgId,
    requestId: requestID(),
    eventId: event.id,
    code,
    choices: products ?? [{ productId: event.productId, quantity: names.length }],
  });
  const attendee = (name) => ({
    name,
    email: `${unique(name.split(" ")[0].toLowerCase())}@example.org`,
    segment: "SEGMENT_BUSINESS",
    timezone: "Europe/London",
  });
  const placed = await world.call(null, `${checkout}/Checkout`, {
    holdSecret: basket.holdSecret,
    requestId: requestID(),
    buyer: { name: buyer, email: `${unique("buyer")}@example.org` },
    payer,
    attendees: names.map(attendee),
    method: payer?.invoice ? "PAYMENT_METHOD_INVOICE" : "PAYMENT_METHOD_CARD",
    expectedTotalMinor: basket.totalMinor ?? "0",
  });
  return { secret: placed.orderSecret, code: placed.orderCode };
}

/** Opens the payment page of an order; returns Stripe's name for it. */
export async function open(world, { secret }) {
  const { url } = await world.call(null, `${checkout}/StartPayment`, {
    orderSecret: secret,
    requestId: requestID(),
  });
  return new URL(url).pathname.split("/").at(-1);
}

/** The order as its buyer sees it. */
export async function seen(world, { secret }) {
  const { order: now } = await world.call(null, `${checkout}/GetMyOrder`, { orderSecret: secret });
  return now;
}

/** Waits until an order is as wanted, by what its buyer is told. */
export async function until(world, bought, wanted) {
  for (let i = 0; i < 100; i++) {
    const now = await seen(world, bought);
    if (wanted(now)) {
      return now;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`order ${bought.code} did not become as wanted`);
}

/** Buys with a card and waits until the places are given. */
export async function buy(world, event, options = {}) {
  const placed = await order(world, event, options);
  const session = await open(world, placed);
  const { Charge: charge } = await stripe(world, "pay", {
    session,
    card: options.card ?? cards.good,
  });
  const now = await until(world, placed, ({ state }) => state === "ORDER_STATE_CONFIRMED");
  return { ...placed, id: now.id, charge, order: now };
}

/**
 * Lets the time of an unpaid order pass, as if word of its open payment page had been lost: it can
 * still be paid there, too late.
 */
export async function lapse(world, placed) {
  await world.sql(`
    UPDATE payment_attempt SET state = 'expired', ended_at = now()
     WHERE state = 'open' AND order_id = (SELECT id FROM orders WHERE code = '${placed.code}');
    UPDATE orders SET expires_at = now() - interval '1 second' WHERE code = '${placed.code}';
    INSERT INTO river_job (kind, args, max_attempts) VALUES ('upkeep', '{}', 1);
    NOTIFY "public.river_insert", '{"queue":"default"}';`);
  await until(world, placed, ({ state }) => state === "ORDER_STATE_EXPIRED");
}

/** Drives the simulated Stripe. */
export async function stripe(world, what, asked = {}) {
  const { id: orgId } = await world.org();
  const { status } = await world.call("finance", "payment.v1.PaymentService/GetStripeStatus", {
    orgId,
  });
  const answer = await fetch(`${status.simulatorUrl}${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(asked),
  });
  const said = await answer.json();
  if (!answer.ok) {
    throw new Error(`the simulator: ${said.error}`);
  }
  return said;
}

/** Waits until there is an open task that fits, and returns it. */
export async function task(world, fits) {
  const { id: orgId } = await world.org();
  for (let i = 0; i < 100; i++) {
    const { tasks = [] } = await world.call("finance", "payment.v1.PaymentService/ListTasks", {
      orgId,
    });
    const found = tasks.find(fits);
    if (found) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("no such task was opened");
}

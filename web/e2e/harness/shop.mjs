// What journeys of buyers share: an event that sells, and the steps from it to the payment page.
import assert from "node:assert/strict";
import { see } from "./steps.mjs";
import { unique } from "./world.mjs";

/** The payment simulator answers on a port of its own; nothing else may lie elsewhere. */
export const paysElsewhere = /a request went elsewhere: http:\/\/(127\.0\.0\.1|localhost):\d+/;

/** The answers that a buyer's mistakes bring about on purpose. */
export const refusals = /status of (402|409|410|422)/;

/** The cards of the payment page, as its buttons show them. */
export const cards = {
  good: "4242 4242 4242 4242",
  declined: "4000 0000 0000 0002",
  challenge: "4000 0025 0000 3155",
};

const service = "inventory.v1";

/**
 * Makes and publishes an event whose ticket costs £120, £96 for the first ones, and £90 for member
 * companies; with a workshop to add for £30, a code for a tenth less and one that opens a ticket
 * for speakers.
 */
export async function shop(world, title, options = {}) {
  const { places = 40, days = 40, sales } = options;
  const event = await world.event(title, {
    places,
    publish: false,
    schedule: at(days),
    details: {
      mode: "EVENT_MODE_IN_PERSON",
      venue: "The Guildhall",
      city: "Nottingham",
      country: "United Kingdom",
      joinAddress: "",
      joinOpensMinutes: 0,
    },
  });
  const ids = { orgId: event.orgId, eventId: event.id };
  const inventory = `${service}.InventoryService`;
  const { products } = await world.call("organiser", `${inventory}/ListInventory`, ids);
  const [{ id, version, details }] = products;
  const pounds = {
    pricing: "PRICING_FIXED",
    currency: "GBP",
    vatCategory: "VAT_CATEGORY_STANDARD",
    vatRate: 2000,
    minPerOrder: 1,
    maxPerOrder: 10,
  };
  await world.act(event, `${inventory}/UpdateProduct`, {
    productId: id,
    version,
    details: {
      ...details,
      ...pounds,
      title: "Conference day",
      kind: "PRODUCT_KIND_TICKET",
      priceMinor: 12_000,
      memberPriceMinor: 9_000,
      phases: [{ title: "Early bird", priceMinor: 9_600, places: 20 }],
    },
  });
  const size = { unlimited: false, size: 10, title: "Workshop room" };
  const { pool } = await world.act(event, `${inventory}/CreatePool`, { details: size });
  const extra = (more) => ({ details: { ...pounds, ...more } });
  await world.act(
    event,
    `${inventory}/CreateProduct`,
    extra({
      title: "Workshop",
      kind: "PRODUCT_KIND_ADD_ON",
      priceMinor: 3_000,
      needsProductIds: [id],
      poolIds: [pool.id],
    }),
  );
  const hidden = await world.act(
    event,
    `${inventory}/CreateProduct`,
    extra({
      title: "Speaker",
      kind: "PRODUCT_KIND_TICKET",
      priceMinor: 1_000,
      hidden: true,
      poolIds: details.poolIds,
    }),
  );
  const codes = `${service}.CodeService/CreateCode`;
  await world.act(event, codes, {
    details: { text: "WELCOME10", effect: "CODE_EFFECT_PERCENT", percent: 1000 },
  });
  await world.act(event, codes, {
    details: {
      text: "SPEAKERS",
      effect: "CODE_EFFECT_NONE",
      unlocks: true,
      productIds: [hidden.product.id],
    },
  });
  if (sales) {
    await sell(world, event, sales);
  }
  await world.change(event, "PublishEvent");
  return event;
}

/** Changes an event's terms of sale. */
async function sell(world, event, changes) {
  const orders = "booking.v1.OrderService";
  const ids = { orgId: event.orgId, eventId: event.id };
  const { sales } = await world.call("organiser", `${orders}/GetSales`, ids);
  await world.act(event, `${orders}/SaveSales`, { sales: { ...sales, ...changes } });
}

/** A day from 9:30 to 16:30, so many days from now. */
function at(days) {
  const date = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  return {
    startsLocal: `${date}T09:30`,
    endsLocal: `${date}T16:30`,
    timezone: "Europe/London",
  };
}

/** From the event's page into a basket. */
export async function fill(page, event, { tickets = 1, workshops = 0, code = "" } = {}) {
  await page.goto(event.path);
  await page.getByLabel("How many of Conference day").selectOption(String(tickets));
  if (workshops > 0) {
    await page.getByLabel("How many of Workshop").selectOption(String(workshops));
  }
  if (code !== "") {
    await page.getByLabel(/^Code/).fill(code);
  }
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(/\/basket\//);
}

/** Fills in the buyer, who comes on the first ticket; the others are named later. */
export async function introduce(page, name) {
  const email = `${unique("buyer")}@example.org`;
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Your e-mail address").fill(email);
  await page
    .getByRole("radio", { name: /^Business/ })
    .first()
    .check();
  for (const later of (await page.getByRole("radio", { name: "I will say later" }).all()).slice(
    1,
  )) {
    await later.check();
  }
  return email;
}

/** Presses the button that says how much is paid, and arrives at the payment page. */
export async function goAndPay(page, amount) {
  await page
    .getByRole("button", { name: `Pay ${amount}` })
    .last()
    .click();
  await page.waitForURL(/\/c\/pay\//);
  await see(page, "Simulated payment");
  await see(page, amount);
}

/** Pays with a card of the payment page. */
export async function payWith(page, card) {
  await page.getByRole("button", { name: card }).click();
}

/** Waits for the receipt and returns the order's own path. */
export async function receipt(page, amount) {
  await page.waitForURL(/\/order\//);
  await see(page, "Your order is confirmed");
  await see(page, "Thank you, your payment has arrived");
  const path = new URL(page.url()).pathname;
  assert.match(path, /^\/order\/[\w-]{67}$/);
  await see(page, `${amount} paid`);
  return path;
}

/** Tells the payment simulator what shall happen: see its control API. */
export async function control(origin, command, order = {}) {
  const answer = await fetch(`${origin}/_sim/${command}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
  });
  assert.ok(answer.ok, `${command}: ${answer.status} ${await answer.text()}`);
}

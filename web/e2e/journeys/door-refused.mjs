// The door and people whose money, list or day is not right.
import assert from "node:assert/strict";
import { holdUp } from "../harness/camera.mjs";
import { checkPage } from "../harness/checks.mjs";
import {
  addList,
  asks,
  card,
  doorEvent,
  next,
  openTablet,
  syncNow,
  ticketOf,
} from "../harness/door.mjs";
import { journey } from "../harness/journey.mjs";
import {
  cards,
  fill,
  goAndPay,
  introduce,
  paysElsewhere,
  payWith,
  receipt,
  shop,
} from "../harness/shop.mjs";
import { see } from "../harness/steps.mjs";
import { requestID, unique } from "../harness/world.mjs";

const orders = "booking.v1.OrderService";

/** Places an order by card that nobody pays yet. */
async function unpaid(world, event, name) {
  const [offer] = await world.offers(event);
  const { basket } = await world.call(null, "booking.v1.CheckoutService/FillBasket", {
    orgId: event.orgId,
    eventId: event.id,
    requestId: requestID(),
    choices: [{ productId: offer.productId, quantity: 1 }],
  });
  const email = `${unique("buyer")}@example.org`;
  return world.call(null, "booking.v1.CheckoutService/Checkout", {
    holdSecret: basket.holdSecret,
    requestId: requestID(),
    buyer: { name, email },
    attendees: [{ name, email, segment: "SEGMENT_BUSINESS", timezone: "Europe/London" }],
    method: "PAYMENT_METHOD_CARD",
    expectedTotalMinor: basket.totalMinor,
  });
}

/** Buys a ticket with a card; returns the order and what the ticket says. */
async function buy(page, world, event, name) {
  await fill(page, event);
  const email = await introduce(page, name);
  await goAndPay(page, "£96.00");
  await payWith(page, cards.good);
  await receipt(page, "£96.00");
  const mail = await world.mail.to(email, (m) => /\/r\/[\w-]+/.test(m.text));
  const [, secret] = mail.text.match(/\/r\/([\w-]+)/);
  const ids = { orgId: event.orgId, onlyEventId: event.id };
  const { orders: all } = await world.call("organiser", `${orders}/ListOrders`, ids);
  const mine = all.find(({ buyer }) => buyer?.email === email);
  return { id: mine.id, code: await ticketOf(world, secret) };
}

journey(
  "a door stops the unpaid, the refunded, the wrong list and the wrong day",
  { width: 820, first: true },
  async ({ page: buyer, world, allow }) => {
    allow(paysElsewhere);
    const event = await shop(world, `Money door ${unique("d")}`, { days: 1 });
    const inventory = "inventory.v1.InventoryService/ListInventory";
    const ids = { orgId: event.orgId, eventId: event.id };
    const { products } = await world.call("organiser", inventory, ids);
    const speaker = products.find(({ details }) => details.title === "Speaker");
    event.list = await addList(world, event);
    const green = await addList(world, event, { title: "Green room", productIds: [speaker.id] });
    const past = await addList(world, event, {
      title: "Yesterday",
      closesLocal: "2020-01-01T18:00",
    });
    const [paid] = await Promise.all([
      buy(buyer, world, event, "Petra Paid"),
      unpaid(world, event, "Una Unpaid"),
    ]);
    const tablet = await openTablet(world, event, { listIds: [event.list.id, green.id, past.id] });
    const { page } = tablet;
    const scan = async (list, word) => {
      await page.getByLabel("Check-in list").selectOption(list);
      await holdUp(page, paid.code);
      const text = await (await card(page, word)).textContent();
      await holdUp(page);
      await next(page);
      return text;
    };
    assert.match(
      await scan("Green room", "Stop"),
      /“Conference day” does not count for Green room/,
    );
    assert.match(
      await scan("Yesterday", "Too late"),
      /This closed on Wednesday 1 January 2020 at 18:00/,
    );

    // Whoever has not paid is found by name; a shift lead may take the money.
    await page.getByLabel("Check-in list").selectOption("Main entrance");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByLabel(/Name, company/).fill("unpaid");
    await see(page, "Not paid");
    await page.getByRole("button", { name: /Let in.*Una/ }).click();
    assert.match(await (await card(page, "Not paid")).textContent(), /Una Unpaid/);
    await checkPage(page, "unpaid");
    await page.getByRole("button", { name: /taken: let in/ }).click();
    assert.match(await (await card(page, "Come in")).textContent(), /at the door/);
    await next(page);
    await page.getByRole("button", { name: "Scan", exact: true }).click();

    // Money that went back closes the door, as soon as the tablet hears of it.
    const { order } = await world.call("organiser", `${orders}/GetOrder`, {
      orgId: event.orgId,
      orderId: paid.id,
    });
    await world.call("organiser", `${orders}/CancelLines`, {
      orgId: event.orgId,
      requestId: requestID(),
      orderId: paid.id,
      lineIds: order.lines.map(({ id }) => id),
      refund: "REFUND_CHOICE_FULL",
      reason: "Cannot come",
    });
    await syncNow(page);
    assert.match(await scan("Main entrance", "Stop"), /refunded/);
    assert.equal((await asks(world, event).counts()).admitted, 1);
    assert.deepEqual(tablet.faults, []);
    await tablet.close();
  },
);

journey("a door knows the unapproved and a ticket that was handed over", {}, async ({ world }) => {
  const event = await doorEvent(world, `Approved ${unique("d")}`, {
    details: { registrationMode: "REGISTRATION_MODE_APPROVAL" },
  });
  await world.register(event, "Anna Applicant", `${unique("guest")}@example.org`);
  const linkSecret = await world.register(event, "Olga Old", `${unique("guest")}@example.org`);
  const my = "booking.v1.BookingService";
  const olga = async () => {
    const got = await world.call(null, `${my}/GetMyRegistration`, { linkSecret });
    return got.registration;
  };
  await world.act(event, "booking.v1.RegistrationService/DecideApplications", {
    registrationIds: [(await olga()).registrationId],
    decision: "DECISION_APPROVE",
  });
  const code = await ticketOf(world, linkSecret);
  await world.call(null, `${my}/HandOverMyRegistration`, {
    linkSecret,
    requestId: requestID(),
    version: (await olga()).version,
    attendee: {
      name: "Nina New",
      email: `${unique("guest")}@example.org`,
      segment: "SEGMENT_BUSINESS",
      timezone: "Europe/London",
    },
  });
  const tablet = await openTablet(world, event);
  const { page } = tablet;
  await holdUp(page, code);
  assert.match(await (await card(page, "Stop")).textContent(), /A newer ticket was sent/);
  await holdUp(page);
  await next(page);
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await page.getByLabel(/Name, company/).fill("applicant");
  await see(page, "Not approved");
  await page.getByRole("button", { name: /Let in.*Anna/ }).click();
  assert.match(await (await card(page, "Stop")).textContent(), /has not approved/);
  assert.deepEqual(tablet.faults, []);
  await tablet.close();
});

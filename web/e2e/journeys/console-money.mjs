// What staff do about money: give it back by line, by amount and for a whole event, and see to what
// needs a person.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { checkPage } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { see } from "../harness/steps.mjs";
import {
  buy,
  cards,
  lapse,
  open,
  order,
  paidEvent,
  stripe,
  task,
  until,
} from "../harness/till.mjs";
import { unique } from "../harness/world.mjs";

function orderPage(event, { id }) {
  return `/console/o/${event.orgId}/orders/${id}`;
}

journey(
  "finance takes one place of two back, and its money",
  { role: "finance", width: 1440 },
  async ({ page, world }) => {
    const event = await paidEvent(world, `Lines ${unique("l")}`);
    const bought = await buy(world, event, { names: ["Ada Byron", "Łukasz Nowak"] });
    await page.goto(orderPage(event, bought));
    await page.getByRole("button", { name: "Cancel places" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/Łukasz Nowak/).check();
    await dialog.getByRole("radio", { name: /full/i }).check();
    await see(dialog, "£120.00 goes back the way it was paid.");
    await dialog.getByLabel("Reason").fill("Cannot travel");
    await checkPage(page, "cancelling a line");
    await dialog.getByRole("button", { name: /Cancel the places/ }).click();
    await dialog.waitFor({ state: "hidden" });
    await see(page, "£120.00 back");
    await see(page, "Cancelled");
    await see(page, /Credit note/);
    const now = await until(world, bought, ({ refunds }) => refunds?.[0]?.state === "succeeded");
    assert.equal(now.refundedMinor, "12000");
    assert.equal(now.totalMinor, "12000");
    assert.equal(now.state, "ORDER_STATE_CONFIRMED");
    await page.reload();
    await see(page, "Given back");
    await checkPage(page, "an order with a place given up");
  },
);

journey(
  "finance gives an amount back, and no more than was paid",
  { role: "finance", width: 390 },
  async ({ page, world, allow }) => {
    allow(/status of 400/);
    const event = await paidEvent(world, `Amount ${unique("a")}`);
    const bought = await buy(world, event);
    await page.goto(orderPage(event, bought));
    await page.getByRole("button", { name: "Give money back" }).click();
    const dialog = page.getByRole("dialog");
    const amount = dialog.getByLabel("Amount", { exact: false }).first();
    await amount.fill("200");
    await amount.blur();
    await see(dialog, "That is more than was paid and has not gone back.");
    await dialog.getByLabel("Reason").fill("Goodwill");
    await dialog.getByRole("button", { name: "Give it back" }).click();
    await dialog.locator(".field__error, .notice--error").first().waitFor();
    await amount.fill("25.50");
    await amount.blur();
    await checkPage(page, "refunding an amount");
    await dialog.getByRole("button", { name: "Give £25.50 back" }).click();
    await dialog.waitFor({ state: "hidden" });
    await see(page, "£25.50 back");
    const now = await until(world, bought, ({ refunds }) => refunds?.[0]?.state === "succeeded");
    assert.equal(now.refundedMinor, "2550");
    assert.equal(now.state, "ORDER_STATE_CONFIRMED", "the place stays");
  },
);

journey(
  "everybody of a cancelled event gets their money back, once, with progress",
  { role: "owner", width: 820 },
  async ({ page, world, allow }) => {
    allow(/status of 400/);
    const event = await paidEvent(world, `Snowed off ${unique("s")}`);
    const all = [];
    for (const name of ["Ada Byron", "Rosa Refund", "Olu Adeyemi"]) {
      all.push(await buy(world, event, { names: [name] }));
    }
    await world.change(event, "CancelEvent", { reason: "Snow" });
    await page.goto(`/console/o/${event.orgId}/events/${event.id}/orders`);
    await see(page, /3 orders have places at this event/);
    await page.getByRole("button", { name: "Give everybody their money back" }).click();
    const dialog = page.getByRole("dialog");
    await checkPage(page, "refunding a whole event");
    await dialog.getByRole("button", { name: "Refund 3 orders" }).click();
    await dialog.waitFor({ state: "hidden" });
    await see(page, /3 of 3 orders done, £360.00 given back/);
    await checkPage(page, "an event refunded");
    for (const bought of all) {
      const now = await until(world, bought, ({ refunds }) => refunds?.[0]?.state === "succeeded");
      assert.equal(now.refunds.length, 1, "each once");
      assert.equal(now.refundedMinor, "12000");
    }

    // One of them wants to be forgotten: the people go, the invoices stay.
    const [gone] = all;
    await page.goto(orderPage(event, gone));
    await page.getByRole("button", { name: "Erase personal data" }).click();
    await see(dialog, /2 invoices and credit notes with the customer’s name/);
    await dialog.getByLabel("Reason").fill("Asked for by letter");
    await dialog.getByLabel(/The order.s code/).fill("AAAA-BBBB");
    await checkPage(page, "erasing the people of an order");
    await dialog.getByRole("button", { name: "Erase for good" }).click();
    await see(dialog, /is not the code of this order/);
    await dialog.getByLabel(/The order.s code/).fill(gone.code.replace(/(.{4})(?=.)/g, "$1-"));
    await dialog.getByRole("button", { name: "Erase for good" }).click();
    await dialog.waitFor({ state: "hidden" });
    await see(page.getByRole("region", { name: "Buyer and payer" }), "Erased");
    assert.equal(await page.getByText("Bea Buyer").count(), 0);
    await page.getByRole("link", { name: "Erased" }).click();
    await page.getByRole("dialog", { name: "Nobody is named" }).waitFor();
    await page.goBack();
    await see(page, /Credit note/);
  },
);

journey(
  "a dispute becomes a task with its evidence, and is settled",
  { role: "finance", width: 1440 },
  async ({ page, world }) => {
    const event = await paidEvent(world, `Disputed ${unique("d")}`);
    const bought = await buy(world, event, { names: ["Ioannis Papadopoulos"] });
    await stripe(world, "dispute", { charge: bought.charge, reason: "product_not_received" });
    await task(world, ({ orderCode }) => orderCode === bought.code);

    await page.goto(`/console/o/${event.orgId}/orders`);
    await page.getByRole("link", { name: /Needs a person/ }).click();
    const card = page.getByRole("article", { name: `Dispute, order ${bought.code}` });
    await see(card, /nothing was received/);
    await see(card, /left/);
    await checkPage(page, "tasks");
    await card.getByRole("button", { name: "Gather the evidence" }).click();
    const dialog = page.getByRole("dialog");
    await see(dialog, new RegExp(`Order ${bought.code} for`));
    await see(dialog, /Place taken: Delegate, Ioannis Papadopoulos/);
    await checkPage(page, "evidence");
    const file = page.waitForEvent("download");
    await dialog.getByRole("button", { name: "Download" }).click();
    assert.match(await readFile(await (await file).path(), "utf8"), /captured/);
    await dialog.getByRole("button", { name: "Close", exact: true }).last().click();

    await card.getByRole("button", { name: "Answered or accepted" }).click();
    await dialog.getByRole("button", { name: "Settle it" }).click();
    await dialog.locator(".field__error").first().waitFor();
    await dialog.getByLabel(/What was decided/).fill("Sent the entry scan to the bank.");
    await checkPage(page, "settling a task");
    await dialog.getByRole("button", { name: "Settle it" }).click();
    await dialog.waitFor({ state: "hidden" });
    await card.waitFor({ state: "hidden" });
    await page.getByLabel("Show").selectOption({ label: "What is settled" });
    await see(card, "Sent the entry scan to the bank.");
    await page.goto(orderPage(event, bought));
    await see(page, "Disputed");
  },
);

journey(
  "a fraud warning is ended by a refund, a failed refund by another way, late money by both",
  { role: "owner", width: 820 },
  async ({ page, world }) => {
    const event = await paidEvent(world, `Warned ${unique("f")}`);
    const warned = await buy(world, event, { names: ["Frank Fraud"] });
    await stripe(world, "warning", { charge: warned.charge });
    await task(world, ({ orderCode }) => orderCode === warned.code);
    await page.goto(orderPage(event, warned));
    const card = page.getByRole("article", { name: /Fraud warning/ });
    await card.getByRole("button", { name: "Give £120.00 back" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/What was decided/).fill("Stolen card.");
    await dialog.getByRole("button", { name: "Give £120.00 back" }).click();
    await dialog.waitFor({ state: "hidden" });
    await card.waitFor({ state: "hidden" });
    await until(world, warned, ({ refunds }) => refunds?.[0]?.state === "succeeded");
    await page.reload();
    await see(page.getByRole("region", { name: "Invoices and credit notes" }), /Credit note/);
    await see(page, "Cancelled");

    // A refund that somebody makes at Stripe is known here, and so is that it failed.
    const failing = await buy(world, event, { names: ["Rosa Refund"] });
    const { id: refund } = await stripe(world, "refund", { charge: failing.charge, amount: 12000 });
    await until(world, failing, ({ refunds }) => refunds?.[0]?.state === "succeeded");
    await page.goto(orderPage(event, failing));
    await see(page, "£120.00 back");
    await stripe(world, "fail_refund", { refund });
    await task(world, ({ kind, orderCode }) => {
      return kind === "TASK_KIND_REFUND_FAILED" && orderCode === failing.code;
    });
    await page.reload();
    const lost = page.getByRole("article", { name: /Refund failed/ });
    await lost.waitFor();
    await checkPage(page, "an order whose refund failed");
    await lost.getByRole("button", { name: "Paid another way" }).click();
    await dialog.getByLabel(/What was decided/).fill("Bank transfer on Friday.");
    await dialog.getByRole("button", { name: "Settle it" }).click();
    await dialog.waitFor({ state: "hidden" });
    await lost.waitFor({ state: "hidden" });

    // Money that came after its places had gone to others: one goes back, one gets a seat.
    const full = await paidEvent(world, `Full ${unique("l")}`, { places: 1 });
    const tooLate = async (name) => {
      const placed = await order(world, full, { names: [name], buyer: name });
      const session = await open(world, placed);
      await lapse(world, placed);
      return { ...placed, pay: () => stripe(world, "pay", { session, card: cards.good }) };
    };
    const guest = await tooLate("Lena Late");
    const stranger = await tooLate("Milo Missed");
    await buy(world, full);
    for (const late of [guest, stranger]) {
      await late.pay();
      await task(world, ({ orderCode }) => orderCode === late.code);
    }
    await page.goto(`/console/o/${full.orgId}/orders/tasks`);
    const queued = ({ code }) =>
      page.getByRole("article", { name: `Paid too late, order ${code}` });
    await see(queued(guest), /If nobody decides, Lanyard does on/);
    await queued(guest).getByRole("button", { name: "Give the places" }).click();
    await see(dialog, /none left, and 1 is needed/);
    await checkPage(page, "placing late money");
    await dialog.getByLabel("Even over capacity").check();
    await dialog.getByLabel("Reason").fill("The speaker's guest.");
    await dialog.getByRole("button", { name: "Give the places" }).click();
    await dialog.waitFor({ state: "hidden" });
    await queued(guest).waitFor({ state: "hidden" });
    await queued(stranger).getByRole("button", { name: "Give £120.00 back" }).click();
    await see(dialog, "The order gets no places.");
    await dialog.getByLabel(/What was decided/).fill("Sold out.");
    await dialog.getByRole("button", { name: "Give £120.00 back" }).click();
    await dialog.waitFor({ state: "hidden" });
    await until(world, guest, ({ state, late }) => state === "ORDER_STATE_CONFIRMED" && late);
    await until(world, stranger, ({ refunds }) => refunds?.[0]?.state === "succeeded");
  },
);

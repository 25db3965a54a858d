// A buyer: with good cards and bad ones, with codes, for a group, on invoice, and back again.
import assert from "node:assert/strict";
import { checkPage } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import {
  cards,
  fill,
  goAndPay,
  introduce,
  paysElsewhere,
  payWith,
  receipt,
  refusals,
  shop,
} from "../harness/shop.mjs";
import { see, seeSoon } from "../harness/steps.mjs";
import { unique } from "../harness/world.mjs";

journey(
  "a buyer pays with a test card on a phone and gets a receipt, an invoice and a place",
  { width: 390, height: 844 },
  async ({ page, world, allow }) => {
    allow(paysElsewhere);
    allow(refusals);
    const event = await shop(world, `Paid day ${unique("b")}`);
    await page.goto(event.path);
    await see(page, "£96.00");
    await see(page, /Early bird, 20 left/);
    await see(page, "£90.00 for member companies");
    await checkPage(page, "an event that sells");
    const days = page.getByLabel("How many of Conference day");
    assert.equal(await days.inputValue(), "1", "the only ticket is chosen from the start");
    await days.selectOption("0");
    await page.getByRole("button", { name: "Continue" }).click();
    await see(page, "Choose at least one ticket");
    await checkPage(page, "nothing chosen");

    await fill(page, event, { workshops: 1 });
    await see(page, /kept until \d\d:\d\d/);
    await see(page, "VAT at 20%, included (on £105.00)");
    await checkPage(page, "basket");
    await page.getByRole("button", { name: "Pay £126.00" }).last().click();
    await see(page, "Enter your name");
    await checkPage(page, "basket with errors");
    const email = await introduce(page, "Amara Osei");
    await goAndPay(page, "£126.00");
    await payWith(page, cards.good);
    const order = await receipt(page, "£126.00");
    await checkPage(page, "receipt");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: /^PDF/ }).click(),
    ]);
    assert.match(download.suggestedFilename(), /\.pdf$/);

    // The place is theirs, with an invitation; the receipt leads back to the order.
    const place = await world.mail.to(email, (mail) => mail.calendar?.method === "REQUEST");
    assert.equal(place.calendar.attendee, email);
    const told = await world.mail.to(email, (mail) => mail.text.includes(order));
    assert.ok(told.text.includes("£126.00"), "the receipt says how much was paid");
  },
);

journey(
  "a buyer whose card is declined pays with another, and never twice",
  { width: 820 },
  async ({ page, world, allow }) => {
    allow(paysElsewhere);
    allow(refusals);
    const event = await shop(world, `Second card ${unique("b")}`);
    await fill(page, event);
    await introduce(page, "Łukasz Nowak");
    await goAndPay(page, "£96.00");
    await payWith(page, cards.declined);
    await see(page, "Not paid");
    await payWith(page, cards.good);
    const order = await receipt(page, "£96.00");
    await page.goto(`${order}/paid`);
    assert.equal(await page.getByText("£96.00 paid").count(), 1);
    assert.equal(await page.getByRole("button", { name: /^Pay/ }).count(), 0);
  },
);

journey(
  "a buyer passes the bank's check after failing and leaving it",
  { width: 1280 },
  async ({ page, world, allow }) => {
    allow(paysElsewhere);
    allow(refusals);
    const event = await shop(world, `Checked ${unique("b")}`);
    await fill(page, event);
    await introduce(page, "Ελένη Παππά");
    await goAndPay(page, "£96.00");
    await payWith(page, cards.challenge);
    await see(page, "Confirm it is you");
    await page.getByRole("button", { name: "Fail the check" }).click();
    await see(page, "Not paid");
    await payWith(page, cards.challenge);
    await page.getByRole("button", { name: "Abandon it" }).click();

    // Back in the shop: nothing was taken, the places are kept, the same payment opens again.
    await page.waitForURL(/\/order\//);
    await see(page, "You came back without paying");
    await see(page, /places are kept until/);
    await checkPage(page, "came back");
    await page.getByRole("button", { name: "Pay £96.00" }).click();
    await page.waitForURL(/\/c\/pay\//);
    await payWith(page, cards.challenge);
    await page.getByRole("button", { name: "Yes, this is my payment" }).click();
    await receipt(page, "£96.00");
  },
);

journey(
  "a buyer without scripts abandons the payment page and pays later",
  { width: 390, height: 844, javaScript: false },
  async ({ page, world, allow }) => {
    allow(paysElsewhere);
    allow(refusals);
    const event = await shop(world, `Plain ${unique("b")}`);
    await fill(page, event);
    await page.getByRole("button", { name: "Pay £96.00" }).last().click();
    await see(page, "Enter your name");
    await introduce(page, "Grace Obi");
    await goAndPay(page, "£96.00");
    await page.getByRole("link", { name: "Cancel and go back" }).click();
    await see(page, "You came back without paying");
    await page.getByRole("button", { name: "Pay £96.00" }).click();
    await page.waitForURL(/\/c\/pay\//);
    await payWith(page, cards.good);
    await receipt(page, "£96.00");
  },
);

journey(
  "codes lower the price, open what is hidden, and lose nothing when they are wrong",
  { width: 820 },
  async ({ page, world, allow }) => {
    allow(refusals);
    const event = await shop(world, `Codes ${unique("b")}`);
    await page.goto(event.path);
    assert.equal(await page.getByText("Speaker", { exact: true }).count(), 0);
    await page.getByLabel("How many of Conference day").selectOption("2");
    await page.getByLabel(/^Code/).fill("nosuch");
    await page.getByRole("button", { name: "Continue" }).click();
    await see(page, "There is no such code");
    assert.equal(await page.getByLabel("How many of Conference day").inputValue(), "2");
    await checkPage(page, "a wrong code");
    await page.getByLabel(/^Code/).fill("speakers");
    await page.getByRole("button", { name: "Use code" }).click();
    await page.getByLabel("How many of Speaker").waitFor();

    await page.getByLabel(/^Code/).fill("welcome 10");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(/\/basket\//);
    await see(page, "Code WELCOME10");
    await page.getByLabel("Your name").fill("Amara Osei");
    await page.getByRole("button", { name: "Take it out" }).click();
    await see(page, "The total is £192.00");
    assert.equal(await page.getByLabel("Your name").inputValue(), "Amara Osei");

    // The page goes by the new basket's address, so loading it again shows what counts.
    await page.reload();
    await page.getByRole("button", { name: "Pay £192.00" }).last().waitFor();
  },
);

journey(
  "a member shows a work address by six digits and pays less",
  { width: 390, height: 844 },
  async ({ page, world, allow }) => {
    allow(refusals);
    const event = await shop(world, `Members ${unique("b")}`);
    const domain = `${unique("firm")}.example`;
    await world.call("owner", "inventory.v1.CompanyService/SaveCompany", {
      orgId: event.orgId,
      requestId: unique("request-of-journey"),
      details: { name: "Heartline Devices", domains: [domain] },
    });
    await fill(page, event);
    await page.getByLabel("Your name").fill("Adaeze Nwosu");
    await page.getByText("Member price", { exact: true }).click();
    await page.getByLabel("Work e-mail address").fill(`adaeze@${domain}`);
    await page.getByRole("button", { name: "Send digits" }).click();
    await see(page, "Look into your mail");
    await page.getByLabel("Six digits").fill("000000");
    await page.getByRole("button", { name: "Confirm", exact: true }).click();
    await page.getByLabel("Six digits").waitFor();
    await checkPage(page, "wrong digits");
    const mail = await world.mail.to(`adaeze@${domain}`);
    await page.getByLabel("Six digits").fill(mail.text.match(/\b\d{6}\b/)[0]);
    await page.getByRole("button", { name: "Confirm", exact: true }).click();
    await see(page, "Member price for Heartline Devices");
    await page.getByRole("button", { name: "Pay £90.00" }).last().waitFor();
    assert.equal(await page.getByLabel("Your name").inputValue(), "Adaeze Nwosu");
  },
);

journey(
  "a group of three is paid at once, and two name themselves later",
  { width: 820 },
  async ({ page, world, allow }) => {
    allow(paysElsewhere);
    const event = await shop(world, `Group ${unique("b")}`);
    await fill(page, event, { tickets: 3 });
    await introduce(page, "Rosa Lund");
    await goAndPay(page, "£288.00");
    await payWith(page, cards.good);
    const order = await receipt(page, "£288.00");
    await see(page, "2 places without a name so far");

    // One is named by the buyer.
    const sam = `${unique("sam")}@example.org`;
    await page
      .getByRole("link", { name: /^Name this person/ })
      .first()
      .click();
    await page.getByLabel("Full name").fill("Sam Oduya");
    await page.getByLabel("E-mail address").fill(sam);
    await page.getByRole("radio", { name: /^Clinical/ }).check();
    await page.getByRole("button", { name: "Save" }).click();
    await see(page, "Sam Oduya");
    await see(page, "1 place without a name so far");
    assert.equal((await world.mail.to(sam)).calendar.method, "REQUEST");

    // The other gets a link and sees nothing of the order.
    const link = await page.getByLabel("Link for whoever is coming").inputValue();
    const guest = await page.context().newPage();
    await guest.goto(link);
    await see(guest, "Your place is waiting for you");
    assert.equal(await guest.getByText("£").count(), 0);
    await checkPage(guest, "invited");
    const noor = `${unique("noor")}@example.org`;
    await guest.getByLabel("Full name").fill("Noor Haddad");
    await guest.getByLabel("E-mail address").fill(noor);
    await guest.getByRole("radio", { name: /^Academic/ }).check();
    await guest.getByRole("button", { name: "Take my place" }).click();
    await guest.waitForURL(/\/r\/.*new=1/);
    await see(guest, noor);
    assert.equal((await world.mail.to(noor)).calendar.method, "REQUEST");
    await page.goto(order);
    await see(page, "Noor Haddad");
    await checkPage(page, "group order");
  },
);

journey(
  "an order on invoice gives the place at once and says what is owed",
  { width: 1280 },
  async ({ page, world, allow }) => {
    allow(paysElsewhere);
    allow(refusals);
    const event = await shop(world, `Invoice ${unique("b")}`, {
      sales: { onInvoice: true, invoiceDays: 30 },
    });
    await fill(page, event);
    await introduce(page, "Zoë van der Berg");
    await page.getByRole("radio", { name: /^On invoice/ }).check();
    const place = page.getByRole("button", { name: "Place order on invoice" }).last();
    await place.click();
    await see(page, /address/i);
    await checkPage(page, "invoice without an address");
    await page.getByLabel("Company or institution").fill("Riverside Surgery");
    await page.getByLabel("Address", { exact: false }).filter({ visible: true }).last().waitFor();
    await page.locator('[name="payer.address"]').fill("3 Quayside\nBristol");
    await page.getByLabel("Purchase order number").fill("PO-4711");
    await place.click();
    await page.waitForURL(/\/order\//);
    await see(page, "Your order is confirmed");
    await see(page, "£96.00 is owed");
    await see(page, "PO-4711");
    await page.getByRole("link", { name: /^PDF/ }).waitFor();
    await checkPage(page, "on invoice");

    // It can be paid by card all the same.
    await goAndPay(page, "£96.00");
    await payWith(page, cards.good);
    await receipt(page, "£96.00");
  },
);

journey(
  "a buyer gives a place up and sees the refund before and after",
  { width: 390, height: 844 },
  async ({ page, world, allow }) => {
    allow(paysElsewhere);
    const event = await shop(world, `Refund ${unique("b")}`);
    await fill(page, event, { tickets: 2 });
    await introduce(page, "Tom Ashworth");
    await goAndPay(page, "£192.00");
    await payWith(page, cards.good);
    const order = await receipt(page, "£192.00");
    await page.getByRole("link", { name: "Give places up" }).click();
    await page.getByRole("checkbox", { name: /Tom Ashworth/ }).check();
    await checkPage(page, "what to give up");
    await page.getByRole("button", { name: "Show what I get back" }).click();
    await see(page, "You get £96.00 back");
    await checkPage(page, "sure");
    await page.getByRole("button", { name: "Give up and get £96.00 back" }).click();
    await see(page, "Done: the places are given up");
    await see(page, "£96.00 given back");
    for (let i = 0; i < 40 && !(await page.getByText("Sent back").isVisible()); i++) {
      await page.waitForTimeout(250);
      await page.goto(order);
    }
    await see(page, /Sent back/);
    await see(page, "Credit note");
    await checkPage(page, "after a refund");
  },
);

journey(
  "the last place goes while somebody else's basket wants one more",
  { width: 820 },
  async ({ page, world, allow }) => {
    allow(refusals);
    const event = await shop(world, `Last ${unique("b")}`, { places: 2 });
    await fill(page, event);
    await page.getByLabel("Your name").fill("Ewan MacLeod");
    const other = await page.context().newPage();
    await fill(other, event);
    await page.getByText("Change what is in it").click();
    await page.getByLabel("How many of Conference day").selectOption("2");
    await page.getByRole("button", { name: "Update the basket" }).click();
    await see(page, "All places are in baskets");
    assert.equal(await page.getByLabel("Your name").inputValue(), "Ewan MacLeod");
    await checkPage(page, "all in baskets");
    const third = await page.context().newPage();
    await third.goto(event.path);
    await seeSoon(third, /in baskets/i);
    await other.getByRole("button", { name: "Let them go" }).click();
    await other.waitForURL(`**${event.path}`);
    await page.getByRole("button", { name: "Update the basket" }).click();
    await see(page, "The total is £192.00");
  },
);

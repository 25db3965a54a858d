// A buyer and time: places that are kept only so long, and word of a payment that comes late or first.
import assert from "node:assert/strict";
import { checkFocusSeen, checkPage } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import {
  cards,
  control,
  fill,
  goAndPay,
  introduce,
  paysElsewhere,
  payWith,
  receipt,
  refusals,
  shop,
} from "../harness/shop.mjs";
import { see } from "../harness/steps.mjs";
import { unique } from "../harness/world.mjs";

journey(
  "a buyer whose time runs out gets the places anew and loses nothing",
  { width: 390, height: 844 },
  async ({ page, world, allow }) => {
    allow(paysElsewhere);
    allow(refusals);
    const event = await shop(world, `Slow ${unique("b")}`);
    await page.clock.install();
    await fill(page, event);
    await introduce(page, "Priya Raman");
    await page.clock.fastForward("18:30");
    await see(page, /^1:\d\d$/);
    await checkPage(page, "two minutes left");
    await page.clock.fastForward("02:00");
    await see(page, "Time is up");

    // The places go back, as when the time is over.
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole("button", { name: "Let them go" }).click();
    await other.waitForURL(`**${event.path}`);
    await other.close();

    await page.getByRole("button", { name: "Pay £96.00" }).last().click();
    await see(page, "Your places had been released; we have got them again");
    assert.equal(await page.getByLabel("Your name").inputValue(), "Priya Raman");
    await checkPage(page, "got again");
    await goAndPay(page, "£96.00");
    await payWith(page, cards.good);
    await receipt(page, "£96.00");
  },
);

journey(
  "a payment counts, whether its word comes after the buyer or the buyer never comes back",
  { width: 820 },
  async ({ page, world, allow }) => {
    allow(paysElsewhere);
    allow(refusals);
    const event = await shop(world, `Word ${unique("b")}`);

    // The buyer closes the window: the provider's word alone is enough.
    await fill(page, event);
    const email = await introduce(page, "Björn Ström");
    await goAndPay(page, "£96.00");
    const { origin: sim, pathname } = new URL(page.url());
    await page.goto("about:blank");
    await control(sim, "pay", { session: pathname.split("/").at(-1), card: cards.good });
    const told = await world.mail.to(email, (mail) =>
      mail.subject.startsWith("Your order is confirmed"),
    );
    await page.goto(told.text.match(/\/order\/[\w-]+/)[0]);
    await see(page, "Your order is confirmed");

    // The address of the return page pays nothing by itself, and the buyer who is faster
    // than the provider's word is not kept waiting.
    await fill(page, event);
    await introduce(page, "Sofia Rossi");
    await goAndPay(page, "£96.00");
    await page.getByRole("link", { name: "Cancel and go back" }).click();
    await see(page, "You came back without paying");
    await page.goto(`${new URL(page.url()).pathname}/paid`);
    await see(page, "We wait for the word of the payment provider");
    await checkPage(page, "waiting for word");
    await page.getByRole("button", { name: "Pay £96.00" }).click();
    await page.waitForURL(/\/c\/pay\//);
    const session = new URL(page.url()).pathname.split("/").at(-1);
    await control(sim, "webhook_fault", { kind: "drop", session });
    await payWith(page, cards.good);
    await receipt(page, "£96.00");
  },
);

journey("a buyer without a mouse", { width: 1280 }, async ({ page, world, allow }) => {
  allow(paysElsewhere);
  allow(refusals);
  const event = await shop(world, `Keys ${unique("b")}`);
  await page.goto(event.path);
  await tabTo(page, page.getByLabel("How many of Conference day"));
  assert.equal(await page.getByLabel("How many of Conference day").inputValue(), "1");
  await tabTo(page, page.getByRole("button", { name: "Continue" }));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/basket\//);
  await tabTo(page, page.getByLabel("Your name"));
  await page.keyboard.type("Hannah Whitfield");
  // Enter in a field is the button; the cursor then stands at what is missing.
  await page.keyboard.press("Enter");
  await see(page, "Enter your e-mail address");
  await tabTo(page, page.getByLabel("Your e-mail address"));
  await page.keyboard.type(`${unique("keys")}@example.org`);
  await tabTo(page, page.getByRole("radio", { name: /^Academic/ }));
  await page.keyboard.press("Space");
  await tabTo(page, page.getByRole("button", { name: "Pay £96.00" }).last());
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/c\/pay\//);
  await payWith(page, cards.good);
  await receipt(page, "£96.00");
  await tabTo(page, page.getByRole("link", { name: "Give places up" }));
  await page.keyboard.press("Enter");
  await see(page, "Give this up?");
  await tabTo(page, page.getByRole("link", { name: "Keep it" }));
});

/** Presses Tab until the control has the focus; each stop on the way must be visible. */
async function tabTo(page, control) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    await checkFocusSeen(page);
    if (await control.evaluate((element) => element === document.activeElement)) {
      return;
    }
  }
  throw new Error(`the Tab key never reaches ${control}`);
}

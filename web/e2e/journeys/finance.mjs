// What an accountant does at month end: from the bank's statement to the closed month, and out to
// the accounts package.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { openPerson } from "../harness/browser.mjs";
import { checkPage, checkViews } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { focusReturnsTo, tabTo } from "../harness/keys.mjs";
import { bankAccount, soldAndPaidOut, statementCSV } from "../harness/ledger.mjs";
import { startServer } from "../harness/server.mjs";
import { see } from "../harness/steps.mjs";
import { unique, World } from "../harness/world.mjs";

/** An order code as the console writes it. */
const grouped = (code) => code.replace(/.{4}(?=.)/g, "$&-");

/** Brings a statement, looks at what is in it, and takes it. */
async function bring(page, name, text) {
  await page
    .getByLabel("Bank statement file")
    .setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  const dialog = page.getByRole("dialog", { name });
  await see(dialog, "Agrees with its lines");
  await checkPage(page, `preview of ${name}`);
  await dialog.getByRole("button", { name: /^Take \d+ new line/ }).click();
  await dialog.waitFor({ state: "hidden" });
}

/**
 * A program of their own for accountants, whose sample has sold last month, and with money sold
 * and paid out since: to see a payout, the simulated Stripe's clock has to go on by days, after
 * which nobody can pay there.
 */
async function office(options, walk) {
  const server = await startServer("--no-past=false");
  const world = new World(server);
  const people = [];
  const come = async (role, more) => {
    const state = await world.signedIn(role);
    people.push(await openPerson(world.base, { ...options, ...more, state }));
    return people.at(-1);
  };
  try {
    const sold = await soldAndPaidOut(world, `Summit ${unique("s")}`);
    const finance = `/console/o/${sold.event.orgId}/finance`;
    await walk({
      ...(await come("finance")),
      second: () => come("owner"),
      world,
      finance,
      ...sold,
    });
    assert.deepEqual(
      people.flatMap(({ faults }) => faults),
      [],
    );
  } finally {
    for (const { close } of people) {
      await close();
    }
    await server.stop();
  }
}

/** The first day of the month before this one. */
function lastMonth() {
  const now = new Date();
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1));
  return first.toISOString().slice(0, 10);
}

/** Opens a line of the bank. */
async function openLine(page, text) {
  await page.getByRole("button", { name: new RegExp(text) }).click();
  const line = page.getByRole("dialog", { name: "Bank line" });
  await line.getByRole("heading", { name: "Bank line" }).waitFor();
  return line;
}

async function closeLine(line) {
  await line.getByRole("button", { name: "Close" }).click();
  await line.waitFor({ state: "hidden" });
}

/** Explains what the bank showed last month and nothing has explained by itself. */
async function matchesWhatIsOpen({ page, second, finance }) {
  await page.goto(`${finance}/bank`);
  const rent = await openLine(page, "RENT TRENT PARADE");
  await rent.getByLabel(/Something else/).fill("rent");
  await rent.getByRole("button", { name: "Add" }).click();
  await see(rent, "All of the line is explained.");
  await rent.getByRole("button", { name: "Match" }).click();
  await see(rent, "Something else rent");
  await closeLine(rent);
  await isMatchedByKeyboard(page);
  const transfer = await openLine(page, "DERWENT NHS TRUST");
  await transfer
    .getByRole("button", { name: /^Choose Order/ })
    .first()
    .click();
  await see(transfer, "All of the line is explained.");
  await checkPage(page, "matching a line");
  await transfer.getByRole("button", { name: "Match" }).click();
  await see(transfer, "Explained by");
  await closeLine(transfer);
  await isWrittenOff(page, await second(), finance);
}

/** Explains a line without a mouse; what has the focus is seen all the way. */
async function isMatchedByKeyboard(page) {
  await tabTo(page, /^TRENT CATERING/);
  await page.keyboard.press("Enter");
  const line = page.getByRole("dialog", { name: "Bank line" });
  await see(line, "What is it about?");
  await tabTo(page, /^Something else/);
  await page.keyboard.type("catering");
  await page.keyboard.press("Enter");
  await see(line, "All of the line is explained.");
  await tabTo(page, /^Match$/);
  await page.keyboard.press("Enter");
  await see(line, "Something else catering");
  await tabTo(page, /^Take back catering$/);
  await page.keyboard.press("Escape");
  await line.waitFor({ state: "hidden" });
  await focusReturnsTo(page, /^Bank$/); // its line has left the list
}

/** One asks for the interest to be written off, another agrees. */
async function isWrittenOff(page, { page: other }, finance) {
  const line = await openLine(page, "INTEREST");
  await line.getByRole("button", { name: /^Write .* off$/ }).click();
  const asking = page.getByRole("dialog", { name: "Write it off?" });
  await asking.getByLabel("Why it is written off").fill("Too small for an entry of its own.");
  await checkPage(page, "asking for a write-off");
  await asking.getByRole("button", { name: "Ask for it" }).click();
  await see(line, /You asked to write .* Another person has to agree/);
  await other.goto(`${finance}/bank`);
  const theirs = await openLine(other, "INTEREST");
  await theirs.getByRole("button", { name: "Agree to write it off" }).click();
  await other
    .getByRole("dialog", { name: "Agree to write it off?" })
    .getByRole("button", { name: "Write it off" })
    .click();
  await see(theirs, /written off: Too small/);
  await checkPage(other, "a line that is written off");
  await page.reload();
  await page.getByRole("button", { name: /INTEREST/ }).waitFor({ state: "detached" });
}

/** What was paid out since is on the bank's next statement. */
async function findsThePayout({ page, world, payout, orders, event, finance }) {
  const { accounts } = await world.call("finance", "finance.v1.BankService/ListBankAccounts", {
    orgId: event.orgId,
  });
  const [account] = accounts;
  await page.goto(`${finance}/bank`);
  await bring(
    page,
    "this-month.csv",
    statementCSV(account, Number(account.balanceMinor), [
      { day: payout.arrivesOn, text: "STRIPE PAYMENTS", minor: Number(payout.amount.minor) },
    ]),
  );
  await see(page, /explained at once/);
  await page.goto(`${finance}/payouts/${payout.id}`);
  await see(page, "Every penny is explained");
  await see(page, "At the bank");
  await page.getByRole("link", { name: `Order ${grouped(orders[0].code)}` }).waitFor();
  await checkPage(page, "a payout at the bank");
}

/** The month with its proofs, closed by one and opened again by two. */
async function closesTheMonth({ page, second, finance }) {
  const month = `${finance}/months/${lastMonth()}`;
  await page.goto(month);
  await page.getByRole("button", { name: "Ask Stripe again" }).waitFor();
  await tabTo(page, /^Ask Stripe again$/);
  await page.keyboard.press("Enter");
  await see(page, "All nine proofs are green");
  await see(page, /^Stripe was last asked today/);
  assert.equal(await page.locator(".proof").count(), 9);
  await checkPage(page, "a month with its proofs");
  await focusReturnsTo(page, /^Ask Stripe again$/);
  await page.keyboard.press("Shift+Tab");
  await focusReturnsTo(page, /^Close [A-Z]/);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Close it" }).waitFor();
  await tabTo(page, /^Close it$/);
  await page.keyboard.press("Enter");
  await see(page, /^Closed today/);
  assert.equal(await page.locator(".proof--red").count(), 0);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Snapshot" }).click(),
  ]);
  assert.match(file.suggestedFilename(), /^lanyard-close-\d{4}-\d{2}\.json$/);
  JSON.parse(await readFile(await file.path(), "utf8"));
  await checkPage(page, "a closed month");

  await page.getByRole("button", { name: "Open it again" }).click();
  await page.getByRole("button", { name: "Ask for it" }).click();
  await see(page, /another person has to agree/);
  assert.equal(await page.getByRole("button", { name: "Agree to open it" }).count(), 0);
  const { page: other } = await second();
  await other.goto(month);
  await other.getByRole("button", { name: "Agree to open it" }).click();
  await see(other, "You are the second person: it opens at once.");
  await other.getByRole("button", { name: "Open it", exact: true }).click();
  await other.getByRole("button", { name: /^Close / }).waitFor();
}

/** From a figure down to the order, and out to Xero. */
async function exportsToXero({ page, event, orders, finance }) {
  await page.goto(`${finance}/reports`);
  await page.getByRole("button", { name: `Entries of ${event.title}` }).click();
  const drawer = page.getByRole("dialog");
  await see(drawer, "Sale");
  await checkPage(page, "a figure's entries");
  await drawer
    .getByRole("link", { name: `Order ${grouped(orders[0].code)}` })
    .first()
    .click();
  await page.waitForURL(new RegExp(`/orders/${orders[0].id}$`));

  await page.goto(`${finance}/exports/accounts`);
  await page
    .getByLabel(/^Account code for /)
    .first()
    .waitFor();
  for (const kind of ["Account code", "Tax rate"]) {
    for (const box of await page.getByLabel(new RegExp(`^${kind} for `)).all()) {
      await box.fill(kind === "Tax rate" ? "No VAT" : "200");
    }
  }
  await page.getByRole("button", { name: "Save" }).click();
  await see(page, "The codes are saved.");

  await page.goto(`${finance}/exports`);
  await page.getByRole("button", { name: "Journal for accounts" }).click();
  const dialog = page.getByRole("dialog");
  const now = new Date().toISOString().slice(0, 8);
  await dialog.getByLabel("To").fill(`${now}28`);
  await dialog.getByLabel("From").fill(`${now}01`);
  await see(dialog, /each side/);
  await checkPage(page, "a journal before it is made");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Make the file" }).click(),
  ]);
  assert.match(await readFile(await file.path(), "utf8"), /^\*Narration,\*Date,/);
  await dialog.waitFor({ state: "hidden" });
  await see(page, "Journal for Xero");
  await checkPage(page, "exports");
}

/** Every page, at every width, in light and dark. */
async function looksEverywhere({ page, event, orders, payout, finance }) {
  const month = new Date().toISOString().slice(0, 8);
  for (const path of [
    "",
    "/items",
    "/payouts",
    `/payouts/${payout.id}`,
    "/bank",
    "/months",
    `/months/${month}01`,
    "/reports",
    "/exports",
    "/exports/accounts",
    "/exports/schedules",
    "/rules",
    `/events/${event.id}`,
    `/orders/${orders[0].id}`,
    `/books/payout_transit/${payout.id}`,
  ]) {
    await checkViews(page, `${finance}${path}`, async (p) => {
      await p.getByRole("heading", { level: 1 }).waitFor();
      const waiting = p.locator(".panel[aria-busy=true]");
      while ((await waiting.count()) > 0) {
        await waiting.first().waitFor({ state: "detached" });
      }
    });
  }
}

journey(
  "an accountant goes from the bank's statement to the closed month, and on to Xero",
  { waits: true, seconds: 420 },
  () =>
    office({ width: 1440 }, async (at) => {
      await matchesWhatIsOpen(at);
      await findsThePayout(at);
      await closesTheMonth(at);
      await exportsToXero(at);
      await looksEverywhere(at);
    }),
);

journey(
  "finance hears the line and the reason when a statement is refused",
  { role: "finance", width: 390, seconds: 120 },
  async ({ page, world, allow }) => {
    allow(/status of 400/);
    const { id: orgId } = await world.org();
    const account = await bankAccount(world, orgId);
    const text = statementCSV(account, 100000, [
      { day: "2026-08-05", text: "IN", minor: 100 },
      { day: "2026-08-06", text: "OUT", minor: -200 },
    ]).replace("-2.00,", "-3.00,");
    await page.goto(`/console/o/${orgId}/finance/bank`);
    await page
      .getByLabel("Bank statement file")
      .setInputFiles({ name: "wrong.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await see(page, "This cannot be taken");
    await see(page, /line \d/i);
    await checkPage(page, "a statement that was refused");
  },
);

journey(
  "finance has a report mailed each month",
  { role: "finance", width: 820, seconds: 120 },
  async ({ page, world }) => {
    const { id: orgId } = await world.org();
    await page.goto(`/console/o/${orgId}/finance/exports/schedules`);
    await page.getByRole("button", { name: "Send a report" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: /^To/ }).first().fill("books@example.org");
    await checkPage(page, "a schedule");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "hidden" });
    await see(page, "Each month on day 3");
    await see(page, "books@example.org");
  },
);

journey("finance is not for organisers", { role: "organiser" }, async ({ page, world }) => {
  const { id: orgId } = await world.org();
  await page.goto(`/console/o/${orgId}/events`);
  await page.getByRole("link", { name: "Orders" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Finance" }).count(), 0);
  const refused = await world
    .call("organiser", "finance.v1.FinanceService/GetOverview", { orgId })
    .catch((error) => error.code);
  assert.equal(refused, "permission_denied");
});

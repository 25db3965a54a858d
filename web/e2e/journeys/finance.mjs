// What an accountant does at month end: from the bank's statement to the closed month, and out to
// the accounts package.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { openPerson } from "../harness/browser.mjs";
import { checkPage, checkViews } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { bankAccount, soldAndPaidOut, statementCSV } from "../harness/ledger.mjs";
import { startServer } from "../harness/server.mjs";
import { see } from "../harness/steps.mjs";
import { unique, World } from "../harness/world.mjs";

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
 * A program of their own for accountants, with money sold and paid out: to see a payout, the
 * simulated Stripe's clock has to go on by days, after which nobody can pay there.
 */
async function office(options, walk) {
  const server = await startServer();
  const world = new World(server);
  let person;
  try {
    const sold = await soldAndPaidOut(world, `Summit ${unique("s")}`);
    person = await openPerson(world.base, { ...options, state: await world.signedIn("finance") });
    await walk({ ...person, world, ...sold });
    assert.deepEqual(person.faults, []);
  } finally {
    await person?.close();
    await server.stop();
  }
}

/** The first day of the month before this one. */
function lastMonth() {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString();
}

/** From the statement to the closed month. */
async function closesTheMonth({ page, payout, orders, finance }) {
  const before = lastMonth();
  const day = (d) => `${before.slice(0, 8)}${d}`;

  await page.goto(`${finance}/bank`);
  await page.getByRole("button", { name: "Add a bank account" }).click();
  const adding = page.getByRole("dialog");
  const name = unique("Main ");
  await adding.getByLabel("Name").fill(name);
  const number = `200000${String(Date.now()).slice(-8)}`;
  await adding.getByLabel("Account number").fill(number);
  await checkPage(page, "adding a bank account");
  await adding.getByRole("button", { name: "Save" }).click();
  await adding.waitFor({ state: "hidden" });
  await see(page, name);

  const account = { number, name };
  await bring(
    page,
    "last-month.csv",
    statementCSV(account, 100000, [
      { day: day("05"), text: "OFFICE RENT", minor: -50000 },
      { day: day("28"), text: "INTEREST", minor: 120 },
    ]),
  );
  for (const [text, what] of [
    ["OFFICE RENT", "rent"],
    ["INTEREST", "interest"],
  ]) {
    await page.getByRole("button", { name: new RegExp(text) }).click();
    const line = page.getByRole("dialog", { name: "Bank line" });
    await line.getByLabel(/Something else/).fill(what);
    await line.getByRole("button", { name: "Add" }).click();
    await see(line, "All of the line is explained.");
    await checkPage(page, "matching a line");
    await line.getByRole("button", { name: "Match" }).click();
    await see(line, `Something else ${what}`);
    await line.getByRole("button", { name: "Close" }).click();
    await line.waitFor({ state: "hidden" });
  }

  await bring(
    page,
    "this-month.csv",
    statementCSV(account, 50120, [
      { day: payout.arrivesOn, text: "STRIPE PAYMENTS", minor: Number(payout.amount.minor) },
    ]),
  );
  await see(page, /explained at once/);
  await page.goto(`${finance}/payouts/${payout.id}`);
  await see(page, "Every penny is explained");
  await see(page, "At the bank");
  await page.getByRole("link", { name: `Order ${orders[0].code}` }).waitFor();
  await checkPage(page, "a payout at the bank");

  await page.goto(`${finance}/months/${day("01")}`);
  await see(page, /^(All nine proofs are green|Everything that is here is green)/);
  assert.equal(await page.locator(".proof").count(), 9);
  await checkPage(page, "a month with its proofs");
  await page.getByRole("button", { name: /^Close / }).click();
  await page.getByRole("button", { name: "Close it" }).click();
  await see(page, /^Closed today/);
  assert.equal(await page.locator(".proof--red").count(), 0);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Snapshot" }).click(),
  ]);
  assert.match(file.suggestedFilename(), /^lanyard-close-\d{4}-\d{2}\.json$/);
  JSON.parse(await readFile(await file.path(), "utf8"));
  await checkPage(page, "a closed month");
}

/** From a figure down to the order, and out to Xero. */
async function exportsToXero({ page, event, orders, finance }) {
  await page.goto(`${finance}/reports`);
  await page.getByRole("button", { name: `Entries of ${event.title}` }).click();
  const drawer = page.getByRole("dialog");
  await see(drawer, "Sale");
  await checkPage(page, "a figure's entries");
  await drawer
    .getByRole("link", { name: `Order ${orders[0].code}` })
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
      const finance = `/console/o/${at.event.orgId}/finance`;
      await closesTheMonth({ ...at, finance });
      await exportsToXero({ ...at, finance });
      await looksEverywhere({ ...at, finance });
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

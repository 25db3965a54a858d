// An organiser, from the first draft to the reason for a cancellation.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { checkPage } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { fillPerson, see, seeSoon } from "../harness/steps.mjs";
import { times, unique } from "../harness/world.mjs";

/** Opens an event's menu and takes a step of its life. */
async function step(page, name) {
  const button = page.getByRole("button", { name, exact: true }).filter({ visible: true });
  if ((await button.count()) === 0) {
    await page.getByText("More", { exact: true }).click();
  }
  await button.first().click();
  return page.getByRole("dialog");
}

/** Goes to a tab of the event that is open. */
async function tab(page, name) {
  await page
    .getByRole("navigation", { name: "This event" })
    .getByRole("link", { name, exact: false })
    .click();
}

/** Adds a question to the form that is open, up to its kind. */
async function addQuestion(page, label, kind) {
  await page.getByRole("button", { name: "Add a question" }).click();
  const card = page.locator(".question").last();
  await card.getByLabel("Question", { exact: false }).first().fill(label);
  await card.getByLabel("Kind of answer").selectOption({ label: kind });
  return card;
}

journey(
  "an organiser makes, publishes, moves, copies and cancels an event",
  { role: "organiser", width: 1440, first: true, seconds: 150 },
  async ({ page, world }) => {
    const title = `Voucher briefing ${unique("o")}`;
    const when = times(20, "10:00", "11:00");
    const [day] = when.startsLocal.split("T");

    // A draft.
    await page.goto("/console/");
    await page.getByRole("link", { name: "Create an event" }).first().click();
    await page.getByLabel("Title").fill(title);
    await page.getByLabel("Summary").fill("How to apply for a voucher.");
    await page.getByLabel("Starts: day").fill(day);
    await page.getByLabel("Starts: time").fill("10:00");
    await page.getByLabel("Meeting address").fill("https://meet.example.org/vouchers");
    await page.getByRole("textbox", { name: "Places" }).fill("40");
    await checkPage(page, "new event");
    await page.getByRole("button", { name: "Create the draft" }).click();
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await checkPage(page, "overview of a draft");

    // Its details, a second session, another product.
    await tab(page, "Details");
    await page.getByLabel("Description").fill("**Who** may apply, and *how*.");
    await page.getByRole("button", { name: "Save", exact: false }).first().click();
    await see(page, /saved/i);
    await tab(page, "Sessions");
    await page.getByRole("button", { name: "Add a session" }).click();
    const session = page.getByRole("dialog");
    await session.getByLabel("Title").fill("Questions and answers");
    await session.getByLabel("Starts: day").fill(day);
    await session.getByLabel("Starts: time").fill("11:15");
    await checkPage(page, "a session");
    await session.getByRole("button", { name: "Add the session" }).click();
    await session.waitFor({ state: "hidden" });
    await see(page, "Questions and answers");
    await tab(page, "Places");
    await page.getByRole("button", { name: "Add a pool" }).click();
    const pool = page.getByRole("dialog");
    await pool.getByLabel("Title").fill("Speakers");
    await pool.getByRole("textbox", { name: "Places" }).fill("5");
    await pool.getByRole("button", { name: /add/i }).click();
    await pool.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Add a product" }).click();
    const product = page.getByRole("dialog");
    await product.getByLabel("Title").fill("Speaker’s place");
    await product.getByLabel("Speakers").check();
    await checkPage(page, "a product");
    await product.getByRole("button", { name: /add/i }).click();
    await product.waitFor({ state: "hidden" });
    await see(page, "Speaker’s place");
    await checkPage(page, "places");

    // Questions, the second of which hangs on the first.
    await tab(page, "Form");
    const first = await addQuestion(page, "Have you applied before?", "Yes or no");
    await first.getByLabel("Must be answered").check();
    const second = await addQuestion(page, "For what?", "Short text");
    await second.getByLabel(/Asked when/).selectOption({ index: 1 });
    await second.getByLabel("Yes").check();
    await checkPage(page, "form editor");
    await page.getByRole("button", { name: "Save the form" }).click();
    await see(page, /form is saved/i);

    // Publish, and the public finds it.
    const dialog = await step(page, "Publish");
    await checkPage(page, "publish");
    await dialog.getByRole("button", { name: "Publish" }).click();
    await dialog.waitFor({ state: "hidden" });
    const address = await page.getByRole("link", { name: "See the page" }).getAttribute("href");
    const path = new URL(address ?? "").pathname;

    const guest = await page.context().newPage();
    await guest.goto(path);
    await guest
      .getByRole("button", { name: /^Keep my place/ })
      .first()
      .click();
    const email = `${unique("gail")}@example.org`;
    await fillPerson(guest, { name: "Gail Reid", email, segment: "Business" });
    await guest.getByLabel("Yes", { exact: true }).check();
    await guest.getByLabel(/For what/).fill("A prototype");
    await guest
      .getByRole("button", { name: /^Keep my place/ })
      .last()
      .click();
    await guest.waitForURL(/\/r\//);
    await guest.close();
    const invited = await world.mail.to(email, (m) => m.calendar);

    // See who comes.
    await tab(page, "Registrations");
    await page.getByRole("searchbox").fill("gail");
    await page.getByRole("link", { name: "Gail Reid" }).click();
    const drawer = page.getByRole("dialog");
    await see(drawer, "A prototype");
    await checkPage(page, "one registration");
    await drawer.getByRole("button", { name: "Close" }).click();
    await page.getByRole("searchbox").fill("nobody-of-that-name");
    await see(page, "Nobody fits");
    await page.getByRole("button", { name: "Show everybody" }).click();
    await see(page, "Gail Reid");
    const file = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download CSV" }).click();
    const csv = await readFile(await (await file).path(), "utf8");
    assert.match(csv, /Gail Reid/);
    assert.match(csv, /For what\?/);

    // Move it: the entry in the calendar moves.
    const move = await step(page, "Move to another date");
    await see(move, /1 person with a place/);
    const later = times(27, "14:00", "15:00").startsLocal.slice(0, 10);
    await move.getByLabel("Starts: day").fill(later);
    await move.getByLabel("Message to those who registered").fill("The speaker is away that week.");
    await checkPage(page, "move");
    await move.getByRole("button", { name: "Move and tell 1 person" }).click();
    await move.waitFor({ state: "hidden" });
    const moved = await world.mail.to(email, (m) => m.calendar?.start.startsWith(later));
    assert.equal(moved.calendar.method, "REQUEST");
    assert.ok(moved.text.includes("The speaker is away that week."));
    assert.ok(moved.calendar.sequence > invited.calendar.sequence, "the entry is newer");

    // Copy it.
    const copy = await step(page, "Make a copy");
    await copy.getByLabel("Title").fill(`${title}, again`);
    await copy.getByLabel("Starts: day").fill(times(60, "10:00", "11:00").startsLocal.slice(0, 10));
    await copy.getByLabel("Starts: time").fill("10:00");
    await checkPage(page, "copy");
    await copy.getByRole("button", { name: "Make the copy" }).click();
    await page.getByRole("heading", { level: 1, name: `${title}, again` }).waitFor();
    await tab(page, "Form");
    await see(page, "Have you applied before?");

    // Cancel the first with a reason.
    await page.goto("/console/");
    await page.getByRole("searchbox").fill(title);
    await page.getByRole("link", { name: title, exact: true }).click();
    const cancel = await step(page, "Cancel the event");
    await cancel.getByLabel("Reason").fill("The funder has withdrawn.");
    await checkPage(page, "cancel");
    await cancel.getByRole("button", { name: /Cancel and tell 1 person/ }).click();
    await cancel.waitFor({ state: "hidden" });
    await see(page, "The funder has withdrawn.");
    const gone = await world.mail.to(email, (m) => m.calendar?.method === "CANCEL");
    assert.equal(gone.calendar.uid.length > 0, true);
    await page.goto(path);
    await seeSoon(page, "The funder has withdrawn.");
  },
);

journey(
  "an organiser decides on applications, one and many",
  { role: "organiser", width: 820 },
  async ({ page, world }) => {
    const event = await world.event(`Golden ticket ${unique("o")}`, {
      places: 2,
      details: { registrationMode: "REGISTRATION_MODE_APPROVAL" },
    });
    const people = ["Ada Byron", "Ben Cho", "Cleo Diaz", "Dev Ellis"];
    const emails = people.map((name) => `${unique(name.split(" ")[0].toLowerCase())}@example.org`);
    for (const [i, name] of people.entries()) {
      await world.register(event, name, emails[i]);
    }
    const org = await world.org();
    await page.goto(`/console/o/${org.id}/events/${event.id}/registrations`);

    await page.getByRole("link", { name: "Ada Byron" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await page.getByRole("button", { name: "Approve and tell them" }).click();
    const welcome = await world.mail.to(emails[0], (m) => m.calendar);
    assert.equal(welcome.calendar.method, "REQUEST");
    await page.getByRole("button", { name: "Close" }).first().click();

    // Three more for one place: one gets it, and the others are named with the reason.
    for (const name of people.slice(1)) {
      await page.getByLabel(`Choose ${name}`).check();
    }
    await see(page, "3 chosen");
    await checkPage(page, "chosen applications");
    await page.getByRole("button", { name: "Approve 3" }).click();
    await page.getByRole("button", { name: "Approve and tell 3 people" }).click();
    await see(page, /2 applications could not be decided/);
    await checkPage(page, "not decided");
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();

    // Beyond the number of places, and it says by how many.
    await page.getByLabel("Choose all applications shown").check();
    await page.getByRole("button", { name: "Approve 2" }).click();
    await page.getByLabel(/beyond the number of places/).check();
    await page.getByRole("button", { name: "Approve and tell 2 people" }).click();
    await see(page, /Approved 2 applications/);
    for (const email of emails) {
      await world.mail.to(email, (m) => m.calendar);
    }
    await page.goto(`/console/o/${org.id}/events/${event.id}/overview`);
    await see(page, "Over by 2");
    await checkPage(page, "over");
  },
);

journey(
  "two organisers who edit the same event do not overwrite each other",
  { role: "organiser", width: 1440 },
  async ({ page, world, allow }) => {
    allow(/status of 409/); // the answer to the second of two edits
    const event = await world.event(`Stale ${unique("o")}`);
    const org = await world.org();
    await page.goto(`/console/o/${org.id}/events/${event.id}/edit`);
    await page.getByLabel("Summary").fill("Mine.");
    const { details } = await world.current(event);
    await world.change(event, "UpdateEvent", {
      details: { ...details, summary: "Theirs." },
      updateMask: "summary",
    });
    await page.getByRole("button", { name: /^Save/ }).first().click();
    await see(page, /someone else changed|changed meanwhile|their version/i);
    await checkPage(page, "stale");
    assert.equal((await world.current(event)).details.summary, "Theirs.");
  },
);

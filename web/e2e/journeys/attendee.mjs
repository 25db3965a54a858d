// An attendee, from the programme to giving the place up again.
import assert from "node:assert/strict";
import { checkPage } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { fillPerson, openFilters, see, seeSoon } from "../harness/steps.mjs";
import { unique } from "../harness/world.mjs";

/** A form whose last question hangs on the one before it. */
export const questions = [
  {
    id: "stage",
    type: "QUESTION_TYPE_CHOICE",
    label: "How far is your product?",
    required: true,
    choices: [
      { id: "idea", label: "An idea" },
      { id: "prototype", label: "A working prototype" },
    ],
  },
  {
    id: "evidence",
    type: "QUESTION_TYPE_LONG_TEXT",
    label: "What evidence do you have so far?",
    required: true,
    condition: { questionId: "stage", anyOf: ["prototype"] },
  },
  {
    id: "consent",
    type: "QUESTION_TYPE_CONSENT",
    label: "I agree to be photographed",
    required: true,
  },
];

journey(
  "an attendee finds, takes, corrects, hands over and gives up a place on a phone",
  { width: 390, height: 844, zone: "America/New_York", first: true },
  async ({ page, world, allow }) => {
    const title = `Evidence clinic ${unique("c")}`;
    const event = await world.event(title, { questions });
    const amara = `${unique("amara")}@example.org`;
    const lukasz = `${unique("lukasz")}@example.org`;

    // Search and filter.
    await page.goto("/");
    await page.getByRole("searchbox").fill(title);
    await page.getByRole("searchbox").press("Enter");
    const found = page.getByRole("link", { name: title, exact: true });
    await found.waitFor();
    await openFilters(page);
    await page.getByLabel("Topic").selectOption("regulation");
    await page.getByRole("button", { name: "Show events" }).click();
    await found.click();

    // The event, with its times on the reader's clock too.
    await page.waitForURL(`**${event.path}`);
    await see(page, /where you are/);
    await page.getByText("Add to calendar").first().click();
    await page.getByRole("link", { name: /Apple, Outlook/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: /Apple, Outlook/ }).waitFor({ state: "hidden" });

    // The form: errors are said beside the fields, and a question comes with its answer.
    await page.getByRole("link", { name: "Keep my place" }).click();
    await page.getByRole("button", { name: "Keep my place" }).last().click();
    await see(page, "Enter your full name");
    await see(page, "Choose academic, business or clinical");
    await checkPage(page, "errors");
    await fillPerson(page, { name: "Amara Osei", email: "amara@example", segment: "Business" });
    await page.getByLabel("Organisation").fill("Osei Diagnostics");
    await see(page, "Enter an e-mail address such as name@example.org");
    await page.getByLabel("E-mail address").fill(amara);
    const evidence = page.getByLabel(/What evidence/);
    assert.equal(await evidence.isVisible(), false);
    await page.getByLabel("A working prototype").check();
    await evidence.fill("A pilot with two trusts.");
    await page.getByLabel("I agree to be photographed").check();
    await page.getByRole("button", { name: "Keep my place" }).last().click();

    // The confirmation.
    await page.waitForURL(/\/r\//);
    await see(page, amara);
    await see(page, "Osei Diagnostics");
    await checkPage(page, "confirmation");
    const mine = new URL(page.url()).pathname;

    // The mail with its invitation, as the mailbox shows it.
    const confirmation = await world.mail.to(amara);
    assert.match(confirmation.subject, new RegExp(title));
    assert.match(confirmation.raw, /text\/calendar; ?.*method=REQUEST/i);
    const invited = confirmation.calendar;
    assert.equal(invited.method, "REQUEST");
    assert.equal(invited.attendee, amara);
    assert.ok(confirmation.text.includes(mine), "the mail leads to the registration");
    await page.goto(confirmation.path);
    await see(page, title);
    await checkPage(page, "mailbox");

    // Correct.
    await page.goto(mine);
    await page.getByRole("link", { name: "Correct" }).click();
    await page.getByLabel("Full name").fill("Amara Osei-Bonsu");
    await page.getByRole("button", { name: "Save" }).click();
    await see(page, "Amara Osei-Bonsu");
    await checkPage(page, "my registration");

    // Hand over.
    await page.getByRole("link", { name: "Hand over" }).click();
    await fillPerson(page, { name: "Łukasz Nowak", email: lukasz, segment: "Academic" });
    await page.getByLabel("An idea").check();
    await page.getByLabel("I agree to be photographed").check();
    await page.getByRole("button", { name: "Hand my place over" }).click();
    await see(page, /handed over/i);
    await checkPage(page, "handed over");
    const gone = await world.mail.to(amara, (m) => m.calendar?.method === "CANCEL");
    assert.equal(gone.calendar.uid, invited.uid);
    assert.ok(gone.calendar.sequence > invited.sequence, "the cancellation is newer");

    // The old link says so and offers nothing.
    await page.goto(mine);
    await see(page, /handed over/i);
    assert.equal(await page.getByRole("link", { name: "Give up my place" }).count(), 0);

    // The colleague's own link gives the place up.
    const theirs = await world.mail.to(lukasz);
    assert.equal(theirs.calendar.method, "REQUEST");
    const link = theirs.text.match(/\/r\/[\w-]+/)?.[0];
    assert.ok(link && link !== mine, "the colleague has a link of their own");
    await page.goto(link);
    await see(page, "Łukasz Nowak");
    await page.getByRole("link", { name: "Give up my place" }).click();
    await checkPage(page, "give up");
    await page.getByRole("button", { name: "Give up my place" }).click();
    await see(page, /cancelled|given up/i);
    const cancelled = await world.mail.to(lukasz, (m) => m.calendar?.method === "CANCEL");
    assert.equal(cancelled.calendar.uid, theirs.calendar.uid);
    allow(/status of 4\d\d/); // nothing above may, this may: a place that is gone cannot be changed
    await page.goto(`${link}/correct`);
    assert.equal(await page.getByRole("button", { name: "Save" }).count(), 0);
  },
);

journey(
  "an attendee without scripts keeps a place in a basket and answers what their answers lead to",
  { width: 390, height: 844, javaScript: false },
  async ({ page, world, allow }) => {
    allow(/status of 422/); // the answer to a form that is not complete
    const title = `Limited clinic ${unique("c")}`;
    const event = await world.event(title, { questions, places: 20 });
    const email = `${unique("grace")}@example.org`;
    await page.goto(`/o/${event.orgSlug}?q=${encodeURIComponent(title)}`);
    await page.getByRole("link", { name: title, exact: true }).click();
    await page.getByRole("button", { name: "Keep my place" }).click();
    await page.waitForURL(/\/h\//);
    await see(page, /kept until \d\d:\d\d/);

    await page.getByRole("button", { name: "Keep my place" }).last().click();
    await see(page, "Enter your full name");
    await fillPerson(page, { name: "", email, segment: "Clinical" });
    // At the speed of people: who is done within a second is taken for a program.
    await page.getByLabel("Full name").pressSequentially("Grace Obi", { delay: 130 });
    await page.getByLabel("A working prototype").check();
    await page.getByLabel("I agree to be photographed").check();
    assert.equal(await page.getByLabel(/What evidence/).isVisible(), false);
    await page.getByRole("button", { name: "Keep my place" }).last().click();

    // What was entered is still there, and the new question with it.
    assert.equal(await page.getByLabel("Full name").inputValue(), "Grace Obi");
    await page.getByLabel(/What evidence/).fill("A bench study.");
    await page.getByRole("button", { name: "Keep my place" }).last().click();
    await page.waitForURL(/\/r\//);
    await see(page, email);
    const mail = await world.mail.to(email);
    assert.equal(mail.calendar.method, "REQUEST");

    await page.getByRole("link", { name: "Give up my place" }).click();
    await page.getByRole("button", { name: "Give up my place" }).click();
    await see(page, /cancelled|given up/i);
  },
);

journey(
  "a basket can be let go and a held form survives a reload",
  { width: 820 },
  async ({ page, world }) => {
    const event = await world.event(`Small room ${unique("c")}`, { places: 1 });
    await page.goto(event.path);
    await page.getByRole("button", { name: "Keep my place" }).click();
    await page.waitForURL(/\/h\//);
    const left = page.getByRole("timer");
    assert.match((await left.textContent()) ?? "", /^\d+:\d\d$/);
    await page.reload();
    assert.match((await left.textContent()) ?? "", /^\d+:\d\d$/);

    // Meanwhile nobody else can have it, and the page says when to look again.
    const other = await page.context().newPage();
    await other.goto(event.path);
    await seeSoon(other, /in baskets/i);
    await see(other, /look again/i);
    await page.getByRole("button", { name: /let (it|them) go/i }).click();
    await page.waitForURL(`**${event.path}`);
    await seeSoon(page, "Keep my place");
  },
);

journey(
  "somebody takes places for a group, says who comes, and each gets a link of their own",
  { width: 820 },
  async ({ page, world }) => {
    const event = await world.event(`Group clinic ${unique("c")}`, { places: 12 });
    await world.allowGroups(event, 4);
    await page.goto(event.path);
    await page.getByLabel("How many places").selectOption("3");
    await page.getByRole("button", { name: "Keep my place" }).click();
    await page.waitForURL(/\/h\//);
    await see(page, /3 places are kept until/);

    // One of them does not come after all.
    await page.getByRole("button", { name: "Remove" }).last().click();
    await page.getByRole("heading", { name: "Attendee 2" }).waitFor();
    assert.equal(await page.getByRole("heading", { name: "Attendee 3" }).count(), 0);
    const names = page.getByLabel("Full name");
    const addresses = page.getByLabel("E-mail address");
    const emails = [`${unique("rosa")}@example.org`, `${unique("sam")}@example.org`];
    await names.first().fill("Rosa Lund");
    await addresses.first().fill(emails[0]);
    await page
      .getByRole("radio", { name: /^Academic/ })
      .first()
      .check();
    const keep = page.getByRole("button", { name: "Keep 2 places" }).last();
    await keep.click();
    await page
      .getByRole("link", { name: /^Attendee 2: / })
      .first()
      .waitFor();
    await checkPage(page, "errors of the second");
    await names.last().fill("Sam Oduya");
    await addresses.last().fill(emails[1]);
    await page
      .getByRole("radio", { name: /^Clinical/ })
      .last()
      .check();
    await keep.click();
    await page.waitForURL(/\/r\//);
    await see(page, "You registered 2 people");
    await checkPage(page, "group confirmation");
    const [first, second] = await Promise.all(emails.map((email) => world.mail.to(email)));
    const link = (mail) => mail.text.match(/\/r\/[\w-]+/)?.[0];
    assert.notEqual(link(first), link(second));
  },
);

journey("attendee pages work on little script", { width: 390 }, async ({ page, world }) => {
  const event = await world.event(`Light clinic ${unique("c")}`, { questions });
  for (const path of ["/", event.path, `${event.path}/register`]) {
    await page.goto(path);
    const bytes = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .filter(({ name }) => new URL(name).pathname.endsWith(".js"))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    );
    assert.ok(bytes > 0 && bytes < 8_000, `${path} loads ${bytes} bytes of script`);
  }
});

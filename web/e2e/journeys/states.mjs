// Events at which nothing can be had, or not at once: each says so in words.
import assert from "node:assert/strict";
import { checkPage } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { fillPerson, openFilters, see } from "../harness/steps.mjs";
import { unique } from "../harness/world.mjs";

const states = [
  {
    name: "sold out",
    places: 1,
    bring: (world, event) => world.register(event, "First Come", `${unique("first")}@example.org`),
    words: ["Sold out", /every place is taken/i],
    card: "None left",
  },
  {
    name: "all in baskets",
    places: 1,
    bring: (world, event) => world.hold(event),
    words: ["All places are in baskets", /look again in \d+ minutes/i],
    card: "None left",
  },
  {
    name: "closed",
    bring: (world, event) => world.change(event, "CloseSales"),
    words: ["Registration is closed"],
    card: "Registration closed",
  },
  {
    name: "cancelled",
    bring: (world, event) =>
      world.change(event, "CancelEvent", { reason: "The speaker has lost her voice." }),
    words: ["Cancelled", "The speaker has lost her voice."],
    card: "Cancelled",
  },
  {
    name: "postponed",
    bring: (world, event) =>
      world.change(event, "PostponeEvent", { reason: "The hall is being repaired." }),
    words: ["Postponed", "The hall is being repaired.", /new date/i],
  },
];

for (const { name, places = 0, bring, words, card } of states) {
  journey(`an event that is ${name} says so and offers no form`, {}, async (walk) => {
    const { page, world } = walk;
    const title = `Talk that is ${name} ${unique("s")}`;
    const event = await world.event(title, { places });
    await bring(world, event);
    await page.goto(event.path);
    for (const word of words) {
      await see(page, word);
    }
    assert.equal(await page.getByRole("button", { name: "Keep my place" }).count(), 0);
    assert.equal(await page.getByRole("link", { name: "Keep my place" }).count(), 0);
    await checkPage(page, name);

    // Whoever kept the form's address is told the same.
    await page.goto(`${event.path}/register`);
    await see(page, words[0]);
    assert.equal(await page.getByLabel("Full name").count(), 0);
    await checkPage(page, `${name}, form`);
    if (card) {
      await page.goto(`/o/${event.orgSlug}?q=${encodeURIComponent(title)}`);
      await see(page, card);
    }
  });
}

journey("a past event is found on request and says that it is over", {}, async (walk) => {
  const { page, world } = walk;
  const org = await world.org();
  await page.goto(`/o/${org.slug}`);
  await openFilters(page);
  await page.getByLabel("Past events too").check();
  await page.getByRole("button", { name: "Show events" }).click();
  const past = page
    .locator(".event-card", { hasText: /Over|Ended/ })
    .getByRole("link")
    .first();
  await past.click();
  await see(page, /is over/i);
  assert.equal(await page.getByRole("link", { name: "Keep my place" }).count(), 0);
  await checkPage(page, "past");
});

journey("a search that finds nothing says so and leads back", { width: 390 }, async (walk) => {
  const { page, world } = walk;
  const org = await world.org();
  await page.goto(`/o/${org.slug}?q=zzzzzz-nothing`);
  await page.locator(".empty").waitFor();
  await checkPage(page, "empty");
  await page.getByRole("link", { name: /show all events/i }).click();
  await page.locator(".event-card").first().waitFor();
});

journey("an application waits, can be withdrawn, and says both", { width: 390 }, async (walk) => {
  const { page, world } = walk;
  const event = await world.event(`Challenge ${unique("s")}`, {
    places: 5,
    details: { registrationMode: "REGISTRATION_MODE_APPROVAL" },
  });
  const email = `${unique("noor")}@example.org`;
  await page.goto(event.path);
  await see(page, "By application");
  await page
    .getByRole("link", { name: "Apply" })
    .or(page.getByRole("button", { name: "Apply" }))
    .click();
  await fillPerson(page, { name: "Noor Haddad", email, segment: "Academic" });
  await page.getByRole("button", { name: "Send my application" }).last().click();
  await page.waitForURL(/\/r\//);
  await see(page, /organiser decides/i);
  await checkPage(page, "applied");
  const mail = await world.mail.to(email);
  assert.equal(mail.calendar, undefined, "an application is no invitation yet");
  await page.getByRole("link", { name: "Withdraw" }).click();
  await page.getByRole("button", { name: "Withdraw my application" }).click();
  await see(page, /withdrawn|given/i);
});

journey("an address that leads nowhere answers kindly", { width: 390 }, async (walk) => {
  const { page, allow } = walk;
  allow(/status of 404/);
  for (const path of ["/nowhere", "/o/nobody", `/r/${"x".repeat(67)}`, "/j/none/none"]) {
    const answer = await page.goto(path);
    assert.equal(answer?.status(), 404, path);
    await page
      .getByRole("link", { name: /programme/i })
      .first()
      .waitFor();
    await checkPage(page, path);
  }
});

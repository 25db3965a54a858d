// The personal join page: a countdown before the time, then a button that leads on.
import assert from "node:assert/strict";
import { checkPage } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { see } from "../harness/steps.mjs";
import { soon, unique } from "../harness/world.mjs";

journey(
  "a webinar's join page counts down, opens by itself and leads on",
  { width: 390, height: 844, waits: true, seconds: 150 },
  async ({ page, world, allow }) => {
    const meeting = `https://meet.example.org/${unique("room")}`;
    // The room opens with the next full minute that leaves time to look at the closed door.
    const minutes = new Date().getSeconds() < 45 ? 2 : 3;
    const event = await world.event(`Launch webinar ${unique("w")}`, {
      schedule: soon(minutes),
      details: { joinAddress: meeting, joinOpensMinutes: 1 },
    });
    const email = `${unique("ines")}@example.org`;
    const secret = await world.register(event, "Inês Duarte", email);
    const mail = await world.mail.to(email);
    const path = mail.text.match(/\/j\/[\w-]+\/ses_[0-9a-z]+/)?.[0];
    assert.ok(path, "the mail carries the join page");
    assert.ok(!mail.raw.includes("meet.example.org"), "the mail keeps the meeting's address back");

    await page.goto(path);
    const clock = page.getByRole("timer");
    await clock.waitFor();
    assert.ok(
      !(await page.content()).includes("meet.example.org"),
      "nor does the page before the time",
    );
    await checkPage(page, "too early");
    const before = await clock.textContent();
    await page.waitForFunction(
      (old) => document.querySelector("[role=timer]")?.textContent !== old,
      before,
    );

    // Nobody presses anything: the page opens the room itself.
    const join = page.getByRole("button", { name: /join/i });
    await join.waitFor({ timeout: 100_000 });
    await checkPage(page, "open");
    // The way leads to the organiser's room, which is elsewhere and not there today.
    allow(/meet\.example\.org|NAME_NOT_RESOLVED/);
    const led = page.waitForRequest(meeting);
    await join.click();
    await led;
    await page.waitForURL(/chrome-error|meet/).catch(() => {});

    // With the place, the way in is given up.
    await page.goto(`/r/${secret}/cancel`);
    await page.getByRole("button", { name: "Give up my place" }).click();
    allow(/status of 4\d\d/);
    await page.goto(path);
    await see(page, /no confirmed place/i);
    assert.equal(await page.getByRole("button", { name: /join/i }).count(), 0);
    await checkPage(page, "given up");
  },
);

journey(
  "a join page without scripts says when it opens",
  { javaScript: false },
  async ({ page, world }) => {
    const event = await world.event(`Webinar next week ${unique("w")}`);
    const email = `${unique("tom")}@example.org`;
    await world.register(event, "Tom Webb", email);
    const mail = await world.mail.to(email);
    await page.goto(mail.text.match(/\/j\/[\w-]+\/ses_[0-9a-z]+/)?.[0] ?? "/missing");
    await see(page, /opens/i);
    assert.equal(await page.getByRole("button", { name: /join/i }).count(), 0);
  },
);

journey(
  "a join page whose room is not there yet shows the way in once there is one",
  { width: 390, height: 844 },
  async ({ page, world }) => {
    const event = await world.event(`Room to come ${unique("w")}`, {
      schedule: soon(90),
      details: { joinAddress: "", joinOpensMinutes: 120 },
    });
    const email = `${unique("nia")}@example.org`;
    await world.register(event, "Nia Rees", email);
    const mail = await world.mail.to(email);
    await page.clock.install();
    await page.goto(mail.text.match(/\/j\/[\w-]+\/ses_[0-9a-z]+/)?.[0] ?? "/missing");
    await see(page, /has not opened the room yet/);
    await checkPage(page, "no room");
    const { details } = await world.current(event);
    await world.change(event, "UpdateEvent", {
      details: { ...details, joinAddress: "https://meet.example.org/late" },
      updateMask: "joinAddress",
    });
    await page.clock.fastForward(61_000);
    await page.getByRole("button", { name: "Join as Nia" }).waitFor();
  },
);

// Without a mouse, and with text four times as large.
import assert from "node:assert/strict";
import { checkFocusSeen } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { focused, focusReturnsTo, tabTo } from "../harness/keys.mjs";
import { see } from "../harness/steps.mjs";
import { unique } from "../harness/world.mjs";
import { questions } from "./attendee.mjs";

journey("registering without a mouse", {}, async ({ page, world }) => {
  const title = `Keyboard clinic ${unique("k")}`;
  const event = await world.event(title, { questions });
  const email = `${unique("kai")}@example.org`;
  await page.goto(`/o/${event.orgSlug}?q=${encodeURIComponent(title)}`);

  // The first stop skips what stands on every page.
  await page.keyboard.press("Tab");
  await checkFocusSeen(page);
  assert.equal(
    await page.evaluate(() => document.activeElement?.textContent),
    "Skip to the content",
  );
  await page.keyboard.press("Enter");
  await tabTo(page, new RegExp(`^${title}$`));
  await page.keyboard.press("Enter");
  await page.waitForURL(`**${event.path}`);
  await tabTo(page, /^Keep my place/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/register/);

  // Sent empty, the cursor stands at the errors, and each leads to its field.
  await tabTo(page, /^Full name/);
  await page.keyboard.press("Enter");
  await see(page, "Enter your full name");
  await tabTo(page, /^Enter your full name/);
  await page.keyboard.press("Enter");
  assert.equal(
    await page.evaluate(() => document.activeElement?.labels?.[0]?.textContent?.trim().slice(0, 9)),
    "Full name",
  );
  await page.keyboard.type("Kai Lindqvist");
  await tabTo(page, /^E-mail/);
  await page.keyboard.type(email);
  await tabTo(page, /^Academic/);
  await page.keyboard.press("ArrowDown");
  assert.ok(await page.getByRole("radio", { name: /^Business/ }).isChecked());
  await tabTo(page, /^An idea/);
  await page.keyboard.press("ArrowDown");
  await tabTo(page, /^What evidence/);
  await page.keyboard.type("Two pilots.");
  await tabTo(page, /^I agree/);
  await page.keyboard.press("Space");
  await tabTo(page, /^Keep my place/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/r\//);
  await see(page, email);
});

journey("signing in without a mouse", {}, async ({ page, world }) => {
  const { email } = await world.me("reviewer");
  const known = new Set((await world.mail.all(email)).map((m) => m.path));
  await page.goto("/console/");
  await page.waitForURL(/\/sign-in/);
  await tabTo(page, /mail|address/i);
  await page.keyboard.type(email);
  await page.keyboard.press("Enter");
  await see(page, /mail/i);
  const mail = await world.mail.to(email, (m) => !known.has(m.path) && /\/sign-in\//.test(m.text));
  await page.goto(mail.text.match(/\/sign-in\/[\w-]+/)[0]);
  await tabTo(page, /sign in|continue/i);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/console\//);
  await page.getByRole("heading", { level: 1 }).waitFor();
});

journey(
  "four times the text size leaves every page in one column",
  { width: 320, height: 256, role: "owner" },
  async (walk) => {
    const { page, world, allow } = walk;
    allow(/status of 404/);
    const event = await world.event(`Zoomed clinic ${unique("k")}`, { questions, places: 30 });
    const secret = await world.register(
      await world.event(`Zoomed webinar ${unique("k")}`),
      "Zoe Moor",
      `${unique("zoe")}@example.org`,
    );
    const { holdSecret } = await world.hold(event);
    const paths = [
      "/",
      `/o/${event.orgSlug}`,
      event.path,
      `/h/${holdSecret}`,
      `/r/${secret}?new=1`,
      `/r/${secret}/correct`,
      `/r/${secret}/cancel`,
      "/sign-in",
      "/mailbox/",
      "/nowhere",
    ];
    const console = `/console/o/${event.orgId}`;
    for (const tab of ["", "/registrations", "/edit", "/sessions", "/places", "/form"]) {
      paths.push(`${console}/events/${event.id}${tab}`);
    }
    for (const screen of ["events", "import", "team", "audit", "settings"]) {
      paths.push(`${console}/${screen}`);
    }
    const wide = [];
    for (const path of paths) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
      const over = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        const beyond = [...document.querySelectorAll("body *")]
          .filter((e) => e.getBoundingClientRect().right > clientWidth + 1)
          .map((e) => `${e.className}: ${e.textContent.trim().slice(0, 60)}`);
        return scrollWidth > clientWidth ? beyond.slice(0, 8) : null;
      });
      if (over) {
        wide.push(path, ...over);
      }
    }
    assert.deepEqual(wide, []);
  },
);

journey("the console without a mouse", { role: "organiser" }, async ({ page, world }) => {
  const event = await world.event(`Keyboard draft ${unique("k")}`, { publish: false });
  const org = await world.org();
  await page.goto(`/console/o/${org.id}/events/${event.id}`);
  await page.getByRole("heading", { level: 1, name: event.title }).waitFor();
  await page.keyboard.press("Tab");
  await checkFocusSeen(page);
  assert.match(await focused(page), /^Skip to the content/);

  // A menu opens and closes, and so does a dialogue; the focus comes back to where it was.
  await tabTo(page, /^More/);
  await page.keyboard.press("Enter");
  await tabTo(page, /^Move to another date/);
  await page.keyboard.press("Escape");
  await focusReturnsTo(page, /^More/);
  await tabTo(page, /^Publish/);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press("Tab");
    const outside = await page.evaluate(
      () => document.activeElement !== document.body && !document.activeElement?.closest("dialog"),
    );
    assert.equal(outside, false, "the focus stays in the dialogue");
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await focusReturnsTo(page, /^Publish/);
  await page.keyboard.press("Enter");
  await tabTo(page, /^Publish$/);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await see(page, "Published");
});

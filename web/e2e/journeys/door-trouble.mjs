// The door and the tablet's own troubles: full storage, wrong clocks, cameras that go away.
import assert from "node:assert/strict";
import { openPerson } from "../harness/browser.mjs";
import { fakeCamera, holdUp } from "../harness/camera.mjs";
import { checkPage } from "../harness/checks.mjs";
import {
  addDevice,
  asks,
  card,
  doorEvent,
  guest,
  next,
  openTablet,
  ready,
  syncNow,
} from "../harness/door.mjs";
import { journey } from "../harness/journey.mjs";
import { see } from "../harness/steps.mjs";
import { unique } from "../harness/world.mjs";

const away = /ERR_|Failed to (fetch|load)|request failed/i;
const hour = 3_600_000;

/** Lets a tablet's clock go wrong by what is kept under "shift", also after it starts anew. */
function wrongClock(context) {
  return context.addInitScript(() => {
    const real = Date.now.bind(Date);
    let shift = 0;
    try {
      shift = Number(localStorage.getItem("shift") ?? 0);
    } catch {
      // a page without an address
    }
    Date.now = () => real() + shift;
    globalThis.__shift = (ms) => {
      shift = ms;
      localStorage.setItem("shift", String(ms));
    };
  });
}

journey("a tablet whose storage is full says so and lets nobody in unseen", {}, async (j) => {
  const { world } = j;
  const event = await doorEvent(world, `Full ${unique("d")}`);
  const ada = await guest(world, event, "Ada Full");
  const ida = await guest(world, event, "Ida Full");
  const tablet = await openTablet(world, event);
  const { page, context, allow } = tablet;
  allow(away);
  const full = (is) =>
    page.evaluate((now) => {
      globalThis.__put ??= IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = now
        ? () => {
            throw new DOMException("no room", "QuotaExceededError");
          }
        : globalThis.__put;
    }, is);
  await context.setOffline(true);
  await see(page, /Offline since/);
  await full(true);
  await holdUp(page, ada.code);
  const text = await (await card(page, "Stop")).textContent();
  assert.match(text, /storage is full/);
  assert.match(text, /was not kept/);
  await see(page, /Free some space/);
  await checkPage(page, "storage full");
  await holdUp(page);
  await next(page);

  // With the network, the server keeps what the tablet cannot.
  await context.setOffline(false);
  await syncNow(page);
  await see(page, "Live");
  assert.equal((await asks(world, event).scans()).length, 0);
  await holdUp(page, ada.code);
  assert.match(await (await card(page, "Come in")).textContent(), /Confirmed by the server/);
  await see(page, /Free some space/);

  // With room again nothing complains any more.
  await full(false);
  await holdUp(page, ida.code);
  await card(page, "Ida Full");
  await page.getByText(/Free some space/).waitFor({ state: "detached" });
  assert.equal((await asks(world, event).counts()).admitted, 2);
  assert.deepEqual(tablet.faults, []);
  await tablet.close();
});

journey(
  "a clock that is set back changes no verdict, and the log has the right times",
  { waits: true },
  async ({ world }) => {
    const event = await doorEvent(world, `Clock ${unique("d")}`);
    const [ada, ida] = await Promise.all([
      guest(world, event, "Ada Clock"),
      guest(world, event, "Ida Clock"),
    ]);
    const device = await addDevice(world, event);
    const tablet = await openPerson(world.base, { width: 820, height: 1180 });
    await wrongClock(tablet.context);
    await fakeCamera(tablet.context);
    const { page, context, allow } = tablet;
    allow(away);
    await page.goto(device.path);
    await ready(page);

    // Three hours back in the middle of a shift, without a network.
    await context.setOffline(true);
    await see(page, /Offline since/);
    await page.evaluate((ms) => globalThis.__shift(ms), -3 * hour);
    const before = Date.now();
    await holdUp(page, ada.code);
    await card(page, "Come in");
    await holdUp(page);
    await see(page, /clock changed/);
    await next(page);

    // Two days back and started anew: only the server can tell the time.
    await page.evaluate((ms) => globalThis.__shift(ms), -48 * hour);
    await page.reload();
    await see(page, "This tablet’s clock went back");
    await checkPage(page, "clock went back");
    await context.setOffline(false);
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await ready(page);
    await holdUp(page, ida.code);
    await card(page, "Come in");
    await see(page, /nothing waits/);
    const log = await asks(world, event).scans();
    assert.equal(log.length, 2);
    for (const { effectiveAt } of log) {
      assert.ok(Math.abs(Date.parse(effectiveAt) - before) < hour / 2, effectiveAt);
    }

    // After the event the tablet forgets everything, and a clock set back does not revive it.
    await context.setOffline(true);
    await page.evaluate((ms) => globalThis.__shift(ms), 72 * hour);
    await page.reload();
    await see(page, "The event is over");
    await page.evaluate(() => globalThis.__shift(0));
    await page.reload();
    await see(page, "Pair this tablet");
    assert.deepEqual(tablet.faults, []);
    await tablet.close();
  },
);

journey("a camera that is taken or unplugged is named, and comes back", {}, async ({ world }) => {
  const event = await doorEvent(world, `Camera ${unique("d")}`);
  const ada = await guest(world, event, "Ada Camera");
  const tablet = await openTablet(world, event);
  const { page } = tablet;
  await page.evaluate(() => globalThis.__camera("unplug"));
  await see(page, "The camera was unplugged");
  await page.evaluate(() => globalThis.__camera("busy"));
  await page.getByRole("button", { name: "Try again" }).click();
  await see(page, "Another program uses the camera");
  await checkPage(page, "camera busy");
  await page.evaluate(() => globalThis.__camera("good"));
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".lens[data-state=live]").waitFor();
  await holdUp(page, ada.code);
  await card(page, "Come in");
  assert.deepEqual(tablet.faults, []);
  await tablet.close();
});

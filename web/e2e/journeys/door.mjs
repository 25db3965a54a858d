// The door with a network: tickets good and bad, two gates at once, orders, and an end to it.
import assert from "node:assert/strict";
import { holdUp } from "../harness/camera.mjs";
import { addDevice, asks, card, doorEvent, guest, next, openTablet } from "../harness/door.mjs";
import { journey } from "../harness/journey.mjs";
import { see } from "../harness/steps.mjs";
import { requestID, unique } from "../harness/world.mjs";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code with one bit of it turned over. */
function flipped(code, at = code.length - 20) {
  const other = alphabet[alphabet.indexOf(code[at]) ^ 1];
  return code.slice(0, at) + other + code.slice(at + 1);
}

/** Holds a code up until its card is there, and takes it away again. */
async function scan(page, code, word) {
  await holdUp(page, code);
  const face = await card(page, word);
  const text = await face.textContent();
  await holdUp(page);
  return text;
}

journey("a door lets guests in, knows who came before, and takes a scan back", {}, async (j) => {
  const { world } = j;
  const event = await doorEvent(world, `Front door ${unique("d")}`);
  const ada = await guest(world, event, "Ada Lovelace");
  const north = await openTablet(world, event, { gate: "North" });
  const south = await openTablet(world, event, { gate: "South" });
  const { page } = north;

  const welcome = await scan(page, ada.code, "Come in");
  assert.match(welcome, /Ada Lovelace/);
  assert.match(welcome, /Confirmed by the server/);
  await page.locator(".face").waitFor({ state: "detached" });

  // At another gate it has come in already, and the card says when and where.
  const again = await scan(south.page, ada.code, "Already in");
  assert.match(again, /Came in at \d\d:\d\d by North/);
  await next(south.page);

  // Taking the scan back needs a reason; then the ticket comes in again.
  await page.getByRole("button", { name: "Numbers" }).click();
  await page.getByRole("button", { name: "Take back Ada Lovelace" }).click();
  await page.getByRole("button", { name: "Wrong person" }).click();
  await see(page, /taken back/);
  await see(page, /nothing waits/);
  await scan(south.page, ada.code, "Come in");

  const { scans, conflicts, counts } = asks(world, event);
  const log = await scans();
  assert.deepEqual(
    log.map(({ kind }) => kind).filter((kind) => kind === "SCAN_KIND_VOID").length,
    1,
  );
  assert.equal((await counts()).admitted, 1);
  assert.deepEqual(await conflicts(), []);
  for (const tablet of [north, south]) {
    assert.deepEqual(tablet.faults, []);
    await tablet.close();
  }
});

journey("a door turns bad tickets away, each in its own words", {}, async ({ world }) => {
  const event = await doorEvent(world, `Strict door ${unique("d")}`);
  const other = await doorEvent(world, `Other evening ${unique("d")}`);
  const good = await guest(world, event, "Grace Hopper");
  const gone = await guest(world, event, "Gary Gone");
  const foreign = await guest(world, other, "Fay Foreign");
  await world.call(null, "booking.v1.BookingService/CancelMyRegistration", {
    linkSecret: gone.secret,
    requestId: requestID(),
  });
  const tablet = await openTablet(world, event);
  const { page } = tablet;
  const calls = [];
  page.on("request", (request) => calls.push(new URL(request.url()).pathname.split("/").at(-1)));

  for (const [code, sentence] of [
    ["WIFI:T:WPA;S:guest;P:secret;;", /not a ticket/],
    ["https://example.org/ticket", /not a ticket/],
    [flipped(good.code), /forged or damaged/],
    [foreign.code, new RegExp(other.title)],
    [gone.code, /cancelled/],
  ]) {
    calls.length = 0;
    assert.match(await scan(page, code, "Stop"), sentence);
    if (!code.startsWith("1:")) {
      assert.deepEqual(
        calls.filter((call) => call === "Check" || call === "Upload"),
        [],
      );
    }
    await next(page);
  }
  // A bad code does not stop the scanner.
  assert.match(await scan(page, good.code, "Come in"), /Grace Hopper/);
  assert.deepEqual(tablet.faults, []);
  await tablet.close();
});

journey(
  "two gates scan one ticket at the same moment and one of them wins",
  {},
  async ({ world }) => {
    const event = await doorEvent(world, `Race ${unique("d")}`);
    const one = await guest(world, event, "Rosa Race");
    const [north, south] = await Promise.all(
      ["North", "South"].map((gate) => openTablet(world, event, { gate })),
    );
    await Promise.all([north, south].map(({ page }) => holdUp(page, one.code)));
    const faces = await Promise.all(
      [north, south].map(async ({ page }) =>
        (await card(page, /Come in|Already in|Look/)).textContent(),
      ),
    );
    for (const { page } of [north, south]) {
      await see(page, /nothing waits/);
    }
    const { counts, conflicts } = asks(world, event);
    assert.equal((await counts()).admitted, 1);
    // A server that takes its time lets both tablets answer for themselves, and reports it.
    const both = faces.every((text) => /^Come in/.test(text.trim()));
    const found = await conflicts();
    assert.equal(found.length, both ? 1 : 0, faces.join("\n"));
    assert.ok(faces.some((text) => /^Come in/.test(text.trim())));
    await Promise.all([north.close(), south.close()]);
  },
);

journey("a tablet whose access ends in the middle of a scan forgets everything", {}, async (j) => {
  const { world } = j;
  const event = await doorEvent(world, `Ended ${unique("d")}`);
  const ada = await guest(world, event, "Ada Lovelace");
  const tablet = await openTablet(world, event);
  const { page, device, allow } = tablet;
  allow(/401|request failed|unauthenticated/i);
  await asks(world, event).end(device.id);
  await holdUp(page, ada.code);
  await see(page, "This tablet is locked");
  await see(page, "The organiser has ended this tablet’s access.");
  const left = await page.evaluate(async () => {
    const db = await new Promise((resolve) => {
      indexedDB.open("lanyard-door").onsuccess = (e) => resolve(e.target.result);
    });
    const tx = db.transaction(["meta", "pages", "queue", "overlay"]);
    const keys = (store) =>
      new Promise((resolve) => {
        tx.objectStore(store).getAllKeys().onsuccess = (e) => resolve(e.target.result);
      });
    return {
      pages: await keys("pages"),
      queue: await keys("queue"),
      meta: (await keys("meta")).filter((key) => ["key", "token", "settings"].includes(key)),
    };
  });
  assert.deepEqual(left, { pages: [], queue: [], meta: [] });
  await page.reload();
  await see(page, "Pair this tablet");

  // Its old code does not pair it again; a new one does.
  await page.goto(`${world.base}${device.path}`);
  await page.reload();
  await see(page, /code|used/i);
  const renewed = await addDevice(world, event);
  await page.goto("about:blank");
  await page.goto(world.base + renewed.path);
  await see(page, /^List of/);
  await tablet.close();
});

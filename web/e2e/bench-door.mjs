// How fast the door answers without a network: `node e2e/bench-door.mjs`, a part of `make bench`.
// A tablet in Chromium holds a list of ten thousand, its server is killed, and it is shown one
// ticket after the other. A scan lasts from the picture in which the code was, decoding included, until the browser
// has painted the verdict; the ratio is to what no door can go below, one strict write to the same
// store and one painted frame, measured between the scans. One line for each figure:
//
//	name value unit ratio
//
// Afterwards the server comes back, and each scan must have arrived once: a fast wrong
// answer fails the run. LANYARD_BIN and CHROMIUM are as in run.mjs.
import assert from "node:assert/strict";
import { closeBrowser, openBrowser } from "./harness/browser.mjs";
import { holdUp, readDrawn } from "./harness/camera.mjs";
import { asks, doorEvent, openTablet } from "./harness/door.mjs";
import { startServer } from "./harness/server.mjs";
import { see } from "./harness/steps.mjs";
import { requestID, World } from "./harness/world.mjs";

const listed = 10_000;
const scanned = 200;
const scannedSlow = 100;
const perOrder = 50;

/** Registers so many people, several orders at once; returns the secrets of their links. */
async function crowd(world, event, size) {
  await world.allowGroups(event, perOrder);
  const [offer] = await world.offers(event);
  const secrets = [];
  const order = async (at) => {
    const attendees = Array.from({ length: perOrder }, (_, i) => ({
      name: `Guest ${at + i} of the ${["North", "South", "East", "West"][i % 4]}`,
      email: `guest-${at + i}@example.org`,
      segment: "SEGMENT_BUSINESS",
      timezone: "Europe/London",
    }));
    const { registrations } = await world.call(null, "booking.v1.BookingService/PlaceOrder", {
      orgId: event.orgId,
      requestId: requestID(),
      eventId: event.id,
      productId: offer.productId,
      attendees,
    });
    secrets.push(...registrations.map(({ linkSecret }) => linkSecret));
  };
  const starts = Array.from({ length: size / perOrder }, (_, i) => i * perOrder);
  const lane = async () => {
    for (let at = starts.shift(); at !== undefined; at = starts.shift()) {
      await order(at);
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  return secrets;
}

/** Measures in the page: each verdict when it has been painted, and the least it could take. */
function watch(page) {
  return page.evaluate(async () => {
    const painted = () =>
      new Promise((resolve) => {
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now());
          port2.postMessage(0);
        });
      });
    const verdicts = new Map();
    let last = null;
    new MutationObserver(async () => {
      const face = document.querySelector(".face");
      if (face === null || face === last) {
        return;
      }
      last = face;
      const took = (await painted()) - Number(face.dataset.shownAt);
      verdicts.set(face.querySelector(".face__name").textContent, {
        took,
        word: face.querySelector(".face__word").textContent,
      });
    }).observe(document.body, { subtree: true, childList: true });
    const store = await new Promise((resolve, reject) => {
      const asked = indexedDB.open("bench");
      asked.onupgradeneeded = () => asked.result.createObjectStore("rows");
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    globalThis.__bench = {
      verdicts,
      async least(key) {
        const began = performance.now();
        await new Promise((resolve, reject) => {
          const tx = store.transaction("rows", "readwrite", { durability: "strict" });
          tx.objectStore("rows").put(new Uint8Array(300), key);
          tx.oncomplete = resolve;
          tx.onerror = () => reject(tx.error);
        });
        return (await painted()) - began;
      },
    };
  });
}

/** The p-th of durations. */
function percentile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
}

/** Shows tickets one after the other; returns how long each took, and the least that it could. */
async function scanAll(page, people) {
  const took = [];
  const least = [];
  for (const [i, { code, name }] of people.entries()) {
    await holdUp(page, code);
    await page.waitForFunction((who) => globalThis.__bench.verdicts.has(who), name);
    await holdUp(page);
    const verdict = await page.evaluate((who) => globalThis.__bench.verdicts.get(who), name);
    assert.equal(verdict.word, "Come in", `${name} was told ${verdict.word}`);
    took.push(verdict.took);
    least.push(await page.evaluate((key) => globalThis.__bench.least(key), i));
  }
  return { took, least };
}

function print(name, took, least) {
  const value = percentile(took, 0.99);
  const ratio = value / percentile(least, 0.99);
  console.log(`${name} ${value.toFixed(1)} ms ${ratio.toFixed(2)}`);
}

async function run(server) {
  const world = new World(server);
  const event = await doorEvent(world, "Ten thousand", { event: { places: listed } });
  const secrets = await crowd(world, event, listed);
  const people = [];
  for (let i = 0; i < scanned + scannedSlow; i++) {
    const page = await (await fetch(`${world.base}/r/${secrets[i]}`)).text();
    const [, name] = page.match(/(Guest \d+ of the \w+)/);
    people.push({ name, code: await readDrawn(page) });
  }
  const tablet = await openTablet(world, event, {}, { rate: 30 });
  const { page, context, allow } = tablet;
  await page.waitForFunction(
    async (size) => {
      const db = await new Promise((resolve) => {
        indexedDB.open("lanyard-door").onsuccess = (e) => resolve(e.target.result);
      });
      const read = db.transaction("meta").objectStore("meta").get("progress");
      const progress = await new Promise((resolve) => {
        read.onsuccess = () => resolve(read.result);
      });
      db.close();
      return progress?.complete === true && progress.total >= size;
    },
    listed,
    { timeout: 60_000, polling: 250 },
  );
  allow(/ERR_|Failed to (fetch|load)|request failed/i);
  await server.halt();
  await see(page, /Offline since/);
  await watch(page);

  const idle = await scanAll(page, people.slice(0, scanned));
  print("scan_offline_p99_ms", idle.took, idle.least);
  // The same on a processor that is four times as slow, as in a cheap tablet.
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  const slow = await scanAll(page, people.slice(scanned));
  print("scan_offline_slow_p99_ms", slow.took, slow.least);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });

  await server.resume();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.getByText("nothing waits").waitFor({ timeout: 60_000 });
  const { counts, conflicts } = asks(world, event);
  assert.equal((await counts()).admitted, people.length, "not every scan arrived");
  assert.deepEqual(await conflicts(), []);
  await tablet.close();
}

let server;
let failed = false;
try {
  server = await startServer("--no-limits", "--log-level", "error");
  await openBrowser();
  await run(server);
} catch (error) {
  console.error(`bench-door: ${error.stack}`);
  failed = true;
} finally {
  await closeBrowser();
  await server?.stop();
}
process.exit(failed ? 1 : 0);

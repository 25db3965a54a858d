// The door in people's hands: hand scanners, cameras that fail, roles, orders, kiosks.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { browserFlags, openPerson } from "../harness/browser.mjs";
import { fakeCamera, holdUp, writeVideo } from "../harness/camera.mjs";
import { checkPage, colours } from "../harness/checks.mjs";
import {
  addDevice,
  addList,
  asks,
  card,
  doorEvent,
  guest,
  guests,
  next,
  openTablet,
} from "../harness/door.mjs";
import { journey } from "../harness/journey.mjs";
import { see } from "../harness/steps.mjs";
import { unique } from "../harness/world.mjs";

/** Types as a hand scanner does. */
async function typeFast(page, text) {
  await page.evaluate(
    (keys) => {
      const at = document.activeElement ?? document.body;
      for (const key of keys) {
        at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      }
    },
    [...text, "Enter"],
  );
}

journey("a hand scanner on a German keyboard is taught and then reads tickets", {}, async (j) => {
  const { world } = j;
  const event = await doorEvent(world, `Hand ${unique("d")}`);
  const zoe = await guest(world, event, "Zoe Yates");
  const { page, close, faults } = await openTablet(world, event);
  const german = { Y: "Z", Z: "Y", "-": "ß", "/": "-", ":": "Ö" };
  const typed = (text) => [...text].map((c) => german[c] ?? c).join("");
  await page.getByRole("button", { name: "Numbers" }).click();
  await page.getByRole("button", { name: "Hand scanner" }).click();
  await page.getByRole("img", { name: "Calibration code" }).waitFor();
  await typeFast(page, typed("CAL:ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/."));
  await see(page, /5 letters arrive as others/);
  await page.getByRole("button", { name: "Scan", exact: true }).click();
  await page.locator(".lens[data-state=live]").waitFor();
  await typeFast(page, typed(zoe.code));
  assert.match(await (await card(page, "Come in")).textContent(), /Zoe Yates/);
  assert.deepEqual(faults, []);
  await close();
});

journey("a tablet without a camera says so and lets people in by other ways", {}, async (j) => {
  const { world } = j;
  const event = await doorEvent(world, `Blind ${unique("d")}`);
  const mary = await guest(world, event, "Mary Shelley");
  const device = await addDevice(world, event);
  const missing = await openPerson(world.base, { width: 820 });
  await missing.page.goto(device.path);
  await see(missing.page, "This tablet has no camera");
  await checkPage(missing.page, "no camera");
  await typeFast(missing.page, mary.code);
  await card(missing.page, "Come in");
  assert.deepEqual(missing.faults, []);
  await missing.close();

  // One that is there and forbidden.
  const profile = await mkdtemp(join(tmpdir(), "door-denied-"));
  const second = await addDevice(world, event);
  const denied = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...browserFlags, "--use-fake-device-for-media-stream"],
    permissions: [],
  });
  try {
    const page = denied.pages()[0] ?? (await denied.newPage());
    await page.goto(world.base + second.path);
    await see(page, "The camera is not allowed");
    await denied.grantPermissions(["camera"], { origin: world.base });
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".lens[data-state=live]").waitFor();
  } finally {
    await denied.close();
    await rm(profile, { recursive: true, force: true });
  }
});

journey("a real video of tickets is read from the browser's own camera", {}, async ({ world }) => {
  const event = await doorEvent(world, `Video ${unique("d")}`);
  const [ada, grace] = await guests(world, event, "Ada Video").then(async ([one]) => [
    one,
    await guest(world, event, "Grace Video"),
  ]);
  const device = await addDevice(world, event);
  const profile = await mkdtemp(join(tmpdir(), "door-video-"));
  const video = join(profile, "tickets.y4m");
  await writeVideo(video, [ada.code, grace.code]);
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      ...browserFlags,
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-video-capture=${video}`,
    ],
  });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(world.base + device.path);
    await page.locator(".face").first().waitFor();
    const { counts } = asks(world, event);
    for (let i = 0; i < 100 && (await counts()).admitted !== 2; i++) {
      await page.waitForTimeout(100);
    }
    assert.equal((await counts()).admitted, 2);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
});

journey(
  "stewards scan, and a lead's PIN opens search, orders and walk-ins",
  {},
  async ({ world }) => {
    const event = await doorEvent(world, `Roles ${unique("d")}`);
    await world.allowGroups(event, 10);
    const group = await guests(
      world,
      event,
      "Ana One",
      "Ben Two",
      "Cat Three",
      "Dan Four",
      "Eve Five",
    );
    const lukasz = await guest(world, event, "Łukasz Wójcik", { organisation: "Zażółć Labs" });
    await asks(world, event).pins([{ label: "Lena", role: "STAFF_ROLE_LEAD", pin: "4711" }]);
    const tablet = await openTablet(world, event, { roleWithoutPin: "STAFF_ROLE_STEWARD" });
    const { page } = tablet;
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await see(page, "Searching and walk-ins are for the shift lead.");
    assert.equal(await page.getByLabel(/Name, company/).count(), 0);
    await page.getByRole("button", { name: "Enter a PIN" }).click();
    await page.getByLabel("PIN").fill("0000");
    await page.getByRole("button", { name: "Go on" }).click();
    await see(page, "That PIN is not known.");
    await page.getByLabel("PIN").fill("4711");
    await page.getByRole("button", { name: "Go on" }).click();

    for (const query of ["lukasz", "lukazs", "wojcik", "zazolc", lukasz.orderCode]) {
      await page.getByLabel(/Name, company/).fill("");
      await page.getByText("Łukasz Wójcik").waitFor({ state: "detached" });
      await page.getByLabel(/Name, company/).fill(query);
      await see(page, "Łukasz Wójcik");
    }
    await checkPage(page, "search");

    // The first of five comes in by camera, two more with one tap, and two stay out.
    await page.getByRole("button", { name: "Scan", exact: true }).click();
    await holdUp(page, group[0].code);
    await page.getByRole("button", { name: /4 more of this order/ }).click();
    await holdUp(page);
    await page.getByRole("checkbox", { name: /Dan Four/ }).uncheck();
    await page.getByRole("checkbox", { name: /Eve Five/ }).uncheck();
    await checkPage(page, "order");
    await page.getByRole("button", { name: "Let in 2 of 5" }).click();
    await see(page, "2 of 5 let in now.");

    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByRole("button", { name: "Register a walk-in" }).click();
    await page.getByRole("button", { name: "Register and let in" }).click();
    await see(page, "Enter a name");
    await checkPage(page, "walk-in");
    await page.getByLabel("Name", { exact: true }).fill("Wanda Walkin");
    await page.getByRole("button", { name: "Register and let in" }).click();
    assert.match(await (await card(page, "Come in")).textContent(), /Wanda Walkin/);
    await page.locator(".face").waitFor({ state: "detached" });

    await page.getByRole("button", { name: "Numbers" }).click();
    await see(page, "Lena: done");
    await page.getByRole("button", { name: "Lena: done" }).click();
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await see(page, "Searching and walk-ins are for the shift lead.");
    assert.equal((await asks(world, event).counts()).admitted, 4);
    assert.deepEqual(tablet.faults, []);
    await tablet.close();
  },
);

journey("a kiosk holds no readable name until a guest shows a ticket", {}, async ({ world }) => {
  const event = await doorEvent(world, `Kiosk ${unique("d")}`);
  const nadia = await guest(world, event, "Nadia Sealed");
  await asks(world, event).pins([{ label: "Lena", role: "STAFF_ROLE_LEAD", pin: "4711" }], {
    welcome: "Welcome to the launch",
    allowLookup: true,
    idleSeconds: 15,
  });
  const device = await addDevice(world, event, { mode: "DEVICE_MODE_KIOSK" });
  const tablet = await openPerson(world.base, { width: 820, height: 1180 });
  await fakeCamera(tablet.context);
  const bodies = [];
  tablet.page.on("response", async (response) => {
    if (response.url().includes("DoorService/Sync")) {
      bodies.push(await response.body().catch(() => Buffer.alloc(0)));
    }
  });
  const { page } = tablet;
  await page.goto(device.path);
  await see(page, "Welcome to the launch");
  await see(page, /List of/);
  await page.locator(".lens[data-state=live]").waitFor();
  assert.ok(bodies.length > 0);
  assert.ok(bodies.every((body) => !body.includes("Nadia")));
  await checkPage(page, "kiosk");
  await holdUp(page, nadia.code);
  assert.match(await (await card(page, "Welcome")).textContent(), /Nadia Sealed/);
  await holdUp(page);
  await page.locator(".face").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Staff" }).click();
  await page.getByLabel("PIN").fill("1234");
  await page.getByRole("button", { name: "Unlock" }).click();
  await see(page, "That PIN is not known.");
  await page.getByLabel("PIN").fill("4711");
  await page.getByRole("button", { name: "Unlock" }).click();
  await see(page, "Leave the kiosk");
  assert.deepEqual(tablet.faults, []);
  await tablet.close();
});

const meal = {
  id: "meal",
  type: "QUESTION_TYPE_CHOICE",
  label: "Which lunch?",
  choices: [
    { id: "vegan", label: "Vegan" },
    { id: "fish", label: "Fish" },
  ],
};

journey("another list, an exit and a return are told apart", {}, async ({ world }) => {
  const event = await doorEvent(world, `Exits ${unique("d")}`, {
    list: { mode: "LIST_MODE_RE_ENTRY", exits: true },
    event: { questions: [meal] },
  });
  const ids = { orgId: event.orgId, eventId: event.id };
  const { questions } = await world.call(
    "organiser",
    "booking.v1.RegistrationService/GetForm",
    ids,
  );
  const lunch = await addList(world, event, { title: "Lunch", askQuestionIds: [questions[0].id] });
  const early = await addList(world, event, { title: "Dinner", opensLocal: "2100-01-01T19:00" });
  const nora = await guest(world, event, "Nora Exit");
  const tablet = await openTablet(world, event, { listIds: [event.list.id, early.id, lunch.id] });
  const { page } = tablet;
  const scan = async (word) => {
    await holdUp(page, nora.code);
    await card(page, word);
    await holdUp(page);
    await next(page);
  };
  await page.getByLabel("Check-in list").selectOption("Dinner");
  await scan("Too early");
  await page.getByLabel("Check-in list").selectOption("Main entrance");
  await page.getByRole("button", { name: "Out" }).click();
  await scan("Not inside");
  await page.getByRole("button", { name: "In", exact: true }).click();
  await scan("Come in");
  await page.waitForTimeout(4_000); // a scan within five seconds of its own is the same scan
  await scan("Already in");
  await page.getByRole("button", { name: "Out" }).click();
  await scan("Goodbye");
  await page.getByRole("button", { name: "In", exact: true }).click();
  await scan("Come in");

  // A list that asks lets nobody in before the answer.
  await page.getByLabel("Check-in list").selectOption("Lunch");
  await holdUp(page, nora.code);
  await card(page, "Ask first");
  await holdUp(page);
  await checkPage(page, "a question");
  await page.getByRole("radio", { name: "Vegan" }).check();
  await page.getByRole("button", { name: "Keep the answer and let in" }).click();
  await card(page, "Come in");
  assert.deepEqual(tablet.faults, []);
  await tablet.close();
});

/** A phone, a tablet upright and lying, a desk. */
const sizes = [
  [390, 844],
  [820, 1180],
  [1180, 820],
  [1440, 900],
];

journey(
  "every screen of the door is sound at every width in both themes",
  { seconds: 150 },
  async (j) => {
    const { world } = j;
    const event = await doorEvent(world, `Looks ${unique("d")}`, { list: { exits: true } });
    const [long] = await guests(world, event, `Hubert ${"Wolfeschlegelsteinhausen".repeat(4)}`);
    await guests(world, event, "علي حسن");
    const tablet = await openTablet(world, event);
    const { page } = tablet;
    const everywhere = async (label) => {
      for (const [width, height] of sizes) {
        await page.setViewportSize({ width, height });
        await checkPage(page, label);
      }
      await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
      await checkPage(page, `${label} in the dark`, colours);
      await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    };
    await everywhere("scan");
    await holdUp(page, "https://example.org/");
    await card(page, "Stop");
    await everywhere("red card");
    // A card that changes its mind is readable at every moment: no colour is ever on its way.
    const words = await page.locator(".verdict").evaluate((verdict) =>
      ["amber", "red"].map((tone) => {
        verdict.dataset.tone = tone;
        return getComputedStyle(verdict.querySelector(".face__word")).color;
      }),
    );
    assert.deepEqual(words, ["rgb(36, 24, 0)", "rgb(255, 255, 255)"]);
    await holdUp(page);
    await next(page);
    await holdUp(page, long.code);
    await card(page, "Come in");
    await checkPage(page, "green card");
    await holdUp(page);
    await page.getByRole("button", { name: "Numbers" }).click();
    await everywhere("numbers");
    for (const tool of ["Roll-call", "List on paper", "Hand scanner", "Walk-in"]) {
      await page.getByRole("button", { name: "Numbers" }).click();
      await page.getByRole("button", { name: tool, exact: true }).click();
      await everywhere(tool);
    }
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByLabel(/Name, company/).fill("hubert");
    await everywhere("search");
    assert.deepEqual(tablet.faults, []);
    await tablet.close();
  },
);

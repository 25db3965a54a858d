// The door from the office: lists and tablets made in the console, numbers that follow the door,
// badges on paper, and a program that can be installed.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { openPerson } from "../harness/browser.mjs";
import { fakeCamera, holdUp, readCode } from "../harness/camera.mjs";
import { checkPage, widths } from "../harness/checks.mjs";
import { addDevice, asks, card, doorEvent, guest, openTablet, ready } from "../harness/door.mjs";
import { journey } from "../harness/journey.mjs";
import { see } from "../harness/steps.mjs";
import { soon, unique } from "../harness/world.mjs";

/** Stands in for the system's dialogue: keeps what would be printed, and closes at once. */
function catchHere() {
  window.printed = [];
  window.print = () => {
    const text = document.querySelector("body > .paper").textContent;
    const size = document.adoptedStyleSheets.at(-1).cssRules[0].cssText;
    window.printed.push({ text, size });
    dispatchEvent(new Event("afterprint"));
  };
}

const catchPrints = (page) => page.evaluate(catchHere);
const prints = (page) => page.evaluate(() => window.printed);

journey(
  "an organiser adds a list and a tablet, pairs it, and watches people come in",
  { role: "organiser", width: 1440, first: true },
  async ({ page, world, allow }) => {
    const title = `Office ${unique("d")}`;
    const event = await world.event(title, {
      schedule: soon(30, 240),
      places: 20,
      details: {
        mode: "EVENT_MODE_IN_PERSON",
        joinAddress: "",
        joinOpensMinutes: 0,
        venue: "Trent Hall",
      },
    });
    const [ada, grace] = await Promise.all([
      guest(world, event, "Ada Office"),
      guest(world, event, "Grace Office"),
    ]);
    await page.goto(`/console/o/${event.orgId}/events/${event.id}/check-in?view=lists`);
    await page.getByRole("button", { name: "Add a list" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Title").fill("Main entrance");
    await checkPage(page, "a new list");
    await dialog.getByRole("button", { name: /Add/ }).click();
    await page.getByRole("cell", { name: /Main entrance/ }).waitFor();

    await page.getByRole("link", { name: "Tablets" }).click();
    await page.getByRole("button", { name: "Add a tablet" }).click();
    await dialog.getByLabel("Name").fill("Blue tablet");
    await dialog.getByLabel("Gate").fill("North");
    await checkPage(page, "a new tablet");
    await dialog.getByRole("button", { name: "Add and show the code" }).click();

    // The tablet's own camera application reads the code and opens its address.
    const picture = page.getByRole("img", { name: "Pairing code of Blue tablet" });
    const { pathname, hash } = new URL(await readCode(await picture.screenshot()));
    await checkPage(page, "pairing");
    await page.getByRole("button", { name: "Done" }).click();
    const tablet = await openPerson(world.base, { width: 820, height: 1180 });
    await fakeCamera(tablet.context);
    await tablet.page.goto(pathname + hash);
    await ready(tablet.page);
    assert.equal(new URL(tablet.page.url()).hash, "", "the code stays in the address");

    // The numbers move by themselves.
    await page.getByRole("link", { name: "Live" }).click();
    await see(page, "Live");
    const came = page.locator(".stat").filter({ hasText: "Came in" });
    await came.getByText("0 of 2").waitFor();
    await holdUp(tablet.page, ada.code);
    await card(tablet.page, "Ada Office");
    await came.getByText("1 of 2").waitFor();
    await see(page, "Gate North");
    await holdUp(tablet.page, grace.code);
    await card(tablet.page, "Grace Office");
    await came.getByText("2 of 2").waitFor();

    const views = page.getByRole("navigation", { name: "Check-in" });
    const open = async (view) => {
      await views.getByRole("link", { name: view, exact: true }).click();
      await views.locator("[aria-current=page]").filter({ hasText: view }).waitFor();
    };

    // Badges of everybody on cards, each once.
    await open("Badges");
    await page.getByLabel("Paper").selectOption("Card 86 × 54 mm");
    const make = page.getByRole("button", { name: "Make the badges" });
    const [file] = await Promise.all([page.waitForEvent("download"), make.click()]);
    assert.equal(file.suggestedFilename(), "badges-86x54mm.pdf");
    const pages = (await readFile(await file.path(), "latin1")).match(/\/Type \/Page\n/g);
    assert.equal(pages.length, 2);
    await see(page, "2 badges are in the file.");
    await checkPage(page, "badges");
    await page.getByRole("button", { name: "They are printed" }).click();
    await see(page, "2 badges are noted as printed.");
    await page.getByLabel("Only those without a badge yet").check();
    allow(/400 \(Bad Request\)/);
    await make.click();
    await see(page, "Everybody on this list has a badge.");
    for (const view of ["Lists", "Scans", "Inside now", "Badges", "Tablets", "Live"]) {
      await open(view);
      for (const width of view === "Tablets" || view === "Live" ? widths : [390]) {
        await page.setViewportSize({ width, height: 900 });
        await checkPage(page, view);
      }
    }
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    for (const view of ["Conflicts", "No-shows", "Settings", "Live", "Tablets"]) {
      await open(view);
      await checkPage(page, `${view} in the dark`);
    }
    assert.deepEqual(tablet.faults, []);
    await tablet.close();
  },
);

journey("a badge is printed at its exact size and scans at another door", {}, async ({ world }) => {
  const event = await doorEvent(world, `Badges ${unique("d")}`, {
    list: { printBadges: true, mode: "LIST_MODE_RE_ENTRY", exits: true },
  });
  const ada = await guest(world, event, "Łucja Wolfeschlegelsteinhausenbergerdorff");
  const tablet = await openTablet(world, event);
  const { page } = tablet;
  await page.evaluate(() => {
    window.print = () => {}; // the dialogue of a system that never answers
  });
  await holdUp(page, ada.code);
  await card(page, "Come in");
  await holdUp(page);
  await page.getByRole("button", { name: "Print badge here" }).click();
  // What stands on paper fits the badge, and its code is the guest's.
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: Math.round((62 / 25.4) * 96), height: 378 });
  const paper = page.locator(".badge-paper");
  assert.match(await paper.textContent(), /Łucja/);
  const over = await paper.evaluate((box) => [
    box.scrollWidth - box.clientWidth,
    box.scrollHeight - box.clientHeight,
  ]);
  assert.ok(
    over.every((px) => px <= 0),
    `the badge runs over by ${over} px`,
  );
  const short = await readCode(await paper.locator(".qr").screenshot({ scale: "css" }));
  await page.emulateMedia({ media: "screen" });
  await page.setViewportSize({ width: 820, height: 1180 });
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
  const boxes = [...pdf.matchAll(/\/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)/g)];
  const millimetres = boxes.map(([, w, h]) => [w, h].map((pt) => Math.round((pt / 72) * 25.4)));
  assert.deepEqual(millimetres, [[62, 100]], "one page of 62 by 100 mm");

  await paper.waitFor({ state: "detached" });
  // The print station of the gate prints it too, once.
  const { path } = await addDevice(world, event, { mode: "DEVICE_MODE_PRINT_STATION" });
  const station = await openPerson(world.base, { width: 820 });
  await station.context.addInitScript(catchHere);
  await station.page.goto(path);
  await station.page.getByRole("listitem").filter({ hasText: "Łucja" }).waitFor();
  const [{ text, size }] = await prints(station.page);
  assert.match(text, /Łucja/);
  assert.match(size, /62mm 100mm/);
  await checkPage(station.page, "print station");
  assert.deepEqual(station.faults, []);
  await station.close();

  const south = await openTablet(world, event, { gate: "South" });
  await south.page.getByRole("button", { name: "Out", exact: true }).click();
  await holdUp(south.page, short);
  assert.match(await (await card(south.page, "Goodbye")).textContent(), /Łucja/);
  assert.equal((await asks(world, event).counts()).inside ?? 0, 0);
  for (const one of [tablet, south]) {
    assert.deepEqual(one.faults, []);
    await one.close();
  }
});

journey("a door can be installed and is wholly on the tablet", {}, async ({ world }) => {
  const event = await doorEvent(world, `Installed ${unique("d")}`);
  const tablet = await openTablet(world, event);
  const { page, context } = tablet;
  const session = await context.newCDPSession(page);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  const faults = installabilityErrors.map(({ errorId }) => errorId);
  // Each journey's browser is a private window, which installs nothing.
  assert.deepEqual(
    faults.filter((fault) => fault !== "in-incognito"),
    [],
  );
  const { data, errors } = await session.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  assert.equal(manifest.display, "standalone");
  for (const { src, sizes } of manifest.icons) {
    const size = await page.evaluate(async (address) => {
      const picture = await createImageBitmap(await (await fetch(address)).blob());
      return `${picture.width}x${picture.height}`;
    }, src);
    assert.equal(size, sizes);
  }
  // Everything that the page loaded is kept, and the test that every tablet offers agrees.
  const missing = await page.evaluate(async () => {
    const own = performance
      .getEntriesByType("resource")
      .map(({ name }) => new URL(name))
      .filter(({ pathname }) => pathname.startsWith("/assets/"));
    const found = await Promise.all(own.map(({ href }) => caches.match(href)));
    return own.filter((_, i) => found[i] === undefined).map(({ pathname }) => pathname);
  });
  assert.deepEqual(missing, []);
  await page.getByRole("button", { name: "Numbers" }).click();
  await page.getByRole("button", { name: "Test this tablet" }).click();
  await page.getByRole("button", { name: "Start the test" }).click();
  await see(page, "Starts without a network");
  await see(page, /a forged one is refused/);
  await see(page, /Reads a code in/);
  await page.getByRole("button", { name: "Yes", exact: true }).click();
  await checkPage(page, "tested");
  await catchPrints(page);
  await page.getByRole("button", { name: "Print the sheet" }).click();
  const [{ text }] = await prints(page);
  assert.match(text, /^North: ready/);
  assert.match(text, /☑ Program: Starts without a network/);
  assert.deepEqual(tablet.faults, []);
  await tablet.close();
});

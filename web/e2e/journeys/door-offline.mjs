// The door without a network: the server is really gone, and comes back.
import assert from "node:assert/strict";
import { holdUp } from "../harness/camera.mjs";
import { asks, card, doorEvent, guest, next, openTablet, ready } from "../harness/door.mjs";
import { journey } from "../harness/journey.mjs";
import { startServer } from "../harness/server.mjs";
import { see } from "../harness/steps.mjs";
import { unique, World } from "../harness/world.mjs";

const away = /ERR_|Failed to (fetch|load)|request failed|reply lost/i;

/** Shows somebody's ticket and returns what their card says; a green card is not waited for. */
async function scan(page, { name, code }, word = "Come in") {
  await holdUp(page, code);
  const face = page.locator(".face").filter({ hasText: name }).filter({ hasText: word });
  await face.waitFor();
  const text = await face.textContent();
  await holdUp(page);
  if (!/^Come in/.test(text)) {
    await next(page);
  }
  return text;
}

journey(
  "a door goes on for a whole evening without its server, and nothing is lost",
  { seconds: 200, waits: true },
  async () => {
    const server = await startServer();
    const world = new World(server);
    try {
      const event = await doorEvent(world, `Airplane ${unique("d")}`, { list: { exits: true } });
      const names = ["Ada", "Grace", "Mary", "Rosalind", "Dorothy", "Katherine"];
      const guests = await Promise.all(names.map((name) => guest(world, event, `${name} Offline`)));
      await guest(world, event, "Łukasz Wójcik");
      const tablet = await openTablet(world, event);
      tablet.allow(away);
      const { page } = tablet;
      await see(page, /^List of/);
      assert.match(await scan(page, guests[0]), /Confirmed by the server/);

      await server.halt();
      for (const one of guests.slice(1, 4)) {
        assert.match(await scan(page, one), /By this tablet’s list/);
      }
      await see(page, /Offline since \d\d:\d\d/);
      await see(page, /3 waiting/);

      // The program and the list are on the tablet: it starts anew without any server.
      await page.reload();
      await see(page, /3 waiting/);
      await page.locator(".lens[data-state=live]").waitFor();
      assert.match(await scan(page, guests[1], "Already in"), /here/);
      await scan(page, guests[4]);

      // Search, a walk-in and a roll-call need no network either.
      await page.getByRole("button", { name: "Search", exact: true }).click();
      await page.getByLabel(/Name, company/).fill("lukasz");
      await page.getByRole("button", { name: /Let in.*Łukasz/ }).click();
      await card(page, "Come in");
      await page.locator(".face").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Register a walk-in" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Wanda Walkin");
      await page.getByRole("button", { name: "Register and let in" }).click();
      await card(page, "Come in");
      await page.locator(".face").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Numbers" }).click();
      await page.getByRole("button", { name: "Roll-call" }).click();
      await page.getByRole("checkbox", { name: /Ada Offline/ }).check();
      await see(page, /1 of \d found/);

      // A tablet with something to send is not taken out of service.
      await page.getByRole("button", { name: "Numbers" }).click();
      await page.getByRole("button", { name: "Take out of service" }).click();
      await page.getByRole("button", { name: "Take out of service" }).last().click();
      await see(page, /scans have not been sent/);
      await page.keyboard.press("Escape");

      await server.resume();
      await page.evaluate(() => dispatchEvent(new Event("online")));
      await see(page, /nothing waits/);
      await see(page, "Live");
      const { counts, scans, conflicts } = asks(world, event);
      assert.equal((await counts()).admitted, 7);
      const log = await scans();
      assert.equal(new Set(log.map(({ scanId }) => scanId)).size, log.length);
      assert.equal(log.filter(({ outcome }) => outcome === "OUTCOME_ADMITTED").length, 7);
      assert.deepEqual(await conflicts(), []);
      await tablet.close();
    } finally {
      await server.stop();
    }
  },
);

journey(
  "two gates without network let one ticket in and the organiser hears of it",
  {},
  async (j) => {
    const { world } = j;
    const event = await doorEvent(world, `Shared ${unique("d")}`);
    const one = await guest(world, event, "Sam Shared");
    const tablets = await Promise.all(
      ["North", "South"].map((gate) => openTablet(world, event, { gate })),
    );
    for (const { context, page, allow } of tablets) {
      allow(away);
      await context.setOffline(true);
      await see(page, /Offline since/);
      assert.match(await scan(page, one), /Sam Shared/);
      await next(page); // while it is on the screen, the card itself would change
    }
    for (const { context, page } of tablets) {
      await context.setOffline(false);
      await see(page, /nothing waits/);
    }
    const { counts, scans, conflicts } = asks(world, event);
    assert.equal((await counts()).admitted, 1);
    assert.equal((await scans()).length, 2);
    const found = await conflicts();
    assert.equal(found.length, 1);
    assert.deepEqual(found[0].scans.map(({ gate }) => gate).sort(), ["North", "South"]);
    // It is for the shift lead, not for the volunteer.
    await tablets[1].page.getByRole("button", { name: /Numbers.*1 to look into/ }).click();
    await see(tablets[1].page, /Sam Shared: Came in by North before/);
    for (const tablet of tablets) {
      await tablet.close();
    }
  },
);

journey("a tab that is killed while it sends sends the same scans again", {}, async ({ world }) => {
  const event = await doorEvent(world, `Killed ${unique("d")}`);
  const guests = await Promise.all(
    ["Ida", "Ina", "Ivy"].map((name) => guest(world, event, `${name} Idle`)),
  );
  const tablet = await openTablet(world, event);
  const { context, page, allow } = tablet;
  allow(away);
  await context.setOffline(true);
  await see(page, /Offline since/);
  for (const one of guests) {
    await scan(page, one);
  }
  // The server takes the scans, and its answer is lost on the way back.
  await page.evaluate(() => {
    const real = fetch;
    globalThis.__taken = 0;
    globalThis.fetch = async (input, init) => {
      const answer = await real(input, init);
      if (String(input).endsWith("/Upload")) {
        await answer.arrayBuffer();
        globalThis.__taken++;
        throw new TypeError("the reply was lost");
      }
      return answer;
    };
  });
  await context.setOffline(false);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.waitForFunction(() => globalThis.__taken > 0);
  await see(page, /3 waiting/);
  await page.close();
  const reopened = await context.newPage();
  await reopened.goto(`${world.base}/door/`);
  await ready(reopened);
  await see(reopened, /nothing waits/);
  const { scans, counts } = asks(world, event);
  assert.equal((await scans()).length, 3);
  assert.equal((await counts()).admitted, 3);
  await tablet.close();
});

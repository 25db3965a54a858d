// Finance and reviewers see what they may, not more; the server refuses the rest.
import assert from "node:assert/strict";
import { checkPage } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { see } from "../harness/steps.mjs";
import { requestID, unique } from "../harness/world.mjs";

/** Everything that only owners and organisers may do with an event. */
const beyond = [
  ["catalog.v1.EventService/CloseSales", { version: 1 }],
  ["catalog.v1.EventService/CancelEvent", { version: 1, reason: "x" }],
  ["catalog.v1.EventService/MoveEvent", { version: 1 }],
  ["booking.v1.RegistrationService/SaveForm", { version: 0, questions: [] }],
];

async function prepare(world) {
  const event = await world.event(`For roles ${unique("r")}`);
  const email = `${unique("private")}@example.org`;
  await world.register(event, "Priya Venkataraman", email);
  const org = await world.org();
  return { event, email, org, path: `/console/o/${org.id}/events/${event.id}` };
}

async function refuses(world, role, event) {
  for (const [method, body] of beyond) {
    const base = { orgId: event.orgId, eventId: event.id, requestId: requestID() };
    await assert.rejects(
      world.call(role, method, { ...base, ...body }),
      (error) => error.code === "permission_denied",
      `${role} may not call ${method}`,
    );
  }
  await assert.rejects(
    world.call(role, "account.v1.AuditService/ListAuditEntries", { orgId: event.orgId }),
    (error) => error.code === "permission_denied",
  );
}

journey(
  "finance reads events and registrations and changes none",
  { role: "finance", width: 1440 },
  async (walk) => {
    const { page, world } = walk;
    const { event, email, path } = await prepare(world);
    await page.goto("/console/");
    await page.getByRole("searchbox").waitFor();
    assert.equal(await page.getByRole("link", { name: "Create an event" }).count(), 0);
    const rail = page.getByRole("navigation", { name: "Console" });
    assert.deepEqual(
      (await rail.getByRole("link").allTextContents()).map((t) => t.trim()),
      ["Events", "Orders", "Finance", "Companies", "Settings"],
    );
    await page.goto(`${path}/registrations`);
    await see(page, email);
    await page.getByRole("button", { name: "Download CSV" }).waitFor();
    await page.goto(`${path}/overview`);
    await page.getByRole("heading", { level: 1, name: event.title }).waitFor();
    for (const name of ["Edit", "Publish", "Cancel the event"]) {
      assert.equal(await page.getByRole("button", { name, exact: true }).count(), 0, name);
      assert.equal(await page.getByRole("link", { name, exact: true }).count(), 0, name);
    }
    await checkPage(page, "finance");
    await refuses(world, "finance", event);
  },
);

journey(
  "a reviewer sees registrations without who they are",
  { role: "reviewer", width: 1440 },
  async (walk) => {
    const { page, world } = walk;
    const { event, email, path } = await prepare(world);
    await page.goto(`${path}/registrations`);
    await page.getByRole("table").waitFor();
    const content = await page.content();
    assert.ok(!content.includes(email), "the address is masked");
    assert.ok(!content.includes("Venkataraman"), "the name is masked");
    assert.equal(await page.getByRole("button", { name: "Download CSV" }).count(), 0);
    await checkPage(page, "reviewer");
    await refuses(world, "reviewer", event);
    const listed = await world.call(
      "reviewer",
      "booking.v1.RegistrationService/ListRegistrations",
      {
        orgId: event.orgId,
        eventId: event.id,
      },
    );
    assert.ok(!JSON.stringify(listed).includes(email));
    await assert.rejects(
      world.call("reviewer", "booking.v1.RegistrationService/ExportRegistrations", {
        orgId: event.orgId,
        eventId: event.id,
      }),
      (error) => error.code === "permission_denied",
    );
  },
);

journey(
  "an owner sees the team, the log and the settings",
  { role: "owner", width: 390 },
  async (walk) => {
    const { page, world } = walk;
    const org = await world.org("owner");
    for (const [place, words] of [
      ["team", "organiser@lanyard.example"],
      ["audit", /organisation|event/i],
      ["settings", "Save"],
    ]) {
      await page.goto(`/console/o/${org.id}/${place}`);
      await see(page, words);
      await checkPage(page, place);
    }
  },
);

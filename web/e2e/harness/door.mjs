// Doors for journeys: an event in a room with a list, guests with tickets, and tablets.
import { randomUUID } from "node:crypto";
import { openPerson } from "./browser.mjs";
import { fakeCamera, readCode, readDrawn } from "./camera.mjs";
import { requestID, soon, unique } from "./world.mjs";

const service = "checkin.v1.CheckInService";

/** An event in a room that begins soon, with one check-in list. */
export async function doorEvent(world, title, { list = {}, details = {}, event = {} } = {}) {
  const made = await world.event(title, {
    schedule: soon(30, 240),
    places: 50,
    ...event,
    details: {
      mode: "EVENT_MODE_IN_PERSON",
      joinAddress: "",
      joinOpensMinutes: 0,
      venue: "Trent Hall",
      ...details,
    },
  });
  const added = await addList(world, made, list);
  return { ...made, list: added };
}

/** Adds a check-in list to an event. */
export async function addList(world, event, details = {}) {
  const { list } = await world.act(event, `${service}/CreateCheckInList`, {
    details: {
      title: "Main entrance",
      mode: "LIST_MODE_ONCE",
      offline: "OFFLINE_POLICY_SIGNED_OR_LISTED",
      ...details,
    },
  });
  return list;
}

/** Makes a tablet known; the result knows its address for pairing. */
export async function addDevice(world, event, details = {}) {
  const { device, pairingUrl } = await world.act(event, `${service}/CreateDevice`, {
    details: {
      name: `Tablet ${randomUUID().slice(0, 4)}`,
      gate: "North",
      listIds: [event.list.id],
      mode: "DEVICE_MODE_DOOR",
      roleWithoutPin: "STAFF_ROLE_LEAD",
      ...details,
    },
  });
  const { pathname, hash } = new URL(pairingUrl);
  return { ...device, path: pathname + hash };
}

/** A tablet with a camera, paired, with the list on it and the program kept. */
export async function openTablet(world, event, details = {}, options = {}) {
  const device = await addDevice(world, event, details);
  const person = await openPerson(world.base, { width: 820, height: 1180, ...options });
  await fakeCamera(person.context, options.rate);
  await person.page.goto(device.path);
  await ready(person.page);
  return { ...person, device };
}

/** Waits until a tablet has its list and could start without a network. */
export async function ready(page) {
  await page.getByText(/^List of \d\d:\d\d/).waitFor();
  await page.locator(".lens[data-state=live]").waitFor();
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active.state !== "activated") {
      await new Promise((resolve) => {
        active.addEventListener("statechange", resolve, { once: true });
      });
    }
  });
}

/** Has a tablet ask the server what is new, and waits until it knows. */
export async function syncNow(page) {
  const answered = page.waitForResponse((answer) => answer.url().endsWith("DoorService/Sync"));
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await (await answered).finished();
}

/** Registers somebody, or several in one order; each result has what their ticket says. */
export async function guests(world, event, ...who) {
  const [offer] = await world.offers(event);
  const people = who.map((one) => ({
    email: `${unique("guest")}@example.org`,
    ...(typeof one === "string" ? { name: one } : one),
  }));
  const placed = await world.call(null, "booking.v1.BookingService/PlaceOrder", {
    orgId: event.orgId,
    requestId: requestID(),
    eventId: event.id,
    productId: offer.productId,
    attendees: people.map((one) => ({
      ...one,
      segment: "SEGMENT_BUSINESS",
      timezone: "Europe/London",
    })),
  });
  return Promise.all(
    placed.registrations.map(async ({ linkSecret: secret }, i) => {
      const page = await fetch(`${world.base}/r/${secret}`);
      const code = await readDrawn(await page.text());
      return { ...people[i], secret, orderCode: placed.orderCode, code };
    }),
  );
}

/** Registers one, with more to say about them. */
export async function guest(world, event, name, details = {}) {
  const [one] = await guests(world, event, { name, ...details });
  return one;
}

/** What the QR on somebody's own page says, as a camera reads it from the screen. */
export async function ticketOf(world, secret) {
  const { page, close } = await openPerson(world.base, { javaScript: false, width: 820 });
  try {
    await page.goto(`/r/${secret}`);
    return await readCode(await page.locator(".ticket__qr svg").first().screenshot());
  } finally {
    await close();
  }
}

/** The card on a tablet's screen, once it is there. */
export async function card(page, word) {
  const face = page.locator(".face").filter({ hasText: word });
  try {
    await face.waitFor();
  } catch {
    const shown = await page.locator(".verdict").allTextContents();
    throw new Error(`the tablet shows no ${word} but ${JSON.stringify(shown)}`);
  }
  return face;
}

/** Takes the card off the screen and waits until it has gone. */
export async function next(page) {
  const button = page.getByRole("button", { name: "Next" });
  if (await button.isVisible()) {
    await button.click();
  }
  await page.locator(".face").waitFor({ state: "detached" });
}

/** What the organiser's side knows: counts, scans, conflicts. */
export function asks(world, event) {
  const ids = { orgId: event.orgId, eventId: event.id };
  const call = (method, body = {}) =>
    world.call("organiser", `${service}/${method}`, { ...ids, ...body });
  return {
    counts: async () => (await call("GetLiveCounts")).counts?.[0] ?? {},
    scans: async () => (await call("ListScans", { pageSize: 200 })).scans ?? [],
    conflicts: async () => (await call("ListConflicts")).conflicts ?? [],
    end: (deviceId) => call("RevokeDevice", { requestId: requestID(), deviceId }),
    pins: (pins, kiosk = {}) => call("SaveDoorSettings", { requestId: requestID(), pins, kiosk }),
  };
}

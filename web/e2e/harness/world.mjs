// What journeys start from: people who are signed in, events made for one journey alone, and the
// mail that the program wrote. Arranged through the contract, as any other client would.
import { randomUUID } from "node:crypto";
import { openPerson } from "./browser.mjs";
import { Mail } from "./mail.mjs";

const zone = "Europe/London";

export class World {
  #server;
  #states = new Map();
  #orgs = new Map();

  constructor(server) {
    this.#server = server;
    this.base = server.base;
    this.mail = new Mail(server.base);
  }

  /** The path of a role's one-click sign-in link. */
  link(role) {
    return this.#server.links[role];
  }

  /** The cookies of a role that has signed in; the link is spent once. */
  signedIn(role) {
    if (!this.#states.has(role)) {
      this.#states.set(role, this.#signIn(role));
    }
    return this.#states.get(role);
  }

  async #signIn(role) {
    const { page, context, close } = await openPerson(this.base);
    await page.goto(this.link(role));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(/\/console\//);
    const state = await context.storageState();
    await close();
    return state;
  }

  /** Calls a method, "catalog.v1.EventService/GetEvent", as a role, or as nobody. */
  async call(role, method, body = {}) {
    const headers = { "Content-Type": "application/json", "Connect-Protocol-Version": "1" };
    if (role) {
      const { cookies } = await this.signedIn(role);
      headers.Cookie = cookies.map((c) => `${c.name}=${c.value}`).join("; ");
    }
    const answer = await fetch(`${this.base}/rpc/lanyard.${method}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) {
      const error = new Error(`${method}: ${said.code} ${said.message}`);
      throw Object.assign(error, { code: said.code });
    }
    return said;
  }

  /** Does in the database what only time would do. */
  sql(text) {
    return this.#server.sql(text);
  }

  /** Who a role is. */
  me(role) {
    return this.call(role, "account.v1.AccountService/GetMe");
  }

  /** The organisation of the sample programme in which a role works. */
  async org(role = "organiser") {
    if (!this.#orgs.has(role)) {
      const { memberships } = await this.me(role);
      this.#orgs.set(role, memberships[0].organisation);
    }
    return this.#orgs.get(role);
  }

  /** Makes and publishes an event that belongs to one journey. */
  async event(title, options = {}) {
    const { details = {}, schedule, places = 0, questions, publish = true } = options;
    const org = await this.org();
    const made = await this.call("organiser", "catalog.v1.EventService/CreateEvent", {
      orgId: org.id,
      requestId: requestID(),
      places,
      schedule: schedule ?? times(10, "10:00", "11:30"),
      details: {
        title,
        summary: "Made for one walk through the program.",
        mode: "EVENT_MODE_ONLINE",
        joinAddress: "https://meet.example.org/room",
        joinOpensMinutes: 15,
        topic: "regulation",
        visibility: "VISIBILITY_PUBLIC",
        registrationMode: "REGISTRATION_MODE_OPEN",
        ...details,
      },
    });
    const event = { ...made.event, orgSlug: org.slug, title };
    event.path = new URL(event.publicUrl).pathname;
    if (questions) {
      await this.act(event, "booking.v1.RegistrationService/SaveForm", { version: 0, questions });
    }
    if (publish) {
      await this.act(event, "catalog.v1.EventService/PublishEvent", { version: event.version });
    }
    return event;
  }

  /** Does something to an event as the organiser. */
  act(event, method, body = {}) {
    const base = { orgId: event.orgId, eventId: event.id, requestId: requestID() };
    return this.call("organiser", method, { ...base, ...body });
  }

  /** The event as it is now. */
  async current(event) {
    const { orgId, id: eventId } = event;
    const got = await this.call("organiser", "catalog.v1.EventService/GetEvent", {
      orgId,
      eventId,
    });
    return got.event;
  }

  /** Changes an event's state by a method that takes its version. */
  async change(event, method, body = {}) {
    const { version } = await this.current(event);
    return this.act(event, `catalog.v1.EventService/${method}`, { version, ...body });
  }

  /** Lets one order take several places of an event. */
  async allowGroups(event, most) {
    const ids = { orgId: event.orgId, eventId: event.id };
    const service = "inventory.v1.InventoryService";
    const { products } = await this.call("organiser", `${service}/ListInventory`, ids);
    for (const { id, version, details } of products) {
      await this.act(event, `${service}/UpdateProduct`, {
        productId: id,
        version,
        details: { ...details, maxPerOrder: most },
      });
    }
  }

  /** What can be had of an event. */
  async offers(event) {
    const form = await this.call(null, "booking.v1.BookingService/GetRegistrationForm", {
      orgSlug: event.orgSlug,
      eventSlug: event.path.split("/").at(-1),
    });
    return form.offers ?? [];
  }

  /** Registers somebody without a browser; returns the secret of the registration's link. */
  async register(event, name, email) {
    const [offer] = await this.offers(event);
    const placed = await this.call(null, "booking.v1.BookingService/PlaceOrder", {
      orgId: event.orgId,
      requestId: requestID(),
      eventId: event.id,
      productId: offer.productId,
      attendees: [{ name, email, segment: "SEGMENT_BUSINESS", timezone: zone }],
    });
    return placed.registrations[0].linkSecret;
  }

  /** Puts a place into a basket. */
  async hold(event, quantity = 1) {
    const [offer] = await this.offers(event);
    return this.call(null, "booking.v1.BookingService/HoldPlaces", {
      orgId: event.orgId,
      requestId: requestID(),
      eventId: event.id,
      productId: offer.productId,
      quantity,
    });
  }
}

/** An id for a request, as clients make them. */
export function requestID() {
  return randomUUID();
}

/** A word that no other journey uses, for names and addresses. */
export function unique(word) {
  return `${word}-${randomUUID().slice(0, 8)}`;
}

/** A schedule some days from today, between two times of day. */
export function times(days, from, until) {
  const date = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  return { startsLocal: `${date}T${from}`, endsLocal: `${date}T${until}`, timezone: zone };
}

/** A schedule that begins some minutes from now. */
export function soon(minutes, length = 60) {
  const local = (at) =>
    new Date(at).toLocaleString("sv-SE", { timeZone: zone }).replace(" ", "T").slice(0, 16);
  const start = Date.now() + minutes * 60_000;
  return {
    startsLocal: local(start),
    endsLocal: local(start + length * 60_000),
    timezone: zone,
  };
}

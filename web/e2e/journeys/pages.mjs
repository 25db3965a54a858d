// Every page at three widths, in light and dark: nothing for axe, no sideways scrolling, no errors.
import { checkViews } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { unique } from "../harness/world.mjs";
import { questions } from "./attendee.mjs";

/** A page to look at: what it is called, how to come by its path, what to do before looking. */
const pages = [
  { name: "the programme of all organisations", path: () => "/" },
  {
    name: "an organisation's programme with its filters",
    path: async (world) => `/o/${(await world.org()).slug}?mode=online&past=1`,
  },
  {
    name: "an event",
    path: async (world) => (await shared(world)).event.path,
    prepare: (page) => page.getByText("Add to calendar").first().click(),
  },
  {
    name: "the choice between kinds of place",
    path: async (world) => `${(await shared(world)).event.path}/register`,
  },
  {
    name: "the registration form with errors",
    path: async (world) => (await shared(world)).form,
    prepare: async (page) => {
      await page.getByLabel("A working prototype").check();
      await page.getByRole("button", { name: "Keep my place" }).last().click();
    },
  },
  {
    name: "a basket with its countdown",
    path: async (world) => `/h/${(await shared(world)).hold}`,
  },
  {
    name: "the confirmation",
    path: async (world) => `/r/${(await shared(world)).secret}?new=1`,
  },
  { name: "my registration", path: async (world) => `/r/${(await shared(world)).secret}` },
  {
    name: "correcting details",
    path: async (world) => `/r/${(await shared(world)).secret}/correct`,
  },
  {
    name: "handing a place over",
    path: async (world) => `/r/${(await shared(world)).secret}/hand-over`,
  },
  {
    name: "giving a place up",
    path: async (world) => `/r/${(await shared(world)).secret}/cancel`,
  },
  { name: "the join page", path: async (world) => (await shared(world)).join },
  { name: "sign-in", path: () => "/sign-in" },
  { name: "the mailbox", path: () => "/mailbox/" },
  { name: "a message", path: async (world) => (await shared(world)).message },
  {
    name: "a message as it looks",
    path: async (world) => (await shared(world)).message,
    prepare: async (page) => {
      await page.getByRole("link", { name: "As it looks" }).click();
      await page.frameLocator("iframe").getByText("Your place is booked").first().waitFor();
    },
  },
  {
    name: "the calendar part of a message",
    path: async (world) => (await shared(world)).message,
    prepare: async (page) => {
      await page.getByRole("link", { name: "Calendar", exact: true }).click();
      await page.getByText("METHOD:REQUEST").waitFor();
    },
  },
];

/** The console's screens: a role that sees them, and where they are below the organisation's. */
const screens = [
  { name: "events", path: () => "events" },
  { name: "a new event", path: () => "events/new" },
  { name: "an event's overview", path: (id) => `events/${id}` },
  { name: "an event's registrations", path: (id) => `events/${id}/registrations` },
  { name: "an event's details", path: (id) => `events/${id}/edit` },
  { name: "an event's sessions", path: (id) => `events/${id}/sessions` },
  { name: "an event's places", path: (id) => `events/${id}/places` },
  { name: "an event's form", path: (id) => `events/${id}/form` },
  { name: "import", path: () => "import" },
  { name: "the team", path: () => "team" },
  { name: "the audit log", path: () => "audit" },
  { name: "the settings", path: () => "settings" },
];

for (const { name, path } of screens) {
  journey(`screen: ${name}`, { role: "owner", zone: "Asia/Singapore" }, async (walk) => {
    const { page, world } = walk;
    const { event } = await shared(world);
    const { id } = await world.org("owner");
    await checkViews(page, `/console/o/${id}/${path(event.id)}`, loaded);
  });
}

journey("screen: sign-ins and a new organisation", { role: "owner" }, async ({ page }) => {
  await checkViews(page, "/console/sign-ins", loaded);
  await checkViews(page, "/console/new", loaded);
});

/** Waits until a screen shows what it was opened for. */
async function loaded(page) {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForLoadState("networkidle");
}

for (const { name, path, prepare } of pages) {
  journey(`page: ${name}`, { zone: "Asia/Singapore" }, async ({ page, world }) => {
    await checkViews(page, await path(world), prepare);
  });
}

let made;

/** What the pages are about, made once. */
function shared(world) {
  made ??= make(world);
  return made;
}

async function make(world) {
  const event = await world.event(`Hybrid conference ${unique("p")}`, {
    questions,
    details: {
      mode: "EVENT_MODE_HYBRID",
      venue: "The Guildhall",
      address: "1 High Street",
      city: "Nottingham",
      country: "United Kingdom",
      languages: "EN,FR",
      website: "https://example.org/conference",
      codeOfConductUrl: "https://example.org/conduct",
      goodToKnow: "Bring your badge.\nThe door is on the left.",
      description:
        "## Who should come\n\n- Makers\n- **Clinicians**\n\n[Read more](https://example.org).",
    },
  });
  const webinar = await world.event(`Webinar ${unique("p")}`);
  const limited = await world.event(`Workshop ${unique("p")}`, { questions, places: 9 });
  const email = `${unique("petra")}@example.org`;
  const secret = await world.register(webinar, "Petra Holm", email);
  const { holdSecret: hold } = await world.hold(limited);
  const mail = await world.mail.to(email);
  const join = mail.text.match(/\/j\/[\w-]+\/ses_[0-9a-z]+/)?.[0];
  const [{ productId }] = await world.offers(event);
  const form = `${event.path}/register?product=${productId}`;
  return { event, form, secret, hold, join, message: mail.path };
}

// Every page of buying at three widths, in light and dark: nothing for axe, no sideways scrolling.
import { checkViews } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { shop } from "../harness/shop.mjs";
import { see } from "../harness/steps.mjs";
import { requestID, unique } from "../harness/world.mjs";

const checkout = "booking.v1.CheckoutService";

/** A page to look at: what it is called, how to come by its path, what to do before looking. */
const pages = [
  { name: "an event that sells", path: ({ event }) => event.path },
  {
    name: "the choice with what is wrong",
    path: ({ event }) => event.path,
    prepare: async (page) => {
      await page.getByLabel(/^Code/).fill("nosuch");
      await page.getByRole("button", { name: "Use code" }).click();
      await see(page, "There is no such code");
    },
  },
  {
    name: "a basket, all of it open, with what is wrong",
    path: ({ basket }) => `/basket/${basket}`,
    prepare: async (page) => {
      await page.locator("main details").evaluateAll((folds) => {
        for (const fold of folds) {
          fold.open = true;
        }
      });
      await page.getByRole("radio", { name: "I know who" }).first().check();
      await page.getByRole("radio", { name: /^On invoice/ }).check();
      await page.getByRole("button", { name: "Place order on invoice" }).last().click();
      await see(page, "Enter your name");
    },
  },
  { name: "an order to be paid", path: ({ unpaid }) => `/order/${unpaid}?cancelled=1` },
  { name: "an order on invoice", path: ({ order }) => `/order/${order}?from=order` },
  {
    name: "who comes on a seat",
    path: ({ order }) => `/order/${order}`,
    prepare: async (page) => {
      await page
        .getByRole("link", { name: /^Name this person/ })
        .first()
        .click();
      await page.getByRole("button", { name: "Save" }).click();
      await see(page, "Enter their full name");
    },
  },
  { name: "what to give up", path: ({ order }) => `/order/${order}/cancel` },
  {
    name: "whether to give it up",
    path: ({ order }) => `/order/${order}/cancel`,
    prepare: async (page) => {
      await page.getByRole("checkbox").first().check();
      await page.getByRole("button", { name: "Show what I get back" }).click();
      await see(page, "Give this up?");
    },
  },
];

for (const { name, path, prepare } of pages) {
  journey(`buying: ${name}`, { zone: "Asia/Singapore" }, async ({ page, world, allow }) => {
    allow(/status of 422/);
    await checkViews(page, path(await shared(world)), prepare);
  });
}

let made;

/** What the pages are about, made once. */
function shared(world) {
  made ??= make(world);
  return made;
}

async function make(world) {
  const event = await shop(world, `Conference with a long name for all of us ${unique("p")}`, {
    sales: {
      onInvoice: true,
      invoiceDays: 30,
      terms: "Until a week before you get everything back.\n\nA colleague may come in your place.",
    },
  });
  const offers = await world.offers(event);
  const [day, workshop] = ["Conference day", "Workshop"].map((title) =>
    offers.find((offer) => offer.title === title),
  );
  const basket = async () => {
    const filled = await world.call(null, `${checkout}/FillBasket`, {
      orgId: event.orgId,
      eventId: event.id,
      requestId: requestID(),
      code: "WELCOME10",
      choices: [
        { productId: day.productId, quantity: 3 },
        { productId: workshop.productId, quantity: 1, forTickets: [0] },
      ],
    });
    return filled.basket;
  };
  const place = async (method) => {
    const { holdSecret, totalMinor } = await basket();
    const email = `${unique("petra")}@example.org`;
    const done = await world.call(null, `${checkout}/Checkout`, {
      holdSecret,
      requestId: requestID(),
      buyer: { name: "Petra Holm", email },
      payer: { company: "Royal Infirmary", address: "1 High Street\nLeicester" },
      attendees: [{ name: "Petra Holm", email, segment: "SEGMENT_CLINICAL" }],
      method,
      expectedTotalMinor: totalMinor,
    });
    return done.orderSecret;
  };
  return {
    event,
    basket: (await basket()).holdSecret,
    unpaid: await place("PAYMENT_METHOD_CARD"),
    order: await place("PAYMENT_METHOD_INVOICE"),
  };
}

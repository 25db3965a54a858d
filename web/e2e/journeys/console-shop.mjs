// What an organiser sells: a product priced in phases and sold, and a code made and used.
import assert from "node:assert/strict";
import { checkPage, checkViews } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { see } from "../harness/steps.mjs";
import { buy, order, paidEvent, seen } from "../harness/till.mjs";
import { unique } from "../harness/world.mjs";

/** An order code as the console writes it. */
const grouped = (code) => code.replace(/.{4}(?=.)/g, "$&-");

/** The path of a page of the console. */
function console_(event, page) {
  return `/console/o/${event.orgId}/events/${event.id}/${page}`;
}

journey(
  "an organiser prices a product and sees it sold",
  { role: "organiser", width: 1440 },
  async ({ page, world }) => {
    const event = await world.event(`Priced ${unique("p")}`, { places: 12 });
    await page.goto(console_(event, "places"));
    await page.getByRole("button", { name: "Add a product" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Title", { exact: false }).fill("Delegate");
    await dialog.getByRole("radio", { name: "A price" }).check();
    await dialog.getByLabel("Price with VAT", { exact: false }).fill("150");
    await checkPage(page, "a priced product");

    // A price that cannot be is answered at its field.
    await dialog.getByLabel("Price with VAT", { exact: false }).fill("-3");
    await dialog.getByRole("button", { name: "Add the product" }).click();
    await dialog.locator(".field__error").first().waitFor();
    await dialog.getByLabel("Price with VAT", { exact: false }).fill("150");
    await dialog.getByRole("combobox", { name: "VAT" }).selectOption({ label: "Standard rate" });
    await dialog.getByLabel("VAT rate", { exact: false }).fill("20");
    await dialog.getByRole("button", { name: "Add the product" }).click();
    await dialog.waitFor({ state: "hidden" });
    await see(page, "£150.00 with 20 % VAT");

    // Sold, it stands in the list, and its place is counted.
    const { products } = await world.call(
      "organiser",
      "inventory.v1.InventoryService/ListInventory",
      {
        orgId: event.orgId,
        eventId: event.id,
      },
    );
    const { id } = products.find(({ details }) => details.title === "Delegate");
    const bought = await buy(world, { ...event, productId: id }, { names: ["Ada Byron"] });
    await page.goto(console_(event, "orders"));
    await page.getByRole("link", { name: grouped(bought.code) }).click();
    await page.getByRole("heading", { level: 1, name: `Order ${grouped(bought.code)}` }).waitFor();
    await see(page, "Delegate: £150.00; £25.00 VAT at 20 % included.");
    await see(page, "Confirmed: the places are given.");
    await see(page, "What is due was paid.");
    await checkPage(page, "a paid order");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: /^PDF/ }).click();
    assert.match((await download).suggestedFilename(), /\.pdf$/);
    await page.goto(console_(event, "places"));
    await see(page, "1 registered");
  },
);

journey(
  "an organiser makes a code, and an order is cheaper by it",
  { role: "organiser", width: 820 },
  async ({ page, world, allow }) => {
    allow(/status of 400/);
    const event = await paidEvent(world, `Coded ${unique("c")}`);
    const text = unique("half").replace("-", "").toUpperCase();
    await page.goto(console_(event, "codes"));
    await page.getByRole("button", { name: "Add a code" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Add the code" }).click();
    await dialog.locator(".field__error").first().waitFor();
    await dialog.getByRole("textbox", { name: "Code" }).fill(text);
    await dialog.getByLabel("Per cent off", { exact: false }).fill("50");
    await dialog.getByLabel("How many orders may use it").fill("1");
    await checkPage(page, "a code");
    await dialog.getByRole("button", { name: "Add the code" }).click();
    await dialog.waitFor({ state: "hidden" });
    await see(page, text);

    const bought = await order(world, event, { code: text.toLowerCase() });
    assert.equal((await seen(world, bought)).totalMinor, "6000");
    await assert.rejects(order(world, event, { code: text }), /used up/);
    await page.reload();
    await see(page, /1 of 1/);
    await page.goto(console_(event, "orders"));
    await page.getByRole("link", { name: grouped(bought.code) }).click();
    await see(page, new RegExp(`less £60.00 \\(Code ${text}\\), makes £60.00`));
    await checkPage(page, "an order with a code");
  },
);

journey(
  "the screens of what is sold stand on every device",
  { role: "owner", first: true, seconds: 180 },
  async ({ page, world }) => {
    const event = await paidEvent(world, `Wide ${unique("w")}`);
    for (const tab of ["places", "codes", "sales", "orders"]) {
      await checkViews(page, console_(event, tab));
    }
    const org = `/console/o/${event.orgId}`;
    for (const at of ["companies", "settings/selling", "orders", "orders/tasks"]) {
      await checkViews(page, `${org}/${at}`);
    }
  },
);

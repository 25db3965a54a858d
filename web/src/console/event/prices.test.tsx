import { create } from "@bufbuild/protobuf";
import { Code as Connect } from "@connectrpc/connect";
import { afterEach, describe, expect, it } from "vitest";
import { CodeEffect, CodeSchema } from "../../gen/lanyard/inventory/v1/code_pb";
import { CompanySchema } from "../../gen/lanyard/inventory/v1/company_pb";
import {
  Pricing,
  ProductDetailsSchema,
  ProductKind,
  ProductSchema,
  VatCategory,
} from "../../gen/lanyard/inventory/v1/inventory_pb";
import { Reason, Role } from "../../gen/lanyard/policy/v1/policy_pb";
import {
  called,
  controls,
  eventId,
  eventWith,
  field,
  fill,
  memberAs,
  orgId,
  press,
  refusal,
  type Server,
  see,
  stage,
  strike,
  tick,
  until,
} from "../stage";
import { tidy } from "./pricing";

afterEach(strike);

const at = (tab: string) => `/console/o/${orgId}/events/${eventId}/${tab}`;
const id = (kind: string, n = 0) => `${kind}_${String(n).repeat(26)}`;
const pool = { id: id("pol"), details: { title: "Main hall", size: 40 }, version: 1n };
const ticket = create(ProductSchema, {
  id: id("prd"),
  version: 2n,
  details: {
    title: "In the room",
    kind: ProductKind.TICKET,
    pricing: Pricing.FIXED,
    currency: "EUR",
    priceMinor: 12_000n,
    memberPriceMinor: 9_000n,
    vatCategory: VatCategory.STANDARD,
    vatRate: 2000,
    phases: [
      {
        id: id("pph"),
        title: "Early bird",
        priceMinor: 10_000n,
        endsLocal: "2026-07-01",
        places: 50,
        taken: 12,
      },
    ],
    groupFrom: 5,
    groupPercent: 1000,
    poolIds: [pool.id],
    maxPerOrder: 10,
    minPerOrder: 1,
  },
});

const event: Server["events"] = { getEvent: () => ({ event: eventWith() }) };
const inventory = (more: Server["inventory"] = {}): Server => ({
  events: event,
  inventory: { listInventory: () => ({ products: [ticket], pools: [pool] }), ...more },
});

describe("products", () => {
  it("say what they cost and when that changes", async () => {
    const on = stage(inventory(), at("places"));
    await see(on, "€120.00 with 20 % VAT");
    await see(on, "Early bird: €100.00 until 2026-07-01 or for 50 places, 12 taken");
    await see(on, "Members pay €90.00");
    await see(on, "10 % off from 5 in one order");
  });

  it("are added with a price, in the currency of the others", async () => {
    const on = stage(inventory({ createProduct: () => ({}) }), at("places"));
    await press(on, "Add a product");
    await fill(on, "Title", "Dinner");
    await tick(on, "Add-on");
    await tick(on, "In the room");
    await tick(on, "A price");
    await fill(on, "Price with VAT", "45.5");
    await press(on, "Add the product");
    expect((await called(on, "CreateProduct")).message).toMatchObject({
      details: {
        title: "Dinner",
        kind: ProductKind.ADD_ON,
        needsProductIds: [ticket.id],
        pricing: Pricing.FIXED,
        currency: "EUR",
        priceMinor: 4550n,
        vatRate: 0,
      },
    });
  });

  it("are not sent with an amount that nobody can read", async () => {
    const on = stage(inventory({ createProduct: () => ({}) }), at("places"));
    await press(on, "Add a product");
    await fill(on, "Title", "Dinner");
    await tick(on, "A price");
    await fill(on, "Price with VAT", "about 45");
    await press(on, "Add the product");
    await see(on, "Please enter an amount, such as 25.00.");
    expect(field<HTMLInputElement>(on, "Price with VAT").value).toBe("about 45");
    expect(on.calls.filter((c) => c.method === "CreateProduct")).toEqual([]);
  });

  it("keep an empty member price apart from one of nothing", async () => {
    const on = stage(
      inventory({
        updateProduct: ({ details }) => ({ product: { ...ticket, ...(details && { details }) } }),
      }),
      at("places"),
    );
    const save = async (text: string) => {
      await press(on, "Edit In the room");
      await fill(on, "Member price", text);
      await press(on, "Save");
      await until(() => on.page.querySelector("dialog") === null);
      const sent = await called(on, "UpdateProduct");
      return (sent.message as { details?: { memberPriceMinor?: bigint } }).details
        ?.memberPriceMinor;
    };
    expect(await save("0")).toBe(0n);
    expect(await save("")).toBeUndefined();
  });

  it("lose what belongs to another way of pricing", () => {
    const priced = ticket.details ?? create(ProductDetailsSchema);
    const details = { ...priced, pricing: Pricing.FREE };
    expect(tidy(details)).toMatchObject({
      currency: "",
      priceMinor: 0n,
      vatRate: 0,
      phases: [],
      groupFrom: 0,
    });
    expect(tidy(details).memberPriceMinor).toBeUndefined();
    const gift = tidy({ ...priced, kind: ProductKind.DONATION });
    expect(gift).toMatchObject({ pricing: Pricing.OPEN, poolIds: [], currency: "EUR" });
  });
});

const code = create(CodeSchema, {
  id: id("cde"),
  eventId,
  version: 4n,
  uses: 3,
  budgetUsedMinor: 4_500n,
  details: {
    text: "SPEAKER",
    effect: CodeEffect.PERCENT,
    percent: 5000,
    currency: "EUR",
    maxUses: 10,
    budgetMinor: 50_000n,
    productIds: [ticket.id],
  },
});

describe("codes", () => {
  const server = (more: Server["codes"] = {}): Server => ({
    ...inventory(),
    codes: { listCodes: () => ({ codes: [code] }), ...more },
  });

  it("say what they do, how often they were used and what they gave", async () => {
    const on = stage(server(), at("codes"));
    await see(on, "50 % off");
    await see(on, "Only for In the room");
    await see(on, "3 of 10");
    await see(on, "€45.00 of €500.00");
  });

  it("are added, and what is wrong with them is said beside the field", async () => {
    let first = true;
    const on = stage(
      server({
        createCode: () => {
          if (first) {
            first = false;
            throw refusal(
              Connect.InvalidArgument,
              Reason.INVALID_INPUT,
              "SPEAKER is a code already.",
            );
          }
          return { code };
        },
      }),
      at("codes"),
    );
    await press(on, "Add a code");
    await fill(on, "Code", "PARTNER");
    await tick(on, "An amount off each");
    await fill(on, "Amount", "12.50");
    await fill(on, "How many orders may use it", "20");
    await press(on, "Add the code");
    await see(on, "SPEAKER is a code already.");
    await press(on, "Add the code");
    await until(() => on.page.querySelector("dialog") === null);
    expect((await called(on, "CreateCode")).message).toMatchObject({
      details: {
        text: "PARTNER",
        effect: CodeEffect.FIXED,
        percent: 0,
        amountMinor: 1250n,
        currency: "EUR",
        maxUses: 20,
      },
    });
  });

  it("are disabled with one press", async () => {
    const on = stage(server({ updateCode: () => ({ code }) }), at("codes"));
    await press(on, "Disable SPEAKER");
    expect((await called(on, "UpdateCode")).message).toMatchObject({
      codeId: code.id,
      version: 4n,
      disabled: true,
      details: { text: "SPEAKER", maxUses: 10 },
    });
    await see(on, "The code is disabled.");
  });

  it("of the whole organisation are not changed by those who are limited to an event", async () => {
    const on = stage(
      {
        ...server({ listCodes: () => ({ codes: [{ ...code, eventId: "" }] }) }),
        account: { getMe: () => ({ memberships: [memberAs(Role.ORGANISER, [eventId])] }) },
      },
      at("codes"),
    );
    await see(on, "All events");
    expect(controls(on)).not.toContain("Disable SPEAKER");
  });
});

describe("member companies", () => {
  const acme = create(CompanySchema, {
    id: id("cmp"),
    version: 7n,
    details: { name: "Acme", tier: "Gold", domains: ["acme.example"] },
  });
  const server = (more: Server["companies"] = {}): Server => ({
    companies: { listCompanies: () => ({ companies: [acme] }), ...more },
  });

  it("are changed with the version that was read", async () => {
    const on = stage(
      server({ saveCompany: () => ({ company: acme }) }),
      `/console/o/${orgId}/companies`,
    );
    await press(on, "Edit Acme");
    await fill(on, "Membership", "Silver");
    await press(on, "Save");
    expect((await called(on, "SaveCompany")).message).toMatchObject({
      companyId: acme.id,
      version: 7n,
      details: { name: "Acme", tier: "Silver", domains: ["acme.example"] },
    });
    await see(on, "The company is saved.");
  });

  it("are added from a pasted list", async () => {
    const on = stage(
      server({ importCompanies: () => ({ added: 2, changed: 1, same: 0 }) }),
      `/console/o/${orgId}/companies`,
    );
    await press(on, "Paste a list");
    await fill(on, "Companies", "One, one.example\nTwo, two.example\nAcme, acme.test");
    await press(on, "Add them");
    await see(on, "2 companies added, 1 changed, 0 as before.");
    expect((await called(on, "ImportCompanies")).message.requestId).not.toBe("");
  });
});

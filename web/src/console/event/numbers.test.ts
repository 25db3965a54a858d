import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { EventSchema } from "../../gen/lanyard/catalog/v1/catalog_pb";
import { PoolSchema, ProductSchema } from "../../gen/lanyard/inventory/v1/inventory_pb";
import { everybody, guests, telling, told } from "./change";
import { missing, overBy, poolNote, poolsOf } from "./numbers";

const pool = (init: MessageInitShape<typeof PoolSchema>) => create(PoolSchema, init);
const product = (details: MessageInitShape<typeof ProductSchema>["details"]) =>
  create(ProductSchema, { ...(details && { details }) });

describe("poolsOf", () => {
  const hall = pool({ id: "hall", details: { title: "Hall" } });
  const workshop = pool({ id: "workshop", details: { title: "Workshop", sessionId: "ses_2" } });

  it("counts the rooms of the sessions that a product includes", () => {
    const of = (details: MessageInitShape<typeof ProductSchema>["details"]) =>
      poolsOf(product(details), [hall, workshop]).map((p) => p.id);
    expect([
      of({ poolIds: ["hall"] }),
      of({ poolIds: ["hall"], sessionIds: ["ses_1"] }),
      of({ sessionIds: ["ses_2"] }),
    ]).toEqual([["hall", "workshop"], ["hall"], ["workshop"]]);
  });
});

describe("poolNote", () => {
  it("says plainly how a pool stands", () => {
    const size = { size: 40 };
    expect([
      poolNote(pool({ details: size, over: 3, sold: 43 })),
      poolNote(pool({ details: size, left: 38, held: 2 })),
      poolNote(pool({ details: size, sold: 40 })),
      poolNote(pool({ details: { ...size, closed: true } })),
      poolNote(pool({ details: { unlimited: true } })),
    ]).toEqual(["Over by 3", "38 left, 2 in baskets", "Full", "Closed", "No limit"]);
  });
});

describe("overBy", () => {
  it("foresees what a smaller size does", () => {
    const now = pool({ sold: 14, held: 1 });
    const foresee = (size: number, unlimited = false) =>
      overBy(now, pool({ details: { size, unlimited } }).details);
    expect([foresee(10), foresee(15), foresee(0, true)]).toEqual([5, 0, 0]);
  });
});

describe("missing", () => {
  it("is silent once everything is there", () => {
    const event = create(EventSchema, {
      details: { mode: 2, venue: "Hall", description: "What", summary: "Why", registrationMode: 1 },
    });
    const hall = pool({ id: "hall", details: { title: "Hall" } });
    const stock = { products: [product({ poolIds: ["hall"] })], pools: [hall] };
    expect(missing(event, stock)).toEqual([]);
    expect(missing(event, { ...stock, pools: [] }).map((t) => t.to)).toEqual(["places"]);
  });
});

describe("who is told", () => {
  const event = create(EventSchema, { registered: 1, awaitingApproval: 2 });

  it("names the numbers and agrees with them", () => {
    expect(told(guests(event), "a mail.", "It moves.")).toEqual([
      { icon: "mail", text: "1 person with a place gets a mail." },
      { icon: "calendar", text: "It moves." },
    ]);
    expect(told(everybody(event), "a mail.", "It goes.")[0]?.text).toBe(
      "1 person with a place and 2 applicants get a mail.",
    );
    expect(telling(everybody(event), "Cancel", "Cancel the event")).toBe(
      "Cancel and tell 3 people",
    );
  });

  it("says so when it is nobody", () => {
    const nobody = everybody(create(EventSchema));
    expect(told(nobody, "a mail.", "It goes.")).toEqual([
      { icon: "mail", text: "Nobody has registered, so nobody gets a mail." },
    ]);
    expect(telling(nobody, "Cancel", "Cancel the event")).toBe("Cancel the event");
  });
});

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { EventDetailsSchema, EventMode } from "../gen/lanyard/catalog/v1/catalog_pb";
import { ProductDetailsSchema } from "../gen/lanyard/inventory/v1/inventory_pb";
import { changed, differences, merge } from "./compare";

const details = (init: MessageInitShape<typeof EventDetailsSchema>) =>
  create(EventDetailsSchema, { title: "AI Airlock", city: "Derby", ...init });

describe("changed", () => {
  it("names the fields that differ, by path", () => {
    const paths = changed(EventDetailsSchema, details({}), details({ city: "", summary: "New" }));
    expect(paths).toEqual(["summary", "city"]);
  });

  it("takes a list as one value", () => {
    const [a, b] = [["pol_1"], ["pol_1", "pol_2"]].map((poolIds) =>
      create(ProductDetailsSchema, { poolIds }),
    );
    expect(a && b && changed(ProductDetailsSchema, a, b)).toEqual(["pool_ids"]);
  });
});

describe("differences", () => {
  it("tells what they changed, and what I made of the same field", () => {
    const found = differences(
      EventDetailsSchema,
      details({}),
      details({ title: "Theirs", mode: EventMode.HYBRID, venue: "Hall" }),
      details({ title: "Mine", summary: "Also mine", venue: "Hall" }),
    );
    expect(found).toEqual([
      { path: "title", label: "Title", theirs: "Theirs", mine: "Mine" },
      { path: "mode", label: "How people take part", theirs: "Hybrid", mine: null },
      { path: "venue", label: "Venue", theirs: "Hall", mine: null },
    ]);
  });
});

describe("merge", () => {
  it("keeps their changes where I made none, and mine where I did", () => {
    const merged = merge(
      EventDetailsSchema,
      details({}),
      details({ title: "Theirs", venue: "Hall" }),
      details({ title: "Mine", summary: "Also mine" }),
    );
    expect(merged).toMatchObject({
      title: "Mine",
      summary: "Also mine",
      venue: "Hall",
      city: "Derby",
    });
  });
});

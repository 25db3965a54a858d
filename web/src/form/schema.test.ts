import { describe, expect, it } from "vitest";
import {
  AttendeeDetailsSchema,
  PlaceOrderRequestSchema,
} from "../gen/lanyard/booking/v1/booking_pb";
import {
  CreateEventRequestSchema,
  EventDetailsSchema,
  EventStateSchema,
} from "../gen/lanyard/catalog/v1/catalog_pb";
import { PoolDetailsSchema, ProductDetailsSchema } from "../gen/lanyard/inventory/v1/inventory_pb";
import { labelOf, shapeAt, shapesOf } from "./schema";
import { wording } from "./wording";

describe("shapesOf", () => {
  it("reads widgets, rules and choices of the contract", () => {
    expect(shapeAt(EventDetailsSchema, "title")).toMatchObject({
      kind: "text",
      label: "Title",
      section: "About",
      required: true,
      maxLength: 200,
    });
    expect(shapeAt(EventDetailsSchema, "mode")).toMatchObject({
      kind: "radio",
      required: true,
      options: [{ label: "Online" }, { label: "In person" }, { label: "Hybrid" }],
    });
    expect(shapeAt(EventDetailsSchema, "slug")).toMatchObject({ required: false });
    expect(shapeAt(ProductDetailsSchema, "max_per_order")).toMatchObject({
      kind: "number",
      required: true,
      min: 1,
      max: 50,
    });
    expect(shapeAt(PoolDetailsSchema, "size")).toMatchObject({ required: false, min: 0 });
  });

  it("hides what the program carries", () => {
    const hidden = shapesOf(CreateEventRequestSchema).filter((s) => s.kind === "hidden");
    expect(hidden.map((s) => s.name)).toEqual(["org_id", "request_id"]);
  });

  it("gives every field that a form shows a label", () => {
    const shown = [EventDetailsSchema, AttendeeDetailsSchema, PoolDetailsSchema].flatMap((m) =>
      shapesOf(m).filter((s) => s.kind !== "hidden" && s.kind !== "custom"),
    );
    expect(shown.filter((s) => s.label === "")).toEqual([]);
  });
});

describe("shapeAt", () => {
  it("goes through messages and lists", () => {
    expect(shapeAt(PlaceOrderRequestSchema, "attendees[3].email")?.label).toBe("E-mail address");
    expect(shapeAt(CreateEventRequestSchema, "schedule.starts_local")?.label).toBe("Starts");
    expect(shapeAt(CreateEventRequestSchema, "nothing.here")).toBeUndefined();
  });
});

describe("labelOf", () => {
  it("names a value and is silent about the one for nothing", () => {
    expect([labelOf(EventStateSchema, 3), labelOf(EventStateSchema, 0)]).toEqual([
      "Registration closed",
      "",
    ]);
  });
});

describe("wording", () => {
  const say = (path: string, rule: string, message = "") =>
    wording({ path, rule, message }, shapeAt(CreateEventRequestSchema, path));

  it("speaks by the rule and the kind of field", () => {
    expect([
      say("details.title", "required"),
      say("details.mode", "enum.not_in"),
      say("details.title", "string.max_len"),
      say("details.website", "string.pattern"),
      say("details.languages", "string.pattern"),
      say("schedule.starts_local", "string.pattern"),
      say("places", "int32.gte_lte"),
    ]).toEqual([
      "Please fill this in.",
      "Please choose one.",
      "Please keep this to 200 characters.",
      "Please enter a web address that begins with https://.",
      "This does not fit. Two-letter codes, such as EN or EN,FR.",
      "Please choose a day and a time.",
      "Please enter a number from 0 to 1000000.",
    ]);
  });

  it("makes a sentence of what only the server knows", () => {
    expect(say("schedule.starts_local", "schedule.past", "is in the past")).toBe(
      "Starts is in the past.",
    );
    expect(say("nobody.knows", "x", "Something else.")).toBe("Something else.");
    expect(say("nobody.knows", "x")).toBe("Please check this.");
  });
});

import { describe, expect, it } from "vitest";
import { byField, mayRetry, sentence, type Violation, within } from "./errors";

const email: Violation = { path: "email", rule: "string.email", message: "Not an address." };
const short: Violation = { path: "email", rule: "string.min_len", message: "Too short." };
const guest: Violation = {
  path: "attendees[0].email",
  rule: "string.email",
  message: "Not an address.",
};

describe("sentence", () => {
  it("prefers what the server says", () => {
    expect(sentence({ reason: "SOLD_OUT", message: "Only 2 places are left." })).toBe(
      "Only 2 places are left.",
    );
  });

  it("speaks for a reason that came without words", () => {
    expect(sentence({ reason: "LAST_OWNER", message: "" })).toBe(
      "An organisation needs at least one owner.",
    );
  });

  it("says something even of a reason that it has never heard of", () => {
    expect(sentence({ reason: "FROM_THE_FUTURE", message: "" })).toMatch(/^Something went wrong/);
  });
});

describe("mayRetry", () => {
  it("is for passing trouble only", () => {
    const reasons = ["BUSY", "UNAVAILABLE", "RATE_LIMITED", "SOLD_OUT", "OUTCOME_UNKNOWN", ""];
    expect(reasons.filter(mayRetry)).toEqual(["BUSY", "UNAVAILABLE", "RATE_LIMITED"]);
  });
});

describe("byField", () => {
  it("gathers each field's sentences in order and once", () => {
    expect(byField([email, guest, short, email])).toEqual(
      new Map([
        ["email", ["Not an address.", "Too short."]],
        ["attendees[0].email", ["Not an address."]],
      ]),
    );
  });
});

describe("within", () => {
  it("takes what lies below a field, and nothing that merely begins like it", () => {
    const other = { ...guest, path: "attendees[0]x.email" };
    const itself = { ...guest, path: "attendees[0]" };
    expect(within([email, guest, other, itself], "attendees[0]")).toEqual([
      { ...guest, path: "email" },
    ]);
  });
});

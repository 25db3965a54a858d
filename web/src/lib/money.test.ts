import { describe, expect, it } from "vitest";
import { decimal, percent, price, readAmount, readPercent } from "./money";

describe("amounts", () => {
  it("are written with the places of their currency", () => {
    expect(
      [
        [1n, "GBP"],
        [123450n, "GBP"],
        [-5n, "EUR"],
        [1500n, "JPY"],
        [1500n, "KWD"],
        [0n, ""],
      ].map(([minor, currency]) => price(minor as bigint, currency as string)),
    ).toEqual(["£0.01", "£1,234.50", "-€0.05", "¥1,500", "KWD\u00a01.500", "0.00"]);
  });

  it("are read as people type them, or not at all", () => {
    for (const [text, currency, want] of [
      ["25", "GBP", 2500n],
      ["25.5", "GBP", 2550n],
      ["£1,234.50", "GBP", 123450n],
      [" 25. ", "GBP", 2500n],
      ["25.505", "GBP", null],
      ["25,5", "GBP", null],
      ["1,23", "GBP", null],
      ["-1", "GBP", null],
      ["", "GBP", null],
      ["1e3", "GBP", null],
      ["1500", "JPY", 1500n],
      ["1.5", "JPY", null],
      ["1.5", "KWD", 1500n],
    ] as const) {
      expect([text, readAmount(text, currency)]).toEqual([text, want]);
    }
  });

  it("come back as they were written", () => {
    for (const currency of ["GBP", "JPY", "KWD"]) {
      for (const minor of [0n, 1n, 99n, 100n, 12345678n]) {
        expect(readAmount(decimal(minor, currency), currency)).toBe(minor);
      }
    }
  });
});

describe("percentages", () => {
  it("are hundredths of a percent", () => {
    expect([2000, 1750, 1, 10_000, 0].map(percent)).toEqual(["20", "17.5", "0.01", "100", "0"]);
    expect(["20", "17.5 %", "0.01", "100", "100.01", "x", "", "-1"].map(readPercent)).toEqual([
      2000,
      1750,
      1,
      10_000,
      null,
      null,
      null,
      null,
    ]);
  });
});

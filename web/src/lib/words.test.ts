import { describe, expect, it } from "vitest";
import { choiceId, count, grouped, initials, list, slug } from "./words";

describe("count", () => {
  it("agrees with its noun", () => {
    expect([count(0, "person", "people"), count(1, "place"), count(1250, "place")]).toEqual([
      "0 people",
      "1 place",
      "1,250 places",
    ]);
  });
});

describe("grouped", () => {
  it("writes an order code as people read it out", () => {
    expect([grouped("K7QM4XYZ21AB"), grouped("K7QM4"), grouped("")]).toEqual([
      "K7QM-4XYZ-21AB",
      "K7QM-4",
      "",
    ]);
  });
});

describe("list", () => {
  it("joins as people speak", () => {
    expect([list([]), list(["a"]), list(["a", "b"]), list(["a", "b", "c"])]).toEqual([
      "",
      "a",
      "a and b",
      "a, b and c",
    ]);
  });
});

describe("initials", () => {
  it("takes the first and the last word", () => {
    expect(
      ["Olivia Reid", "Ana María de la Cruz", "Prince", "amara.osei@example.org", ""].map(initials),
    ).toEqual(["OR", "AC", "P", "AO", ""]);
  });
});

describe("slug", () => {
  it("keeps letters and digits of any Latin script", () => {
    expect([slug("Łódź & Straße 9", 60), slug("O’Brien’s talk", 60), slug("東京", 60)]).toEqual([
      "lodz-strasse-9",
      "obriens-talk",
      "",
    ]);
  });

  it("does not end in a hyphen where it is cut", () => {
    expect(slug("one two three", 8)).toBe("one-two");
  });
});

describe("choiceId", () => {
  it("numbers what is taken", () => {
    expect(choiceId("Vegan", ["vegan", "vegan-2"])).toBe("vegan-3");
  });

  it("names what has no letters", () => {
    expect(choiceId("東京", [])).toBe("choice");
  });

  it("fits what the contract allows", () => {
    const id = choiceId("a very long answer that goes on and on and on", []);
    expect(id).toMatch(/^[a-z0-9-]{1,40}$/);
  });
});

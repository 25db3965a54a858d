import { describe, expect, it } from "vitest";
import { compare, nameIn } from "./audit";

describe("compare", () => {
  it("lists the values that differ, by name", () => {
    const before = JSON.stringify({ title: "A", venue: "Hall", places: 40, tags: ["x"] });
    const after = JSON.stringify({ title: "B", venue: "Hall", places: 0, tags: ["x", "y"] });
    expect(compare(before, after)).toEqual([
      { field: "places", before: "40", after: "0" },
      { field: "tags", before: '["x"]', after: '["x","y"]' },
      { field: "title", before: "A", after: "B" },
    ]);
  });

  it("takes what was not there as nothing", () => {
    expect(compare("", '{"title":"A","note":""}')).toEqual([
      { field: "title", before: null, after: "A" },
    ]);
  });

  it("does not stumble over what is no object", () => {
    expect([compare("nonsense", "null"), compare("3", '"x"'), compare("", "")]).toEqual([
      [],
      [],
      [],
    ]);
  });
});

describe("nameIn", () => {
  it("finds what a thing is called now, however the field is spelt", () => {
    const names = [
      { beforeJson: '{"title":"Old"}', afterJson: '{"title":"New","email":"x"}' },
      { beforeJson: "", afterJson: '{"Email":"a@example.org","Role":"owner"}' },
      { beforeJson: '{"name":"Gone"}', afterJson: "" },
      { beforeJson: "", afterJson: '{"size":3,"title":7}' },
    ];
    expect(names.map(nameIn)).toEqual(["New", "a@example.org", "Gone", ""]);
  });
});

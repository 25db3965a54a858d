import { beforeEach, describe, expect, it } from "vitest";
import { ask, go, guard, held, leave, match, path, query, visits } from "./router";

beforeEach(() => {
  leave();
  go("/console/");
});

describe("match", () => {
  it("finds the parts of a path", () => {
    expect(match("/console/o/:org/events/:event", "/console/o/org_1/events/evt_1")).toEqual({
      org: "org_1",
      event: "evt_1",
    });
  });

  it("does not care about a slash at the end", () => {
    expect(match("/console/", "/console")).toEqual({});
  });

  it("refuses what is longer, shorter or other", () => {
    const paths = ["/console/o/org_1", "/console/o/org_1/events/evt_1", "/console/o/org_1/team"];
    expect(paths.map((at) => match("/console/o/:org/events", at))).toEqual([null, null, null]);
  });
});

describe("go", () => {
  it("changes path and query, and counts the visit", () => {
    const before = visits.value;
    go("/console/o/org_1/events?q=a%20b");
    expect([path.value, query.value.get("q"), visits.value - before]).toEqual([
      "/console/o/org_1/events",
      "a b",
      1,
    ]);
  });

  it("is held back by unsaved work until the person decides", () => {
    let dirty = true;
    const release = guard(() => dirty);
    go("/console/o/org_1/team");
    expect([path.value, held.value]).toEqual(["/console/", "/console/o/org_1/team"]);
    leave();
    expect([path.value, held.value]).toEqual(["/console/o/org_1/team", null]);
    dirty = false;
    release();
  });

  it("is not held back by what has been saved", () => {
    const release = guard(() => false);
    go("/console/o/org_1/audit");
    release();
    expect(path.value).toBe("/console/o/org_1/audit");
  });
});

describe("ask", () => {
  it("changes the query in place and drops what is empty", () => {
    go("/console/o/org_1/events?q=a&past=1");
    const before = visits.value;
    ask({ q: "", state: "2" });
    expect([window.location.search, visits.value - before]).toEqual(["?past=1&state=2", 0]);
    ask({ past: "", state: "" });
    expect(window.location.search).toBe("");
  });
});

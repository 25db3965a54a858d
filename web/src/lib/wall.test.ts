import { describe, expect, it } from "vitest";
import { isDay, isWall, laterWeek, meaningOf, shiftWall, wallAt, wallDistance } from "./wall";

const at = (iso: string) => new Date(iso);

describe("isWall", () => {
  it("takes what the calendar has and nothing else", () => {
    const texts = ["2026-11-26T18:30", "2024-02-29T00:00", "2026-02-29T00:00", "2026-06-31T10:00"];
    expect([...texts, "2026-11-26", "", "2026-11-26T24:01", "x"].map(isWall)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("isDay", () => {
  it("takes days only", () => {
    expect(["2026-11-26", "2026-02-30", "2026-11-26T18:30", ""].map(isDay)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("meaningOf", () => {
  it("finds the one instant of an ordinary time", () => {
    expect(meaningOf("2026-11-26T18:30", "Europe/London")).toEqual({
      kind: "once",
      at: at("2026-11-26T18:30:00Z"),
    });
    expect(meaningOf("2026-07-23T10:00", "Europe/London")).toEqual({
      kind: "once",
      at: at("2026-07-23T09:00:00Z"),
    });
  });

  it("finds both instants of the hour that autumn repeats", () => {
    expect(meaningOf("2026-10-25T01:30", "Europe/London")).toEqual({
      kind: "twice",
      at: at("2026-10-25T00:30:00Z"),
      again: at("2026-10-25T01:30:00Z"),
    });
  });

  it("finds none for the hour that spring skips", () => {
    expect(meaningOf("2026-03-29T01:30", "Europe/London")).toEqual({ kind: "never" });
  });

  it("knows zones off the full hour and changes of half an hour", () => {
    expect(meaningOf("2026-07-01T09:15", "Asia/Kathmandu")).toEqual({
      kind: "once",
      at: at("2026-07-01T03:30:00Z"),
    });
    expect(meaningOf("2026-04-05T01:45", "Australia/Lord_Howe")).toEqual({
      kind: "twice",
      at: at("2026-04-04T14:45:00Z"),
      again: at("2026-04-04T15:15:00Z"),
    });
  });

  it("has no answer for what is no wall time", () => {
    expect(meaningOf("2026-11-26", "Europe/London")).toBeNull();
  });

  it("agrees with what clocks show, at every hour around both changes", () => {
    const springAndAutumn = [Date.UTC(2026, 2, 7), Date.UTC(2026, 9, 31)];
    const hours = springAndAutumn.flatMap((from) =>
      Array.from({ length: 72 }, (_, hour) => from + hour * 3_600_000),
    );
    for (const t of hours) {
      const meaning = meaningOf(wallAt(new Date(t), "America/New_York"), "America/New_York");
      const found =
        meaning?.kind === "twice"
          ? [meaning.at.getTime(), meaning.again.getTime()]
          : meaning?.kind === "once"
            ? [meaning.at.getTime()]
            : [];
      expect(found).toContain(t);
    }
  });
});

describe("arithmetic on the wall", () => {
  it("ignores what clocks do in between", () => {
    expect(shiftWall("2026-03-28T18:00", 24 * 60)).toBe("2026-03-29T18:00");
    expect(wallDistance("2026-03-28T18:00", "2026-03-29T18:00")).toBe(24 * 60);
  });

  it("finds the next week that is to come", () => {
    expect(laterWeek("2026-11-26T18:30", "2026-11-20T09:00")).toBe("2026-12-03T18:30");
    expect(laterWeek("2026-11-26T18:30", "2027-01-01T09:00")).toBe("2027-01-07T18:30");
    expect(laterWeek("2026-11-26T18:30", "2026-12-03T18:30")).toBe("2026-12-10T18:30");
    expect(laterWeek("2026-11-26", "2026-11-20T09:00")).toBe("2026-12-03");
  });

  it("crosses months and years", () => {
    expect(shiftWall("2026-12-31T23:30", 60)).toBe("2027-01-01T00:30");
    expect(wallDistance("2026-11-30", "2026-12-02")).toBe(2 * 24 * 60);
  });
});

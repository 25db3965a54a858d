import { describe, expect, it } from "vitest";
import {
  clockTime,
  countdown,
  countdownClock,
  duration,
  isoDay,
  knowsZone,
  longDate,
  months,
  sameWallClock,
  shortDate,
  timeRange,
  whereYouAre,
  zoneName,
} from "./time";

const london = "Europe/London";
const start = new Date("2026-07-23T09:00:00Z");
const end = new Date("2026-07-23T10:30:00Z");

describe("dates in the event's zone", () => {
  it("are spelt out the British way", () => {
    expect(longDate(start, london)).toBe("Thursday 23 July 2026");
    expect(shortDate(new Date("2026-09-01T12:00:00Z"), london)).toBe("1 Sep 2026");
    expect(clockTime(start, london)).toBe("10:00");
  });

  it("show midnight as 00:00, never as 24:00", () => {
    expect(clockTime(new Date("2026-01-01T00:00:00Z"), "UTC")).toBe("00:00");
  });

  it("fall on the day that the zone has, not the day in UTC", () => {
    expect(isoDay(new Date("2026-07-23T23:30:00Z"), london)).toBe("2026-07-24");
    expect(isoDay(new Date("2026-01-01T04:59:00Z"), "America/New_York")).toBe("2025-12-31");
  });

  it("name the zone in words, summer and winter apart", () => {
    expect(zoneName(start, london)).toBe("British Summer Time");
    expect(zoneName(new Date("2026-01-23T09:00:00Z"), london)).toBe("Greenwich Mean Time");
  });
});

describe("timeRange", () => {
  it.each([
    ["one day", start, end, "Thursday 23 July 2026, 10:00 to 11:30"],
    [
      "several days",
      new Date("2026-07-28T08:30:00Z"),
      new Date("2026-07-30T15:00:00Z"),
      "Tuesday 28 July 2026, 09:30 to Thursday 30 July 2026, 16:00",
    ],
    ["no length", start, start, "Thursday 23 July 2026, 10:00"],
    [
      "across the end of summer time",
      new Date("2026-10-25T00:30:00Z"),
      new Date("2026-10-25T01:30:00Z"),
      "Sunday 25 October 2026, 01:30 British Summer Time to 01:30 Greenwich Mean Time",
    ],
  ])("%s", (_, from, to, want) => {
    expect(timeRange(from, to, london)).toBe(want);
  });
});

describe("whereYouAre", () => {
  it("is silent when the reader's clock agrees", () => {
    expect(whereYouAre(start, end, london, "Europe/Jersey")).toBeNull();
    expect(sameWallClock(start, london, "Europe/Lisbon")).toBe(true);
  });

  it("gives the reader's hours on the same day", () => {
    expect(whereYouAre(start, end, london, "Asia/Shanghai")).toBe("17:00 to 18:30 where you are");
    expect(whereYouAre(start, start, london, "Asia/Shanghai")).toBe("17:00 where you are");
  });

  it("gives the date when the reader's day is another", () => {
    expect(whereYouAre(start, end, london, "Pacific/Honolulu")).toBe(
      "Wednesday 22 July 2026, 23:00 to Thursday 23 July 2026, 00:30 where you are",
    );
  });

  it("speaks up when only the end differs, as on the night when clocks change", () => {
    const from = new Date("2026-03-29T00:30:00Z");
    const to = new Date("2026-03-29T01:30:00Z");
    expect(whereYouAre(from, to, london, "Africa/Accra")).toBe("00:30 to 01:30 where you are");
  });
});

describe("duration", () => {
  it.each([
    [0, "less than a minute"],
    [59_999, "less than a minute"],
    [60_000, "1 minute"],
    [90 * 60_000, "1 hour 30 minutes"],
    [3 * 86_400_000, "3 days"],
    [86_400_000 + 5 * 60_000, "1 day"],
    [49 * 3_600_000, "2 days 1 hour"],
  ])("%i ms", (ms, want) => {
    expect(duration(ms)).toBe(want);
  });
});

describe("countdown", () => {
  const target = new Date("2026-07-23T09:00:00Z");

  it("cuts what is left into units", () => {
    expect(countdown(target, new Date("2026-07-20T18:54:23Z"))).toEqual({
      days: 2,
      hours: 14,
      minutes: 5,
      seconds: 37,
      over: false,
    });
  });

  it("is over exactly at the moment and stays so", () => {
    expect(countdown(target, new Date(target.getTime() - 1)).over).toBe(false);
    expect(countdown(target, target).over).toBe(true);
    expect(countdown(target, new Date(target.getTime() + 1e9))).toEqual({
      days: 0,
      hours: 0,
      minutes: 0,
      seconds: 0,
      over: true,
    });
  });

  it.each([
    [102, "1:42"],
    [9, "0:09"],
    [3909, "1:05:09"],
    [90_000, "25:00:00"],
  ])("%i s as a clock", (seconds, want) => {
    expect(countdownClock(countdown(new Date(seconds * 1000), new Date(0)))).toBe(want);
  });
});

describe("months", () => {
  it("starts with the zone's month and runs over the year's end", () => {
    expect(months(new Date("2026-10-31T23:30:00Z"), "Asia/Tokyo", 3)).toEqual([
      { value: "2026-11", label: "November 2026" },
      { value: "2026-12", label: "December 2026" },
      { value: "2027-01", label: "January 2027" },
    ]);
  });
});

describe("knowsZone", () => {
  it.each([
    ["Europe/London", true],
    ["Etc/UTC", true],
    ["Mars/Olympus", false],
    ["", false],
  ])("%s", (zone, want) => {
    expect(knowsZone(zone)).toBe(want);
  });
});

import { describe, expect, it } from "vitest";
import { shortWhen, type Times, whenOf } from "./schedule";

const webinar: Times = {
  startsLocal: "2026-07-23T10:00",
  endsLocal: "2026-07-23T11:30",
  timezone: "Europe/London",
  allDay: false,
};

describe("whenOf", () => {
  it("names day, times and zone, and adds nothing for a reader with the same clock", () => {
    expect(whenOf(webinar, "Europe/London")).toEqual({
      text: "Thursday 23 July 2026, 10:00 to 11:30",
      zone: "British Summer Time",
      here: null,
    });
  });

  it("adds the reader's own time where it differs", () => {
    expect(whenOf(webinar, "Europe/Berlin")?.here).toBe("11:00 to 12:30 where you are");
  });

  it("speaks of days where only days are known", () => {
    const fair = {
      ...webinar,
      allDay: true,
      startsLocal: "2026-11-26",
      endsLocal: "2026-11-27",
    };
    expect(whenOf(fair, "Asia/Tokyo")).toEqual({
      text: "Thursday 26 November 2026 to Friday 27 November 2026",
      zone: "",
      here: null,
    });
  });

  it("means the second of a repeated hour when told so", () => {
    const late = { ...webinar, startsLocal: "2026-10-25T01:30", endsLocal: "2026-10-25T03:00" };
    const [first, second] = [late, { ...late, startsSecond: true }].map((t) => whenOf(t, "UTC"));
    expect([first?.zone, second?.zone]).toEqual(["British Summer Time", "Greenwich Mean Time"]);
  });

  it("is silent about what is incomplete, skipped or in an unknown zone", () => {
    const skipped = { ...webinar, startsLocal: "2026-03-29T01:30" };
    const open = { ...webinar, endsLocal: "" };
    const lost = { ...webinar, timezone: "Mars/Olympus" };
    expect([skipped, open, lost].map((t) => whenOf(t))).toEqual([null, null, null]);
  });
});

describe("shortWhen", () => {
  it("gives day and start, or both days", () => {
    const trip = { ...webinar, endsLocal: "2026-07-30T16:00" };
    expect([shortWhen(webinar), shortWhen(trip), shortWhen({ ...webinar, allDay: true })]).toEqual([
      "23 Jul 2026, 10:00",
      "23 Jul 2026 to 30 Jul 2026",
      "23 Jul 2026",
    ]);
  });
});

/**
 * Dates and times as people read them: in the event's zone first, with the zone named in words,
 * and in the reader's zone where that differs. British English throughout.
 */

const locale = "en-GB";
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Formatters are costly to make and few in kind, so each is made once. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone}|${JSON.stringify(options)}`;
  let known = formatters.get(key);
  if (known === undefined) {
    known = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
    formatters.set(key, known);
  }
  return known;
}

function format(at: Date, zone: string, options: Intl.DateTimeFormatOptions): string {
  return formatter(zone, options).format(at);
}

/** The reader's IANA zone, or "UTC" where the browser keeps it to itself. */
export function viewerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Whether this browser knows the zone; old ones lack new names. */
export function knowsZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat(locale, { timeZone: zone });
    return zone !== "";
  } catch {
    return false;
  }
}

/** "Thursday 23 July 2026". */
export function longDate(at: Date, zone: string): string {
  return format(at, zone, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  }).replace(",", "");
}

/** "23 Jul 2026". */
export function shortDate(at: Date, zone: string): string {
  return format(at, zone, { day: "numeric", month: "short", year: "numeric" }).replace(
    "Sept",
    "Sep",
  );
}

/** "09:05", on the 24-hour clock. */
export function clockTime(at: Date, zone: string): string {
  return format(at, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** The day in the zone as "2026-07-23": equal strings are the same day. */
export function isoDay(at: Date, zone: string): string {
  const parts = formatter(zone, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(at);
  const of = (type: string) => parts.find((p) => p.type === type)?.value ?? "";
  return `${of("year").padStart(4, "0")}-${of("month")}-${of("day")}`;
}

/** The zone in words at that instant: "British Summer Time", "India Standard Time". */
export function zoneName(at: Date, zone: string): string {
  const parts = formatter(zone, { timeZoneName: "long" }).formatToParts(at);
  return parts.find((p) => p.type === "timeZoneName")?.value ?? zone;
}

/** Whether clocks in both zones show the same date and time at that instant. */
export function sameWallClock(at: Date, a: string, b: string): boolean {
  return isoDay(at, a) === isoDay(at, b) && clockTime(at, a) === clockTime(at, b);
}

/**
 * When something happens, in one line: "Thursday 23 July 2026, 10:00 to 11:30", or, over several
 * days, "Tuesday 28 July 2026, 09:30 to Thursday 30 July 2026, 16:00". The zone is
 * named only on the day on which the clocks change in between.
 */
export function timeRange(start: Date, end: Date, zone: string): string {
  const from = `${longDate(start, zone)}, ${clockTime(start, zone)}`;
  if (end.getTime() <= start.getTime()) {
    return from;
  }
  if (isoDay(start, zone) === isoDay(end, zone)) {
    const [before, after] = [zoneName(start, zone), zoneName(end, zone)];
    return before === after
      ? `${from} to ${clockTime(end, zone)}`
      : `${from} ${before} to ${clockTime(end, zone)} ${after}`;
  }
  return `${from} to ${longDate(end, zone)}, ${clockTime(end, zone)}`;
}

/**
 * The same time for a reader elsewhere: "17:00 to 18:30 where you are", with the date when theirs
 * is another. Null when the reader's clock agrees with the event's at both ends.
 */
export function whereYouAre(start: Date, end: Date, zone: string, viewer: string): string | null {
  if (sameWallClock(start, zone, viewer) && sameWallClock(end, zone, viewer)) {
    return null;
  }
  const sameDays =
    isoDay(start, zone) === isoDay(start, viewer) && isoDay(end, viewer) === isoDay(start, viewer);
  if (!sameDays) {
    return `${timeRange(start, end, viewer)} where you are`;
  }
  const until = end.getTime() > start.getTime() ? ` to ${clockTime(end, viewer)}` : "";
  return `${clockTime(start, viewer)}${until} where you are`;
}

/** A length in its two largest units: "1 hour 30 minutes", "3 days", "less than a minute". */
export function duration(ms: number): string {
  if (ms < minute) {
    return "less than a minute";
  }
  const parts: [number, string][] = [
    [Math.floor(ms / day), "day"],
    [Math.floor((ms % day) / hour), "hour"],
    [Math.floor((ms % hour) / minute), "minute"],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}${n === 1 ? "" : "s"}`)
    .join(" ");
}

/** What is left until a moment, cut into units; all zero and over once it has come. */
export interface Countdown {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
  over: boolean;
}

/** The countdown from now to target. A part of a second counts as one, so that 0 means now. */
export function countdown(target: Date, now: Date): Countdown {
  const left = Math.max(0, Math.ceil((target.getTime() - now.getTime()) / 1000));
  return {
    days: Math.floor(left / 86_400),
    hours: Math.floor((left % 86_400) / 3600),
    minutes: Math.floor((left % 3600) / 60),
    seconds: left % 60,
    over: left === 0,
  };
}

/** A countdown as a clock shows it: "1:42", "1:05:09". Days are counted as hours. */
export function countdownClock(c: Countdown): string {
  const pad = (n: number) => String(n).padStart(2, "0");
  const hours = c.days * 24 + c.hours;
  return hours > 0
    ? `${hours}:${pad(c.minutes)}:${pad(c.seconds)}`
    : `${c.minutes}:${pad(c.seconds)}`;
}

/** One entry of a month filter. */
export interface Month {
  /** "2026-07" */
  value: string;
  /** "July 2026" */
  label: string;
}

/** The month that holds now in the zone, and those after it, count in all. */
export function months(now: Date, zone: string, count: number): Month[] {
  const [year = 0, month = 1] = isoDay(now, zone).split("-").map(Number);
  return Array.from({ length: count }, (_, i) => {
    const first = new Date(Date.UTC(year, month - 1 + i, 1));
    return {
      value: isoDay(first, "UTC").slice(0, 7),
      label: format(first, "UTC", { month: "long", year: "numeric" }),
    };
  });
}

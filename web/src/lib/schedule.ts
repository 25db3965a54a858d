/**
 * When an event or a session is, in words. A schedule as the server sends it fits in here; so does
 * one that is still being typed, whose instants follow from its wall times.
 */

import {
  knowsZone,
  longDate,
  shortDate,
  timeRange,
  viewerZone,
  whereYouAre,
  zoneName,
} from "./time";
import { isDay, isWall, type Meaning, meaningOf } from "./wall";

/** What is needed of a schedule. */
export interface Times {
  startsLocal: string;
  endsLocal: string;
  timezone: string;
  allDay: boolean;
  startsSecond?: boolean;
  endsSecond?: boolean;
}

/** A schedule in words. */
export interface When {
  /** "Thursday 23 July 2026, 10:00 to 11:30", or days for what lasts all day. */
  text: string;
  /** The zone in words; empty for days. */
  zone: string;
  /** The same where the reader is, when that differs; otherwise null. */
  here: string | null;
}

/** The schedule in words, or null while it is incomplete. */
export function whenOf(times: Times, viewer: string = viewerZone()): When | null {
  if (times.allDay) {
    const text = days(times.startsLocal, times.endsLocal);
    return text === null ? null : { text, zone: "", here: null };
  }
  if (!knowsZone(times.timezone)) {
    return null;
  }
  const start = instant(times.startsLocal, times.timezone, times.startsSecond);
  const end = instant(times.endsLocal, times.timezone, times.endsSecond);
  if (start === null || end === null) {
    return null;
  }
  return {
    text: timeRange(start, end, times.timezone),
    zone: zoneName(start, times.timezone),
    here: whereYouAre(start, end, times.timezone, viewer),
  };
}

/** The day for a list, short: "23 Jul 2026", "28 Jul 2026 to 30 Jul 2026". */
export function shortWhen(times: Times): string {
  const [from, to] = [times.startsLocal, times.endsLocal].map((wall) => asDate(wall.slice(0, 10)));
  if (from == null || to == null) {
    return "";
  }
  const time = times.allDay ? "" : `, ${times.startsLocal.slice(11)}`;
  return from.getTime() === to.getTime()
    ? `${shortDate(from, "UTC")}${time}`
    : `${shortDate(from, "UTC")} to ${shortDate(to, "UTC")}`;
}

/** The instant of a wall time; null when it is incomplete or the clocks skip it. */
export function instant(wall: string, zone: string, second = false): Date | null {
  const meaning: Meaning | null = isWall(wall) && knowsZone(zone) ? meaningOf(wall, zone) : null;
  if (meaning === null || meaning.kind === "never") {
    return null;
  }
  return meaning.kind === "twice" && second ? meaning.again : meaning.at;
}

function days(first: string, last: string): string | null {
  const [from, to] = [asDate(first.slice(0, 10)), asDate(last.slice(0, 10))];
  if (from === null || to === null) {
    return null;
  }
  return from.getTime() === to.getTime()
    ? longDate(from, "UTC")
    : `${longDate(from, "UTC")} to ${longDate(to, "UTC")}`;
}

function asDate(day: string): Date | null {
  return isDay(day) ? new Date(`${day}T00:00Z`) : null;
}

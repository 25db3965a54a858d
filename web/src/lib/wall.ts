/**
 * Wall times: what a clock on the wall shows, "2026-11-26T18:30", or a bare day, "2026-11-26".
 * Which instant that is depends on the zone, and twice a year on luck.
 */

import { clockTime, isoDay } from "./time";

const shape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;
const dayShape = /^\d{4}-\d{2}-\d{2}$/;
const halfHour = 1_800_000;
const day = 86_400_000;

/** What a wall time means in a zone. */
export type Meaning =
  /** The usual case. */
  | { kind: "once"; at: Date }
  /** The clocks go back over it: the first and the second time they show it. */
  | { kind: "twice"; at: Date; again: Date }
  /** The clocks jump over it. */
  | { kind: "never" };

/** Whether the text is a full wall time that the calendar has; 31 June is none. */
export function isWall(text: string): boolean {
  return shape.test(text) && fromUtc(toUtc(text)) === text;
}

/** Whether the text is a day that the calendar has. */
export function isDay(text: string): boolean {
  return dayShape.test(text) && fromUtc(toUtc(text)).slice(0, 10) === text;
}

/** The instants at which clocks in the zone show the wall time; null when it is none. */
export function meaningOf(wall: string, zone: string): Meaning | null {
  if (!isWall(wall)) {
    return null;
  }
  const bare = toUtc(wall);
  const found: number[] = [];
  for (const near of [bare - day, bare + day]) {
    const at = bare - offset(near, zone);
    if (!found.includes(at) && wallAt(new Date(at), zone) === wall) {
      found.push(at);
    }
  }
  found.sort((a, b) => a - b);
  const [first, second] = found;
  if (first === undefined) {
    return { kind: "never" };
  }
  return second === undefined
    ? { kind: "once", at: new Date(first) }
    : { kind: "twice", at: new Date(first), again: new Date(second) };
}

/** What clocks in the zone show at that instant. */
export function wallAt(at: Date, zone: string): string {
  return `${isoDay(at, zone)}T${clockTime(at, zone)}`;
}

/** The wall time so many minutes later on the wall, whatever the zone's clocks do in between. */
export function shiftWall(wall: string, minutes: number): string {
  return fromUtc(toUtc(wall) + minutes * 60_000);
}

/** The same weekday and time of day in a later week: the next one that begins after `now`. */
export function laterWeek(wall: string, now: string): string {
  const week = 7 * day;
  const start = toUtc(wall);
  const weeks = Math.max(1, Math.floor((toUtc(now) - start) / week) + 1);
  return fromUtc(start + weeks * week).slice(0, wall.length);
}

/** The minutes on the wall between two wall times. */
export function wallDistance(from: string, to: string): number {
  return Math.round((toUtc(to) - toUtc(from)) / 60_000);
}

/** How far the zone's clocks are ahead of UTC at that instant, in milliseconds. */
function offset(at: number, zone: string): number {
  const ahead = toUtc(wallAt(new Date(at), zone)) - at;
  // Wall times have no seconds; rounding to a quarter of an hour mends what that cuts off.
  return Math.round(ahead / (halfHour / 2)) * (halfHour / 2);
}

function toUtc(wall: string): number {
  return Date.parse(`${wall.length === 10 ? `${wall}T00:00` : wall}Z`);
}

function fromUtc(ms: number): string {
  return Number.isNaN(ms) ? "" : new Date(ms).toISOString().slice(0, 16);
}

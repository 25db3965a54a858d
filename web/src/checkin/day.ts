/** The day of a ticket that is shown at another day's door: the same as the server works out. */

import { isoDay } from "../lib/time";

/** When a session takes place, in milliseconds since 1970. */
export interface Slot {
  starts: number;
  ends: number;
}

/** How long before a session its guests may come, although it is still the day before. */
const early = 3 * 3_600_000;

/** The first and the last day of a session; one that ends at midnight is over on the day before. */
function days({ starts, ends }: Slot, zone: string): [string, string] {
  return [isoDay(new Date(starts), zone), isoDay(new Date(ends - 1_000), zone)];
}

/**
 * The day of a ticket that is for another day than the door, "2026-11-24": the next one, or the
 * last where all are over. It is "" for a ticket of today, for one of any day, and where the door
 * is no particular day's. The door's days are those of the list's sessions, and today where a list
 * without sessions is used on a day of the event.
 */
export function otherDay(
  now: number,
  zone: string,
  ticket: readonly Slot[],
  list: readonly Slot[],
  event: readonly Slot[],
): string {
  const day = isoDay(new Date(now), zone);
  const today = (slot: Slot) => {
    const [first, last] = days(slot, zone);
    return (first <= day && day <= last) || (now < slot.starts && now + early > slot.starts);
  };
  if (ticket.length === 0 || ticket.some(today) || (list.length === 0 && !event.some(today))) {
    return "";
  }
  for (const [first, last] of list.map((slot) => days(slot, zone))) {
    if (ticket.map((slot) => days(slot, zone)).some(([from, to]) => from <= last && first <= to)) {
      return "";
    }
  }
  const begin = (slots: readonly Slot[]) => slots.map((slot) => days(slot, zone)[0]).sort();
  return begin(ticket.filter(({ starts }) => starts > now))[0] ?? begin(ticket).at(-1) ?? "";
}

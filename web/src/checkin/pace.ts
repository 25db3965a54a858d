/** How fast people come in, and when that would be everybody. */

import type { ArrivalCount } from "../gen/lanyard/checkin/v1/checkin_pb";

const period = 600_000;

/** One bar of the arrivals. */
export interface Bar {
  from: number;
  admitted: number;
}

/** The arrivals in periods of ten minutes, those without anybody included. */
export function arrivalsOf(counts: readonly ArrivalCount[]): Bar[] {
  const known = new Map(counts.map(({ fromMs, admitted }) => [Number(fromMs), admitted]));
  const times = [...known.keys()];
  if (times.length === 0) {
    return [];
  }
  const bars: Bar[] = [];
  const last = Math.max(...times);
  // A list that goes on for days is not shown minute by minute.
  for (let at = Math.max(Math.min(...times), last - 143 * period); at <= last; at += period) {
    bars.push({ from: at, admitted: known.get(at) ?? 0 });
  }
  return bars;
}

/** When everybody left would be in at the pace of the last half hour; null when nobody came then. */
export function doneAt(bars: readonly Bar[], left: number, now: number): number | null {
  const recent = bars.filter(({ from }) => from > now - 3 * period - period);
  const came = recent.reduce((sum, { admitted }) => sum + admitted, 0);
  const first = recent[0];
  if (came === 0 || left <= 0 || first === undefined) {
    return null;
  }
  const span = Math.max(period / 2, now - first.from);
  const done = now + (left * span) / came;
  return done - now > 12 * 6 * period ? null : done;
}

/** Refund steps in words: what goes back until when. */

import type { RefundStep } from "../../gen/lanyard/booking/v1/order_pb";

type Step = Pick<RefundStep, "hoursBefore" | "percent">;

/** The steps in the order in which they count: furthest from the start first. */
export function inOrder<T extends Step>(steps: readonly T[]): T[] {
  return [...steps].sort((a, b) => b.hoursBefore - a.hoursBefore);
}

/** "14 days", "36 hours". */
export function span(hours: number): string {
  const days = hours % 24 === 0 && hours > 0;
  const n = days ? hours / 24 : hours;
  return `${n} ${days ? "day" : "hour"}${n === 1 ? "" : "s"}`;
}

function share(percent: number): string {
  return percent === 100
    ? "the full price"
    : percent === 0
      ? "nothing"
      : `${percent} % of the price`;
}

/** The steps as sentences, as buyers will understand them. */
export function stepWords(steps: readonly Step[]): string[] {
  if (steps.length === 0) {
    return ["Nothing goes back, however early a place is given up."];
  }
  const sorted = inOrder(steps);
  const words = sorted.map(({ hoursBefore, percent }) =>
    hoursBefore === 0
      ? `Until the start: ${share(percent)} goes back.`
      : `Until ${span(hoursBefore)} before the start: ${share(percent)} goes back.`,
  );
  const last = sorted.at(-1);
  return last === undefined || last.hoursBefore === 0 ? words : [...words, "After that: nothing."];
}

/** What does not fit: two steps at one time, or more going back the later one cancels. */
export function stepTrouble(steps: readonly Step[]): string {
  const sorted = inOrder(steps);
  for (const [i, step] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before?.hoursBefore === step.hoursBefore) {
      return `Two steps are both at ${span(step.hoursBefore)} before the start.`;
    }
    if (before !== undefined && step.percent > before.percent) {
      return `More would go back ${span(step.hoursBefore)} before the start than ${span(before.hoursBefore)} before it.`;
    }
  }
  return "";
}

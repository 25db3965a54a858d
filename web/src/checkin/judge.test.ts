// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  Basis,
  ListMode,
  OfflinePolicy,
  Outcome,
  TicketStatus,
} from "../gen/lanyard/checkin/v1/checkin_pb";
import { otherDay } from "./day";
import { dayOf, type Facts, judge } from "./judge";

/** A fact as the golden table writes it. */
type Raw = Record<string, string | number | boolean | null>;

interface Golden {
  defaults: Raw;
  cases: { name: string; facts: Raw; want: { outcome: string; basis: string; tone: string } }[];
  periods: { name: string; mode: string; at: string; timezone: string; day: string }[];
  days: {
    name: string;
    timezone: string;
    now: string;
    ticket: [string, string][];
    list: [string, string][];
    event: [string, string][];
    other_day: string;
  }[];
}

const golden = JSON.parse(
  readFileSync(
    new URL("../../../internal/checkin/testdata/verdicts.json", import.meta.url),
    "utf8",
  ),
) as Golden;

const time = (raw: unknown) => (raw === null ? null : Date.parse(String(raw)));
const word = (raw: unknown) => String(raw).toUpperCase();

/** The facts of a case in our own spelling; a fact that we do not know of is an error. */
function factsOf(raw: Raw): Facts {
  const all = { ...golden.defaults, ...raw };
  const facts: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(all)) {
    facts[key.replace(/_(.)/g, (_, c: string) => c.toUpperCase())] = value;
  }
  const { status, mode, offline_policy: offlinePolicy, now, opens, closes } = all;
  return {
    ...(facts as unknown as Facts),
    status: TicketStatus[word(status) as keyof typeof TicketStatus],
    mode: ListMode[word(mode) as keyof typeof ListMode],
    offlinePolicy: OfflinePolicy[word(offlinePolicy) as keyof typeof OfflinePolicy],
    now: time(now) ?? 0,
    opens: time(opens),
    closes: time(closes),
  };
}

test.each(golden.cases.map((c) => [c.name, c] as const))("judged as on the server: %s", (_, c) => {
  const { outcome, basis, tone } = judge(factsOf(c.facts));
  expect({ outcome: Outcome[outcome], basis: Basis[basis], tone }).toEqual(c.want);
});

test("the golden table is whole", () => {
  expect(golden.cases.length).toBeGreaterThan(60);
});

test.each(golden.periods.map((p) => [p.name, p] as const))("counted to its day: %s", (_, p) => {
  const mode = ListMode[word(p.mode) as keyof typeof ListMode];
  expect(dayOf(mode, Date.parse(p.at), p.timezone)).toBe(p.day);
});

test.each(golden.days.map((d) => [d.name, d] as const))("for its day: %s", (_, d) => {
  const slots = (of: readonly [string, string][]) =>
    of.map(([from, to]) => ({ starts: Date.parse(from), ends: Date.parse(to) }));
  const other = otherDay(
    Date.parse(d.now),
    d.timezone,
    slots(d.ticket),
    slots(d.list),
    slots(d.event),
  );
  expect(other).toBe(d.other_day);
});

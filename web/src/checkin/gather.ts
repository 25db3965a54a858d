/** Gathering what a judgement depends on, and writing the scan that reports it. */

import { create } from "@bufbuild/protobuf";
import {
  type CheckInList,
  type DoorAnswer,
  Outcome,
  type Scan,
  ScanClockSchema,
  ScanKind,
  ScanSchema,
  type Ticket,
  TicketStatus,
} from "../gen/lanyard/checkin/v1/checkin_pb";
import type { Book, Standing } from "./book";
import { hex } from "./book";
import type { Checked } from "./codes";
import { dayOf, type Facts, judge } from "./judge";
import type { Timekeeper } from "./time";

/** What comes with a code or a choice. */
export interface Admission {
  answers?: readonly DoorAnswer[];
  cashTaken?: boolean;
  /** Who it is, where the row does not tell. */
  who?: { name: string; organisation: string; badges: readonly string[] };
}

/** What was shown or chosen. */
export interface Shown extends Admission {
  checked: Checked;
  ticket: Ticket | undefined;
  code: string;
  picked: boolean;
  /** When the picture was taken, by the monotonic clock; 0 without one. */
  shownAt: number;
}

/** A scan that was judged here. */
export interface Judged {
  scan: Scan;
  list: CheckInList;
  subject: string;
  facts: Facts;
  standing: Standing;
  shown: Shown;
}

/** Writes scans: numbers them, dates them, says who made them. */
export interface Clerk {
  time: Timekeeper;
  next: () => number;
  staffKey: () => Uint8Array<ArrayBuffer>;
  /** When the list was last brought up to date. */
  syncedAt: () => number;
}

/** A ticket that was picked from the list has no code. */
export function pickedCode(ticket: Ticket | undefined): Checked {
  return {
    code: { kind: "unreadable" },
    hash: new Uint8Array(ticket?.numberHash ?? []),
    signature: "none",
    otherEvent: false,
    otherTitle: "",
  };
}

/** Judges what was shown, from what the tablet knows; own is when it last let this ticket through. */
export function judgeShown(
  shown: Shown,
  list: CheckInList,
  exit: boolean,
  book: Book,
  clerk: Clerk,
  own: (subject: string) => number | undefined,
): Judged {
  const { checked, ticket, picked } = shown;
  const now = clerk.time.now();
  const mode = list.details?.mode ?? 0;
  const subject = ticket?.id ?? `#${hex(checked.hash)}`;
  const standing = book.standing(subject, list.id, dayOf(mode, now, book.zone));
  const before = own(subject);
  const facts: Facts = {
    exit,
    online: false,
    code: picked ? "picked" : checked.code.kind,
    signature: checked.signature,
    otherEvent: checked.otherEvent,
    listed: ticket !== undefined,
    status: ticket?.status ?? TicketStatus.VALID,
    listAdmits: ticket !== undefined && book.admits(list, ticket),
    otherDay: ticket !== undefined && book.otherDay(list, ticket, now) !== "",
    now,
    opens: millis(list.opensAt),
    closes: millis(list.closesAt),
    mode,
    offlinePolicy: list.details?.offline ?? 0,
    entries: standing.entries,
    inside: standing.inside,
    ownSeconds: before === undefined ? null : (now - before) / 1_000,
    unanswered: isUnanswered(ticket, list, shown.answers ?? []),
    due: (ticket?.dueMinor ?? 0n) > 0n,
    cashTaken: shown.cashTaken ?? false,
  };
  const verdict = judge(facts);
  const scan = writeScan(clerk, list, exit ? ScanKind.EXIT : ScanKind.ENTRY, {
    code: verdict.outcome === Outcome.UNREADABLE ? "" : shown.code.trim().slice(0, 200),
    ticketId: ticket?.id ?? "",
    outcome: verdict.outcome,
    basis: verdict.basis,
    answers: [...(shown.answers ?? [])],
    cashTaken: shown.cashTaken ?? false,
  });
  return { scan, list, subject, facts, standing, shown };
}

function isUnanswered(
  ticket: Ticket | undefined,
  list: CheckInList,
  given: readonly DoorAnswer[],
): boolean {
  const asked = list.details?.askQuestionIds ?? [];
  return (ticket?.unansweredIds ?? []).some(
    (id) => asked.includes(id) && !given.some(({ questionId }) => questionId === id),
  );
}

/** Writes a scan down. */
export function writeScan(
  clerk: Clerk,
  list: CheckInList,
  kind: ScanKind,
  more: Partial<Omit<Scan, "$typeName">>,
): Scan {
  const age = (clerk.time.now() - clerk.syncedAt()) / 1_000;
  return create(ScanSchema, {
    scanId: crypto.randomUUID(),
    kind,
    listId: list.id,
    sequence: BigInt(clerk.next()),
    clock: readClock(clerk.time),
    listAgeSeconds: Math.min(2 ** 31 - 1, Math.max(0, Math.round(age))),
    staffKey: clerk.staffKey(),
    ...more,
  });
}

/** What the clocks say at this moment. */
export function readClock(time: Timekeeper) {
  const now = time.now();
  const wall = time.wall();
  return create(ScanClockSchema, {
    wallMs: BigInt(Math.max(0, Math.round(wall))),
    // What our own reckoning makes of the wall clock, so that a jump of it does no harm.
    offsetMs: BigInt(Math.round(now - wall)),
    offsetKnown: time.known,
    monotonicMs: BigInt(Math.max(0, Math.round(time.mono()))),
    bootId: time.boot,
    jumped: time.doubtful || time.setBack,
  });
}

/** A time of the contract in milliseconds; null for none. */
export function millis(time: { seconds: bigint } | undefined): number | null {
  return time === undefined ? null : Number(time.seconds) * 1_000;
}

/**
 * The judgement of one scan: one pure function, the same as the server's. Both run the same golden
 * table. Validity comes before duplicates, so that a ticket that was withdrawn never looks like one
 * that merely came twice.
 */

import {
  Basis,
  ListMode,
  OfflinePolicy,
  Outcome,
  TicketStatus,
} from "../gen/lanyard/checkin/v1/checkin_pb";
import { isoDay } from "../lib/time";
import type { Tone } from "./feel";

/** Everything that a judgement depends on. */
export interface Facts {
  /** Whether somebody leaves. */
  exit: boolean;
  /** Whether the server itself says so; a tablet judges with false. */
  online: boolean;
  /** What was shown; picked means chosen from the list by hand. */
  code: "signed" | "short" | "picked" | "unreadable";
  /** What is known of the signature; unchecked where this browser cannot tell. */
  signature: "none" | "valid" | "bad" | "unchecked";
  /** Whether the code names another event. */
  otherEvent: boolean;
  /** Whether there is a row for the ticket. */
  listed: boolean;
  status: TicketStatus;
  /** Whether the list lets the ticket's product in. */
  listAdmits: boolean;
  /** Whether the ticket is for another day than the door, see otherDay. */
  otherDay: boolean;
  /** Times are milliseconds since 1970; null is no bound. */
  now: number;
  opens: number | null;
  closes: number | null;
  mode: ListMode;
  offlinePolicy: OfflinePolicy;
  /** Of the ticket on this list, on the day in question where it admits once a day. */
  entries: number;
  inside: boolean;
  /** How long ago this tablet let this ticket through in this direction; null when it did not. */
  ownSeconds: number | null;
  /** Whether a question for the door has no answer. */
  unanswered: boolean;
  /** Whether money is due although the place is confirmed. */
  due: boolean;
  /** Whether it was paid just now. */
  cashTaken: boolean;
}

/** The answer. */
export interface Verdict {
  outcome: Outcome;
  basis: Basis;
  tone: Tone;
}

/** How much too early or too late is still in time. */
const grace = 120_000;

/** How long the same tablet shows the same card again, in seconds. */
const echo = 5;

/** Answers one scan. */
export function judge(f: Facts): Verdict {
  const outcome = ofTicket(f) ?? (f.exit ? null : ofTime(f)) ?? ofPresence(f);
  return { outcome, basis: basisOf(outcome, f), tone: toneOf(outcome, f) };
}

function basisOf(outcome: Outcome, f: Facts): Basis {
  if (f.online) {
    return Basis.LIVE;
  }
  const signed = outcome === Outcome.ADMITTED_UNCONFIRMED && f.signature === "valid";
  return signed ? Basis.SIGNATURE_ONLY : Basis.LOCAL;
}

const withdrawn: Readonly<Partial<Record<TicketStatus, Outcome>>> = {
  [TicketStatus.REPLACED]: Outcome.REPLACED,
  [TicketStatus.CANCELLED]: Outcome.CANCELLED,
  [TicketStatus.REFUNDED]: Outcome.REFUNDED,
  [TicketStatus.BLOCKED]: Outcome.BLOCKED,
};

/** What is wrong with the ticket itself. */
function ofTicket(f: Facts): Outcome | null {
  if (f.code === "unreadable") {
    return Outcome.UNREADABLE;
  }
  if (f.signature === "bad") {
    return Outcome.BAD_SIGNATURE;
  }
  if (f.otherEvent) {
    return Outcome.OTHER_EVENT;
  }
  const gone = f.listed ? withdrawn[f.status] : undefined;
  if (gone !== undefined) {
    return gone;
  }
  if (!f.online && f.offlinePolicy === OfflinePolicy.STOP && !f.exit) {
    return Outcome.OFFLINE_STOPPED;
  }
  if (!f.listed) {
    return mayBeNew(f) ? null : Outcome.NOT_LISTED;
  }
  if (f.otherDay && !f.exit) {
    return Outcome.WRONG_DAY;
  }
  return f.listAdmits ? null : Outcome.WRONG_LIST;
}

/** Whether a ticket that is not on the list may be newer than it. */
function mayBeNew(f: Facts): boolean {
  if (f.online) {
    return false;
  }
  const signed = f.offlinePolicy === OfflinePolicy.SIGNED_OR_LISTED && f.signature === "valid";
  return f.offlinePolicy === OfflinePolicy.ADMIT || signed;
}

/** Whether the hour or the money forbids it. */
function ofTime(f: Facts): Outcome | null {
  if (f.opens !== null && f.now < f.opens - grace) {
    return Outcome.TOO_EARLY;
  }
  if (f.closes !== null && f.now > f.closes + grace) {
    return Outcome.TOO_LATE;
  }
  if (!f.listed) {
    return null;
  }
  if (f.status === TicketStatus.UNPAID && !f.cashTaken) {
    return Outcome.UNPAID;
  }
  return f.status === TicketStatus.UNAPPROVED ? Outcome.UNAPPROVED : null;
}

/** How it compares with what the ticket did before. */
function ofPresence(f: Facts): Outcome {
  const again = f.ownSeconds !== null && f.ownSeconds <= echo;
  if (f.exit) {
    return f.inside || again ? Outcome.EXITED : Outcome.NOT_INSIDE;
  }
  if (cameIn(f, again)) {
    return again ? Outcome.ADMITTED_AGAIN : Outcome.ALREADY_IN;
  }
  if (f.unanswered) {
    return Outcome.QUESTION_NEEDED;
  }
  return f.listed ? Outcome.ADMITTED : Outcome.ADMITTED_UNCONFIRMED;
}

/** Whether the list's mode forbids another entry. */
function cameIn(f: Facts, again: boolean): boolean {
  switch (f.mode) {
    case ListMode.FREE:
      return again;
    case ListMode.RE_ENTRY:
      return f.inside;
    default:
      return f.entries > 0;
  }
}

const ambers: readonly Outcome[] = [
  Outcome.OFFLINE_STOPPED,
  Outcome.TOO_EARLY,
  Outcome.UNPAID,
  Outcome.ALREADY_IN,
  Outcome.NOT_INSIDE,
  Outcome.QUESTION_NEEDED,
  Outcome.ADMITTED_UNCONFIRMED,
];

/** How an answer looks. */
export function toneOf(outcome: Outcome, f: Pick<Facts, "due" | "cashTaken" | "online">): Tone {
  switch (outcome) {
    case Outcome.ADMITTED:
    case Outcome.ADMITTED_AGAIN:
      return f.due && !f.cashTaken ? "amber" : "green";
    case Outcome.EXITED:
      return "green";
    case Outcome.NOT_LISTED:
      return f.online ? "red" : "amber";
    default:
      return ambers.includes(outcome) ? "amber" : "red";
  }
}

/** Whether a scan with this outcome went through the door. */
export function letsThrough(outcome: Outcome): boolean {
  return [
    Outcome.ADMITTED,
    Outcome.ADMITTED_AGAIN,
    Outcome.ADMITTED_UNCONFIRMED,
    Outcome.EXITED,
    Outcome.ADMITTED_OFFLINE_CONFLICT,
  ].includes(outcome);
}

/** The day to which an admission belongs, on a list that admits once a day; on all others "". */
export function dayOf(mode: ListMode, at: number, zone: string): string {
  return mode === ListMode.ONCE_PER_DAY ? isoDay(new Date(at), zone) : "";
}

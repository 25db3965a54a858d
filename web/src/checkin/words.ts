/** What each answer says to the person at the door: a word, and one sentence. */

import { type ListMode, Outcome } from "../gen/lanyard/checkin/v1/checkin_pb";
import { clockTime, isoDay, longDate } from "../lib/time";

/** What a sentence may speak of. */
export interface Circumstances {
  now: number;
  zone: string;
  /** When and where the ticket first came in. */
  firstAt: number;
  firstGate: string;
  firstHere: boolean;
  otherEvent: string;
  /** The day for which the ticket is, "2026-11-24"; "" where that is not another one. */
  otherDay: string;
  opens: number | null;
  closes: number | null;
  /** When the list was last brought up to date; 0 for never. */
  listAt: number;
  listTitle: string;
  product: string;
  due: string;
  cashTaken: boolean;
  mode: ListMode;
  online: boolean;
}

/** A word for the whole screen, and one sentence that explains it. */
export interface Words {
  word: string;
  sentence: string;
}

/** The words for an answer. */
export function wordsFor(outcome: Outcome, c: Circumstances): Words {
  const when = (time: number) => {
    const [then, hour] = [new Date(time), clockTime(new Date(time), c.zone)];
    const today = isoDay(then, c.zone) === isoDay(new Date(c.now), c.zone);
    return today ? `at ${hour}` : `on ${longDate(then, c.zone)} at ${hour}`;
  };
  switch (outcome) {
    case Outcome.ADMITTED:
      return { word: "Come in", sentence: admitted(c) };
    case Outcome.ADMITTED_AGAIN:
      return { word: "Come in", sentence: "Let in a moment ago. This is the same ticket." };
    case Outcome.ADMITTED_UNCONFIRMED:
      return { word: "Come in, unconfirmed", sentence: `Not in the list of ${age(c)}.` };
    case Outcome.ADMITTED_OFFLINE_CONFLICT:
      return { word: "Look", sentence: `Let in here, and before that ${first(c)}.` };
    case Outcome.EXITED:
      return { word: "Goodbye", sentence: "" };
    case Outcome.ALREADY_IN:
      return { word: "Already in", sentence: `Came in ${first(c)}.` };
    case Outcome.NOT_INSIDE:
      return { word: "Not inside", sentence: "This ticket has not come in by this list." };
    case Outcome.QUESTION_NEEDED:
      return { word: "Ask first", sentence: "There is something to ask before they come in." };
    case Outcome.UNPAID:
      return { word: "Not paid", sentence: c.due === "" ? "" : `${c.due} is due.` };
    case Outcome.TOO_EARLY:
      return { word: "Too early", sentence: c.opens ? `The doors open ${when(c.opens)}.` : "" };
    case Outcome.TOO_LATE:
      return { word: "Too late", sentence: c.closes ? `This closed ${when(c.closes)}.` : "" };
    case Outcome.WRONG_DAY:
      return { word: "Wrong day", sentence: `This ticket is for ${dayWords(c.otherDay)}.` };
    case Outcome.OFFLINE_STOPPED:
      return { word: "No network", sentence: `${c.listTitle} is decided with a network only.` };
    case Outcome.NOT_LISTED:
      return c.online
        ? { word: "No such ticket", sentence: "It looks like a ticket, but there is none like it." }
        : { word: "Not in the list", sentence: `The list is of ${age(c)}. Call the shift lead.` };
    default:
      return { word: "Stop", sentence: refusals[outcome]?.(c) ?? "This cannot be let in." };
  }
}

const refusals: Readonly<Partial<Record<Outcome, (c: Circumstances) => string>>> = {
  [Outcome.UNREADABLE]: () => "This is not a ticket.",
  [Outcome.BAD_SIGNATURE]: () => "This ticket is forged or damaged.",
  [Outcome.OTHER_EVENT]: (c) =>
    c.otherEvent === "" ? "This ticket is for another event." : `This is for “${c.otherEvent}”.`,
  [Outcome.REPLACED]: () => "A newer ticket was sent. Ask for that one.",
  [Outcome.CANCELLED]: () => "This ticket was cancelled.",
  [Outcome.REFUNDED]: () => "This ticket was refunded: the money went back, the place is given up.",
  [Outcome.BLOCKED]: () => "The organiser has stopped this ticket.",
  [Outcome.WRONG_LIST]: (c) =>
    c.product === ""
      ? `This ticket does not count for ${c.listTitle}.`
      : `“${c.product}” does not count for ${c.listTitle}.`,
  [Outcome.UNAPPROVED]: () => "The organiser has not approved this place.",
  [Outcome.NOT_TAKEN]: () => "The server did not take this.",
};

/** "Tuesday 24 November 2026". */
function dayWords(day: string): string {
  return day === "" ? "another day" : longDate(new Date(`${day}T12:00:00Z`), "UTC");
}

function admitted(c: Circumstances): string {
  if (c.cashTaken) {
    return c.due === "" ? "Paid at the door." : `${c.due} taken at the door.`;
  }
  return c.due === "" ? "" : `${c.due} is still due.`;
}

/** "at 09:41 by North, 30 seconds ago". */
function first(c: Circumstances): string {
  const where = c.firstHere ? "here" : c.firstGate === "" ? "" : `by ${c.firstGate}`;
  if (c.firstAt === 0) {
    return where === "" ? "before" : where;
  }
  const when = `at ${clockTime(new Date(c.firstAt), c.zone)}`;
  return `${[when, where].filter((part) => part !== "").join(" ")}, ${ago(c.now - c.firstAt)}`;
}

/** "30 seconds ago", "12 minutes ago", "3 hours ago". */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 5) {
    return "just now";
  }
  if (seconds < 90) {
    return `${seconds} seconds ago`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) {
    return `${minutes} minutes ago`;
  }
  const hours = Math.round(minutes / 60);
  return hours < 36 ? `${hours} hours ago` : `${Math.round(hours / 24)} days ago`;
}

function age(c: Circumstances): string {
  return c.listAt === 0 ? "this tablet" : clockTime(new Date(c.listAt), c.zone);
}

/** An amount of minor units, "£45.00". */
export function amount(minor: bigint, currency: string): string {
  if (minor <= 0n || currency === "") {
    return "";
  }
  const format = new Intl.NumberFormat("en-GB", { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(Number(minor) / 10 ** digits);
}

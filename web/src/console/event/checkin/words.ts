/** What the answers at the door are called in logs. */

import { Outcome } from "../../../gen/lanyard/checkin/v1/checkin_pb";

const words: Readonly<Record<Outcome, string>> = {
  [Outcome.UNSPECIFIED]: "Asked",
  [Outcome.UNREADABLE]: "Not a ticket",
  [Outcome.BAD_SIGNATURE]: "Forged or damaged",
  [Outcome.OTHER_EVENT]: "For another event",
  [Outcome.REPLACED]: "Handed over",
  [Outcome.CANCELLED]: "Cancelled",
  [Outcome.REFUNDED]: "Refunded",
  [Outcome.BLOCKED]: "Stopped",
  [Outcome.OFFLINE_STOPPED]: "No network",
  [Outcome.NOT_LISTED]: "No such ticket",
  [Outcome.WRONG_DAY]: "Wrong day",
  [Outcome.WRONG_LIST]: "Wrong list",
  [Outcome.TOO_EARLY]: "Too early",
  [Outcome.TOO_LATE]: "Too late",
  [Outcome.UNPAID]: "Not paid",
  [Outcome.UNAPPROVED]: "Not approved",
  [Outcome.ALREADY_IN]: "Already in",
  [Outcome.NOT_INSIDE]: "Not inside",
  [Outcome.QUESTION_NEEDED]: "Asked a question first",
  [Outcome.ADMITTED]: "Let in",
  [Outcome.ADMITTED_AGAIN]: "Let in, the same card again",
  [Outcome.ADMITTED_UNCONFIRMED]: "Let in, unconfirmed",
  [Outcome.EXITED]: "Left",
  [Outcome.ADMITTED_OFFLINE_CONFLICT]: "Let in after another gate",
  [Outcome.VOIDED]: "Taken back",
  [Outcome.NOT_TAKEN]: "Not taken",
};

/** The words for an answer. */
export function outcomeWords(outcome: Outcome): string {
  return words[outcome] ?? "";
}

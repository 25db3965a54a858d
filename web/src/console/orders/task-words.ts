/** What tasks about money are called, and what can be done about each. */

import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { Resolution, type Task, TaskKind } from "../../gen/lanyard/payment/v1/payment_pb";
import { price } from "../../lib/money";
import { count } from "../../lib/words";
import { dayOf, type StateWords } from "./words";

const kinds: Readonly<Partial<Record<TaskKind, StateWords>>> = {
  [TaskKind.LATE_MONEY]: { text: "Paid too late", tone: "warm" },
  [TaskKind.OVERPAID]: { text: "Paid too much", tone: "warm" },
  [TaskKind.UNDERPAID]: { text: "Paid too little", tone: "caution" },
  [TaskKind.WRONG_CURRENCY]: { text: "Wrong currency", tone: "caution" },
  [TaskKind.WRONG_ACCOUNT]: { text: "Wrong account", tone: "bad" },
  [TaskKind.UNKNOWN_OBJECT]: { text: "Unknown payment", tone: "caution" },
  [TaskKind.DISPUTE]: { text: "Dispute", tone: "bad" },
  [TaskKind.EARLY_FRAUD_WARNING]: { text: "Fraud warning", tone: "bad" },
  [TaskKind.REFUND_FAILED]: { text: "Refund failed", tone: "bad" },
  [TaskKind.REFUND_OVER]: { text: "Refunded too much", tone: "bad" },
  [TaskKind.REFUND_UNCREDITED]: { text: "Credit note missing", tone: "caution" },
  [TaskKind.INVOICE_OVERDUE]: { text: "Invoice overdue", tone: "caution" },
  [TaskKind.STRIPE_UNREACHABLE]: { text: "Stripe does not answer", tone: "caution" },
};

/** What a task is about. */
export function kindWords(kind: TaskKind): StateWords {
  return kinds[kind] ?? { text: "Something about money" };
}

/** The kinds that people look for, with their words. */
export const wantedKinds: readonly { value: TaskKind; label: string }[] = Object.keys(kinds).map(
  (key) => ({ value: Number(key), label: kindWords(Number(key)).text }),
);

/** A way to end a task, or to get on with it. */
export type Way = "place" | "refund" | "credit" | "evidence" | "done";

/** What can be done about a task, the best first, for somebody who may do all of it. */
export function waysOf(task: Task): readonly Way[] {
  const ways: Way[] = [];
  if (task.kind === TaskKind.DISPUTE && task.disputeId !== "") {
    ways.push("evidence");
  }
  for (const how of task.can) {
    if (how === Resolution.PLACE) {
      ways.push("place");
    } else if (how === Resolution.REFUND) {
      ways.push("refund");
    } else if (how === Resolution.CREDIT) {
      ways.push("credit");
    } else if (how === Resolution.DONE) {
      ways.push("done");
    }
  }
  return ways;
}

/** The words on the button of a way. */
export function wayWords(way: Way, task: Task): string {
  switch (way) {
    case "place":
      return "Give the places";
    case "refund":
      return task.currency === ""
        ? "Give the money back"
        : `Give ${price(task.amountMinor, task.currency)} back`;
    case "credit":
      return `Issue a credit note of ${price(task.amountMinor, task.currency)}`;
    case "evidence":
      return "Gather the evidence";
    case "done":
      return doneWords(task.kind);
  }
}

function doneWords(kind: TaskKind): string {
  switch (kind) {
    case TaskKind.REFUND_FAILED:
      return "Paid another way";
    case TaskKind.DISPUTE:
      return "Answered or accepted";
    case TaskKind.UNDERPAID:
    case TaskKind.INVOICE_OVERDUE:
      return "The rest is settled";
    default:
      return "It is seen to";
  }
}

/** What is said of how a task ended. */
export function endWords(task: Task): string {
  switch (task.resolution) {
    case Resolution.REFUND:
      return "The money went back";
    case Resolution.PLACE:
      return "The places were given";
    case Resolution.CREDIT:
      return "A credit note was issued";
    case Resolution.ITSELF:
      return "It settled itself";
    default:
      return "It was seen to";
  }
}

const day = 86_400_000;

/** Until when something helps; undefined without such a moment. */
export function dueWords(
  at: Timestamp | undefined,
  zone: string,
  now = new Date(),
): StateWords | undefined {
  if (at === undefined) {
    return undefined;
  }
  const left = timestampDate(at).getTime() - now.getTime();
  if (left < 0) {
    return { text: `Was due ${dayOf(at, zone)}`, tone: "bad" };
  }
  const days = Math.floor(left / day);
  const until = days === 0 ? "less than a day left" : `${count(days, "day")} left`;
  return { text: `By ${dayOf(at, zone)}, ${until}`, tone: days < 3 ? "bad" : "caution" };
}

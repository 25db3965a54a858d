/** What orders and their money are called: states as words, VAT, and what happened when. */

import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import {
  MoneyState,
  type Order,
  type OrderDocument,
  type OrderLine,
  OrderState,
  PaymentMethod,
} from "../../gen/lanyard/booking/v1/order_pb";
import { percent, price } from "../../lib/money";
import { shortDate } from "../../lib/time";

/** A state as a pill says it. */
export interface StateWords {
  text: string;
  /** The tint; undefined for none. */
  tone?: string;
}

const states: Readonly<Partial<Record<OrderState, StateWords>>> = {
  [OrderState.BASKET]: { text: "In a basket", tone: "info" },
  [OrderState.PLACED]: { text: "Placed, no places yet", tone: "caution" },
  [OrderState.CONFIRMED]: { text: "Confirmed", tone: "good" },
  [OrderState.CLOSED]: { text: "Over" },
  [OrderState.EXPIRED]: { text: "Not paid in time", tone: "bad" },
  [OrderState.DECLINED]: { text: "Declined", tone: "bad" },
  [OrderState.CANCELLED]: { text: "Cancelled", tone: "bad" },
};

/** How far an order is. */
export function stateWords(state: OrderState): StateWords {
  return states[state] ?? { text: "Unknown" };
}

/** The states that people look for, with their words. Baskets are nobody's orders yet. */
export const wantedStates: readonly { value: OrderState; label: string }[] = [
  OrderState.PLACED,
  OrderState.CONFIRMED,
  OrderState.CLOSED,
  OrderState.EXPIRED,
  OrderState.DECLINED,
  OrderState.CANCELLED,
].map((value) => ({ value, label: stateWords(value).text }));

/** Whether an invoice is unpaid after its day. */
export function isOverdue(order: Order, now: Date): boolean {
  const { method, balanceMinor, dueAt, state } = order;
  const live = state === OrderState.CONFIRMED || state === OrderState.CLOSED;
  return (
    live &&
    method === PaymentMethod.INVOICE &&
    balanceMinor > 0n &&
    dueAt !== undefined &&
    timestampDate(dueAt) < now
  );
}

/** How an order's money stands, with the amount where it matters and the day in the given zone. */
export function moneyWords(order: Order, zone: string, now = new Date()): StateWords {
  const { money, balanceMinor, currency, dueAt } = order;
  if (isOverdue(order, now)) {
    return { text: `Overdue since ${dayOf(dueAt, zone)}`, tone: "bad" };
  }
  switch (money) {
    case MoneyState.NONE:
      return { text: "Nothing to pay" };
    case MoneyState.DUE:
      return due(order, zone);
    case MoneyState.PART_PAID:
      return { text: `${price(balanceMinor, currency)} still owed`, tone: "caution" };
    case MoneyState.PAID:
      return { text: "Paid", tone: "good" };
    case MoneyState.OVER_PAID:
      return { text: `${price(abs(balanceMinor), currency)} too much`, tone: "warm" };
    case MoneyState.IN_DISPUTE:
      return { text: "Disputed", tone: "bad" };
    case MoneyState.REFUNDED:
      return { text: "Given back" };
    case MoneyState.PROCESSING:
      return { text: "Bank payment on its way", tone: "info" };
    default:
      return { text: "Unknown" };
  }
}

function due({ state, method, dueAt }: Order, zone: string): StateWords {
  if (
    state === OrderState.EXPIRED ||
    state === OrderState.DECLINED ||
    state === OrderState.CANCELLED
  ) {
    return { text: "Nothing was paid" };
  }
  if (method === PaymentMethod.INVOICE && dueAt !== undefined) {
    return { text: `Invoice due ${dayOf(dueAt, zone)}`, tone: "caution" };
  }
  return { text: "Not paid yet", tone: "caution" };
}

/** "23 Jul 2026"; empty for no moment. */
export function dayOf(at: Timestamp | undefined, zone: string): string {
  return at === undefined ? "" : shortDate(timestampDate(at), zone);
}

/** An amount without its sign. */
export function abs(minor: bigint): bigint {
  return minor < 0n ? -minor : minor;
}

/** "20 % VAT", "Exempt from VAT". */
export function vatWords({ vatCategory, vatRate }: OrderLine): string {
  switch (vatCategory) {
    case "standard":
      return `${percent(vatRate)} % VAT`;
    case "reduced":
      return `${percent(vatRate)} % VAT, reduced`;
    case "zero":
      return "Zero-rated";
    case "exempt":
      return "Exempt from VAT";
    case "outside":
      return "Outside the scope of VAT";
    default:
      return vatCategory;
  }
}

const documents: Readonly<Record<string, string>> = {
  invoice: "VAT invoice",
  simplified: "Simplified invoice",
  credit_note: "Credit note",
};

/** What a document is called. */
export function documentWords({ kind }: Pick<OrderDocument, "kind">): string {
  return documents[kind] ?? "Document";
}

const refunds: Readonly<Record<string, StateWords>> = {
  requested: { text: "About to be sent", tone: "info" },
  submitting: { text: "Being sent", tone: "info" },
  pending: { text: "On its way", tone: "info" },
  requires_action: { text: "Waits for the buyer", tone: "caution" },
  succeeded: { text: "Given back", tone: "good" },
  failed: { text: "Failed", tone: "bad" },
  canceled: { text: "Called off", tone: "bad" },
};

/** Where a refund is. */
export function refundWords(state: string): StateWords {
  return refunds[state] ?? { text: state };
}

/** Something that happened to an order, or will. */
export interface Moment {
  at: Timestamp;
  icon: string;
  text: string;
  /** A second line: who said why, by which card. */
  note: string;
  /** True where only the day is known. */
  dayOnly?: boolean;
}

/** What happened to an order, the latest first; a day in the future is what comes next. */
export function timelineOf(order: Order): readonly Moment[] {
  const { currency, code, state } = order;
  const all: Moment[] = [];
  const add = (at: Timestamp | undefined, icon: string, text: string, note = "") => {
    if (at !== undefined) {
      all.push({ at, icon, text, note });
    }
  };
  add(order.placedAt, "receipt", `Order ${code} was placed`);
  for (const p of order.payments) {
    add(p.capturedAt, "good", `${price(p.amountMinor, currency)} came in`, p.method);
  }
  for (const r of order.refunds) {
    const gone = r.state === "failed" || r.state === "canceled";
    const text = `${price(r.amountMinor, currency)} ${gone ? "was to be" : ""} given back`;
    const note = [r.reason, gone ? refundWords(r.state).text : ""].filter((w) => w !== "");
    add(r.requestedAt, gone ? "warn" : "swap", text.replace("  ", " "), note.join(" · "));
  }
  for (const d of order.documents) {
    if (d.issuedAt !== undefined) {
      const text = `${documentWords(d)} ${d.number} was issued`;
      all.push({ at: d.issuedAt, icon: "log", text, note: "", dayOnly: true });
    }
  }
  if (order.balanceMinor > 0n && state === OrderState.CONFIRMED) {
    add(order.dueAt, "clock", `${price(order.balanceMinor, currency)} is due`);
  }
  if (state === OrderState.PLACED) {
    add(order.expiresAt, "clock", "The order lapses unless it is paid");
  }
  if (state === OrderState.EXPIRED) {
    add(order.expiresAt, "cross", "The order lapsed, unpaid");
  }
  // Stripe tells whole seconds, so what was added later counts as later within one; a document of
  // a day stands above what happened on that day.
  const second = ({ at, dayOnly }: Moment) => Number(at.seconds) + (dayOnly ? 86_399 : 0);
  return all.reverse().sort((a, b) => second(b) - second(a));
}

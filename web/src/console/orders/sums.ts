/** What a cancellation or a refund would give back, reckoned for the person before they press. */

import { type Order, type OrderLine, RefundChoice } from "../../gen/lanyard/booking/v1/order_pb";
import { price } from "../../lib/money";
import { list } from "../../lib/words";

/** The lines that can still be given up. */
export function liveLines({ lines }: Pick<Order, "lines">): OrderLine[] {
  return lines.filter((l) => !l.cancelled);
}

/** What was paid and has not gone back: no refund can be larger. */
export function refundable({ paidMinor, refundedMinor }: Order): bigint {
  return paidMinor > refundedMinor ? paidMinor - refundedMinor : 0n;
}

/** The chosen lines and the add-ons of the chosen tickets, which go with them. */
export function withAddOns(order: Order, chosen: readonly string[]): OrderLine[] {
  const live = liveLines(order);
  const places = new Set(
    live.filter((l) => l.ticket && chosen.includes(l.id)).map((l) => l.registrationId),
  );
  places.delete("");
  return live.filter((l) => chosen.includes(l.id) || places.has(l.registrationId));
}

/** What giving up the lines pays back, by the choice made. */
export function givesBack(order: Order, lines: readonly OrderLine[], choice: RefundChoice): bigint {
  switch (choice) {
    case RefundChoice.POLICY:
      return least(sum(lines, "refundNowMinor"), refundable(order));
    case RefundChoice.FULL:
      return least(sum(lines, "grossMinor"), refundable(order));
    default:
      return 0n;
  }
}

/** The sum of one amount over lines. */
export function sum(
  lines: readonly OrderLine[],
  amount: "grossMinor" | "vatMinor" | "refundNowMinor",
): bigint {
  return lines.reduce((total, line) => total + line[amount], 0n);
}

/** The smaller of two amounts. */
export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** VAT by rate, as documents sum it up. */
export function vatByRate(lines: readonly OrderLine[]): { rate: number; vat: bigint }[] {
  const rates = [...new Set(lines.filter((l) => l.vatMinor > 0n).map((l) => l.vatRate))];
  return rates
    .sort((a, b) => b - a)
    .map((rate) => ({
      rate,
      vat: sum(
        lines.filter((l) => l.vatRate === rate),
        "vatMinor",
      ),
    }));
}

/** A line as one of a list names it: its title and who comes. */
export function lineName({ title, attendeeName, ticket }: OrderLine): string {
  return attendeeName === "" || !ticket ? title : `${title}, ${attendeeName}`;
}

/** "Day ticket, Ada Byron (£120.00) and Workshop (£30.00)". */
export function namesOf(lines: readonly OrderLine[], currency: string): string {
  return list(lines.map((l) => `${lineName(l)} (${price(l.grossMinor, currency)})`));
}

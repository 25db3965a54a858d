import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import {
  MoneyState,
  type Order,
  OrderSchema,
  OrderState,
  PaymentMethod,
  RefundChoice,
} from "../../gen/lanyard/booking/v1/order_pb";
import { stepTrouble, stepWords } from "./steps";
import { givesBack, refundable, vatByRate, withAddOns } from "./sums";
import { moneyWords, stateWords, timelineOf } from "./words";

const on = (text: string) => timestampFromDate(new Date(text));
const order = (changes: Partial<Order> = {}): Order => ({
  ...create(OrderSchema, {
    code: "K7QX2M",
    state: OrderState.CONFIRMED,
    money: MoneyState.PAID,
    currency: "GBP",
    totalMinor: 27_000n,
    paidMinor: 27_000n,
    placedAt: on("2026-07-01T10:00:00.400Z"),
    lines: [
      {
        id: "a",
        ticket: true,
        registrationId: "r1",
        grossMinor: 12_000n,
        refundNowMinor: 6_000n,
        vatMinor: 2_000n,
        vatRate: 2000,
      },
      {
        id: "b",
        ticket: true,
        registrationId: "r2",
        grossMinor: 12_000n,
        refundNowMinor: 6_000n,
        vatMinor: 2_000n,
        vatRate: 2000,
      },
      {
        id: "c",
        registrationId: "r1",
        grossMinor: 3_000n,
        refundNowMinor: 1_500n,
        vatMinor: 143n,
        vatRate: 500,
      },
    ],
  }),
  ...changes,
});

describe("an order's money", () => {
  it("is said in words, with the amount where it matters", () => {
    const said = (changes: Partial<Order>) =>
      moneyWords(order(changes), "Europe/London", new Date("2026-08-01T00:00:00Z")).text;
    expect(said({})).toBe("Paid");
    expect(said({ money: MoneyState.PART_PAID, balanceMinor: 2_000n })).toBe("£20.00 still owed");
    expect(said({ money: MoneyState.OVER_PAID, balanceMinor: -500n })).toBe("£5.00 too much");
    expect(said({ money: MoneyState.DUE, state: OrderState.EXPIRED })).toBe("Nothing was paid");
    expect(
      said({
        money: MoneyState.DUE,
        method: PaymentMethod.INVOICE,
        balanceMinor: 100n,
        dueAt: on("2026-07-15T22:59:59Z"),
      }),
    ).toBe("Overdue since 15 Jul 2026");
    for (const money of [
      MoneyState.NONE,
      MoneyState.IN_DISPUTE,
      MoneyState.REFUNDED,
      MoneyState.PROCESSING,
    ]) {
      expect(said({ money })).not.toBe("Unknown");
    }
    for (const state of [1, 2, 3, 4, 5, 6, 7]) {
      expect(stateWords(state).text).not.toBe("Unknown");
    }
  });

  it("goes back with the add-ons of a ticket, and never beyond what was paid", () => {
    const all = order();
    const given = withAddOns(all, ["a"]);
    expect(given.map((l) => l.id)).toEqual(["a", "c"]);
    expect(givesBack(all, given, RefundChoice.POLICY)).toBe(7_500n);
    expect(givesBack(all, given, RefundChoice.FULL)).toBe(15_000n);
    expect(givesBack(all, given, RefundChoice.NONE)).toBe(0n);
    const most = order({ refundedMinor: 20_000n });
    expect(refundable(most)).toBe(7_000n);
    expect(givesBack(most, given, RefundChoice.FULL)).toBe(7_000n);
    expect(refundable(order({ refundedMinor: 30_000n }))).toBe(0n);
  });

  it("has its VAT by rate, the highest first", () => {
    expect(vatByRate(order().lines)).toEqual([
      { rate: 2000, vat: 4_000n },
      { rate: 500, vat: 143n },
    ]);
  });
});

describe("what happened", () => {
  it("stands with the latest first, and a document above what happened on its day", () => {
    const { documents, payments, refunds } = create(OrderSchema, {
      payments: [
        { amountMinor: 27_000n, capturedAt: on("2026-07-01T10:00:00Z"), method: "Visa 4242" },
      ],
      documents: [{ number: "INV-1", kind: "invoice", issuedAt: on("2026-06-30T23:00:00Z") }],
      refunds: [
        {
          amountMinor: 500n,
          state: "succeeded",
          requestedAt: on("2026-07-03T10:00:00Z"),
          reason: "Ill",
        },
        { amountMinor: 700n, state: "failed", requestedAt: on("2026-07-04T10:00:00Z") },
      ],
    });
    expect(timelineOf(order({ documents, payments, refunds })).map((m) => m.text)).toEqual([
      "£7.00 was to be given back",
      "£5.00 given back",
      "VAT invoice INV-1 was issued",
      "£270.00 came in",
      "Order K7QX2M was placed",
    ]);
  });
});

describe("refund steps", () => {
  it("are said as buyers understand them", () => {
    const steps = [
      { hoursBefore: 48, percent: 50 },
      { hoursBefore: 336, percent: 100 },
    ];
    expect(stepWords(steps)).toEqual([
      "Until 14 days before the start: the full price goes back.",
      "Until 2 days before the start: 50 % of the price goes back.",
      "After that: nothing.",
    ]);
    expect(stepTrouble(steps)).toBe("");
  });

  it("do not give back more to those who come later", () => {
    const worse = [
      { hoursBefore: 48, percent: 100 },
      { hoursBefore: 336, percent: 50 },
    ];
    expect(stepTrouble(worse)).toContain("More would go back");
    expect(
      stepTrouble([
        { hoursBefore: 5, percent: 1 },
        { hoursBefore: 5, percent: 0 },
      ]),
    ).toContain("both at 5 hours");
  });
});

import { expect, test } from "vitest";
import { ListMode, Outcome } from "../gen/lanyard/checkin/v1/checkin_pb";
import { ago, amount, type Circumstances, wordsFor } from "./words";

const now = Date.UTC(2026, 10, 26, 9, 45);
const plain: Circumstances = {
  now,
  zone: "Europe/London",
  firstAt: 0,
  firstGate: "",
  firstHere: false,
  otherEvent: "",
  otherDay: "",
  opens: null,
  closes: null,
  listAt: now - 240_000,
  listTitle: "Main entrance",
  product: "Delegate",
  due: "",
  cashTaken: false,
  mode: ListMode.ONCE,
  online: false,
};

test.each([
  ["the one who came in here", { firstHere: true }, "Came in at 09:44 here, 30 seconds ago."],
  ["at another gate", { firstGate: "North" }, "Came in at 09:44 by North, 30 seconds ago."],
])("already in says when and where: %s", (_, more, want) => {
  const { sentence } = wordsFor(Outcome.ALREADY_IN, { ...plain, firstAt: now - 30_000, ...more });
  expect(sentence).toBe(want);
});

test.each([
  [Outcome.ADMITTED, {}, "Come in", ""],
  [Outcome.ADMITTED, { due: "£45.00" }, "Come in", "£45.00 is still due."],
  [Outcome.ADMITTED_UNCONFIRMED, {}, "Come in, unconfirmed", "Not in the list of 09:41."],
  [Outcome.NOT_LISTED, {}, "Not in the list", "The list is of 09:41. Call the shift lead."],
  [Outcome.OTHER_EVENT, { otherEvent: "Expo" }, "Stop", "This is for “Expo”."],
  [Outcome.WRONG_LIST, {}, "Stop", "“Delegate” does not count for Main entrance."],
  [
    Outcome.WRONG_DAY,
    { otherDay: "2026-11-24" },
    "Wrong day",
    "This ticket is for Tuesday 24 November 2026.",
  ],
  [
    Outcome.TOO_LATE,
    { closes: now - 86_400_000 },
    "Too late",
    "This closed on Wednesday 25 November 2026 at 09:45.",
  ],
  [Outcome.TOO_EARLY, { opens: now + 900_000 }, "Too early", "The doors open at 10:00."],
] as const)("answer %i is put into words", (outcome, more, word, sentence) => {
  expect(wordsFor(outcome, { ...plain, ...more })).toEqual({ word, sentence });
});

test("every answer has words", () => {
  for (const outcome of Object.values(Outcome).filter((o) => typeof o === "number")) {
    expect(wordsFor(outcome, plain).word, Outcome[outcome]).not.toBe("");
  }
});

test("times are told as people tell them", () => {
  expect([2e3, 3e4, 12 * 6e4, 3 * 36e5, 72 * 36e5].map(ago)).toEqual([
    "just now",
    "30 seconds ago",
    "12 minutes ago",
    "3 hours ago",
    "3 days ago",
  ]);
});

test("amounts are those of their currency", () => {
  expect([amount(4500n, "GBP"), amount(0n, "GBP"), amount(500n, "JPY")]).toEqual([
    "£45.00",
    "",
    "JP¥500",
  ]);
});

import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ArrivalCountSchema } from "../gen/lanyard/checkin/v1/checkin_pb";
import { arrivalsOf, doneAt } from "./pace";

const minute = 60_000;
const nine = Date.UTC(2026, 10, 26, 9);
const counts = [
  [nine, 10],
  [nine + 20 * minute, 30],
].map(([from, admitted]) =>
  create(ArrivalCountSchema, { fromMs: BigInt(from ?? 0), admitted: admitted ?? 0 }),
);

test("ten minutes without anybody are a bar too", () => {
  expect(arrivalsOf(counts).map(({ admitted }) => admitted)).toEqual([10, 0, 30]);
  expect(arrivalsOf([])).toEqual([]);
});

test("the pace says when everybody is in", () => {
  // 40 came in half an hour, 20 are left: a quarter of an hour more.
  expect(doneAt(arrivalsOf(counts), 20, nine + 30 * minute)).toBe(nine + 45 * minute);
});

test.each([
  ["nobody came lately", 20, nine + 300 * minute],
  ["nobody is left", 0, nine + 30 * minute],
  ["it would take all day", 5_000, nine + 30 * minute],
])("no end is foretold when %s", (_, left, now) => {
  expect(doneAt(arrivalsOf(counts), left, now)).toBeNull();
});

import { expect, test } from "vitest";
import { Median, Sightings } from "./reader";

test("a code counts once for as long as it is held up", () => {
  const seen = new Sightings();
  const fresh = [0, 40, 80, 1_000, 1_900].map((at) => seen.fresh("A", at));
  expect(fresh).toEqual([true, false, false, false, false]);
});

test("a code counts again once it was gone for a second", () => {
  const seen = new Sightings();
  expect(seen.fresh("A", 0)).toBe(true);
  expect(seen.fresh("A", 900)).toBe(false);
  expect(seen.fresh("A", 1_950)).toBe(true);
});

test("two codes that flicker in one picture count once each", () => {
  const seen = new Sightings();
  const counted = Array.from({ length: 40 }, (_, i) => seen.fresh(i % 2 ? "A" : "B", i * 50));
  expect(counted.filter(Boolean)).toHaveLength(2);
});

test("codes are not remembered for ever", () => {
  const seen = new Sightings();
  for (let i = 0; i < 1_000; i++) {
    expect(seen.fresh(`code ${i}`, i * 2_000)).toBe(true);
  }
  expect(seen.fresh("code 0", 2_000_000)).toBe(true);
});

test("the median speaks of the latest numbers, and only when there are enough", () => {
  const median = new Median(3);
  expect([9, 9, 1, 2, 3].map((n) => median.add(n))).toEqual([null, null, 9, 2, 2]);
});

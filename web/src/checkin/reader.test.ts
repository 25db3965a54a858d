import { expect, test } from "vitest";
import { Median, Sightings } from "./reader";

test("a code counts once for as long as it is held up", () => {
  const seen = new Sightings();
  const fresh = [0, 40, 80, 1_000, 1_900].map((at) => seen.fresh("A", at));
  expect(fresh).toEqual([true, false, false, false, false]);
});

test("a code counts again once pictures have been without it for a second", () => {
  const seen = new Sightings();
  expect(seen.fresh("A", 0)).toBe(true);
  for (const at of [900, 1_300, 1_950]) {
    expect(seen.fresh(null, at)).toBe(false);
  }
  expect(seen.fresh("A", 2_000)).toBe(true);
});

test("a code that was gone for less than a second is still the same", () => {
  const seen = new Sightings();
  expect(seen.fresh("A", 0)).toBe(true);
  for (const at of [100, 500, 1_000]) {
    seen.fresh(null, at);
  }
  expect(seen.fresh("A", 1_050)).toBe(false);
});

test("a tablet that stood still for seconds has not seen the code go", () => {
  const seen = new Sightings();
  expect(seen.fresh("A", 0)).toBe(true);
  expect(seen.fresh("A", 5_000)).toBe(false);
  expect(seen.fresh(null, 9_000)).toBe(false); // one blurred picture
  expect(seen.fresh("A", 12_000)).toBe(false);
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

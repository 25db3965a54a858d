import { describe, expect, test } from "vitest";
import { Timekeeper } from "./time";

const hour = 3_600_000;
const noon = Date.UTC(2026, 6, 23, 11);

/** A tablet with clocks that the test sets. */
function tablet(wall = noon, mono = 5_000) {
  const at = { wall, mono };
  return {
    clocks: { wall: () => at.wall, mono: () => at.mono },
    pass: (ms: number) => {
      at.wall += ms;
      at.mono += ms;
    },
    setClock: (wall: number) => {
      at.wall = wall;
    },
    sleep: (ms: number) => {
      at.wall += ms;
    },
  };
}

describe.each([
  ["right", 0],
  ["3 hours fast", 3 * hour],
  ["3 hours slow", -3 * hour],
  ["in 1970", -noon],
])("a clock that is %s", (_, wrong) => {
  test("tells the right time once the server was heard", () => {
    const t = tablet(noon + wrong);
    const time = new Timekeeper(t.clocks);
    time.observe(noon, t.clocks.mono() - 200, t.clocks.mono());
    expect(time.now()).toBe(noon + 100);
    t.pass(60_000);
    expect(time.now()).toBe(noon + 60_100);
    expect(time.doubtful).toBe(false);
  });

  test("tells it after a restart without a network", () => {
    const t = tablet(noon + wrong);
    const before = new Timekeeper(t.clocks);
    before.observe(noon, t.clocks.mono(), t.clocks.mono());
    const memory = before.memory();
    const later = tablet(noon + wrong + hour, 10);
    expect(new Timekeeper(later.clocks, memory).now()).toBe(noon + hour);
  });
});

test("setting the clock back during a shift changes nothing but a flag", () => {
  const t = tablet();
  const time = new Timekeeper(t.clocks);
  time.observe(noon, t.clocks.mono(), t.clocks.mono());
  t.setClock(noon - 3 * hour);
  t.pass(1_000);
  expect(time.now()).toBe(noon + 1_000);
  expect(time.doubtful).toBe(true);
});

test("a clock set back while the tablet was off does not bring time back, and is suspected", () => {
  const t = tablet();
  const before = new Timekeeper(t.clocks);
  before.observe(noon, t.clocks.mono(), t.clocks.mono());
  t.pass(2 * hour);
  const memory = before.memory();
  const after = new Timekeeper(tablet(noon - 48 * hour, 3).clocks, memory);
  expect(after.now()).toBe(noon + 2 * hour);
  expect(after.setBack).toBe(true);
  after.observe(noon + 3 * hour, 3, 3);
  expect(after.setBack).toBe(false);
  expect(after.now()).toBe(noon + 3 * hour);
});

test("the hours that a tablet slept have passed", () => {
  const t = tablet();
  const time = new Timekeeper(t.clocks);
  time.observe(noon, t.clocks.mono(), t.clocks.mono());
  t.sleep(2 * hour);
  expect(time.now()).toBe(noon + 2 * hour);
  expect(time.doubtful).toBe(true);
  time.observe(noon + 2 * hour + 5_000, t.clocks.mono(), t.clocks.mono());
  expect(time.doubtful).toBe(false);
  expect(time.now()).toBe(noon + 2 * hour + 5_000);
});

test("an answer that took very long does not move a good clock", () => {
  const t = tablet();
  const time = new Timekeeper(t.clocks);
  time.observe(noon, t.clocks.mono(), t.clocks.mono());
  time.observe(noon + 60_000, t.clocks.mono() - 30_000, t.clocks.mono());
  expect(time.now()).toBe(noon);
});

import { expect, test } from "vitest";
import { calibrate, calibrationText, Wedge } from "./wedge";

/** What a keyboard of the layout sends for a text typed on a British one. */
function on(layout: Readonly<Record<string, string>>, text: string): string {
  return [...text].map((c) => layout[c] ?? c).join("");
}

const german = { Y: "Z", Z: "Y", "-": "ß", "/": "-", ":": "Ö" };
const french = {
  A: "Q",
  Q: "A",
  W: "Z",
  Z: "W",
  M: ":",
  ":": "M",
  ...{ "0": "à", "1": "&", "2": "é", "3": '"', "4": "'", "5": "(", "6": "§", "7": "è" },
  ...{ "8": "!", "9": "ç", "-": ")", "/": "=", ".": ";" },
};

function read(wedge: Wedge, text: string, gap: number, from = 1_000): boolean[] {
  return [...text, "Enter"].map((key, i) => wedge.key(key, from + i * gap));
}

test("fast keys and an Enter are a code, and do nothing else", () => {
  const codes: string[] = [];
  const wedge = new Wedge((code) => codes.push(code));
  const taken = read(wedge, "1:ABC234", 12);
  expect(codes).toEqual(["1:ABC234"]);
  expect(taken.at(-1)).toBe(true);
});

test("what a person types is left alone", () => {
  const codes: string[] = [];
  const wedge = new Wedge((code) => codes.push(code));
  expect(read(wedge, "lukasz wojcik", 140)).not.toContain(true);
  expect(codes).toEqual([]);
});

test("keys that a person typed before do not become part of a code", () => {
  const codes: string[] = [];
  const wedge = new Wedge((code) => codes.push(code));
  wedge.key("x", 0);
  wedge.key("y", 500);
  read(wedge, "1:ABC234", 12, 2_000);
  expect(codes).toEqual(["1:ABC234"]);
});

test("a code after another one is a code of its own", () => {
  const codes: string[] = [];
  const wedge = new Wedge((code) => codes.push(code));
  read(wedge, "1:ABC234", 10, 1_000);
  read(wedge, "1:ZZZ777", 10, 1_400);
  expect(codes).toEqual(["1:ABC234", "1:ZZZ777"]);
});

test.each([
  ["German", german],
  ["French", french],
])("a scanner on a %s layout reads right after calibration", (_, layout) => {
  const map = calibrate(on(layout, calibrationText));
  expect(map).not.toBeNull();
  const wedge = new Wedge(() => {}, map ?? {});
  const code = "1:ZYXWQMA0123456789-/.";
  expect(wedge.translate(on(layout, code))).toBe(code);
});

test("a layout that needs no map gives an empty one", () => {
  expect(calibrate(calibrationText)).toEqual({});
  expect(calibrate(calibrationText.toLowerCase())).toEqual({});
});

test.each([
  ["another code", "1:ABC234"],
  ["a scanner that swallows differences", calibrationText.replace("Z", "Y")],
])("%s is no calibration", (_, arrived) => {
  expect(calibrate(arrived)).toBeNull();
});

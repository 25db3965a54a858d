// @vitest-environment node
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, expect, test } from "vitest";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { drawQR, type Modules, pathOf } from "./qr";

beforeAll(async () => {
  const file = createRequire(import.meta.url).resolve("zxing-wasm/reader/zxing_reader.wasm");
  const wasmBinary = readFileSync(file).buffer as ArrayBuffer;
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
});

/** What a reader that we did not write makes of a drawing. */
async function readBack(modules: Modules): Promise<string | undefined> {
  const scale = 4;
  const side = (modules.length + 8) * scale;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [y, row] of modules.entries()) {
    for (const [x, dark] of row.entries()) {
      for (let i = 0; dark && i < scale * scale; i++) {
        const px = (x + 4) * scale + (i % scale);
        const py = (y + 4) * scale + Math.floor(i / scale);
        data.fill(0, (py * side + px) * 4, (py * side + px) * 4 + 3);
      }
    }
  }
  const image = { data, width: side, height: side, colorSpace: "srgb" } as ImageData;
  const [found] = await readBarcodes(image, { formats: ["QRCode"], tryHarder: false });
  return found?.text;
}

const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

test.each(
  [1, 2, 19, 20, 37, 61, 90, 122, 138, 144, 200, 224, 225, 311].map((length) => [length] as const),
)("%i capitals are read back", async (length) => {
  const text = Array.from({ length }, (_, i) => capitals[(i * 7) % 32]).join("");
  expect(await readBack(drawQR(text))).toBe(text);
});

test.each([
  ["an address", "https://events.example.org/door/#pair=k3v9x2mqd7"],
  ["what no capital is", "Łukasz · 中国 · 🎟"],
  ["every alphanumeric sign", "0189AZ $%*+-./:"],
  ["the longest", "x".repeat(213)],
])("%s is read back", async (_, text) => {
  expect(await readBack(drawQR(text))).toBe(text);
});

test("a text that does not fit is refused", () => {
  expect(() => drawQR("x".repeat(214))).toThrow(RangeError);
});

test("a signed ticket makes a code of 41 modules, a short one of 25", () => {
  expect(drawQR("A".repeat(138))).toHaveLength(41);
  expect(drawQR("A".repeat(26))).toHaveLength(25);
});

test("the path draws each run of dark modules once", () => {
  expect(
    pathOf([
      [true, true, false],
      [false, false, true],
    ]),
  ).toBe("M0 0h2v1H0zM2 1h1v1H2z");
});

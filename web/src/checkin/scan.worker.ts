/**
 * Reads codes out of pictures, away from the page. One picture at a time comes in; what it says goes
 * out. The reader itself is WebAssembly that we serve.
 */

import { prepareZXingModule, type ReadResult, readBarcodes } from "zxing-wasm/reader";
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";
import type { Frame, Reading } from "./reader";

const ready = prepareZXingModule({
  overrides: {
    locateFile: (file: string, prefix: string) =>
      file.endsWith(".wasm") ? wasmUrl : prefix + file,
  },
  fireImmediately: true,
});
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { willReadFrequently: true });

ready.then(
  () => postMessage({ kind: "ready" } satisfies Reading),
  (e: unknown) => postMessage({ kind: "broken", why: String(e) } satisfies Reading),
);

addEventListener("message", async ({ data }: MessageEvent<Frame>) => {
  try {
    postMessage(await read(data));
  } catch (e) {
    postMessage({ kind: "broken", why: String(e) } satisfies Reading);
  }
});

async function read({ picture, hard }: Frame): Promise<Reading> {
  await ready;
  const began = performance.now();
  const { width, height } = picture;
  if (context === null) {
    throw new Error("no canvas in a worker");
  }
  canvas.width = width;
  canvas.height = height;
  context.drawImage(picture, 0, 0);
  picture.close();
  const found = await readBarcodes(context.getImageData(0, 0, width, height), {
    formats: ["QRCode"],
    maxNumberOfSymbols: 2,
    tryHarder: hard,
    tryRotate: hard,
    tryInvert: true,
  });
  const { text, several } = choose(found, width, height);
  return { kind: "read", text, several, took: performance.now() - began };
}

/** The one code that is meant: alone in the picture, or clearly nearest to its middle. */
function choose(found: readonly ReadResult[], width: number, height: number) {
  const valid = found.filter((code) => code.isValid && code.text !== "");
  const distinct = valid.filter((code, i) => valid.findIndex((c) => c.text === code.text) === i);
  const far = (code: ReadResult) => {
    const { topLeft, bottomRight } = code.position;
    return Math.hypot(
      (topLeft.x + bottomRight.x - width) / width,
      (topLeft.y + bottomRight.y - height) / height,
    );
  };
  const [first, second] = distinct.sort((a, b) => far(a) - far(b));
  const several = second !== undefined;
  const clear = first !== undefined && (!several || far(first) < far(second) / 2);
  return { text: clear ? first.text : null, several };
}

// Cameras for tests: one that shows what the journey holds up, and videos of codes for Chromium's
// own fake camera. Codes are drawn by the client's own encoder and read back by another's reader.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { transformWithOxc } from "vite";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const encoder = fileURLToPath(new URL("../../src/lib/qr.ts", import.meta.url));
const { code } = await transformWithOxc(await readFile(encoder, "utf8"), encoder);
const { drawQR } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const wasm = createRequire(import.meta.url).resolve("zxing-wasm/reader/zxing_reader.wasm");
prepareZXingModule({ overrides: { wasmBinary: (await readFile(wasm)).buffer } });

/** What the code in a picture says. */
export async function readCode(png) {
  const found = await readBarcodes(new Uint8Array(png), { formats: ["QRCode"], tryHarder: true });
  if (found.length === 0) {
    throw new Error("no code can be read in the picture");
  }
  return found[0].text;
}

/** What the code says that a page draws, read from its drawing without a browser. */
export async function readDrawn(html) {
  const drawing = html.match(/<svg[^>]*class="qr" viewBox="0 0 (\d+) .*?<\/svg>/s);
  if (drawing === null) {
    throw new Error("the page draws no code");
  }
  const [svg, side] = [drawing[0], Number(drawing[1])];
  const scale = 6;
  const width = side * scale;
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y, run] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-/g)) {
    for (let row = 0; row < scale; row++) {
      const from = ((y * scale + row) * width + x * scale) * 4;
      for (let at = from; at < from + run * scale * 4; at += 4) {
        data.fill(0, at, at + 3);
      }
    }
  }
  const [found] = await readBarcodes({ data, width, height: width }, { formats: ["QRCode"] });
  if (found === undefined) {
    throw new Error("the drawn code cannot be read");
  }
  return found.text;
}

/**
 * Gives a person a camera that shows what the journey holds up: see holdUp. It sends few pictures a
 * second, because several tablets share the processors of a test.
 */
export async function fakeCamera(context, rate = 8) {
  await context.addInitScript((perSecond) => {
    const canvas = document.createElement("canvas");
    canvas.width = 640;
    canvas.height = 480;
    const paint = canvas.getContext("2d");
    let shown = [];
    const draw = () => {
      paint.fillStyle = "#6e6e6e";
      paint.fillRect(0, 0, 640, 480);
      for (const { modules, at, side } of shown) {
        const cell = side / (modules.length + 8);
        paint.fillStyle = "#fff";
        paint.fillRect(at - side / 2, 240 - side / 2, side, side);
        paint.fillStyle = "#000";
        for (const [y, row] of modules.entries()) {
          for (const [x, dark] of row.entries()) {
            if (dark) {
              const left = at - side / 2 + (x + 4) * cell;
              paint.fillRect(left, 240 - side / 2 + (y + 4) * cell, cell + 0.5, cell + 0.5);
            }
          }
        }
      }
    };
    draw();
    globalThis.__holdUp = (codes) => {
      shown = codes;
      draw();
      return performance.now();
    };
    // A camera goes on sending, whatever it sees.
    setInterval(draw, 1000 / perSecond);
    const devices = navigator.mediaDevices;
    if (devices === undefined) {
      return; // a page without an address
    }
    let state = "good";
    let stream = null;
    devices.getUserMedia = async () => {
      if (state === "busy") {
        throw new DOMException("in use", "NotReadableError");
      }
      stream = canvas.captureStream(perSecond);
      return stream;
    };
    // What becomes of the camera: good, busy with something else, unplugged.
    globalThis.__camera = (next) => {
      state = next;
      if (next === "unplug") {
        const [track] = stream.getTracks();
        track.stop();
        track.dispatchEvent(new Event("ended")); // stopping by itself says nothing
      }
    };
    devices.enumerateDevices = async () => [{ kind: "videoinput", deviceId: "canvas", label: "" }];
  }, rate);
}

/** What each page's camera shows, and when it last showed a code. */
const sights = new WeakMap();

/** A tablet takes a code for a new one once it was out of sight for a second. */
const outOfSight = 1_200;

/**
 * Holds codes up to the camera of a page, side by side; none takes them away. A code that was there
 * a moment ago is held up again only when the tablet can know it for a new scan.
 */
export async function holdUp(page, ...texts) {
  const sight = sights.get(page) ?? { shown: [], last: new Map() };
  sights.set(page, sight);
  for (const text of sight.shown) {
    sight.last.set(text, Date.now());
  }
  const latest = Math.max(0, ...texts.map((text) => sight.last.get(text) ?? 0));
  const left = latest + outOfSight - Date.now();
  if (left > 0) {
    await pictures(page); // the tablet has seen that it is gone
    await page.waitForTimeout(outOfSight);
    await pictures(page);
  }
  sight.shown = texts;
  const side = texts.length > 1 ? 240 : 320;
  const codes = texts.map((text, i) => ({
    modules: drawQR(text),
    side,
    at: texts.length > 1 ? 180 + i * 280 : 320,
  }));
  return page.evaluate((shown) => globalThis.__holdUp(shown), codes);
}

/** Waits until a page's camera has sent a few more pictures. */
function pictures(page) {
  return page.evaluate(async () => {
    const video = document.querySelector("video");
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    }
  });
}

/** Writes a video of codes for --use-file-for-fake-video-capture, half a second each. */
export async function writeVideo(file, texts) {
  const [width, height, side] = [640, 480, 300];
  const frames = texts.flatMap((text) => [
    ...new Array(10).fill(picture(width, height, side, drawQR(text))),
    ...new Array(5).fill(picture(width, height, 0, [])),
  ]);
  const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F30:1 Ip A1:1 C420jpeg\n`);
  const colour = Buffer.alloc((width * height) / 2, 128);
  const parts = frames.flatMap((frame) => [Buffer.from("FRAME\n"), frame, colour]);
  await writeFile(file, Buffer.concat([head, ...parts]));
}

function picture(width, height, side, modules) {
  const luma = Buffer.alloc(width * height, 110);
  const cell = modules.length === 0 ? 0 : Math.floor(side / (modules.length + 8));
  const all = (modules.length + 8) * cell;
  const [left, top] = [(width - all) >> 1, (height - all) >> 1];
  for (let y = 0; y < all; y++) {
    for (let x = 0; x < all; x++) {
      const dark = modules[Math.floor(y / cell) - 4]?.[Math.floor(x / cell) - 4] ?? false;
      luma[(top + y) * width + left + x] = dark ? 30 : 235;
    }
  }
  return luma;
}

/** The checks of "Test this tablet". None of them leaves a trace at the door. */

import { drawQR } from "../lib/qr";
import { clockTime } from "../lib/time";
import { awake } from "./awake";
import { checkCode } from "./codes";
import { askForRoom } from "./database";
import type { Door } from "./door";
import { feel, wakeSound } from "./feel";
import { keptOffline } from "./program";
import type { Frame, Reading } from "./reader";

/** What is checked. */
export type CheckName =
  | "Camera"
  | "Reader"
  | "Sound"
  | "Storage"
  | "Program"
  | "List"
  | "Clock"
  | "Queue"
  | "Screen";

/** What came of one check. */
export interface Check {
  name: CheckName;
  state: "good" | "fair" | "bad";
  text: string;
}

/** Runs every check, and tells of each as it ends. */
export async function runChecks(door: Door, tell: (check: Check) => void): Promise<void> {
  wakeSound();
  const say = (name: CheckName, state: Check["state"], text: string) => tell({ name, state, text });
  await checkCamera(say);
  await checkReader(say);
  const sounded = feel("green");
  await pause(900);
  feel("amber");
  await pause(1_100);
  feel("red");
  say("Sound", sounded ? "fair" : "bad", sounded ? "Played" : "The browser played nothing");
  const room = await askForRoom();
  say(
    "Storage",
    room.persisted ? "good" : "fair",
    room.persisted ? "Kept until it is destroyed" : "The browser may clear it when space runs out",
  );
  say(
    "Program",
    keptOffline.value ? "good" : "bad",
    keptOffline.value ? "Starts without a network" : "Needs a network to start; load the page anew",
  );
  await checkList(door, say);
  await checkQueue(door, say);
  say(
    "Screen",
    awake.value === "yes" ? "good" : "fair",
    awake.value === "yes" ? "Stays on" : "May go dark by itself: set it to stay on",
  );
}

type Say = (name: CheckName, state: Check["state"], text: string) => void;

async function checkCamera(say: Say): Promise<void> {
  try {
    const video = { facingMode: { ideal: "environment" } };
    const stream = await navigator.mediaDevices.getUserMedia({ video });
    const { width = 0, height = 0 } = stream.getVideoTracks()[0]?.getSettings() ?? {};
    for (const track of stream.getTracks()) {
      track.stop();
    }
    say("Camera", "good", `${width} by ${height}`);
  } catch {
    say("Camera", "fair", "None: hand scanner and search work without one");
  }
}

/** Draws a code and lets the reader read it. */
async function checkReader(say: Say): Promise<void> {
  const text = "LANYARD TEST";
  const worker = new Worker(new URL("./scan.worker.ts", import.meta.url), { type: "module" });
  try {
    const picture = await pictureOf(text);
    const answer = new Promise<Reading>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Reading>) => {
        if (data.kind !== "ready") {
          resolve(data);
        }
      };
      worker.onerror = (e) => reject(new Error(e.message));
      setTimeout(() => reject(new Error("late")), 15_000);
    });
    worker.postMessage({ picture, hard: false } satisfies Frame, [picture]);
    const reading = await answer;
    const right = reading.kind === "read" && reading.text === text;
    const took = reading.kind === "read" ? Math.round(reading.took) : 0;
    say("Reader", right ? "good" : "bad", right ? `Reads a code in ${took} ms` : "Reads nothing");
  } catch {
    say("Reader", "bad", "Does not start in this browser");
  } finally {
    worker.terminate();
  }
}

async function pictureOf(text: string): Promise<ImageBitmap> {
  const modules = drawQR(text);
  const scale = 8;
  const side = (modules.length + 8) * scale;
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d");
  if (context === null) {
    throw new Error("no canvas");
  }
  context.fillStyle = "#fff";
  context.fillRect(0, 0, side, side);
  context.fillStyle = "#000";
  for (const [y, row] of modules.entries()) {
    for (const [x, dark] of row.entries()) {
      if (dark) {
        context.fillRect((x + 4) * scale, (y + 4) * scale, scale, scale);
      }
    }
  }
  return createImageBitmap(canvas);
}

/** Judges a forged ticket and looks somebody up, both without a network. */
async function checkList(door: Door, say: Say): Promise<void> {
  const settings = door.book.settings;
  if (settings === null || !door.progress.complete) {
    say("List", "bad", "Not complete yet: stay near the network");
    return;
  }
  const { eventMark, keys, otherEvents } = settings;
  const forged = `1:${"A".repeat(136)}`;
  const trust = { mark: eventMark, keys, otherEvents };
  const { code, otherEvent, signature } = await checkCode(forged, trust);
  const caught = code.kind === "signed" && (otherEvent || signature === "bad");
  say(
    "List",
    caught ? "good" : "bad",
    caught
      ? `${door.book.size} tickets; a forged one is refused`
      : "Signatures cannot be checked here",
  );
}

async function checkQueue(door: Door, say: Say): Promise<void> {
  await door.post.round();
  const { state, syncedAt } = door.post.link.value;
  const off = Math.round(door.time.offset / 1_000);
  const clock = `${off === 0 ? "Right" : `${Math.abs(off)} seconds ${off > 0 ? "slow" : "fast"}, allowed for`}`;
  say(
    "Clock",
    door.time.known && !door.clockDoubtful ? "good" : "fair",
    door.time.known ? clock : "Not compared with the server yet",
  );
  const { waiting, parked } = door.waiting.value;
  const live = state === "live";
  const at = syncedAt === 0 ? "never" : clockTime(new Date(syncedAt), door.book.zone);
  say(
    "Queue",
    parked > 0 ? "bad" : live && waiting === 0 ? "good" : "fair",
    live ? `${waiting} wait; list of ${at}` : `No network now; ${waiting} wait; list of ${at}`,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

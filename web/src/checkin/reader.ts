/**
 * The code reader on the page's side: it takes one picture after the other from the video, never
 * more than one at once, and says each code when it comes into sight.
 */

/** A picture for the worker. */
export interface Frame {
  picture: ImageBitmap;
  /** Look twice; costs more. */
  hard: boolean;
}

/** What the worker says. */
export type Reading =
  | { kind: "ready" }
  | { kind: "broken"; why: string }
  | { kind: "read"; text: string | null; several: boolean; took: number };

/** A code must have been out of sight this long before it counts as shown again. */
export const outOfSight = 1_000;

/** So many pictures without a code say that it is out of sight; one alone may be blurred. */
const blanks = 2;

/** After a pause this long nobody holds up what was there before it. */
const longPause = 3_000;

/** What is known of a code that was in sight. */
interface Sight {
  /** When the first of the pictures without it was taken, and how many there were. */
  goneSince: number;
  missed: number;
}

/**
 * Decides which readings are new. Pictures tell, not the time alone: a tablet that is slow for a
 * moment has not seen the code go away.
 */
export class Sightings {
  readonly #seen = new Map<string, Sight>();

  /** Takes in what a picture said, null for nothing; true when that has just come into sight. */
  fresh(text: string | null, at: number): boolean {
    for (const [other, sight] of this.#seen) {
      if (other === text) {
        continue;
      }
      sight.goneSince = sight.missed === 0 ? at : sight.goneSince;
      sight.missed++;
      if (sight.missed > blanks && at - sight.goneSince > outOfSight) {
        this.#seen.delete(other);
      }
    }
    if (text === null) {
      return false;
    }
    const last = this.#seen.get(text);
    this.#seen.set(text, { goneSince: 0, missed: 0 });
    return last === undefined || (last.missed >= blanks && at - last.goneSince > outOfSight);
  }

  /** Forgets everything. */
  clear(): void {
    this.#seen.clear();
  }
}

/** The middle of the latest few numbers. */
export class Median {
  readonly #values: number[] = [];
  readonly #size: number;

  constructor(size = 15) {
    this.#size = size;
  }

  /** Takes in a number; the result is the median once there are enough, else null. */
  add(value: number): number | null {
    this.#values.push(value);
    if (this.#values.length < this.#size) {
      return null;
    }
    if (this.#values.length > this.#size) {
      this.#values.shift();
    }
    return [...this.#values].sort((a, b) => a - b)[this.#size >> 1] ?? null;
  }

  /** Forgets everything. */
  clear(): void {
    this.#values.length = 0;
  }
}

/** What the reader tells its owner. */
export interface ReaderEvents {
  /** A code came into sight. */
  onCode: (text: string, shownAt: number) => void;
  /** Two codes are in the picture and neither is clearly meant. */
  onSeveral: () => void;
  /** Reading takes too long for pictures of this size. */
  onSlow: () => void;
  /** The reader cannot work on this tablet. */
  onBroken: (why: string) => void;
}

/** Decoding slower than this asks for smaller pictures, in milliseconds. */
const slow = 50;

/** Every so many pictures one is looked at harder. */
const hardEvery = 10;

/** Reads codes from a video for as long as it runs. */
export class Reader {
  readonly #worker: Worker;
  readonly #video: HTMLVideoElement;
  readonly #events: ReaderEvents;
  readonly #sightings = new Sightings();
  readonly #median = new Median();
  #frames = 0;
  #running = false;
  #busy = false;
  #taken = 0;
  #pausedAt = 0;

  constructor(video: HTMLVideoElement, events: ReaderEvents) {
    this.#video = video;
    this.#events = events;
    this.#worker = new Worker(new URL("./scan.worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<Reading>) => this.#answered(data);
    this.#worker.onerror = (e) => events.onBroken(e.message);
  }

  /** Begins to read. */
  start(): void {
    if (!this.#running) {
      this.#running = true;
      if (performance.now() - this.#pausedAt > longPause) {
        this.#sightings.clear();
      }
      this.#next();
    }
  }

  /** Stops until start is called again. */
  pause(): void {
    if (this.#running) {
      this.#running = false;
      this.#pausedAt = performance.now();
    }
  }

  /** Ends for good. */
  close(): void {
    this.#running = false;
    this.#worker.terminate();
  }

  #next(): void {
    if (this.#running && !this.#busy) {
      this.#busy = true;
      this.#video.requestVideoFrameCallback(() => this.#take());
    }
  }

  async #take(): Promise<void> {
    if (!this.#running) {
      this.#busy = false;
      return;
    }
    try {
      this.#taken = performance.now();
      const picture = await createImageBitmap(this.#video);
      const hard = ++this.#frames % hardEvery === 0;
      this.#worker.postMessage({ picture, hard } satisfies Frame, [picture]);
    } catch {
      this.#busy = false; // the video has no picture at this moment
      setTimeout(() => this.#next(), 100);
    }
  }

  #answered(reading: Reading): void {
    if (reading.kind === "ready") {
      return;
    }
    this.#busy = false;
    if (reading.kind === "broken") {
      this.#running = false;
      this.#events.onBroken(reading.why);
      return;
    }
    const median = this.#median.add(reading.took);
    if (median !== null && median > slow) {
      this.#median.clear();
      this.#events.onSlow();
    }
    const fresh = this.#sightings.fresh(reading.text, this.#taken);
    if (reading.text !== null && fresh) {
      this.#events.onCode(reading.text, this.#taken);
    } else if (reading.several && reading.text === null) {
      this.#events.onSeveral();
    }
    this.#next();
  }
}

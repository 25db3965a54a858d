/**
 * What time it is, whatever the tablet's clock says. The server's time at the last contact is the
 * anchor. From there the monotonic clock counts, which nobody can set; across a restart, when that
 * clock begins anew, the wall clock counts with the offset that it had, but never back behind a
 * moment that was already reached.
 */

/** Where the time is read; tests bring their own. */
export interface Clocks {
  /** The wall clock, in milliseconds since 1970. */
  wall: () => number;
  /** A clock that only runs forward and starts anywhere, in milliseconds. */
  mono: () => number;
}

/** What is kept of the time across a restart. */
export interface TimeMemory {
  /** Server time minus wall clock at the last contact; null before the first one. */
  offset: number | null;
  /** The latest moment that was ever reached. */
  reached: number;
}

/** A change of the wall clock against the monotonic one that counts as a jump. */
export const jump = 2_000;

/** How far behind the latest moment a clock may start without being suspected. */
const slack = 120_000;

/** A contact whose answer took longer than this says little about the time. */
const slowest = 4_000;

export const deviceClocks: Clocks = {
  wall: () => Date.now(),
  mono: () => performance.now(),
};

/** Keeps the time. */
export class Timekeeper {
  /** Names this run of the program; sequences of monotonic times hold within it. */
  readonly boot = crypto.randomUUID();
  readonly #clocks: Clocks;
  #offset: number | null;
  #reached: number;
  /** The monotonic and the true time of the anchor. */
  #anchor: { mono: number; at: number };
  /** Wall minus monotonic clock when they were last compared. */
  #gap: number;
  #doubtful = false;
  #suspect: boolean;

  constructor(clocks: Clocks = deviceClocks, memory: TimeMemory = { offset: null, reached: 0 }) {
    this.#clocks = clocks;
    this.#offset = memory.offset;
    this.#reached = memory.reached;
    const wall = clocks.wall();
    const mono = clocks.mono();
    const claimed = wall + (memory.offset ?? 0);
    this.#suspect = claimed < memory.reached - slack;
    this.#anchor = { mono, at: Math.max(claimed, memory.reached) };
    this.#gap = wall - mono;
  }

  /** The true time as well as it is known; it never runs back. */
  now(): number {
    const mono = this.#clocks.mono();
    const gap = this.#clocks.wall() - mono;
    let at = this.#anchor.at + (mono - this.#anchor.mono);
    const change = gap - this.#gap;
    if (Math.abs(change) > jump) {
      this.#doubtful = true;
      this.#gap = gap;
      if (change > 0) {
        // A tablet that slept: its monotonic clock stood still meanwhile.
        at += change;
        this.#anchor = { mono, at };
      }
    }
    this.#reached = Math.max(this.#reached, at);
    return this.#reached;
  }

  /** Takes in what the server's clock said, between asking and being answered by monotonic time. */
  observe(serverTime: number, asked: number, answered: number): void {
    if (answered - asked > slowest && this.#offset !== null && !this.#doubtful) {
      return;
    }
    const at = serverTime + (answered - asked) / 2;
    const mono = this.#clocks.mono();
    const wall = this.#clocks.wall();
    this.#anchor = { mono: answered, at };
    this.#gap = wall - mono;
    this.#offset = at + (mono - answered) - wall;
    // The server is right, even where we thought to be further on.
    this.#reached = at + (mono - answered);
    this.#doubtful = false;
    this.#suspect = false;
  }

  /** The monotonic clock. */
  mono(): number {
    return this.#clocks.mono();
  }

  /** The wall clock, right or wrong. */
  wall(): number {
    return this.#clocks.wall();
  }

  /** Server time minus wall clock, zero while unknown. */
  get offset(): number {
    return this.#offset ?? 0;
  }

  /** Whether the offset is known at all. */
  get known(): boolean {
    return this.#offset !== null;
  }

  /** Whether the clock jumped since the last contact: the time is then only probable. */
  get doubtful(): boolean {
    return this.#doubtful;
  }

  /** Whether the clock was set back while the program did not run. */
  get setBack(): boolean {
    return this.#suspect;
  }

  /** What to keep. */
  memory(): TimeMemory {
    return { offset: this.#offset, reached: this.now() };
  }
}

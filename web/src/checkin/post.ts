/**
 * The way to the server and back: what waits is sent, then what changed is fetched. One sender at a
 * time, whatever tabs there are; a failure is only a reason to try later.
 */

import { signal } from "@preact/signals";
import {
  Outcome,
  type ScanResult,
  type SyncResponse,
  type UploadResponse,
} from "../gen/lanyard/checkin/v1/checkin_pb";
import type { Book, Deed } from "./book";
import type { Change, Database } from "./database";
import { letsThrough } from "./judge";
import { type Queue, type Row, uploadOf } from "./queue";
import type { Shelf } from "./shelf";
import type { Timekeeper } from "./time";
import { appVersion } from "./version";
import { type DoorClient, failureOf, refusalOf } from "./wire";

/** How often the server is asked, in milliseconds, and how much that varies. */
const every = 3_000;
const jitter = 1_000;

/** The longest pause after failures. */
const longestPause = 30_000;

const uploadTime = 10_000;
const syncTime = 20_000;
const mostScans = 500;
const mostWalkIns = 100;

/** How the way to the server is. */
export interface Link {
  state: "unknown" | "live" | "offline";
  /** Since when, in true milliseconds. */
  since: number;
  /** When the list was last brought up to date; 0 for never. */
  syncedAt: number;
}

/** What the post needs. */
export interface PostParts {
  client: DoorClient;
  db: Database;
  queue: Queue;
  shelf: Shelf;
  book: Book;
  time: Timekeeper;
}

/** What the post tells. */
export interface PostEvents {
  /** The server answered a scan, now or long after it happened. */
  onAnswer: (row: Row, result: ScanResult) => void;
  /** A walk-in was taken, or not. */
  onWalkIn: (row: Row, registered: boolean, overCapacity: boolean, message: string) => void;
  /** The server no longer knows this tablet. */
  onEnded: () => void;
  /** Rows, settings or numbers changed. */
  onChange: () => void;
  /** The store failed. */
  onStoreFailure: (e: unknown) => void;
}

/** A failure that stops a round; it has been dealt with. */
class Stopped extends Error {}

/** Sends and fetches for as long as it runs. */
export class Post {
  readonly link = signal<Link>({ state: "unknown", since: 0, syncedAt: 0 });
  /** The version of the program that the server has. */
  readonly served = signal("");
  readonly #parts: PostParts;
  readonly #events: PostEvents;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #failures = 0;
  #again = false;
  #round: Promise<void> | null = null;

  constructor(parts: PostParts, events: PostEvents, syncedAt = 0) {
    this.#parts = parts;
    this.#events = events;
    this.link.value = { state: "unknown", since: parts.time.now(), syncedAt };
  }

  /** Begins. */
  start(): void {
    this.#running = true;
    addEventListener("online", this.#now);
    document.addEventListener("visibilitychange", this.#now);
    this.#now();
  }

  /** Stops for good. */
  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#now);
    document.removeEventListener("visibilitychange", this.#now);
  }

  /** Makes a round now, and resolves when it is over. */
  round(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#round !== null) {
      this.#again = true; // what is new may have missed the round under way
      return this.#round;
    }
    this.#round = this.#turn().finally(() => {
      this.#round = null;
      const again = this.#again;
      this.#again = false;
      if (this.#running) {
        this.#timer = setTimeout(() => void this.round(), again ? 0 : this.#pause());
      }
    });
    return this.#round;
  }

  /** A call went well or did not; scans report theirs. */
  heard(well: boolean): void {
    const { state } = this.link.value;
    const next = well ? "live" : "offline";
    if (state !== next) {
      this.link.value = { ...this.link.value, state: next, since: this.#parts.time.now() };
    }
  }

  readonly #now = (): void => {
    if (document.visibilityState === "visible" && this.#running) {
      this.#failures = 0;
      void this.round();
    }
  };

  #pause(): number {
    if (this.#failures === 0) {
      return every + (Math.random() * 2 - 1) * jitter;
    }
    const most = Math.min(longestPause, every * 2 ** (this.#failures - 1));
    return 500 + Math.random() * most;
  }

  async #turn(): Promise<void> {
    try {
      await navigator.locks.request("lanyard-door-post", { ifAvailable: true }, async (lock) => {
        if (lock !== null) {
          await this.#send();
          await this.#fetch();
          this.#failures = 0;
        }
      });
    } catch (e) {
      this.#failures++;
      if (!(e instanceof Stopped)) {
        this.#events.onStoreFailure(e);
      }
    }
  }

  /** Runs one call; what fails ends the round, except refusals, which are for the caller. */
  async #call<T>(make: () => Promise<T>): Promise<T> {
    try {
      const answer = await make();
      this.heard(true);
      return answer;
    } catch (e) {
      switch (failureOf(e)) {
        case "refused":
          this.heard(true);
          throw e;
        case "ended":
          this.#running = false;
          this.#events.onEnded();
          throw new Stopped();
        default:
          this.heard(false);
          throw new Stopped();
      }
    }
  }

  async #send(): Promise<void> {
    for (let rows = this.#batch(); rows.length > 0; rows = this.#batch()) {
      await this.#sendRows(rows);
      this.#events.onChange();
    }
  }

  #batch(): Row[] {
    const rows: Row[] = [];
    let walkIns = 0;
    for (const row of this.#parts.queue.waiting(mostScans)) {
      walkIns += row.what.kind === "walkIn" ? 1 : 0;
      if (walkIns > mostWalkIns) {
        break;
      }
      rows.push(row);
    }
    return rows;
  }

  /** Sends rows; when the server refuses them together, each is sent by itself. */
  async #sendRows(rows: readonly Row[]): Promise<void> {
    const { client, queue } = this.#parts;
    const queued = Math.max(0, queue.counts.waiting - rows.length);
    let answer: UploadResponse;
    try {
      answer = await this.#call(() =>
        client.upload(uploadOf(rows, { appVersion, queued }), { timeoutMs: uploadTime }),
      );
    } catch (e) {
      if (e instanceof Stopped) {
        throw e;
      }
      const [first, ...others] = rows;
      if (first !== undefined && others.length === 0) {
        await queue.park(first.seq, refusalOf(e));
        return;
      }
      for (const row of rows) {
        await this.#sendRows([row]);
      }
      return;
    }
    await this.#answered(rows, answer);
  }

  /** Settles each row that has an answer of its own. Ticks have none: the whole answer is theirs. */
  async #answered(rows: readonly Row[], answer: UploadResponse): Promise<void> {
    const results = new Map(answer.results.map((result) => [result.scanId, result]));
    const walkIns = new Map(answer.walkIns.map((result) => [result.ticketId, result]));
    for (const row of rows) {
      const { what } = row;
      if (what.kind === "tick") {
        await this.#parts.queue.settle([row.seq]);
        continue;
      }
      if (what.kind === "walkIn") {
        const result = walkIns.get(what.walkIn.ticketId);
        if (result !== undefined) {
          await this.settle(row, result.result);
          this.#events.onWalkIn(row, result.registered, result.overCapacity, result.message);
        }
        continue;
      }
      const result = results.get(what.scan.scanId);
      if (result !== undefined) {
        await this.settle(row, result);
      }
    }
    if (rows.every((row) => this.#parts.queue.has(row.seq))) {
      throw new Stopped(); // an answer that answers nothing must not be asked for in a loop
    }
  }

  /**
   * Takes an answered scan out of the queue. What it did is remembered until the rows tell of it,
   * in the same breath, so that no moment exists in which the ticket seems not to have come.
   */
  async settle(row: Row, result: ScanResult | undefined): Promise<void> {
    const { queue, book } = this.#parts;
    const scan = row.what.kind === "scan" ? row.what.scan : undefined;
    const deed = scan === undefined ? undefined : book.deed(scan.scanId);
    const changes: Change[] = [];
    const stands = result === undefined || letsThrough(result.outcome) || isVoid(result.outcome);
    if (deed !== undefined) {
      changes.push(
        stands
          ? { store: "overlay", key: deed.scanId, put: deed satisfies Deed }
          : { store: "overlay", remove: deed.scanId },
      );
    }
    await queue.settle([row.seq], ...changes);
    const told = result?.ticket;
    if (told !== undefined && told.id !== "") {
      book.put(told);
    }
    if (deed !== undefined && (!stands || told !== undefined)) {
      book.forget(new Set([deed.scanId]));
    }
    if (result !== undefined) {
      this.#events.onAnswer(row, result);
    }
  }

  /** Fetches what changed, page by page. */
  async #fetch(): Promise<void> {
    const { client, shelf, book, queue, db, time } = this.#parts;
    // What was answered before this moment is in the rows that come now.
    const covered = (await db.all<Deed>("overlay")).map(({ value }) => value.scanId);
    for (let more = true; more; ) {
      const asked = time.mono();
      const { cursor, settingsMark } = shelf.progress;
      const answer: SyncResponse = await this.#call(() =>
        client.sync(
          { cursor, settingsMark, queued: queue.counts.waiting, appVersion },
          { timeoutMs: syncTime },
        ),
      ).catch((e: unknown) => {
        throw e instanceof Stopped ? e : new Stopped();
      });
      time.observe(Number(answer.serverTimeMs), asked, time.mono());
      this.served.value = answer.appVersion;
      more = answer.more;
      const done: Change[] = more
        ? []
        : covered.map((key): Change => ({ store: "overlay", remove: key }));
      const at = time.now();
      done.push({ store: "meta", key: "time", put: { ...time.memory(), syncedAt: at } });
      await shelf.keep(answer, ...done);
      book.apply(answer);
      if (!more) {
        book.forget(new Set(covered));
        this.link.value = { ...this.link.value, syncedAt: at };
      }
      this.#events.onChange();
    }
    await shelf.tidy([...book.tickets()], book.counts);
  }
}

function isVoid(outcome: Outcome): boolean {
  return outcome === Outcome.VOIDED;
}

/**
 * What happened here and the server has not answered yet: scans, walk-ins, ticks of the roll-call.
 * A row is on the disk before anybody is told about it, and leaves only with an answer of its own.
 * Rows that the server cannot take are parked in sight; they never hold up the others.
 */

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type RollCallTick,
  type Scan,
  type UploadRequest,
  UploadRequestSchema,
  type WalkInDetails,
} from "../gen/lanyard/checkin/v1/checkin_pb";
import type { Change, Database } from "./database";
import type { Bytes, Vault } from "./vault";

/** One thing that happened. */
export type Happening =
  | { kind: "scan"; scan: Scan }
  | { kind: "walkIn"; walkIn: WalkInDetails }
  | { kind: "tick"; tick: RollCallTick };

/** A row of the queue. */
export interface Row {
  /** Its place: rows are sent in this order. */
  seq: number;
  what: Happening;
  /** Why the server could not take it; empty while it waits. */
  parked: string;
}

/** A row as it lies in the store. */
interface Stored {
  sealed: Bytes;
  parked: string;
}

const seqName = "sequence";

/** The queue of this tablet. */
export class Queue {
  readonly #db: Database;
  readonly #vault: Vault;
  readonly #rows = new Map<number, Row>();
  #seq: number;

  private constructor(db: Database, vault: Vault, seq: number) {
    this.#db = db;
    this.#vault = vault;
    this.#seq = seq;
  }

  /** Opens the queue with everything that it held before. */
  static async open(db: Database, vault: Vault): Promise<Queue> {
    const queue = new Queue(db, vault, (await db.get<number>("meta", seqName)) ?? 0);
    for (const { key, value } of await db.all<Stored>("queue")) {
      const seq = Number(key);
      const plain = await vault.open(`queue ${seq}`, value.sealed);
      const what = plain === null ? null : happeningOf(plain);
      if (what !== null) {
        queue.#rows.set(seq, { seq, what, parked: value.parked });
        queue.#seq = Math.max(queue.#seq, seq);
      }
    }
    return queue;
  }

  /** The number of the next row. */
  next(): number {
    this.#seq++;
    return this.#seq;
  }

  /** Puts something into the queue under a number from next; it is on the disk afterwards. */
  async add(seq: number, what: Happening): Promise<void> {
    const sealed = await this.#vault.seal(`queue ${seq}`, bytesOf(what));
    await this.#db.write(
      { store: "queue", key: seq, put: { sealed, parked: "" } satisfies Stored },
      { store: "meta", key: seqName, put: this.#seq },
    );
    this.#rows.set(seq, { seq, what, parked: "" });
  }

  /** What waits to be sent, in order, at most so many. */
  waiting(most = Number.POSITIVE_INFINITY): Row[] {
    const rows: Row[] = [];
    for (const row of this.#rows.values()) {
      if (row.parked === "") {
        rows.push(row);
      }
    }
    return rows.sort((a, b) => a.seq - b.seq).slice(0, most);
  }

  /** What needs attention. */
  parked(): Row[] {
    return [...this.#rows.values()].filter((row) => row.parked !== "");
  }

  /** How many wait, and how many need attention. */
  get counts(): { waiting: number; parked: number } {
    const parked = this.parked().length;
    return { waiting: this.#rows.size - parked, parked };
  }

  /** Whether a row is still here. */
  has(seq: number): boolean {
    return this.#rows.has(seq);
  }

  /** Takes out rows that have been answered, together with other changes, all or nothing. */
  async settle(seqs: readonly number[], ...changes: readonly Change[]): Promise<void> {
    await this.#db.write(
      ...seqs.map((seq): Change => ({ store: "queue", remove: seq })),
      ...changes,
    );
    for (const seq of seqs) {
      this.#rows.delete(seq);
    }
  }

  /** Puts a row aside, or with an empty reason back among those that wait. */
  async park(seq: number, why: string): Promise<void> {
    const row = this.#rows.get(seq);
    if (row === undefined) {
      return;
    }
    const sealed = await this.#vault.seal(`queue ${seq}`, bytesOf(row.what));
    await this.#db.write({
      store: "queue",
      key: seq,
      put: { sealed, parked: why } satisfies Stored,
    });
    this.#rows.set(seq, { ...row, parked: why });
  }
}

/** Happenings in the form in which they are sent. */
export function uploadOf(
  rows: readonly { what: Happening }[],
  more: Pick<UploadRequest, "appVersion" | "queued">,
): UploadRequest {
  return create(UploadRequestSchema, {
    ...more,
    scans: rows.flatMap(({ what }) => (what.kind === "scan" ? [what.scan] : [])),
    walkIns: rows.flatMap(({ what }) => (what.kind === "walkIn" ? [what.walkIn] : [])),
    ticks: rows.flatMap(({ what }) => (what.kind === "tick" ? [what.tick] : [])),
  });
}

function bytesOf(what: Happening): Bytes {
  const request = uploadOf([{ what }], { appVersion: "", queued: 0 });
  return new Uint8Array(toBinary(UploadRequestSchema, request));
}

function happeningOf(bytes: Bytes): Happening | null {
  const { scans, walkIns, ticks } = fromBinary(UploadRequestSchema, bytes);
  const [scan] = scans;
  const [walkIn] = walkIns;
  const [tick] = ticks;
  if (scan !== undefined) {
    return { kind: "scan", scan };
  }
  if (walkIn !== undefined) {
    return { kind: "walkIn", walkIn };
  }
  return tick === undefined ? null : { kind: "tick", tick };
}

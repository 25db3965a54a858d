/**
 * The life of a tablet: paired, at work, ended. When its access ends, by a word of the server or by
 * the clock, everything personal on it is destroyed at once; what happened at the door and was not
 * sent yet stays, without names, until the tablet is paired again.
 */

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { signal } from "@preact/signals";
import { type Scan, ScanClockSchema, ScanSchema } from "../gen/lanyard/checkin/v1/checkin_pb";
import type { Deed } from "./book";
import { Book } from "./book";
import { type Change, Database } from "./database";
import { Door } from "./door";
import { Queue } from "./queue";
import { Shelf } from "./shelf";
import { Timekeeper, type TimeMemory } from "./time";
import { type Bytes, Vault } from "./vault";
import { appVersion } from "./version";
import type { KeyMap } from "./wedge";
import { connectDoor, type DoorClient, failureOf, refusalOf } from "./wire";

/** A clock that starts this far behind a moment that was reached is not believed any more. */
const tooFarBack = 86_400_000;

/** How often it is looked whether the access has run out, or the token has to change. */
const lookEvery = 20_000;

/** Where a tablet stands. */
export type Phase =
  | { kind: "starting" }
  /** Another tab of this tablet is at work. */
  | { kind: "elsewhere" }
  | { kind: "unpaired" }
  | { kind: "open"; door: Door }
  | { kind: "ended"; why: string; unsent: number }
  /** The clock was set back so far that only the server can tell the time. */
  | { kind: "clock"; door: Door }
  | { kind: "broken"; why: string };

/** What is kept of the time, and of the last sync. */
type KeptTime = TimeMemory & { syncedAt?: number };

/** A scan without anything personal. */
type Leftover = Uint8Array;

/** The tablet. */
export class Tablet {
  readonly phase = signal<Phase>({ kind: "starting" });
  /** Whether pairing is under way, and what came of the last attempt. */
  readonly pairing = signal({ busy: false, problem: "" });
  /** What the tablet has learnt about its hand scanner. */
  readonly keyMap = signal<KeyMap>({});
  #db: Database | null = null;
  #token = "";
  #timer: ReturnType<typeof setInterval> | undefined;
  #time = new Timekeeper();
  readonly client: DoorClient = connectDoor(() => this.#token);

  /** Starts, unless another tab of this tablet is at work; with force it takes over from that one. */
  async start(force = false): Promise<void> {
    this.phase.value = { kind: "starting" };
    const lock = force ? { steal: true } : { ifAvailable: true };
    void navigator.locks
      .request("lanyard-door", lock, async (held) => {
        if (held === null) {
          this.phase.value = { kind: "elsewhere" };
          return;
        }
        await this.#open();
        await new Promise(() => {}); // until the tab closes or another one takes over
      })
      .catch((e: unknown) => {
        this.#close();
        const taken = e instanceof DOMException && e.name === "AbortError";
        this.phase.value = taken ? { kind: "elsewhere" } : { kind: "broken", why: String(e) };
      });
  }

  async #open(): Promise<void> {
    try {
      this.#db = await Database.open();
      this.keyMap.value = (await this.recall<KeyMap>("wedge")) ?? {};
      await this.#resume(this.#db);
    } catch {
      this.phase.value = {
        kind: "broken",
        why: "This browser does not let the door keep anything. Leave private browsing, or free some space, and load the page again.",
      };
    }
  }

  /** Goes on where the tablet was before. */
  async #resume(db: Database): Promise<void> {
    const vault = await Vault.open(db);
    const sealed = await db.get<Bytes>("meta", "token");
    const token = sealed === undefined ? null : await vault.open("token", sealed);
    if (token === null) {
      this.phase.value = { kind: "unpaired" };
      return;
    }
    this.#token = new TextDecoder().decode(token);
    const kept = await db.get<KeptTime>("meta", "time");
    const [queue, deeds] = await Promise.all([Queue.open(db, vault), db.all<Deed>("overlay")]);
    const shelf = new Shelf(db, vault);
    const copy = await shelf.read();
    const book = new Book();
    book.settings = copy.settings;
    book.apply({ reset: true, tickets: copy.tickets, counts: copy.counts });
    for (const { value } of deeds) {
      book.add(value);
    }
    this.#time = kept === undefined ? this.#time : new Timekeeper(undefined, kept);
    const parts = { db, queue, shelf, book, time: this.#time, client: this.client };
    const door = new Door(parts, kept?.syncedAt ?? 0, () => void this.wipe(endedWords.server));
    await this.#requeue(db, queue, book);
    this.#watch(db, door, kept);
  }

  #watch(db: Database, door: Door, kept: KeptTime | undefined): void {
    const time = this.#time;
    const back = time.setBack && (kept?.reached ?? 0) - time.wall() - time.offset > tooFarBack;
    this.phase.value = { kind: back ? "clock" : "open", door };
    const look = async () => {
      const { settings } = door.book;
      const now = time.now();
      const wipeAt = Number(settings?.wipeAtMs ?? 0n);
      if (wipeAt > 0 && now >= wipeAt) {
        await this.wipe(endedWords.time);
        return;
      }
      if (this.phase.peek().kind === "clock" && !time.setBack) {
        this.phase.value = { kind: "open", door };
      }
      const syncedAt = door.post.link.peek().syncedAt;
      await db.write({ store: "meta", key: "time", put: { ...time.memory(), syncedAt } });
      await this.#rotate(db, door, now);
    };
    void look().then(() => {
      if (this.phase.peek().kind === "open" || this.phase.peek().kind === "clock") {
        this.#timer = setInterval(() => void look().catch(() => {}), lookEvery);
        door.post.start();
        door.post.link.subscribe(({ state }) => {
          if (state === "live" && this.phase.peek().kind === "clock") {
            void look();
          }
        });
      }
    });
  }

  /** Changes the token when it is time; the old one works on until the new one was used. */
  async #rotate(db: Database, door: Door, now: number): Promise<void> {
    const at = Number(door.book.settings?.rotateAtMs ?? 0n);
    const kept = (await db.get<number>("meta", "rotateAt")) ?? 0;
    if (Math.max(at, kept) > now || at === 0 || door.post.link.peek().state !== "live") {
      return;
    }
    try {
      const { deviceToken, rotateAtMs } = await this.client.rotateToken({});
      await this.#keepToken(db, deviceToken, [
        { store: "meta", key: "rotateAt", put: Number(rotateAtMs) },
      ]);
    } catch (e) {
      if (failureOf(e) === "ended") {
        await this.wipe(endedWords.server);
      }
    }
  }

  async #keepToken(db: Database, token: string, changes: readonly Change[]): Promise<void> {
    const vault = await Vault.open(db);
    const sealed = await vault.seal("token", new TextEncoder().encode(token));
    await db.write(...changes, { store: "meta", key: "token", put: sealed });
    this.#token = token;
  }

  /** Spends a pairing code: the text of the code, or the address that the QR says. */
  async pair(text: string): Promise<void> {
    const db = this.#db;
    if (db === null || this.pairing.peek().busy) {
      return;
    }
    this.pairing.value = { busy: true, problem: "" };
    try {
      const asked = this.#time.mono();
      const { deviceToken, settings, serverTimeMs } = await this.client.pair(
        { code: pairingCode(text), appVersion },
        { timeoutMs: 15_000 },
      );
      this.#time.observe(Number(serverTimeMs), asked, this.#time.mono());
      const vault = await Vault.open(db);
      const changes: Change[] = [
        { store: "pages", clear: true },
        { store: "overlay", clear: true },
        { store: "meta", remove: "progress" },
        { store: "meta", remove: "rotateAt" },
        { store: "meta", key: "time", put: this.#time.memory() },
      ];
      if (settings !== undefined) {
        changes.push(await new Shelf(db, vault).settingsChange(settings));
      }
      await this.#keepToken(db, deviceToken, changes);
      this.pairing.value = { busy: false, problem: "" };
      await this.#resume(db);
    } catch (e) {
      const away = failureOf(e) === "away";
      const problem = away
        ? "The server cannot be reached. Pairing needs the network."
        : refusalOf(e);
      this.pairing.value = { busy: false, problem };
    }
  }

  /** How many things wait to be sent. */
  get unsent(): number {
    const phase = this.phase.peek();
    return phase.kind === "open" ? phase.door.waiting.peek().waiting : 0;
  }

  /** Takes the tablet out of service; refused while something waits to be sent. */
  async leave(): Promise<boolean> {
    if (this.unsent > 0) {
      return false;
    }
    await this.wipe(endedWords.left);
    return true;
  }

  /** Destroys everything personal, now. */
  async wipe(why: string): Promise<void> {
    const phase = this.phase.peek();
    const db = this.#db;
    if (db === null || phase.kind === "ended") {
      return;
    }
    const rows = phase.kind === "open" || phase.kind === "clock" ? phase.door.rows : null;
    this.#close();
    this.#token = "";
    const left = (rows === null ? [] : [...rows.waiting, ...rows.parked]).flatMap(({ what }) =>
      what.kind === "scan" ? [leftoverOf(what.scan)] : [],
    );
    this.phase.value = { kind: "ended", why, unsent: left.length };
    const before = (await db.get<Leftover[]>("meta", "leftover")) ?? [];
    const gone = ["token", "settings", "progress", "rotateAt"];
    await db.write(
      Vault.destroyed(),
      { store: "pages", clear: true },
      { store: "overlay", clear: true },
      { store: "queue", clear: true },
      ...gone.map((key): Change => ({ store: "meta", remove: key })),
      { store: "meta", key: "leftover", put: [...before, ...left] },
    );
  }

  /** Lets the tablet be paired again. */
  async renew(): Promise<void> {
    if (this.#db !== null) {
      await this.#resume(this.#db);
    }
  }

  /** Puts back into the queue what an earlier end had left unsent. */
  async #requeue(db: Database, queue: Queue, book: Book): Promise<void> {
    const left = (await db.get<Leftover[]>("meta", "leftover")) ?? [];
    for (const bytes of left) {
      const scan = fromBinary(ScanSchema, bytes);
      if (book.list(scan.listId) !== undefined) {
        const seq = queue.next();
        await queue.add(seq, { kind: "scan", scan: { ...scan, sequence: BigInt(seq) } });
      }
    }
    if (left.length > 0) {
      await db.write({ store: "meta", remove: "leftover" });
    }
  }

  #close(): void {
    const phase = this.phase.peek();
    if (phase.kind === "open" || phase.kind === "clock") {
      phase.door.post.stop();
    }
    clearInterval(this.#timer);
  }

  /** A small thing that the tablet remembers. */
  async recall<T>(key: string): Promise<T | undefined> {
    return this.#db?.get<T>("meta", key);
  }

  /** Remembers a small thing. */
  async keep(key: string, value: unknown): Promise<void> {
    await this.#db?.write({ store: "meta", key, put: value });
  }
}

const endedWords = {
  server: "The organiser has ended this tablet’s access.",
  time: "The event is over, and with it this tablet’s access.",
  left: "This tablet was taken out of service.",
};

/** A scan without codes, answers, or whoever made it. */
function leftoverOf(scan: Scan): Leftover {
  const clock = create(ScanClockSchema, scan.clock ?? {});
  const bare = { ...scan, clock, code: "", answers: [], staffKey: new Uint8Array(), reason: "" };
  return toBinary(ScanSchema, create(ScanSchema, bare));
}

/** The code in what a pairing QR says; a code that was typed is one already. */
export function pairingCode(text: string): string {
  const clean = text.trim();
  const behind = clean.includes("#") ? clean.slice(clean.indexOf("#") + 1) : clean;
  return behind.replace(/^pair=/, "");
}

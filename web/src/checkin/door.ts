/**
 * The door: everything that the tablet knows and does, apart from drawing. A scan is judged from
 * the tablet's own copy, written down, and only then shown; the server confirms it, at once where
 * there is a network.
 */

import { create } from "@bufbuild/protobuf";
import { computed, signal } from "@preact/signals";
import {
  Basis,
  type CheckInList,
  type DoorSettings,
  Outcome,
  RollCallTickSchema,
  ScanKind,
  type ScanResult,
  ScanSchema,
  StaffRole,
  WalkInDetailsSchema,
} from "../gen/lanyard/checkin/v1/checkin_pb";
import { type Book, deedOf } from "./book";
import { bareCard, type Card, makeCard, toldStanding } from "./card";
import { checkCode } from "./codes";
import type { Database } from "./database";
import {
  type Admission,
  type Clerk,
  type Judged,
  judgeShown,
  pickedCode,
  readClock,
  type Shown,
  writeScan,
} from "./gather";
import { letsThrough } from "./judge";
import { Log } from "./log";
import { Post } from "./post";
import type { Queue, Row } from "./queue";
import type { Progress, Shelf } from "./shelf";
import { PinDesk, roleNow, type Staff } from "./staff";
import type { Timekeeper } from "./time";
import type { DoorClient } from "./wire";

/** How long a scan waits for the server's answer before the tablet's own is shown. */
const liveBudget = 400;

/** How long one call may take for a scan that is already shown. */
const checkTime = 3_000;

/** Whoever scanned may take it back for this long. */
const undoFor = 600_000;

/** What the door is made of. */
export interface DoorParts {
  db: Database;
  queue: Queue;
  shelf: Shelf;
  book: Book;
  time: Timekeeper;
  client: DoorClient;
}

/** Somebody who comes without a registration. */
export interface Newcomer {
  name: string;
  organisation: string;
  email: string;
  productId: string;
  cashTaken: boolean;
}

/** The door at work. */
export class Door {
  /** Raised whenever rows, settings, numbers or the queue changed. */
  readonly version = signal(0);
  readonly settings = signal<DoorSettings | null>(null);
  readonly listId = signal("");
  readonly exit = signal(false);
  readonly staff = signal<Staff | null>(null);
  /** A failure of the store that people must see; empty for none. */
  readonly trouble = signal("");
  /** Who was ticked off in the roll-call of the present list, by ticket. */
  readonly ticks = signal<ReadonlyMap<string, boolean>>(new Map());
  /** How many wait, and how many need attention. */
  readonly waiting = signal({ waiting: 0, parked: 0 });
  readonly post: Post;
  readonly log: Log;
  readonly book: Book;
  readonly time: Timekeeper;
  readonly client: DoorClient;
  readonly pins = new PinDesk();
  readonly #db: Database;
  readonly #shelf: Shelf;
  readonly #queue: Queue;
  readonly #clerk: Clerk;
  /** When this tablet let a ticket through, by subject, list and direction. */
  readonly #own = new Map<string, number>();
  /** Scans whose card is not shown yet. */
  readonly #open = new Set<string>();
  #slow = false;

  /** The list that is scanned for. */
  readonly list = computed<CheckInList | undefined>(() =>
    this.settings.value?.lists.find(({ id }) => id === this.listId.value),
  );

  /** What may be done here now. */
  readonly role = computed<StaffRole>(() =>
    roleNow(this.settings.value?.device?.roleWithoutPin ?? StaffRole.STEWARD, this.staff.value),
  );

  constructor(parts: DoorParts, syncedAt: number, onEnded: () => void) {
    this.book = parts.book;
    this.time = parts.time;
    this.client = parts.client;
    this.#db = parts.db;
    this.#shelf = parts.shelf;
    this.#queue = parts.queue;
    this.log = new Log(parts.time);
    this.post = new Post(
      parts,
      {
        onAnswer: (row, result) => this.#answered(row, result),
        onWalkIn: (row, registered, over, message) =>
          this.#walkedIn(row, registered, over, message),
        onEnded,
        onChange: () => this.refresh(),
        onStoreFailure: (e) => this.storeFailed(e),
      },
      syncedAt,
    );
    this.#clerk = {
      time: parts.time,
      next: () => parts.queue.next(),
      staffKey: () => this.staff.peek()?.key ?? new Uint8Array(),
      syncedAt: () => this.post.link.peek().syncedAt,
    };
    this.#recall();
    this.refresh();
  }

  /** Lays over the rows what still waits in the queue. */
  #recall(): void {
    for (const { what } of this.#queue.waiting()) {
      const scan =
        what.kind === "scan" ? what.scan : what.kind === "walkIn" ? what.walkIn.scan : null;
      const list = this.book.list(scan?.listId ?? "");
      if (scan != null && list !== undefined) {
        const at = Number(scan.clock?.wallMs ?? 0n) + Number(scan.clock?.offsetMs ?? 0n);
        this.book.add(deedOf(scan, scan.ticketId, this.book.zone, at, list));
      }
    }
  }

  /** Takes over what changed. */
  refresh(): void {
    const { settings } = this.book;
    this.settings.value = settings;
    const lists = settings?.lists.filter(({ archived }) => !archived) ?? [];
    if (!lists.some(({ id }) => id === this.listId.value)) {
      this.listId.value = lists[0]?.id ?? "";
    }
    this.waiting.value = this.#queue.counts;
    this.version.value++;
  }

  /** How far the first fetch of the list has come. */
  get progress(): Progress {
    return this.#shelf.progress;
  }

  /** Whether the tablet's clock is not to be believed. */
  get clockDoubtful(): boolean {
    return this.time.known && (this.time.doubtful || this.time.setBack);
  }

  /** Says loudly that the store failed. */
  storeFailed(e: unknown): void {
    const full = e instanceof DOMException && e.name === "QuotaExceededError";
    this.trouble.value = full
      ? "This tablet’s storage is full, so scans cannot be kept. Free some space."
      : "This tablet cannot keep scans: its storage failed. Use another one.";
  }

  /** Answers a code that was read, typed or sent by a scanner. */
  async scan(text: string, shownAt = 0, more: Admission = {}): Promise<Card | null> {
    const { settings } = this.book;
    if (settings === null) {
      return null;
    }
    const { eventMark, keys, otherEvents } = settings;
    const checked = await checkCode(text, { mark: eventMark, keys, otherEvents });
    const ticket = checked.hash.length > 0 ? this.book.byHash(checked.hash) : undefined;
    return this.#decide({ checked, ticket, code: text, picked: false, shownAt, ...more });
  }

  /** Answers for a ticket that was picked from the list. */
  async pick(ticketId: string, more: Admission = {}): Promise<Card | null> {
    const ticket = this.book.ticket(ticketId);
    const checked = pickedCode(ticket);
    return this.#decide({ checked, ticket, code: "", picked: true, shownAt: 0, ...more });
  }

  /** Judges the card's ticket once more with what was missing: an answer, or money. */
  again(card: Card, more: Admission): Promise<Card | null> {
    return card.code === "" ? this.pick(card.ticketId, more) : this.scan(card.code, 0, more);
  }

  async #decide(shown: Shown): Promise<Card | null> {
    const list = this.list.value;
    if (list === undefined) {
      return null;
    }
    const exit = this.exit.value;
    const judged = judgeShown(shown, list, exit, this.book, this.#clerk, (subject) =>
      this.#own.get(`${subject} ${list.id} ${exit}`),
    );
    const { scan } = judged;
    if (scan.outcome === Outcome.UNREADABLE) {
      return this.log.show(this.#cardOf(judged)); // what is no ticket is nobody's business
    }
    const row: Row = { seq: Number(scan.sequence), what: { kind: "scan", scan }, parked: "" };
    this.#open.add(scan.scanId);
    this.#remember(judged);
    try {
      const keeping = this.#keep(row);
      const asking = this.#asks ? this.#ask(row, keeping) : null;
      const kept = await keeping;
      // What the tablet could not write down counts only if the server has.
      const answer = asking === null ? null : await within(asking, kept ? liveBudget : checkTime);
      this.#slow = asking !== null && answer === null;
      if (!kept) {
        this.book.forget(new Set([scan.scanId]));
      }
      if (answer !== null) {
        return this.log.show(this.#told(judged, answer));
      }
      return this.log.show(kept ? this.#cardOf(judged) : this.#lost(judged));
    } finally {
      this.#open.delete(scan.scanId);
      this.refresh();
      if (this.#queue.has(row.seq)) {
        void this.post.round();
      }
    }
  }

  /** Writes a row down; false, and a word about it on the screen, when that is impossible. */
  async #keep({ seq, what }: Row): Promise<boolean> {
    try {
      await this.#queue.add(seq, what);
      this.trouble.value = "";
      return true;
    } catch (e) {
      this.storeFailed(e);
      return false;
    }
  }

  /** The card of a scan that nobody has written down. */
  #lost(judged: Judged): Card {
    const { list, facts } = judged;
    this.#own.delete(`${judged.subject} ${list.id} ${facts.exit}`);
    const sentence = `${this.trouble.value} This scan was not kept.`;
    return { ...this.#cardOf(judged), tone: "red", word: "Stop", sentence };
  }

  /** Whether the server is asked before an answer is shown. */
  get #asks(): boolean {
    return this.post.link.value.state === "live" && !this.#slow;
  }

  /** Asks the server about a scan; null when it could not be asked. */
  async #ask(row: Row, keeping: Promise<boolean>): Promise<ScanResult | null> {
    if (row.what.kind !== "scan") {
      return null;
    }
    const unsaid = { outcome: Outcome.UNSPECIFIED, basis: Basis.UNSPECIFIED };
    const scan = create(ScanSchema, { ...row.what.scan, ...unsaid });
    try {
      const { result } = await this.client.check({ scan }, { timeoutMs: checkTime });
      const kept = await keeping;
      if (result === undefined) {
        return null;
      }
      this.post.heard(true);
      this.#slow = false;
      if (kept && this.#queue.has(row.seq)) {
        await this.post.settle(row, result);
      } else if (!kept && result.ticket !== undefined && result.ticket.id !== "") {
        this.book.put(result.ticket);
      }
      return result;
    } catch {
      return null; // the round that follows sends the scan as it happened, and says what is wrong
    }
  }

  /** Remembers what a scan did here, so that the next one knows. */
  #remember({ scan, list, subject, facts }: Judged): void {
    const deed = deedOf(scan, subject, this.book.zone, facts.now, list);
    if (deed !== null) {
      this.book.add(deed);
      this.#own.set(`${subject} ${list.id} ${facts.exit}`, facts.now);
    }
  }

  /** The card of a verdict of our own. */
  #cardOf({ scan, list, standing, facts, shown }: Judged): Card {
    return makeCard(
      {
        id: scan.scanId,
        outcome: scan.outcome,
        basis: scan.basis,
        online: false,
        ticket: shown.ticket,
        list,
        standing,
        otherEvent: shown.checked.otherTitle,
        cashTaken: scan.cashTaken,
        code: shown.code,
        exit: facts.exit,
        now: facts.now,
        listAt: this.#clerk.syncedAt(),
        shownAt: shown.shownAt,
        message: "",
        who: shown.who,
      },
      this.book,
    );
  }

  /** The card of the server's answer, which came in time. */
  #told(judged: Judged, result: ScanResult): Card {
    const { scan, list, standing, facts, shown } = judged;
    const key = `${judged.subject} ${list.id} ${facts.exit}`;
    if (!letsThrough(result.outcome)) {
      this.#own.delete(key);
    } else if (result.outcome !== Outcome.ADMITTED_AGAIN) {
      this.#own.set(key, facts.now);
    }
    return makeCard(
      {
        id: scan.scanId,
        outcome: result.outcome,
        basis: Basis.LIVE,
        online: true,
        ticket: result.ticket?.id ? result.ticket : shown.ticket,
        list,
        standing: toldStanding(standing, result),
        otherEvent: result.otherEvent,
        cashTaken: scan.cashTaken,
        code: shown.code,
        exit: facts.exit,
        now: facts.now,
        listAt: this.#clerk.syncedAt(),
        shownAt: shown.shownAt,
        message: result.message,
        who: shown.who,
      },
      this.book,
    );
  }

  /** The server answered a scan. */
  #answered({ what }: Row, result: ScanResult): void {
    if (what.kind === "scan" && !this.#open.has(what.scan.scanId)) {
      const { scan } = what;
      this.log.answered(scan, this.book.ticket(scan.ticketId)?.name ?? "", result);
    }
  }

  /** Whether a card can be taken back here and now. */
  mayUndo(card: Card): boolean {
    const soon = this.time.now() - card.at <= undoFor;
    return letsThrough(card.outcome) && !card.undone && (soon || this.isLead);
  }

  /** Whether the person at the tablet leads the shift. */
  get isLead(): boolean {
    return this.role.peek() === StaffRole.LEAD;
  }

  /** Takes a scan back. */
  async undo(card: Card, reason: string): Promise<void> {
    const list = this.book.list(card.listId);
    if (list === undefined) {
      return;
    }
    const scan = writeScan(this.#clerk, list, ScanKind.VOID, {
      ticketId: card.ticketId,
      voidsScanId: card.id,
      reason,
      outcome: Outcome.VOIDED,
      basis: Basis.LOCAL,
    });
    await this.#queue.add(Number(scan.sequence), { kind: "scan", scan });
    this.book.add(deedOf(scan, card.ticketId, this.book.zone, card.at, list));
    this.#own.delete(`${card.ticketId} ${list.id} ${card.exit}`);
    this.log.change(card.id, { undone: true });
    this.log.clear();
    this.refresh();
    void this.post.round();
  }

  /** Lets several tickets of an order in, one after the other. */
  async admitOrder(ticketIds: readonly string[]): Promise<Card[]> {
    const cards: Card[] = [];
    for (const id of ticketIds) {
      const card = await this.pick(id);
      if (card !== null) {
        cards.push(card);
      }
    }
    return cards;
  }

  /** Numbers for walk-ins that are not used yet. */
  get spares(): { ticketId: string; code: string }[] {
    const used = new Set(
      [...this.#queue.waiting(), ...this.#queue.parked()].flatMap(({ what }) =>
        what.kind === "walkIn" ? [what.walkIn.ticketId] : [],
      ),
    );
    return (this.book.settings?.spareTickets ?? []).filter(
      ({ ticketId }) => !used.has(ticketId) && this.book.ticket(ticketId) === undefined,
    );
  }

  /** Registers somebody at the door and lets them in; null when no number is left. */
  async walkIn({ cashTaken, ...person }: Newcomer): Promise<Card | null> {
    const list = this.list.value;
    const [spare] = this.spares;
    if (list === undefined || spare === undefined) {
      return null;
    }
    const { ticketId, code } = spare;
    const scan = writeScan(this.#clerk, list, ScanKind.ENTRY, {
      code,
      ticketId,
      outcome: Outcome.ADMITTED,
      basis: Basis.LOCAL,
      cashTaken,
    });
    const walkIn = create(WalkInDetailsSchema, {
      ...person,
      ticketId,
      listId: list.id,
      scan,
      staffKey: this.#clerk.staffKey(),
    });
    await this.#queue.add(Number(scan.sequence), { kind: "walkIn", walkIn });
    const at = this.time.now();
    this.book.add(deedOf(scan, ticketId, this.book.zone, at, list));
    void this.post.round();
    this.refresh();
    return this.log.show({
      ...bareCard(scan, list, at),
      sentence: "Registered at the door.",
      name: person.name,
      organisation: person.organisation,
      product: this.book.product(person.productId),
    });
  }

  #walkedIn({ what }: Row, registered: boolean, over: boolean, message: string): void {
    if (what.kind !== "walkIn") {
      return;
    }
    const { name, scan, ticketId } = what.walkIn;
    if (!registered) {
      this.log.alert(ticketId, `${name} could not be registered. ${message}`);
    } else if (over) {
      this.log.alert(ticketId, `${name} came in beyond the places that there are.`);
    }
    this.log.change(scan?.scanId ?? "", { confirmed: registered });
  }

  /** Ticks somebody off in the roll-call, or takes the tick back. */
  async tick(ticketId: string, safe: boolean): Promise<void> {
    const listId = this.listId.value;
    const tick = create(RollCallTickSchema, {
      tickId: crypto.randomUUID(),
      listId,
      ticketId,
      safe,
      clock: readClock(this.time),
    });
    const ticks = new Map(this.ticks.peek()).set(ticketId, safe);
    await this.#queue.add(this.#queue.next(), { kind: "tick", tick });
    await this.#db.write({ store: "meta", key: `ticks ${listId}`, put: ticks });
    this.ticks.value = ticks;
    this.refresh();
    void this.post.round();
  }

  /** Gathers the ticks of all tablets; without a network those of this one. */
  async fetchTicks(): Promise<void> {
    const listId = this.listId.value;
    const kept = await this.#db.get<ReadonlyMap<string, boolean>>("meta", `ticks ${listId}`);
    const ticks = new Map(kept ?? []);
    try {
      const { entries } = await this.client.getMuster({ listId }, { timeoutMs: 5_000 });
      for (const { ticketId, safe } of entries) {
        ticks.set(ticketId, safe);
      }
    } catch {
      // what is kept here has to do
    }
    for (const { what } of this.#queue.waiting()) {
      if (what.kind === "tick" && what.tick.listId === listId) {
        ticks.set(what.tick.ticketId, what.tick.safe);
      }
    }
    if (this.listId.peek() === listId) {
      this.ticks.value = ticks;
    }
  }

  /** What waits, and what needs attention because the server could not take it. */
  get rows(): { waiting: Row[]; parked: Row[] } {
    return { waiting: this.#queue.waiting(), parked: this.#queue.parked() };
  }

  /** Tries a parked row again. */
  async retry(seq: number): Promise<void> {
    await this.#queue.park(seq, "");
    this.refresh();
    await this.post.round();
  }

  /** Lets somebody do what their PIN allows. */
  async unlock(pin: string): Promise<boolean> {
    const staff = await this.pins.check(pin, this.book.settings?.pins ?? [], this.time.mono());
    if (staff !== null) {
      this.staff.value = staff;
    }
    return staff !== null;
  }

  /** Goes back to what anybody may do. */
  lock(): void {
    this.staff.value = null;
  }
}

/** The answer if it comes in time, else null; it goes on being awaited by whoever made it. */
async function within<T>(answer: Promise<T | null>, ms: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

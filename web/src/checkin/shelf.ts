/**
 * The tablet's copy of the list on its disk: sealed pages, one for each answer of the server, in the
 * order in which they came. Rows and cursor are written together, so that a torn sync goes on where
 * it stopped and never mixes with what it replaces.
 */

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type DoorSettings,
  DoorSettingsSchema,
  type ListCounts,
  type SyncResponse,
  SyncResponseSchema,
  type Ticket,
} from "../gen/lanyard/checkin/v1/checkin_pb";
import type { Change, Database } from "./database";
import type { Bytes, Vault } from "./vault";

/** More pages than this are written anew as few. */
const mostPages = 60;

/** Rows of a page that was written anew. */
const rowsOfPage = 1_000;

/** What is known of the copy as a whole. */
export interface Progress {
  cursor: string;
  settingsMark: string;
  /** Whether a first run of pages has ended. */
  complete: boolean;
  /** How many rows there will be, while the first run lasts. */
  total: number;
  /** The number of the next page. */
  next: number;
}

const unknown: Progress = { cursor: "", settingsMark: "", complete: false, total: 0, next: 0 };

/** What was read back. */
export interface Copy {
  progress: Progress;
  settings: DoorSettings | null;
  tickets: Ticket[];
  counts: ListCounts[];
}

/** The pages of this tablet. */
export class Shelf {
  readonly #db: Database;
  readonly #vault: Vault;
  progress: Progress = unknown;
  #pages = 0;

  constructor(db: Database, vault: Vault) {
    this.#db = db;
    this.#vault = vault;
  }

  /** Reads everything back. A page that cannot be opened means that the copy must be fetched anew. */
  async read(): Promise<Copy> {
    const [progress, sealedSettings, pages] = await Promise.all([
      this.#db.get<Progress>("meta", "progress"),
      this.#db.get<Bytes>("meta", "settings"),
      this.#db.all<Bytes>("pages"),
    ]);
    const plainSettings =
      sealedSettings === undefined ? null : await this.#vault.open("settings", sealedSettings);
    const settings = plainSettings === null ? null : fromBinary(DoorSettingsSchema, plainSettings);
    const opened = await Promise.all(
      pages.map(({ key, value }) => this.#vault.open(`page ${key}`, value)),
    );
    if (progress === undefined || opened.some((page) => page === null)) {
      this.progress = { ...unknown, settingsMark: progress?.settingsMark ?? "" };
      return { progress: this.progress, settings, tickets: [], counts: [] };
    }
    this.progress = progress;
    this.#pages = pages.length;
    const answers = opened.map((page) => fromBinary(SyncResponseSchema, page as Bytes));
    return {
      progress,
      settings,
      tickets: answers.flatMap(({ tickets }) => tickets),
      counts: answers.findLast(({ counts }) => counts.length > 0)?.counts ?? [],
    };
  }

  /** Keeps an answer of the server, with what it says about the copy, all or nothing. */
  async keep(answer: SyncResponse, ...also: readonly Change[]): Promise<void> {
    const before = answer.reset ? unknown : this.progress;
    const next = this.progress.next;
    const hasRows = answer.tickets.length > 0 || answer.counts.length > 0;
    const progress: Progress = {
      cursor: answer.cursor,
      settingsMark: answer.settingsMark || this.progress.settingsMark,
      complete: before.complete || !answer.more,
      total: answer.total || before.total,
      next: hasRows ? next + 1 : next,
    };
    const changes: Change[] = [...also, { store: "meta", key: "progress", put: progress }];
    if (answer.reset) {
      changes.unshift({ store: "pages", clear: true });
    }
    if (answer.settings !== undefined) {
      changes.push(await this.settingsChange(answer.settings));
    }
    if (answer.tickets.length > 0) {
      changes.push(await this.#page(next, answer.tickets, answer.counts));
    } else if (hasRows && this.#pages > 0) {
      progress.next = next; // counts alone are not worth a page
    }
    await this.#db.write(...changes);
    this.progress = progress;
    this.#pages = (answer.reset ? 0 : this.#pages) + (answer.tickets.length > 0 ? 1 : 0);
  }

  /** The change that keeps settings. */
  async settingsChange(settings: DoorSettings): Promise<Change> {
    const plain = new Uint8Array(toBinary(DoorSettingsSchema, settings));
    return { store: "meta", key: "settings", put: await this.#vault.seal("settings", plain) };
  }

  /** Writes the rows anew as few pages, once there are many small ones. */
  async tidy(tickets: readonly Ticket[], counts: readonly ListCounts[]): Promise<void> {
    if (this.#pages <= mostPages || !this.progress.complete) {
      return;
    }
    const changes: Change[] = [{ store: "pages", clear: true }];
    let next = this.progress.next;
    for (let at = 0; at < tickets.length; at += rowsOfPage) {
      changes.push(await this.#page(next, tickets.slice(at, at + rowsOfPage), counts));
      next++;
    }
    const progress = { ...this.progress, next };
    changes.push({ store: "meta", key: "progress", put: progress });
    await this.#db.write(...changes);
    this.progress = progress;
    this.#pages = changes.length - 2;
  }

  async #page(
    number: number,
    tickets: readonly Ticket[],
    counts: readonly ListCounts[],
  ): Promise<Change> {
    const page = create(SyncResponseSchema, { tickets: [...tickets], counts: [...counts] });
    const plain = new Uint8Array(toBinary(SyncResponseSchema, page));
    return {
      store: "pages",
      key: number,
      put: await this.#vault.seal(`page ${number}`, plain),
    };
  }
}

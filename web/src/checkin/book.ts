/**
 * The tablet's list in memory: rows by ticket and by code, searchable, with what happened here laid
 * over what the server knew at the last sync.
 */

import {
  Basis,
  type CheckInList,
  type DoorSettings,
  type ListCounts,
  Outcome,
  type Scan,
  ScanKind,
  type SyncResponse,
  type Ticket,
  TicketStatus,
} from "../gen/lanyard/checkin/v1/checkin_pb";
import { otherDay } from "./day";
import { Finder } from "./find";
import { dayOf, letsThrough } from "./judge";

/** Something that happened on this tablet and that the server's rows may not know yet. */
export interface Deed {
  scanId: string;
  /** The ticket, or for one that is not on the list "#" and the hash of its number. */
  subject: string;
  listId: string;
  day: string;
  kind: "entry" | "exit" | "void";
  /** When, in milliseconds since 1970. */
  at: number;
  /** With void: the scan that is taken back. */
  voids: string;
}

/** Where a ticket stands on a list. */
export interface Standing {
  entries: number;
  inside: boolean;
  /** When and where it first came in; 0 and "" when it has not. */
  firstAt: number;
  firstGate: string;
  firstHere: boolean;
}

/** The list in memory. */
export class Book {
  settings: DoorSettings | null = null;
  counts: readonly ListCounts[] = [];
  readonly #tickets = new Map<string, Ticket>();
  readonly #byHash = new Map<string, string>();
  readonly #finder = new Finder<Ticket>();
  readonly #orders = new Map<string, Set<string>>();
  /** Deeds by subject and list, in their order. */
  readonly #deeds = new Map<string, Deed[]>();

  /** How many rows there are. */
  get size(): number {
    return this.#tickets.size;
  }

  /** Forgets the rows; deeds stay. */
  clearTickets(): void {
    for (const id of this.#tickets.keys()) {
      this.#finder.remove(id);
    }
    this.#tickets.clear();
    this.#byHash.clear();
    this.#orders.clear();
  }

  /** Takes in an answer of the server. */
  apply(answer: Pick<SyncResponse, "reset" | "tickets" | "counts" | "settings">): void {
    if (answer.reset) {
      this.clearTickets();
    }
    this.settings = answer.settings ?? this.settings;
    for (const ticket of answer.tickets) {
      this.put(ticket);
    }
    if (answer.counts.length > 0) {
      this.counts = answer.counts;
    }
  }

  /** Puts in a row. */
  put(ticket: Ticket): void {
    const before = this.#tickets.get(ticket.id);
    if (before !== undefined) {
      this.#byHash.delete(hex(before.numberHash));
      this.#orders.get(before.orderCode)?.delete(ticket.id);
    }
    this.#tickets.set(ticket.id, ticket);
    if (ticket.numberHash.length > 0) {
      this.#byHash.set(hex(ticket.numberHash), ticket.id);
    }
    if (ticket.orderCode !== "") {
      const order = this.#orders.get(ticket.orderCode) ?? new Set();
      this.#orders.set(ticket.orderCode, order.add(ticket.id));
    }
    if (ticket.name !== "") {
      const { id, name, organisation, orderCode } = ticket;
      this.#finder.put(id, ticket, name, organisation, orderCode);
    } else {
      this.#finder.remove(ticket.id);
    }
  }

  /** The row of a ticket. */
  ticket(id: string): Ticket | undefined {
    return this.#tickets.get(id);
  }

  /** The row whose codes carry the number with this hash. */
  byHash(hash: Uint8Array): Ticket | undefined {
    return this.#tickets.get(this.#byHash.get(hex(hash)) ?? "");
  }

  /** All rows. */
  tickets(): IterableIterator<Ticket> {
    return this.#tickets.values();
  }

  /** The rows of an order. */
  order(code: string): Ticket[] {
    const ids = this.#orders.get(code) ?? new Set<string>();
    return [...ids].flatMap((id) => this.#tickets.get(id) ?? []);
  }

  /** Looks people up. */
  find(query: string): Ticket[] {
    return this.#finder.find(query);
  }

  /** Whether the list lets the ticket's product in. */
  admits(list: CheckInList, ticket: Ticket): boolean {
    return list.admitsProductIds.includes(ticket.productId);
  }

  /** The day of a ticket that is shown at another day's door, "2026-11-24"; else "". */
  otherDay(list: CheckInList, ticket: Ticket, now: number): string {
    const all = this.settings?.sessions ?? [];
    const slots = (ids: readonly string[] | undefined) =>
      all
        .filter(({ id }) => ids === undefined || ids.includes(id))
        .map(({ startsMs, endsMs }) => ({ starts: Number(startsMs), ends: Number(endsMs) }));
    const product = this.settings?.products.find(({ id }) => id === ticket.productId);
    const of = slots(product?.sessionIds ?? []);
    return otherDay(now, this.zone, of, slots(list.details?.sessionIds ?? []), slots(undefined));
  }

  /** The title of a product. */
  product(id: string): string {
    return this.settings?.products.find((product) => product.id === id)?.title ?? "";
  }

  /** Lays a deed over the rows; null is none. */
  add(deed: Deed | null): void {
    if (deed === null) {
      return;
    }
    const key = `${deed.subject} ${deed.listId}`;
    const deeds = this.#deeds.get(key) ?? [];
    if (!deeds.some(({ scanId }) => scanId === deed.scanId)) {
      this.#deeds.set(key, [...deeds, deed]);
    }
  }

  /** A deed by its scan. */
  deed(scanId: string): Deed | undefined {
    for (const deeds of this.#deeds.values()) {
      const found = deeds.find((deed) => deed.scanId === scanId);
      if (found !== undefined) {
        return found;
      }
    }
    return undefined;
  }

  /** Takes deeds away: the rows know of them, or they did not count. */
  forget(scanIds: ReadonlySet<string>): void {
    for (const [key, deeds] of this.#deeds) {
      const left = deeds.filter(({ scanId }) => !scanIds.has(scanId));
      if (left.length === 0) {
        this.#deeds.delete(key);
      } else if (left.length < deeds.length) {
        this.#deeds.set(key, left);
      }
    }
  }

  /** Where a ticket stands on a list on a day. */
  standing(subject: string, listId: string, day: string): Standing {
    const known = this.#tickets
      .get(subject)
      ?.admissions.find((admission) => admission.listId === listId && admission.day === day);
    const here = this.settings?.deviceId ?? "";
    const standing: Standing = {
      entries: known?.entries ?? 0,
      inside: known?.inside ?? false,
      firstAt: Number(known?.firstAtMs ?? 0n),
      firstGate: known?.firstGate ?? "",
      firstHere: known !== undefined && known.firstDeviceId === here,
    };
    const deeds = (this.#deeds.get(`${subject} ${listId}`) ?? []).filter((d) => d.day === day);
    const voided = new Set(deeds.flatMap(({ voids }) => (voids === "" ? [] : [voids])));
    for (const deed of deeds) {
      if (!voided.has(deed.scanId)) {
        this.#play(deed, standing, deeds);
      }
    }
    return standing;
  }

  #play(deed: Deed, standing: Standing, deeds: readonly Deed[]): void {
    switch (deed.kind) {
      case "entry":
        standing.inside = true;
        if (standing.entries === 0) {
          standing.firstAt = deed.at;
          standing.firstGate = this.gate;
          standing.firstHere = true;
        }
        standing.entries++;
        break;
      case "exit":
        standing.inside = false;
        break;
      case "void":
        // Its scan is among the deeds and was left out, or only the server's row knows of it.
        if (!deeds.some(({ scanId }) => scanId === deed.voids) && standing.entries > 0) {
          standing.entries--;
          standing.inside = false;
        }
    }
  }

  /** What this tablet's gate is called. */
  get gate(): string {
    const { gate = "", name = "" } = this.settings?.device ?? {};
    return gate || name;
  }

  /** The event's time zone. */
  get zone(): string {
    return this.settings?.timezone || "UTC";
  }

  /** A list of this tablet. */
  list(id: string): CheckInList | undefined {
    return this.settings?.lists.find((list) => list.id === id);
  }

  /** The numbers of a list, with what waits on this tablet added. */
  numbers(listId: string): { expected: number; admitted: number; inside: number } {
    const known = this.counts.find((counts) => counts.listId === listId);
    const numbers = {
      expected: known?.expected ?? 0,
      admitted: known?.admitted ?? 0,
      inside: known?.inside ?? 0,
    };
    for (const [key, deeds] of this.#deeds) {
      const first = deeds[0];
      if (first?.listId !== listId) {
        continue;
      }
      const subject = key.slice(0, key.lastIndexOf(" "));
      const before = this.#tickets
        .get(subject)
        ?.admissions.find((a) => a.listId === listId && a.day === first.day);
      const now = this.standing(subject, listId, first.day);
      numbers.admitted += Number(now.entries > 0) - Number((before?.entries ?? 0) > 0);
      numbers.inside += Number(now.inside) - Number(before?.inside ?? false);
    }
    return numbers;
  }

  /** Who is inside by a list, by name. */
  inside(listId: string, day: string): { ticket: Ticket; standing: Standing }[] {
    const found = [];
    for (const ticket of this.#tickets.values()) {
      const standing = this.standing(ticket.id, listId, day);
      if (standing.inside) {
        found.push({ ticket, standing });
      }
    }
    return found.sort((a, b) => a.ticket.name.localeCompare(b.ticket.name, "en-GB"));
  }
}

/** What a scan did, as a deed; null when it did nothing. */
export function deedOf(scan: Scan, subject: string, zone: string, at: number, list: CheckInList) {
  const mode = list.details?.mode ?? 0;
  const base = {
    scanId: scan.scanId,
    subject,
    listId: scan.listId,
    day: dayOf(mode, at, zone),
    at,
    voids: scan.voidsScanId,
  };
  if (scan.kind === ScanKind.VOID) {
    return { ...base, kind: "void" } satisfies Deed;
  }
  if (!letsThrough(scan.outcome) || scan.outcome === Outcome.ADMITTED_AGAIN) {
    return null;
  }
  return { ...base, kind: scan.kind === ScanKind.EXIT ? "exit" : "entry" } satisfies Deed;
}

/** Bytes as text, to look things up by. */
export function hex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) {
    out += byte.toString(16).padStart(2, "0");
  }
  return out;
}

/** Whether a ticket is good as far as itself is concerned. */
export function isGood(ticket: Ticket): boolean {
  return ticket.status === TicketStatus.VALID;
}

/** How sure an answer is, in words. */
export const basisWords: Readonly<Record<Basis, string>> = {
  [Basis.UNSPECIFIED]: "",
  [Basis.LIVE]: "Confirmed by the server",
  [Basis.LOCAL]: "By this tablet’s list",
  [Basis.SIGNATURE_ONLY]: "By the ticket’s signature alone",
};

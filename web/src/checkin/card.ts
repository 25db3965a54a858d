/** The answer to a scan as the screen shows it. */

import {
  Basis,
  type CheckInList,
  type DoorQuestion,
  Outcome,
  type Scan,
  type ScanResult,
  type Ticket,
} from "../gen/lanyard/checkin/v1/checkin_pb";
import type { Book, Standing } from "./book";
import type { Tone } from "./feel";
import { millis } from "./gather";
import { toneOf } from "./judge";
import { amount, type Words, wordsFor } from "./words";

/** One answer. */
export interface Card extends Words {
  /** The scan's id. */
  id: string;
  tone: Tone;
  outcome: Outcome;
  basis: Basis;
  /** Whether the server has said the same. */
  confirmed: boolean;
  name: string;
  organisation: string;
  product: string;
  badges: readonly string[];
  answers: readonly { label: string; value: string }[];
  note: string;
  /** What to ask before the ticket can come in. */
  ask: readonly DoorQuestion[];
  /** What can be taken in cash, "£45.00"; empty for nothing. */
  due: string;
  /** Who it is; undefined for what is not on the list. */
  ticketId: string;
  listId: string;
  /** What was read; empty for a ticket that was picked from the list. */
  code: string;
  exit: boolean;
  at: number;
  /** How many others of the same order have not come in. */
  othersOpen: number;
  orderCode: string;
  /** When the picture was taken that showed the code, by the monotonic clock; 0 without one. */
  shownAt: number;
  undone: boolean;
}

/** What a card is made from. */
export interface CardFacts {
  id: string;
  outcome: Outcome;
  basis: Basis;
  online: boolean;
  ticket: Ticket | undefined;
  list: CheckInList;
  standing: Standing;
  otherEvent: string;
  cashTaken: boolean;
  code: string;
  exit: boolean;
  now: number;
  listAt: number;
  shownAt: number;
  /** Words of the server about this scan, which know more than ours. */
  message: string;
  /** Who it is where the row holds no name, as on kiosks. */
  who: { name: string; organisation: string; badges: readonly string[] } | undefined;
}

/** Makes a card. */
export function makeCard(f: CardFacts, book: Book): Card {
  const { ticket, list } = f;
  const due = amount(ticket?.dueMinor ?? 0n, ticket?.dueCurrency ?? "");
  const words = wordsFor(f.outcome, {
    now: f.now,
    zone: book.zone,
    ...f.standing,
    otherEvent: f.otherEvent,
    otherDay: ticket === undefined ? "" : book.otherDay(list, ticket, f.now),
    opens: millis(list.opensAt),
    closes: millis(list.closesAt),
    listAt: f.listAt,
    listTitle: list.details?.title ?? "",
    product: book.product(ticket?.productId ?? ""),
    due,
    cashTaken: f.cashTaken,
    mode: list.details?.mode ?? 0,
    online: f.online,
  });
  const asks = list.details?.askQuestionIds ?? [];
  const questions = book.settings?.questions ?? [];
  const toAsk =
    f.outcome === Outcome.QUESTION_NEEDED
      ? (ticket?.unansweredIds ?? []).filter((id) => asks.includes(id))
      : [];
  const tone = toneOf(f.outcome, { due: due !== "", cashTaken: f.cashTaken, online: f.online });
  return {
    ...words,
    sentence: f.message || words.sentence,
    id: f.id,
    tone: tone === "green" && (ticket?.note ?? "") !== "" && !f.exit ? "amber" : tone,
    outcome: f.outcome,
    basis: f.basis,
    confirmed: f.basis === Basis.LIVE,
    name: f.who?.name || ticket?.name || "",
    organisation: f.who?.organisation || ticket?.organisation || "",
    product: book.product(ticket?.productId ?? ""),
    badges: f.who?.badges ?? ticket?.badges ?? [],
    answers: shownAnswers(ticket, list, book),
    note: ticket?.note ?? "",
    ask: toAsk.flatMap((id) => questions.find((question) => question.id === id) ?? []),
    due,
    ticketId: ticket?.id ?? "",
    listId: list.id,
    code: f.code,
    exit: f.exit,
    at: f.now,
    othersOpen: othersOpen(ticket, list, book),
    orderCode: ticket?.orderCode ?? "",
    shownAt: f.shownAt,
    undone: false,
  };
}

function shownAnswers(ticket: Ticket | undefined, list: CheckInList, book: Book) {
  const shown = list.details?.showQuestionIds ?? [];
  return (ticket?.answers ?? [])
    .filter(({ questionId }) => shown.includes(questionId))
    .map(({ questionId, value }) => {
      const question = book.settings?.questions.find(({ id }) => id === questionId);
      const choice = question?.choices.find(({ id }) => id === value);
      return { label: question?.label ?? "", value: choice?.label ?? value };
    });
}

function othersOpen(ticket: Ticket | undefined, list: CheckInList, book: Book): number {
  if (ticket === undefined || ticket.orderCode === "") {
    return 0;
  }
  return book
    .order(ticket.orderCode)
    .filter((other) => other.id !== ticket.id && book.admits(list, other) && other.name !== "")
    .filter((other) => book.standing(other.id, list.id, "").entries === 0).length;
}

/** The card of somebody who was let in without a row. */
export function bareCard(scan: Scan, list: CheckInList, at: number): Card {
  return {
    id: scan.scanId,
    tone: "green",
    word: "Come in",
    sentence: "",
    outcome: scan.outcome,
    basis: scan.basis,
    confirmed: false,
    name: "",
    organisation: "",
    product: "",
    badges: [],
    answers: [],
    note: "",
    ask: [],
    due: "",
    ticketId: scan.ticketId,
    listId: list.id,
    code: scan.code,
    exit: false,
    at,
    othersOpen: 0,
    orderCode: "",
    shownAt: 0,
    undone: false,
  };
}

/** The standing that the server told, over the one that we knew. */
export function toldStanding(known: Standing, result: ScanResult): Standing {
  if (result.firstAtMs === 0n && result.firstGate === "") {
    return known;
  }
  return {
    ...known,
    firstAt: Number(result.firstAtMs),
    firstGate: result.firstGate,
    firstHere: result.firstHere,
  };
}

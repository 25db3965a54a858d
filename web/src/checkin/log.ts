/** What was shown at this door: the card on the screen, the cards before it, and the alerts. */

import { signal } from "@preact/signals";
import {
  Outcome,
  type Scan,
  ScanKind,
  type ScanResult,
} from "../gen/lanyard/checkin/v1/checkin_pb";
import type { Card } from "./card";
import { feel } from "./feel";
import { letsThrough } from "./judge";
import type { Timekeeper } from "./time";

/** How long an answer of the server may still change the card on the screen. */
export const changeable = 2_000;

/** How many cards are remembered. */
const remembered = 20;

/** Something for the shift lead to look into. */
export interface Alert {
  id: string;
  text: string;
  at: number;
}

/** The cards and alerts of a tablet. */
export class Log {
  readonly card = signal<Card | null>(null);
  readonly history = signal<readonly Card[]>([]);
  readonly alerts = signal<readonly Alert[]>([]);
  readonly #time: Timekeeper;
  #shownSince = 0;

  constructor(time: Timekeeper) {
    this.#time = time;
  }

  /** Shows a card, and lets it be felt. */
  show(card: Card): Card {
    this.card.value = card;
    this.#shownSince = this.#time.mono();
    this.history.value = [card, ...this.history.peek()].slice(0, remembered);
    feel(card.tone);
    return card;
  }

  /** Takes the card off the screen. */
  clear(): void {
    this.card.value = null;
  }

  /** Changes a card wherever it is shown. */
  change(id: string, change: Partial<Card>): void {
    const revise = (card: Card) => (card.id === id ? { ...card, ...change } : card);
    this.history.value = this.history.peek().map(revise);
    const now = this.card.peek();
    this.card.value = now === null ? null : revise(now);
  }

  /** Puts something on the shift lead's list. */
  alert(id: string, text: string): void {
    const others = this.alerts.peek().filter((alert) => alert.id !== id);
    this.alerts.value = [{ id, text, at: this.#time.now() }, ...others];
  }

  /** Takes an alert off the list: the shift lead has seen to it. */
  dismiss(id: string): void {
    this.alerts.value = this.alerts.peek().filter((alert) => alert.id !== id);
  }

  /**
   * The server answered a scan whose card was shown. Where it says otherwise, a card that has only
   * just come up changes with a sound; later it is for the shift lead, not for the volunteer.
   */
  answered(scan: Scan, name: string, result: ScanResult): void {
    if (scan.kind === ScanKind.VOID && result.outcome === Outcome.VOIDED) {
      return;
    }
    const conflict = result.outcome === Outcome.ADMITTED_OFFLINE_CONFLICT;
    const told = this.history.peek().find(({ id }) => id === scan.scanId)?.outcome ?? scan.outcome;
    if (letsThrough(result.outcome) === letsThrough(told) && !conflict) {
      this.change(scan.scanId, { confirmed: true });
      return;
    }
    const sentence = otherwise(scan, result);
    const inTime = this.#time.mono() - this.#shownSince <= changeable;
    if (this.card.peek()?.id === scan.scanId && inTime) {
      const { outcome } = result;
      this.change(scan.scanId, { tone: "amber", word: "Look", sentence, confirmed: true, outcome });
      feel("amber");
      return;
    }
    this.alert(scan.scanId, `${name || "A ticket"}: ${sentence}`);
  }
}

/** What the server's answer says that ours did not. */
function otherwise(scan: Scan, { outcome, firstGate, message }: ScanResult): string {
  if (message !== "") {
    return message;
  }
  if (scan.kind === ScanKind.VOID) {
    return "The scan could not be taken back.";
  }
  if (outcome === Outcome.ALREADY_IN || outcome === Outcome.ADMITTED_OFFLINE_CONFLICT) {
    return firstGate === "" ? "The ticket had come in before." : `Came in by ${firstGate} before.`;
  }
  return letsThrough(outcome)
    ? "The server would have let this ticket in."
    : "The ticket is not good any more.";
}

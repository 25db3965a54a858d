/**
 * Who is at the tablet. A PIN is checked here, without a network; the key that follows from it goes
 * with what is done, so that the server can check it again.
 */

import { type PinVerifier, StaffRole } from "../gen/lanyard/checkin/v1/checkin_pb";
import { equal } from "./codes";
import type { Bytes } from "./vault";

/** Somebody who gave their PIN. */
export interface Staff {
  label: string;
  role: StaffRole;
  key: Bytes;
}

/** Wrong PINs before there is a pause, and how long it lasts in milliseconds. */
const patience = 5;
const pause = 30_000;

/** Checks PINs, and slows down whoever guesses. */
export class PinDesk {
  #wrong = 0;
  #until = 0;

  /** How long nobody is let in, in milliseconds at a time of a monotonic clock. */
  waits(at: number): number {
    return Math.max(0, this.#until - at);
  }

  /** Who has this PIN; null for nobody. */
  async check(pin: string, pins: readonly PinVerifier[], at: number): Promise<Staff | null> {
    if (this.waits(at) > 0) {
      return null;
    }
    const found = await staffOf(pin, pins);
    if (found !== null) {
      this.#wrong = 0;
      return found;
    }
    this.#wrong++;
    if (this.#wrong >= patience) {
      this.#wrong = 0;
      this.#until = at + pause;
    }
    return null;
  }
}

async function staffOf(pin: string, pins: readonly PinVerifier[]): Promise<Staff | null> {
  const digits = new TextEncoder().encode(pin);
  const base = await crypto.subtle.importKey("raw", digits, "PBKDF2", false, ["deriveBits"]);
  for (const { label, role, salt, iterations, verifier } of pins) {
    const how = { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(salt), iterations };
    const key = new Uint8Array(await crypto.subtle.deriveBits(how, base, 256));
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", key));
    if (equal(sum, verifier)) {
      return { label, role, key };
    }
  }
  return null;
}

/** What can be done here at the moment: what the tablet allows anybody, or what the PIN allows. */
export function roleNow(withoutPin: StaffRole, staff: Staff | null): StaffRole {
  return Math.max(withoutPin, staff?.role ?? StaffRole.UNSPECIFIED);
}

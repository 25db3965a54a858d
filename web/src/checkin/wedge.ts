/**
 * A hand scanner that types. It sends a code as keystrokes, far faster than fingers, and an Enter.
 * It believes in a keyboard layout; where the tablet believes in another one, letters arrive
 * swapped, so the scanner page shows a calibration code whose text is known.
 */

/** What the calibration code says: every character that codes may hold, each once, in this order. */
export const calibrationText = "CAL:ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/.";

/** Keystrokes of a scanner come closer together than this, in milliseconds. */
const fastest = 60;

/** Nothing that a scanner reads at a door is shorter. */
const shortest = 6;

/** A layout: what arrives for each character that was sent. */
export type KeyMap = Readonly<Record<string, string>>;

/** Gathers keystrokes into codes. */
export class Wedge {
  #typed = "";
  #last = 0;
  #map: KeyMap;
  readonly #onCode: (code: string) => void;

  constructor(onCode: (code: string) => void, map: KeyMap = {}) {
    this.#onCode = onCode;
    this.#map = map;
  }

  /** The layout to undo. */
  set map(map: KeyMap) {
    this.#map = map;
  }

  /**
   * Takes a keystroke at a time in milliseconds. It returns true when the key was part of a code
   * and must do nothing else.
   */
  key(key: string, at: number): boolean {
    const fast = at - this.#last <= fastest;
    this.#last = at;
    if (key === "Enter" || key === "Tab") {
      const typed = this.#typed;
      this.#typed = "";
      if (!fast || typed.length < shortest) {
        return false;
      }
      this.#onCode(this.translate(typed));
      return true;
    }
    if ([...key].length !== 1) {
      return false; // Shift and its like come between the letters
    }
    this.#typed = fast || this.#typed === "" ? this.#typed + key : key;
    return fast && this.#typed.length > 1;
  }

  /** What was meant by what arrived. */
  translate(typed: string): string {
    return [...typed].map((c) => this.#map[c] ?? this.#map[c.toUpperCase()] ?? c).join("");
  }
}

/**
 * The map from what arrived for the calibration code; null when something else arrived. Letter
 * case is left alone: codes are read without it.
 */
export function calibrate(arrived: string): KeyMap | null {
  const sent = [...calibrationText];
  const got = [...arrived];
  if (got.length !== sent.length) {
    return null;
  }
  const map: Record<string, string> = {};
  for (const [i, c] of sent.entries()) {
    const key = got[i] as string;
    const known = map[key];
    if (known !== undefined && known !== c) {
      return null; // two characters arrive as one: no map can undo that
    }
    map[key] = c;
  }
  const changed = Object.entries(map).filter(([key, c]) => key.toUpperCase() !== c);
  return Object.fromEntries(changed);
}

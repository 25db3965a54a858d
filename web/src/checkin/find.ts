/**
 * Finding a person among the tablet's own rows: every word that was typed must begin a word of the
 * row, in any order. When that finds nobody, one slip of a finger is forgiven for each word.
 */

import { fold } from "./fold";

/** How many rows one search returns. */
export const mostFound = 50;

/** A slip is forgiven from this length on; in shorter words it would find everybody. */
const shortestMisspelt = 4;

/** An order code, or the beginning of one, in the groups of four that it is read out in. */
const grouped = /^\s*[0-9a-z]{4}(?:[ -][0-9a-z]{4})?[ -][0-9a-z]{1,4}\s*$/i;

/** Rows that can be searched by what people say of themselves. */
export class Finder<T> {
  readonly #rows: T[] = [];
  /** The folded text of each row, with a space before every word. */
  readonly #texts: string[] = [];
  readonly #at = new Map<string, number>();

  /** How many rows there are. */
  get size(): number {
    return this.#at.size;
  }

  /** Puts in a row, in the place of the one with the same id. */
  put(id: string, row: T, ...parts: readonly string[]): void {
    let at = this.#at.get(id);
    if (at === undefined) {
      at = this.#rows.length;
      this.#at.set(id, at);
    }
    this.#rows[at] = row;
    this.#texts[at] = ` ${fold(parts.join(" "))}`;
  }

  /** Takes a row out. */
  remove(id: string): void {
    const at = this.#at.get(id);
    if (at !== undefined) {
      this.#texts[at] = "";
      this.#at.delete(id);
    }
  }

  /** The rows that fit, those that were spelt right first. */
  find(query: string, most = mostFound): T[] {
    const words = fold(query)
      .split(" ")
      .filter((word) => word !== "");
    if (words.length === 0) {
      return [];
    }
    const found: T[] = [];
    const began = words.map((word) => ` ${word}`);
    for (let i = 0; i < this.#texts.length && found.length < most; i++) {
      const text = this.#texts[i] as string;
      if (began.every((word) => text.includes(word))) {
        found.push(this.#rows[i] as T);
      }
    }
    if (found.length === 0 && grouped.test(query)) {
      return this.find(words.join(""), most);
    }
    return found.length > 0 ? found : this.#findMisspelt(words, most);
  }

  #findMisspelt(words: readonly string[], most: number): T[] {
    const found: T[] = [];
    if (!words.some((word) => word.length >= shortestMisspelt)) {
      return found;
    }
    for (let i = 0; i < this.#texts.length && found.length < most; i++) {
      const text = this.#texts[i] as string;
      if (text !== "" && words.every((word) => beginsNearly(text, word))) {
        found.push(this.#rows[i] as T);
      }
    }
    return found;
  }
}

/** Whether some word of the text begins with the word, one slip forgiven. */
function beginsNearly(text: string, word: string): boolean {
  if (text.includes(` ${word}`)) {
    return true;
  }
  if (word.length < shortestMisspelt) {
    return false;
  }
  for (let at = text.indexOf(" "); at >= 0; at = text.indexOf(" ", at + 1)) {
    if (oneSlip(text, at + 1, word)) {
      return true;
    }
  }
  return false;
}

/**
 * Whether the text from a place on begins with the word but for one letter that is wrong, missing,
 * too many, or swapped with its neighbour.
 */
export function oneSlip(text: string, from: number, word: string): boolean {
  let same = 0;
  while (same < word.length && text[from + same] === word[same]) {
    same++;
  }
  if (same >= word.length - 1) {
    return true;
  }
  const at = from + same;
  return (
    text.startsWith(word.slice(same + 1), at + 1) ||
    text.startsWith(word.slice(same), at + 1) ||
    text.startsWith(word.slice(same + 1), at) ||
    (text[at] === word[same + 1] &&
      text[at + 1] === word[same] &&
      text.startsWith(word.slice(same + 2), at + 2))
  );
}

/** Small words: numbers with their nouns, lists, and ids made from labels. */

const numbers = new Intl.NumberFormat("en-GB");

/** "1 person", "1,250 people". */
export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${numbers.format(n)} ${n === 1 ? one : many}`;
}

/** "1,250". */
export function number(n: number): string {
  return numbers.format(n);
}

/** "a", "a and b", "a, b and c". */
export function list(items: readonly string[]): string {
  return items.length < 2
    ? (items[0] ?? "")
    : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** An order code in the groups of four that people read out: "K7QM-4XYZ-21AB". */
export function grouped(code: string): string {
  return code.replace(/.{4}(?=.)/g, "$&-");
}

/** The first letters of a name's first and last word, for a picture of the person. */
export function initials(name: string): string {
  const words = name.split(/[\s.@_-]+/).filter((w) => w !== "");
  const [first, last] = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return [first, last].map((w) => (w === undefined ? "" : [...w][0]?.toUpperCase())).join("");
}

/** The letters that stay whole when accents are taken off. */
const spelled: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ħ: "h",
  ı: "i",
};

/** A label as it can stand in an address or an id: "Où ça?" becomes "ou-ca". */
export function slug(label: string, longest: number): string {
  const plain = label
    .toLowerCase()
    .replace(/[ßæœøłđðþħı]/g, (c) => spelled[c] ?? "")
    .normalize("NFKD")
    .replace(/[\p{M}'’]/gu, "")
    .replace(/[^a-z0-9]+/g, "-");
  return plain.slice(0, longest).replace(/^-+|-+$/g, "");
}

/** An id for a choice, made from its label and unlike those that are taken. */
export function choiceId(label: string, taken: readonly string[]): string {
  const base = slug(label, 30) || "choice";
  let id = base;
  for (let n = 2; taken.includes(id); n++) {
    id = `${base}-${n}`;
  }
  return id;
}

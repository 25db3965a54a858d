/**
 * Folding: the one form in which words are compared, so that "garcia jose" finds "José García" and
 * "lukasz" finds "Łukasz". The server folds by the same rules (package fold); the tests of both
 * hold the same table.
 */

/** Letters that do not decompose, after lower-casing. */
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
  ŧ: "t",
  ŋ: "n",
  ı: "i",
  ĸ: "k",
  ə: "e",
  ς: "σ",
};

const apostrophes = "'’‘ʼʻ`´′";
const dropped = /[\p{M}\p{Cf}]/u;
const unbroken = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const wordLetter = /[\p{L}\p{Nd}]/u;
const plain = /^[A-Za-z0-9 ]*$/;

/** Folds a text into letters, digits and single spaces. */
export function fold(text: string): string {
  if (plain.test(text)) {
    return squeeze(text.toLowerCase());
  }
  let out = "";
  for (const upper of text.normalize("NFKD")) {
    const c = upper.toLowerCase();
    const other = spelled[c];
    if (other !== undefined) {
      out += other;
    } else if (c >= "a" && c <= "z") {
      out += c;
    } else if (apostrophes.includes(c) || dropped.test(c)) {
      // Marks change no letter for whoever looks for a name.
    } else if (unbroken.test(c)) {
      out += ` ${c} `;
    } else {
      // Lower-casing may leave a mark behind, as that of the dotted capital I.
      out += wordLetter.test(c) ? c.replace(/\p{M}/gu, "") : " ";
    }
  }
  return squeeze(out.normalize("NFC"));
}

function squeeze(text: string): string {
  return text.trim().replace(/ +/g, " ");
}

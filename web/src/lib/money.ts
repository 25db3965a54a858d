/**
 * Amounts of money: minor units, counted as Stripe counts them, and what people read and type. The
 * server has the last word on what can be charged.
 */

const none = new Set("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(" "));
const thousandths = new Set("BHD JOD KWD OMR TND".split(" "));

/** How many decimal places minor units stand for. */
export function exponentOf(currency: string): number {
  return none.has(currency) ? 0 : thousandths.has(currency) ? 3 : 2;
}

/** "1234.50", as people type it. */
export function decimal(minor: bigint, currency: string): string {
  const places = exponentOf(currency);
  const negative = minor < 0n;
  const digits = String(negative ? -minor : minor).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const text = places === 0 ? whole : `${whole}.${digits.slice(-places)}`;
  return negative ? `-${text}` : text;
}

/** "£1,234.50", "KWD 1.500"; an empty currency leaves the bare number. */
export function price(minor: bigint, currency: string): string {
  const [whole = "", rest] = decimal(minor, currency).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const text = rest === undefined ? grouped : `${grouped}.${rest}`;
  const mark = { GBP: "£", EUR: "€", USD: "US$", JPY: "¥" }[currency];
  const before = mark ?? (currency === "" ? "" : `${currency}\u00a0`);
  return text.startsWith("-") ? `-${before}${text.slice(1)}` : before + text;
}

/** Reads what was typed, with or without thousands separators; null when it is no amount. */
export function readAmount(text: string, currency: string): bigint | null {
  const places = exponentOf(currency);
  const found = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d*))?$/.exec(
    text.trim().replace(/^[£€¥$]\s*/, ""),
  );
  if (found === null) {
    return null;
  }
  const [, whole = "", rest = ""] = found;
  if (rest.length > places) {
    return null;
  }
  return BigInt(whole.replaceAll(",", "") + rest.padEnd(places, "0"));
}

/** "20", "17.5": hundredths of a percent as people type them. */
export function percent(rate: number): string {
  return (rate / 100).toFixed(2).replace(/\.?0+$/, "");
}

/** Reads a percentage into hundredths of a percent; null when it is none. */
export function readPercent(text: string): number | null {
  const found = /^(\d{1,3})(?:\.(\d{0,2}))?$/.exec(text.trim().replace(/\s*%$/, ""));
  if (found === null) {
    return null;
  }
  const rate = Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
  return rate <= 10_000 ? rate : null;
}

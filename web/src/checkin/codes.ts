/**
 * Reading a ticket's code and checking its signature, all on the tablet. The form of codes is that
 * of package ticketcode, whose examples the tests of both read.
 */

import type { OtherEvent, TicketKey } from "../gen/lanyard/checkin/v1/checkin_pb";
import type { Bytes } from "./vault";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const signedContext = new TextEncoder().encode("lanyard ticket");
const sealedContext = new TextEncoder().encode("lanyard sealed ticket");

const numberBytes = 16;
const headBytes = 1 + 4 + numberBytes;
const signedBytes = headBytes + 64;

/** A code that was read. */
export type Code =
  | { kind: "unreadable" }
  | { kind: "short"; number: Bytes }
  | {
      kind: "signed";
      number: Bytes;
      keyId: number;
      /** Which event it is for. */
      mark: Bytes;
      head: Bytes;
      signature: Bytes;
    };

/** Reads a code from a camera, a hand scanner or a keyboard. */
export function parseCode(text: string): Code {
  const clean = text.trim().toUpperCase();
  if (clean.startsWith("1:")) {
    const raw = decode(clean.slice(2), signedBytes);
    if (raw === null) {
      return { kind: "unreadable" };
    }
    return {
      kind: "signed",
      keyId: raw[0] ?? 0,
      mark: raw.slice(1, 5),
      number: raw.slice(5, headBytes),
      head: raw.slice(0, headBytes),
      signature: raw.slice(headBytes),
    };
  }
  const number = decode(clean, numberBytes);
  return number === null ? { kind: "unreadable" } : { kind: "short", number };
}

/** Decodes exactly so many bytes that have exactly one spelling. */
function decode(text: string, length: number): Bytes | null {
  if (text.length !== Math.ceil((length * 8) / 5)) {
    return null;
  }
  const out = new Uint8Array(length);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const c of text) {
    const value = alphabet.indexOf(c);
    if (value < 0) {
      return null;
    }
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = held >> bits;
    }
  }
  const spare = held & ((1 << bits) - 1);
  return spare === 0 ? out : null;
}

/** The hash under which lists carry a ticket's number. */
export async function hashOf(number: Bytes): Promise<Bytes> {
  const sum = await crypto.subtle.digest("SHA-256", number);
  return new Uint8Array(sum, 0, numberBytes).slice();
}

/** The key under which a kiosk's row of a ticket is sealed. */
export async function sealKey(number: Bytes): Promise<CryptoKey> {
  const sum = await crypto.subtle.digest("SHA-256", joined(sealedContext, number));
  return crypto.subtle.importKey("raw", sum, "AES-GCM", false, ["decrypt"]);
}

/** What is known of a code's signature. */
export type Signature = "none" | "valid" | "bad" | "unchecked";

/** What a code turns out to be. */
export interface Checked {
  code: Code;
  /** The hash of its number; empty for what is no ticket. */
  hash: Bytes;
  signature: Signature;
  /** Whether it names another event; the title where it may be told. */
  otherEvent: boolean;
  otherTitle: string;
}

/** What a tablet must know to check codes. */
export interface Trust {
  mark: Uint8Array;
  keys: readonly TicketKey[];
  otherEvents: readonly OtherEvent[];
}

/** Reads and checks a code. */
export async function checkCode(text: string, trust: Trust): Promise<Checked> {
  const code = parseCode(text);
  const nothing = { otherEvent: false, otherTitle: "" };
  if (code.kind === "unreadable") {
    return { code, hash: new Uint8Array(), signature: "none", ...nothing };
  }
  const hash = await hashOf(code.number);
  if (code.kind === "short") {
    return { code, hash, signature: "none", ...nothing };
  }
  if (!equal(code.mark, trust.mark)) {
    const other = trust.otherEvents.find(({ mark }) => equal(mark, code.mark));
    return {
      code,
      hash,
      signature: "unchecked",
      otherEvent: true,
      otherTitle: other?.title ?? "",
    };
  }
  const key = trust.keys.find(({ id, retired }) => id === code.keyId && !retired);
  const signature = key === undefined ? "bad" : await verify(code, key.publicKey);
  return { code, hash, signature, ...nothing };
}

type Verifier = (signature: Bytes, message: Bytes, key: Bytes) => Promise<boolean>;

let verifier: Promise<Verifier> | undefined;

async function verify(code: Code & { kind: "signed" }, key: Uint8Array): Promise<Signature> {
  verifier ??= chooseVerifier();
  try {
    const check = await verifier;
    const message = joined(signedContext, code.head);
    return (await check(code.signature, message, new Uint8Array(key))) ? "valid" : "bad";
  } catch {
    return "unchecked"; // nothing here can check signatures: then the list alone decides
  }
}

/** The browser's own Ed25519 where it has one, which is twenty times as fast as a script. */
async function chooseVerifier(): Promise<Verifier> {
  try {
    const pair = (await crypto.subtle.generateKey("Ed25519", false, [
      "sign",
      "verify",
    ])) as CryptoKeyPair;
    await crypto.subtle.sign("Ed25519", pair.privateKey, new Uint8Array(1));
    return nativeVerify;
  } catch {
    const { verifyAsync } = await import("@noble/ed25519");
    return (signature, message, key) => verifyAsync(signature, message, key, { zip215: false });
  }
}

const imported = new Map<string, Promise<CryptoKey>>();

async function nativeVerify(signature: Bytes, message: Bytes, key: Bytes): Promise<boolean> {
  const name = key.join();
  let known = imported.get(name);
  if (known === undefined) {
    known = crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    imported.set(name, known);
  }
  return crypto.subtle.verify("Ed25519", await known, signature, message);
}

function joined(a: Bytes, b: Bytes): Bytes {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** Whether two byte strings are the same. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

// @vitest-environment node
import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { verifyAsync } from "@noble/ed25519";
import { describe, expect, test } from "vitest";
import { OtherEventSchema, TicketKeySchema } from "../gen/lanyard/checkin/v1/checkin_pb";
import { hex } from "./book";
import { checkCode, parseCode, type Trust } from "./codes";

const examples = JSON.parse(
  readFileSync(
    new URL("../../../internal/ticketcode/testdata/codes.json", import.meta.url),
    "utf8",
  ),
);

const bytes = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (b) => Number(`0x${b}`));

const trust: Trust = {
  mark: bytes(examples.event_mark),
  keys: [create(TicketKeySchema, { id: 1, publicKey: bytes(examples.public_key) })],
  otherEvents: [],
};

test("the server's example is read and found good", async () => {
  const { code, hash, signature, otherEvent } = await checkCode(examples.signed, trust);
  expect(code.kind === "signed" && hex(code.number)).toBe(examples.number);
  expect(hex(hash)).toBe(examples.number_hash);
  expect([signature, otherEvent]).toEqual(["valid", false]);
});

test("the short code carries the same number", async () => {
  const { hash, signature } = await checkCode(examples.short, trust);
  expect(hex(hash)).toBe(examples.number_hash);
  expect(signature).toBe("none");
});

test("space around a code and small letters do no harm", async () => {
  const { signature } = await checkCode(`  ${examples.signed.toLowerCase()}\r\n`, trust);
  expect(signature).toBe("valid");
});

test.each([
  ["a forged signature", examples.forged, trust],
  ["an unknown key", examples.other_key, trust],
  [
    "a retired key",
    examples.signed,
    { ...trust, keys: trust.keys.map((key) => ({ ...key, retired: true })) },
  ],
])("%s is bad", async (_, text, against) => {
  expect((await checkCode(text, against)).signature).toBe("bad");
});

test("no flipped bit goes unnoticed", async () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const text: string = examples.signed;
  for (let at = 2; at < text.length; at++) {
    const flipped = alphabet[alphabet.indexOf(text[at] as string) ^ 1];
    const checked = await checkCode(text.slice(0, at) + flipped + text.slice(at + 1), trust);
    const wrong =
      checked.signature === "bad" || checked.otherEvent || checked.code.kind === "unreadable";
    expect(wrong, `character ${at}`).toBe(true);
  }
});

test("another event's ticket is told from a forgery, and named where that is allowed", async () => {
  const foreign = await checkCode(examples.other_event, trust);
  expect(foreign).toMatchObject({ signature: "unchecked", otherEvent: true, otherTitle: "" });
  const code = parseCode(examples.other_event);
  const mark = code.kind === "signed" ? code.mark : new Uint8Array();
  const named = await checkCode(examples.other_event, {
    ...trust,
    otherEvents: [create(OtherEventSchema, { mark, title: "Summer Showcase" })],
  });
  expect(named.otherTitle).toBe("Summer Showcase");
});

describe("what is no ticket", () => {
  test.each([
    ...examples.no_tickets,
    "WIFI:T:WPA;S:guest;P:secret;;",
    "1:",
    "A".repeat(25),
    "1".repeat(26),
    `${"A".repeat(25)}B`,
    "🎟".repeat(26),
  ])("%j", (text) => {
    expect(parseCode(text).kind).toBe("unreadable");
  });
});

test("the script that stands in for the browser's Ed25519 agrees with it", async () => {
  const code = parseCode(examples.signed);
  const forged = parseCode(examples.forged);
  if (code.kind !== "signed" || forged.kind !== "signed") {
    throw new Error("the examples are not signed");
  }
  const message = new Uint8Array([...new TextEncoder().encode("lanyard ticket"), ...code.head]);
  const key = bytes(examples.public_key);
  expect(await verifyAsync(code.signature, message, key)).toBe(true);
  expect(await verifyAsync(forged.signature, message, key)).toBe(false);
});

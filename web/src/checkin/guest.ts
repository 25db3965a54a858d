/** What kiosks and print stations do with the door: greeting, looking up, and badges. */

import { fromBinary } from "@bufbuild/protobuf";
import { type PrintJob, SealedTicketSchema } from "../gen/lanyard/checkin/v1/checkin_pb";
import { hashOf, parseCode, sealKey } from "./codes";
import type { Door } from "./door";
import { dayOf } from "./judge";
import type { Bytes } from "./vault";

/** Who a guest is, as far as their own ticket tells. */
export interface Who {
  name: string;
  organisation: string;
  badges: readonly string[];
}

const ivBytes = 12;

/** Answers a guest who shows a ticket: the ticket itself opens the one row that is theirs. */
export async function greet(door: Door, text: string, shownAt: number): Promise<void> {
  const who = await unseal(door, text);
  await door.scan(text, shownAt, who === null ? {} : { who });
}

/** Opens the row of a ticket with the number in its code; null when there is none, or it will not. */
async function unseal(door: Door, text: string): Promise<Who | null> {
  const code = parseCode(text);
  if (code.kind === "unreadable") {
    return null;
  }
  const sealed = door.book.byHash(await hashOf(code.number))?.sealed ?? new Uint8Array();
  if (sealed.length <= ivBytes) {
    return null;
  }
  const bytes: Bytes = new Uint8Array(sealed);
  try {
    const key = await sealKey(code.number);
    const iv = bytes.subarray(0, ivBytes);
    const how = { name: "AES-GCM", iv };
    const plain = await crypto.subtle.decrypt(how, key, bytes.subarray(ivBytes));
    return fromBinary(SealedTicketSchema, new Uint8Array(plain));
  } catch {
    return null; // then the guest is greeted without a name
  }
}

/** Finds a guest's ticket by order code and surname, and lets them in; false when nothing fits. */
export async function lookUp(door: Door, orderCode: string, surname: string): Promise<boolean> {
  try {
    const { code, ticket } = await door.client.findTicket({ orderCode, surname });
    const { name = "", organisation = "", badges = [] } = ticket ?? {};
    await door.scan(code, 0, { who: { name, organisation, badges } });
    return true;
  } catch {
    return false;
  }
}

/** The next badge to print; null when none waits or nobody can be asked. */
export async function claimBadge(door: Door, allGates: boolean): Promise<PrintJob | null> {
  try {
    return (await door.client.claimPrintJobs({ max: 1, allGates })).jobs[0] ?? null;
  } catch {
    return null;
  }
}

/** Reports a badge as printed. When nobody hears that, it may be printed once more. */
export async function finishBadge(door: Door, jobId: string): Promise<void> {
  await door.client.finishPrintJob({ jobId, failed: false }).catch(() => {});
}

/** The day that counts now on the present list; "" on lists that do not count by days. */
export function today(door: Door): string {
  return dayOf(door.list.peek()?.details?.mode ?? 0, door.time.now(), door.book.zone);
}

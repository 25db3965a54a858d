/**
 * What went wrong, in words. The server sends a reason, a stable word; nothing here looks at a
 * message's text to decide anything.
 */

/** One problem with one field, as the server sends it and as validation in the browser finds it. */
export interface Violation {
  /** The field's path in the request, in proto spelling: "attendees[0].email". */
  path: string;
  /** A stable id such as "string.email". */
  rule: string;
  /** One sentence, safe to show. */
  message: string;
}

/** A failure as the screens see it, whatever carried it. */
export interface Problem {
  /**
   * A reason without its prefix ("SOLD_OUT"), or "" when the server named none. NO_CONNECTION is
   * our own: the server was not reached.
   */
  reason: string;
  /** The server's sentence, safe to show. */
  message: string;
  violations: readonly Violation[];
  /** How long to wait before another try, in milliseconds, when the server said. */
  retryAfter?: number;
  /** The id under which the server logged the failure, to quote when asking for help. */
  logId?: string;
}

const sentences: Readonly<Record<string, string>> = {
  INVALID_INPUT: "Please check what you entered.",
  SIGN_IN_REQUIRED: "Please sign in to go on.",
  NOT_ALLOWED: "Your role does not allow this. An owner of the organisation can change that.",
  NOT_FOUND: "There is no such thing, or you may not see it.",
  ALREADY_EXISTS: "That exists already.",
  SOLD_OUT: "There are not enough places left.",
  ALL_IN_BASKETS: "All places left are being booked by others. Look again in a few minutes.",
  SALES_CLOSED: "Registration has closed.",
  SALES_NOT_OPEN: "Registration has not opened yet.",
  NOT_SELLABLE: "This cannot be booked at the moment.",
  HOLD_EXPIRED: "Your place was kept for a while and has been released. Please start again.",
  ALREADY_CANCELLED: "This was cancelled before. Nothing has changed.",
  ALREADY_DECIDED: "Somebody has decided on this before. Nothing has changed.",
  WRONG_STATE: "That cannot be done in its present state.",
  DEADLINE_PASSED: "The deadline for this has passed.",
  STALE_VERSION: "Someone else changed this in the meantime. See their version before you save.",
  IDEMPOTENCY_MISMATCH: "This was sent before with other content. Reload the page and try again.",
  RATE_LIMITED: "That was too often. Please wait a moment.",
  BUSY: "Many people are doing this right now. Please try again.",
  LAST_OWNER: "An organisation needs at least one owner.",
  UNAVAILABLE: "We cannot reach a part of the service. Please try again in a minute.",
  NO_CONNECTION:
    "We cannot reach the server. Check your connection and try again; nothing is lost.",
  OUTCOME_UNKNOWN: "We could not confirm that this was saved. Reload the page to see.",
  CODE_INVALID: "That code cannot be used here.",
  CODE_USED_UP: "That code has been used up.",
  PRICE_CHANGED: "The price has changed. Please look at it again before you go on.",
  PAYMENT_PENDING: "A payment is under way. Please wait for its outcome.",
  BELOW_MINIMUM: "The total is less than the smallest amount that can be paid.",
  DEVICE_ENDED: "This tablet's access has ended.",
  PAIRING_CODE_INVALID: "This pairing code was used before or has run out. Ask for a new one.",
  LEAD_NEEDED: "Only a shift lead may do this.",
};

/**
 * The sentence to show for a problem. The server's own wins, for it knows the particulars; the
 * reason's stands in when there is none, and a general one when there is neither.
 */
export function sentence(problem: Pick<Problem, "reason" | "message">): string {
  return (
    problem.message ||
    sentences[problem.reason] ||
    "Something went wrong on our side. Please try again."
  );
}

/** Whether trying the very same thing again may help. */
export function mayRetry(reason: string): boolean {
  return reason === "BUSY" || reason === "UNAVAILABLE" || reason === "RATE_LIMITED";
}

/** The problems of each field, in the order in which they came; a sentence is kept once. */
export function byField(violations: readonly Violation[]): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const { path, message } of violations) {
    const known = fields.get(path) ?? [];
    if (!known.includes(message)) {
      fields.set(path, [...known, message]);
    }
  }
  return fields;
}

/** The violations below a field, with their paths made relative to it: "attendees[0]" and below. */
export function within(violations: readonly Violation[], parent: string): Violation[] {
  const found: Violation[] = [];
  for (const v of violations) {
    if (v.path.startsWith(`${parent}.`)) {
      found.push({ ...v, path: v.path.slice(parent.length + 1) });
    }
  }
  return found;
}

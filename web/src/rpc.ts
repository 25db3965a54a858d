/**
 * The wire: the one file that makes clients and the one that knows how refusals travel. Screens
 * get typed clients from `connect` and plain `Problem`s from `problemOf`.
 */

import {
  type Client,
  Code,
  ConnectError,
  createClient,
  type Interceptor,
  type Transport,
} from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import {
  AccountService,
  AuditService,
  OrganisationService,
  TeamService,
} from "./gen/lanyard/account/v1/account_pb";
import { RegistrationService } from "./gen/lanyard/booking/v1/booking_pb";
import type { OrderService } from "./gen/lanyard/booking/v1/order_pb";
import { EventService } from "./gen/lanyard/catalog/v1/catalog_pb";
import type { CheckInService } from "./gen/lanyard/checkin/v1/checkin_pb";
import type { BankService } from "./gen/lanyard/finance/v1/bank_pb";
import type { FinanceService } from "./gen/lanyard/finance/v1/finance_pb";
import type { ReportService } from "./gen/lanyard/finance/v1/report_pb";
import { CodeService } from "./gen/lanyard/inventory/v1/code_pb";
import { CompanyService } from "./gen/lanyard/inventory/v1/company_pb";
import { InventoryService } from "./gen/lanyard/inventory/v1/inventory_pb";
import type { PaymentService } from "./gen/lanyard/payment/v1/payment_pb";
import { ProblemSchema, Reason } from "./gen/lanyard/policy/v1/policy_pb";
import { mayRetry, type Problem } from "./lib/errors";

/** One client for each service that the console speaks with. */
export interface Clients {
  account: Client<typeof AccountService>;
  organisation: Client<typeof OrganisationService>;
  team: Client<typeof TeamService>;
  audit: Client<typeof AuditService>;
  events: Client<typeof EventService>;
  inventory: Client<typeof InventoryService>;
  codes: Client<typeof CodeService>;
  companies: Client<typeof CompanyService>;
  registrations: Client<typeof RegistrationService>;
  /** The door's side is fetched when a screen asks for it: few need it, and it is large. */
  checkIn: () => Promise<Client<typeof CheckInService>>;
  /** The books, fetched with the screens that show them. */
  finance: () => Promise<{
    finance: Client<typeof FinanceService>;
    bank: Client<typeof BankService>;
    reports: Client<typeof ReportService>;
  }>;
  /** Orders and their money, fetched with the screens that show them. */
  orders: () => Promise<Client<typeof OrderService>>;
  /** What about money needs a person, fetched with the same screens. */
  payments: () => Promise<Client<typeof PaymentService>>;
}

/** Makes the clients of a transport. */
export function connect(transport: Transport): Clients {
  return {
    account: createClient(AccountService, transport),
    organisation: createClient(OrganisationService, transport),
    team: createClient(TeamService, transport),
    audit: createClient(AuditService, transport),
    events: createClient(EventService, transport),
    inventory: createClient(InventoryService, transport),
    codes: createClient(CodeService, transport),
    companies: createClient(CompanyService, transport),
    registrations: createClient(RegistrationService, transport),
    checkIn: async () => {
      const { CheckInService: service } = await import("./gen/lanyard/checkin/v1/checkin_pb");
      return createClient(service, transport);
    },
    finance: async () => {
      const [{ FinanceService: finance }, { BankService: bank }, { ReportService: reports }] =
        await Promise.all([
          import("./gen/lanyard/finance/v1/finance_pb"),
          import("./gen/lanyard/finance/v1/bank_pb"),
          import("./gen/lanyard/finance/v1/report_pb"),
        ]);
      return {
        finance: createClient(finance, transport),
        bank: createClient(bank, transport),
        reports: createClient(reports, transport),
      };
    },
    orders: async () => {
      const { OrderService: service } = await import("./gen/lanyard/booking/v1/order_pb");
      return createClient(service, transport);
    },
    payments: async () => {
      const { PaymentService: service } = await import("./gen/lanyard/payment/v1/payment_pb");
      return createClient(service, transport);
    },
  };
}

/**
 * The transport to our own server. Everything the console asks for is personal, so it is asked for
 * by POST; only public methods may be read by GET. onSignedOut is called when the server no longer
 * knows the caller.
 */
export function serverTransport(onSignedOut: () => void): Transport {
  return createConnectTransport({
    baseUrl: "/rpc",
    useBinaryFormat: true,
    interceptors: [whenSignedOut(onSignedOut), tryAgain(pause)],
  });
}

function whenSignedOut(onSignedOut: () => void): Interceptor {
  return (next) => async (req) => {
    try {
      return await next(req);
    } catch (e) {
      if (ConnectError.from(e).code === Code.Unauthenticated) {
        onSignedOut();
      }
      throw e;
    }
  };
}

const attempts = 3;
const longestWait = 3000;

/**
 * Repeats a request that met passing trouble. That is safe: readers change nothing, and every other
 * request carries an id by which the server knows it again and gives the first answer.
 */
export function tryAgain(wait: (ms: number) => Promise<void>): Interceptor {
  return (next) => async (req) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(req);
      } catch (e) {
        const delay = delayBefore(e, attempt);
        if (delay === null || attempt >= attempts || req.signal.aborted) {
          throw e;
        }
        await wait(delay);
      }
    }
  };
}

/** How long to wait before another attempt; null when that would not help. */
function delayBefore(e: unknown, attempt: number): number | null {
  const { reason, retryAfter } = problemOf(e);
  if (reason === "RATE_LIMITED" || !(mayRetry(reason) || reason === "OUTCOME_UNKNOWN")) {
    return null;
  }
  const delay = retryAfter ?? 250 * 2 ** attempt;
  return delay <= longestWait ? delay : null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** An id for one action of the person; every repeat of that action sends the same one. */
export function newRequestId(): string {
  return crypto.randomUUID();
}

/** Whether the failure only means that nobody waits for the answer any more. */
export function wasAborted(e: unknown): boolean {
  return ConnectError.from(e).code === Code.Canceled;
}

/** What a failed call means, in the terms of the screens. */
export function problemOf(e: unknown): Problem {
  const error = ConnectError.from(e);
  const sent = error.findDetails(ProblemSchema)[0];
  if (sent === undefined) {
    // Whatever threw was not the server: fetch found no way there, or this program is at fault.
    const reason = error.cause instanceof TypeError ? "NO_CONNECTION" : "";
    return { reason, message: "", violations: [] };
  }
  const problem: Problem = {
    reason: sent.reason === Reason.UNSPECIFIED ? "" : (Reason[sent.reason] ?? ""),
    message: error.code === Code.Internal ? "" : error.rawMessage,
    violations: sent.violations.map((v) => ({ path: v.path, rule: v.ruleId, message: v.message })),
  };
  if (sent.retryAfterMs > 0n) {
    problem.retryAfter = Number(sent.retryAfterMs);
  }
  if (sent.requestLogId !== "") {
    problem.logId = sent.requestLogId;
  }
  return problem;
}

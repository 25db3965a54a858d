/**
 * For tests: the console on a page, in front of a server that lives in memory. Tests act on it as a
 * person does, by what they can read.
 */

import { create } from "@bufbuild/protobuf";
// Fetched on first focus in a browser; here it had better be there when a test begins.
import "@bufbuild/protovalidate";
import {
  type Code,
  ConnectError,
  createRouterTransport,
  type ServiceImpl,
} from "@connectrpc/connect";
import { render } from "preact";
import { act } from "preact/test-utils";
import {
  AccountService,
  AuditService,
  MembershipSchema,
  OrganisationService,
  TeamService,
} from "../gen/lanyard/account/v1/account_pb";
import { RegistrationService } from "../gen/lanyard/booking/v1/booking_pb";
import { OrderService } from "../gen/lanyard/booking/v1/order_pb";
import {
  type Event as CatalogEvent,
  EventSchema,
  EventService,
  EventState,
  ScheduleSchema,
} from "../gen/lanyard/catalog/v1/catalog_pb";
import { BankService } from "../gen/lanyard/finance/v1/bank_pb";
import { FinanceService } from "../gen/lanyard/finance/v1/finance_pb";
import { ReportService } from "../gen/lanyard/finance/v1/report_pb";
import { CodeService } from "../gen/lanyard/inventory/v1/code_pb";
import { CompanyService } from "../gen/lanyard/inventory/v1/company_pb";
import { InventoryService } from "../gen/lanyard/inventory/v1/inventory_pb";
import { PaymentService } from "../gen/lanyard/payment/v1/payment_pb";
import { ProblemSchema, type Reason, Role } from "../gen/lanyard/policy/v1/policy_pb";
import { connect } from "../rpc";
import { App } from "./app";
import { go, leave, start } from "./router";

/** The ids that tests use. */
export const orgId = `org_${"0".repeat(26)}`;
export const eventId = `evt_${"0".repeat(26)}`;

/** A call that the server has got. */
export interface Call {
  method: string;
  message: { requestId?: string; [field: string]: unknown };
}

/** What the server answers; methods that are left out answer that they do not exist. */
export interface Server {
  account?: Partial<ServiceImpl<typeof AccountService>>;
  organisation?: Partial<ServiceImpl<typeof OrganisationService>>;
  team?: Partial<ServiceImpl<typeof TeamService>>;
  audit?: Partial<ServiceImpl<typeof AuditService>>;
  events?: Partial<ServiceImpl<typeof EventService>>;
  inventory?: Partial<ServiceImpl<typeof InventoryService>>;
  codes?: Partial<ServiceImpl<typeof CodeService>>;
  companies?: Partial<ServiceImpl<typeof CompanyService>>;
  registrations?: Partial<ServiceImpl<typeof RegistrationService>>;
  orders?: Partial<ServiceImpl<typeof OrderService>>;
  payments?: Partial<ServiceImpl<typeof PaymentService>>;
  finance?: Partial<ServiceImpl<typeof FinanceService>>;
  bank?: Partial<ServiceImpl<typeof BankService>>;
  reports?: Partial<ServiceImpl<typeof ReportService>>;
}

/** A refusal as the server sends it. */
export function refusal(code: Code, reason: Reason, message = "No."): ConnectError {
  return new ConnectError(message, code, undefined, [{ desc: ProblemSchema, value: { reason } }]);
}

/** A member of the tests' organisation. */
export function memberAs(role: Role, eventIds: string[] = []) {
  return create(MembershipSchema, {
    organisation: {
      id: orgId,
      name: "Midlands Life Sciences",
      timezone: "Europe/London",
      version: 1n,
    },
    role,
    eventIds,
  });
}

const webinar = create(ScheduleSchema, {
  startsLocal: "2026-07-23T10:00",
  endsLocal: "2026-07-23T11:30",
  timezone: "Europe/London",
});

/** The tests' event: a published webinar with 192 people. */
export function eventWith(changes: Partial<CatalogEvent> = {}): CatalogEvent {
  return {
    ...create(EventSchema, {
      id: eventId,
      orgId,
      details: { title: "AI Airlock", mode: 1, visibility: 1, registrationMode: 1 },
      schedule: webinar,
      sessions: [{ id: `ses_${"0".repeat(26)}`, schedule: webinar, version: 1n }],
      state: EventState.PUBLISHED,
      publicUrl: "https://example.org/o/midlands/ai-airlock",
      version: 3n,
      registered: 192,
    }),
    ...changes,
  };
}

/** The console in front of a server. */
export interface Stage {
  page: HTMLElement;
  calls: Call[];
  /** Goes to a page of the console. */
  visit: (path: string) => void;
}

const open: HTMLElement[] = [];

start();

/** Takes every stage down. */
export function strike(): void {
  leave();
  for (const page of open.splice(0)) {
    render(null, page);
    page.remove();
  }
}

/** Puts the console on the page, for an owner unless the server says otherwise. */
export function stage(server: Server, path = "/console/"): Stage {
  const calls: Call[] = [];
  const me = { personId: "per_1", name: "Olivia Reid", email: "olivia@example.org" };
  const transport = createRouterTransport(
    ({ service }) => {
      service(AccountService, {
        getMe: () => ({ ...me, memberships: [memberAs(Role.OWNER)] }),
        ...server.account,
      });
      service(OrganisationService, { ...server.organisation });
      service(TeamService, { ...server.team });
      service(AuditService, { ...server.audit });
      service(EventService, { listEvents: () => ({}), ...server.events });
      service(InventoryService, { listInventory: () => ({}), ...server.inventory });
      service(CodeService, { listCodes: () => ({}), ...server.codes });
      service(CompanyService, { listCompanies: () => ({}), ...server.companies });
      service(RegistrationService, {
        listRegistrations: () => ({}),
        getForm: () => ({}),
        ...server.registrations,
      });
      service(OrderService, { listOrders: () => ({}), ...server.orders });
      service(FinanceService, { ...server.finance });
      service(BankService, { ...server.bank });
      service(ReportService, { ...server.reports });
      service(PaymentService, { listTasks: () => ({}), ...server.payments });
    },
    {
      transport: {
        interceptors: [
          (next) => (req) => {
            if (!req.stream) {
              calls.push({
                method: req.method.name,
                message: structuredClone(req.message) as never,
              });
            }
            return next(req);
          },
        ],
      },
    },
  );
  const page = document.createElement("div");
  document.body.append(page);
  open.push(page);
  const visit = (to: string) => act(() => go(to));
  visit(path);
  act(() => render(<App clients={connect(transport)} />, page));
  return { page, calls, visit };
}

/** Waits until a look at the page finds something. A look that throws has found nothing yet. */
export function until<T>(look: () => T | null | undefined | false): Promise<T> {
  return new Promise((resolve) => {
    const observer = new MutationObserver(() => check());
    const check = () => {
      try {
        const found = look();
        if (found) {
          observer.disconnect();
          resolve(found);
        }
      } catch {
        // Not yet.
      }
    };
    observer.observe(document, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
    check();
  });
}

/** Waits until the page says something. */
export function see({ page }: Stage, text: string): Promise<true> {
  return until(() => words(page).includes(text) && (true as const));
}

/** What can be read on the page, in one line. */
export function words(element: Element): string {
  return (element.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** The buttons and links, by their words. */
export function controls({ page }: Stage): string[] {
  return [...page.querySelectorAll("button, a, summary")].map(words).filter((w) => w !== "");
}

/** The button or link with these words. */
export function control({ page }: Stage, text: string): HTMLElement {
  const found = [...page.querySelectorAll<HTMLElement>("button, a, summary")].findLast(
    (e) => words(e) === text,
  );
  if (found === undefined) {
    throw new Error(`no control “${text}” among ${controls({ page } as Stage).join(" | ")}`);
  }
  return found;
}

/** Presses the button or link with these words. */
export async function press(on: Stage, text: string): Promise<void> {
  const target = await until(() => control(on, text));
  act(() => target.click());
}

/** The control with this label. */
export function field<E extends HTMLElement>({ page }: Stage, label: string): E {
  const of = (e: Element) =>
    words(e) === label || words(e) === `${label} *` ? e.closest("label") : null;
  const named = [...page.querySelectorAll("label, .choice__title")].map(of).findLast((l) => l);
  const id = named?.getAttribute("for");
  const found = id
    ? page.querySelector(`[id="${id}"]`)
    : (named?.querySelector("input") ?? page.querySelector(`[aria-label="${label}"]`));
  if (found === null || found === undefined) {
    throw new Error(`no field “${label}”`);
  }
  return found as E;
}

/** Fills a field in. */
export async function fill(on: Stage, label: string, value: string): Promise<void> {
  const input = await until(() => field<HTMLInputElement>(on, label));
  act(() => {
    input.value = value;
    const kind = input.tagName === "SELECT" ? "change" : "input";
    input.dispatchEvent(new Event(kind, { bubbles: true }));
  });
}

/** Ticks a box or a radio button. */
export async function tick(on: Stage, label: string): Promise<void> {
  const input = await until(() => field<HTMLInputElement>(on, label));
  act(() => input.click());
}

/** The last call of a method; waits for it. */
export function called({ calls }: Stage, method: string): Promise<Call> {
  return until(() => calls.findLast((c) => c.method === method));
}

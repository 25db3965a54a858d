/** The small parts of the screens about finance. */

import type { ComponentChildren } from "preact";
import type { Sum } from "../../gen/lanyard/finance/v1/finance_pb";
import type { Journal } from "../../gen/lanyard/finance/v1/report_pb";
import type { Problem } from "../../lib/errors";
import { price } from "../../lib/money";
import { longDate, shortDate } from "../../lib/time";
import { grouped } from "../../lib/words";
import { Head, Notice, Trouble, useCurrentInSight } from "../kit/bits";
import { path } from "../router";
import { useBooks } from "./gate";

const tabs: readonly { page: string; text: string }[] = [
  { page: "finance", text: "Overview" },
  { page: "finance/payouts", text: "Payouts" },
  { page: "finance/bank", text: "Bank" },
  { page: "finance/months", text: "Months" },
  { page: "finance/reports", text: "Reports" },
  { page: "finance/exports", text: "Exports" },
];

/** The head of a screen, with the way to the others. */
export function FinanceHead(props: {
  title: string;
  sub?: ComponentChildren;
  children?: ComponentChildren;
}) {
  const { org, to } = useBooks();
  const at = path.value;
  const row = useCurrentInSight<HTMLElement>(at);
  const current = tabs.findLast(
    ({ page }) => at === to(page) || (page !== "finance" && at.startsWith(`${to(page)}/`)),
  );
  return (
    <>
      <Head title={props.title} sub={props.sub ?? org.name}>
        {props.children}
      </Head>
      <nav class="tabs" aria-label="Finance" ref={row}>
        {tabs.map(({ page, text }) => (
          <a
            key={page}
            class="tabs__tab"
            href={to(page)}
            aria-current={current?.page === page ? "page" : undefined}
          >
            {text}
          </a>
        ))}
      </nav>
    </>
  );
}

/** What a file or a choice was refused for, line by line. */
export function Refusal({ problem }: { problem: Problem }) {
  if (problem.violations.length === 0) {
    return <Trouble problem={problem} />;
  }
  return (
    <Notice tone="error" title="This cannot be taken">
      <ul class="refusal">
        {problem.violations.map((v) => (
          <li key={`${v.path} ${v.message}`}>{v.message}</li>
        ))}
      </ul>
    </Notice>
  );
}

/** An amount; a dash for none. */
export function Amount({ of }: { of: Sum | undefined }) {
  return <span class="amount">{of === undefined ? "–" : price(of.minor, of.currency)}</span>;
}

/** Amounts in several currencies, one below the other. */
export function Amounts({ of }: { of: readonly Sum[] }) {
  return (
    <span class="amounts">
      {of.length === 0 ? "–" : of.map((s) => <Amount key={s.currency} of={s} />)}
    </span>
  );
}

/** "23 Jul 2026" for "2026-07-23"; empty for no day. */
export function dayText(day: string): string {
  return day === "" ? "" : shortDate(new Date(`${day}T12:00:00Z`), "UTC");
}

/** "July 2026" for any day of it. */
export function monthText(day: string): string {
  return longDate(new Date(`${day.slice(0, 7)}-15T12:00:00Z`), "UTC")
    .split(" ")
    .slice(2)
    .join(" ");
}

/** The first and the last day of a month, so many months from that of the day. */
export function monthOf(day: string, offset = 0): { first: string; last: string } {
  const [year = 0, month = 1] = day.split("-").map(Number);
  const iso = (d: Date) => d.toISOString().slice(0, 10);
  return {
    first: iso(new Date(Date.UTC(year, month - 1 + offset, 1))),
    last: iso(new Date(Date.UTC(year, month + offset, 0))),
  };
}

/** What a ledger's word for an event is called. */
export function kindText(kind: string): string {
  const words = kind.replaceAll("_", " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/**
 * What a reference of an account is called for people: the order's code, the event's title, the
 * rate of VAT. What the entries do not name stays as it is.
 */
export function nameOfRef(ref: string, journals: readonly Journal[]): string {
  const order = journals.find((j) => j.orderId === ref && j.orderCode !== "");
  if (order !== undefined) {
    return `Order ${grouped(order.orderCode)}`;
  }
  if (ref.startsWith("evt_")) {
    return journals.find((j) => j.eventTitle !== "")?.eventTitle ?? ref;
  }
  const vat = /^(\d+):(\w+)$/.exec(ref);
  return vat === null ? ref : `VAT at ${Number(vat[1]) / 100}%, ${vat[2]}`;
}

/** Three pictures: what was sold over time, how old open items are, when payouts arrive. */

import { ColumnKind, ReportName, type Table } from "../../gen/lanyard/finance/v1/report_pb";
import { price } from "../../lib/money";
import { Ready } from "../kit/bits";
import { useLoad } from "../load";
import { type Bar, Bars, Calendar, Figure } from "./chart";
import { useBooks } from "./gate";
import { dayText, monthOf, monthText } from "./parts";
import type { Span } from "./reports";

/** The pictures. */
export function Figures({ span }: { span: Span }) {
  return (
    <div class="figures">
      <Revenue span={span} />
      <Ageing />
      <PayoutCalendar month={span.lastDay || span.firstDay || today()} />
    </div>
  );
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** A column of a table by its key. */
function at(table: Table, key: string): number {
  return table.columns.findIndex((c) => c.key === key);
}

function mainCurrency(table: Table): string {
  return table.totals[0]?.currency ?? "GBP";
}

function Revenue({ span }: { span: Span }) {
  const { org, reports } = useBooks();
  const long = daysOf(span) > 62;
  const found = useLoad(
    async (signal) =>
      (
        await reports.getReport(
          { orgId: org.id, report: long ? ReportName.MONTHS : ReportName.DAYS, ...span },
          { signal },
        )
      ).table,
    [org.id, span.firstDay, span.lastDay],
  );
  return (
    <Ready of={found} lines={3}>
      {(table) => {
        if (table === undefined) {
          return null;
        }
        const currency = mainCurrency(table);
        const sold = new Map(
          table.rows
            .filter((r) => r.currency === currency)
            .map(
              (r) => [r.cells[0]?.text ?? "", r.cells[at(table, "sold")]?.number ?? 0n] as const,
            ),
        );
        const days = long ? [...sold.keys()] : everyDay(span);
        const bars: Bar[] = days.map((day) => ({
          key: day,
          label: long ? monthText(day).slice(0, 3) : dayText(day).replace(/ \d{4}$/, ""),
          value: sold.get(day) ?? 0n,
        }));
        return (
          <Figure
            title="Sold over time"
            note={`With VAT, in ${currency}, by ${long ? "month" : "day"}`}
            empty={sold.size === 0}
          >
            <Bars name="Sold over time" bars={bars} currency={currency} />
            <details class="figure__table">
              <summary>As a table</summary>
              <Plain
                table={table}
                keys={[table.columns[0]?.key ?? "", "sold", "received", "refunded", "fees"]}
              />
            </details>
          </Figure>
        );
      }}
    </Ready>
  );
}

/** The days of a span, those without sales included. */
function everyDay(span: Span): string[] {
  return Array.from({ length: daysOf(span) }, (_, i) =>
    new Date(Date.parse(span.firstDay) + i * 86_400_000).toISOString().slice(0, 10),
  );
}

function daysOf({ firstDay, lastDay }: Span): number {
  return firstDay === "" || lastDay === ""
    ? 999
    : (Date.parse(lastDay) - Date.parse(firstDay)) / 86_400_000 + 1;
}

const ageTones: Readonly<Record<string, string>> = {
  "0 to 2 days": "good",
  "3 to 7 days": "caution",
  "8 to 30 days": "bad",
  "Over 30 days": "bad",
};

function Ageing() {
  const { org, reports } = useBooks();
  const found = useLoad(
    async (signal) =>
      (
        await reports.getReport(
          { orgId: org.id, report: ReportName.OPEN_ITEMS, firstDay: "", lastDay: "" },
          { signal },
        )
      ).table,
    [org.id],
  );
  return (
    <Ready of={found} lines={3}>
      {(table) => {
        if (table === undefined) {
          return null;
        }
        const currency = mainCurrency(table);
        const sums = new Map(Object.keys(ageTones).map((k) => [k, 0n]));
        for (const r of table.rows.filter((row) => row.currency === currency)) {
          const age = r.cells[at(table, "age")]?.text ?? "";
          const open = r.cells[at(table, "amount")]?.number ?? 0n;
          sums.set(age, (sums.get(age) ?? 0n) + (open < 0n ? -open : open));
        }
        const bars = [...sums].map(([key, value]) => {
          const tone = ageTones[key];
          const label = key
            .replace(/ to /, "–")
            .replace(/ days$/, " d")
            .replace(/^Over /, "> ");
          return { key, label, value, ...(tone === undefined ? {} : { tone }) };
        });
        return (
          <Figure
            title="Open items by age"
            note={`Either way, in ${currency}`}
            empty={table.rows.length === 0}
          >
            <Bars name="Open items by age" bars={bars} currency={currency} />
            <details class="figure__table">
              <summary>As a table</summary>
              <Plain table={table} keys={["account", "ref", "days", "amount"]} />
            </details>
          </Figure>
        );
      }}
    </Ready>
  );
}

function PayoutCalendar({ month }: { month: string }) {
  const { org, finance, to } = useBooks();
  const { first, last } = monthOf(month);
  const found = useLoad(
    async (signal) =>
      (
        await finance.listPayouts(
          { orgId: org.id, firstDay: first, lastDay: last, pageSize: 200 },
          { signal },
        )
      ).payouts,
    [org.id, first],
  );
  return (
    <Ready of={found} lines={3}>
      {(payouts) => {
        const due = new Map<string, { id: string; text: string; tone: string; href: string }[]>();
        for (const p of payouts) {
          const banked = p.banked?.minor === p.amount?.minor;
          const failed = p.status === "failed" || p.status === "canceled";
          const tone = failed ? "bad" : banked ? "good" : "caution";
          due.set(p.arrivesOn, [
            ...(due.get(p.arrivesOn) ?? []),
            {
              id: p.id,
              text: price(p.amount?.minor ?? 0n, p.amount?.currency ?? ""),
              tone,
              href: to(`finance/payouts/${p.id}`),
            },
          ]);
        }
        return (
          <Figure title="Payouts due" note={monthText(month)}>
            <Calendar name={`Payouts due in ${monthText(month)}`} month={month} of={due} />
            <p class="small muted">
              <span class="calendar__payout calendar__payout--good">At the bank</span>{" "}
              <span class="calendar__payout calendar__payout--caution">Not seen yet</span>{" "}
              <span class="calendar__payout calendar__payout--bad">Came back</span>
            </p>
          </Figure>
        );
      }}
    </Ready>
  );
}

/** Some columns of a report, as a plain table. */
function Plain({ table, keys }: { table: Table; keys: readonly string[] }) {
  const columns = keys.map((k) => at(table, k)).filter((i) => i >= 0);
  return (
    <div class="table-wrap">
      <table class="table">
        <caption class="visually-hidden">{table.title}</caption>
        <thead>
          <tr>
            {columns.map((i) => (
              <th key={i} scope="col">
                {table.columns[i]?.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((r) => (
            <tr key={r.cells.map((c) => c.text || c.number).join(" ")}>
              {columns.map((i) => (
                <td key={i}>{cellText(table, r.currency, i, r.cells[i])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A cell as people read it. */
export function cellText(
  table: Table,
  currency: string,
  i: number,
  cell: { text: string; number: bigint } | undefined,
): string {
  switch (table.columns[i]?.kind) {
    case ColumnKind.MONEY:
      return price(cell?.number ?? 0n, currency);
    case ColumnKind.COUNT:
      return String(cell?.number ?? 0n);
    case ColumnKind.DATE:
      return dayText(cell?.text ?? "");
    default:
      return cell?.text ?? "";
  }
}

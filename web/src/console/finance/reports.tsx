/** Reports: pictures first, then any table, each row of which leads down to its entries. */

import { useState } from "preact/hooks";
import { optionsOf } from "../../form/schema";
import {
  ColumnKind,
  ExportReportRequestSchema,
  FileFormat,
  type Table as Report,
  ReportName,
  ReportNameSchema,
  type Row,
} from "../../gen/lanyard/finance/v1/report_pb";
import { count } from "../../lib/words";
import { download } from "../event/download";
import { Empty, Icon, Ready, Unseen } from "../kit/bits";
import { FormDialog } from "../kit/dialog";
import { type Column, Table } from "../kit/table";
import { useLoad } from "../load";
import { useOrderStep } from "../orders/step";
import { ask, query } from "../router";
import { cellText, Figures } from "./figures";
import { useBooks } from "./gate";
import { TraceDrawer } from "./journals";
import { FinanceHead, monthOf } from "./parts";

/** A first and a last day; empty for no bound. */
export interface Span {
  firstDay: string;
  lastDay: string;
}

const names = optionsOf(ReportNameSchema);

function slugOf(name: ReportName): string {
  return (ReportName[name] ?? "").toLowerCase();
}

function wanted(): { report: ReportName; span: Span } {
  const params = query.value;
  const report = names.find((n) => slugOf(n.value) === params.get("report"))?.value;
  const month = params.get("month");
  const now = monthOf(new Date().toISOString().slice(0, 10));
  const within = month === null ? now : monthOf(month);
  return {
    report: report ?? ReportName.EVENTS,
    span: {
      firstDay: params.get("from") ?? within.first,
      lastDay: params.get("to") ?? within.last,
    },
  };
}

/** The screen. */
export function Reports() {
  const { report, span } = wanted();
  const [taking, setTaking] = useState(false);
  return (
    <>
      <FinanceHead title="Reports">
        <button type="button" class="button" onClick={() => setTaking(true)}>
          <Icon name="download" />
          Take it as a file
        </button>
      </FinanceHead>
      <Picker report={report} span={span} />
      <div class="stack">
        <Figures span={span} />
        <Shown report={report} span={span} />
      </div>
      {taking && <TakeDialog report={report} span={span} onClose={() => setTaking(false)} />}
    </>
  );
}

function Picker({ report, span }: { report: ReportName; span: Span }) {
  const now = new Date().toISOString().slice(0, 10);
  const set = (first: string, last: string) => ask({ from: first, to: last, month: "" });
  const month = (offset: number) => {
    const { first, last } = monthOf(now, offset);
    set(first, last);
  };
  return (
    <search class="toolbar">
      <div class="field">
        <label class="field__label" for="report">
          Report
        </label>
        <select
          class="input"
          id="report"
          value={slugOf(report)}
          onChange={(e) => ask({ report: e.currentTarget.value })}
        >
          {names.map((n) => (
            <option key={n.value} value={slugOf(n.value)}>
              {n.label}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label class="field__label" for="from">
          From
        </label>
        <input
          class="input input--short"
          id="from"
          type="date"
          value={span.firstDay}
          onChange={(e) => set(e.currentTarget.value, span.lastDay)}
        />
      </div>
      <div class="field">
        <label class="field__label" for="to">
          To
        </label>
        <input
          class="input input--short"
          id="to"
          type="date"
          value={span.lastDay}
          onChange={(e) => set(span.firstDay, e.currentTarget.value)}
        />
      </div>
      <div class="button-row presets">
        <button type="button" class="button button--quiet" onClick={() => month(0)}>
          This month
        </button>
        <button type="button" class="button button--quiet" onClick={() => month(-1)}>
          Last month
        </button>
        <button
          type="button"
          class="button button--quiet"
          onClick={() => set(`${now.slice(0, 4)}-01-01`, `${now.slice(0, 4)}-12-31`)}
        >
          This year
        </button>
      </div>
    </search>
  );
}

function Shown({ report, span }: { report: ReportName; span: Span }) {
  const { org, reports } = useBooks();
  const found = useLoad(
    async (signal) =>
      (await reports.getReport({ orgId: org.id, report, ...span }, { signal })).table,
    [org.id, report, span.firstDay, span.lastDay],
  );
  return (
    <Ready of={found}>
      {(table) =>
        table === undefined || table.rows.length === 0 ? (
          <Empty icon="search" title="Nothing in this period" text="Try another one." />
        ) : (
          <ReportTable key={`${report} ${span.firstDay} ${span.lastDay}`} table={table} />
        )
      }
    </Ready>
  );
}

/** Whether a column of amounts has nothing but zeros; it is then left out. */
function isEmpty(table: Report, i: number): boolean {
  const money = table.columns[i]?.kind === ColumnKind.MONEY;
  return money && table.rows.every((r) => (r.cells[i]?.number ?? 0n) === 0n);
}

type Shown = { row: Row; key: string; total: boolean };

function ReportTable({ table }: { table: Report }) {
  const { to } = useBooks();
  const [traced, setTraced] = useState<Row | null>(null);
  const rows: Shown[] = [
    ...table.rows.map((row, i) => ({ row, key: String(i), total: false })),
    ...table.totals.map((row) => ({ row, key: `total ${row.currency}`, total: true })),
  ];
  const columns: Column<Shown>[] = table.columns
    .map((c, i): Column<Shown> | null =>
      c.key === "currency" || isEmpty(table, i)
        ? null
        : {
            key: c.title,
            name: c.title,
            ...(i === 0 ? { kind: "head" as const } : {}),
            ...(c.kind === ColumnKind.MONEY || c.kind === ColumnKind.COUNT
              ? { kind: "number" as const }
              : {}),
            cell: ({ row, total }) => {
              if (total && i === 0) {
                return <strong>Total{table.totals.length > 1 && ` in ${row.currency}`}</strong>;
              }
              if (total && !c.summed) {
                return "";
              }
              const text = cellText(table, row.currency, i, row.cells[i]);
              const event = row.trace?.event ?? "";
              if (i === 0 && table.report === ReportName.EVENTS && event !== "") {
                return (
                  <a class="table__link" href={to(`finance/events/${event}`)}>
                    {text}
                  </a>
                );
              }
              return total ? <strong>{text}</strong> : text;
            },
          },
    )
    .filter((c) => c !== null);
  columns.push({
    key: "Entries",
    name: <Unseen>Entries</Unseen>,
    kind: "actions",
    cell: ({ row, total }) =>
      total ? null : (
        <button type="button" class="button button--quiet" onClick={() => setTraced(row)}>
          Entries<Unseen> of {row.cells[0]?.text}</Unseen>
        </button>
      ),
  });
  return (
    <section class="stack report" aria-label={table.title}>
      <h2>{table.title}</h2>
      <Table caption={table.title} columns={columns} rows={rows} keyOf={(r) => r.key} />
      {table.more > 0 && (
        <p class="muted">And {count(table.more, "more row")}. A file has them all.</p>
      )}
      {traced?.trace !== undefined && (
        <TraceDrawer
          title={`Entries of ${traced.cells[0]?.text ?? ""}`}
          trace={traced.trace}
          onClose={() => setTraced(null)}
        />
      )}
    </section>
  );
}

function TakeDialog(props: { report: ReportName; span: Span; onClose: () => void }) {
  const { org, reports } = useBooks();
  const form = useOrderStep({
    desc: ExportReportRequestSchema,
    initial: { orgId: org.id, report: props.report, format: FileFormat.XLSX, ...props.span },
    send: (request) => reports.exportReport(request),
    done: ({ export: e }) => `${e?.fileName} is made, and kept under Exports.`,
    arrive: ({ export: e, file }) => {
      download(file, e?.fileName ?? "report", typeOf(e?.format ?? FileFormat.CSV));
      props.onClose();
    },
  });
  return (
    <FormDialog
      title="Take a report as a file"
      form={form}
      confirm="Make the file"
      onClose={props.onClose}
    />
  );
}

/** The media type of a kind of file. */
export function typeOf(format: FileFormat): string {
  return format === FileFormat.XLSX
    ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    : "text/csv;charset=utf-8";
}

/** The report on a file, row by row. */

import { ImportOutcome, type ImportRow } from "../../gen/lanyard/catalog/v1/catalog_pb";
import { list, number } from "../../lib/words";
import { type Column, Table } from "../kit/table";

const outcomes: Readonly<Partial<Record<ImportOutcome, { text: string; tone: string }>>> = {
  [ImportOutcome.CREATED]: { text: "New", tone: "good" },
  [ImportOutcome.UPDATED]: { text: "Changed", tone: "info" },
  [ImportOutcome.UNCHANGED]: { text: "The same", tone: "" },
  [ImportOutcome.REFUSED]: { text: "Refused", tone: "bad" },
};

const columns: readonly Column<ImportRow>[] = [
  {
    key: "Event",
    name: "Event",
    kind: "head",
    cell: ({ title, externalId }) => (
      <>
        {title || "No title"}
        <span class="table__sub">{externalId}</span>
      </>
    ),
  },
  { key: "Line", name: "Line", kind: "number", cell: ({ line }) => line },
  {
    key: "Outcome",
    name: "Outcome",
    cell: ({ outcome }) => {
      const { text, tone } = outcomes[outcome] ?? { text: "", tone: "" };
      return (
        <span class={`badge badge--state${tone === "" ? "" : ` badge--${tone}`}`}>{text}</span>
      );
    },
  },
  {
    key: "What",
    name: "What",
    cell: ({ problems, changed }) =>
      problems.length === 0 ? (
        list(changed)
      ) : (
        <ul class="changes">
          {problems.map(({ column, message }) => (
            <li key={`${column} ${message}`}>
              {column !== "" && <strong>{column}: </strong>}
              {message}
            </li>
          ))}
        </ul>
      ),
  },
];

const most = 500;

/** The rows, refused ones first: those are what somebody has to do something about. */
export function Report({ rows }: { rows: readonly ImportRow[] }) {
  const rank = (row: ImportRow) => (row.outcome === ImportOutcome.REFUSED ? 0 : 1);
  const sorted = [...rows].sort((a, b) => rank(a) - rank(b) || a.line - b.line);
  return (
    <section class="stack" aria-labelledby="import-rows">
      <h2 id="import-rows">Row by row</h2>
      <Table
        caption="Rows of the file"
        columns={columns}
        rows={sorted.slice(0, most)}
        keyOf={(row) => String(row.line)}
      />
      {rows.length > most && (
        <p class="muted">
          {number(rows.length - most)} further rows are not shown; the numbers above count them.
        </p>
      )}
    </section>
  );
}

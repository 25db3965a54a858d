/** Rows of data. On a narrow page each row becomes a card. */

import type { ComponentChildren } from "preact";

/** One column. */
export interface Column<T> {
  /** The head of the column; on cards it stands before the value. */
  name: ComponentChildren;
  /** The same as text, for cards and keys. */
  key: string;
  /** The row's head, a column of numbers, of buttons, or of boxes to tick. */
  kind?: "head" | "number" | "actions" | "tick";
  cell: (row: T) => ComponentChildren;
}

/** What a table shows. */
export interface TableProps<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  /** Whether a row is chosen. */
  chosen?: (row: T) => boolean;
}

/*
 * The roles are those that the elements have anyway: shown as cards, they would lose them.
 */
const roles = {
  table: { role: "table" },
  group: { role: "rowgroup" },
  row: { role: "row" },
  head: { role: "columnheader" },
  name: { role: "rowheader" },
  cell: { role: "cell" },
} as const;

/** Draws the table. */
export function Table<T>({ caption, columns, rows, keyOf, chosen }: TableProps<T>) {
  return (
    <div class="table-wrap">
      <table class="table table--cards" {...roles.table}>
        <caption class="visually-hidden">{caption}</caption>
        <thead {...roles.group}>
          <tr {...roles.row}>
            {columns.map((column) => (
              <th key={column.key} scope="col" class={classOf(column)} {...roles.head}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...roles.group}>
          {rows.map((row) => (
            <tr key={keyOf(row)} aria-selected={chosen?.(row)} {...roles.row}>
              {columns.map((column) => (
                <Cell key={column.key} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell<T>({ column, row }: { column: Column<T>; row: T }) {
  if (column.kind === "head") {
    return (
      <th scope="row" {...roles.name}>
        {column.cell(row)}
      </th>
    );
  }
  if (column.kind === "actions" || column.kind === "tick") {
    return (
      <td class={classOf(column)} {...roles.cell}>
        {column.cell(row)}
      </td>
    );
  }
  return (
    <td class={classOf(column)} data-label={column.key} {...roles.cell}>
      <span>{column.cell(row)}</span>
    </td>
  );
}

function classOf<T>({ kind }: Column<T>): string | undefined {
  return kind === undefined || kind === "head" ? undefined : `cell-${kind}`;
}

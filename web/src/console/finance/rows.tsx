/** Stripe's balance transactions as a table. */

import type { BalanceRow } from "../../gen/lanyard/finance/v1/finance_pb";
import { grouped } from "../../lib/words";
import { type Column, Table } from "../kit/table";
import { momentOf } from "../kit/times";
import { useBooks } from "./gate";
import { Amount, kindText } from "./parts";

/** The table. */
export function RowTable({ rows }: { rows: readonly BalanceRow[] }) {
  const { to } = useBooks();
  const columns: Column<BalanceRow>[] = [
    {
      key: "Row",
      name: "Row",
      kind: "head",
      cell: ({ id, category, created, account, source }) => (
        <>
          <a
            class="table__link"
            href={to(`finance/books/${account}/${encodeURIComponent(source || id)}`)}
          >
            {kindText(category)}
          </a>
          <span class="table__sub">{id}</span>
          <span class="table__sub">{momentOf(created)}</span>
        </>
      ),
    },
    {
      key: "About",
      name: "About",
      cell: ({ orderId, orderCode, source, description }) => (
        <>
          {orderId === "" ? (
            source
          ) : (
            <a href={to(`orders/${orderId}`)}>Order {grouped(orderCode)}</a>
          )}
          <span class="table__sub">{orderId === "" ? description : source}</span>
        </>
      ),
    },
    { key: "Gross", name: "Gross", kind: "number", cell: ({ amount }) => <Amount of={amount} /> },
    { key: "Fee", name: "Fee", kind: "number", cell: ({ fee }) => <Amount of={fee} /> },
    { key: "Net", name: "Net", kind: "number", cell: ({ net }) => <Amount of={net} /> },
  ];
  return (
    <div class="report stripe-rows">
      <Table caption="Stripe's rows" columns={columns} rows={rows} keyOf={(r) => r.id} />
    </div>
  );
}

/** The months of the books. */

import type { Month } from "../../gen/lanyard/finance/v1/finance_pb";
import { Empty, Ready } from "../kit/bits";
import { type Column, Table } from "../kit/table";
import { momentOf } from "../kit/times";
import { useLoad } from "../load";
import { Pill } from "../orders/parts";
import type { StateWords } from "../orders/words";
import { useBooks } from "./gate";
import { FinanceHead, monthText } from "./parts";

/** How a month stands. */
export function monthState({ closed, next, ended, reopenAskedBy }: Month): StateWords {
  if (closed) {
    return reopenAskedBy === ""
      ? { text: "Closed", tone: "good" }
      : { text: "Closed; somebody wants it open", tone: "caution" };
  }
  if (!ended) {
    return { text: "Under way", tone: "info" };
  }
  return next
    ? { text: "Ready to be closed", tone: "caution" }
    : { text: "Waits for the one before" };
}

/** The screen. */
export function Months() {
  const { org, finance, to } = useBooks();
  const found = useLoad(
    async (signal) => (await finance.listMonths({ orgId: org.id }, { signal })).months,
    [org.id],
  );
  const columns: Column<Month>[] = [
    {
      key: "Month",
      name: "Month",
      kind: "head",
      cell: ({ firstDay }) => (
        <a class="table__link" href={to(`finance/months/${firstDay}`)}>
          {monthText(firstDay)}
        </a>
      ),
    },
    { key: "State", name: "State", cell: (m) => <Pill {...monthState(m)} /> },
    {
      key: "Closed",
      name: "Closed",
      cell: ({ closed, closedAt, closedBy }) =>
        closed ? `${momentOf(closedAt)}, by ${closedBy}` : "",
    },
  ];
  return (
    <>
      <FinanceHead title="Months" />
      <Ready of={found}>
        {(months) =>
          months.length === 0 ? (
            <Empty
              icon="calendar"
              title="Nothing is booked yet"
              text="With the first sale the first month begins."
            />
          ) : (
            <Table caption="Months" columns={columns} rows={months} keyOf={(m) => m.firstDay} />
          )
        }
      </Ready>
    </>
  );
}

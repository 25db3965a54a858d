/** The way of an order's money, from the sale to the line on the bank's statement. */

import type { GetTrailResponse, TrailStep } from "../../gen/lanyard/finance/v1/finance_pb";
import { Empty, Ready } from "../kit/bits";
import { type Column, Table } from "../kit/table";
import { useLoad } from "../load";
import { Panel, Pill } from "../orders/parts";
import { useBooks } from "./gate";
import { Amount, Amounts, dayText, FinanceHead, kindText } from "./parts";
import { stateOf } from "./payouts";
import { RowTable } from "./rows";

/** The screen. */
export function TrailScreen({ order }: { order: string }) {
  const { org, finance, to } = useBooks();
  const found = useLoad(
    (signal) => finance.getTrail({ orgId: org.id, orderId: order }, { signal }),
    [org.id, order],
  );
  return (
    <>
      <FinanceHead title="The way of an order's money" sub={order}>
        <a class="button" href={to(`orders/${order}`)}>
          The order
        </a>
      </FinanceHead>
      <Ready of={found}>{(trail) => <Body trail={trail} />}</Ready>
    </>
  );
}

function Body({ trail }: { trail: GetTrailResponse }) {
  const { to } = useBooks();
  const { owed, steps, rows, payouts } = trail;
  if (steps.length === 0) {
    return <Empty icon="money" title="Nothing is booked for this order" />;
  }
  return (
    <div class="stack">
      <dl class="stats">
        <div class="stat">
          <dt class="stat__label">Still owed</dt>
          <dd class="stat__value">
            <Amounts of={owed} />
          </dd>
        </div>
        {payouts.map((p) => (
          <div class="stat" key={p.id}>
            <dt class="stat__label">Paid out with</dt>
            <dd>
              <a href={to(`finance/payouts/${p.id}`)}>
                <Amount of={p.amount} />
              </a>{" "}
              <Pill {...stateOf(p)} />
            </dd>
            {p.bankedOn !== "" && <dd class="stat__note">{dayText(p.bankedOn)}</dd>}
          </div>
        ))}
      </dl>
      <Panel id="steps" title="What was booked">
        <Steps steps={steps} />
      </Panel>
      {rows.length > 0 && (
        <Panel id="rows" title="Stripe's rows">
          <RowTable rows={rows} />
        </Panel>
      )}
    </div>
  );
}

function Steps({ steps }: { steps: readonly TrailStep[] }) {
  const columns: Column<TrailStep>[] = [
    {
      key: "What",
      name: "What",
      kind: "head",
      cell: ({ what, memo }) => (
        <>
          {kindText(what)}
          <span class="table__sub">{memo}</span>
        </>
      ),
    },
    { key: "Day", name: "Day", cell: ({ day }) => dayText(day) },
    { key: "About", name: "About", cell: ({ ref }) => <code class="entry__id">{ref}</code> },
    { key: "Amount", name: "Amount", kind: "number", cell: ({ amount }) => <Amount of={amount} /> },
  ];
  return (
    <Table
      caption="What was booked"
      columns={columns}
      rows={steps}
      keyOf={(s) => `${s.journalId} ${s.what} ${s.ref}`}
    />
  );
}

/** The statement with which an event's money is closed; it prints on one page. */

import type { EventMoney } from "../../gen/lanyard/finance/v1/finance_pb";
import { percent, price } from "../../lib/money";
import { count } from "../../lib/words";
import { Icon, Notice, Ready } from "../kit/bits";
import { useLoad } from "../load";
import { Panel } from "../orders/parts";
import { useBooks } from "./gate";
import { dayText, FinanceHead } from "./parts";

/** The screen. */
export function EventStatement({ id }: { id: string }) {
  const { org, finance } = useBooks();
  const found = useLoad(
    (signal) => finance.getEventStatement({ orgId: org.id, eventId: id }, { signal }),
    [org.id, id],
  );
  return (
    <>
      <FinanceHead title={found.data?.title ?? "Event"} sub={`${org.name} · Event statement`}>
        <button type="button" class="button" onClick={() => window.print()}>
          <Icon name="receipt" />
          Print
        </button>
      </FinanceHead>
      <Ready of={found}>
        {(data) => (
          <div class="stack statement">
            <Notice
              tone={data.settled ? "success" : "info"}
              title={
                data.settled
                  ? "Everything is settled"
                  : data.over
                    ? "The event is over; something is still open"
                    : "The event is still to come"
              }
            >
              <p>
                {count(data.orders, "order")}, as of {dayText(data.asOf)}.
              </p>
            </Notice>
            {data.money.length === 0 && <p class="muted">Nothing was sold.</p>}
            {data.money.map((m) => (
              <Money key={m.currency} of={m} many={data.money.length > 1} />
            ))}
          </div>
        )}
      </Ready>
    </>
  );
}

function Money({ of: m, many }: { of: EventMoney; many: boolean }) {
  const row = (name: string, minor: bigint, strong = false) => (
    <tr key={name} class={strong ? "statement__sum" : undefined}>
      <th scope="row">{name}</th>
      <td>{price(minor, m.currency)}</td>
    </tr>
  );
  const list = m.grossMinor + m.discountsMinor;
  return (
    <Panel id={`money-${m.currency}`} title={many ? `In ${m.currency}` : "Money"}>
      <table class="statement__table">
        <caption class="visually-hidden">The event's money in {m.currency}</caption>
        <tbody>
          {row("At list prices, with VAT", list)}
          {row("Discounts", -m.discountsMinor)}
          {row("Sold, with VAT", m.grossMinor, true)}
          {row("Credited", -m.creditedMinor)}
          {m.rates.map((r) => (
            <tr key={`${r.rate} ${r.category}`}>
              <th scope="row">
                VAT at {percent(r.rate)} % ({r.category}) on {price(r.netMinor, m.currency)}
              </th>
              <td>{price(-r.vatMinor, m.currency)}</td>
            </tr>
          ))}
          {row("Net of VAT", m.netMinor, true)}
          {row("Payment fees", -m.feesMinor)}
          {row("Lost disputes", -m.lostMinor)}
          {row("Result", m.resultMinor, true)}
        </tbody>
        <tbody>
          {row("Received from buyers", m.receivedMinor)}
          {row("Sent back", -m.refundsMinor)}
          {row("Held by banks for disputes", -m.heldMinor)}
          {row("Still owed", m.owedMinor)}
        </tbody>
        <tbody>
          {row("Income still to earn", m.deferredMinor)}
          {row("Income earned", m.releasedMinor)}
        </tbody>
      </table>
    </Panel>
  );
}

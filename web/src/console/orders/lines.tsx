/** The lines of an order: what each costs and why it is less, its VAT, and who comes. */

import type { Order, OrderLine } from "../../gen/lanyard/booking/v1/order_pb";
import { percent, price } from "../../lib/money";
import { type Column, Table } from "../kit/table";
import { isErased } from "./erase";
import { useTill } from "./gate";
import { liveLines, vatByRate } from "./sums";
import { abs, vatWords } from "./words";

/** The lines with what they add up to. */
export function Lines({ order }: { order: Order }) {
  const { currency } = order;
  const columns: readonly Column<OrderLine>[] = [
    {
      key: "What",
      name: "What",
      kind: "head",
      cell: (line) => <What order={order} line={line} />,
    },
    {
      key: "List price",
      name: "List price",
      kind: "number",
      cell: (line) => <Listed line={line} currency={currency} />,
    },
    {
      key: "VAT in it",
      name: "VAT in it",
      kind: "number",
      cell: (line) => (
        <>
          {price(line.vatMinor, currency)}
          <span class="table__sub">{vatWords(line)}</span>
        </>
      ),
    },
    {
      key: "Price",
      name: "Price",
      kind: "number",
      cell: ({ grossMinor, cancelled }) =>
        cancelled ? <s>{price(grossMinor, currency)}</s> : price(grossMinor, currency),
    },
  ];
  return (
    <section class="stack stack--tight" aria-label="What was bought">
      <Table caption="What was bought" columns={columns} rows={order.lines} keyOf={(l) => l.id} />
      <Sums order={order} />
    </section>
  );
}

function What({ order, line }: { order: Order; line: OrderLine }) {
  const { to } = useTill();
  const { title, ticket, attendeeName, registrationId, cancelled } = line;
  const nobody = isErased(order) ? "Erased" : "Nobody is named yet";
  const ticketOf = order.lines.find((l) => l.ticket && l.registrationId === registrationId);
  return (
    <>
      {title}
      {cancelled && <span class="badge badge--bad">Cancelled</span>}
      <span class="table__sub">
        {ticket && registrationId !== "" && (
          <a href={to(`events/${order.eventId}/registrations/${registrationId}`)}>
            {attendeeName || nobody}
          </a>
        )}
        {ticket && registrationId === "" && (attendeeName || nobody)}
        {!ticket && registrationId === "" && "Goes with no place"}
        {!ticket && registrationId !== "" && `With ${ticketOf?.attendeeName || "a place"}`}
      </span>
    </>
  );
}

/** The price before reductions, and each of them by name. */
function Listed({ line, currency }: { line: OrderLine; currency: string }) {
  return (
    <>
      {price(line.listMinor, currency)}
      {line.discounts.map(({ label, offMinor }) => (
        <span class="table__sub" key={label}>
          {label} −{price(offMinor, currency)}
        </span>
      ))}
    </>
  );
}

function Sums({ order }: { order: Order }) {
  const { currency, totalMinor, paidMinor, refundedMinor, balanceMinor } = order;
  const sums: [string, string, boolean?][] = [["Total", price(totalMinor, currency), true]];
  for (const { rate, vat } of vatByRate(liveLines(order))) {
    sums.push([`of which ${percent(rate)} % VAT`, price(vat, currency)]);
  }
  sums.push(["Paid", price(paidMinor, currency)]);
  if (refundedMinor > 0n) {
    sums.push(["Given back or on its way", price(refundedMinor, currency)]);
  }
  if (balanceMinor !== 0n) {
    const name = balanceMinor > 0n ? "Still owed" : "To be given back";
    sums.push([name, price(abs(balanceMinor), currency), true]);
  }
  return (
    <dl class="sums sums--order">
      {sums.map(([name, value, strong]) => (
        <div key={name} class={strong ? "sums__strong" : undefined}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

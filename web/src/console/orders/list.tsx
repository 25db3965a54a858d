/** Orders, of one event or of the whole organisation: searched, filtered, the latest first. */

import { useContext } from "preact/hooks";
import { type Order, OrderState } from "../../gen/lanyard/booking/v1/order_pb";
import { price } from "../../lib/money";
import { grouped } from "../../lib/words";
import { EventContext } from "../event/context";
import { Empty, Head, More, Ready } from "../kit/bits";
import { Choice } from "../kit/choice";
import { SearchBox } from "../kit/search";
import { type Column, Table } from "../kit/table";
import { momentOf } from "../kit/times";
import { usePages } from "../load";
import { ask, query } from "../router";
import { isErased } from "./erase";
import { EventRefund } from "./event-refund";
import { useTill } from "./gate";
import { OrderTabs, Pill } from "./parts";
import { moneyWords, stateWords, wantedStates } from "./words";

/** The orders of the whole organisation. */
export function OrderList() {
  const { org } = useTill();
  return (
    <>
      <Head title="Orders" sub={org.name} />
      <OrderTabs now="orders" />
      <Found onlyEventId="" />
    </>
  );
}

/** The orders of one event, as a tab of it. */
export function EventOrders() {
  const handle = useContext(EventContext);
  const id = handle?.event.id ?? "";
  return (
    <>
      <EventRefund />
      <Found onlyEventId={id} />
    </>
  );
}

/** What is looked for; it stands in the address, so that a view can be kept and shared. */
interface Wanted {
  query: string;
  state: OrderState;
  overdue: boolean;
}

function wantedBy(params: URLSearchParams): Wanted {
  return {
    query: params.get("q") ?? "",
    state: Number(params.get("state") ?? 0),
    overdue: params.get("money") === "overdue",
  };
}

function Found({ onlyEventId }: { onlyEventId: string }) {
  const { org, orders } = useTill();
  const wanted = wantedBy(query.value);
  const found = usePages(
    async (pageToken, signal) => {
      const answer = await orders.listOrders(
        { orgId: org.id, onlyEventId, ...wanted, pageToken },
        { signal },
      );
      return { items: answer.orders, next: answer.nextPageToken };
    },
    [org.id, onlyEventId, wanted.query, wanted.state, wanted.overdue],
  );
  return (
    <>
      <Filters wanted={wanted} />
      <Ready of={found}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing wanted={wanted} />
          ) : (
            <div class="stack" aria-busy={found.loading || undefined}>
              <Rows rows={rows} withEvent={onlyEventId === ""} />
              <More of={found} what="orders" />
            </div>
          )
        }
      </Ready>
    </>
  );
}

function Filters({ wanted }: { wanted: Wanted }) {
  return (
    <search class="toolbar">
      <SearchBox
        id="orders-q"
        placeholder="Buyer, company or order code"
        value={wanted.query}
        onSearch={(text) => ask({ q: text })}
      />
      <Choice
        id="orders-state"
        name="State"
        value={wanted.state}
        all="All states"
        options={wantedStates}
        onChoose={(state) => ask({ state })}
      />
      <Choice
        id="orders-money"
        name="Money"
        value={wanted.overdue ? 1 : 0}
        all="Paid or not"
        options={[{ value: 1, label: "Overdue invoices" }]}
        onChoose={(chosen) => ask({ money: chosen === "" ? "" : "overdue" })}
      />
    </search>
  );
}

function Rows({ rows, withEvent }: { rows: readonly Order[]; withEvent: boolean }) {
  const { org, to } = useTill();
  const columns: Column<Order>[] = [
    {
      key: "Order",
      name: "Order",
      kind: "head",
      cell: ({ id, code, placedAt, late }) => (
        <>
          <a class="table__link order-code" href={to(`orders/${id}`)}>
            {grouped(code)}
          </a>
          <span class="table__sub">
            {momentOf(placedAt)}
            {late && <span class="badge badge--warm">Paid late</span>}
          </span>
        </>
      ),
    },
    { key: "Buyer", name: "Buyer", cell: (order) => <Buyer order={order} /> },
    {
      key: "State",
      name: "State",
      cell: ({ state }) => <Pill {...stateWords(state)} />,
    },
    {
      key: "Money",
      name: "Money",
      cell: (order) => <Pill {...moneyWords(order, org.timezone)} />,
    },
    {
      key: "Total",
      name: "Total",
      kind: "number",
      cell: ({ totalMinor, currency }) => price(totalMinor, currency),
    },
  ];
  if (withEvent) {
    columns.splice(2, 0, { key: "Event", name: "Event", cell: ({ eventTitle }) => eventTitle });
  }
  return <Table caption="Orders" columns={columns} rows={rows} keyOf={(o) => o.id} />;
}

function Buyer({ order }: { order: Order }) {
  const { buyer, payer } = order;
  return (
    <>
      {buyer?.name || <span class="muted">{isErased(order) ? "Erased" : "Nobody yet"}</span>}
      <span class="table__sub">{payer?.company || buyer?.email}</span>
    </>
  );
}

function Nothing({ wanted }: { wanted: Wanted }) {
  if (wanted.overdue && wanted.query === "" && wanted.state === OrderState.UNSPECIFIED) {
    return (
      <Empty icon="good" title="No invoice is overdue">
        <button type="button" class="button" onClick={() => ask({ money: "" })}>
          Show all orders
        </button>
      </Empty>
    );
  }
  if (wanted.query !== "" || wanted.state !== OrderState.UNSPECIFIED || wanted.overdue) {
    return (
      <Empty icon="search" title="No order fits" text="Try fewer words, or another state.">
        <button type="button" class="button" onClick={() => ask({ q: "", state: "", money: "" })}>
          Show all orders
        </button>
      </Empty>
    );
  }
  return (
    <Empty
      icon="receipt"
      title="No orders yet"
      text="As soon as somebody buys a place, the order stands here."
    />
  );
}

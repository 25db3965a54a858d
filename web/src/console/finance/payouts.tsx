/** What Stripe sent to the bank, and what each payout is made of. */

import type { Payout, RunningBalance } from "../../gen/lanyard/finance/v1/finance_pb";
import { price } from "../../lib/money";
import { count } from "../../lib/words";
import { Empty, More, Notice, Ready } from "../kit/bits";
import { type Column, Table } from "../kit/table";
import { momentOf } from "../kit/times";
import { useLoad, usePages } from "../load";
import { Item, Panel, Pill } from "../orders/parts";
import type { StateWords } from "../orders/words";
import { useBooks } from "./gate";
import { Amount, dayText, FinanceHead } from "./parts";
import { RowTable } from "./rows";

const words: Readonly<Record<string, StateWords>> = {
  pending: { text: "Being made", tone: "info" },
  in_transit: { text: "On its way", tone: "info" },
  paid: { text: "Sent", tone: "caution" },
  failed: { text: "Came back", tone: "bad" },
  canceled: { text: "Called off", tone: "bad" },
};

/** How a payout stands. */
export function stateOf({ status, banked, amount }: Payout): StateWords {
  if (banked !== undefined && amount !== undefined && banked.minor === amount.minor) {
    return { text: "At the bank", tone: "good" };
  }
  return words[status] ?? { text: status };
}

/** All payouts, the latest first. */
export function Payouts() {
  const { org, finance, to } = useBooks();
  const found = usePages(
    async (pageToken, signal) => {
      const answer = await finance.listPayouts({ orgId: org.id, pageToken }, { signal });
      return { items: answer.payouts, next: answer.nextPageToken };
    },
    [org.id],
  );
  const columns: Column<Payout>[] = [
    {
      key: "Payout",
      name: "Payout",
      kind: "head",
      cell: ({ id, created }) => (
        <>
          <a class="table__link" href={to(`finance/payouts/${id}`)}>
            {id}
          </a>
          <span class="table__sub">{momentOf(created)}</span>
        </>
      ),
    },
    { key: "State", name: "State", cell: (p) => <Pill {...stateOf(p)} /> },
    { key: "Due", name: "Due at the bank", cell: ({ arrivesOn }) => dayText(arrivesOn) },
    { key: "Gross", name: "Gross", kind: "number", cell: ({ gross }) => <Amount of={gross} /> },
    { key: "Fees", name: "Fees", kind: "number", cell: ({ fees }) => <Amount of={fees} /> },
    { key: "Sent", name: "Sent", kind: "number", cell: ({ amount }) => <Amount of={amount} /> },
  ];
  return (
    <>
      <FinanceHead title="Payouts" />
      <Ready of={found}>
        {(payouts) =>
          payouts.length === 0 ? (
            <Empty
              icon="money"
              title="No payout yet"
              text="As soon as Stripe sends money to your bank, it stands here with everything it is made of."
            />
          ) : (
            <div class="stack">
              <Table caption="Payouts" columns={columns} rows={payouts} keyOf={(p) => p.id} />
              <More of={found} what="payouts" />
            </div>
          )
        }
      </Ready>
    </>
  );
}

/** One payout with its rows. */
export function PayoutScreen({ id }: { id: string }) {
  const { org, finance, to } = useBooks();
  const found = useLoad(
    (signal) => finance.getPayout({ orgId: org.id, payoutId: id }, { signal }),
    [org.id, id],
  );
  const amount = found.data?.payout?.amount;
  return (
    <>
      <FinanceHead
        title={
          amount === undefined ? "Payout" : `Payout of ${price(amount.minor, amount.currency)}`
        }
        sub={id}
      >
        <a class="button" href={to(`finance/books/payout_transit/${id}`)}>
          Entries
        </a>
      </FinanceHead>
      <Ready of={found}>
        {({ payout, rows, running }) =>
          payout === undefined ? null : (
            <div class="stack">
              <Says payout={payout} />
              <div class="split split--even">
                {running === undefined ? (
                  <MadeOf payout={payout} />
                ) : (
                  <Ran of={running} payout={payout} />
                )}
                <Panel id="way" title="On its way">
                  <dl class="answers answers--narrow">
                    <Item term="State">
                      <Pill {...stateOf(payout)} />
                    </Item>
                    <Item term="Left Stripe">{momentOf(payout.created)}</Item>
                    <Item term="Due at the bank">{dayText(payout.arrivesOn)}</Item>
                    <Item term="Seen at the bank">
                      {payout.bankedOn === "" ? (
                        "Not yet"
                      ) : (
                        <>
                          <Amount of={payout.banked} /> on {dayText(payout.bankedOn)}
                        </>
                      )}
                    </Item>
                  </dl>
                </Panel>
              </div>
              {running === undefined && (
                <Panel id="lines" title={count(payout.rows, "row")}>
                  {rows.length === 0 ? <p class="muted">None yet.</p> : <RowTable rows={rows} />}
                </Panel>
              )}
            </div>
          )
        }
      </Ready>
    </>
  );
}

/** The sums of the rows that Stripe lists for it. */
function MadeOf({ payout }: { payout: Payout }) {
  return (
    <Panel id="sums" title="What it is made of">
      <dl class="answers answers--narrow answers--sums">
        <Item term="Sales">
          <Amount of={payout.sales} />
        </Item>
        <Item term="Refunds">
          <Amount of={payout.refunds} />
        </Item>
        <Item term="Disputes">
          <Amount of={payout.disputes} />
        </Item>
        <Item term="Anything else">
          <Amount of={payout.others} />
        </Item>
        <Item term="Sent">
          <strong>
            <Amount of={payout.amount} />
          </strong>
        </Item>
        <Item term="Of which fees">
          <Amount of={payout.fees} />
        </Item>
      </dl>
    </Panel>
  );
}

/** The balance that a payout without rows was taken from. */
function Ran({ of, payout }: { of: RunningBalance; payout: Payout }) {
  return (
    <Panel id="sums" title="The balance that it was taken from">
      <dl class="answers answers--narrow answers--sums">
        <Item
          term={
            of.since === undefined
              ? "At the beginning"
              : `After the payout of ${momentOf(of.since)}`
          }
        >
          <Amount of={of.opening} />
        </Item>
        <Item term="Sales since">
          <Amount of={of.sales} />
        </Item>
        <Item term="Refunds since">
          <Amount of={of.refunds} />
        </Item>
        <Item term="Disputes since">
          <Amount of={of.disputes} />
        </Item>
        <Item term="Anything else since">
          <Amount of={of.others} />
        </Item>
        <Item term="Of which fees">
          <Amount of={of.fees} />
        </Item>
        <Item term="Balance before it">
          <Amount of={of.before} />
        </Item>
        <Item term="Sent">
          <strong>
            <Amount of={payout.amount} />
          </strong>
        </Item>
        <Item term="Left on the balance">
          <Amount of={of.after} />
        </Item>
      </dl>
    </Panel>
  );
}

function Says({ payout }: { payout: Payout }) {
  const { failure, automatic, complete, net, amount } = payout;
  if (failure !== "") {
    return (
      <Notice tone="error" title="The bank sent it back">
        <p>{failure}</p>
      </Notice>
    );
  }
  if (!automatic) {
    return (
      <Notice title="Stripe does not say what it is made of">
        <p>
          Somebody started it by hand, or it went at once. Stripe lists rows only for its automatic
          payouts, so this one is explained by the balance that it was taken from.
        </p>
      </Notice>
    );
  }
  if (!complete) {
    return (
      <Notice title="Stripe is still adding it up">
        <p>Its rows come by themselves, most often within a day.</p>
      </Notice>
    );
  }
  if (net !== undefined && amount !== undefined && net.minor !== amount.minor) {
    return (
      <Notice tone="warning" title="Its rows do not add up">
        <p>
          They come to <Amount of={net} />, and <Amount of={amount} /> was sent.
        </p>
      </Notice>
    );
  }
  return (
    <Notice tone="success" title="Every penny is explained">
      <p>Its rows add up to what was sent.</p>
    </Notice>
  );
}

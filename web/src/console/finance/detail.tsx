/** Everything behind one reference of an account: entries, orders, Stripe's rows, payouts. */

import { useState } from "preact/hooks";
import type { GetDetailResponse, Item } from "../../gen/lanyard/finance/v1/finance_pb";
import { price } from "../../lib/money";
import { count } from "../../lib/words";
import { Empty, Notice, Ready } from "../kit/bits";
import { useLoad } from "../load";
import { Panel } from "../orders/parts";
import { useBooks } from "./gate";
import { ExplainDialog } from "./items";
import { JournalList } from "./journals";
import { Amounts, FinanceHead, nameOfRef } from "./parts";
import { RowTable } from "./rows";
import { WriteOffs } from "./write-off";

/** The screen. */
export function DetailScreen({ account, reference }: { account: string; reference: string }) {
  const { org, finance } = useBooks();
  const found = useLoad(
    (signal) => finance.getDetail({ orgId: org.id, account, ref: reference }, { signal }),
    [org.id, account, reference],
  );
  return (
    <>
      <FinanceHead
        title={nameOfRef(reference, found.data?.journals ?? [])}
        sub={found.data?.accountTitle ?? ""}
      />
      <Ready of={found}>
        {(data) => (
          <Body account={account} reference={reference} data={data} reload={found.reload} />
        )}
      </Ready>
    </>
  );
}

interface BodyProps {
  account: string;
  reference: string;
  data: GetDetailResponse;
  reload: () => void;
}

function Body({ account, reference, data, reload }: BodyProps) {
  const { to } = useBooks();
  const [chosen, setChosen] = useState<Item | null>(null);
  const close = () => setChosen(null);
  const done = () => {
    close();
    reload();
  };
  return (
    <div class="stack">
      {data.items.map((item) => (
        <Notice
          key={item.amount?.currency}
          tone="warning"
          title={`${price(item.amount?.minor ?? 0n, item.amount?.currency ?? "")} open for ${count(item.days, "day")}`}
        >
          <p>
            {item.guess} {item.todo}
          </p>
          {item.note !== undefined && (
            <p>
              Explained by {item.note.by}: {item.note.sentence}
            </p>
          )}
          <div class="button-row">
            <button type="button" class="button" onClick={() => setChosen(item)}>
              Explain
            </button>
          </div>
        </Notice>
      ))}
      {data.items.length + data.writtenOff.length > 0 && (
        <WriteOffs
          account={account}
          reference={reference}
          items={data.items}
          writtenOff={data.writtenOff}
          onDone={reload}
        />
      )}
      <dl class="stats">
        <div class="stat">
          <dt class="stat__label">Balance</dt>
          <dd class="stat__value">
            <Amounts of={data.balance} />
          </dd>
        </div>
        {data.payouts.length > 0 && (
          <div class="stat">
            <dt class="stat__label">Paid out with</dt>
            {data.payouts.map((p) => (
              <dd key={p}>
                <a href={to(`finance/payouts/${p}`)}>{p}</a>
              </dd>
            ))}
          </div>
        )}
        {data.orderIds.length > 0 && (
          <div class="stat">
            <dt class="stat__label">{data.orderIds.length === 1 ? "Order" : "Orders"}</dt>
            {data.orderIds.map((id) => (
              <dd key={id}>
                <a href={to(`orders/${id}`)}>{nameOfRef(id, data.journals)}</a>
              </dd>
            ))}
          </div>
        )}
      </dl>
      <Panel id="entries" title="Entries">
        {data.journals.length === 0 ? (
          <Empty icon="search" title="No entry" />
        ) : (
          <JournalList journals={data.journals} />
        )}
      </Panel>
      {data.rows.length > 0 && (
        <Panel id="rows" title="Stripe's rows">
          <RowTable rows={data.rows} />
        </Panel>
      )}
      {chosen !== null && <ExplainDialog item={chosen} onClose={close} onDone={done} />}
    </div>
  );
}

/** The invoices and credit notes of an order, as PDF. */

import type { Order, OrderDocument } from "../../gen/lanyard/booking/v1/order_pb";
import { sentence } from "../../lib/errors";
import { price } from "../../lib/money";
import { download } from "../event/download";
import { Icon, Unseen } from "../kit/bits";
import { say } from "../kit/toast";
import { useAction } from "../load";
import { useTill } from "./gate";
import { Panel } from "./parts";
import { dayOf, documentWords } from "./words";

/** The documents; nothing while there are none. */
export function Documents({ order }: { order: Order }) {
  if (order.documents.length === 0) {
    return null;
  }
  return (
    <Panel id="documents" title="Invoices and credit notes">
      <ul class="entries">
        {order.documents.map((document) => (
          <Entry key={document.id} document={document} currency={order.currency} />
        ))}
      </ul>
    </Panel>
  );
}

function Entry({ document, currency }: { document: OrderDocument; currency: string }) {
  const { org, orders } = useTill();
  const { id, number, grossMinor, issuedAt } = document;
  const file = useAction(
    () => orders.getDocument({ orgId: org.id, documentId: id }),
    ({ pdf, fileName }) => {
      download(pdf, fileName, "application/pdf");
      say(`Downloaded ${fileName}.`);
    },
  );
  return (
    <li class="entry">
      <div class="entry__text">
        <strong>
          {documentWords(document)} {number}
        </strong>
        <span class="table__sub">
          {price(grossMinor, currency)}, issued {dayOf(issuedAt, org.timezone)}
        </span>
      </div>
      <button
        type="button"
        class="button"
        aria-busy={file.busy || undefined}
        onClick={async () => {
          const problem = await file.run();
          if (problem !== null) {
            say(sentence(problem));
          }
        }}
      >
        <Icon name="download" />
        PDF<Unseen> of {number}</Unseen>
      </button>
    </li>
  );
}

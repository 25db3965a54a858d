/** An event's terms of sale: how it can be paid, what goes back, what happens with late money. */

import { create } from "@bufbuild/protobuf";
import { useContext, useEffect } from "preact/hooks";
import { Form } from "../../form/form";
import { labelOf } from "../../form/schema";
import {
  LatePolicySchema,
  OrderService,
  type Sales,
  SalesSchema,
  SaveSalesRequestSchema,
} from "../../gen/lanyard/booking/v1/order_pb";
import { count } from "../../lib/words";
import { EventContext } from "../event/context";
import { Ready } from "../kit/bits";
import { useEdit } from "../kit/edit";
import { say } from "../kit/toast";
import { useLoad } from "../load";
import { guard } from "../router";
import { useTill } from "./gate";
import { Item, Panel } from "./parts";
import { stepWords } from "./steps";
import { StepsField } from "./steps-field";

/** The tab with the terms. */
export function SalesTerms() {
  const { org, orders, may } = useTill();
  const eventId = useContext(EventContext)?.event.id ?? "";
  const found = useLoad(
    async (signal) => (await orders.getSales({ orgId: org.id, eventId }, { signal })).sales,
    [eventId],
  );
  const changes = may(OrderService.method.saveSales, eventId);
  return (
    <Ready of={found}>
      {(sales) => {
        const now = sales ?? create(SalesSchema);
        return changes ? <Editor from={now} eventId={eventId} /> : <Shown sales={now} />;
      }}
    </Ready>
  );
}

function Editor({ from, eventId }: { from: Sales; eventId: string }) {
  const { org, orders } = useTill();
  const present = (sales: Sales) => ({
    message: create(SaveSalesRequestSchema, { orgId: org.id, eventId, sales }),
    version: sales.version,
  });
  const { form, notice } = useEdit({
    desc: SaveSalesRequestSchema,
    from: present(from),
    kit: { fields: { refund_steps: StepsField } },
    send: ({ version, sales, ...request }) =>
      orders.saveSales({ ...request, sales: { ...(sales ?? from), version } }),
    latest: async () => present((await orders.getSales({ orgId: org.id, eventId })).sales ?? from),
    done: ({ sales }, versioned) => {
      if (sales !== undefined) {
        versioned.saved(sales.version);
        form.draft.replace(present(sales).message);
      }
      say("The terms are saved. Orders placed before keep theirs.");
    },
  });
  useEffect(() => guard(() => form.draft.dirty), [form]);
  return (
    <>
      {notice}
      <Form of={form} label="Terms of sale" plain>
        <div class="form__actions form__actions--sticky">
          <button
            type="submit"
            class="button button--primary"
            aria-busy={form.busy.value || undefined}
          >
            Save
          </button>
          <p class="form__note">Orders placed before keep the terms they were sold under.</p>
        </div>
      </Form>
    </>
  );
}

/** The terms, for those who may only look. */
function Shown({ sales }: { sales: Sales }) {
  const yes = (on: boolean) => (on ? "Yes" : "No");
  return (
    <Panel id="sales" title="Terms of sale">
      <dl class="answers">
        <Item term="Payment on invoice">
          {sales.onInvoice
            ? `Yes, within ${count(sales.invoiceDays, "day")}, then ${count(sales.graceDays, "working day")} of grace`
            : "No"}
        </Item>
        <Item term="Bank debits">{yes(sales.delayedMethods)}</Item>
        <Item term="Pay after approval">Within {count(sales.payWindowHours, "hour")}</Item>
        <Item term="Buyers cancel by themselves">{yes(sales.selfService)}</Item>
        <Item term="Refund on cancellation">
          <ul>
            {stepWords(sales.refundSteps).map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </Item>
        <Item term="Money that comes too late">
          {labelOf(LatePolicySchema, sales.late) || "Give the places while there are some"}
        </Item>
        <Item term="Terms">{sales.terms || "None written"}</Item>
      </dl>
    </Panel>
  );
}

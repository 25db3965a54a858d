/** How the organisation sells: who stands on its invoices, and where its money goes. */

import { create } from "@bufbuild/protobuf";
import { useEffect } from "preact/hooks";
import { Form } from "../../form/form";
import {
  OrderService,
  SaveSupplierRequestSchema,
  type Supplier,
  SupplierSchema,
} from "../../gen/lanyard/booking/v1/order_pb";
import { Notice, Ready } from "../kit/bits";
import { useEdit } from "../kit/edit";
import { say } from "../kit/toast";
import { useLoad } from "../load";
import { guard } from "../router";
import { useTill } from "./gate";
import { Item, Panel } from "./parts";
import { StripeCard } from "./stripe";

/** The page of the settings. */
export function SellingSettings() {
  return (
    <div class="stack">
      <StripeCard />
      <SupplierPanel />
    </div>
  );
}

function SupplierPanel() {
  const { org, orders, may } = useTill();
  const found = useLoad(
    async (signal) => (await orders.getSupplier({ orgId: org.id }, { signal })).supplier,
    [org.id],
  );
  return (
    <Ready of={found}>
      {(supplier) => {
        const now = supplier ?? create(SupplierSchema);
        return may(OrderService.method.saveSupplier) ? (
          <SupplierForm from={now} />
        ) : (
          <Shown supplier={now} />
        );
      }}
    </Ready>
  );
}

function SupplierForm({ from }: { from: Supplier }) {
  const { org, orders } = useTill();
  const present = (supplier: Supplier) => ({
    message: create(SaveSupplierRequestSchema, { orgId: org.id, supplier }),
    version: supplier.version,
  });
  const { form, notice } = useEdit({
    desc: SaveSupplierRequestSchema,
    from: present(from),
    send: ({ version, supplier, ...request }) =>
      orders.saveSupplier({ ...request, supplier: { ...(supplier ?? from), version } }),
    latest: async () => present((await orders.getSupplier({ orgId: org.id })).supplier ?? from),
    done: ({ supplier }, versioned) => {
      if (supplier !== undefined) {
        versioned.saved(supplier.version);
        form.draft.replace(present(supplier).message);
      }
      say("Saved. Documents issued before stay as they are.");
    },
  });
  useEffect(() => guard(() => form.draft.dirty), [form]);
  return (
    <Panel id="supplier" title="Who sells">
      {from.name === "" && (
        <Notice tone="warning" title="Invoices cannot name who sells yet">
          <p>Give the legal name and address before you sell anything.</p>
        </Notice>
      )}
      {notice}
      <Form of={form} label="Who sells" plain>
        <div class="form__actions">
          <button
            type="submit"
            class="button button--primary"
            aria-busy={form.busy.value || undefined}
          >
            Save
          </button>
          <p class="form__note">Documents issued before stay as they are.</p>
        </div>
      </Form>
    </Panel>
  );
}

function Shown({ supplier }: { supplier: Supplier }) {
  return (
    <Panel id="supplier" title="Who sells">
      <dl class="answers">
        <Item term="Legal name">{supplier.name || "Not given yet"}</Item>
        <Item term="Address">
          <span class="lines">{supplier.address || "Not given yet"}</span>
        </Item>
        <Item term="VAT number">{supplier.vatNumber || "Not registered for VAT"}</Item>
        <Item term="Bank details for invoices">
          <span class="lines">{supplier.bankDetails || "None given"}</span>
        </Item>
      </dl>
    </Panel>
  );
}

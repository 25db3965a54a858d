/** The dialogues about one product. */

import { create } from "@bufbuild/protobuf";
import { useMemo } from "preact/hooks";
import type { FieldProps, Kit } from "../../form/handle";
import { Ticks } from "../../form/ticks";
import {
  ArchiveProductRequestSchema,
  CreateProductRequestSchema,
  type Pool,
  type Product,
  UpdateProductRequestSchema,
} from "../../gen/lanyard/inventory/v1/inventory_pb";
import { count } from "../../lib/words";
import { FormDialog } from "../kit/dialog";
import { useEdit } from "../kit/edit";
import { say } from "../kit/toast";
import { useStep } from "./change";
import { useEvent } from "./context";
import { poolNote } from "./numbers";

interface ProductProps {
  onClose: () => void;
  /** Comes after a change: the numbers are to be read again. */
  onDone: () => void;
}

interface EditProps extends ProductProps {
  pools: readonly Pool[];
}

/** Adds a product, or changes one. */
export function ProductDialog({ product, ...props }: EditProps & { product: Product | null }) {
  return product === null ? (
    <NewProduct {...props} />
  ) : (
    <EditProduct product={product} {...props} />
  );
}

/** The fields that list what the event has: its pools and its sessions. */
function useKit(pools: readonly Pool[]): Kit {
  const { event } = useEvent();
  const sessions = event.sessions.filter((s) => !s.cancelled);
  return useMemo(() => {
    // The room of a session is drawn on by itself, through the session.
    const free = pools.filter((p) => p.details?.sessionId === "");
    const pool_ids = (props: FieldProps) => (
      <Ticks
        {...props}
        ticks={free.map((p) => ({ id: p.id, label: p.details?.title ?? "", help: poolNote(p) }))}
        none="There is no pool yet. Add one first: without it, nobody can have the product."
      />
    );
    const session_ids = (props: FieldProps) =>
      sessions.length < 2 ? null : (
        <Ticks
          {...props}
          ticks={sessions.map((s) => ({
            id: s.id,
            label: s.title || (event.details?.title ?? ""),
          }))}
          none=""
        />
      );
    return { fields: { pool_ids, session_ids } };
  }, [pools, event]);
}

function NewProduct({ pools, onClose, onDone }: EditProps) {
  const { clients } = useEvent();
  const kit = useKit(pools);
  const only = pools.length === 1 ? pools.map((p) => p.id) : [];
  const form = useStep({
    desc: CreateProductRequestSchema,
    initial: { details: { maxPerOrder: 10, poolIds: only } },
    kit,
    send: async (request) => {
      await clients.inventory.createProduct(request);
      return {};
    },
    done: "The product is added.",
    arrive: onDone,
  });
  return (
    <FormDialog title="Add a product" form={form} confirm="Add the product" onClose={onClose}>
      <p class="muted">Without a session ticked, it is a place in all of them.</p>
    </FormDialog>
  );
}

function EditProduct({ product, pools, onClose, onDone }: EditProps & { product: Product }) {
  const { ids, clients } = useEvent();
  const present = (now: Product) => ({
    message: create(UpdateProductRequestSchema, {
      ...ids,
      productId: now.id,
      ...(now.details === undefined ? {} : { details: now.details }),
    }),
    version: now.version,
  });
  const { form, notice } = useEdit({
    desc: UpdateProductRequestSchema,
    from: present(product),
    kit: useKit(pools),
    send: (request) => clients.inventory.updateProduct(request),
    latest: async () => {
      const { products } = await clients.inventory.listInventory(ids);
      return present(products.find((p) => p.id === product.id) ?? product);
    },
    done: () => {
      say("The product is saved.");
      onDone();
    },
  });
  return (
    <FormDialog
      title="Change the product"
      form={form}
      consequences={
        product.registered === 0
          ? []
          : [
              {
                icon: "ticket",
                text: `${count(product.registered, "place", "places")} given already stay as they are. Nobody gets a mail.`,
              },
            ]
      }
      confirm="Save"
      onClose={onClose}
    >
      {notice}
    </FormDialog>
  );
}

/** Stops offering a product. */
export function ArchiveProductDialog(props: ProductProps & { product: Product }) {
  const { product, onClose, onDone } = props;
  const { clients } = useEvent();
  const form = useStep({
    desc: ArchiveProductRequestSchema,
    initial: { productId: product.id },
    send: async (request) => {
      await clients.inventory.archiveProduct({ ...request, version: product.version });
      return {};
    },
    done: "The product is no longer offered.",
    arrive: onDone,
  });
  const n = product.registered;
  return (
    <FormDialog
      title={`Stop offering “${product.details?.title}”?`}
      form={form}
      consequences={[
        { icon: "ticket", text: "Nobody new can have it." },
        {
          icon: "people",
          text:
            n === 0
              ? "Nobody has it, so nobody is affected."
              : `${count(n, "person keeps their place", "people keep their places")}. Nobody gets a mail.`,
        },
      ]}
      confirm="Stop offering"
      danger
      keep="Keep offering"
      onClose={onClose}
    />
  );
}

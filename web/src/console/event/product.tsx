/** The dialogues about one product. */

import { create } from "@bufbuild/protobuf";
import { useMemo } from "preact/hooks";
import type { FieldProps, Kit } from "../../form/handle";
import { Ticks } from "../../form/ticks";
import {
  ArchiveProductRequestSchema,
  CreateProductRequestSchema,
  type Pool,
  Pricing,
  type Product,
  type ProductDetails,
  ProductKind,
  UpdateProductRequestSchema,
  VatCategory,
} from "../../gen/lanyard/inventory/v1/inventory_pb";
import { count } from "../../lib/words";
import { FormDialog } from "../kit/dialog";
import { useEdit } from "../kit/edit";
import { say } from "../kit/toast";
import { useStep } from "./change";
import { useEvent } from "./context";
import { poolNote } from "./numbers";
import { currencyOf, priceFields, tidy } from "./pricing";

interface ProductProps {
  onClose: () => void;
  /** Comes after a change: the numbers are to be read again. */
  onDone: () => void;
}

interface EditProps extends ProductProps {
  pools: readonly Pool[];
  /** All of the event's: add-ons go with its tickets, and prices share one currency. */
  products: readonly Product[];
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
function useKit(pools: readonly Pool[], products: readonly Product[], own: string): Kit {
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
    return { fields: { ...priceFields(products, own), pool_ids, session_ids } };
  }, [pools, products, own, event]);
}

function NewProduct({ pools, products, onClose, onDone }: EditProps) {
  const { clients } = useEvent();
  const kit = useKit(pools, products, "");
  const only = pools.length === 1 ? pools.map((p) => p.id) : [];
  const form = useStep({
    desc: CreateProductRequestSchema,
    initial: {
      details: {
        maxPerOrder: 10,
        minPerOrder: 1,
        poolIds: only,
        kind: ProductKind.TICKET,
        pricing: Pricing.FREE,
        currency: currencyOf(products),
        vatCategory: VatCategory.OUTSIDE,
      },
    },
    kit,
    send: async (request) => {
      await clients.inventory.createProduct(tidied(request));
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

/** A request with details that fit together. */
function tidied<R extends { details?: ProductDetails | undefined }>(request: R): R {
  return request.details === undefined ? request : { ...request, details: tidy(request.details) };
}

function EditProduct(props: EditProps & { product: Product }) {
  const { product, pools, products, onClose, onDone } = props;
  const { ids, clients } = useEvent();
  const present = (now: Product) => ({
    message: create(UpdateProductRequestSchema, {
      ...ids,
      productId: now.id,
      ...(now.details === undefined
        ? {}
        : { details: { ...now.details, currency: now.details.currency || currencyOf(products) } }),
    }),
    version: now.version,
  });
  const { form, notice } = useEdit({
    desc: UpdateProductRequestSchema,
    from: present(product),
    kit: useKit(pools, products, product.id),
    send: (request) => clients.inventory.updateProduct(tidied(request)),
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
                text: `${count(product.registered, "place", "places")} given already stay as they are, and cost what they cost. Nobody gets a mail.`,
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

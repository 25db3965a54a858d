/** What people can have, and how many places there are. */

import { useState } from "preact/hooks";
import { labelOf } from "../../form/schema";
import {
  InventoryService,
  type ListInventoryResponse,
  type Pool,
  type Product,
  type ProductDetails,
  ProductKind,
  ProductKindSchema,
} from "../../gen/lanyard/inventory/v1/inventory_pb";
import { list, number } from "../../lib/words";
import { Empty, Icon, Notice, Ready, Unseen } from "../kit/bits";
import { type Column, Table } from "../kit/table";
import { useLoad } from "../load";
import { useEvent } from "./context";
import { poolsOf } from "./numbers";
import { DeletePoolDialog, PoolDialog } from "./pool";
import { priceOf, termsOf } from "./pricing";
import { ArchiveProductDialog, ProductDialog } from "./product";

/** Which dialogue is open, and about what. */
type Open =
  | { what: "pool"; pool: Pool | null }
  | { what: "drop-pool"; pool: Pool }
  | { what: "product"; product: Product | null }
  | { what: "drop-product"; product: Product };

/** The tab with products and pools. */
export function Places() {
  const { ids, clients, event, reload } = useEvent();
  const inventory = useLoad(
    (signal) => clients.inventory.listInventory(ids, { signal }),
    [ids.eventId, String(event.version)],
  );
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const done = () => {
    close();
    inventory.reload();
    reload();
  };
  return (
    <Ready of={inventory}>
      {(found) => (
        <div class="stack stack--wide">
          <Over pools={found.pools} />
          <Products found={found} onOpen={setOpen} />
          <Pools found={found} onOpen={setOpen} />
          {open?.what === "pool" && <PoolDialog pool={open.pool} onClose={close} onDone={done} />}
          {open?.what === "drop-pool" && (
            <DeletePoolDialog pool={open.pool} onClose={close} onDone={done} />
          )}
          {open?.what === "product" && (
            <ProductDialog
              product={open.product}
              pools={found.pools}
              products={found.products}
              onClose={close}
              onDone={done}
            />
          )}
          {open?.what === "drop-product" && (
            <ArchiveProductDialog product={open.product} onClose={close} onDone={done} />
          )}
        </div>
      )}
    </Ready>
  );
}

function Over({ pools }: { pools: readonly Pool[] }) {
  const over = pools.filter((p) => p.over > 0);
  if (over.length === 0) {
    return null;
  }
  const which = list(over.map((p) => `${p.details?.title} is over by ${number(p.over)}`));
  return (
    <Notice tone="warning" title={which}>
      <p>More places are given than there are. Nobody loses theirs; nobody new gets one.</p>
    </Notice>
  );
}

interface PartProps {
  found: ListInventoryResponse;
  onOpen: (open: Open) => void;
}

function Products({ found, onOpen }: PartProps) {
  const { may } = useEvent();
  const { products, pools } = found;
  const offered = products.filter((p) => !p.archived);
  const archived = products.filter((p) => p.archived);
  return (
    <section class="stack" aria-labelledby="products">
      <div class="row row--spread">
        <div>
          <h2 id="products">What people can have</h2>
          <p class="muted">Each is a kind of place, such as “In the room” or “Online”.</p>
        </div>
        {may(InventoryService.method.createProduct) && (
          <button
            type="button"
            class="button"
            onClick={() => onOpen({ what: "product", product: null })}
          >
            <Icon name="plus" />
            Add a product
          </button>
        )}
      </div>
      {offered.length === 0 ? (
        <Empty
          icon="ticket"
          title="Nothing can be had yet"
          text="Add a product that draws on a pool, so that people can register."
        />
      ) : (
        <ul class="cards">
          {offered.map((product) => (
            <ProductCard key={product.id} product={product} pools={pools} onOpen={onOpen} />
          ))}
        </ul>
      )}
      {archived.length > 0 && (
        <details class="fold">
          <summary>No longer offered ({archived.length})</summary>
          <ul class="fold__body">
            {archived.map((p) => (
              <li key={p.id}>
                {p.details?.title}: {number(p.registered)} registered
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

interface ProductCardProps {
  product: Product;
  pools: readonly Pool[];
  onOpen: (open: Open) => void;
}

function ProductCard({ product, pools, onOpen }: ProductCardProps) {
  const { event, may } = useEvent();
  const { title = "", description = "", sessionIds = [] } = product.details ?? {};
  const kind = product.details?.kind || ProductKind.TICKET;
  const drawsOn = poolsOf(product, pools).map((p) => p.details?.title ?? "");
  const sessions = event.sessions.filter((s) => sessionIds.includes(s.id)).map((s) => s.title);
  return (
    <li class="panel card">
      <div class="card__text">
        <h3>
          {title}
          {product.details?.online && <span class="badge badge--info">Online place</span>}
          {kind !== ProductKind.TICKET && (
            <span class="badge">{labelOf(ProductKindSchema, kind)}</span>
          )}
        </h3>
        {description !== "" && <p>{description}</p>}
        {product.details !== undefined && <Price details={product.details} />}
        {kind === ProductKind.DONATION ? null : drawsOn.length === 0 ? (
          <p class="card__alarm">
            <Icon name="warn" /> It draws on no pool, so nobody can have it.
          </p>
        ) : (
          <p class="muted small">Draws on {list(drawsOn)}</p>
        )}
        <p class="muted small">
          {number(product.registered)} registered
          {sessions.length > 0 && ` · Only ${list(sessions)}`}
        </p>
      </div>
      <div class="button-row">
        {may(InventoryService.method.updateProduct) && (
          <button type="button" class="button" onClick={() => onOpen({ what: "product", product })}>
            <Icon name="edit" />
            Edit<span class="visually-hidden"> {title}</span>
          </button>
        )}
        {may(InventoryService.method.archiveProduct) && (
          <button
            type="button"
            class="button button--danger-quiet"
            onClick={() => onOpen({ what: "drop-product", product })}
          >
            Stop offering<span class="visually-hidden"> {title}</span>
          </button>
        )}
      </div>
    </li>
  );
}

function Price({ details }: { details: ProductDetails }) {
  return (
    <>
      <p>{priceOf(details)}</p>
      {termsOf(details).map((line) => (
        <p class="muted small" key={line}>
          {line}
        </p>
      ))}
    </>
  );
}

function Pools({ found, onOpen }: PartProps) {
  const { may } = useEvent();
  return (
    <section class="stack" aria-labelledby="pools">
      <div class="row row--spread">
        <div>
          <h2 id="pools">How many places there are</h2>
          <p class="muted">
            Products draw on pools: a room, a number of licences, the whole event.
          </p>
        </div>
        {may(InventoryService.method.createPool) && (
          <button type="button" class="button" onClick={() => onOpen({ what: "pool", pool: null })}>
            <Icon name="plus" />
            Add a pool
          </button>
        )}
      </div>
      {found.pools.length === 0 ? (
        <Empty icon="people" title="No pool yet" text="Without one, no product can be had." />
      ) : (
        <PoolTable found={found} onOpen={onOpen} />
      )}
    </section>
  );
}

function PoolTable({ found, onOpen }: PartProps) {
  const columns: readonly Column<Pool>[] = [
    {
      key: "Pool",
      name: "Pool",
      kind: "head",
      cell: (pool) => <PoolName pool={pool} products={found.products} />,
    },
    {
      key: "Places",
      name: "Places",
      kind: "number",
      cell: ({ details }) => (details?.unlimited ? "No limit" : number(details?.size ?? 0)),
    },
    { key: "Given", name: "Given", kind: "number", cell: ({ sold }) => number(sold) },
    { key: "In baskets", name: "In baskets", kind: "number", cell: ({ held }) => number(held) },
    { key: "Left", name: "Left", kind: "number", cell: (pool) => <Left pool={pool} /> },
    {
      key: "Actions",
      name: <span class="visually-hidden">Actions</span>,
      kind: "actions",
      cell: (pool) => <PoolButtons pool={pool} products={found.products} onOpen={onOpen} />,
    },
  ];
  return <Table caption="Pools" columns={columns} rows={found.pools} keyOf={(p) => p.id} />;
}

interface PoolProps {
  pool: Pool;
  products: readonly Product[];
}

/** The products that draw on a pool. */
function usersOf({ pool, products }: PoolProps): Product[] {
  return products.filter((p) => !p.archived && poolsOf(p, [pool]).length > 0);
}

function PoolName({ pool, products }: PoolProps) {
  const { event } = useEvent();
  const session = event.sessions.find((s) => s.id === pool.details?.sessionId);
  const users = usersOf({ pool, products });
  return (
    <>
      {pool.details?.title}
      <span class="table__sub">
        {session !== undefined
          ? `Room of ${session.title || "the session"}`
          : users.length === 0
            ? "No product draws on it"
            : list(users.map((p) => p.details?.title ?? ""))}
      </span>
    </>
  );
}

function PoolButtons({ pool, products, onOpen }: PoolProps & Pick<PartProps, "onOpen">) {
  const { may } = useEvent();
  const unused = pool.sold + pool.held === 0 && usersOf({ pool, products }).length === 0;
  return (
    <>
      {may(InventoryService.method.updatePool) && (
        <button type="button" class="button" onClick={() => onOpen({ what: "pool", pool })}>
          Edit<Unseen> {pool.details?.title}</Unseen>
        </button>
      )}
      {unused && may(InventoryService.method.deletePool) && (
        <button
          type="button"
          class="button button--danger-quiet"
          onClick={() => onOpen({ what: "drop-pool", pool })}
        >
          Delete<Unseen> {pool.details?.title}</Unseen>
        </button>
      )}
    </>
  );
}

function Left({ pool }: { pool: Pool }) {
  if (pool.over > 0) {
    return <span class="badge badge--warm">Over by {number(pool.over)}</span>;
  }
  if (pool.details?.closed) {
    return <span class="badge">Closed</span>;
  }
  if (pool.details?.unlimited) {
    return "No limit";
  }
  return pool.left === 0 ? <span class="badge badge--caution">Full</span> : number(pool.left);
}

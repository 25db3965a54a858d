/** What follows from an event's products, pools and details, without asking the server again. */

import { type Event, EventMode, RegistrationMode } from "../../gen/lanyard/catalog/v1/catalog_pb";
import type {
  ListInventoryResponse,
  Pool,
  PoolDetails,
  Product,
} from "../../gen/lanyard/inventory/v1/inventory_pb";
import { number } from "../../lib/words";

/** The pools that a product draws on: those it names, and the rooms of the sessions it includes. */
export function poolsOf({ details }: Product, pools: readonly Pool[]): Pool[] {
  const { poolIds = [], sessionIds = [] } = details ?? {};
  return pools.filter((pool) => {
    const session = pool.details?.sessionId ?? "";
    return session === ""
      ? poolIds.includes(pool.id)
      : sessionIds.length === 0 || sessionIds.includes(session);
  });
}

/** What there is to say about a pool: over, closed, or how many are left. */
export function poolNote({ details, over, left, held }: Pool): string {
  const inBaskets = held > 0 ? `, ${number(held)} in baskets` : "";
  if (over > 0) {
    return `Over by ${number(over)}${inBaskets}`;
  }
  if (details?.closed) {
    return `Closed${inBaskets}`;
  }
  if (details?.unlimited) {
    return `No limit${inBaskets}`;
  }
  return left === 0 ? `Full${inBaskets}` : `${number(left)} left${inBaskets}`;
}

/** By how many a pool of this size would be over, with what is taken now; 0 when it is not. */
export function overBy({ sold, held }: Pool, details: PoolDetails | undefined): number {
  return details === undefined || details.unlimited ? 0 : Math.max(0, sold + held - details.size);
}

/** Something that a draft lacks. */
export interface Todo {
  text: string;
  /** The tab on which it can be done. */
  to: string;
  link: string;
}

/** What is missing, most important first. */
export function missing(
  { details, sessions }: Event,
  { products, pools }: Pick<ListInventoryResponse, "products" | "pools">,
): Todo[] {
  const online = details?.mode === EventMode.ONLINE || details?.mode === EventMode.HYBRID;
  const onSite = details?.mode === EventMode.IN_PERSON || details?.mode === EventMode.HYBRID;
  const external = details?.registrationMode === RegistrationMode.EXTERNAL;
  const offered = products.filter((p) => !p.archived && poolsOf(p, pools).length > 0);
  const lacksAddress = sessions.some((s) => !s.cancelled && s.joinAddress === "");
  const all: [boolean, Todo][] = [
    [
      !external && offered.length === 0,
      {
        text: "Nothing can be had yet: no product draws on a pool.",
        to: "places",
        link: "Set up places",
      },
    ],
    [
      onSite && details?.venue === "",
      { text: "The venue is missing.", to: "edit", link: "Add it" },
    ],
    [
      online && !external && details?.joinAddress === "" && lacksAddress,
      {
        text: "The meeting address is missing. It can follow, but people cannot join without it.",
        to: "edit",
        link: "Add it",
      },
    ],
    [
      details?.description === "",
      { text: "There is no description.", to: "edit", link: "Write one" },
    ],
    [
      details?.summary === "",
      {
        text: "There is no summary for lists and search engines.",
        to: "edit",
        link: "Write one",
      },
    ],
  ];
  return all.flatMap(([lacks, todo]) => (lacks ? [todo] : []));
}

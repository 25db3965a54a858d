/** The door as it is at this moment, by itself and without pressing anything. */

import { useEffect, useState } from "preact/hooks";
import type { CheckInList, ListCounts } from "../../../gen/lanyard/checkin/v1/checkin_pb";
import { number } from "../../../lib/words";
import { Ready, Trouble, Wait } from "../../kit/bits";
import { useLoad } from "../../load";
import { useEvent } from "../context";
import { useCheckIn } from "./context";
import { NoLists, useMoments } from "./parts";

/** Where the numbers stand, and whether they follow the door. */
interface Watched {
  counts: readonly ListCounts[] | null;
  following: boolean;
}

const again = 3_000;

/** Follows the counts; when the stream breaks off, it is taken up again. */
function useCounts(): Watched {
  const { client } = useCheckIn();
  const { ids } = useEvent();
  const [state, set] = useState<Watched>({ counts: null, following: false });
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const follow = async () => {
      while (!signal.aborted) {
        try {
          for await (const { counts } of client.watchCounts(ids, { signal })) {
            set({ counts, following: true });
          }
        } catch {
          // said by `following`
        }
        if (signal.aborted) {
          return;
        }
        set((s) => ({ ...s, following: false }));
        await new Promise((resolve) => setTimeout(resolve, again));
      }
    };
    void follow();
    return () => abort.abort();
  }, [ids.eventId]);
  return state;
}

/** The live dashboard. */
export function Live() {
  const { lists } = useCheckIn();
  const { counts, following } = useCounts();
  return (
    <Ready of={lists}>
      {(all) => {
        const open = all.filter(({ archived }) => !archived);
        if (open.length === 0) {
          return <NoLists />;
        }
        if (counts === null) {
          return <Wait lines={4} />;
        }
        return (
          <div class="stack">
            <p class="badges" role="status">
              <span class={`badge badge--state badge--${following ? "good" : "caution"}`}>
                {following ? "Live" : "Connecting again"}
              </span>
            </p>
            {open.map((list) => (
              <ListPanel
                key={list.id}
                list={list}
                counts={counts.find(({ listId }) => listId === list.id)}
              />
            ))}
          </div>
        );
      }}
    </Ready>
  );
}

function ListPanel({ list, counts }: { list: CheckInList; counts: ListCounts | undefined }) {
  const { expected = 0, admitted = 0, inside = 0, refused = 0 } = counts ?? {};
  const share = expected === 0 ? 0 : Math.round((100 * admitted) / expected);
  return (
    <section class="panel" aria-labelledby={`live-${list.id}`}>
      <div class="panel__head">
        <h2 class="panel__title" id={`live-${list.id}`}>
          {list.details?.title}
        </h2>
      </div>
      <div class="panel__body">
        <dl class="stats">
          <div class="stat">
            <dt class="stat__label">Came in</dt>
            <dd class="stat__value">
              {number(admitted)} <span class="stat__of">of {number(expected)}</span>
            </dd>
            <dd>
              <progress class="bar" max={100} value={share} aria-label={`${share} % came in`} />
            </dd>
          </div>
          <div class="stat">
            <dt class="stat__label">Still expected</dt>
            <dd class="stat__value">{number(Math.max(0, expected - admitted))}</dd>
          </div>
          {list.details?.exits && (
            <div class="stat">
              <dt class="stat__label">Inside now</dt>
              <dd class="stat__value">{number(inside)}</dd>
            </div>
          )}
          {refused > 0 && (
            <div class="stat">
              <dt class="stat__label">Turned away</dt>
              <dd class="stat__value">{number(refused)}</dd>
            </div>
          )}
        </dl>
        {counts !== undefined && <Arrivals counts={counts} />}
        {counts !== undefined && <Shares counts={counts} />}
      </div>
    </section>
  );
}

function Arrivals({ counts }: { counts: ListCounts }) {
  const moment = useMoments();
  const bars = counts.arrivals.slice(-18);
  const most = Math.max(1, ...bars.map(({ admitted }) => admitted));
  if (bars.length === 0) {
    return null;
  }
  return (
    <div class="stack stack--tight">
      <h3>Arrivals in ten minutes each</h3>
      <ol class="stack stack--tight">
        {bars.map(({ fromMs, admitted }) => {
          const from = moment(new Date(Number(fromMs)));
          return (
            <li class="bar-row" key={String(fromMs)}>
              <span class="numeric nowrap">{from}</span>
              <progress class="bar" max={most} value={admitted} aria-label={`From ${from}`} />
              <span class="numeric">{number(admitted)}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function Shares({ counts }: { counts: ListCounts }) {
  const { clients } = useEvent();
  const { ids } = useEvent();
  const inventory = useLoad(
    (signal) => clients.inventory.listInventory(ids, { signal }),
    [ids.eventId],
  );
  const title = (id: string) =>
    inventory.data?.products.find((product) => product.id === id)?.details?.title ?? "";
  const products = counts.products.filter(({ expected }) => expected > 0);
  if (inventory.problem !== null) {
    return <Trouble problem={inventory.problem} retry={inventory.reload} />;
  }
  return (
    <dl class="answers">
      {counts.gates.map(({ gate, admitted }) => (
        <div class="answers__item" key={`gate ${gate}`}>
          <dt>Gate {gate}</dt>
          <dd class="numeric">{number(admitted)}</dd>
        </div>
      ))}
      {products.map(({ productId, expected, admitted }) => (
        <div class="answers__item" key={productId}>
          <dt>{title(productId)}</dt>
          <dd class="numeric">
            {number(admitted)} of {number(expected)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

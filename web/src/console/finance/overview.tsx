/** Where the money is: from order to bank in four columns, each with what is open and what to do. */

import {
  Band,
  type GetOverviewResponse,
  type Heap,
  type JoinSum,
} from "../../gen/lanyard/finance/v1/finance_pb";
import { count, number } from "../../lib/words";
import { Ready } from "../kit/bits";
import { momentOf } from "../kit/times";
import { useLoad } from "../load";
import { useBooks } from "./gate";
import { ItemList } from "./items";
import { Amounts, FinanceHead, monthText } from "./parts";

/** The screen. */
export function Overview() {
  const { org, finance, to } = useBooks();
  const found = useLoad((signal) => finance.getOverview({ orgId: org.id }, { signal }), [org.id]);
  return (
    <>
      <FinanceHead title="Finance">
        {found.data !== undefined && found.data.month !== "" && (
          <a class="button button--primary" href={to(`finance/months/${found.data.month}`)}>
            Month end: {monthText(found.data.month)}
          </a>
        )}
      </FinanceHead>
      <Ready of={found}>
        {(data) => (
          <div class="stack">
            <Lying data={data} />
            <div class="joins">
              {data.joins.map((join) => (
                <Column key={join.join} join={join} />
              ))}
            </div>
          </div>
        )}
      </Ready>
    </>
  );
}

function Lying({ data }: { data: GetOverviewResponse }) {
  const seen = data.feeds.map((f) => f.until).find((t) => t !== undefined);
  return (
    <dl class="stats">
      <div class="stat">
        <dt class="stat__label">At Stripe</dt>
        <dd class="stat__value">
          <Amounts of={data.stripeBalance} />
        </dd>
        <dd class="stat__note">
          {seen === undefined ? "Not yet compared with Stripe" : `As of ${momentOf(seen)}`}
        </dd>
      </div>
      <div class="stat">
        <dt class="stat__label">On its way to the bank</dt>
        <dd class="stat__value">
          <Amounts of={data.inTransit} />
        </dd>
        <dd class="stat__note">Paid out, not yet on a statement</dd>
      </div>
      <div class="stat">
        <dt class="stat__label">Needs a person</dt>
        <dd class="stat__value">{number(exceptions(data))}</dd>
        <dd class="stat__note">Open for over 7 days and not explained</dd>
      </div>
    </dl>
  );
}

function exceptions(data: GetOverviewResponse): number {
  return data.joins.reduce((n, j) => n + (j.exception?.count ?? 0) - j.explained, 0);
}

const bands: readonly { band: Band; name: string; text: string; tone: string }[] = [
  { band: Band.TIMING, name: "timing", text: "0 to 2 days", tone: "good" },
  { band: Band.WATCH, name: "watch", text: "3 to 7 days", tone: "caution" },
  { band: Band.EXCEPTION, name: "exception", text: "Over 7 days", tone: "bad" },
];

function Column({ join }: { join: JoinSum }) {
  const { to } = useBooks();
  const id = `join-${join.join}`;
  const heaps: Record<string, Heap | undefined> = {
    timing: join.timing,
    watch: join.watch,
    exception: join.exception,
  };
  const open = bands.reduce((n, { name }) => n + (heaps[name]?.count ?? 0), 0);
  return (
    <section class="panel join" aria-labelledby={id}>
      <div class="panel__head">
        <h2 class="panel__title" id={id}>
          {join.title}
        </h2>
      </div>
      <div class="panel__body">
        <div class="join__matched">
          <span class="badge badge--state badge--good">
            {count(join.matched?.count ?? 0, "matched", "matched")}
          </span>
          <Amounts of={join.matched?.amounts ?? []} />
        </div>
        <ul class="join__bands">
          {bands.map(({ band, name, text, tone }) => {
            const heap = heaps[name];
            const n = heap?.count ?? 0;
            return (
              <li key={name} class={`join__band${n > 0 ? ` join__band--${tone}` : ""}`}>
                {n > 0 ? (
                  <a href={to(`finance/items?join=${join.join}&band=${band}`)}>{text}</a>
                ) : (
                  <span>{text}</span>
                )}
                <span class="join__count">{number(n)}</span>
                <Amounts of={heap?.amounts ?? []} />
              </li>
            );
          })}
        </ul>
        {join.explained > 0 && (
          <p class="small muted">{count(join.explained, "exception")} explained.</p>
        )}
        <ItemList join={join.join} most={4} open={open} />
      </div>
    </section>
  );
}

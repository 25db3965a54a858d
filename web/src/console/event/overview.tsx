/** How the event stands: who comes, what is left, what waits for a decision, what is still missing. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { labelOf } from "../../form/schema";
import { RegistrationState, type StateCount } from "../../gen/lanyard/booking/v1/booking_pb";
import {
  type Event,
  EventMode,
  EventState,
  RegistrationMode,
  RegistrationModeSchema,
  VisibilitySchema,
} from "../../gen/lanyard/catalog/v1/catalog_pb";
import type { ListInventoryResponse, Pool } from "../../gen/lanyard/inventory/v1/inventory_pb";
import { whenOf } from "../../lib/schedule";
import { count, number } from "../../lib/words";
import { Icon, Ready } from "../kit/bits";
import { useLoad } from "../load";
import { useEvent } from "./context";
import { Latest } from "./latest";
import { missing, poolNote } from "./numbers";
import { isPublic } from "./screen";

/** The first tab of an event. */
export function Overview() {
  const { ids, clients, event } = useEvent();
  const numbers = useLoad(
    async (signal) => {
      const [inventory, registrations] = await Promise.all([
        clients.inventory.listInventory(ids, { signal }),
        clients.registrations.listRegistrations({ ...ids, pageSize: 5 }, { signal }),
      ]);
      return { inventory, registrations };
    },
    [ids.eventId, String(event.version)],
  );
  return (
    <Ready of={numbers} lines={6}>
      {({ inventory, registrations }) => (
        <>
          <Stats inventory={inventory} counts={registrations.counts} />
          <div class="split">
            <div class="stack">
              {event.state === EventState.DRAFT && <Missing inventory={inventory} />}
              <Latest registrations={registrations.registrations} />
            </div>
            <Facts />
          </div>
        </>
      )}
    </Ready>
  );
}

interface StatsProps {
  inventory: ListInventoryResponse;
  counts: readonly StateCount[];
}

function Stats({ inventory, counts }: StatsProps) {
  const { event, tab } = useEvent();
  const of = (state: RegistrationState) => counts.find((c) => c.state === state)?.count ?? 0;
  const waiting = event.awaitingApproval;
  const gone = of(RegistrationState.CANCELLED) + of(RegistrationState.TRANSFERRED);
  const byApplication = event.details?.registrationMode === RegistrationMode.APPROVAL;
  return (
    <div class="stats">
      <Stat label="Registered" value={number(event.registered)} note="have a place" />
      {(byApplication || waiting > 0) && (
        <Stat label="Waiting for you" value={number(waiting)} alert={waiting > 0}>
          {waiting === 0 ? (
            <p class="stat__note">no applications</p>
          ) : (
            <p class="stat__note">
              <a href={`${tab("registrations")}?state=${RegistrationState.AWAITING_APPROVAL}`}>
                {waiting === 1 ? "application to decide" : "applications to decide"}
              </a>
            </p>
          )}
        </Stat>
      )}
      {inventory.pools.map((pool) => (
        <PoolStat key={pool.id} pool={pool} />
      ))}
      <Stat
        label="Given up"
        value={number(gone)}
        note={`${number(of(RegistrationState.TRANSFERRED))} of them handed over`}
      />
    </div>
  );
}

interface StatProps {
  label: string;
  value: ComponentChildren;
  note?: string;
  alert?: boolean;
  children?: ComponentChildren;
}

function Stat({ label, value, note, alert, children }: StatProps) {
  return (
    <div class={alert ? "stat stat--alert" : "stat"}>
      <p class="stat__label">{label}</p>
      <p class="stat__value">{value}</p>
      {note !== undefined && <p class="stat__note">{note}</p>}
      {children}
    </div>
  );
}

function PoolStat({ pool }: { pool: Pool }) {
  const size = pool.details?.size ?? 0;
  const taken = pool.sold + pool.held;
  if (pool.details?.unlimited) {
    return <Stat label={pool.details.title} value={number(taken)} note="No limit" />;
  }
  return (
    <Stat
      label={pool.details?.title ?? ""}
      alert={pool.over > 0}
      value={
        <>
          {number(taken)} <span class="stat__of">of {number(size)}</span>
        </>
      }
    >
      <progress
        class={pool.over > 0 ? "bar bar--over" : "bar"}
        max={Math.max(size, 1)}
        value={Math.min(taken, Math.max(size, 1))}
        aria-label={`${pool.details?.title}: places taken`}
      />
      <p class="stat__note">{poolNote(pool)}</p>
    </Stat>
  );
}

/** What a draft still lacks before people can make use of it. */
function Missing({ inventory }: { inventory: ListInventoryResponse }) {
  const { event, tab } = useEvent();
  const todo = missing(event, inventory);
  return (
    <section class="panel" aria-labelledby="missing">
      <div class="panel__head">
        <h2 class="panel__title" id="missing">
          Before you publish
        </h2>
      </div>
      <div class="panel__body">
        {todo.length === 0 ? (
          <p class="row">
            <Icon name="good" /> Everything is in place.
          </p>
        ) : (
          <ul class="consequences">
            {todo.map(({ text, to, link }) => (
              <li key={text}>
                <Icon name="warn" />
                <span>
                  {text} <a href={tab(to)}>{link}</a>
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function Facts() {
  const { event } = useEvent();
  const { details, schedule } = event;
  const when = schedule === undefined ? null : whenOf(schedule);
  const place = [details?.venue, details?.address, details?.city, details?.country]
    .filter((part) => part)
    .join(", ");
  return (
    <section class="panel" aria-labelledby="facts">
      <div class="panel__head">
        <h2 class="panel__title" id="facts">
          At a glance
        </h2>
      </div>
      <div class="panel__body">
        <dl class="answers answers--narrow">
          {event.state !== EventState.POSTPONED && (
            <Fact term="When">
              {when?.text}
              {when?.zone && <span class="table__sub">{when.zone}</span>}
              {when?.here && <span class="table__sub">{when.here}</span>}
            </Fact>
          )}
          <Fact term="Sessions">
            {count(event.sessions.filter((s) => !s.cancelled).length, "session")}
          </Fact>
          {place !== "" && details?.mode !== EventMode.ONLINE && <Fact term="Where">{place}</Fact>}
          {details?.joinAddress && (
            <Fact term="Meeting address">
              {details.joinAddress}
              <span class="table__sub">
                Opens {count(details.joinOpensMinutes, "minute")} before the start
              </span>
            </Fact>
          )}
          <Fact term="Public page">
            <PublicAddress event={event} />
          </Fact>
          <Fact term="Who finds it">{labelOf(VisibilitySchema, details?.visibility ?? 0)}</Fact>
          <Fact term="Registration">
            {labelOf(RegistrationModeSchema, details?.registrationMode ?? 0)}
          </Fact>
          {event.externalId !== "" && <Fact term="Imported as">{event.externalId}</Fact>}
        </dl>
      </div>
    </section>
  );
}

function Fact({ term, children }: { term: string; children: ComponentChildren }) {
  return (
    <div class="answers__item">
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function PublicAddress({ event }: { event: Event }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(event.publicUrl).then(() => setCopied(true));
  };
  if (!isPublic(event)) {
    return (
      <>
        {event.publicUrl}
        <span class="table__sub">
          Nobody sees it {event.state === EventState.DRAFT ? "yet" : "any more"}
        </span>
      </>
    );
  }
  return (
    <>
      <a href={event.publicUrl} target="_blank" rel="noopener">
        {event.publicUrl}
      </a>
      <button type="button" class="icon-link link-button" onClick={copy}>
        <Icon name={copied ? "check" : "copy"} />
        <span aria-live="polite">{copied ? "Copied" : "Copy the address"}</span>
      </button>
    </>
  );
}

/** The organisation's events: what is to come, what is over, and where each stands. */

import { labelOf, optionsOf } from "../form/schema";
import {
  type Event,
  EventMode,
  EventModeSchema,
  EventService,
  EventState,
  EventStateSchema,
} from "../gen/lanyard/catalog/v1/catalog_pb";
import { shortWhen } from "../lib/schedule";
import { count, number } from "../lib/words";
import { Empty, Head, Icon, More, Ready } from "./kit/bits";
import { SearchBox } from "./kit/search";
import { EventBadge } from "./kit/state";
import { type Column, Table } from "./kit/table";
import { usePages } from "./load";
import { ask, query } from "./router";
import { useHere } from "./session";

/** The list of events. What is looked for stands in the address, so that it can be kept. */
export function Events() {
  const { org, clients, may, to } = useHere();
  const q = query.value.get("q") ?? "";
  const past = query.value.get("past") === "1";
  const state = Number(query.value.get("state") ?? 0) as EventState;
  const events = usePages(
    async (pageToken, signal) => {
      const wanted = { orgId: org.id, query: q, state, past, pageToken };
      const { events, nextPageToken } = await clients.events.listEvents(wanted, { signal });
      return { items: events, next: nextPageToken };
    },
    [org.id, q, state, past],
  );
  const create = may(EventService.method.createEvent);
  return (
    <>
      <Head title="Events">
        <a class="button" href={`/o/${org.slug}`}>
          <Icon name="link" />
          See the programme
        </a>
        {create && (
          <a class="button button--primary" href={to("events/new")}>
            <Icon name="plus" />
            Create an event
          </a>
        )}
      </Head>
      <nav class="tabs" aria-label="Which events">
        <Tab now={!past} past="" text="To come" />
        <Tab now={past} past="1" text="Over" />
      </nav>
      <Filters q={q} state={state} />
      <Ready of={events}>
        {(found) =>
          found.length === 0 ? (
            <Nothing searched={q !== "" || state !== 0} past={past} create={create} />
          ) : (
            <div class="stack" aria-busy={events.loading || undefined}>
              <EventTable events={found} />
              <More of={events} what="events" />
            </div>
          )
        }
      </Ready>
    </>
  );
}

function Tab({ now, past, text }: { now: boolean; past: string; text: string }) {
  return (
    <button
      type="button"
      class="tabs__tab"
      aria-current={now ? "page" : undefined}
      onClick={() => ask({ past })}
    >
      {text}
    </button>
  );
}

function Filters({ q, state }: { q: string; state: EventState }) {
  return (
    <search class="toolbar">
      <SearchBox
        id="events-q"
        placeholder="Title, topic or place"
        value={q}
        onSearch={(text) => ask({ q: text })}
      />
      <div class="field">
        <label class="field__label" for="events-state">
          State
        </label>
        <select
          class="input"
          id="events-state"
          value={String(state)}
          onChange={(e) =>
            ask({ state: e.currentTarget.value === "0" ? "" : e.currentTarget.value })
          }
        >
          <option value="0">All but archived</option>
          {optionsOf(EventStateSchema).map((o) => (
            <option key={o.value} value={String(o.value)}>
              {o.label}
            </option>
          ))}
        </select>
      </div>
    </search>
  );
}

function Nothing(props: { searched: boolean; past: boolean; create: boolean }) {
  const { to } = useHere();
  if (props.searched) {
    return (
      <Empty icon="search" title="No event fits" text="Try fewer words, or another state.">
        <button type="button" class="button" onClick={() => ask({ q: "", state: "" })}>
          Show all
        </button>
      </Empty>
    );
  }
  if (props.past) {
    return <Empty icon="calendar" title="Nothing is over yet" />;
  }
  if (!props.create) {
    return <Empty icon="calendar" title="No events to come" />;
  }
  return (
    <Empty
      icon="calendar"
      title="No events to come"
      text="Create one, or bring a list from a spreadsheet."
    >
      <a class="button button--primary" href={to("events/new")}>
        Create an event
      </a>
      <a class="button" href={to("import")}>
        Import
      </a>
    </Empty>
  );
}

function EventTable({ events }: { events: readonly Event[] }) {
  const { to } = useHere();
  const columns: readonly Column<Event>[] = [
    {
      key: "Event",
      name: "Event",
      kind: "head",
      cell: (event) => (
        <>
          <a class="table__link" href={to(`events/${event.id}`)}>
            {event.details?.title}
          </a>
          <span class="table__sub">{where(event)}</span>
        </>
      ),
    },
    { key: "When", name: "When", cell: when },
    { key: "State", name: "State", cell: ({ state }) => <EventBadge state={state} /> },
    { key: "Registered", name: "Registered", kind: "number", cell: coming },
  ];
  return <Table caption="Events" columns={columns} rows={events} keyOf={(e) => e.id} />;
}

function when({ schedule, state }: Event) {
  return schedule === undefined || state === EventState.POSTPONED ? "No date" : shortWhen(schedule);
}

function coming({ registered, awaitingApproval: waiting }: Event) {
  return (
    <>
      {number(registered)}
      {waiting > 0 && (
        <span class="table__sub">{count(waiting, "application waits", "applications wait")}</span>
      )}
    </>
  );
}

function where({ details }: Event): string {
  const mode = labelOf(EventModeSchema, details?.mode ?? 0);
  const town = details?.mode === EventMode.ONLINE ? "" : (details?.city ?? "");
  return town === "" ? mode : `${mode}, ${town}`;
}

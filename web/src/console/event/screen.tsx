/** One event: its head with what can be done, and its tabs. */

import type { DescMethod } from "@bufbuild/protobuf";
import type { ComponentType } from "preact";
import { labelOf } from "../../form/schema";
import {
  type Event,
  EventModeSchema,
  EventService,
  EventState,
} from "../../gen/lanyard/catalog/v1/catalog_pb";
import { CodeService } from "../../gen/lanyard/inventory/v1/code_pb";
import { whenOf } from "../../lib/schedule";
import { Head, Icon, Notice, Trouble, Unseen, useCurrentInSight, Wait } from "../kit/bits";
import { EventBadge } from "../kit/state";
import { useLoad } from "../load";
import { Orders } from "../orders/gate";
import { seesOrders, useHere } from "../session";
import { NotFound } from "../shell";
import { Changes } from "./changes";
import { CheckIn } from "./checkin";
import { Codes } from "./codes";
import { EventContext, useEvent } from "./context";
import { Details } from "./details";
import { FormEditor } from "./form-editor";
import { Overview } from "./overview";
import { Places } from "./places";
import { Registrations } from "./registrations";
import { Sessions } from "./sessions";

/** What a tab gets from the address. */
export interface TabProps {
  /** The registration that is looked at; empty for none. */
  registration: string;
}

interface Tab {
  name: string;
  text: string;
  draw: ComponentType<TabProps>;
  /** The method without which the tab is of no use. */
  needs?: DescMethod;
  /** True for what only those see who see orders. */
  money?: boolean;
}

const tabs: readonly Tab[] = [
  { name: "overview", text: "Overview", draw: Overview },
  { name: "registrations", text: "Registrations", draw: Registrations },
  { name: "orders", text: "Orders", draw: EventOrders, money: true },
  { name: "edit", text: "Details", draw: Details, needs: EventService.method.updateEvent },
  { name: "sessions", text: "Sessions", draw: Sessions },
  { name: "places", text: "Places", draw: Places },
  { name: "codes", text: "Codes", draw: Codes, needs: CodeService.method.listCodes },
  { name: "sales", text: "Terms of sale", draw: SalesTerms, money: true },
  { name: "form", text: "Form", draw: FormEditor },
  { name: "check-in", text: "Check-in", draw: CheckIn },
];

function EventOrders() {
  return <Orders draw={(screens) => <screens.EventOrders />} />;
}

function SalesTerms() {
  return <Orders draw={(screens) => <screens.SalesTerms />} />;
}

/** The screen of an event. */
export function EventScreen(props: { id: string; tab: string; registration?: string }) {
  const { id, registration = "" } = props;
  const { org, clients } = useHere();
  const event = useLoad(
    async (signal) =>
      (await clients.events.getEvent({ orgId: org.id, eventId: id }, { signal })).event,
    [org.id, id],
  );
  const tab = tabs.find((t) => t.name === props.tab);
  if (tab === undefined || event.problem?.reason === "NOT_FOUND") {
    return <NotFound />;
  }
  if (event.data === undefined) {
    return event.problem === null ? (
      <Wait lines={6} />
    ) : (
      <Trouble problem={event.problem} retry={event.reload} />
    );
  }
  const handle = { event: event.data, set: event.set, reload: event.reload };
  return (
    <EventContext.Provider value={handle}>
      <EventHead />
      <Tabs now={tab.name} />
      <tab.draw registration={registration} />
    </EventContext.Provider>
  );
}

function EventHead() {
  const { event, to, tab, may } = useEvent();
  const { details, schedule } = event;
  const when = schedule === undefined ? null : whenOf(schedule);
  const sub = (
    <p class="badges">
      <EventBadge state={event.state} />
      <span class="badge">{labelOf(EventModeSchema, details?.mode ?? 0)}</span>
      <span>{event.state === EventState.POSTPONED ? "No date at the moment" : inWords(when)}</span>
    </p>
  );
  return (
    <>
      <a class="back-link" href={to("events")}>
        All events
      </a>
      <Head title={details?.title ?? ""} sub={sub}>
        {isPublic(event) && (
          <a class="button" href={event.publicUrl} target="_blank" rel="noopener">
            <Icon name="link" />
            See the page
          </a>
        )}
        {may(EventService.method.updateEvent) && (
          <a class="button" href={tab("edit")}>
            <Icon name="edit" />
            Edit
          </a>
        )}
        <Changes />
      </Head>
      {event.stateReason !== "" && (
        <Notice
          tone="warning"
          title={event.state === EventState.CANCELLED ? "Cancelled" : "Postponed"}
        >
          <p>{event.stateReason}</p>
        </Notice>
      )}
    </>
  );
}

function inWords(when: ReturnType<typeof whenOf>): string {
  return when === null ? "" : [when.text, when.zone].filter((part) => part !== "").join(", ");
}

/** Whether everybody can see the event's page. */
export function isPublic({ state }: Event): boolean {
  return state !== EventState.DRAFT && state !== EventState.ARCHIVED;
}

function Tabs({ now }: { now: string }) {
  const { event, tab, may, membership } = useEvent();
  const row = useCurrentInSight<HTMLElement>(now);
  return (
    <nav class="tabs" aria-label="This event" ref={row}>
      {tabs
        .filter(({ needs }) => needs === undefined || may(needs))
        .filter(({ money }) => !money || seesOrders(membership))
        .map(({ name, text }) => (
          <a
            key={name}
            class="tabs__tab"
            href={tab(name)}
            aria-current={name === now ? "page" : undefined}
          >
            {text}
            {name === "registrations" && event.awaitingApproval > 0 && (
              <span class="count">
                {event.awaitingApproval}
                <Unseen> waiting</Unseen>
              </span>
            )}
          </a>
        ))}
    </nav>
  );
}

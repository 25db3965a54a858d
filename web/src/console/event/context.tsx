/** The event that the tabs are about. */

import type { DescMethod } from "@bufbuild/protobuf";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Event } from "../../gen/lanyard/catalog/v1/catalog_pb";
import { type Here, useHere } from "../session";

/** What a tab knows of its event. */
export interface EventHandle {
  event: Event;
  /** Puts in the event as it is after a change. */
  set: (event: Event) => void;
  reload: () => void;
}

/** The event, for the tabs. */
export const EventContext = createContext<EventHandle | null>(null);

/** The event, with the organisation and what may be done with both. */
export interface EventHere extends Omit<Here, "may" | "to">, EventHandle {
  may: (method: DescMethod) => boolean;
  /** The address of a tab of the event. */
  tab: (name: string) => string;
  /** The address of another page of the organisation. */
  to: (page: string) => string;
  /** What every request about the event begins with. */
  ids: { orgId: string; eventId: string };
}

/** The event that the tabs are about. */
export function useEvent(): EventHere {
  const handle = useContext(EventContext);
  const here = useHere();
  if (handle === null) {
    throw new Error("drawn outside an event");
  }
  const { id } = handle.event;
  return {
    ...here,
    ...handle,
    may: (method) => here.may(method, id),
    tab: (name) => here.to(name === "overview" ? `events/${id}` : `events/${id}/${name}`),
    ids: { orgId: here.org.id, eventId: id },
  };
}

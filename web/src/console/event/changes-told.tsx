/** The steps of which everybody hears who comes: move, postpone, cancel. */

import {
  CancelEventRequestSchema,
  EventState,
  MoveEventRequestSchema,
  PostponeEventRequestSchema,
} from "../../gen/lanyard/catalog/v1/catalog_pb";
import { count } from "../../lib/words";
import { type Consequence, FormDialog } from "../kit/dialog";
import { scheduleKit } from "../schedule";
import { everybody, guests, telling, told, useArrival, useStep } from "./change";
import type { ChangeProps } from "./changes";
import { useEvent } from "./context";

/** Gives the event other times. */
export function MoveDialog({ onClose }: ChangeProps) {
  const { event, clients } = useEvent();
  const who = guests(event);
  const form = useStep({
    desc: MoveEventRequestSchema,
    initial: { schedule: event.schedule },
    kit: scheduleKit,
    send: (request) => clients.events.moveEvent(request),
    done: "The event has new times.",
    arrive: useArrival(onClose),
  });
  const draft = event.state === EventState.DRAFT;
  const postponed = event.state === EventState.POSTPONED;
  const sessions = event.sessions.filter((s) => !s.cancelled).length;
  const what: Consequence[] = [
    ...(postponed
      ? [
          {
            icon: "check",
            text: "The event has a date again and its page is open for registration.",
          },
        ]
      : []),
    ...(sessions > 1
      ? [
          {
            icon: "calendar",
            text: `All ${sessions} sessions move by as much as the start; the end follows from them.`,
          },
        ]
      : []),
    ...(draft
      ? [{ icon: "mail", text: "Nobody is told: the event is a draft." }]
      : told(
          who,
          "a mail with the old and the new time, and your message.",
          "The entry in their calendars moves by itself. Everybody keeps their place.",
        )),
  ];
  return (
    <FormDialog
      title={postponed ? "Give it a new date" : "Move to another date"}
      form={form}
      consequences={what}
      confirm={draft ? "Move it" : telling(who, "Move", "Move it")}
      onClose={onClose}
    />
  );
}

/** Takes the date away without a new one. */
export function PostponeDialog({ onClose }: ChangeProps) {
  const { event, clients } = useEvent();
  const who = everybody(event);
  const form = useStep({
    desc: PostponeEventRequestSchema,
    send: (request) => clients.events.postponeEvent(request),
    done: "The event is postponed.",
    arrive: useArrival(onClose),
  });
  return (
    <FormDialog
      title={`Postpone “${event.details?.title}”?`}
      form={form}
      consequences={[
        ...told(
          who,
          "a mail at once that says so, with your reason.",
          "The entry goes from their calendars. It comes back when there is a new date.",
        ),
        { icon: "ticket", text: "Everybody keeps their place. Nobody new can register meanwhile." },
      ]}
      confirm={telling(who, "Postpone", "Postpone")}
      danger
      keep="Keep the date"
      onClose={onClose}
    />
  );
}

/** Cancels the event for good. */
export function CancelDialog({ onClose }: ChangeProps) {
  const { event, clients } = useEvent();
  const who = everybody(event);
  const form = useStep({
    desc: CancelEventRequestSchema,
    send: (request) => clients.events.cancelEvent(request),
    done: "The event is cancelled.",
    arrive: useArrival(onClose),
  });
  const n = who.registered + who.applicants;
  return (
    <FormDialog
      title={`Cancel “${event.details?.title}”?`}
      form={form}
      consequences={[
        ...told(
          who,
          "a mail at once that says so, with your reason.",
          "The entry goes from their calendars, and their join links stop working.",
        ),
        { icon: "lock", text: "Registration stops. The page stays and says that it is cancelled." },
        { icon: "warn", text: "This cannot be undone." },
      ]}
      confirm={n === 0 ? "Cancel the event" : `Cancel and tell ${count(n, "person", "people")}`}
      danger
      keep="Keep the event"
      onClose={onClose}
    />
  );
}

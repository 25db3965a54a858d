/** States as pills: a word, and a tint that says how settled it is. */

import { labelOf } from "../../form/schema";
import {
  RegistrationState,
  RegistrationStateSchema,
} from "../../gen/lanyard/booking/v1/booking_pb";
import { EventState, EventStateSchema } from "../../gen/lanyard/catalog/v1/catalog_pb";

const eventTones: Readonly<Partial<Record<EventState, string>>> = {
  [EventState.DRAFT]: "info",
  [EventState.PUBLISHED]: "good",
  [EventState.POSTPONED]: "caution",
  [EventState.CANCELLED]: "bad",
};

/** Where an event stands. */
export function EventBadge({ state }: { state: EventState }) {
  return <Badge tone={eventTones[state]} text={labelOf(EventStateSchema, state)} />;
}

const registrationTones: Readonly<Partial<Record<RegistrationState, string>>> = {
  [RegistrationState.HELD]: "info",
  [RegistrationState.AWAITING_APPROVAL]: "caution",
  [RegistrationState.CONFIRMED]: "good",
  [RegistrationState.CANCELLED]: "bad",
  [RegistrationState.DECLINED]: "bad",
};

/** Where a registration stands. */
export function RegistrationBadge({ state }: { state: RegistrationState }) {
  return <Badge tone={registrationTones[state]} text={labelOf(RegistrationStateSchema, state)} />;
}

function Badge({ tone, text }: { tone: string | undefined; text: string }) {
  return (
    <span class={`badge badge--state${tone === undefined ? "" : ` badge--${tone}`}`}>{text}</span>
  );
}

/** Making an event: everything that is needed for a draft, and nothing that can wait. */

import { create } from "@bufbuild/protobuf";
import { useEffect } from "preact/hooks";
import { Draft } from "../form/draft";
import { Form } from "../form/form";
import { useForm } from "../form/handle";
import {
  CreateEventRequestSchema,
  EventMode,
  RegistrationMode,
  Visibility,
} from "../gen/lanyard/catalog/v1/catalog_pb";
import { EventPreview } from "./event-preview";
import { Head } from "./kit/bits";
import { say } from "./kit/toast";
import { useAction } from "./load";
import { go, guard } from "./router";
import { scheduleKit } from "./schedule";
import { useHere } from "./session";

/** In the order in which people think of them. */
export const eventSections = ["About", "When", "Where", "Registration", "Links"];

/** Sections that few need at once. */
export const rareSections = ["Links"];

/** The form for a new event. */
export function NewEvent() {
  const { org, clients, to } = useHere();
  const save = useAction(
    (requestId, message: ReturnType<typeof blank>) =>
      clients.events.createEvent({ ...message, requestId }),
    ({ event }) => {
      form.draft.keep();
      say("Draft created. Nobody but your team sees it yet.");
      go(to(`events/${event?.id}`));
    },
  );
  const form = useForm(
    () => new Draft(CreateEventRequestSchema, blank(org.id, org.timezone)),
    save.run,
    scheduleKit,
  );
  useEffect(() => guard(() => form.draft.dirty), [form]);
  return (
    <>
      <a class="back-link" href={to("events")}>
        All events
      </a>
      <Head title="Create an event" sub="It begins as a draft that only your team sees." />
      <div class="split split--form">
        <Form of={form} label="A new event" order={eventSections} folded={rareSections}>
          <div class="form__actions">
            <button
              type="submit"
              class="button button--primary button--large"
              aria-busy={form.busy.value || undefined}
            >
              Create the draft
            </button>
            <p class="form__note">
              Fields marked <span class="field__mark">*</span> are required. The rest can follow.
            </p>
          </div>
        </Form>
        <EventPreview draft={form.draft} />
      </div>
    </>
  );
}

function blank(orgId: string, timezone: string) {
  return create(CreateEventRequestSchema, {
    orgId,
    details: {
      mode: EventMode.ONLINE,
      visibility: Visibility.PUBLIC,
      registrationMode: RegistrationMode.OPEN,
      joinOpensMinutes: 15,
      languages: "EN",
    },
    schedule: { timezone },
  });
}

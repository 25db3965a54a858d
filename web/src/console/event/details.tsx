/** What is said about the event, apart from its times: the editor. */

import { create } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { useEffect, useState } from "preact/hooks";
import { changed } from "../../form/compare";
import { Draft } from "../../form/draft";
import { Form } from "../../form/form";
import { useForm } from "../../form/handle";
import {
  type Event,
  EventService,
  EventState,
  type UpdateEventRequest,
  UpdateEventRequestSchema,
} from "../../gen/lanyard/catalog/v1/catalog_pb";
import type { Problem } from "../../lib/errors";
import { count } from "../../lib/words";
import { eventSections, rareSections } from "../event-new";
import { EventPreview } from "../event-preview";
import { Notice } from "../kit/bits";
import { Consequences, Dialog } from "../kit/dialog";
import { useVersion } from "../kit/stale";
import { say } from "../kit/toast";
import { useAction } from "../load";
import { guard } from "../router";
import { useEvent } from "./context";
import { isPublic } from "./screen";

/** The tab with the event's details. */
export function Details() {
  const { event, may } = useEvent();
  const fixed = event.state === EventState.CANCELLED || event.state === EventState.ARCHIVED;
  if (fixed) {
    return <Notice title="A cancelled or archived event cannot be changed" />;
  }
  if (!may(EventService.method.updateEvent)) {
    return <Notice title="Your role lets you look at events, not change them" />;
  }
  return <Editor />;
}

/** The form for the details, which asks before it tells people. */
function useDetailsForm() {
  const { ids, event, clients, set } = useEvent();
  const [asking, setAsking] = useState(false);
  const requestOf = (from: Event): UpdateEventRequest =>
    create(UpdateEventRequestSchema, {
      ...ids,
      ...(from.details === undefined ? {} : { details: from.details }),
    });
  const save = useAction(
    (requestId, message: UpdateEventRequest) =>
      clients.events.updateEvent({
        ...message,
        requestId,
        version: versioned.version(),
        updateMask: create(FieldMaskSchema, { paths: changedFields(form.draft) }),
      }),
    (answer) => {
      if (answer.event !== undefined) {
        versioned.saved(answer.event.version);
        form.draft.replace(requestOf(answer.event));
        set(answer.event);
      }
      say("Saved.");
    },
  );
  const send = async (message: UpdateEventRequest): Promise<Problem | null> => {
    setAsking(false);
    if (changedFields(form.draft).length === 0 && !message.notify) {
      say("Nothing was changed.");
      return null;
    }
    return versioned.settle(await save.run(message));
  };
  const ask = async (message: UpdateEventRequest): Promise<Problem | null> => {
    if (tells(event, form.draft) > 0) {
      setAsking(true);
      return null;
    }
    return send(message);
  };
  const form = useForm(() => new Draft(UpdateEventRequestSchema, requestOf(event)), ask);
  const versioned = useVersion(form.draft, event.version, async () => {
    const latest = (await clients.events.getEvent(ids)).event ?? event;
    return { message: requestOf(latest), version: latest.version };
  });
  useEffect(() => guard(() => form.draft.dirty), [form]);
  const confirm = async () => {
    const problem = await send(form.draft.message);
    form.draft.refuse(problem?.violations ?? []);
    form.problem.value = problem;
    form.failures.value += problem === null ? 0 : 1;
  };
  return { event, form, versioned, asking, setAsking, confirm, busy: form.busy.value || save.busy };
}

function Editor() {
  const { event, form, versioned, asking, setAsking, confirm, busy } = useDetailsForm();
  return (
    <>
      {versioned.notice}
      <div class="split split--form">
        <Form of={form} label="Event details" order={eventSections} folded={rareSections}>
          <div class="form__actions form__actions--sticky">
            <button type="submit" class="button button--primary" aria-busy={busy || undefined}>
              Save
            </button>
            <p class="form__note" aria-live="polite">
              {whatHappens(event, form.draft)}
            </p>
          </div>
        </Form>
        <EventPreview draft={form.draft} times={event.schedule} />
      </div>
      {asking && (
        <TellDialog draft={form.draft} onSave={confirm} onClose={() => setAsking(false)} />
      )}
    </>
  );
}

type EventDraft = Draft<typeof UpdateEventRequestSchema>;

/** The fields of details that differ from what was read, as a field mask names them. */
function changedFields(draft: EventDraft): string[] {
  return changed(UpdateEventRequestSchema, draft.original, draft.message)
    .filter((path) => path.startsWith("details."))
    .map((path) => path.slice("details.".length));
}

/** What the server always tells people of. */
const place: ReadonlySet<string> = new Set(["mode", "venue", "address", "city", "country"]);

/** How many people will be told of the changes. */
function tells(event: Event, draft: EventDraft): number {
  const fields = changedFields(draft);
  const moves = fields.some((field) => place.has(field));
  const asked = draft.message.notify && fields.length > 0;
  return isPublic(event) && (moves || asked) ? event.registered : 0;
}

function whatHappens(event: Event, draft: EventDraft): string {
  const n = tells(event, draft);
  if (n > 0) {
    return `${count(n, "person gets", "people get")} a mail about the change.`;
  }
  return draft.dirty ? "Nobody gets a mail about these changes." : "";
}

interface TellProps {
  draft: EventDraft;
  onSave: () => Promise<void>;
  onClose: () => void;
}

function TellDialog({ draft, onSave, onClose }: TellProps) {
  const { event } = useEvent();
  const moves = changedFields(draft).some((field) => place.has(field));
  const n = count(event.registered, "person", "people");
  return (
    <Dialog
      title={`Save and tell ${n}?`}
      onClose={onClose}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            Back
          </button>
          <button type="button" class="button button--primary" onClick={() => void onSave()}>
            Save and tell {n}
          </button>
        </>
      }
    >
      <Consequences
        of={[
          {
            icon: "mail",
            text: `${n} with a place ${event.registered === 1 ? "gets" : "get"} a mail that says what changed. Changes within a few minutes go into one mail.`,
          },
          moves
            ? { icon: "calendar", text: "The entry in their calendars is brought up to date." }
            : { icon: "calendar", text: "Entries in calendars change only where the title did." },
        ]}
      />
    </Dialog>
  );
}

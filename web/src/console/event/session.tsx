/** The dialogues about one sitting: adding, changing, cancelling. */

import { create } from "@bufbuild/protobuf";
import type { Draft } from "../../form/draft";
import {
  CancelSessionRequestSchema,
  CreateSessionRequestSchema,
  type Session,
  SessionDetailsSchema,
  UpdateSessionRequestSchema,
} from "../../gen/lanyard/catalog/v1/catalog_pb";
import { FormDialog } from "../kit/dialog";
import { useEdit } from "../kit/edit";
import { say } from "../kit/toast";
import { scheduleKit } from "../schedule";
import { telling, told, useArrival, useStep } from "./change";
import { useEvent } from "./context";
import { isPublic } from "./screen";

interface SessionProps {
  coming: number;
  onClose: () => void;
}

/** Adds a session, or changes one. */
export function SessionDialog({ session, ...props }: SessionProps & { session: Session | null }) {
  return session === null ? (
    <NewSession {...props} />
  ) : (
    <EditSession key={session.id} session={session} {...props} />
  );
}

function NewSession({ onClose }: SessionProps) {
  const { event, clients } = useEvent();
  const form = useStep({
    desc: CreateSessionRequestSchema,
    initial: { details: { schedule: { timezone: event.schedule?.timezone ?? "" } } },
    kit: scheduleKit,
    send: (request) => clients.events.createSession(request),
    done: "The session is added.",
    arrive: useArrival(onClose),
  });
  return (
    <FormDialog
      title="Add a session"
      form={form}
      consequences={[
        {
          icon: "ticket",
          text: "It is part of every product that includes all sessions. Others you choose under Places.",
        },
      ]}
      confirm="Add the session"
      onClose={onClose}
    />
  );
}

function EditSession({ session, coming, onClose }: SessionProps & { session: Session }) {
  const { ids, event, clients, set } = useEvent();
  const present = (now: Session) => ({
    message: create(UpdateSessionRequestSchema, {
      ...ids,
      sessionId: now.id,
      details: create(SessionDetailsSchema, {
        title: now.title,
        place: now.place,
        joinAddress: now.joinAddress,
        ...(now.schedule === undefined ? {} : { schedule: now.schedule }),
      }),
    }),
    version: now.version,
  });
  const arrive = useArrival(onClose);
  const { form, notice } = useEdit({
    desc: UpdateSessionRequestSchema,
    from: present(session),
    kit: scheduleKit,
    send: (request) => clients.events.updateSession(request),
    latest: async () => {
      const latest = (await clients.events.getEvent(ids)).event;
      if (latest !== undefined) {
        set(latest);
      }
      return present(latest?.sessions.find((s) => s.id === session.id) ?? session);
    },
    done: (answer) => {
      say("The session is saved.");
      arrive(answer.event);
    },
  });
  const who = { registered: isPublic(event) ? coming : 0, applicants: 0 };
  const quiet = !movesPeople(form.draft);
  return (
    <FormDialog
      title="Change the session"
      form={form}
      consequences={
        quiet
          ? []
          : told(
              who,
              "a mail with what changed.",
              "The entry in their calendars is brought up to date.",
            )
      }
      confirm={quiet ? "Save" : telling(who, "Save", "Save")}
      onClose={onClose}
    >
      {notice}
    </FormDialog>
  );
}

/** Whether people who come must hear of the change: a new time or room. */
function movesPeople({ original, message }: Draft<typeof UpdateSessionRequestSchema>): boolean {
  const [before, after] = [original.details, message.details];
  const [was, is] = [before?.schedule, after?.schedule];
  return (
    before?.place !== after?.place ||
    was?.startsLocal !== is?.startsLocal ||
    was?.endsLocal !== is?.endsLocal ||
    was?.timezone !== is?.timezone ||
    was?.allDay !== is?.allDay
  );
}

/** Cancels one session and keeps the others. */
export function CancelSessionDialog(props: SessionProps & { session: Session }) {
  const { session, coming, onClose } = props;
  const { event, clients } = useEvent();
  const who = { registered: isPublic(event) ? coming : 0, applicants: 0 };
  const form = useStep({
    desc: CancelSessionRequestSchema,
    initial: { sessionId: session.id },
    send: (request) => clients.events.cancelSession({ ...request, version: session.version }),
    done: "The session is cancelled.",
    arrive: useArrival(onClose),
  });
  return (
    <FormDialog
      title={`Cancel “${session.title || event.details?.title}”?`}
      form={form}
      consequences={[
        ...told(
          who,
          "a mail that says so.",
          "The entry of this session goes from their calendars; the others stay.",
        ),
        { icon: "ticket", text: "Everybody keeps their place in the event." },
        { icon: "warn", text: "This cannot be undone." },
      ]}
      confirm={telling(who, "Cancel", "Cancel the session")}
      danger
      keep="Keep the session"
      onClose={onClose}
    />
  );
}

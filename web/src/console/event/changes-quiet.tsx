/** The steps of which nobody gets a mail: publish, close, reopen, copy, archive. */

import {
  ArchiveEventRequestSchema,
  CloneEventRequestSchema,
  CloseSalesRequestSchema,
  type Event,
  PublishEventRequestSchema,
  RegistrationMode,
  ReopenSalesRequestSchema,
  SendTestInvitationRequestSchema,
  Visibility,
} from "../../gen/lanyard/catalog/v1/catalog_pb";
import { knowsZone } from "../../lib/time";
import { laterWeek, wallAt } from "../../lib/wall";
import { count } from "../../lib/words";
import { FormDialog } from "../kit/dialog";
import { go } from "../router";
import { useSession } from "../session";
import { useArrival, useStep } from "./change";
import type { ChangeProps } from "./changes";
import { useEvent } from "./context";

/** Puts the draft before the public. */
export function PublishDialog({ onClose }: ChangeProps) {
  const { event, clients } = useEvent();
  const form = useStep({
    desc: PublishEventRequestSchema,
    send: (request) => clients.events.publishEvent(request),
    done: "Published. The page is open.",
    arrive: useArrival(onClose),
  });
  const unlisted = event.details?.visibility === Visibility.UNLISTED;
  return (
    <FormDialog
      title={`Publish “${event.details?.title}”?`}
      form={form}
      consequences={[
        {
          icon: "link",
          text: unlisted
            ? "Whoever has the address finds the event. It is not on the programme."
            : "The event is on the public programme, in the calendar feed and for search engines.",
        },
        { icon: "ticket", text: opening(event) },
        { icon: "mail", text: "Nobody gets a mail." },
      ]}
      confirm="Publish"
      onClose={onClose}
    />
  );
}

function opening({ details }: Event): string {
  switch (details?.registrationMode) {
    case RegistrationMode.APPROVAL:
      return "People can apply at once. You decide on each application.";
    case RegistrationMode.EXTERNAL:
      return "The page leads to the event's own website for registration.";
    default:
      return "People can register at once, while places last.";
  }
}

/** Stops registration. */
export function CloseDialog({ onClose }: ChangeProps) {
  const { event, clients } = useEvent();
  const form = useStep({
    desc: CloseSalesRequestSchema,
    send: (request) => clients.events.closeSales(request),
    done: "Registration is closed.",
    arrive: useArrival(onClose),
  });
  const kept =
    event.registered === 0
      ? "The page stays and says that registration is closed."
      : `${count(event.registered, "person keeps their place", "people keep their places")}. The page stays.`;
  return (
    <FormDialog
      title="Close registration?"
      form={form}
      consequences={[
        { icon: "lock", text: "Nobody new can register. You can open it again at any time." },
        { icon: "ticket", text: kept },
        { icon: "mail", text: "Nobody gets a mail." },
      ]}
      confirm="Close registration"
      onClose={onClose}
    />
  );
}

/** Opens registration again. */
export function ReopenDialog({ onClose }: ChangeProps) {
  const { clients } = useEvent();
  const form = useStep({
    desc: ReopenSalesRequestSchema,
    send: (request) => clients.events.reopenSales(request),
    done: "Registration is open again.",
    arrive: useArrival(onClose),
  });
  return (
    <FormDialog
      title="Open registration again?"
      form={form}
      consequences={[
        { icon: "ticket", text: "People can register at once, while places last." },
        { icon: "mail", text: "Nobody gets a mail." },
      ]}
      confirm="Open registration"
      onClose={onClose}
    />
  );
}

/** Makes another event of this one. */
export function CloneDialog({ onClose }: ChangeProps) {
  const { event, clients, to } = useEvent();
  const { startsLocal = "", timezone = "" } = event.schedule ?? {};
  const here = wallAt(new Date(), knowsZone(timezone) ? timezone : "UTC");
  const form = useStep({
    desc: CloneEventRequestSchema,
    initial: {
      title: event.details?.title ?? "",
      startsLocal: startsLocal === "" ? "" : laterWeek(startsLocal, here),
    },
    send: (request) => clients.events.cloneEvent(request),
    done: "The copy is a draft. Nobody but your team sees it yet.",
    arrive: (copy) => {
      onClose();
      go(to(`events/${copy?.id}`));
    },
  });
  return (
    <FormDialog
      title="Make a copy"
      form={form}
      consequences={[
        {
          icon: "copy",
          text: "Sessions, places and the registration form are copied; sessions keep their distances.",
        },
        { icon: "people", text: "Nobody is registered for the copy, and nobody gets a mail." },
      ]}
      confirm="Make the copy"
      onClose={onClose}
    />
  );
}

/** Sends the invitation to whoever asks, to see how it looks. */
export function TestDialog({ onClose }: ChangeProps) {
  const { event, clients } = useEvent();
  const { me } = useSession();
  const form = useStep({
    desc: SendTestInvitationRequestSchema,
    send: async (request) => {
      await clients.events.sendTestInvitation(request);
      return { event };
    },
    done: `A test is on its way to ${me.email}.`,
    arrive: onClose,
  });
  return (
    <FormDialog
      title="Send me a test invitation"
      form={form}
      consequences={[
        {
          icon: "mail",
          text: `You get a mail at ${me.email} with the invitation to the first session, marked as a test.`,
        },
        { icon: "people", text: "Nobody else gets anything, and you are not registered." },
      ]}
      confirm="Send it to me"
      onClose={onClose}
    />
  );
}

/** Puts the event away. */
export function ArchiveDialog({ onClose }: ChangeProps) {
  const { event, clients } = useEvent();
  const form = useStep({
    desc: ArchiveEventRequestSchema,
    send: (request) => clients.events.archiveEvent(request),
    done: "The event is archived.",
    arrive: useArrival(onClose),
  });
  return (
    <FormDialog
      title={`Archive “${event.details?.title}”?`}
      form={form}
      consequences={[
        {
          icon: "lock",
          text: "Its page goes, and it leaves your lists. It cannot be brought back.",
        },
        { icon: "people", text: "Registrations stay, for your records. Nobody gets a mail." },
      ]}
      confirm="Archive"
      danger
      onClose={onClose}
    />
  );
}

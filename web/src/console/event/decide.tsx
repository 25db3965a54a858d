/** Approving and declining applications, one or many. Each gets an answer of its own. */

import { useState } from "preact/hooks";
import { Draft } from "../../form/draft";
import { useForm } from "../../form/handle";
import {
  type DecideApplicationsRequest,
  DecideApplicationsRequestSchema,
  type DecidedApplication,
  Decision,
  type Registration,
} from "../../gen/lanyard/booking/v1/booking_pb";
import { Reason } from "../../gen/lanyard/policy/v1/policy_pb";
import { sentence } from "../../lib/errors";
import { count, list } from "../../lib/words";
import { Notice } from "../kit/bits";
import { type Consequence, Dialog, FormDialog } from "../kit/dialog";
import { say } from "../kit/toast";
import { useAction } from "../load";
import { useEvent } from "./context";

/** What is being decided. */
export interface Deciding {
  applications: readonly Registration[];
  approve: boolean;
}

interface DecideProps extends Deciding {
  onClose: () => void;
  /** Comes after at least one application was decided. */
  onDone: () => void;
}

const most = 5;

/** Asks for the message, decides, and says what could not be decided and why. */
export function DecideDialog(props: DecideProps) {
  const [refused, setRefused] = useState<readonly DecidedApplication[]>([]);
  if (refused.length > 0) {
    const full = refused.filter((d) => d.reason === Reason.SOLD_OUT);
    const left = props.applications.filter((a) => full.some((d) => d.registrationId === a.id));
    return (
      <RefusedDialog
        {...props}
        refused={refused}
        onBeyond={left.length > 0 ? () => setRefused([]) : undefined}
      />
    );
  }
  return <Ask {...props} onRefused={setRefused} />;
}

interface AskProps extends DecideProps {
  onRefused: (refused: readonly DecidedApplication[]) => void;
}

function Ask({ applications, approve, onClose, onDone, onRefused }: AskProps) {
  const { ids, clients } = useEvent();
  const n = applications.length;
  const decide = useAction(
    (requestId, message: DecideApplicationsRequest) =>
      clients.registrations.decideApplications({ ...message, requestId }),
    ({ decided }) => {
      const failed = decided.filter((d) => d.reason !== Reason.UNSPECIFIED);
      const done = decided.length - failed.length;
      if (done > 0) {
        const told = done === 1 ? "The person gets a mail." : "Each gets a mail.";
        say(`${approve ? "Approved" : "Declined"} ${count(done, "application")}. ${told}`);
        onDone();
      }
      if (failed.length > 0) {
        onRefused(failed);
      } else {
        onClose();
      }
    },
  );
  const form = useForm(
    () =>
      new Draft(DecideApplicationsRequestSchema, {
        ...ids,
        registrationIds: applications.map((a) => a.id),
        decision: approve ? Decision.APPROVE : Decision.DECLINE,
      }),
    decide.run,
    { fields: approve ? {} : { over_capacity: () => null } },
  );
  const one = applications[0]?.attendee?.name ?? "";
  const what = n === 1 ? one : count(n, "application");
  return (
    <FormDialog
      title={`${approve ? "Approve" : "Decline"} ${what}?`}
      form={form}
      consequences={consequences(applications, approve)}
      confirm={
        n === 1
          ? `${approve ? "Approve" : "Decline"} and tell them`
          : `${approve ? "Approve" : "Decline"} and tell ${count(n, "person", "people")}`
      }
      danger={!approve}
      onClose={onClose}
    />
  );
}

function consequences(applications: readonly Registration[], approve: boolean): Consequence[] {
  const n = applications.length;
  const names = applications.map((a) => a.attendee?.name ?? "");
  const who = n <= most ? list(names) : `${names.slice(0, most).join(", ")} and ${n - most} others`;
  const gets = n === 1 ? "gets" : "each get";
  return approve
    ? [
        { icon: "ticket", text: `${who} ${n === 1 ? "has" : "have"} a place at once.` },
        {
          icon: "mail",
          text: `${n === 1 ? "They get" : `The ${n} people ${gets}`} a mail with their confirmation, a calendar invite and your message.`,
        },
      ]
    : [
        { icon: "ticket", text: `${who} ${n === 1 ? "gets" : "get"} no place.` },
        {
          icon: "mail",
          text: `${n === 1 ? "They get" : `The ${n} people ${gets}`} a mail that says so, with your message.`,
        },
      ];
}

interface RefusedProps extends DecideProps {
  refused: readonly DecidedApplication[];
  /** Goes back, where there is another way; undefined where there is none. */
  onBeyond: (() => void) | undefined;
}

function RefusedDialog({ applications, refused, onBeyond, onClose }: RefusedProps) {
  const name = (id: string) => applications.find((a) => a.id === id)?.attendee?.name ?? id;
  return (
    <Dialog
      title={`${count(refused.length, "application")} could not be decided`}
      onClose={onClose}
      foot={
        <>
          {onBeyond !== undefined && (
            <button type="button" class="button" onClick={onBeyond}>
              Try again
            </button>
          )}
          <button type="button" class="button button--primary" onClick={onClose}>
            Close
          </button>
        </>
      }
    >
      <ul class="changes">
        {refused.map(({ registrationId, reason, message }) => (
          <li key={registrationId}>
            <strong>{name(registrationId)}</strong>:{" "}
            {sentence({ reason: Reason[reason] ?? "", message })}
          </li>
        ))}
      </ul>
      {onBeyond !== undefined && (
        <Notice title="There is a way">
          <p>
            Tick “Also beyond the number of places” to give places that are not there. The pool is
            then over by so many.
          </p>
        </Notice>
      )}
    </Dialog>
  );
}

/** One registration, looked at in a drawer: who, what they answered, what was sent, what can be done. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { labelOf } from "../../form/schema";
import {
  type Answer,
  CancelRegistrationRequestSchema,
  type GetRegistrationResponse,
  type Question,
  QuestionType,
  RegistrationService,
  RegistrationState,
  ResendConfirmationRequestSchema,
  SegmentSchema,
  type SentMessage,
} from "../../gen/lanyard/booking/v1/booking_pb";
import { grouped } from "../../lib/words";
import { Icon, Notice, Ready } from "../kit/bits";
import { Dialog, FormDialog } from "../kit/dialog";
import { RegistrationBadge } from "../kit/state";
import { momentOf } from "../kit/times";
import { useLoad } from "../load";
import { go } from "../router";
import { useStep } from "./change";
import { useEvent } from "./context";
import { DecideDialog, type Deciding } from "./decide";
import { fixedAnswers } from "./questions";

interface DrawerProps {
  id: string;
  /** Where the drawer was opened from. */
  back: string;
  onChanged: () => void;
}

/** The drawer. */
export function RegistrationDrawer({ id, back, onChanged }: DrawerProps) {
  const { ids, clients } = useEvent();
  const [open, setOpen] = useState<"cancel" | "resend" | Deciding | null>(null);
  const found = useLoad(
    (signal) => clients.registrations.getRegistration({ ...ids, registrationId: id }, { signal }),
    [id],
  );
  const done = () => {
    setOpen(null);
    found.reload();
    onChanged();
  };
  const close = () => setOpen(null);
  const { attendee } = found.data?.registration ?? {};
  const name = attendee === undefined ? "Registration" : attendee.name || "Nobody is named";
  return (
    <>
      <Dialog
        drawer
        title={name}
        onClose={() => go(back)}
        foot={found.data && <Buttons found={found.data} onOpen={setOpen} />}
      >
        <Ready of={found}>{(answer) => <Content found={answer} />}</Ready>
      </Dialog>
      {open === "cancel" && <CancelDialog id={id} name={name} onClose={close} onDone={done} />}
      {open === "resend" && (
        <ResendDialog
          id={id}
          email={found.data?.registration?.attendee?.email ?? ""}
          onClose={close}
          onDone={done}
        />
      )}
      {open !== null && typeof open === "object" && (
        <DecideDialog {...open} onClose={close} onDone={done} />
      )}
    </>
  );
}

interface ButtonsProps {
  found: GetRegistrationResponse;
  onOpen: (open: "cancel" | "resend" | Deciding) => void;
}

function Buttons({ found: { registration }, onOpen }: ButtonsProps) {
  const { may } = useEvent();
  if (registration === undefined) {
    return null;
  }
  const waits = registration.state === RegistrationState.AWAITING_APPROVAL;
  const live = waits || registration.state === RegistrationState.CONFIRMED;
  const { method } = RegistrationService;
  return (
    <>
      {live && may(method.cancelRegistration) && (
        <button type="button" class="button button--danger-quiet" onClick={() => onOpen("cancel")}>
          {waits ? "Withdraw" : "Cancel the place"}
        </button>
      )}
      {live && !waits && may(method.resendConfirmation) && (
        <button type="button" class="button" onClick={() => onOpen("resend")}>
          <Icon name="mail" />
          Send again
        </button>
      )}
      {waits && may(method.decideApplications) && (
        <>
          <button
            type="button"
            class="button"
            onClick={() => onOpen({ applications: [registration], approve: false })}
          >
            Decline
          </button>
          <button
            type="button"
            class="button button--primary"
            onClick={() => onOpen({ applications: [registration], approve: true })}
          >
            Approve
          </button>
        </>
      )}
    </>
  );
}

function Content({ found }: { found: GetRegistrationResponse }) {
  const { registration, questions, messages } = found;
  if (registration === undefined) {
    return null;
  }
  const { attendee } = registration;
  return (
    <>
      <p class="badges">
        <RegistrationBadge state={registration.state} />
        <span class="badge">{registration.productTitle}</span>
      </p>
      {registration.undeliverable && (
        <Notice tone="warning" title="Mail to this address came back">
          <p>
            Ask the person for another address; they can correct it by their own link. If the
            address works again, send the confirmation once more.
          </p>
        </Notice>
      )}
      {registration.note !== "" && (
        <Notice title="Said with the last decision">
          <p>{registration.note}</p>
        </Notice>
      )}
      <dl class="answers answers--narrow">
        <Item term="E-mail">
          {/* Reviewers see dots instead of an address. */}
          {attendee?.email.includes("@") ? (
            <a href={`mailto:${attendee.email}`}>{attendee.email}</a>
          ) : (
            attendee?.email
          )}
        </Item>
        <Item term="Organisation">{attendee?.organisation || "None given"}</Item>
        <Item term="Segment">{labelOf(SegmentSchema, attendee?.segment ?? 0)}</Item>
        <Item term="Order">{grouped(registration.orderCode)}</Item>
        <Item term="Registered">{momentOf(registration.registeredAt)}</Item>
        {registration.state !== RegistrationState.CONFIRMED && (
          <Item term="Last change">{momentOf(registration.changedAt)}</Item>
        )}
      </dl>
      <Answers questions={questions} answers={attendee?.answers ?? []} />
      <Mails messages={messages} />
    </>
  );
}

function Item({ term, children }: { term: string; children: ComponentChildren }) {
  return (
    <div class="answers__item">
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface AnswersProps {
  questions: readonly Question[];
  answers: readonly Answer[];
}

function Answers({ questions, answers }: AnswersProps) {
  if (questions.length === 0) {
    return null;
  }
  return (
    <section class="stack stack--tight" aria-labelledby="answers">
      <h3 id="answers">Answers</h3>
      <dl class="answers answers--narrow">
        {questions.map((question) => (
          <Item key={question.id} term={question.label}>
            {inWords(
              question,
              answers.find((a) => a.questionId === question.id),
            )}
          </Item>
        ))}
      </dl>
    </section>
  );
}

/** An answer as people read it: labels for ids, "Yes" for yes. */
export function inWords(question: Question, answer: Answer | undefined): string {
  if (answer === undefined || answer.values.length === 0) {
    return "Not answered";
  }
  if (question.type === QuestionType.CONSENT) {
    return "Agreed";
  }
  const labels = fixedAnswers(question);
  return answer.values.map((v) => labels.find((l) => l.id === v)?.label ?? v).join(", ");
}

const mailStates: Readonly<Record<string, string>> = {
  waiting: "About to be sent",
  sent: "Sent",
  bounced: "Came back",
  failed: "Could not be delivered",
  skipped: "Not sent",
};

function Mails({ messages }: { messages: readonly SentMessage[] }) {
  return (
    <section class="stack stack--tight" aria-labelledby="mails">
      <h3 id="mails">Mails</h3>
      {messages.length === 0 ? (
        <p class="muted">None so far.</p>
      ) : (
        <ul class="mails">
          {messages.map(({ kind, subject, state, at }) => (
            <li key={`${kind}-${at?.seconds}-${at?.nanos}`}>
              <strong>{subject}</strong>
              <span class="table__sub">
                {mailStates[state] ?? state}, {momentOf(at)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface ActProps {
  id: string;
  onClose: () => void;
  onDone: () => void;
}

function CancelDialog({ id, name, onClose, onDone }: ActProps & { name: string }) {
  const { clients } = useEvent();
  const form = useStep({
    desc: CancelRegistrationRequestSchema,
    initial: { registrationId: id },
    send: async (request) => {
      await clients.registrations.cancelRegistration(request);
      return {};
    },
    done: "The place is cancelled. The person gets a mail.",
    arrive: onDone,
  });
  return (
    <FormDialog
      title={`Cancel the place of ${name}?`}
      form={form}
      consequences={[
        { icon: "mail", text: "One person gets a mail that says so, with your message." },
        { icon: "calendar", text: "The entry goes from their calendar." },
        { icon: "ticket", text: "The place can be had by somebody else at once." },
      ]}
      confirm="Cancel the place and tell them"
      danger
      keep="Keep the place"
      onClose={onClose}
    />
  );
}

function ResendDialog({ id, email, onClose, onDone }: ActProps & { email: string }) {
  const { clients } = useEvent();
  const form = useStep({
    desc: ResendConfirmationRequestSchema,
    initial: { registrationId: id },
    send: async (request) => {
      await clients.registrations.resendConfirmation(request);
      return {};
    },
    done: "The confirmation is on its way again.",
    arrive: onDone,
  });
  return (
    <FormDialog
      title="Send the confirmation again?"
      form={form}
      consequences={[
        {
          icon: "mail",
          text: `One mail goes to ${email}, with the link to the registration and the calendar invite.`,
        },
      ]}
      confirm="Send it"
      onClose={onClose}
    />
  );
}

/** The registration form of the event: which questions are asked, in which order, and of whom. */

import { create } from "@bufbuild/protobuf";
import { useEffect, useMemo } from "preact/hooks";
import type { Draft } from "../../form/draft";
import { Form } from "../../form/form";
import type { Kit } from "../../form/handle";
import {
  type GetFormResponse,
  type Question,
  QuestionSchema,
  RegistrationService,
  SaveFormRequestSchema,
} from "../../gen/lanyard/booking/v1/booking_pb";
import { Ready } from "../kit/bits";
import { useEdit } from "../kit/edit";
import { say } from "../kit/toast";
import { useLoad } from "../load";
import { guard } from "../router";
import { ChoicesField, ConditionField } from "./choices";
import { useEvent } from "./context";
import { Preview } from "./preview";
import { Questions } from "./question-list";
import { toSend } from "./questions";

/** The tab with the form. */
export function FormEditor() {
  const { ids, clients, may } = useEvent();
  const form = useLoad((signal) => clients.registrations.getForm(ids, { signal }), [ids.eventId]);
  return (
    <Ready of={form}>
      {(saved) =>
        may(RegistrationService.method.saveForm) ? (
          <Editor saved={saved} onSaved={form.set} />
        ) : (
          <Preview questions={saved.questions.filter((q) => !q.archived)} />
        )
      }
    </Ready>
  );
}

/** The draft of a form. */
export type FormDraft = Draft<typeof SaveFormRequestSchema>;

/** The components of a form's parts. Ids and the version are the program's business. */
function kitFor(saved: GetFormResponse): Kit {
  return {
    fields: {
      id: () => null,
      version: () => null,
      choices: ChoicesField,
      condition: ConditionField,
      questions: ({ form }) => <Questions form={form} saved={saved} />,
    },
  };
}

interface EditorProps {
  saved: GetFormResponse;
  onSaved: (form: GetFormResponse) => void;
}

function Editor({ saved, onSaved }: EditorProps) {
  const { ids, clients } = useEvent();
  const present = ({ questions, version }: GetFormResponse) => ({
    message: create(SaveFormRequestSchema, {
      ...ids,
      questions: questions.filter((q) => !q.archived),
    }),
    version,
  });
  const kit = useMemo(() => kitFor(saved), [saved]);
  const { form, notice } = useEdit({
    desc: SaveFormRequestSchema,
    from: present(saved),
    kit,
    send: (request) =>
      clients.registrations.saveForm({ ...request, questions: toSend(request.questions) }),
    latest: async () => present(await clients.registrations.getForm(ids)),
    done: (answer, versioned) => {
      versioned.saved(answer.version);
      const now = { ...answer, $typeName: "lanyard.booking.v1.GetFormResponse" } as GetFormResponse;
      form.draft.replace(present(now).message);
      onSaved(now);
      say("The form is saved. It is asked in this way from now on.");
    },
  });
  useEffect(() => guard(() => form.draft.dirty), [form]);
  const { questions } = form.draft.message;
  const kept = saved.questions.filter((q) => q.archived && questions.every((o) => o.id !== q.id));
  return (
    <>
      {notice}
      <div class="split split--even">
        <Form of={form} label="Registration form" plain>
          <div class="form__actions form__actions--sticky">
            <button
              type="submit"
              class="button button--primary"
              aria-busy={form.busy.value || undefined}
            >
              Save the form
            </button>
            <p class="form__note">Nobody gets a mail. Answers given before stay as they are.</p>
          </div>
          {kept.length > 0 && <Archived questions={kept} draft={form.draft} />}
        </Form>
        {/* A copy: the same array would look as if nothing had changed. */}
        <Preview questions={[...questions]} />
      </div>
    </>
  );
}

interface ArchivedProps {
  questions: readonly Question[];
  draft: FormDraft;
}

/** Questions that were answered and are asked no more. */
function Archived({ questions, draft }: ArchivedProps) {
  const again = (question: Question) => {
    draft.message.questions.push(create(QuestionSchema, { ...question, archived: false }));
    draft.touch("questions");
  };
  return (
    <details class="fold">
      <summary>Asked before, not any more ({questions.length})</summary>
      <ul class="fold__body cards">
        {questions.map((question) => (
          <li class="row row--spread" key={question.id}>
            <span>{question.label}</span>
            <button type="button" class="button" onClick={() => again(question)}>
              Ask again<span class="visually-hidden">: {question.label}</span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The questions of a form that is edited: adding, moving and removing them. */

import { create } from "@bufbuild/protobuf";
import { useEffect, useRef, useState } from "preact/hooks";
import type { FormHandle } from "../../form/handle";
import {
  type GetFormResponse,
  type Question,
  QuestionSchema,
  QuestionType,
} from "../../gen/lanyard/booking/v1/booking_pb";
import { count } from "../../lib/words";
import { Empty, Icon } from "../kit/bits";
import type { FormDraft } from "./form-editor";
import { QuestionCard } from "./question";

interface QuestionsProps {
  form: FormHandle;
  saved: GetFormResponse;
}

/** What can be done with the list as a whole, with the focus kept where the person is. */
function useArranging(form: FormHandle) {
  const draft = form.draft as FormDraft;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [moved, setMoved] = useState("");
  const focus = useRef("");
  const { questions } = draft.message;
  useEffect(() => {
    document.getElementById(focus.current)?.focus();
    focus.current = "";
  });
  const add = () => {
    const id = `new-${crypto.randomUUID().slice(0, 8)}`;
    questions.push(create(QuestionSchema, { id, type: QuestionType.TEXT }));
    setOpen(new Set([...open, id]));
    focus.current = `${form.id}-questions-${questions.length - 1}-label`;
    draft.touch("questions");
  };
  const move = (question: Question, by: number) => {
    const from = questions.indexOf(question);
    questions.splice(from, 1);
    questions.splice(from + by, 0, question);
    focus.current = `${question.id}-${by < 0 ? "up" : "down"}`;
    setMoved(`Moved to place ${from + by + 1} of ${questions.length}`);
    draft.touch("questions");
  };
  const remove = (question: Question) => {
    questions.splice(questions.indexOf(question), 1);
    focus.current = `${form.id}-add`;
    draft.touch("questions");
  };
  const toggle = (id: string) => {
    const next = new Set(open);
    if (!next.delete(id)) {
      next.add(id);
    }
    setOpen(next);
  };
  return { questions, open, moved, add, move, remove, toggle };
}

/** The questions in order, and the button for another one. */
export function Questions({ form, saved }: QuestionsProps) {
  const { questions, open, moved, add, move, remove, toggle } = useArranging(form);
  return (
    <div class="field--wide stack">
      <p class="muted">
        Name, e-mail address, organisation and “I am” are always asked. Your own questions follow.
      </p>
      {questions.length === 0 ? (
        <Empty icon="edit" title="No questions of your own" text="A short form is a good form." />
      ) : (
        <ol class="questions" aria-label={count(questions.length, "question")}>
          {questions.map((question, i) => (
            <QuestionCard
              key={question.id}
              question={question}
              index={i}
              last={i === questions.length - 1}
              saved={saved.questions.find((q) => q.id === question.id)}
              form={form}
              open={open.has(question.id)}
              onToggle={() => toggle(question.id)}
              onMove={(by) => move(question, by)}
              onRemove={() => remove(question)}
            />
          ))}
        </ol>
      )}
      <p class="visually-hidden" role="status">
        {moved}
      </p>
      <button type="button" class="button" id={`${form.id}-add`} onClick={add}>
        <Icon name="plus" />
        Add a question
      </button>
    </div>
  );
}

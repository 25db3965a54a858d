/** One question of the form that is edited: a line that opens to everything about it. */

import { reflect } from "@bufbuild/protobuf/reflect";
import { Fields } from "../../form/field";
import type { FormHandle } from "../../form/handle";
import { labelOf } from "../../form/schema";
import {
  type Question,
  QuestionSchema,
  QuestionTypeSchema,
  type SaveFormRequest,
} from "../../gen/lanyard/booking/v1/booking_pb";
import { Icon, Notice, Unseen } from "../kit/bits";
import { conditionTrouble } from "./questions";

/** What the card needs. */
export interface QuestionCardProps {
  question: Question;
  index: number;
  last: boolean;
  /** The question as it was saved; undefined for a new one. */
  saved: Question | undefined;
  form: FormHandle;
  open: boolean;
  onToggle: () => void;
  onMove: (by: number) => void;
  onRemove: () => void;
}

/** The card of a question. */
export function QuestionCard(props: QuestionCardProps) {
  const { question, index, saved, form, onToggle } = props;
  const all = (form.draft.message as SaveFormRequest).questions;
  const path = `questions[${index}]`;
  const wrong = form.draft.violations.value.some((v) => v.path.startsWith(`${path}.`));
  const open = props.open || wrong || conditionTrouble(question, all) !== "";
  const retyped = saved !== undefined && saved.type !== question.type;
  return (
    <li class={wrong ? "panel question question--invalid" : "panel question"}>
      <div class="question__head">
        <div class="question__title">
          <strong>
            {index + 1}. {question.label || "New question"}
          </strong>
          <span class="badges">
            <span class="badge">{labelOf(QuestionTypeSchema, question.type)}</span>
            {question.required && <span class="badge badge--accent">Must be answered</span>}
            {question.condition !== undefined && <span class="badge badge--warm">Sometimes</span>}
          </span>
        </div>
        <Buttons {...props} open={open} onToggle={onToggle} />
      </div>
      {open && (
        <div class="question__body">
          {retyped && (
            <Notice title="This becomes a new question">
              <p>Answers to the old kind are kept with the old question.</p>
            </Notice>
          )}
          <Fields node={reflect(QuestionSchema, question)} path={path} form={form} />
        </div>
      )}
    </li>
  );
}

function Buttons(props: QuestionCardProps) {
  const { question, index, last, open, onToggle, onMove, onRemove } = props;
  const name = <Unseen> {question.label || "the new question"}</Unseen>;
  return (
    <div class="question__buttons">
      <button
        type="button"
        class="button button--quiet button--icon button--up"
        id={`${question.id}-up`}
        disabled={index === 0}
        onClick={() => onMove(-1)}
      >
        <Icon name="chevron" />
        <Unseen>Move up{name}</Unseen>
      </button>
      <button
        type="button"
        class="button button--quiet button--icon"
        id={`${question.id}-down`}
        disabled={last}
        onClick={() => onMove(1)}
      >
        <Icon name="chevron" />
        <Unseen>Move down{name}</Unseen>
      </button>
      <button type="button" class="button" aria-expanded={open} onClick={onToggle}>
        {open ? "Close" : "Edit"}
        {name}
      </button>
      <button type="button" class="button button--danger-quiet" onClick={onRemove}>
        Remove{name}
      </button>
    </div>
  );
}

/** The parts of a question that have a shape of their own: its choices, and when it is asked. */

import { create } from "@bufbuild/protobuf";
import { useEffect, useRef } from "preact/hooks";
import { type FieldProps, idOf } from "../../form/handle";
import { shapeAt } from "../../form/schema";
import { wording } from "../../form/wording";
import {
  ChoiceSchema,
  ConditionSchema,
  type Question,
  type SaveFormRequest,
} from "../../gen/lanyard/booking/v1/booking_pb";
import { Icon, Unseen } from "../kit/bits";
import {
  conditionTrouble,
  fixedAnswers,
  hasChoices,
  nameChoices,
  possibleConditions,
} from "./questions";

/** The choices of a question, in order. */
export function ChoicesField({ place, form }: FieldProps) {
  const question = place.node.message as Question;
  const { choices } = question;
  const focus = useRef(-1);
  useEffect(() => {
    if (focus.current >= 0) {
      document.getElementById(idOf(form, `${place.path}[${focus.current}].label`))?.focus();
      focus.current = -1;
    }
  });
  if (!hasChoices(question)) {
    return null;
  }
  const add = () => {
    choices.push(create(ChoiceSchema));
    focus.current = choices.length - 1;
    form.draft.touch(place.path);
  };
  const remove = (i: number) => {
    choices.splice(i, 1);
    focus.current = Math.min(i, choices.length - 1);
    form.draft.touch(place.path);
  };
  const complaints = form.draft.complaints(place.path);
  return (
    <fieldset class="field field--wide">
      <legend class="field__label">{place.shape.label}</legend>
      {complaints.length > 0 && <p class="field__error">{complaints.join(" ")}</p>}
      <ol class="rows">
        {choices.map((choice, i) => (
          <li class="rows__row" key={i}>
            <ChoiceInput place={place} form={form} index={i} onEnter={add} />
            <button
              type="button"
              class="button button--quiet button--icon"
              onClick={() => remove(i)}
            >
              <Icon name="cross" />
              <Unseen>Remove {choice.label || `choice ${i + 1}`}</Unseen>
            </button>
          </li>
        ))}
      </ol>
      <div>
        <button type="button" class="button" onClick={add}>
          <Icon name="plus" />
          Add a choice
        </button>
      </div>
    </fieldset>
  );
}

interface ChoiceInputProps extends FieldProps {
  index: number;
  onEnter: () => void;
}

function ChoiceInput({ place, form, index, onEnter }: ChoiceInputProps) {
  const question = place.node.message as Question;
  const choice = question.choices[index];
  const path = `${place.path}[${index}].label`;
  const id = idOf(form, path);
  const found = form.draft.violations.value.filter((v) => v.path === path);
  if (choice === undefined) {
    return null;
  }
  return (
    <div class="field">
      {found.length > 0 && (
        <p class="field__error" id={`${id}-error`}>
          {found.map((v) => wording(v, shapeAt(form.draft.desc, path))).join(" ")}
        </p>
      )}
      <input
        class="input"
        id={id}
        aria-label={`Choice ${index + 1}`}
        aria-invalid={found.length > 0 || undefined}
        aria-describedby={found.length > 0 ? `${id}-error` : undefined}
        value={choice.label}
        onInput={(e) => {
          choice.label = e.currentTarget.value;
          form.draft.touch(path);
        }}
        onBlur={() => {
          nameChoices(question);
          form.draft.touch(path);
        }}
        onKeyDown={(e) => {
          if (e.key === "Enter") {
            e.preventDefault(); // the next choice, not the end of the form
            onEnter();
          }
        }}
      />
    </div>
  );
}

/** When a question is asked. */
export function ConditionField({ place, form }: FieldProps) {
  const question = place.node.message as Question;
  const all = (form.draft.message as SaveFormRequest).questions;
  const earlier = possibleConditions(question, all);
  const { condition } = question;
  if (earlier.length === 0 && condition === undefined) {
    return null;
  }
  const id = idOf(form, place.path);
  const on = earlier.find((q) => q.id === condition?.questionId);
  const trouble = conditionTrouble(question, all);
  const choose = (questionId: string) => {
    if (questionId === "") {
      delete question.condition;
    } else {
      question.condition = create(ConditionSchema, { questionId });
    }
    form.draft.touch(place.path);
  };
  return (
    <fieldset class={trouble === "" ? "field field--wide" : "field field--wide field--invalid"}>
      <legend class="field__label">{place.shape.label}</legend>
      {trouble !== "" && <p class="field__error">{trouble}</p>}
      <select
        class="input"
        id={id}
        aria-label={`${place.shape.label}: question`}
        value={on?.id ?? (condition === undefined ? "" : "gone")}
        onChange={(e) => choose(e.currentTarget.value)}
      >
        <option value="">Always</option>
        {condition !== undefined && on === undefined && (
          <option value="gone" disabled>
            A question that is not before it
          </option>
        )}
        {earlier.map((q) => (
          <option key={q.id} value={q.id}>
            The answer to “{q.label || "New question"}” is
          </option>
        ))}
      </select>
      {on !== undefined && <AnyOf question={question} on={on} place={place} form={form} />}
    </fieldset>
  );
}

interface AnyOfProps extends FieldProps {
  question: Question;
  on: Question;
}

function AnyOf({ question, on, place, form }: AnyOfProps) {
  const chosen = question.condition?.anyOf ?? [];
  const toggle = (id: string, ticked: boolean) => {
    if (question.condition !== undefined) {
      question.condition.anyOf = fixedAnswers(on)
        .map((a) => a.id)
        .filter((a) => (a === id ? ticked : chosen.includes(a)));
      form.draft.touch(place.path);
    }
  };
  return (
    <div class="choices choices--inline">
      {fixedAnswers(on).map(({ id, label }) => (
        <label class="choice" key={id}>
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            onChange={(e) => toggle(id, e.currentTarget.checked)}
          />
          <span class="choice__title">{label}</span>
        </label>
      ))}
    </div>
  );
}

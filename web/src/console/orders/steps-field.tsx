/** The refund steps as rows: until how long before the start, and how much goes back. */

import { create } from "@bufbuild/protobuf";
import { type ReflectList, type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { useState } from "preact/hooks";
import { type FieldProps, idOf } from "../../form/handle";
import { type RefundStep, RefundStepSchema } from "../../gen/lanyard/booking/v1/order_pb";
import { Icon, Unseen } from "../kit/bits";
import { inOrder, stepTrouble, stepWords } from "./steps";

/** The field. The rows stay as typed while they are changed, and stand in order once left. */
export function StepsField({ place, form }: FieldProps) {
  const { shape, node, path } = place;
  const list = node.get(shape.desc) as ReflectList<ReflectMessage>;
  const steps = [...list].map((item) => item.message as RefundStep);
  const put = (next: readonly RefundStep[]) => {
    list.clear();
    for (const step of next) {
      list.add(reflect(RefundStepSchema, step));
    }
    form.draft.touch(path);
  };
  const change = (i: number, step: Partial<RefundStep>) =>
    put(steps.map((s, k) => (k === i ? { ...s, ...step } : s)));
  const add = () => put([...steps, create(RefundStepSchema, next(steps))]);
  const complaints = form.draft.violations.value.filter((v) => v.path.startsWith(path));
  const trouble = complaints.length > 0 ? "Please look at the numbers." : stepTrouble(steps);
  return (
    <fieldset class="field field--wide" id={idOf(form, path)} tabIndex={-1}>
      <legend class="field__label">{shape.label}</legend>
      <p class="field__help">
        What goes back when a place is given up, by how long before the start that is.
      </p>
      {trouble !== "" && <p class="field__error">{trouble}</p>}
      <ol
        class="rows"
        onFocusOut={(e) => {
          // Sorted once the person has left the rows: none may move while it is being typed in.
          if (!(e.relatedTarget instanceof Node && e.currentTarget.contains(e.relatedTarget))) {
            put(inOrder(steps));
          }
        }}
      >
        {steps.map((step, i) => (
          <Row
            key={`${i}-${steps.length}`}
            step={step}
            n={i + 1}
            id={`${idOf(form, path)}-${i}`}
            onChange={(changed) => change(i, changed)}
            onDrop={() => put(steps.filter((_, k) => k !== i))}
          />
        ))}
      </ol>
      {steps.length < (shape.max ?? 10) && (
        <button type="button" class="button" onClick={add}>
          <Icon name="plus" />
          Add a step
        </button>
      )}
      <ul class="why" aria-live="polite">
        {stepWords(steps).map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </fieldset>
  );
}

/** A sensible step below those that are there. */
function next(steps: readonly RefundStep[]): { hoursBefore: number; percent: number } {
  const last = inOrder(steps).at(-1);
  if (last === undefined) {
    return { hoursBefore: 14 * 24, percent: 100 };
  }
  return { hoursBefore: Math.floor(last.hoursBefore / 2), percent: Math.floor(last.percent / 2) };
}

interface RowProps {
  step: RefundStep;
  n: number;
  id: string;
  onChange: (step: Partial<RefundStep>) => void;
  onDrop: () => void;
}

function Row({ step, n, id, onChange, onDrop }: RowProps) {
  const whole = step.hoursBefore % 24 === 0 && step.hoursBefore > 0;
  const [days, setDays] = useState(whole);
  const unit = days && whole ? 24 : 1;
  return (
    <li class="rows__row rows__row--step">
      <div class="field">
        <label class="field__label" for={`${id}-before`}>
          Until<Unseen> (step {n})</Unseen>
        </label>
        <div class="row">
          <input
            class="input input--short"
            id={`${id}-before`}
            type="number"
            min={0}
            max={8760 / unit}
            value={step.hoursBefore / unit}
            onInput={(e) => onChange({ hoursBefore: wholeNumber(e.currentTarget.value) * unit })}
          />
          <select
            class="input"
            aria-label={`Unit of step ${n}`}
            value={String(unit)}
            onChange={(e) => {
              const to = Number(e.currentTarget.value);
              setDays(to === 24);
              onChange({ hoursBefore: Math.round(step.hoursBefore / unit) * to });
            }}
          >
            <option value="24">days before</option>
            <option value="1">hours before</option>
          </select>
        </div>
      </div>
      <div class="field">
        <label class="field__label" for={`${id}-percent`}>
          Percent back<Unseen> (step {n})</Unseen>
        </label>
        <input
          class="input input--short"
          id={`${id}-percent`}
          type="number"
          min={0}
          max={100}
          value={step.percent}
          onInput={(e) => onChange({ percent: wholeNumber(e.currentTarget.value) })}
        />
      </div>
      <button type="button" class="button button--quiet" onClick={onDrop}>
        Remove<Unseen> step {n}</Unseen>
      </button>
    </li>
  );
}

/** A number as typed; what is none counts as nothing. */
function wholeNumber(text: string): number {
  const n = Math.trunc(Number(text));
  return Number.isFinite(n) ? n : 0;
}

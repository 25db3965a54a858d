/** The form as attendees will see it, answerable, so that conditions can be tried out. */

import { useId, useState } from "preact/hooks";
import { Mark } from "../../form/field";
import { type Question, QuestionType } from "../../gen/lanyard/booking/v1/booking_pb";
import { type Answers, asked, fixedAnswers } from "./questions";

/** The preview beside the editor. */
export function Preview({ questions }: { questions: readonly Question[] }) {
  const [answers, setAnswers] = useState<Answers>(new Map());
  const shown = asked(questions, answers);
  const hidden = questions.length - shown.length;
  const answer = (id: string, values: readonly string[]) =>
    setAnswers(new Map([...answers, [id, values]]));
  return (
    <section class="panel preview-form" aria-labelledby="preview">
      <div class="panel__head">
        <h2 class="panel__title" id="preview">
          As attendees see it
        </h2>
        {answers.size > 0 && (
          <button type="button" class="link-button" onClick={() => setAnswers(new Map())}>
            Clear the answers
          </button>
        )}
      </div>
      <div class="panel__body">
        {shown.length === 0 && <p class="muted">Only name, address, organisation and “I am”.</p>}
        {shown.map((question) => (
          <PreviewField
            key={question.id}
            question={question}
            values={answers.get(question.id) ?? []}
            onAnswer={(values) => answer(question.id, values)}
          />
        ))}
        {hidden > 0 && (
          <p class="form__note" role="status">
            {hidden === 1 ? "1 question is" : `${hidden} questions are`} not asked with these
            answers.
          </p>
        )}
      </div>
    </section>
  );
}

interface PreviewFieldProps {
  question: Question;
  values: readonly string[];
  onAnswer: (values: readonly string[]) => void;
}

function PreviewField(props: PreviewFieldProps) {
  const { question } = props;
  const id = useId();
  const label = (
    <>
      {question.label || "New question"}
      <Mark required={question.required} />
    </>
  );
  const help = question.help !== "" && <p class="field__help">{question.help}</p>;
  switch (question.type) {
    case QuestionType.CONSENT:
      return (
        <div class="consent">
          <Choices {...props} id={id} kind="checkbox" label={question.label} />
        </div>
      );
    case QuestionType.CHOICE:
    case QuestionType.YES_NO:
    case QuestionType.MULTI_CHOICE:
      return (
        <fieldset class="field">
          <legend class="field__label">{label}</legend>
          {help}
          <Choices
            {...props}
            id={id}
            kind={question.type === QuestionType.MULTI_CHOICE ? "checkbox" : "radio"}
          />
        </fieldset>
      );
    default:
      return (
        <div class="field">
          <label class="field__label" for={id}>
            {label}
          </label>
          {help}
          <Blank type={question.type} id={id} />
        </div>
      );
  }
}

interface ChoicesProps extends PreviewFieldProps {
  id: string;
  kind: "radio" | "checkbox";
  /** Stands in for the answer's own label. */
  label?: string;
}

function Choices({ question, values, onAnswer, id, kind, label }: ChoicesProps) {
  const toggle = (value: string, on: boolean) => {
    const others = kind === "radio" ? [] : values.filter((v) => v !== value);
    onAnswer(on ? [...others, value] : others);
  };
  return (
    <div class={question.type === QuestionType.YES_NO ? "choices choices--inline" : "choices"}>
      {fixedAnswers(question).map((a) => (
        <label class="choice" key={a.id}>
          <input
            type={kind as "radio"}
            name={kind === "radio" ? id : undefined}
            checked={values.includes(a.id)}
            onChange={(e) => toggle(a.id, e.currentTarget.checked)}
          />
          <span class="choice__title">
            {label ?? a.label}
            {label !== undefined && <Mark required={question.required} />}
          </span>
        </label>
      ))}
    </div>
  );
}

function Blank({ type, id }: { type: QuestionType; id: string }) {
  switch (type) {
    case QuestionType.LONG_TEXT:
      return <textarea class="input" id={id} rows={3} />;
    case QuestionType.DATE:
      return <input class="input input--short" id={id} type="date" />;
    case QuestionType.NUMBER:
      return <input class="input input--short" id={id} inputMode="decimal" />;
    case QuestionType.PHONE:
      return <input class="input input--medium" id={id} type="tel" autocomplete="off" />;
    default:
      return <input class="input" id={id} autocomplete="off" />;
  }
}

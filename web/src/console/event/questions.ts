/** What follows from the questions of a form: which are asked, and what may depend on what. */

import { clone } from "@bufbuild/protobuf";
import {
  type Question,
  QuestionSchema,
  QuestionType,
} from "../../gen/lanyard/booking/v1/booking_pb";
import { choiceId } from "../../lib/words";

/** Answers as the preview keeps them: the values by question. */
export type Answers = ReadonlyMap<string, readonly string[]>;

/** Whether a question has choices. */
export function hasChoices({ type }: Pick<Question, "type">): boolean {
  return type === QuestionType.CHOICE || type === QuestionType.MULTI_CHOICE;
}

/** The answers on which another question can depend; empty for questions that have no fixed ones. */
export function fixedAnswers(question: Question): { id: string; label: string }[] {
  switch (question.type) {
    case QuestionType.CHOICE:
    case QuestionType.MULTI_CHOICE:
      return question.choices.filter((c) => c.id !== "").map(({ id, label }) => ({ id, label }));
    case QuestionType.YES_NO:
      return [
        { id: "yes", label: "Yes" },
        { id: "no", label: "No" },
      ];
    case QuestionType.CONSENT:
      return [{ id: "yes", label: "Ticked" }];
    default:
      return [];
  }
}

/** The questions before this one on which it can depend. */
export function possibleConditions(question: Question, all: readonly Question[]): Question[] {
  return all.slice(0, all.indexOf(question)).filter((q) => fixedAnswers(q).length > 0);
}

/** What is wrong with a question's condition; empty when nothing is. */
export function conditionTrouble(question: Question, all: readonly Question[]): string {
  const { condition } = question;
  if (condition === undefined) {
    return "";
  }
  const earlier = possibleConditions(question, all).find((q) => q.id === condition.questionId);
  if (earlier === undefined) {
    return "It depends on a question that does not stand before it. Move it, or ask it always.";
  }
  const known = fixedAnswers(earlier).map((a) => a.id);
  if (condition.anyOf.some((id) => !known.includes(id))) {
    return "It depends on an answer that is not there any more.";
  }
  return condition.anyOf.length === 0 ? "Please tick at least one answer." : "";
}

/** The questions that are asked, given the answers so far. One that is not asked has no answer. */
export function asked(questions: readonly Question[], answers: Answers): Question[] {
  const out: Question[] = [];
  for (const question of questions) {
    const { condition } = question;
    const given = out.some((q) => q.id === condition?.questionId)
      ? (answers.get(condition?.questionId ?? "") ?? [])
      : [];
    if (condition === undefined || condition.anyOf.some((id) => given.includes(id))) {
      out.push(question);
    }
  }
  return out;
}

/** Gives choices their ids, once and for ever: conditions and answers name choices by them. */
export function nameChoices(question: Question): void {
  for (const choice of question.choices) {
    if (choice.id === "" && choice.label.trim() !== "") {
      choice.id = choiceId(
        choice.label,
        question.choices.map((c) => c.id),
      );
    }
  }
}

/** The questions as they are sent: without choices where none belong. */
export function toSend(questions: readonly Question[]): Question[] {
  return questions.map((question) => {
    const out = clone(QuestionSchema, question);
    if (hasChoices(out)) {
      nameChoices(out);
    } else {
      out.choices = [];
    }
    return out;
  });
}

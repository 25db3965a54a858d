import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { QuestionSchema, QuestionType } from "../../gen/lanyard/booking/v1/booking_pb";
import { asked, conditionTrouble, fixedAnswers, possibleConditions, toSend } from "./questions";
import { inWords } from "./registration";

const question = (init: MessageInitShape<typeof QuestionSchema>) => create(QuestionSchema, init);

const coming = question({
  id: "coming",
  type: QuestionType.CHOICE,
  label: "How do you come?",
  choices: [
    { id: "train", label: "By train" },
    { id: "car", label: "By car" },
  ],
});
const parking = question({
  id: "parking",
  type: QuestionType.YES_NO,
  condition: { questionId: "coming", anyOf: ["car"] },
});
const plate = question({
  id: "plate",
  type: QuestionType.TEXT,
  condition: { questionId: "parking", anyOf: ["yes"] },
});

describe("asked", () => {
  const ask = (...answers: [string, string[]][]) =>
    asked([coming, parking, plate], new Map(answers)).map((q) => q.id);

  it("follows the answers", () => {
    expect([
      ask(),
      ask(["coming", ["train"]]),
      ask(["coming", ["car"]]),
      ask(["coming", ["car"]], ["parking", ["yes"]]),
    ]).toEqual([["coming"], ["coming"], ["coming", "parking"], ["coming", "parking", "plate"]]);
  });

  it("takes no answer from a question that is not asked any more", () => {
    expect(ask(["coming", ["train"]], ["parking", ["yes"]])).toEqual(["coming"]);
  });
});

describe("conditions", () => {
  it("can hang only on earlier questions with fixed answers", () => {
    const consent = question({ id: "consent", type: QuestionType.CONSENT });
    const text = question({ id: "text", type: QuestionType.TEXT });
    const all = [coming, text, consent, plate, parking];
    expect(possibleConditions(plate, all).map((q) => q.id)).toEqual(["coming", "consent"]);
    expect(fixedAnswers(consent)).toEqual([{ id: "yes", label: "Ticked" }]);
  });

  it("are in trouble when the order or the answers have changed", () => {
    const without = question({
      id: "coming",
      type: QuestionType.CHOICE,
      choices: [{ id: "train", label: "By train" }],
    });
    const nothing = question({
      id: "parking",
      type: QuestionType.YES_NO,
      condition: { questionId: "coming", anyOf: [] },
    });
    expect([
      conditionTrouble(parking, [coming, parking]),
      conditionTrouble(parking, [parking, coming]),
      conditionTrouble(parking, [without, parking]),
      conditionTrouble(nothing, [coming, nothing]),
      conditionTrouble(coming, [coming]),
    ]).toEqual([
      "",
      "It depends on a question that does not stand before it. Move it, or ask it always.",
      "It depends on an answer that is not there any more.",
      "Please tick at least one answer.",
      "",
    ]);
  });
});

describe("toSend", () => {
  it("names choices once and drops those that belong to no choice", () => {
    const typed = question({
      id: "new-1",
      type: QuestionType.MULTI_CHOICE,
      choices: [{ id: "vegan", label: "Plants" }, { label: "Vegan" }, { label: "Ümlaut" }],
    });
    const retyped = question({ type: QuestionType.TEXT, choices: [{ id: "x", label: "X" }] });
    const [first, second] = toSend([typed, retyped]);
    expect(first?.choices.map((c) => c.id)).toEqual(["vegan", "vegan-2", "umlaut"]);
    expect(second?.choices).toEqual([]);
    expect(retyped.choices).toHaveLength(1);
  });
});

describe("inWords", () => {
  const answer = (questionId: string, values: string[]) =>
    ({ $typeName: "lanyard.booking.v1.Answer", questionId, values }) as const;

  it("speaks in labels", () => {
    const consent = question({ type: QuestionType.CONSENT });
    expect([
      inWords(coming, answer("coming", ["car"])),
      inWords(parking, answer("parking", ["no"])),
      inWords(consent, answer("", ["yes"])),
      inWords(coming, answer("coming", ["gone"])),
      inWords(plate, undefined),
    ]).toEqual(["By car", "No", "Agreed", "gone", "Not answered"]);
  });
});

/** The answer to a scan, to be read from two metres away without thinking. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Basis, Outcome } from "../../gen/lanyard/checkin/v1/checkin_pb";
import { basisWords } from "../book";
import type { Card } from "../card";
import { letsThrough } from "../judge";
import { Ask, go, Icon, Shape } from "./bits";
import { orderCode, useDoor } from "./context";
import { printBadge } from "./print";

/** How long a green card stays. */
const greenStays = 2_000;

/** Shows the present card. The region is there before it has words, so that they are read out. */
export function Verdict() {
  const door = useDoor();
  const card = door.log.card.value;
  const undoing = useSignal(false);
  useEffect(() => {
    undoing.value = false;
    if (card === null || card.tone !== "green") {
      return;
    }
    const timer = setTimeout(() => {
      if (!undoing.value && door.log.card.peek()?.id === card.id) {
        door.log.clear();
      }
    }, greenStays);
    return () => clearTimeout(timer);
  }, [card?.id, card?.tone]);
  return (
    <div class="verdict" role="status" aria-live="assertive" data-tone={card?.tone ?? "none"}>
      {card !== null && <Face key={card.id} card={card} onUndo={() => (undoing.value = true)} />}
      {card !== null && undoing.value && (
        <UndoDialog card={card} onClose={() => (undoing.value = false)} />
      )}
    </div>
  );
}

function Face({ card, onUndo }: { card: Card; onUndo: () => void }) {
  const through = letsThrough(card.outcome);
  return (
    <div class="face" data-outcome={Outcome[card.outcome]} data-shown-at={card.shownAt}>
      <div class="face__head">
        <Shape tone={card.tone} />
        <p class="face__word">{card.word}</p>
      </div>
      <p class="face__name" dir="auto">
        {card.name || (card.ticketId === "" ? "" : "No name")}
      </p>
      {card.organisation !== "" && (
        <p class="face__from" dir="auto">
          {card.organisation}
        </p>
      )}
      {(card.product !== "" || card.badges.length > 0) && (
        <p class="face__badges">
          {card.product !== "" && <span class="face__badge">{card.product}</span>}
          {card.badges.map((badge) => (
            <span key={badge} class="face__badge face__badge--mark">
              {badge}
            </span>
          ))}
        </p>
      )}
      {card.sentence !== "" && <p class="face__sentence">{card.sentence}</p>}
      {card.note !== "" && <p class="face__note">{card.note}</p>}
      {card.answers.length > 0 && (
        <dl class="face__answers">
          {card.answers.map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {card.ask.length > 0 && <Questions card={card} />}
      <Buttons card={card} onUndo={onUndo} />
      {through && (
        <p class="face__basis">
          <span class={card.confirmed ? "tick tick--full" : "tick"} aria-hidden="true" />
          {card.confirmed ? basisWords[Basis.LIVE] : basisWords[card.basis]}
        </p>
      )}
    </div>
  );
}

function Buttons({ card, onUndo }: { card: Card; onUndo: () => void }) {
  const door = useDoor();
  const unpaid = card.outcome === Outcome.UNPAID;
  return (
    <div class="face__buttons">
      {unpaid && door.isLead && (
        <button
          type="button"
          class="button button--large"
          onClick={() => void door.again(card, { cashTaken: true })}
        >
          {card.due === "" ? "Money taken" : `${card.due} taken`}: let in
        </button>
      )}
      {card.tone !== "green" && (
        <button
          type="button"
          class="button button--large button--primary"
          onClick={() => door.log.clear()}
        >
          Next
        </button>
      )}
      {card.othersOpen > 0 && !card.exit && door.isLead && (
        <button
          type="button"
          class="button button--large"
          onClick={() => {
            orderCode.value = card.orderCode;
            door.log.clear();
            go("order");
          }}
        >
          <Icon name="people" />
          {card.othersOpen} more of this order
        </button>
      )}
      {door.mayUndo(card) && (
        <button type="button" class="button button--large" onClick={onUndo}>
          Take back
        </button>
      )}
      {letsThrough(card.outcome) && card.code !== "" && door.list.value?.details?.printBadges && (
        <button
          type="button"
          class="button button--large"
          onClick={() => printBadge(card, door.settings.value)}
        >
          Print badge here
        </button>
      )}
    </div>
  );
}

/** What is to be asked before somebody comes in. */
function Questions({ card }: { card: Card }) {
  const door = useDoor();
  const answers = useSignal<Record<string, string>>({});
  const set = (id: string, value: string) => {
    answers.value = { ...answers.value, [id]: value };
  };
  const given = card.ask.flatMap(({ id }) => {
    const value = (answers.value[id] ?? "").trim();
    return value === "" ? [] : [{ questionId: id, value }];
  });
  return (
    <form
      class="face__questions"
      onSubmit={(e) => {
        e.preventDefault();
        const typed = given.map((answer) => ({ ...answer, $typeName: answerType }) as const);
        void door.again(card, { answers: typed });
      }}
    >
      {card.ask.map(({ id, label, choices }) =>
        choices.length > 0 ? (
          <fieldset key={id}>
            <legend class="field__label">{label}</legend>
            <div class="button-row">
              {choices.map((choice) => (
                <label key={choice.id} class="pick">
                  <input
                    type="radio"
                    name={id}
                    value={choice.id}
                    checked={answers.value[id] === choice.id}
                    onChange={() => set(id, choice.id)}
                  />
                  <span>{choice.label}</span>
                </label>
              ))}
            </div>
          </fieldset>
        ) : (
          <div class="field" key={id}>
            <label class="field__label" for={id}>
              {label}
            </label>
            <input
              id={id}
              class="input"
              maxLength={500}
              value={answers.value[id] ?? ""}
              onInput={(e) => set(id, e.currentTarget.value)}
            />
          </div>
        ),
      )}
      <button
        type="submit"
        class="button button--primary button--large"
        disabled={given.length < card.ask.length}
      >
        Keep the answer and let in
      </button>
    </form>
  );
}

const answerType = "lanyard.checkin.v1.DoorAnswer" as const;

const reasons = ["Scanned by mistake", "Wrong person", "Left again at once"];

/** Asks why a scan is taken back. */
export function UndoDialog({ card, onClose }: { card: Card; onClose: () => void }) {
  const door = useDoor();
  const other = useSignal("");
  const undo = (reason: string) => {
    void door.undo(card, reason);
    onClose();
  };
  return (
    <Ask title={`Take back: ${card.name || "this scan"}`} onClose={onClose}>
      <p>The ticket can come in again afterwards. The log keeps both.</p>
      <div class="stack">
        {reasons.map((reason) => (
          <button
            key={reason}
            type="button"
            class="button button--block"
            onClick={() => undo(reason)}
          >
            {reason}
          </button>
        ))}
      </div>
      <form
        class="stack"
        onSubmit={(e) => {
          e.preventDefault();
          undo(other.value.trim());
        }}
      >
        <label class="field__label" for="undo-other">
          Another reason
        </label>
        <input
          id="undo-other"
          class="input"
          maxLength={200}
          value={other.value}
          onInput={(e) => {
            other.value = e.currentTarget.value;
          }}
        />
        <button type="submit" class="button" disabled={other.value.trim() === ""}>
          Take back
        </button>
      </form>
    </Ask>
  );
}

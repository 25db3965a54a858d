/** Controls in which people type. */

import { useState } from "preact/hooks";
import { number } from "../lib/words";
import type { ControlProps } from "./field";
import { Markdown } from "./markdown";

/** What every typed control has in common. */
function common({ place, form, id, describedBy, invalid }: ControlProps) {
  return {
    id,
    class: "input",
    required: place.shape.required,
    placeholder: place.shape.placeholder || undefined,
    autocomplete: place.shape.autocomplete || undefined,
    "aria-invalid": invalid || undefined,
    "aria-describedby": describedBy,
    onBlur: () => void form.draft.checkAt(place.path),
  } as const;
}

/** One line of text, an e-mail address or a web address. */
export function TextInput(props: ControlProps) {
  const { place, form } = props;
  const { kind } = place.shape;
  // The types of Preact know each kind of input apart; all three take the same attributes.
  const type = (kind === "email" || kind === "url" ? kind : "text") as "text";
  return (
    <input
      {...common(props)}
      type={type}
      spellcheck={kind === "text"}
      value={String(place.node.get(place.shape.desc))}
      onInput={(e) => form.draft.set(place, e.currentTarget.value)}
    />
  );
}

/** A number. */
export function NumberInput(props: ControlProps) {
  const { place, form } = props;
  return (
    <input
      {...common(props)}
      class="input input--short"
      type="text"
      inputMode={(place.shape.min ?? -1) >= 0 ? "numeric" : "text"}
      value={form.draft.numberText(place)}
      onInput={(e) => form.draft.setNumber(place, e.currentTarget.value)}
    />
  );
}

/** How full a text is when its room is worth a word. */
const nearlyFull = 0.7;

/** Several lines. */
export function TextArea(props: ControlProps) {
  const { place, form } = props;
  const text = String(place.node.get(place.shape.desc));
  const { maxLength = Number.POSITIVE_INFINITY } = place.shape;
  const length = [...text].length;
  return (
    <>
      <textarea
        {...common(props)}
        value={text}
        rows={place.shape.kind === "markdown" ? 12 : 4}
        onInput={(e) => form.draft.set(place, e.currentTarget.value)}
      />
      {length > maxLength * nearlyFull && (
        <p class="field__count">
          {number(length)} of {number(maxLength)} characters
        </p>
      )}
    </>
  );
}

/** Markdown, which can be looked at as it will read. */
export function MarkdownInput(props: ControlProps) {
  const [preview, setPreview] = useState(false);
  const text = String(props.place.node.get(props.place.shape.desc));
  return (
    <>
      <div class="tabs">
        <Tab now={!preview} text="Write" onClick={() => setPreview(false)} />
        <Tab now={preview} text="Preview" onClick={() => setPreview(true)} />
      </div>
      {preview ? (
        <div class="preview">
          {text.trim() === "" ? (
            <p class="muted">Nothing to show yet.</p>
          ) : (
            <Markdown text={text} />
          )}
        </div>
      ) : (
        <TextArea {...props} />
      )}
    </>
  );
}

function Tab({ now, text, onClick }: { now: boolean; text: string; onClick: () => void }) {
  return (
    <button type="button" class="tabs__tab" aria-pressed={now} onClick={onClick}>
      {text}
    </button>
  );
}

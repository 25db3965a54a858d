/** Several of the same: rows that can be added and taken away. */

import { create } from "@bufbuild/protobuf";
import { type ReflectList, type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { Fields } from "./field";
import { type FieldProps, idOf } from "./handle";
import { wording } from "./wording";

/** A list of messages, or of single lines of text. */
export function ListField({ place, form }: FieldProps) {
  const { shape, node, path } = place;
  if (shape.desc.fieldKind !== "list") {
    return null;
  }
  const items = node.get(shape.desc) as ReflectList;
  const complaints = form.draft.complaints(path);
  const message = shape.desc.message;
  const full = shape.max !== undefined && items.size >= shape.max;
  const add = () => {
    items.add(message === undefined ? "" : reflect(message, create(message)));
    form.draft.touch(path);
  };
  return (
    <fieldset class="field field--wide" id={idOf(form, path)} tabIndex={-1}>
      <legend class="field__label">{shape.label}</legend>
      {shape.help !== "" && <p class="field__help">{shape.help}</p>}
      {complaints.length > 0 && <p class="field__error">{complaints.join(" ")}</p>}
      <ol class="rows">
        {[...items].map((item, i) => {
          const at = `${path}[${i}]`;
          return (
            <li class="rows__row" key={at}>
              {message === undefined ? (
                <TextRow at={at} items={items} index={i} place={place} form={form} />
              ) : (
                <Fields node={item as ReflectMessage} path={at} form={form} />
              )}
              <button
                type="button"
                class="button button--quiet"
                onClick={() => drop(items, i, () => form.draft.touch(path))}
              >
                Remove<span class="visually-hidden"> {`${shape.label} ${i + 1}`}</span>
              </button>
            </li>
          );
        })}
      </ol>
      {!full && (
        <button type="button" class="button" onClick={add}>
          <span class="icon icon--plus" aria-hidden="true" />
          Add
        </button>
      )}
    </fieldset>
  );
}

interface TextRowProps extends FieldProps {
  at: string;
  items: ReflectList;
  index: number;
}

function TextRow({ at, items, index, place, form }: TextRowProps) {
  const found = form.draft.violations.value.filter((v) => v.path === at);
  const id = idOf(form, at);
  return (
    <div class="field">
      {found.length > 0 && (
        <p class="field__error" id={`${id}-error`}>
          {found.map((v) => wording(v, place.shape)).join(" ")}
        </p>
      )}
      <input
        class="input"
        id={id}
        aria-label={`${place.shape.label} ${index + 1}`}
        aria-invalid={found.length > 0 || undefined}
        aria-describedby={found.length > 0 ? `${id}-error` : undefined}
        value={String(items.get(index))}
        onInput={(e) => {
          items.set(index, e.currentTarget.value);
          form.draft.touch(at);
        }}
      />
    </div>
  );
}

function drop(items: ReflectList, index: number, changed: () => void): void {
  const kept = [...items].filter((_, i) => i !== index);
  items.clear();
  for (const item of kept) {
    items.add(item);
  }
  changed();
}

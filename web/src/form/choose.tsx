/** Controls in which people choose. */

import { type ControlProps, controlProps, Mark } from "./field";
import type { FieldProps } from "./handle";

/** A list that opens. */
export function Select({ place, form, id, describedBy, invalid }: ControlProps) {
  const value = place.node.get(place.shape.desc) as number;
  return (
    <select
      id={id}
      class="input input--medium"
      required={place.shape.required}
      aria-invalid={invalid || undefined}
      aria-describedby={describedBy}
      value={String(value)}
      onChange={(e) => form.draft.set(place, Number(e.currentTarget.value))}
    >
      <option value="0">{place.shape.required ? "Please choose" : "None"}</option>
      {place.shape.options.map((o) => (
        <option key={o.value} value={String(o.value)}>
          {o.label}
        </option>
      ))}
    </select>
  );
}

/** One of a few, each with a sentence of explanation. */
export function RadioGroup({ place, form, id, invalid }: ControlProps) {
  const value = place.node.get(place.shape.desc) as number;
  return (
    <div class="choices choices--cards">
      {place.shape.options.map((o, i) => (
        <label class="choice" key={o.value}>
          <input
            type="radio"
            id={i === 0 ? id : undefined}
            name={id}
            checked={value === o.value}
            aria-invalid={invalid || undefined}
            aria-labelledby={`${id}-${o.value}`}
            aria-describedby={o.help === "" ? undefined : `${id}-${o.value}-help`}
            onChange={() => form.draft.set(place, o.value)}
          />
          <span>
            <span class="choice__title" id={`${id}-${o.value}`}>
              {o.label}
            </span>
            {o.help !== "" && (
              <span class="choice__help" id={`${id}-${o.value}-help`}>
                {o.help}
              </span>
            )}
          </span>
        </label>
      ))}
    </div>
  );
}

/** A single box to tick. Its label is beside it. */
export function Checkbox({ place, form }: FieldProps) {
  const { id, invalid, describedBy } = controlProps(place, form);
  const complaints = form.draft.complaints(place.path);
  return (
    <div class={`field field--wide${invalid ? " field--invalid" : ""}`}>
      {complaints.length > 0 && (
        <p class="field__error" id={`${id}-error`}>
          {complaints.join(" ")}
        </p>
      )}
      <label class="choice">
        <input
          type="checkbox"
          id={id}
          checked={place.node.get(place.shape.desc) as boolean}
          aria-invalid={invalid || undefined}
          aria-labelledby={`${id}-title`}
          aria-describedby={describedBy}
          onChange={(e) => form.draft.set(place, e.currentTarget.checked)}
        />
        <span>
          <span class="choice__title" id={`${id}-title`}>
            {place.shape.label}
            <Mark required={place.shape.required} />
          </span>
          {place.shape.help !== "" && (
            <span class="choice__help" id={`${id}-help`}>
              {place.shape.help}
            </span>
          )}
        </span>
      </label>
    </div>
  );
}

/** A choice of one of a few, as a filter above a list. */

/** What a choice is about. */
export interface ChoiceProps {
  id: string;
  name: string;
  value: number;
  /** What is said where nothing in particular is chosen. */
  all: string;
  options: readonly { value: number; label: string }[];
  onChoose: (value: string) => void;
}

/** The choice; "0" stands for all and is told as no value. */
export function Choice({ id, name, value, all, options, onChoose }: ChoiceProps) {
  return (
    <div class="field">
      <label class="field__label" for={id}>
        {name}
      </label>
      <select
        class="input"
        id={id}
        value={String(value)}
        onChange={(e) => onChoose(e.currentTarget.value === "0" ? "" : e.currentTarget.value)}
      >
        <option value="0">{all}</option>
        {options.map((o) => (
          <option key={o.value} value={String(o.value)}>
            {o.label}
          </option>
        ))}
      </select>
    </div>
  );
}

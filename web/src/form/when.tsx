/** Days and times of day. A day and a time are asked for apart: that is easier on every device. */

import type { ControlProps } from "./field";

/** A day. */
export function DateInput({ place, form, id, describedBy, invalid }: ControlProps) {
  return (
    <input
      id={id}
      class="input input--short"
      type="date"
      required={place.shape.required}
      aria-invalid={invalid || undefined}
      aria-describedby={describedBy}
      value={String(place.node.get(place.shape.desc))}
      onInput={(e) => form.draft.set(place, e.currentTarget.value)}
      onBlur={() => void form.draft.checkAt(place.path)}
    />
  );
}

/** A wall time: a day and a time of day. The time may stay empty where a bare day means something. */
export function DateTimeInput({ place, form, id, describedBy, invalid }: ControlProps) {
  return (
    <WallInput
      id={id}
      name={place.shape.label}
      value={String(place.node.get(place.shape.desc))}
      required={place.shape.required}
      invalid={invalid}
      describedBy={describedBy}
      onChange={(value) => form.draft.set(place, value)}
      onLeave={() => void form.draft.checkAt(place.path)}
    />
  );
}

/** What a pair of inputs for a wall time needs. */
export interface WallInputProps {
  id: string;
  /** What the time is of, "Starts"; goes before "day" and "time". */
  name: string;
  value: string;
  required?: boolean;
  invalid?: boolean;
  describedBy?: string | undefined;
  /** True asks for the day only. */
  dayOnly?: boolean;
  onChange: (value: string) => void;
  onLeave?: () => void;
}

/** A pair of inputs for a wall time. */
export function WallInput(props: WallInputProps) {
  const { id, name, value, required, invalid, describedBy, dayOnly, onChange, onLeave } = props;
  const [day = "", time = ""] = value.split("T");
  const common = {
    class: "input",
    required,
    "aria-invalid": invalid || undefined,
    "aria-describedby": describedBy,
    onBlur: onLeave,
  };
  return (
    <div class="wall">
      <input
        {...common}
        id={id}
        type="date"
        aria-label={`${name}: day`}
        value={day}
        onInput={(e) => onChange(join(e.currentTarget.value, dayOnly ? "" : time))}
      />
      {!dayOnly && (
        <input
          {...common}
          id={`${id}-time`}
          type="time"
          aria-label={`${name}: time`}
          value={time}
          onInput={(e) => onChange(join(day, e.currentTarget.value.slice(0, 5)))}
        />
      )}
    </div>
  );
}

function join(day: string, time: string): string {
  return time === "" ? day : `${day}T${time}`;
}

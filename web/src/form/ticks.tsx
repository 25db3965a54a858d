/** A field that holds some of the things a screen knows: a box to tick for each. */

import type { ReflectList } from "@bufbuild/protobuf/reflect";
import { Grouped } from "./field";
import type { FieldProps } from "./handle";

/** One thing that can be ticked. */
export interface Tick {
  id: string;
  label: string;
  help?: string;
}

/** What the boxes need besides the field. */
export interface TicksProps extends FieldProps {
  ticks: readonly Tick[];
  /** What is said when there is nothing to tick. */
  none: string;
}

/** The boxes, for a field that lists ids. */
export function Ticks({ place, form, ticks, none }: TicksProps) {
  const list = place.node.get(place.shape.desc) as ReflectList<string>;
  const chosen = [...list];
  const toggle = (id: string, on: boolean) => {
    // In the order in which they are shown, whatever the order of the clicks.
    const kept = ticks.filter((t) => (t.id === id ? on : chosen.includes(t.id)));
    list.clear();
    for (const tick of kept) {
      list.add(tick.id);
    }
    form.draft.touch(place.path);
  };
  return (
    <Grouped place={place} form={form}>
      {({ id: first }) =>
        ticks.length === 0 ? (
          <p class="muted">{none}</p>
        ) : (
          <div class="choices">
            {ticks.map(({ id, label, help }, i) => (
              <label class="choice" key={id}>
                <input
                  type="checkbox"
                  id={i === 0 ? first : undefined}
                  checked={chosen.includes(id)}
                  aria-labelledby={`${first}-${id}`}
                  aria-describedby={help === undefined ? undefined : `${first}-${id}-help`}
                  onChange={(e) => toggle(id, e.currentTarget.checked)}
                />
                <span>
                  <span class="choice__title" id={`${first}-${id}`}>
                    {label}
                  </span>
                  {help !== undefined && (
                    <span class="choice__help" id={`${first}-${id}-help`}>
                      {help}
                    </span>
                  )}
                </span>
              </label>
            ))}
          </div>
        )
      }
    </Grouped>
  );
}

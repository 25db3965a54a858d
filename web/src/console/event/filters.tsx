/** What to look for among the registrations. */

import { optionsOf } from "../../form/schema";
import {
  RegistrationState,
  RegistrationStateSchema,
  SegmentSchema,
  type StateCount,
} from "../../gen/lanyard/booking/v1/booking_pb";
import { number } from "../../lib/words";
import { SearchBox } from "../kit/search";
import { ask } from "../router";
import type { Wanted } from "./registrations";

/** The filters. They stand in the address, so that a view can be kept and shared. */
export function Filters({ wanted, counts }: { wanted: Wanted; counts: readonly StateCount[] }) {
  return (
    <search class="toolbar">
      <SearchBox
        id="people-q"
        placeholder="Name, address, organisation or code"
        value={wanted.query}
        onSearch={(text) => ask({ q: text })}
      />
      <Choice
        id="people-state"
        name="State"
        value={wanted.state}
        all="All states"
        options={statesWith(counts)}
        onChoose={(state) => ask({ state })}
      />
      <Choice
        id="people-segment"
        name="Segment"
        value={wanted.segment}
        all="Everybody"
        options={optionsOf(SegmentSchema)}
        onChoose={(segment) => ask({ segment })}
      />
    </search>
  );
}

function statesWith(counts: readonly StateCount[]) {
  return optionsOf(RegistrationStateSchema)
    .filter(({ value }) => value !== RegistrationState.HELD)
    .map(({ value, label }) => {
      const n = counts.find((c) => c.state === value)?.count ?? 0;
      return { value, label: `${label} (${number(n)})` };
    });
}

interface ChoiceProps {
  id: string;
  name: string;
  value: number;
  all: string;
  options: readonly { value: number; label: string }[];
  onChoose: (value: string) => void;
}

function Choice({ id, name, value, all, options, onChoose }: ChoiceProps) {
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

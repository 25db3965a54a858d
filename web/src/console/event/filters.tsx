/** What to look for among the registrations. */

import { optionsOf } from "../../form/schema";
import {
  RegistrationState,
  RegistrationStateSchema,
  SegmentSchema,
  type StateCount,
} from "../../gen/lanyard/booking/v1/booking_pb";
import { number } from "../../lib/words";
import { Choice } from "../kit/choice";
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

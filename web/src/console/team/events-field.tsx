/** The events to which a role is limited. */

import type { ReflectList } from "@bufbuild/protobuf/reflect";
import { useState } from "preact/hooks";
import { type FieldProps, idOf } from "../../form/handle";
import { Ticks } from "../../form/ticks";
import { shortWhen } from "../../lib/schedule";
import { Ready } from "../kit/bits";
import { useLoad } from "../load";
import { useHere } from "../session";

/** All events, or some that are ticked. */
export function EventsField({ place, form }: FieldProps) {
  const ids = place.node.get(place.shape.desc) as ReflectList<string>;
  const [limited, setLimited] = useState(ids.size > 0);
  const choose = (on: boolean) => {
    setLimited(on);
    if (!on) {
      ids.clear();
      form.draft.touch(place.path);
    }
  };
  const name = idOf(form, `${place.path}-which`);
  return (
    <fieldset class="field field--wide">
      <legend class="field__label">Which events</legend>
      <div class="choices choices--inline">
        <label class="choice">
          <input type="radio" name={name} checked={!limited} onChange={() => choose(false)} />
          <span class="choice__title">All, and new ones</span>
        </label>
        <label class="choice">
          <input type="radio" name={name} checked={limited} onChange={() => choose(true)} />
          <span class="choice__title">Only some</span>
        </label>
      </div>
      {limited && <Some place={place} form={form} />}
    </fieldset>
  );
}

const most = 200;

function Some({ place, form }: FieldProps) {
  const { org, clients } = useHere();
  const events = useLoad(
    async (signal) => {
      const [coming, past] = await Promise.all(
        [false, true].map((past) =>
          clients.events.listEvents({ orgId: org.id, past, pageSize: most }, { signal }),
        ),
      );
      return [...(coming?.events ?? []), ...(past?.events ?? [])];
    },
    [org.id],
  );
  const labelled = { ...place, shape: { ...place.shape, label: "The role holds for" } };
  return (
    <Ready of={events} lines={2}>
      {(found) => (
        <div class="scroll">
          <Ticks
            place={labelled}
            form={form}
            none="There are no events yet."
            ticks={found.map(({ id, details, schedule }) => ({
              id,
              label: details?.title ?? "",
              ...(schedule === undefined ? {} : { help: shortWhen(schedule) }),
            }))}
          />
        </div>
      )}
    </Ready>
  );
}

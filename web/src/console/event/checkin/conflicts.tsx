/** Tickets whose scans contradict each other: reported, never dropped. */

import { labelOf } from "../../../form/schema";
import { type Conflict, ConflictKindSchema } from "../../../gen/lanyard/checkin/v1/checkin_pb";
import { Empty, Ready } from "../../kit/bits";
import { useLoad } from "../../load";
import { useEvent } from "../context";
import { titleOf, useCheckIn } from "./context";
import { useMoments } from "./parts";
import { outcomeWords } from "./words";

/** The contradictions, the latest first. */
export function Conflicts() {
  const { client } = useCheckIn();
  const { ids } = useEvent();
  const conflicts = useLoad(
    async (signal) => (await client.listConflicts(ids, { signal })).conflicts,
    [ids.eventId],
  );
  return (
    <Ready of={conflicts}>
      {(all) =>
        all.length === 0 ? (
          <Empty
            icon="good"
            title="No ticket contradicts itself"
            text="When two gates without network let the same ticket in, it is shown here."
          />
        ) : (
          <div class="stack">
            <div class="button-row">
              <button type="button" class="button" onClick={conflicts.reload}>
                Look again
              </button>
            </div>
            {all.map((conflict) => (
              <Item key={conflict.scans.map(({ scanId }) => scanId).join()} conflict={conflict} />
            ))}
          </div>
        )
      }
    </Ready>
  );
}

function Item({ conflict }: { conflict: Conflict }) {
  const { kind, listId, name, scans } = conflict;
  const { lists } = useCheckIn();
  const moment = useMoments();
  return (
    <section class="panel">
      <div class="panel__head">
        <h2 class="panel__title">{name || "Unknown ticket"}</h2>
        <span class="badge badge--state badge--caution">{labelOf(ConflictKindSchema, kind)}</span>
      </div>
      <div class="panel__body">
        <p class="muted">{titleOf(lists.data, listId)}</p>
        <ol class="stack stack--tight">
          {scans.map(({ scanId, gate, deviceName, effectiveAt, told, clockDoubtful, voided }) => (
            <li key={scanId}>
              <strong class="numeric">{moment(effectiveAt)}</strong> {gate || deviceName}:{" "}
              {outcomeWords(told)}
              {voided && ", taken back"}
              {clockDoubtful && ", by a clock that may be wrong"}
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

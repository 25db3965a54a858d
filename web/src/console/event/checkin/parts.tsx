/** Small parts of the check-in screens. */

import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { CheckInList } from "../../../gen/lanyard/checkin/v1/checkin_pb";
import { clockTime, isoDay, shortDate } from "../../../lib/time";
import { Empty } from "../../kit/bits";
import { useEvent } from "../context";

/** Times of the event in its own zone: the hour today, with the day otherwise. */
export function useMoments(): (at: Date | Timestamp | undefined) => string {
  const { event } = useEvent();
  const zone = event.schedule?.timezone || "UTC";
  return (at) => {
    if (at === undefined) {
      return "";
    }
    const date = at instanceof Date ? at : timestampDate(at);
    const today = isoDay(date, zone) === isoDay(new Date(), zone);
    const hour = clockTime(date, zone);
    return today ? hour : `${shortDate(date, zone)}, ${hour}`;
  };
}

/** Chooses among the event's lists, where there are several. */
export function ListChoice(props: {
  lists: readonly CheckInList[];
  chosen: CheckInList | undefined;
  onChoose: (id: string) => void;
}) {
  const { lists, chosen, onChoose } = props;
  if (lists.length < 2) {
    return null;
  }
  return (
    <label class="row">
      <span class="field__label">List</span>
      <select
        class="input input--medium"
        value={chosen?.id ?? ""}
        onChange={(e) => onChoose(e.currentTarget.value)}
      >
        {lists.map(({ id, details, archived }) => (
          <option key={id} value={id}>
            {details?.title}
            {archived ? " (ended)" : ""}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What stands where there is no list yet. */
export function NoLists() {
  const { tab } = useEvent();
  return (
    <Empty
      icon="ticket"
      title="There is no check-in list yet"
      text="A list says who may come in where and when. Most events need one."
    >
      <a class="button button--primary" href={`${tab("check-in")}?view=lists`}>
        Go to the lists
      </a>
    </Empty>
  );
}

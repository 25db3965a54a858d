/** Moments in the past, as the reader's own clock showed them. */

import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { clockTime, isoDay, shortDate, viewerZone } from "../../lib/time";

/** "23 Jul 2026, 09:41", or "today, 09:41"; empty for no moment. */
export function momentOf(at: Timestamp | undefined, now: Date = new Date()): string {
  if (at === undefined) {
    return "";
  }
  const [date, zone] = [timestampDate(at), viewerZone()];
  const day = isoDay(date, zone) === isoDay(now, zone) ? "today" : shortDate(date, zone);
  return `${day}, ${clockTime(date, zone)}`;
}

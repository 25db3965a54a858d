/** How the tablet stands: network, list, what waits. Always on the screen. */

import { clockTime } from "../../lib/time";
import { useDoor } from "./context";

/** The chip that says it all, and what must not be overlooked. */
export function Status() {
  const door = useDoor();
  const { state, since, syncedAt } = door.post.link.value;
  const { waiting, parked } = door.waiting.value;
  const { complete, total } = door.progress;
  const at = (time: number) => clockTime(new Date(time), door.book.zone);
  const words =
    state === "live"
      ? waiting === 0
        ? "Live"
        : "Confirming"
      : state === "offline"
        ? `Offline since ${at(since)}`
        : "Connecting";
  return (
    <div class="status">
      <p class="status__chip" data-state={state} role="status">
        <span class="status__dot" aria-hidden="true" />
        <span>{words}</span>
        <span>· {waiting === 0 ? "nothing waits" : `${waiting} waiting`}</span>
      </p>
      <p class="status__list">
        {!complete
          ? `List incomplete: ${door.book.size}${total > 0 ? ` of ${total}` : ""}`
          : syncedAt === 0
            ? "No list yet"
            : `List of ${at(syncedAt)}`}
        {parked > 0 && ` · ${parked} need attention`}
      </p>
    </div>
  );
}

/** What must not be overlooked. */
export function Banners() {
  const door = useDoor();
  const trouble = door.trouble.value;
  return (
    <>
      {trouble !== "" && (
        <p class="banner banner--bad" role="alert">
          {trouble}
        </p>
      )}
      {!door.progress.complete && (
        <p class="banner" role="status">
          The list is not complete yet. Who is missing from it is not let in without the network.
        </p>
      )}
      {door.clockDoubtful && (
        <p class="banner" role="status">
          This tablet’s clock changed. Times are only probable until the server is reached.
        </p>
      )}
    </>
  );
}

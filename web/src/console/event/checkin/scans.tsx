/** The scan log: everything that happened at the doors, refusals included. */

import { useState } from "preact/hooks";
import type { LoggedScan } from "../../../gen/lanyard/checkin/v1/checkin_pb";
import { Empty, More, Ready } from "../../kit/bits";
import { type Column, Table } from "../../kit/table";
import { usePages } from "../../load";
import { useEvent } from "../context";
import { titleOf, useCheckIn } from "./context";
import { useMoments } from "./parts";
import { outcomeWords } from "./words";

/** The log, the latest first. */
export function ScanLog() {
  const { client, lists } = useCheckIn();
  const { ids } = useEvent();
  const moment = useMoments();
  const [refusedOnly, setRefusedOnly] = useState(false);
  const scans = usePages(
    async (pageToken, signal) => {
      const answer = await client.listScans({ ...ids, refusedOnly, pageToken }, { signal });
      return { items: answer.scans, next: answer.nextPageToken };
    },
    [ids.eventId, refusedOnly],
  );
  const columns: Column<LoggedScan>[] = [
    { name: "When", key: "When", cell: ({ effectiveAt }) => moment(effectiveAt) },
    { name: "Who", key: "Who", kind: "head", cell: ({ name }) => name || "Unknown" },
    {
      name: "Answer",
      key: "Answer",
      cell: ({ told, outcome, voided, reason }) => (
        <>
          {outcomeWords(told || outcome)}
          {voided && ", taken back"}
          {told !== outcome && told !== 0 && (
            <span class="table__sub">The server says: {outcomeWords(outcome)}</span>
          )}
          {reason !== "" && <span class="table__sub">{reason}</span>}
        </>
      ),
    },
    {
      name: "Where",
      key: "Where",
      cell: ({ gate, deviceName, listId, staff }) => (
        <>
          {gate || deviceName}
          <span class="table__sub">
            {[titleOf(lists.data, listId), staff].filter((part) => part !== "").join(", ")}
          </span>
        </>
      ),
    },
    {
      name: "Doubts",
      key: "Doubts",
      cell: ({ clockDoubtful, cashTaken }) =>
        [clockDoubtful ? "Clock" : "", cashTaken ? "Money taken" : ""].filter(Boolean).join(", "),
    },
  ];
  return (
    <div class="stack">
      <label class="choice">
        <input
          type="checkbox"
          checked={refusedOnly}
          onChange={(e) => setRefusedOnly(e.currentTarget.checked)}
        />
        <span class="choice__title">Only those who were turned away</span>
      </label>
      <Ready of={scans}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="log" title="Nothing has been scanned yet" />
          ) : (
            <>
              <Table caption="Scans" rows={all} keyOf={({ scanId }) => scanId} columns={columns} />
              <More of={scans} what="scans" />
            </>
          )
        }
      </Ready>
    </div>
  );
}

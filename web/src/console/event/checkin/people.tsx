/** Who is inside now, with the roll-call; and who was expected and has not come. */

import { CheckInService } from "../../../gen/lanyard/checkin/v1/checkin_pb";
import { count } from "../../../lib/words";
import { Empty, Icon, Ready, Trouble } from "../../kit/bits";
import { Table } from "../../kit/table";
import { say } from "../../kit/toast";
import { useAction, useLoad } from "../../load";
import { useEvent } from "../context";
import { download } from "../download";
import { useCheckIn, useChosenList } from "./context";
import { ListChoice, NoLists, useMoments } from "./parts";

/** Who is inside now. */
export function Muster() {
  const { client, lists } = useCheckIn();
  const { ids } = useEvent();
  const moment = useMoments();
  const [list, choose] = useChosenList();
  const listId = list?.id ?? "";
  const people = useLoad(
    async (signal) =>
      listId === "" ? [] : (await client.listMuster({ ...ids, listId }, { signal })).entries,
    [ids.eventId, listId],
  );
  if (lists.data?.length === 0) {
    return <NoLists />;
  }
  return (
    <div class="stack">
      <div class="row row--spread">
        <ListChoice lists={lists.data ?? []} chosen={list} onChoose={choose} />
        <button type="button" class="button" onClick={people.reload}>
          Look again
        </button>
      </div>
      <Ready of={people}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="people" title="Nobody is inside" />
          ) : (
            <>
              <p role="status">
                {count(all.length, "person is", "people are")} inside.{" "}
                {all.filter(({ safe }) => safe).length} found in the roll-call.
              </p>
              <Table
                caption="Inside now"
                rows={all}
                keyOf={({ ticketId }) => ticketId}
                columns={[
                  { name: "Name", key: "Name", kind: "head", cell: ({ name }) => name },
                  {
                    name: "Organisation",
                    key: "Organisation",
                    cell: ({ organisation }) => organisation,
                  },
                  {
                    name: "Since",
                    key: "Since",
                    cell: ({ sinceMs, gate }) =>
                      [moment(new Date(Number(sinceMs))), gate].filter((p) => p !== "").join(", "),
                  },
                  {
                    name: "Roll-call",
                    key: "Roll-call",
                    cell: ({ safe, safeAtMs }) =>
                      safe ? (
                        <span class="badge badge--state badge--good">
                          Found {moment(new Date(Number(safeAtMs)))}
                        </span>
                      ) : (
                        <span class="badge badge--state badge--info">Not yet</span>
                      ),
                  },
                ]}
              />
            </>
          )
        }
      </Ready>
    </div>
  );
}

/** Who was expected and has not come. */
export function NoShows() {
  const { client, lists } = useCheckIn();
  const { ids, may } = useEvent();
  const [list, choose] = useChosenList();
  const listId = list?.id ?? "";
  const people = useLoad(
    async (signal) =>
      listId === "" ? [] : (await client.listNoShows({ ...ids, listId }, { signal })).noShows,
    [ids.eventId, listId],
  );
  const save = useAction(async (requestId) => {
    const { content, fileName } = await client.exportAttendance({ ...ids, requestId, listId });
    download(content, fileName);
    say("The file is on its way.");
  });
  if (lists.data?.length === 0) {
    return <NoLists />;
  }
  return (
    <div class="stack">
      <div class="row row--spread">
        <ListChoice lists={lists.data ?? []} chosen={list} onChoose={choose} />
        {may(CheckInService.method.exportAttendance) && listId !== "" && (
          <button
            type="button"
            class="button"
            aria-busy={save.busy || undefined}
            onClick={() => void save.run()}
          >
            <Icon name="download" />
            Who came and who did not
          </button>
        )}
      </div>
      {save.problem !== null && <Trouble problem={save.problem} />}
      <Ready of={people}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="good" title="Everybody has come" />
          ) : (
            <>
              <p role="status">{count(all.length, "person has", "people have")} not come.</p>
              <Table
                caption="Not come"
                rows={all}
                keyOf={({ ticketId }) => ticketId}
                columns={[
                  { name: "Name", key: "Name", kind: "head", cell: ({ name }) => name },
                  {
                    name: "Organisation",
                    key: "Organisation",
                    cell: ({ organisation }) => organisation,
                  },
                  { name: "Ticket", key: "Ticket", cell: ({ product }) => product },
                  { name: "Order", key: "Order", cell: ({ orderCode }) => orderCode },
                ]}
              />
            </>
          )
        }
      </Ready>
    </div>
  );
}

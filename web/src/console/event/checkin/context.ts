/** What the check-in screens share: the client, and the event's lists. */

import type { Client } from "@connectrpc/connect";
import { createContext } from "preact";
import { useContext, useState } from "preact/hooks";
import type { CheckInList, CheckInService } from "../../../gen/lanyard/checkin/v1/checkin_pb";
import { type Loaded, useLoad } from "../../load";
import { useEvent } from "../context";

/** The door's side of the server, and the lists. */
export interface CheckInHere {
  client: Client<typeof CheckInService>;
  lists: Loaded<readonly CheckInList[]>;
}

/** The same, for the screens. */
export const CheckInContext = createContext<CheckInHere | null>(null);

/** The client and the lists. */
export function useCheckIn(): CheckInHere {
  const here = useContext(CheckInContext);
  if (here === null) {
    throw new Error("drawn outside check-in");
  }
  return here;
}

/** The event's lists. */
export function useLists(client: Client<typeof CheckInService>): Loaded<readonly CheckInList[]> {
  const { ids } = useEvent();
  return useLoad<readonly CheckInList[]>(
    async (signal) => (await client.listCheckInLists(ids, { signal })).lists,
    [ids.eventId],
  );
}

/** The list that is looked at, and a way to another one. */
export function useChosenList(): [CheckInList | undefined, (id: string) => void] {
  const { lists } = useCheckIn();
  const [id, choose] = useState("");
  const all = lists.data ?? [];
  return [all.find((list) => list.id === id) ?? all[0], choose];
}

/** The title of a list. */
export function titleOf(lists: readonly CheckInList[] | undefined, id: string): string {
  return lists?.find((list) => list.id === id)?.details?.title ?? "";
}

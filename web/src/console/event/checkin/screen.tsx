/** Check-in from the organiser's side: live numbers, lists, tablets, contradictions, people. */

import type { Client } from "@connectrpc/connect";
import type { ComponentType } from "preact";
import type { CheckInService } from "../../../gen/lanyard/checkin/v1/checkin_pb";
import { useCurrentInSight } from "../../kit/bits";
import { query } from "../../router";
import { useEvent } from "../context";
import { Badges } from "./badges";
import { Conflicts } from "./conflicts";
import { CheckInContext, useLists } from "./context";
import { Devices } from "./devices";
import { Lists } from "./lists";
import { Live } from "./live";
import { Muster, NoShows } from "./people";
import { ScanLog } from "./scans";
import { Settings } from "./settings";

const views: readonly { name: string; text: string; draw: ComponentType }[] = [
  { name: "live", text: "Live", draw: Live },
  { name: "lists", text: "Lists", draw: Lists },
  { name: "tablets", text: "Tablets", draw: Devices },
  { name: "badges", text: "Badges", draw: Badges },
  { name: "conflicts", text: "Conflicts", draw: Conflicts },
  { name: "scans", text: "Scans", draw: ScanLog },
  { name: "muster", text: "Inside now", draw: Muster },
  { name: "no-shows", text: "No-shows", draw: NoShows },
  { name: "settings", text: "Settings", draw: Settings },
];

/** The check-in tab. */
export function CheckInScreen({ client }: { client: Client<typeof CheckInService> }) {
  const { tab } = useEvent();
  const lists = useLists(client);
  const now = query.value.get("view") ?? "live";
  const view = views.find(({ name }) => name === now) ?? views[0];
  const row = useCurrentInSight<HTMLElement>(now);
  return (
    <CheckInContext.Provider value={{ client, lists }}>
      <nav class="tabs tabs--inner" aria-label="Check-in" ref={row}>
        {views.map(({ name, text }) => (
          <a
            key={name}
            class="tabs__tab"
            href={`${tab("check-in")}?view=${name}`}
            aria-current={name === view?.name ? "page" : undefined}
          >
            {text}
          </a>
        ))}
      </nav>
      {view !== undefined && <view.draw key={view.name} />}
    </CheckInContext.Provider>
  );
}

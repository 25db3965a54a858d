/** A door at work: what is scanned for at the top, three tabs at the bottom. */

import { useEffect } from "preact/hooks";
import { wakeSound } from "../feel";
import { listen } from "../hand";
import { Icon } from "./bits";
import { CheckUp } from "./check-up";
import { type Screen, screen, useDoor, useTablet } from "./context";
import { Muster } from "./muster";
import { Numbers } from "./numbers";
import { Order } from "./order";
import { Paper } from "./paper";
import { PinDialog } from "./pin";
import { Scan } from "./scan";
import { Scanner } from "./scanner";
import { Search } from "./search";
import { Banners, Status } from "./status";
import { WalkIn } from "./walk-in";

const tabs: readonly { name: Screen; text: string; icon: string; of: readonly Screen[] }[] = [
  { name: "scan", text: "Scan", icon: "ticket", of: ["scan", "order"] },
  { name: "search", text: "Search", icon: "search", of: ["search", "walk-in"] },
  {
    name: "numbers",
    text: "Numbers",
    icon: "people",
    of: ["numbers", "muster", "check-up", "scanner", "paper"],
  },
];

const others: Readonly<Partial<Record<Screen, () => preact.JSX.Element>>> = {
  search: Search,
  numbers: Numbers,
  order: Order,
  "walk-in": WalkIn,
  muster: Muster,
  "check-up": CheckUp,
  scanner: Scanner,
  paper: Paper,
};

/** The door's screens. */
export function Desk() {
  const door = useDoor();
  const tablet = useTablet();
  useEffect(
    () =>
      listen(
        (code) => void door.scan(code),
        () => tablet.keyMap.value,
      ),
    [door],
  );
  const at = screen.value;
  const Other = others[at];
  const alerts = door.log.alerts.value.length + door.waiting.value.parked;
  return (
    <div class="desk" onPointerDown={wakeSound}>
      <header class="desk__head">
        <Where />
        <Status />
      </header>
      <Banners />
      <main class="desk__main">
        <Scan />
        {Other !== undefined && <Other />}
      </main>
      <nav class="desk__tabs" aria-label="Door">
        {tabs.map(({ name, text, icon, of }) => (
          <button
            key={name}
            type="button"
            class="desk__tab"
            aria-current={of.includes(at) ? "page" : undefined}
            onClick={() => {
              door.log.clear();
              screen.value = name;
            }}
          >
            <Icon name={icon} />
            <span>{text}</span>
            {name === "numbers" && alerts > 0 && (
              <span class="count">
                {alerts}
                <span class="visually-hidden"> to look into</span>
              </span>
            )}
          </button>
        ))}
      </nav>
      <PinDialog />
    </div>
  );
}

/** Which list, and which way. */
function Where() {
  const door = useDoor();
  const lists = (door.settings.value?.lists ?? []).filter(({ archived }) => !archived);
  const list = door.list.value;
  const exits = list?.details?.exits ?? false;
  return (
    <div class="where">
      <p class="where__event">{door.settings.value?.eventTitle}</p>
      {lists.length > 1 ? (
        <select
          class="input"
          aria-label="Check-in list"
          value={door.listId.value}
          onChange={(e) => {
            door.listId.value = e.currentTarget.value;
            door.exit.value = false;
            door.refresh();
          }}
        >
          {lists.map(({ id, details }) => (
            <option key={id} value={id}>
              {details?.title}
            </option>
          ))}
        </select>
      ) : (
        <p class="where__list">{list?.details?.title ?? "No list"}</p>
      )}
      {exits && (
        <fieldset class="switch">
          <legend class="visually-hidden">Direction</legend>
          {[false, true].map((out) => (
            <button
              key={String(out)}
              type="button"
              class="switch__side"
              aria-pressed={door.exit.value === out}
              onClick={() => {
                door.exit.value = out;
              }}
            >
              {out ? "Out" : "In"}
            </button>
          ))}
        </fieldset>
      )}
    </div>
  );
}

/** Roll-call: everybody inside, ticked off one by one, also without a network. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { fold } from "../fold";
import { dayOf } from "../judge";
import { Page } from "./bits";
import { useDoor } from "./context";

/** The roll-call of the present list. */
export function Muster() {
  const door = useDoor();
  const list = door.list.value;
  const ticks = door.ticks.value;
  const query = useSignal("");
  const missingOnly = useSignal(false);
  useEffect(() => {
    void door.fetchTicks();
    const timer = setInterval(() => void door.fetchTicks(), 5_000);
    return () => clearInterval(timer);
  }, [list?.id]);
  const day = dayOf(list?.details?.mode ?? 0, door.time.now(), door.book.zone);
  const inside = door.book.inside(list?.id ?? "", day);
  const found = inside.filter(({ ticket }) => ticks.get(ticket.id) === true).length;
  const asked = fold(query.value);
  const shown = inside.filter(
    ({ ticket }) =>
      (!missingOnly.value || ticks.get(ticket.id) !== true) &&
      ` ${fold(`${ticket.name} ${ticket.organisation}`)}`.includes(asked && ` ${asked}`),
  );
  return (
    <Page title="Roll-call" back="numbers">
      <p class="tally" role="status">
        <strong>{found}</strong> of {inside.length} found, <strong>{inside.length - found}</strong>{" "}
        missing
      </p>
      <div class="row">
        <div class="field field--grow">
          <label class="field__label" for="muster-search">
            Name or company
          </label>
          <input
            id="muster-search"
            class="input"
            type="search"
            autocomplete="off"
            value={query.value}
            onInput={(e) => {
              query.value = e.currentTarget.value;
            }}
          />
        </div>
        <label class="pick pick--plain">
          <input
            type="checkbox"
            checked={missingOnly.value}
            onChange={(e) => {
              missingOnly.value = e.currentTarget.checked;
            }}
          />
          <span>Only the missing</span>
        </label>
      </div>
      <ul class="people">
        {shown.map(({ ticket }) => (
          <li key={ticket.id} class="person">
            <label class="person__tick">
              <input
                type="checkbox"
                checked={ticks.get(ticket.id) === true}
                onChange={(e) => void door.tick(ticket.id, e.currentTarget.checked)}
              />
              <span>
                <span class="person__name" dir="auto">
                  {ticket.name || "No name"}
                </span>
                <span class="person__from">{ticket.organisation}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
      {inside.length === 0 && (
        <p class="muted">
          Nobody is inside by this list, as far as this tablet knows.
          {list?.details?.exits ? "" : " People are not scanned on their way out."}
        </p>
      )}
    </Page>
  );
}

/** The list on paper, for the day on which every battery is empty. */

import { useSignal } from "@preact/signals";
import { StaffRole } from "../../gen/lanyard/checkin/v1/checkin_pb";
import { clockTime, shortDate } from "../../lib/time";
import type { Door } from "../door";
import { dayOf } from "../judge";
import { Page } from "./bits";
import { useDoor } from "./context";
import { Locked } from "./pin";
import { element, printPaper } from "./print";

/** Prints the list from the tablet's own copy. */
export function Paper() {
  const door = useDoor();
  const busy = useSignal(false);
  if (door.role.value !== StaffRole.LEAD) {
    return <Locked title="List on paper" what="The list on paper is for the shift lead." />;
  }
  const list = door.list.value;
  const expected = peopleOf(door).length;
  return (
    <Page title="List on paper" back="numbers">
      <p>
        {expected} people on {list?.details?.title ?? "this list"}, by name, with their order codes
        and a box to tick. It is made here and needs no network. Keep it where nobody takes a
        picture of it, and destroy it afterwards.
      </p>
      <button
        type="button"
        class="button button--primary button--large"
        disabled={busy.value}
        onClick={async () => {
          busy.value = true;
          await printPaper(paperList(door), null);
          busy.value = false;
        }}
      >
        Print
      </button>
    </Page>
  );
}

function peopleOf(door: Door) {
  const list = door.list.value;
  return [...door.book.tickets()]
    .filter((ticket) => ticket.name !== "" && list !== undefined && door.book.admits(list, ticket))
    .sort((a, b) => a.name.localeCompare(b.name, "en-GB"));
}

function paperList(door: Door): HTMLElement {
  const list = door.list.value;
  const now = new Date(door.time.now());
  const { zone } = door.book;
  const day = dayOf(list?.details?.mode ?? 0, now.getTime(), zone);
  const box = element("div", "list-paper");
  const title = `${door.settings.value?.eventTitle ?? ""}: ${list?.details?.title ?? ""}`;
  box.append(element("h1", "list-paper__title", title));
  const made = `As of ${shortDate(now, zone)}, ${clockTime(now, zone)}, on ${door.book.gate}`;
  box.append(element("p", "list-paper__made", made));
  const table = element("table", "list-paper__table");
  for (const ticket of peopleOf(door)) {
    const row = element("tr", "");
    const came = door.book.standing(ticket.id, list?.id ?? "", day).entries > 0;
    row.append(element("td", "list-paper__box", came ? "☑" : "☐"));
    row.append(element("td", "", ticket.name));
    row.append(element("td", "", ticket.organisation));
    row.append(element("td", "", door.book.product(ticket.productId)));
    row.append(element("td", "list-paper__code", ticket.orderCode));
    table.append(row);
  }
  box.append(table);
  return box;
}

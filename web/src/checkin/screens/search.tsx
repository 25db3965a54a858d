/** Looking people up: by name, company or order code. */

import { useSignal } from "@preact/signals";
import { StaffRole, type Ticket, TicketStatus } from "../../gen/lanyard/checkin/v1/checkin_pb";
import { clockTime } from "../../lib/time";
import { dayOf } from "../judge";
import { go, Icon } from "./bits";
import { orderCode, useDoor } from "./context";
import { Locked } from "./pin";
import { Verdict } from "./verdict";

/** The search tab. */
export function Search() {
  const door = useDoor();
  const query = useSignal("");
  if (door.role.value !== StaffRole.LEAD) {
    return <Locked title="Search" what="Searching and walk-ins are for the shift lead." />;
  }
  const found = query.value.trim() === "" ? [] : door.book.find(query.value);
  return (
    <div class="sheet">
      <h1 class="sheet__title">Search</h1>
      <div class="field">
        <label class="field__label" for="search">
          Name, company or order code
        </label>
        <input
          id="search"
          class="input input--large"
          type="search"
          autocomplete="off"
          value={query.value}
          onInput={(e) => {
            query.value = e.currentTarget.value;
          }}
        />
      </div>
      <p class="muted" role="status">
        {query.value.trim() === ""
          ? `${door.book.size} on this tablet. Accents and one slip are forgiven.`
          : found.length === 0
            ? "Nobody found."
            : `${found.length === 50 ? "The first 50" : found.length} found`}
      </p>
      <ul class="people">
        {found.map((ticket) => (
          <Person key={ticket.id} ticket={ticket} />
        ))}
      </ul>
      <button type="button" class="button" onClick={() => go("walk-in")}>
        <Icon name="plus" />
        Register a walk-in
      </button>
      <Verdict />
    </div>
  );
}

const faults: Readonly<Partial<Record<TicketStatus, string>>> = {
  [TicketStatus.UNPAID]: "Not paid",
  [TicketStatus.UNAPPROVED]: "Not approved",
  [TicketStatus.CANCELLED]: "Cancelled",
  [TicketStatus.REPLACED]: "Handed over",
  [TicketStatus.REFUNDED]: "Refunded",
  [TicketStatus.BLOCKED]: "Stopped",
};

/** One person, and what can be done. */
export function Person({ ticket }: { ticket: Ticket }) {
  const door = useDoor();
  const list = door.list.value;
  const mode = list?.details?.mode ?? 0;
  const day = dayOf(mode, door.time.now(), door.book.zone);
  const standing = door.book.standing(ticket.id, list?.id ?? "", day);
  const counts = list !== undefined && door.book.admits(list, ticket);
  const fault = faults[ticket.status];
  const others = ticket.orderCode === "" ? 0 : door.book.order(ticket.orderCode).length - 1;
  const leaving = door.exit.value;
  const another = list !== undefined && door.book.otherDay(list, ticket, door.time.now()) !== "";
  return (
    <li class="person">
      <div class="person__who">
        <p class="person__name" dir="auto">
          {ticket.name}
        </p>
        <p class="person__from">
          {[ticket.organisation, door.book.product(ticket.productId), ticket.orderCode]
            .filter((part) => part !== "")
            .join(" · ")}
        </p>
        <p class="badges">
          {standing.entries > 0 && (
            <span class={`badge badge--state badge--${standing.inside ? "good" : "info"}`}>
              {standing.inside ? "In since" : "Came at"}{" "}
              {clockTime(new Date(standing.firstAt), door.book.zone)}
            </span>
          )}
          {fault !== undefined && <span class="badge badge--state badge--caution">{fault}</span>}
          {another && <span class="badge badge--state badge--bad">For another day</span>}
          {!counts && !another && (
            <span class="badge badge--state badge--bad">Not for this list</span>
          )}
        </p>
      </div>
      <div class="person__buttons">
        {others > 0 && (
          <button
            type="button"
            class="button button--quiet"
            onClick={() => {
              orderCode.value = ticket.orderCode;
              go("order");
            }}
          >
            Order of {others + 1}
          </button>
        )}
        <button
          type="button"
          class={standing.inside && !leaving ? "button button--quiet" : "button"}
          onClick={() => void door.pick(ticket.id)}
        >
          {leaving ? "Let out" : "Let in"}
          <span class="visually-hidden"> {ticket.name}</span>
        </button>
      </div>
    </li>
  );
}

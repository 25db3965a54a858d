/** The people who came last, on the overview. */

import type { Registration } from "../../gen/lanyard/booking/v1/booking_pb";
import { EventState } from "../../gen/lanyard/catalog/v1/catalog_pb";
import { RegistrationBadge } from "../kit/state";
import { momentOf } from "../kit/times";
import { useEvent } from "./context";

/** The latest registrations, with a way to all of them. */
export function Latest({ registrations }: { registrations: readonly Registration[] }) {
  const { event, tab } = useEvent();
  return (
    <section class="panel" aria-labelledby="latest">
      <div class="panel__head">
        <h2 class="panel__title" id="latest">
          Latest registrations
        </h2>
        {registrations.length > 0 && <a href={tab("registrations")}>See all</a>}
      </div>
      {registrations.length === 0 ? (
        <div class="panel__body">
          <p class="muted">
            {event.state === EventState.DRAFT
              ? "Registration opens when you publish."
              : "Nobody has registered yet."}
          </p>
        </div>
      ) : (
        <ul class="latest">
          {registrations.map(({ id, attendee, state, registeredAt }) => (
            <li class="latest__row" key={id}>
              <a class="table__link" href={`${tab("registrations")}/${id}`}>
                {attendee?.name}
              </a>
              <span class="table__sub">
                {[attendee?.organisation, momentOf(registeredAt)].filter((part) => part).join(", ")}
              </span>
              <RegistrationBadge state={state} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

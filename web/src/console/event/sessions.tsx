/** The sittings of the event. */

import { useState } from "preact/hooks";
import { EventService, EventState, type Session } from "../../gen/lanyard/catalog/v1/catalog_pb";
import type { Product } from "../../gen/lanyard/inventory/v1/inventory_pb";
import { whenOf } from "../../lib/schedule";
import { count } from "../../lib/words";
import { Icon, Ready } from "../kit/bits";
import { useLoad } from "../load";
import { useEvent } from "./context";
import { CancelSessionDialog, SessionDialog } from "./session";

/** How many people come to a session, as far as the products say. */
export function comingTo(session: Session, products: readonly Product[]): number {
  return products
    .filter(({ details }) => {
      const ids = details?.sessionIds ?? [];
      return ids.length === 0 || ids.includes(session.id);
    })
    .reduce((sum, { registered }) => sum + registered, 0);
}

/** The tab with the sessions. */
export function Sessions() {
  const { ids, clients, event, may } = useEvent();
  const inventory = useLoad(
    (signal) => clients.inventory.listInventory(ids, { signal }),
    [ids.eventId, String(event.version)],
  );
  const [open, setOpen] = useState<Session | "new" | null>(null);
  const [cancelling, setCancelling] = useState<Session | null>(null);
  const settled = [EventState.CANCELLED, EventState.ENDED, EventState.ARCHIVED];
  const editable = !settled.includes(event.state);
  const live = event.sessions.filter((s) => !s.cancelled);
  return (
    <Ready of={inventory}>
      {({ products }) => (
        <section class="stack" aria-labelledby="sessions">
          <div class="row row--spread">
            <h2 id="sessions">{count(live.length, "session")}</h2>
            {editable && may(EventService.method.createSession) && (
              <button type="button" class="button" onClick={() => setOpen("new")}>
                <Icon name="plus" />
                Add a session
              </button>
            )}
          </div>
          <ul class="cards">
            {event.sessions.map((session) => (
              <SessionCard
                key={session.id}
                session={session}
                coming={comingTo(session, products)}
                onEdit={
                  editable && !session.cancelled && may(EventService.method.updateSession)
                    ? () => setOpen(session)
                    : undefined
                }
                onCancel={
                  editable &&
                  !session.cancelled &&
                  live.length > 1 &&
                  may(EventService.method.cancelSession)
                    ? () => setCancelling(session)
                    : undefined
                }
              />
            ))}
          </ul>
          <Dialogs
            open={open}
            cancelling={cancelling}
            products={products}
            onClose={() => {
              setOpen(null);
              setCancelling(null);
            }}
          />
        </section>
      )}
    </Ready>
  );
}

interface DialogsProps {
  open: Session | "new" | null;
  cancelling: Session | null;
  products: readonly Product[];
  onClose: () => void;
}

function Dialogs({ open, cancelling, products, onClose }: DialogsProps) {
  if (cancelling !== null) {
    const coming = comingTo(cancelling, products);
    return <CancelSessionDialog session={cancelling} coming={coming} onClose={onClose} />;
  }
  if (open === null) {
    return null;
  }
  return open === "new" ? (
    <SessionDialog session={null} coming={0} onClose={onClose} />
  ) : (
    <SessionDialog session={open} coming={comingTo(open, products)} onClose={onClose} />
  );
}

interface CardProps {
  session: Session;
  coming: number;
  onEdit: (() => void) | undefined;
  onCancel: (() => void) | undefined;
}

function SessionCard({ session, coming, onEdit, onCancel }: CardProps) {
  const { event } = useEvent();
  const when = session.schedule === undefined ? null : whenOf(session.schedule);
  const name = session.title || event.details?.title || "";
  return (
    <li class="panel card">
      <div class="card__text">
        <h3>
          {name}
          {session.cancelled && <span class="badge badge--state badge--bad">Cancelled</span>}
        </h3>
        <p>
          {when?.text}
          {when?.zone ? `, ${when.zone}` : ""}
        </p>
        {when?.here && <p class="muted small">{when.here}</p>}
        <p class="muted small">
          {[
            session.place && `Room: ${session.place}`,
            session.joinAddress && "Own meeting address",
            !session.cancelled && `${count(coming, "person", "people")} registered`,
          ]
            .filter((part) => part)
            .join(" · ")}
        </p>
      </div>
      <div class="button-row">
        {onEdit !== undefined && (
          <button type="button" class="button" onClick={onEdit}>
            <Icon name="edit" />
            Edit<span class="visually-hidden"> {name}</span>
          </button>
        )}
        {onCancel !== undefined && (
          <button type="button" class="button button--danger-quiet" onClick={onCancel}>
            Cancel<span class="visually-hidden"> {name}</span>
          </button>
        )}
      </div>
    </li>
  );
}

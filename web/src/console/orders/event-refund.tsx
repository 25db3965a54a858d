/** Giving everybody of a cancelled event their money back, and how far that is. */

import { useContext, useEffect, useState } from "preact/hooks";
import {
  OrderService,
  type EventRefund as Progress,
  StartEventRefundRequestSchema,
} from "../../gen/lanyard/booking/v1/order_pb";
import { EventState } from "../../gen/lanyard/catalog/v1/catalog_pb";
import { price } from "../../lib/money";
import { count, number } from "../../lib/words";
import { EventContext } from "../event/context";
import { Notice, Ready } from "../kit/bits";
import { FormDialog } from "../kit/dialog";
import { useLoad } from "../load";
import { useTill } from "./gate";
import { Panel } from "./parts";
import { useOrderStep } from "./step";

/** How often the panel looks how far it is, while it is under way. */
const pace = 2000;

/** The panel, for an event that is cancelled; nothing for others. */
export function EventRefund() {
  const event = useContext(EventContext)?.event;
  return event?.state === EventState.CANCELLED ? <RefundPanel eventId={event.id} /> : null;
}

function RefundPanel({ eventId }: { eventId: string }) {
  const { org, orders, may } = useTill();
  const [asking, setAsking] = useState(false);
  const found = useLoad(
    async (signal) => (await orders.getEventRefund({ orgId: org.id, eventId }, { signal })).refund,
    [eventId],
  );
  const now = found.data;
  const running = now?.started === true && now.done + now.failed < now.orders;
  useEffect(() => {
    if (!running) {
      return undefined;
    }
    const timer = setTimeout(found.reload, pace);
    return () => clearTimeout(timer);
  }, [running, now]);
  const starts = may(OrderService.method.startEventRefund, eventId);
  return (
    <Ready of={found} lines={2}>
      {(refund) =>
        refund === undefined || (refund.orders === 0 && !refund.started) ? null : (
          <>
            <Panel id="event-refund" title="Money back for everybody">
              <State refund={refund} running={running} />
              {starts && !running && refund.done < refund.orders && (
                <div class="button-row">
                  <button
                    type="button"
                    class="button button--primary"
                    onClick={() => setAsking(true)}
                  >
                    {refund.started ? "Go on with the rest" : "Give everybody their money back"}
                  </button>
                </div>
              )}
            </Panel>
            {asking && (
              <StartDialog
                eventId={eventId}
                refund={refund}
                onClose={() => setAsking(false)}
                onDone={(next) => {
                  setAsking(false);
                  found.set(next);
                }}
              />
            )}
          </>
        )
      }
    </Ready>
  );
}

function State({ refund, running }: { refund: Progress; running: boolean }) {
  const { orders, done, failed, started, refundedMinor, currency } = refund;
  if (!started) {
    return (
      <p>
        {count(orders, "order")} {orders === 1 ? "has" : "have"} places at this event. Nothing has
        gone back yet.
      </p>
    );
  }
  return (
    <>
      <p role="status">
        {number(done)} of {count(orders, "order")} {running ? "so far" : "done"},{" "}
        {price(refundedMinor, currency)} given back.
      </p>
      <progress class="bar" max={orders} value={done + failed} aria-label="Orders refunded" />
      {failed > 0 && (
        <Notice tone="warning" title={`${count(failed, "refund")} failed`}>
          <p>
            Their places are cancelled all the same. Give the money back on the orders' pages, or
            another way.
          </p>
        </Notice>
      )}
    </>
  );
}

interface StartProps {
  eventId: string;
  refund: Progress;
  onClose: () => void;
  onDone: (refund: Progress | undefined) => void;
}

function StartDialog({ eventId, refund, onClose, onDone }: StartProps) {
  const { org, orders } = useTill();
  const left = refund.orders - refund.done;
  const form = useOrderStep({
    desc: StartEventRefundRequestSchema,
    initial: { orgId: org.id, eventId },
    send: (request) => orders.startEventRefund(request),
    done: () => "The refunds are on their way. You can leave this page.",
    arrive: (answer) => onDone(answer.refund),
  });
  return (
    <FormDialog
      title="Give everybody their money back?"
      form={form}
      consequences={[
        {
          icon: "swap",
          text: `What was paid for ${count(left, "order")} goes back in full, each once, the way it was paid.`,
        },
        { icon: "ticket", text: "Each order's places are cancelled, even if its refund fails." },
        { icon: "mail", text: "Every buyer gets a mail with their refund." },
        { icon: "clock", text: "It goes on by itself, also after an interruption." },
      ]}
      confirm={`Refund ${count(left, "order")}`}
      danger
      keep="Not now"
      onClose={onClose}
    />
  );
}

/** The small parts of the screens about orders. */

import type { ComponentChildren } from "preact";
import { PaymentService } from "../../gen/lanyard/payment/v1/payment_pb";
import { Unseen } from "../kit/bits";
import { useLoad } from "../load";
import { useTill } from "./gate";
import type { StateWords } from "./words";

/** The two lists about orders: all of them, and what needs a person. Reviewers see the first alone. */
export function OrderTabs({ now }: { now: "orders" | "orders/tasks" }) {
  const { org, payments, may, to } = useTill();
  const allowed = may(PaymentService.method.listTasks);
  const open = useLoad(
    async (signal) =>
      allowed ? (await payments.listTasks({ orgId: org.id }, { signal })).tasks.length : 0,
    [org.id],
  );
  if (!allowed) {
    return null;
  }
  const waiting = open.data ?? 0;
  return (
    <nav class="tabs" aria-label="Orders">
      <a class="tabs__tab" href={to("orders")} aria-current={now === "orders" ? "page" : undefined}>
        All orders
      </a>
      <a
        class="tabs__tab"
        href={to("orders/tasks")}
        aria-current={now === "orders/tasks" ? "page" : undefined}
      >
        Needs a person
        {waiting > 0 && (
          <span class="badge badge--warm tabs__count">
            {waiting}
            <Unseen> open</Unseen>
          </span>
        )}
      </a>
    </nav>
  );
}

/** A state as a pill. */
export function Pill({ text, tone }: StateWords) {
  return (
    <span class={`badge badge--state${tone === undefined ? "" : ` badge--${tone}`}`}>{text}</span>
  );
}

/** A panel with a heading. */
export function Panel(props: {
  id: string;
  title: string;
  /** Stands beside the heading. */
  side?: ComponentChildren;
  children: ComponentChildren;
}) {
  const { id, title, side, children } = props;
  return (
    <section class="panel" aria-labelledby={id}>
      <div class="panel__head">
        <h2 class="panel__title" id={id}>
          {title}
        </h2>
        {side}
      </div>
      <div class="panel__body">{children}</div>
    </section>
  );
}

/** A term with its text, in a list of such. */
export function Item({ term, children }: { term: string; children: ComponentChildren }) {
  return (
    <div class="answers__item">
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What about money needs a person: late money, disputes, failed refunds, each with what to do. */

import { useState } from "preact/hooks";
import { OrderService } from "../../gen/lanyard/booking/v1/order_pb";
import { PaymentService, type Task, type TaskKind } from "../../gen/lanyard/payment/v1/payment_pb";
import { price } from "../../lib/money";
import { Empty, Head, Ready } from "../kit/bits";
import { Choice } from "../kit/choice";
import { momentOf } from "../kit/times";
import { useLoad } from "../load";
import { ask, query } from "../router";
import { useTill } from "./gate";
import { OrderTabs, Pill } from "./parts";
import { TaskDialog } from "./task-dialogs";
import {
  dueWords,
  endWords,
  kindWords,
  type Way,
  wantedKinds,
  waysOf,
  wayWords,
} from "./task-words";

/** The tasks of the whole organisation. */
export function TaskList() {
  const { org, payments } = useTill();
  const kind = Number(query.value.get("kind") ?? 0) as TaskKind;
  const settled = query.value.get("settled") === "1";
  const found = useLoad(
    async (signal) =>
      (await payments.listTasks({ orgId: org.id, settled, kind }, { signal })).tasks,
    [org.id, settled, kind],
  );
  return (
    <>
      <Head title="Needs a person" sub="Money that the program will not decide about alone." />
      <OrderTabs now="orders/tasks" />
      <search class="toolbar">
        <Choice
          id="tasks-kind"
          name="About"
          value={kind}
          all="Everything"
          options={wantedKinds}
          onChoose={(value) => ask({ kind: value })}
        />
        <Choice
          id="tasks-settled"
          name="Show"
          value={settled ? 1 : 0}
          all="What is open"
          options={[{ value: 1, label: "What is settled" }]}
          onChoose={(value) => ask({ settled: value })}
        />
      </search>
      <Ready of={found}>
        {(tasks) => (
          <div aria-busy={found.loading || undefined}>
            {tasks.length === 0 ? (
              <Nothing settled={settled} kind={kind} />
            ) : (
              <Tasks tasks={tasks} onSettled={found.reload} />
            )}
          </div>
        )}
      </Ready>
    </>
  );
}

function Nothing({ settled, kind }: { settled: boolean; kind: TaskKind }) {
  if (kind !== 0) {
    return (
      <Empty icon="search" title="Nothing of that kind">
        <button type="button" class="button" onClick={() => ask({ kind: "" })}>
          Show everything
        </button>
      </Empty>
    );
  }
  return settled ? (
    <Empty icon="log" title="Nothing was settled yet" />
  ) : (
    <Empty
      icon="good"
      title="Nothing needs a person"
      text="Late money, disputes, fraud warnings and failed refunds stand here as soon as there are any."
    />
  );
}

/** Tasks one below the other, with the dialogue of the one that is being settled. */
export function Tasks({ tasks, onSettled }: { tasks: readonly Task[]; onSettled: () => void }) {
  const [open, setOpen] = useState<{ task: Task; way: Way } | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <ul class="cards tasks">
        {tasks.map((task) => (
          <li key={task.key}>
            <TaskCard task={task} onWay={(way) => setOpen({ task, way })} />
          </li>
        ))}
      </ul>
      {open !== null && (
        <TaskDialog
          {...open}
          onClose={close}
          onDone={() => {
            close();
            onSettled();
          }}
        />
      )}
    </>
  );
}

function TaskCard({ task, onWay }: { task: Task; onWay: (way: Way) => void }) {
  const { org, to } = useTill();
  const { kind, sentence, amountMinor, currency, orderId, orderCode, eventTitle, actAt } = task;
  const settled = task.resolvedAt !== undefined;
  const due = settled ? undefined : dueWords(task.dueAt, org.timezone);
  return (
    <article
      class="panel task"
      aria-label={`${kindWords(kind).text}${orderCode && `, order ${orderCode}`}`}
    >
      <div class="task__head">
        <p class="badges">
          <Pill {...(settled ? { text: kindWords(kind).text } : kindWords(kind))} />
          {due !== undefined && <Pill {...due} />}
        </p>
        {currency !== "" && <p class="task__amount">{price(amountMinor, currency)}</p>}
      </div>
      <p class="task__sentence">{sentence}</p>
      <p class="task__meta">
        {orderId !== "" && (
          <>
            <a class="order-code" href={to(`orders/${orderId}`)}>
              {orderCode}
            </a>{" "}
            · {eventTitle} ·{" "}
          </>
        )}
        since {momentOf(task.openedAt)}
      </p>
      {settled ? (
        <p class="task__end">
          <strong>{endWords(task)}</strong>, {momentOf(task.resolvedAt)}, {task.resolvedBy}
          {task.note !== "" && <span class="table__sub">{task.note}</span>}
        </p>
      ) : (
        <>
          {actAt !== undefined && (
            <p class="task__meta">
              If nobody decides, Lanyard does on {momentOf(actAt)}: it gives the places if there are
              some by then, and the money back otherwise.
            </p>
          )}
          <Ways task={task} onWay={onWay} />
        </>
      )}
    </article>
  );
}

/** What the member may do about a task: one button that stands out, and the others. */
function Ways({ task, onWay }: { task: Task; onWay: (way: Way) => void }) {
  const mine = useWays(task);
  if (mine.length === 0) {
    return <p class="task__meta">An owner or somebody from finance settles this.</p>;
  }
  return (
    <div class="button-row">
      {mine.map((way, i) => (
        <button
          key={way}
          type="button"
          class={i === 0 ? "button button--primary" : "button"}
          onClick={() => onWay(way)}
        >
          {wayWords(way, task)}
        </button>
      ))}
    </div>
  );
}

function useWays(task: Task): readonly Way[] {
  const { may } = useTill();
  const resolves = may(PaymentService.method.resolveTask);
  return waysOf(task).filter((way) => {
    switch (way) {
      case "place":
        return may(OrderService.method.placeLateOrder) && task.orderId !== "";
      case "evidence":
        return may(PaymentService.method.getDisputeEvidence);
      default:
        return resolves;
    }
  });
}

/** What about one order needs a person; nothing where nothing does. */
export function OrderTasks({ orderId, onSettled }: { orderId: string; onSettled: () => void }) {
  const { org, payments } = useTill();
  const found = useLoad(
    async (signal) =>
      (await payments.listTasks({ orgId: org.id, onlyOrderId: orderId }, { signal })).tasks,
    [orderId],
  );
  const settled = () => {
    found.reload();
    onSettled();
  };
  return found.data === undefined || found.data.length === 0 ? null : (
    <section aria-label="Needs a person">
      <Tasks tasks={found.data} onSettled={settled} />
    </section>
  );
}

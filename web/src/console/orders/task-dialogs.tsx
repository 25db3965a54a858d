/** Settling a task about money. */

import {
  Resolution,
  ResolveTaskRequestSchema,
  type Task,
  TaskKind,
} from "../../gen/lanyard/payment/v1/payment_pb";
import { price } from "../../lib/money";
import { download } from "../event/download";
import { Icon, Ready } from "../kit/bits";
import { type Consequence, Dialog, FormDialog } from "../kit/dialog";
import { say } from "../kit/toast";
import { useLoad } from "../load";
import { useTill } from "./gate";
import { LateDialog } from "./late";
import { useOrderStep } from "./step";
import { type Way, wayWords } from "./task-words";

interface TaskDialogProps {
  task: Task;
  way: Way;
  onClose: () => void;
  onDone: () => void;
}

/** The dialogue for one way to settle a task. */
export function TaskDialog({ task, way, onClose, onDone }: TaskDialogProps) {
  switch (way) {
    case "place":
      return <PlaceDialog task={task} onClose={onClose} onDone={onDone} />;
    case "evidence":
      return <EvidenceDialog task={task} onClose={onClose} />;
    case "refund":
      return (
        <ResolveDialog task={task} how={Resolution.REFUND} onClose={onClose} onDone={onDone} />
      );
    case "credit":
      return (
        <ResolveDialog task={task} how={Resolution.CREDIT} onClose={onClose} onDone={onDone} />
      );
    case "done":
      return <ResolveDialog task={task} how={Resolution.DONE} onClose={onClose} onDone={onDone} />;
  }
}

function PlaceDialog({ task, onClose, onDone }: Omit<TaskDialogProps, "way">) {
  const { org, orders } = useTill();
  const found = useLoad(
    async (signal) =>
      (await orders.getOrder({ orgId: org.id, orderId: task.orderId }, { signal })).order,
    [task.orderId],
  );
  if (found.data !== undefined) {
    return <LateDialog order={found.data} onClose={onClose} onDone={onDone} />;
  }
  return (
    <Dialog title="Give the places?" onClose={onClose}>
      <Ready of={found}>{() => null}</Ready>
    </Dialog>
  );
}

interface ResolveProps {
  task: Task;
  how: Resolution.REFUND | Resolution.CREDIT | Resolution.DONE;
  onClose: () => void;
  onDone: () => void;
}

function ResolveDialog({ task, how, onClose, onDone }: ResolveProps) {
  const { org, payments } = useTill();
  const refund = how === Resolution.REFUND;
  const credit = how === Resolution.CREDIT;
  const form = useOrderStep({
    desc: ResolveTaskRequestSchema,
    initial: { orgId: org.id, key: task.key, resolution: how },
    send: (request) => payments.resolveTask(request),
    done: () => {
      if (refund) {
        return "The money is on its way back.";
      }
      return credit ? "The credit note is issued." : "Settled. It stands in the audit log.";
    },
    arrive: onDone,
  });
  const words = wayWords(refund ? "refund" : credit ? "credit" : "done", task);
  return (
    <FormDialog
      title={refund || credit ? `${words}?` : `${words}: settle this?`}
      form={form}
      consequences={refund ? refundPoints(task) : credit ? creditPoints : donePoints(task)}
      confirm={refund || credit ? words : "Settle it"}
      danger={refund}
      keep="Not now"
      onClose={onClose}
    />
  );
}

function refundPoints(task: Task): readonly Consequence[] {
  const amount = task.currency === "" ? "The money" : price(task.amountMinor, task.currency);
  const points: Consequence[] = [
    {
      icon: "swap",
      text: `${amount} goes back the way it was paid, most often within ten working days. Stripe keeps its fee.`,
    },
  ];
  if (task.kind === TaskKind.EARLY_FRAUD_WARNING) {
    points.push(
      { icon: "receipt", text: "The sale is taken back with it: a credit note is issued." },
      {
        icon: "ticket",
        text: "The order's places end and can be had by others, unless somebody has come on one, the event is over, or other money paid for them.",
      },
    );
  }
  if (task.kind === TaskKind.OVERPAID) {
    points.push({ icon: "ticket", text: "The order's places stay as they are." });
  }
  if (task.kind === TaskKind.LATE_MONEY || task.kind === TaskKind.UNDERPAID) {
    points.push({ icon: "ticket", text: "The order gets no places." });
  }
  if (task.orderId !== "") {
    points.push({ icon: "mail", text: "The buyer gets a mail that says so." });
  }
  points.push({
    icon: "log",
    text: "The task is settled. Should the refund fail, a new one opens.",
  });
  return points;
}

const creditPoints: readonly Consequence[] = [
  {
    icon: "receipt",
    text: "The order's price goes down by what went back, and the buyer gets a credit note. No money moves.",
  },
  { icon: "ticket", text: "The order's places stay. To take them back as well, cancel them." },
];

function donePoints(task: Task): readonly Consequence[] {
  const points: Consequence[] = [
    {
      icon: "info",
      text: "The program moves no money and changes no place. It only notes what you did.",
    },
  ];
  if (task.kind === TaskKind.DISPUTE) {
    points.push({
      icon: "warn",
      text: "Evidence is sent at Stripe, before the day it is due; after that the bank keeps the money.",
    });
  }
  if (task.kind === TaskKind.REFUND_FAILED) {
    points.push({
      icon: "receipt",
      text: "Pay the buyer another way first, such as by bank transfer, and say here when and how.",
    });
  }
  points.push({ icon: "log", text: "Your words are kept with the task and in the audit log." });
  return points;
}

/** What is known that speaks against a dispute, to be sent to the bank at Stripe. */
function EvidenceDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const { org, payments } = useTill();
  const { disputeId, orderCode } = task;
  const found = useLoad(
    async (signal) =>
      (await payments.getDisputeEvidence({ orgId: org.id, disputeId }, { signal })).text,
    [disputeId],
  );
  const text = found.data ?? "";
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("Copied.");
    } catch {
      say("The browser does not let this page copy. Download it instead.");
    }
  };
  const foot = (
    <>
      <button type="button" class="button" onClick={onClose}>
        Close
      </button>
      <button
        type="button"
        class="button"
        onClick={() =>
          download(
            new TextEncoder().encode(text),
            `evidence-${orderCode}.txt`,
            "text/plain;charset=utf-8",
          )
        }
      >
        <Icon name="download" />
        Download
      </button>
      <button type="button" class="button button--primary" onClick={copy}>
        <Icon name="copy" />
        Copy
      </button>
    </>
  );
  return (
    <Dialog title="Evidence against the dispute" onClose={onClose} foot={foot}>
      <p>
        What Lanyard knows of this payment and its places. Paste it at Stripe, where the bank's
        question stands, and settle the task then. It names people: keep it to what the bank needs.
      </p>
      <Ready of={found}>
        {(lines) => (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
          <section class="evidence" tabIndex={0} aria-label="Evidence">
            {lines}
          </section>
        )}
      </Ready>
    </Dialog>
  );
}

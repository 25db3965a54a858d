/** How the organisation is paid by card: which Stripe, which account, and whether it is heard. */

import {
  PaymentService,
  StripeMode,
  type StripeStatus,
} from "../../gen/lanyard/payment/v1/payment_pb";
import { count } from "../../lib/words";
import { Icon, Notice, Ready } from "../kit/bits";
import { momentOf } from "../kit/times";
import { useLoad } from "../load";
import { useTill } from "./gate";
import { Item, Panel, Pill } from "./parts";
import type { StateWords } from "./words";

const modes: Readonly<Partial<Record<StripeMode, StateWords>>> = {
  [StripeMode.NONE]: { text: "Off", tone: "bad" },
  [StripeMode.SIMULATED]: { text: "Simulated: no money moves", tone: "warm" },
  [StripeMode.TEST]: { text: "Test: no money moves", tone: "caution" },
  [StripeMode.LIVE]: { text: "Live: real money", tone: "good" },
};

/** The card of the settings. */
export function StripeCard() {
  const { org, payments, may } = useTill();
  if (!may(PaymentService.method.getStripeStatus)) {
    return null;
  }
  return (
    <Card
      read={async (signal) =>
        (await payments.getStripeStatus({ orgId: org.id }, { signal })).status
      }
    />
  );
}

function Card({ read }: { read: (signal: AbortSignal) => Promise<StripeStatus | undefined> }) {
  const found = useLoad(read, []);
  return (
    <Ready of={found} lines={5}>
      {(status) =>
        status === undefined ? null : (
          <Panel
            id="stripe"
            title="Card payments"
            side={<Pill {...(modes[status.mode] ?? { text: "Unknown" })} />}
          >
            <div class="stack" aria-busy={found.loading || undefined}>
              <Say status={status} />
              <Facts status={status} />
              <div class="button-row">
                <button type="button" class="button" onClick={found.reload}>
                  Look again
                </button>
                {status.simulatorUrl !== "" && (
                  <a class="button" href={status.simulatorUrl} target="_blank" rel="noreferrer">
                    <Icon name="link" />
                    Drive the simulator
                  </a>
                )}
              </div>
            </div>
          </Panel>
        )
      }
    </Ready>
  );
}

/** What is wrong, or that nothing is. */
function Say({ status: { mode, connected, faults } }: { status: StripeStatus }) {
  return (
    <>
      {mode === StripeMode.SIMULATED && (
        <Notice tone="warning" title="These payments are a simulation">
          <p>
            No Stripe key is set, and only this machine reaches the installation, so a simulated
            Stripe takes every card. Tickets that are bought so were paid with play money.
          </p>
        </Notice>
      )}
      {mode === StripeMode.TEST && (
        <Notice tone="warning" title="These payments are tests">
          <p>Stripe runs with a test key. For real money the operator sets the live one.</p>
        </Notice>
      )}
      {faults.map((fault) => (
        <Notice key={fault} tone="error" title={fault} />
      ))}
      {connected && faults.length === 0 && mode === StripeMode.LIVE && (
        <Notice tone="success" title="Cards are charged, and Stripe is heard." />
      )}
    </>
  );
}

function Facts({ status }: { status: StripeStatus }) {
  const { to } = useTill();
  const { connected, accountId, accountName, mode, lastWebhookAt, lastPollAt, openTasks } = status;
  if (mode === StripeMode.NONE) {
    return null;
  }
  return (
    <dl class="answers answers--narrow">
      <Item term="Account">
        {connected ? accountName || "Connected" : "Not connected"}
        {connected && (
          <span class="table__sub">
            {accountId || "The account that the installation's key belongs to"}
          </span>
        )}
      </Item>
      <Item term="Last heard from Stripe">
        {lastWebhookAt === undefined ? "Nothing so far" : momentOf(lastWebhookAt)}
        {lastWebhookAt !== undefined && <span class="table__sub">{status.lastWebhookType}</span>}
      </Item>
      <Item term="Last asked Stripe">
        {lastPollAt === undefined ? "Not yet" : momentOf(lastPollAt)}
        <span class="table__sub">Every two minutes, for payments that no webhook told of</span>
      </Item>
      <Item term="Webhooks">
        {status.waitingWebhooks === 0
          ? "All are worked on"
          : `${count(status.waitingWebhooks, "webhook")} to be worked on`}
        <span class="table__sub">{status.webhookUrl}</span>
      </Item>
      <Item term="Needs a person">
        {openTasks === 0 ? (
          "Nothing"
        ) : (
          <a href={to("orders/tasks")}>{count(openTasks, "open task")}</a>
        )}
      </Item>
    </dl>
  );
}

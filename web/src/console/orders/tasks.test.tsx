import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code as Connect } from "@connectrpc/connect";
import { afterEach, describe, expect, it } from "vitest";
import { OrderSchema, OrderState } from "../../gen/lanyard/booking/v1/order_pb";
import {
  Resolution,
  StripeMode,
  StripeStatusSchema,
  TaskKind,
  TaskSchema,
} from "../../gen/lanyard/payment/v1/payment_pb";
import { Reason, Role } from "../../gen/lanyard/policy/v1/policy_pb";
import {
  called,
  controls,
  fill,
  memberAs,
  orgId,
  press,
  refusal,
  type Server,
  see,
  stage,
  strike,
  until,
  words,
} from "../stage";
import { dueWords, waysOf } from "./task-words";

afterEach(strike);

const at = `/console/o/${orgId}/orders/tasks`;
const orderId = `ord_${"0".repeat(26)}`;
const late = create(TaskSchema, {
  key: "late_money:pay_1",
  kind: TaskKind.LATE_MONEY,
  sentence: "Money came after the order had lapsed, and the places are gone.",
  amountMinor: 12_000n,
  currency: "GBP",
  orderId,
  orderCode: "K7QX2M",
  eventTitle: "Launch day",
  openedAt: timestampFromDate(new Date("2026-07-01T10:00:00Z")),
  can: [Resolution.PLACE, Resolution.REFUND, Resolution.DONE],
});
const order = create(OrderSchema, { id: orderId, code: "K7QX2M", state: OrderState.EXPIRED });

const as = (role: Role, payments: Server["payments"]): Server => ({
  account: { getMe: () => ({ memberships: [memberAs(role)] }) },
  orders: { getOrder: () => ({ order }), placeLateOrder: () => ({ order }) },
  payments: { listTasks: () => ({ tasks: [late] }), ...payments },
});

describe("late money", () => {
  it("gets its places by the order's own method, with the reason", async () => {
    const on = stage(as(Role.OWNER, {}), at);
    await see(on, "£120.00");
    await press(on, "Give the places");
    await fill(on, "Reason", "The hall has room.");
    await until(() => on.page.querySelector("dialog button[type=submit]"));
    await press(on, "Give the places");
    expect((await called(on, "PlaceLateOrder")).message).toMatchObject({
      orderId,
      overCapacity: false,
      reason: "The hall has room.",
    });
  });

  it("goes back with the words of who decided", async () => {
    const on = stage(as(Role.FINANCE, { resolveTask: () => ({ task: late }) }), at);
    await press(on, "Give £120.00 back");
    await fill(on, "What was decided, and why", "The hall is full.");
    await press(on, "Give £120.00 back");
    expect((await called(on, "ResolveTask")).message).toMatchObject({
      key: late.key,
      resolution: Resolution.REFUND,
      note: "The hall is full.",
    });
    await see(on, "The money is on its way back.");
  });

  it("offers each role what it may do, and no more", async () => {
    const organiser = stage(as(Role.ORGANISER, {}), at);
    await see(organiser, "Give the places");
    expect(controls(organiser)).not.toContain("Give £120.00 back");
    strike();
    const finance = stage(as(Role.FINANCE, {}), at);
    await see(finance, "Give £120.00 back");
    expect(controls(finance)).not.toContain("Give the places");
  });

  it("says so when somebody else was quicker", async () => {
    const server = as(Role.FINANCE, {
      resolveTask: () => {
        throw refusal(
          Connect.FailedPrecondition,
          Reason.ALREADY_DECIDED,
          "Somebody has seen to this already.",
        );
      },
    });
    const on = stage(server, at);
    await press(on, "It is seen to");
    await fill(on, "What was decided, and why", "Paid by transfer.");
    await press(on, "Settle it");
    await until(() => on.page.querySelector("dialog [role=alert]"));
    expect(on.page.querySelector("dialog")).not.toBeNull();
  });
});

describe("tasks", () => {
  it("are counted above the orders, but not for reviewers", async () => {
    const owner = stage(as(Role.OWNER, {}), `/console/o/${orgId}/orders`);
    await see(owner, "Needs a person1 open");
    strike();
    const reviewer = stage(as(Role.REVIEWER, {}), `/console/o/${orgId}/orders`);
    await see(reviewer, "No orders yet");
    expect(words(reviewer.page)).not.toContain("Needs a person");
    expect(reviewer.calls.some((c) => c.method === "ListTasks")).toBe(false);
  });

  it("say when nothing needs a person", async () => {
    const on = stage(as(Role.OWNER, { listTasks: () => ({}) }), at);
    await see(on, "Nothing needs a person");
  });

  it("say how they ended, once they are settled", async () => {
    const settled = {
      ...late,
      resolvedAt: timestampFromDate(new Date("2026-07-02T09:00:00Z")),
      resolution: Resolution.REFUND,
      resolvedBy: "Fiona Finance",
      note: "The hall is full.",
      can: [],
    };
    const on = stage(
      as(Role.OWNER, { listTasks: ({ settled: asked }) => ({ tasks: asked ? [settled] : [] }) }),
      `${at}?settled=1`,
    );
    await see(on, "The money went back");
    await see(on, "Fiona FinanceThe hall is full.");
  });

  it("show the evidence against a dispute first", () => {
    const dispute = create(TaskSchema, {
      kind: TaskKind.DISPUTE,
      disputeId: `dsp_${"0".repeat(26)}`,
      can: [Resolution.DONE],
    });
    expect(waysOf(dispute)).toEqual(["evidence", "done"]);
    expect(waysOf(late)).toEqual(["place", "refund", "done"]);
  });

  it("tell how long there is", () => {
    const due = timestampFromDate(new Date("2026-07-10T12:00:00Z"));
    const on = (now: string) => dueWords(due, "Europe/London", new Date(now));
    expect(on("2026-07-01T11:00:00Z")).toEqual({
      text: "By 10 Jul 2026, 9 days left",
      tone: "caution",
    });
    expect(on("2026-07-10T09:00:00Z")).toEqual({
      text: "By 10 Jul 2026, less than a day left",
      tone: "bad",
    });
    expect(on("2026-07-11T09:00:00Z")).toEqual({ text: "Was due 10 Jul 2026", tone: "bad" });
    expect(dueWords(undefined, "Europe/London")).toBeUndefined();
  });
});

describe("the card of Stripe", () => {
  const card = (status: MessageInitShape<typeof StripeStatusSchema>) => {
    const server = as(Role.FINANCE, {
      getStripeStatus: () => ({ status: create(StripeStatusSchema, status) }),
    });
    server.orders = { ...server.orders, getSupplier: () => ({}) };
    return stage(server, `/console/o/${orgId}/settings/selling`);
  };

  it("marks a simulation for what it is", async () => {
    const on = card({
      mode: StripeMode.SIMULATED,
      connected: true,
      simulatorUrl: "http://127.0.0.1:9/_sim/",
    });
    await see(on, "Simulated: no money moves");
    await see(on, "Tickets that are bought so were paid with play money.");
    expect(controls(on)).toContain("Drive the simulator");
  });

  it("says what is wrong with real payments, and praises nothing then", async () => {
    const fault = "No webhook secret is set.";
    const on = card({ mode: StripeMode.LIVE, connected: true, faults: [fault] });
    await see(on, "Live: real money");
    await see(on, fault);
    expect(words(on.page)).not.toContain("Cards are charged, and Stripe is heard.");
  });
});

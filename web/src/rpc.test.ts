import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { EventService } from "./gen/lanyard/catalog/v1/catalog_pb";
import { ProblemSchema, Reason } from "./gen/lanyard/policy/v1/policy_pb";
import { connect, newRequestId, problemOf, tryAgain } from "./rpc";

function refusal(reason: Reason, retryAfterMs = 0n): ConnectError {
  return new ConnectError("Please wait.", Code.Unavailable, undefined, [
    { desc: ProblemSchema, value: { reason, retryAfterMs, requestLogId: "LOG1" } },
  ]);
}

/** A server whose first answers are the refusals; then it creates the event. */
function serverWith(refusals: unknown[], waits: number[] = []) {
  const ids: string[] = [];
  const transport = createRouterTransport(
    ({ service }) =>
      service(EventService, {
        createEvent: (req) => {
          ids.push(req.requestId);
          const next = refusals.shift();
          if (next !== undefined) {
            throw next;
          }
          return { event: { id: "evt_1" } };
        },
      }),
    {
      transport: {
        interceptors: [
          tryAgain(async (ms) => {
            waits.push(ms);
          }),
        ],
      },
    },
  );
  return { events: connect(transport).events, ids, waits };
}

describe("tryAgain", () => {
  it("repeats what met passing trouble, with the same request id", async () => {
    const { events, ids, waits } = serverWith([
      refusal(Reason.BUSY, 40n),
      refusal(Reason.OUTCOME_UNKNOWN),
    ]);
    const answer = await events.createEvent({ requestId: "the-only-request-id" });
    expect(answer.event?.id).toBe("evt_1");
    expect(ids).toEqual(Array(3).fill("the-only-request-id"));
    expect(waits).toEqual([40, 1000]);
  });

  it("gives up after the third time", async () => {
    const { events, ids } = serverWith(Array(5).fill(refusal(Reason.UNAVAILABLE)));
    await expect(events.createEvent({})).rejects.toMatchObject({ code: Code.Unavailable });
    expect(ids).toHaveLength(3);
  });

  it("does not repeat what would be refused again, or much later", async () => {
    for (const reason of [Reason.SOLD_OUT, Reason.RATE_LIMITED, Reason.STALE_VERSION]) {
      const { events, ids } = serverWith([refusal(reason)]);
      await expect(events.createEvent({})).rejects.toThrow();
      expect(ids).toHaveLength(1);
    }
    const { events, ids } = serverWith([refusal(Reason.BUSY, 60_000n)]);
    await expect(events.createEvent({})).rejects.toThrow();
    expect(ids).toHaveLength(1);
  });
});

describe("problemOf", () => {
  it("reads what the server sends", () => {
    const sent = new ConnectError("Please check.", Code.InvalidArgument, undefined, [
      {
        desc: ProblemSchema,
        value: {
          reason: Reason.INVALID_INPUT,
          violations: [{ path: "details.title", ruleId: "required", message: "is missing" }],
          retryAfterMs: 500n,
          requestLogId: "LOG1",
        },
      },
    ]);
    expect(problemOf(sent)).toEqual({
      reason: "INVALID_INPUT",
      message: "Please check.",
      violations: [{ path: "details.title", rule: "required", message: "is missing" }],
      retryAfter: 500,
      logId: "LOG1",
    });
  });

  it("keeps an internal error's text to itself", () => {
    const sent = new ConnectError("internal error", Code.Internal, undefined, [
      { desc: ProblemSchema, value: { requestLogId: "LOG1" } },
    ]);
    expect(problemOf(sent)).toEqual({ reason: "", message: "", violations: [], logId: "LOG1" });
  });

  it("knows that the server was not reached", () => {
    expect(problemOf(new TypeError("Failed to fetch")).reason).toBe("NO_CONNECTION");
    expect(problemOf(new Error("a bug")).reason).toBe("");
  });
});

describe("newRequestId", () => {
  it("makes ids that the contract allows and never twice", () => {
    const ids = Array.from({ length: 100 }, newRequestId);
    expect(ids.every((id) => /^[A-Za-z0-9_-]{16,64}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(100);
  });
});

import { Code } from "@connectrpc/connect";
import { afterEach, describe, expect, it } from "vitest";
import { Decision, QuestionType, RegistrationState } from "../../gen/lanyard/booking/v1/booking_pb";
import { EventState } from "../../gen/lanyard/catalog/v1/catalog_pb";
import { Reason } from "../../gen/lanyard/policy/v1/policy_pb";
import {
  called,
  controls,
  eventId,
  eventWith,
  fill,
  orgId,
  press,
  refusal,
  type Server,
  see,
  stage,
  strike,
  tick,
  until,
  words,
} from "../stage";

afterEach(strike);

const at = (tab = "") => `/console/o/${orgId}/events/${eventId}${tab}`;
const pool = {
  id: "pol_1",
  details: { title: "Main hall", size: 40 },
  sold: 43,
  over: 3,
  version: 1n,
};

describe("cancelling an event", () => {
  it("says how many people hear of it and what they get, and sends the reason", async () => {
    const on = stage(
      {
        events: {
          getEvent: () => ({ event: eventWith({ awaitingApproval: 3 }) }),
          cancelEvent: () => ({
            event: eventWith({
              state: EventState.CANCELLED,
              stateReason: "The speaker is ill.",
              version: 4n,
            }),
          }),
        },
      },
      at(),
    );
    await press(on, "Cancel the event");
    await see(on, "192 people with a place and 3 applicants get a mail at once that says so");
    await press(on, "Cancel and tell 195 people");
    await see(on, "Reason: please fill this in.");
    expect(on.calls.filter((c) => c.method === "CancelEvent")).toEqual([]);
    await fill(on, "Reason", "The speaker is ill.");
    await press(on, "Cancel and tell 195 people");
    expect((await called(on, "CancelEvent")).message).toMatchObject({
      orgId,
      eventId,
      version: 3n,
      reason: "The speaker is ill.",
    });
    await see(on, "The event is cancelled.");
    await until(() => on.page.querySelector("dialog") === null);
    expect(controls(on)).not.toContain("Cancel the event");
  });

  it("repeats a failed attempt under the same request id, and the next action under another", async () => {
    let attempts = 0;
    const on = stage(
      {
        events: {
          getEvent: () => ({ event: eventWith() }),
          closeSales: () => {
            attempts++;
            if (attempts === 1) {
              throw refusal(Code.Internal, Reason.UNSPECIFIED);
            }
            return { event: eventWith({ state: EventState.SALES_CLOSED, version: 4n }) };
          },
          reopenSales: () => ({ event: eventWith({ version: 5n }) }),
        },
      },
      at(),
    );
    await press(on, "Close registration");
    const submit = () =>
      until(() => on.page.querySelector<HTMLElement>("dialog button[type=submit]"));
    (await submit()).click();
    await see(on, "Something went wrong on our side.");
    (await submit()).click();
    await see(on, "Registration is closed.");
    await press(on, "Open registration again");
    await press(on, "Open registration");
    await called(on, "ReopenSales");
    const ids = on.calls
      .filter((c) => ["CloseSales", "ReopenSales"].includes(c.method))
      .map(({ message: { requestId } }) => requestId);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[1]);
  });
});

describe("the overview", () => {
  it("says plainly by how much a pool is over", async () => {
    const on = stage(
      {
        events: { getEvent: () => ({ event: eventWith() }) },
        inventory: { listInventory: () => ({ pools: [pool] }) },
      },
      at(),
    );
    await see(on, "Over by 3");
    const [stat] = [...on.page.querySelectorAll(".stat--alert")];
    expect(stat && words(stat)).toContain("Main hall43 of 40");
  });

  it("tells what a draft lacks before it is of use", async () => {
    const on = stage(
      {
        events: {
          getEvent: () => ({ event: eventWith({ state: EventState.DRAFT, registered: 0 }) }),
        },
      },
      at(),
    );
    await see(on, "Before you publish");
    await see(on, "Nothing can be had yet");
    await see(on, "The meeting address is missing.");
  });
});

describe("editing details", () => {
  const server = (answers: Server["events"]): Server => ({
    events: { getEvent: () => ({ event: eventWith() }), ...answers },
  });

  it("sends the changed fields only, and asks before people are told", async () => {
    const on = stage(
      server({
        updateEvent: ({ details }) => ({
          event: eventWith({ version: 4n, ...(details && { details }) }),
        }),
      }),
      at("/edit"),
    );
    await fill(on, "Summary", "For innovators");
    await see(on, "Nobody gets a mail about these changes.");
    await tick(on, "In person");
    await see(on, "192 people get a mail about the change.");
    await press(on, "Save");
    await press(on, "Save and tell 192 people");
    expect((await called(on, "UpdateEvent")).message).toMatchObject({
      version: 3n,
      updateMask: { paths: ["summary", "mode"] },
      details: { summary: "For innovators" },
    });
    await see(on, "Saved.");
  });

  it("puts my changes on top of somebody else's", async () => {
    let version = 3n;
    let title = "AI Airlock";
    const event = () => {
      const now = eventWith({ version });
      return { event: { ...now, ...(now.details && { details: { ...now.details, title } }) } };
    };
    const on = stage(
      server({
        getEvent: event,
        updateEvent: (req) => {
          if (req.version !== version) {
            throw refusal(Code.Aborted, Reason.STALE_VERSION);
          }
          return { event: { ...event().event, version: ++version } };
        },
      }),
      at("/edit"),
    );
    await fill(on, "Summary", "Mine");
    version = 7n;
    title = "Theirs";
    await press(on, "Save");
    await see(on, "Someone else changed this while you had it open");
    await see(on, "Title is now “Theirs”");
    await press(on, "Put my changes on top of theirs");
    await press(on, "Save");
    await see(on, "Saved.");
    expect(on.calls.findLast((c) => c.method === "UpdateEvent")?.message).toMatchObject({
      version: 7n,
      updateMask: { paths: ["summary"] },
      details: { title: "Theirs", summary: "Mine" },
    });
  });
});

describe("the form editor", () => {
  it("keeps a choice's id when its label changes, and sends conditions by ids", async () => {
    const on = stage(
      {
        events: { getEvent: () => ({ event: eventWith() }) },
        registrations: { saveForm: ({ questions }) => ({ questions, version: 1n }) },
      },
      at("/form"),
    );
    await press(on, "Add a question");
    await fill(on, "Question", "How do you come?");
    await fill(on, "Kind of answer", String(QuestionType.CHOICE));
    await press(on, "Add a choice");
    await fill(on, "Choice 1", "By train");
    const input = on.page.querySelector<HTMLElement>("[aria-label='Choice 1']");
    input?.dispatchEvent(new Event("blur"));
    await press(on, "Add a question");
    await fill(on, "Question", "From which station?");
    const first = on.page.querySelectorAll<HTMLSelectElement>(
      "[aria-label='Asked when: question']",
    )[0];
    const id = [...(first?.options ?? [])].at(-1)?.value ?? "";
    await fill(on, "Asked when: question", id);
    const answer = await until(() =>
      [...on.page.querySelectorAll<HTMLElement>(".question .choice")].find(
        (choice) => words(choice) === "By train",
      ),
    );
    answer.querySelector("input")?.click();
    await fill(on, "Choice 1", "By railway");
    await press(on, "Save the form");
    expect((await called(on, "SaveForm")).message).toMatchObject({
      version: 0n,
      questions: [
        { id, type: QuestionType.CHOICE, choices: [{ id: "by-train", label: "By railway" }] },
        { label: "From which station?", condition: { questionId: id, anyOf: ["by-train"] } },
      ],
    });
    await see(on, "The form is saved.");
  });
});

describe("deciding on applications", () => {
  const applications = ["Amara Osei", "Tom Ashworth"].map((name, i) => ({
    id: `reg_${String(i).repeat(26)}`,
    state: RegistrationState.AWAITING_APPROVAL,
    attendee: { name, email: `${i}@example.org`, segment: 2 },
  }));

  it("decides several at once and names those for whom there was no place", async () => {
    const on = stage(
      {
        events: { getEvent: () => ({ event: eventWith({ awaitingApproval: 2 }) }) },
        registrations: {
          listRegistrations: () => ({ registrations: applications }),
          decideApplications: ({ registrationIds, overCapacity }) => ({
            decided: registrationIds.map((registrationId, i) => ({
              registrationId,
              reason: i === 1 && !overCapacity ? Reason.SOLD_OUT : Reason.UNSPECIFIED,
            })),
          }),
        },
      },
      at("/registrations"),
    );
    await see(on, "Amara Osei");
    for (const box of on.page.querySelectorAll<HTMLElement>("tbody input[type=checkbox]")) {
      box.click();
    }
    await press(on, "Approve 2");
    await see(on, "Amara Osei and Tom Ashworth have a place at once.");
    await press(on, "Approve and tell 2 people");
    expect((await called(on, "DecideApplications")).message).toMatchObject({
      decision: Decision.APPROVE,
      registrationIds: applications.map((a) => a.id),
    });
    await see(on, "1 application could not be decided");
    await see(on, "Tom Ashworth: There are not enough places left.");
  });
});

import { Code } from "@connectrpc/connect";
import { afterEach, describe, expect, it } from "vitest";
import { EventState } from "../gen/lanyard/catalog/v1/catalog_pb";
import { Reason, Role } from "../gen/lanyard/policy/v1/policy_pb";
import {
  called,
  controls,
  eventId,
  eventWith,
  fill,
  memberAs,
  orgId,
  press,
  refusal,
  see,
  stage,
  strike,
  until,
} from "./stage";

afterEach(strike);

const events = `/console/o/${orgId}/events`;

describe("the console", () => {
  it("opens at the events of the organisation", async () => {
    const on = stage({ events: { listEvents: () => ({ events: [eventWith()] }) } });
    await see(on, "AI Airlock");
    expect(window.location.pathname).toBe(events);
    expect(document.title).toBe("Events · Console");
    expect(controls(on)).toEqual(expect.arrayContaining(["Create an event", "Team", "Audit log"]));
  });

  it("shows a member only what the role allows", async () => {
    const me = { name: "Ravi", email: "r@example.org", memberships: [memberAs(Role.REVIEWER)] };
    const on = stage({
      account: { getMe: () => me },
      events: { getEvent: () => ({ event: eventWith() }) },
    });
    await see(on, "No events to come");
    const shown = controls(on);
    expect(shown).toContain("Events");
    expect(
      ["Create an event", "Import", "Team", "Audit log", "Settings"].filter((c) =>
        shown.includes(c),
      ),
    ).toEqual([]);

    on.visit(`${events}/${eventId}`);
    await see(on, "Latest registrations");
    const inEvent = controls(on);
    expect(["Edit", "More", "Details"].filter((c) => inEvent.includes(c))).toEqual([]);
  });

  it("offers somebody without an organisation to make one", async () => {
    const on = stage({
      account: {
        getMe: () => ({ name: "", email: "new@example.org", memberships: [] }),
        createOrganisation: () => ({ organisation: { id: orgId } }),
      },
    });
    await see(on, "Set up your organisation");
    await fill(on, "Name", "Midlands Life Sciences");
    await fill(on, "Address", "midlands");
    await press(on, "Create the organisation");
    const { message } = await called(on, "CreateOrganisation");
    expect(message).toMatchObject({
      details: {
        name: "Midlands Life Sciences",
        slug: "midlands",
        contactEmail: "new@example.org",
      },
      requestId: expect.stringMatching(/^[A-Za-z0-9_-]{16,64}$/),
    });
  });

  it("says that there is nothing where somebody else's organisation is", async () => {
    const on = stage({}, `/console/o/org_${"9".repeat(26)}/events`);
    await see(on, "There is nothing here");
  });

  it("offers another try when the server cannot be reached", async () => {
    let down = true;
    const on = stage(
      {
        events: {
          listEvents: () => {
            if (down) {
              throw refusal(Code.Unavailable, Reason.UNAVAILABLE, "The database is down.");
            }
            return { events: [eventWith()] };
          },
        },
      },
      events,
    );
    await see(on, "The database is down.");
    down = false;
    await press(on, "Try again");
    await see(on, "AI Airlock");
  });
});

describe("the list of events", () => {
  it("asks for what the address says, and for more when asked", async () => {
    const on = stage(
      {
        events: {
          listEvents: ({ pageToken }) =>
            pageToken === ""
              ? { events: [eventWith()], nextPageToken: "t1" }
              : { events: [eventWith({ id: `evt_${"1".repeat(26)}`, state: EventState.DRAFT })] },
        },
      },
      `${events}?q=air&state=2&past=1`,
    );
    await see(on, "AI Airlock");
    expect((await called(on, "ListEvents")).message).toMatchObject({
      query: "air",
      state: 2,
      past: true,
    });
    await press(on, "Show more");
    await until(() => on.page.querySelectorAll("tbody tr").length === 2);
    expect(on.calls.at(-1)?.message).toMatchObject({ pageToken: "t1" });
    expect(controls(on)).not.toContain("Show more");
  });
});

describe("unsaved work", () => {
  it("is not lost by a click", async () => {
    const on = stage({}, `${events}/new`);
    await fill(on, "Title", "Half a title");
    await press(on, "Team");
    await see(on, "Leave without saving?");
    await press(on, "Stay here");
    expect(window.location.pathname).toBe(`${events}/new`);
    await press(on, "Team");
    await press(on, "Leave without saving");
    await until(() => window.location.pathname.endsWith("/team"));
  });
});

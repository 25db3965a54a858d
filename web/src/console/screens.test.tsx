import { afterEach, describe, expect, it } from "vitest";
import { ImportOutcome } from "../gen/lanyard/catalog/v1/catalog_pb";
import { Role } from "../gen/lanyard/policy/v1/policy_pb";
import {
  called,
  control,
  controls,
  field,
  fill,
  orgId,
  press,
  type Stage,
  see,
  stage,
  strike,
  tick,
  until,
} from "./stage";

afterEach(strike);

const at = (page: string) => `/console/o/${orgId}/${page}`;

/** The input of a wall time's day or time. */
function wall({ page }: Stage, label: string): HTMLInputElement {
  return page.querySelector(`[aria-label="${label}"]`) as HTMLInputElement;
}

describe("a new event", () => {
  it("starts in the organisation's zone, and its end follows its start", async () => {
    const on = stage({ events: { createEvent: () => ({}) } }, at("events/new"));
    await fill(on, "Title", "Voucher briefing");
    await fill(on, "Starts: day", "2026-11-26");
    await fill(on, "Starts: time", "18:30");
    await see(on, "Thursday 26 November 2026, 18:30 to 19:30, Greenwich Mean Time");
    await fill(on, "Ends: time", "20:00");
    await fill(on, "Starts: time", "17:00");
    expect(wall(on, "Ends: time").value).toBe("18:30");
    await press(on, "Create the draft");
    expect((await called(on, "CreateEvent")).message).toMatchObject({
      orgId,
      schedule: {
        startsLocal: "2026-11-26T17:00",
        endsLocal: "2026-11-26T18:30",
        timezone: "Europe/London",
      },
    });
  });

  it("points out the hour that the clocks skip, and asks which of a repeated one is meant", async () => {
    const on = stage({}, at("events/new"));
    await fill(on, "Starts: day", "2027-03-28");
    await fill(on, "Starts: time", "01:30");
    await see(on, "The clocks jump over this time");
    await fill(on, "Starts: day", "2026-10-25");
    await see(on, "01:30 comes twice on that day");
    await tick(on, "The second, 01:30 Greenwich Mean Time");
    await see(on, "Greenwich Mean Time");
  });
});

describe("the import", () => {
  const refused = {
    line: 3,
    title: "Bad",
    outcome: ImportOutcome.REFUSED,
    problems: [{ column: "starts_on", message: "must be a date that exists" }],
  };
  const good = { line: 2, title: "Good", outcome: ImportOutcome.CREATED };

  async function choose(on: Stage): Promise<void> {
    const input = await until(() => field<HTMLInputElement>(on, "CSV file"));
    Object.defineProperty(input, "files", { value: [new File(["a,b"], "events.csv")] });
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  it("shows what would happen first, and keeps a file with a bad row out unless told otherwise", async () => {
    const on = stage(
      {
        events: {
          importEvents: ({ dryRun }) => ({
            rows: [good, refused],
            created: 1,
            refused: 1,
            written: !dryRun,
          }),
        },
      },
      at("import"),
    );
    await choose(on);
    await see(on, "1 row is refused");
    await see(on, "starts_on: must be a date that exists");
    expect((control(on, "Import 1 event") as HTMLButtonElement).disabled).toBe(true);
    await tick(on, "All or nothing");
    await press(on, "Import 1 event");
    await see(on, "1 new event becomes a draft.");
    await press(on, "Import 1 event");
    await see(on, "Imported: 1 new event");
    const [dry, real] = on.calls.filter((c) => c.method === "ImportEvents");
    expect(dry?.message).toMatchObject({ dryRun: true });
    expect(real?.message).toMatchObject({ dryRun: false, atomic: false, publish: false });
    expect(real?.message.requestId).not.toBe(dry?.message.requestId);
  });
});

describe("the team", () => {
  it("invites somebody for some events only", async () => {
    const event = { id: `evt_${"0".repeat(26)}`, details: { title: "AI Airlock" } };
    const on = stage(
      {
        team: { listMembers: () => ({}), inviteMember: () => ({}) },
        events: { listEvents: ({ past }) => ({ events: past ? [] : [event] }) },
      },
      at("team"),
    );
    await press(on, "Invite somebody");
    await see(on, "One person gets a mail with a link into the team of Midlands Life Sciences.");
    await fill(on, "E-mail address", "new@example.org");
    await tick(on, "Check-in");
    await tick(on, "Only some");
    await tick(on, "AI Airlock");
    await press(on, "Send the invitation");
    expect((await called(on, "InviteMember")).message).toMatchObject({
      email: "new@example.org",
      role: Role.CHECK_IN,
      eventIds: [event.id],
    });
    await see(on, "The invitation is on its way.");
  });
});

describe("sign-ins", () => {
  it("are listed, and another one can be signed out", async () => {
    const signIns = [
      { id: `sin_${"0".repeat(26)}`, browser: "Firefox on Linux", current: true },
      { id: `sin_${"1".repeat(26)}`, browser: "Safari on iPhone" },
    ];
    const on = stage(
      { account: { listSignIns: () => ({ signIns }), revokeSignIn: () => ({}) } },
      "/console/sign-ins",
    );
    await see(on, "Firefox on LinuxThis one");
    await press(on, "Sign out Safari on iPhone");
    await see(on, "The next click in that browser asks for a new sign-in.");
    on.page.querySelector<HTMLElement>("dialog .button--danger")?.click();
    expect((await called(on, "RevokeSignIn")).message).toMatchObject({ signInId: signIns[1]?.id });
    await see(on, "That browser is signed out.");
    expect(controls(on)).toContain("Sign out Firefox on Linux");
  });
});

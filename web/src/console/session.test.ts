import { describe, expect, it } from "vitest";
import {
  AccountService,
  AuditService,
  OrganisationService,
  TeamService,
} from "../gen/lanyard/account/v1/account_pb";
import { RegistrationService } from "../gen/lanyard/booking/v1/booking_pb";
import { EventService } from "../gen/lanyard/catalog/v1/catalog_pb";
import { Role } from "../gen/lanyard/policy/v1/policy_pb";
import { may } from "./session";
import { memberAs } from "./stage";

describe("may", () => {
  it("follows the roles in the contract", () => {
    const methods = [
      EventService.method.createEvent,
      RegistrationService.method.exportRegistrations,
      TeamService.method.listMembers,
      AuditService.method.listAuditEntries,
      OrganisationService.method.updateOrganisation,
    ];
    const allowed = (role: Role) => methods.map((m) => may(memberAs(role), m));
    expect(allowed(Role.OWNER)).toEqual([true, true, true, true, true]);
    expect(allowed(Role.ORGANISER)).toEqual([true, true, true, false, false]);
    expect(allowed(Role.FINANCE)).toEqual([false, true, false, false, false]);
    expect(allowed(Role.REVIEWER)).toEqual([false, false, false, false, false]);
  });

  it("keeps a member to the events that the role is limited to", () => {
    const limited = memberAs(Role.ORGANISER, ["evt_mine"]);
    expect([
      may(limited, EventService.method.updateEvent, "evt_mine"),
      may(limited, EventService.method.updateEvent, "evt_other"),
      may(limited, EventService.method.listEvents),
      may(limited, EventService.method.createEvent),
    ]).toEqual([true, false, true, false]);
  });

  it("lets everybody who is signed in do what is their own", () => {
    expect(may(memberAs(Role.CHECK_IN), AccountService.method.updateMe)).toBe(true);
  });
});

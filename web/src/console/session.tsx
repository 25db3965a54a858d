/**
 * Who uses the console and what they may do. The rules are the contract's own: a control is shown
 * when the rule of the method behind it lets the member call it. The server enforces the same ones.
 */

import type { DescMethod } from "@bufbuild/protobuf";
import { getOption } from "@bufbuild/protobuf";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { GetMeResponse, Membership, Organisation } from "../gen/lanyard/account/v1/account_pb";
import { Access, Role, rule } from "../gen/lanyard/policy/v1/policy_pb";
import type { Clients } from "../rpc";

/** The person who is signed in, and the way to the server. */
export interface Session {
  clients: Clients;
  me: GetMeResponse;
  /** Asks the server again who the person is, as after a new organisation. */
  refresh: () => Promise<void>;
}

/** The session, for the parts of the console that are drawn once it is known. */
export const SessionContext = createContext<Session | null>(null);

/** The membership through which the present organisation is seen. */
export const MembershipContext = createContext<Membership | null>(null);

/** The session. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) {
    throw new Error("drawn outside a session");
  }
  return session;
}

/** The present organisation, and what the person may do in it. */
export interface Here {
  org: Organisation;
  membership: Membership;
  clients: Clients;
  /** Whether the member may call the method, for the event where it concerns one. */
  may: (method: DescMethod, eventId?: string) => boolean;
  /** The address of a page of this organisation. */
  to: (page: string) => string;
}

/** The present organisation. */
export function useHere(): Here {
  const { clients } = useSession();
  const membership = useContext(MembershipContext);
  if (membership?.organisation === undefined) {
    throw new Error("drawn outside an organisation");
  }
  const org = membership.organisation;
  return {
    org,
    membership,
    clients,
    may: (method, eventId) => may(membership, method, eventId),
    to: (page) => `/console/o/${org.id}/${page}`,
  };
}

/**
 * Whether the member sees orders and money. The contract of orders comes with its screens, which
 * few open; the way to them is drawn before, so its rule is said here once more. A test compares.
 */
export function seesOrders({ role, eventIds }: Membership): boolean {
  return role !== Role.CHECK_IN && role !== Role.UNSPECIFIED && eventIds.length === 0;
}

/** Whether the member keeps the books. Its contract comes with its screens, too. */
export function seesFinance({ role, eventIds }: Membership): boolean {
  return (role === Role.OWNER || role === Role.FINANCE) && eventIds.length === 0;
}

/** Whether the contract lets the member call the method. */
export function may(membership: Membership, method: DescMethod, eventId?: string): boolean {
  const { access, roles, eventField, openToLimited } = getOption(method, rule);
  if (access !== Access.MEMBER) {
    return true;
  }
  if (!roles.includes(membership.role)) {
    return false;
  }
  if (membership.eventIds.length === 0) {
    return true;
  }
  if (eventField === "") {
    return openToLimited;
  }
  return eventId === undefined || membership.eventIds.includes(eventId);
}

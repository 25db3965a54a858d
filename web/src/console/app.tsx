/** The console as a whole: who is signed in, where they are, and the screen for it. */

import type { ComponentChildren } from "preact";
import type { Membership } from "../gen/lanyard/account/v1/account_pb";
import type { Clients } from "../rpc";
import { AuditLog } from "./audit";
import { Companies } from "./companies";
import { EventScreen } from "./event/screen";
import { NewEvent } from "./event-new";
import { Events } from "./events";
import { Finance } from "./finance/gate";
import { ImportEvents } from "./import/screen";
import { Trouble, Wait } from "./kit/bits";
import { Toasts } from "./kit/toast";
import { useLoad } from "./load";
import { Orders } from "./orders/gate";
import { NewOrganisation } from "./organisation-new";
import { go, match, path } from "./router";
import { MembershipContext, type Session, SessionContext } from "./session";
import { Selling, Settings } from "./settings";
import { Bare, LeaveDialog, lastOrg, NotFound, remember, Shell } from "./shell";
import { SignIns } from "./sign-ins";
import { Team } from "./team/screen";

/** Draws the console. Nothing is shown before it is known who looks at it. */
export function App({ clients }: { clients: Clients }) {
  const me = useLoad((signal) => clients.account.getMe({}, { signal }), []);
  if (me.data === undefined) {
    // Somebody who is not signed in is on the way to the sign-in page.
    const away = me.problem === null || me.problem.reason === "SIGN_IN_REQUIRED";
    return (
      <Bare>
        {away || me.problem === null ? (
          <Wait lines={2} />
        ) : (
          <Trouble problem={me.problem} retry={me.reload} />
        )}
      </Bare>
    );
  }
  const session: Session = {
    clients,
    me: me.data,
    refresh: async () => me.set(await clients.account.getMe({})),
  };
  return (
    <SessionContext.Provider value={session}>
      <Screen memberships={me.data.memberships} />
      <LeaveDialog />
      <Toasts />
    </SessionContext.Provider>
  );
}

/** The screens of an organisation by the path below its address. */
const screens: readonly [string, (parts: Record<string, string>) => ComponentChildren][] = [
  ["events", () => <Events />],
  ["events/new", () => <NewEvent />],
  ["events/:event", ({ event = "" }) => <EventScreen key={event} id={event} tab="overview" />],
  [
    "events/:event/:tab",
    ({ event = "", tab = "" }) => <EventScreen key={event} id={event} tab={tab} />,
  ],
  [
    "events/:event/registrations/:registration",
    ({ event = "", registration = "" }) => (
      <EventScreen key={event} id={event} tab="registrations" registration={registration} />
    ),
  ],
  ["import", () => <ImportEvents />],
  ["team", () => <Team />],
  ["companies", () => <Companies />],
  ["orders", () => <Orders draw={(s) => <s.OrderList />} />],
  ["orders/tasks", () => <Orders draw={(s) => <s.TaskList />} />],
  [
    "orders/:order",
    ({ order = "" }) => <Orders key={order} draw={(s) => <s.OrderPage id={order} />} />,
  ],
  ["finance", () => <Finance draw={(s) => <s.Overview />} />],
  ["finance/items", () => <Finance draw={(s) => <s.ItemsScreen />} />],
  ["finance/rules", () => <Finance draw={(s) => <s.Rules />} />],
  ["finance/payouts", () => <Finance draw={(s) => <s.Payouts />} />],
  [
    "finance/payouts/:payout",
    ({ payout = "" }) => <Finance key={payout} draw={(s) => <s.PayoutScreen id={payout} />} />,
  ],
  ["finance/bank", () => <Finance draw={(s) => <s.BankScreen />} />],
  ["finance/months", () => <Finance draw={(s) => <s.Months />} />],
  [
    "finance/months/:month",
    ({ month = "" }) => <Finance key={month} draw={(s) => <s.MonthScreen month={month} />} />,
  ],
  [
    "finance/events/:event",
    ({ event = "" }) => <Finance key={event} draw={(s) => <s.EventStatement id={event} />} />,
  ],
  [
    "finance/orders/:order",
    ({ order = "" }) => <Finance key={order} draw={(s) => <s.TrailScreen order={order} />} />,
  ],
  ["finance/reports", () => <Finance draw={(s) => <s.Reports />} />],
  ["finance/exports", () => <Finance draw={(s) => <s.Exports />} />],
  ["finance/exports/accounts", () => <Finance draw={(s) => <s.MappingScreen />} />],
  ["finance/exports/schedules", () => <Finance draw={(s) => <s.Schedules />} />],
  [
    "finance/books/:account/:ref",
    ({ account = "", ref = "" }) => (
      <Finance
        key={`${account} ${ref}`}
        draw={(s) => <s.DetailScreen account={account} reference={ref} />}
      />
    ),
  ],
  ["audit", () => <AuditLog />],
  ["settings", () => <Settings />],
  ["settings/selling", () => <Selling />],
];

function Screen({ memberships }: { memberships: readonly Membership[] }) {
  const at = path.value;
  const [first] = memberships;
  if (match("/console/sign-ins", at)) {
    return inside(lastMembership(memberships), <SignIns />);
  }
  if (first === undefined || match("/console/new", at)) {
    return inside(lastMembership(memberships), <NewOrganisation first={first === undefined} />);
  }
  if (match("/console/", at)) {
    const home = lastMembership(memberships)?.organisation?.id ?? "";
    go(`/console/o/${home}/events`, { replace: true });
    return null;
  }
  const org = at.split("/")[3] ?? "";
  const membership = memberships.find((m) => m.organisation?.id === org);
  if (membership === undefined) {
    return inside(first, <NotFound />);
  }
  remember(org);
  for (const [pattern, draw] of screens) {
    const parts = match(`/console/o/:org/${pattern}`, at);
    if (parts !== null) {
      return inside(membership, draw(parts));
    }
  }
  return inside(membership, <NotFound />);
}

function lastMembership(memberships: readonly Membership[]): Membership | undefined {
  const last = lastOrg();
  return memberships.find((m) => m.organisation?.id === last) ?? memberships[0];
}

function inside(membership: Membership | undefined, screen: ComponentChildren) {
  if (membership === undefined) {
    return <Bare>{screen}</Bare>;
  }
  return (
    <MembershipContext.Provider value={membership} key={membership.organisation?.id}>
      <Shell>{screen}</Shell>
    </MembershipContext.Provider>
  );
}

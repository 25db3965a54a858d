/** What surrounds every screen: the rail with the organisation and its places, and who is signed in. */

import type { DescMethod } from "@bufbuild/protobuf";
import type { ComponentChildren } from "preact";
import { labelOf } from "../form/schema";
import { AuditService, TeamService } from "../gen/lanyard/account/v1/account_pb";
import { EventService } from "../gen/lanyard/catalog/v1/catalog_pb";
import { CompanyService } from "../gen/lanyard/inventory/v1/company_pb";
import { RoleSchema } from "../gen/lanyard/policy/v1/policy_pb";
import { initials } from "../lib/words";
import { Head, Icon, useCurrentInSight } from "./kit/bits";
import { Dialog } from "./kit/dialog";
import { Disclosure } from "./kit/menu";
import { held, leave, path } from "./router";
import { type Here, seesFinance, seesOrders, useHere, useSession } from "./session";
import { settingsOf } from "./settings";

interface Place {
  page: string;
  icon: string;
  name: string;
  /** Whether the place is of any use to the member. */
  of: (here: Here) => boolean;
}

/** Places that are of no use without a method. */
function by(method: DescMethod): Place["of"] {
  return ({ may }) => may(method);
}

const places: readonly Place[] = [
  { page: "events", icon: "calendar", name: "Events", of: by(EventService.method.listEvents) },
  { page: "orders", icon: "receipt", name: "Orders", of: (here) => seesOrders(here.membership) },
  { page: "finance", icon: "money", name: "Finance", of: (here) => seesFinance(here.membership) },
  { page: "import", icon: "upload", name: "Import", of: by(EventService.method.importEvents) },
  { page: "team", icon: "people", name: "Team", of: by(TeamService.method.listMembers) },
  {
    page: "companies",
    icon: "building",
    name: "Companies",
    of: by(CompanyService.method.listCompanies),
  },
  { page: "audit", icon: "log", name: "Audit log", of: by(AuditService.method.listAuditEntries) },
  {
    page: "settings",
    icon: "settings",
    name: "Settings",
    of: (here) => settingsOf(here).length > 0,
  },
];

/** The frame of a screen of an organisation. */
export function Shell({ children }: { children: ComponentChildren }) {
  const here = useHere();
  const { to } = here;
  const at = path.value;
  const row = useCurrentInSight<HTMLElement>(at);
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      <div class="console">
        <header class="console__rail">
          <div class="console__top">
            <Brand />
            <Switcher />
          </div>
          <nav class="console__nav" aria-label="Console" ref={row}>
            {places
              .filter(({ of }) => of(here))
              .map(({ page, icon, name }) => (
                <a
                  key={page}
                  class="console__link"
                  href={to(page)}
                  aria-current={at.startsWith(to(page)) ? "page" : undefined}
                >
                  <Icon name={icon} />
                  {name}
                </a>
              ))}
          </nav>
          <Foot />
        </header>
        <main class="console__main" id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
    </>
  );
}

function Brand() {
  return (
    <a class="brand" href="/console/">
      <span class="brand__mark" aria-hidden="true" />
      Lanyard
    </a>
  );
}

function Switcher() {
  const { org } = useHere();
  const { me } = useSession();
  return (
    <Disclosure
      class="menu switcher"
      summary={
        <>
          <Icon name="building" />
          <span class="switcher__name">{org.name}</span>
        </>
      }
    >
      {(close) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link is a click, too.
        <ul class="menu__list" onClick={close}>
          {me.memberships.map(({ organisation }) => (
            <li key={organisation?.id}>
              <a
                class="menu__item"
                href={`/console/o/${organisation?.id}/events`}
                aria-current={organisation?.id === org.id ? "true" : undefined}
              >
                {organisation?.name}
              </a>
            </li>
          ))}
          <li>
            <a class="menu__item" href="/console/new">
              <Icon name="plus" />
              New organisation
            </a>
          </li>
          <li class="menu__narrow">
            <a class="menu__item" href="/console/sign-ins">
              <Icon name="person" />
              You and your sign-ins
            </a>
          </li>
          <li class="menu__narrow">
            <SignOut class="menu__item" />
          </li>
        </ul>
      )}
    </Disclosure>
  );
}

function Foot() {
  const { me } = useSession();
  const { membership } = useHere();
  return (
    <div class="console__foot">
      <div class="person">
        <span class="avatar" aria-hidden="true">
          {initials(me.name || me.email)}
        </span>
        <p class="person__text">
          {me.name || me.email}
          <span class="table__sub">{labelOf(RoleSchema, membership.role)}</span>
        </p>
      </div>
      <a href="/console/sign-ins">You and your sign-ins</a>
      <SignOut class="link-button" />
    </div>
  );
}

/** Signing out is an ordinary form: it works even when nothing else here does. */
function SignOut(props: { class: string }) {
  return (
    <form method="post" action="/sign-out">
      <button type="submit" class={props.class}>
        Sign out
      </button>
    </form>
  );
}

/** The frame for somebody who is in no organisation yet. */
export function Bare({ children }: { children: ComponentChildren }) {
  return (
    <div class="page">
      <header class="site-header">
        <div class="wrap site-header__bar">
          <Brand />
          <SignOut class="button button--quiet" />
        </div>
      </header>
      <main id="main" class="wrap wrap--narrow band stack">
        {children}
      </main>
    </div>
  );
}

/** What stands where there is nothing, or nothing that the person may see. */
export function NotFound() {
  return (
    <>
      <Head title="There is nothing here" />
      <p class="lede">
        The page does not exist, or it belongs to an organisation in whose team you are not.
      </p>
      <p>
        <a class="button" href="/console/">
          Go to the events
        </a>
      </p>
    </>
  );
}

/** Asks whether unsaved work may be lost. */
export function LeaveDialog() {
  if (held.value === null) {
    return null;
  }
  const stay = () => {
    held.value = null;
  };
  return (
    <Dialog
      title="Leave without saving?"
      onClose={stay}
      foot={
        <>
          <button type="button" class="button" onClick={stay}>
            Stay here
          </button>
          <button type="button" class="button button--danger" onClick={leave}>
            Leave without saving
          </button>
        </>
      }
    >
      <p>What you changed on this page is not saved and would be lost.</p>
    </Dialog>
  );
}

const key = "lanyard.organisation";

/** The organisation in which the person was last; empty where the browser keeps nothing. */
export function lastOrg(): string {
  try {
    return window.localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** Remembers the organisation for the next visit. */
export function remember(org: string): void {
  try {
    window.localStorage.setItem(key, org);
  } catch {
    // A browser that keeps nothing starts at the first organisation; that is all.
  }
}

/** The organisation's settings: itself, and how it sells. */

import { create } from "@bufbuild/protobuf";
import { useEffect } from "preact/hooks";
import { Form } from "../form/form";
import {
  type Organisation,
  OrganisationDetailsSchema,
  OrganisationService,
  UpdateOrganisationRequestSchema,
} from "../gen/lanyard/account/v1/account_pb";
import { Role } from "../gen/lanyard/policy/v1/policy_pb";
import { Head, Notice, Ready } from "./kit/bits";
import { useEdit } from "./kit/edit";
import { say } from "./kit/toast";
import { useLoad } from "./load";
import { Orders } from "./orders/gate";
import { guard } from "./router";
import { type Here, seesOrders, useHere, useSession } from "./session";

const pages = [
  {
    page: "settings",
    name: "Organisation",
    of: ({ may }: Here) => may(OrganisationService.method.updateOrganisation),
  },
  {
    page: "settings/selling",
    name: "Invoices and payments",
    of: ({ membership }: Here) => seesOrders(membership) && membership.role !== Role.REVIEWER,
  },
];

/** The pages of settings that the member can use. */
export function settingsOf(here: Here): { page: string; name: string }[] {
  return pages.filter(({ of }) => of(here));
}

function Tabs({ now }: { now: string }) {
  const here = useHere();
  return (
    <nav class="tabs" aria-label="Settings">
      {settingsOf(here).map(({ page, name }) => (
        <a
          key={page}
          class="tabs__tab"
          href={here.to(page)}
          aria-current={page === now ? "page" : undefined}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}

/** Who sells, and the account that is paid into. */
export function Selling() {
  const { org } = useHere();
  return (
    <>
      <Head title="Invoices and payments" sub={org.name} />
      <Tabs now="settings/selling" />
      <Orders draw={(screens) => <screens.SellingSettings />} />
    </>
  );
}

/** The organisation itself; those who may not change it go on to what they can use. */
export function Settings() {
  const here = useHere();
  const [first] = settingsOf(here);
  if (first !== undefined && first.page !== "settings") {
    return <Selling />;
  }
  return <OrganisationSettings />;
}

function OrganisationSettings() {
  const { org, clients } = useHere();
  const found = useLoad(
    async (signal) =>
      (await clients.organisation.getOrganisation({ orgId: org.id }, { signal })).organisation,
    [org.id],
  );
  return (
    <>
      <Head title="Settings" sub={org.name} />
      <Tabs now="settings" />
      <Ready of={found}>{(now) => (now === undefined ? null : <Editor from={now} />)}</Ready>
    </>
  );
}

function Editor({ from }: { from: Organisation }) {
  const { clients, org } = useHere();
  const { refresh } = useSession();
  const present = (now: Organisation) => ({
    message: create(UpdateOrganisationRequestSchema, {
      orgId: now.id,
      details: create(OrganisationDetailsSchema, {
        name: now.name,
        slug: now.slug,
        timezone: now.timezone,
        contactEmail: now.contactEmail,
        about: now.about,
        website: now.website,
      }),
    }),
    version: now.version,
  });
  const { form, notice } = useEdit({
    desc: UpdateOrganisationRequestSchema,
    from: present(from),
    send: (request) => clients.organisation.updateOrganisation(request),
    latest: async () => {
      const { organisation } = await clients.organisation.getOrganisation({ orgId: org.id });
      return present(organisation ?? from);
    },
    done: ({ organisation }, versioned) => {
      if (organisation !== undefined) {
        versioned.saved(organisation.version);
        form.draft.replace(present(organisation).message);
      }
      say("The settings are saved.");
      void refresh();
    },
  });
  useEffect(() => guard(() => form.draft.dirty), [form]);
  const { message, original } = form.draft;
  const renamed = message.details?.slug !== original.details?.slug;
  return (
    <>
      {notice}
      <Form of={form} label="Settings">
        {renamed && (
          <Notice tone="warning" title="The address of the programme changes">
            <p>Links to the old address stop working. Change printed matter and bookmarks, too.</p>
          </Notice>
        )}
        <div class="form__actions form__actions--sticky">
          <button
            type="submit"
            class="button button--primary"
            aria-busy={form.busy.value || undefined}
          >
            Save
          </button>
        </div>
      </Form>
    </>
  );
}

/** The organisation's settings. */

import { create } from "@bufbuild/protobuf";
import { useEffect } from "preact/hooks";
import { Form } from "../form/form";
import {
  type Organisation,
  OrganisationDetailsSchema,
  UpdateOrganisationRequestSchema,
} from "../gen/lanyard/account/v1/account_pb";
import { Head, Notice, Ready } from "./kit/bits";
import { useEdit } from "./kit/edit";
import { say } from "./kit/toast";
import { useLoad } from "./load";
import { guard } from "./router";
import { useHere, useSession } from "./session";

/** The screen. */
export function Settings() {
  const { org, clients } = useHere();
  const found = useLoad(
    async (signal) =>
      (await clients.organisation.getOrganisation({ orgId: org.id }, { signal })).organisation,
    [org.id],
  );
  return (
    <>
      <Head title="Settings" sub={org.name} />
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

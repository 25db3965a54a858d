/** Making an organisation. Whoever makes it owns it. */

import { Draft } from "../form/draft";
import { Form } from "../form/form";
import { useForm } from "../form/handle";
import {
  type CreateOrganisationRequest,
  CreateOrganisationRequestSchema,
} from "../gen/lanyard/account/v1/account_pb";
import { viewerZone } from "../lib/time";
import { Head } from "./kit/bits";
import { say } from "./kit/toast";
import { useAction } from "./load";
import { go } from "./router";
import { useSession } from "./session";

/** The screen; first is true for somebody who is in no organisation yet. */
export function NewOrganisation({ first }: { first: boolean }) {
  const { clients, me, refresh } = useSession();
  const save = useAction(
    (requestId, message: CreateOrganisationRequest) =>
      clients.account.createOrganisation({ ...message, requestId }),
    async ({ organisation }) => {
      await refresh();
      say("Your organisation is ready.");
      go(`/console/o/${organisation?.id}/events`);
    },
  );
  const form = useForm(
    () =>
      new Draft(CreateOrganisationRequestSchema, {
        details: { timezone: viewerZone(), contactEmail: me.email },
      }),
    save.run,
  );
  return (
    <>
      <Head
        title={first ? "Set up your organisation" : "New organisation"}
        sub={
          first
            ? "Events belong to an organisation. If a colleague has one, ask them to invite you."
            : "You will be its owner."
        }
      />
      <Form of={form} label="A new organisation">
        <div class="form__actions">
          <button
            type="submit"
            class="button button--primary"
            aria-busy={form.busy.value || undefined}
          >
            Create the organisation
          </button>
        </div>
      </Form>
    </>
  );
}

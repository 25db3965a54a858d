/** The person's own page: their name, and the browsers in which they are signed in. */

import { useState } from "preact/hooks";
import { Draft } from "../form/draft";
import { Form } from "../form/form";
import { useForm } from "../form/handle";
import {
  type SignIn,
  type UpdateMeRequest,
  UpdateMeRequestSchema,
} from "../gen/lanyard/account/v1/account_pb";
import { sentence } from "../lib/errors";
import { Head, Notice, Ready } from "./kit/bits";
import { Consequences, Dialog } from "./kit/dialog";
import { momentOf } from "./kit/times";
import { say } from "./kit/toast";
import { useAction, useLoad } from "./load";
import { useSession } from "./session";

/** The screen. */
export function SignIns() {
  const { clients, me } = useSession();
  const [leaving, setLeaving] = useState<SignIn | null>(null);
  const found = useLoad(
    async (signal) => (await clients.account.listSignIns({}, { signal })).signIns,
    [],
  );
  return (
    <>
      <Head title="You and your sign-ins" sub={me.email} />
      <Name />
      <section class="stack" aria-labelledby="sign-ins">
        <h2 id="sign-ins">Where you are signed in</h2>
        <p class="muted">
          If you do not know one of these, sign it out. You can then sign in anew by mail.
        </p>
        <Ready of={found}>
          {(signIns) => (
            <ul class="cards">
              {signIns.map((signIn) => (
                <SignInCard key={signIn.id} signIn={signIn} onLeave={() => setLeaving(signIn)} />
              ))}
            </ul>
          )}
        </Ready>
      </section>
      {leaving !== null && (
        <LeaveDialog
          signIn={leaving}
          onClose={() => setLeaving(null)}
          onDone={() => {
            setLeaving(null);
            found.reload();
          }}
        />
      )}
    </>
  );
}

function Name() {
  const { clients, me, refresh } = useSession();
  const save = useAction(
    (requestId, message: UpdateMeRequest) => clients.account.updateMe({ ...message, requestId }),
    () => {
      form.draft.keep();
      say("Your name is saved.");
      void refresh();
    },
  );
  const form = useForm(() => new Draft(UpdateMeRequestSchema, { name: me.name }), save.run);
  return (
    <Form of={form} label="Your name" plain>
      <div class="form__actions">
        <button type="submit" class="button" aria-busy={form.busy.value || undefined}>
          Save your name
        </button>
        <p class="form__note">Your team and the audit log show it.</p>
      </div>
    </Form>
  );
}

function SignInCard({ signIn, onLeave }: { signIn: SignIn; onLeave: () => void }) {
  return (
    <li class="panel card">
      <div class="card__text">
        <h3>
          {signIn.browser || "A browser that does not say its name"}
          {signIn.current && <span class="badge badge--good">This one</span>}
        </h3>
        <p class="muted small">
          Signed in {momentOf(signIn.createdAt)} · Last used {momentOf(signIn.lastUsedAt)}
        </p>
      </div>
      <div class="button-row">
        <button type="button" class="button button--danger-quiet" onClick={onLeave}>
          Sign out<span class="visually-hidden"> {signIn.browser}</span>
        </button>
      </div>
    </li>
  );
}

interface LeaveProps {
  signIn: SignIn;
  onClose: () => void;
  onDone: () => void;
}

function LeaveDialog({ signIn, onClose, onDone }: LeaveProps) {
  const { clients } = useSession();
  const revoke = useAction(
    (requestId) => clients.account.revokeSignIn({ requestId, signInId: signIn.id }),
    () => {
      if (signIn.current) {
        window.location.assign("/sign-in");
        return;
      }
      say("That browser is signed out.");
      onDone();
    },
  );
  return (
    <Dialog
      title={signIn.current ? "Sign out here?" : "Sign that browser out?"}
      onClose={onClose}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            Back
          </button>
          <button
            type="button"
            class="button button--danger"
            aria-busy={revoke.busy || undefined}
            onClick={() => void revoke.run()}
          >
            Sign out
          </button>
        </>
      }
    >
      {revoke.problem !== null && <Notice tone="error" title={sentence(revoke.problem)} />}
      <Consequences
        of={[
          {
            icon: "lock",
            text: signIn.current
              ? "This browser is signed out at once. What is not saved is lost."
              : "The next click in that browser asks for a new sign-in.",
          },
        ]}
      />
    </Dialog>
  );
}

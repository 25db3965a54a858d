/** Staff PINs, kiosks, and the keys that sign tickets. */

import { create } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";
import { Draft } from "../../../form/draft";
import { Form } from "../../../form/form";
import { useForm } from "../../../form/handle";
import { ListField } from "../../../form/list";
import {
  CheckInService,
  type GetDoorSettingsResponse,
  RotateTicketKeyRequestSchema,
  SaveDoorSettingsRequestSchema,
} from "../../../gen/lanyard/checkin/v1/checkin_pb";
import { Ready } from "../../kit/bits";
import { FormDialog } from "../../kit/dialog";
import { say } from "../../kit/toast";
import { type Loaded, useAction, useLoad } from "../../load";
import { useStep } from "../change";
import { useEvent } from "../context";
import { useCheckIn } from "./context";

/** The door's settings. */
export function Settings() {
  const { client } = useCheckIn();
  const { ids } = useEvent();
  const settings = useLoad((signal) => client.getDoorSettings(ids, { signal }), [ids.eventId]);
  return (
    <Ready of={settings}>
      {(now) => (
        <div class="stack">
          <Door now={now} key={now.pins.map(({ label }) => label).join()} of={settings} />
          <Keys now={now} onDone={settings.reload} />
        </div>
      )}
    </Ready>
  );
}

function Door(props: { now: GetDoorSettingsResponse; of: Loaded<GetDoorSettingsResponse> }) {
  const { now, of } = props;
  const { client } = useCheckIn();
  const { ids, may } = useEvent();
  const save = useAction(
    (requestId, message: Parameters<typeof client.saveDoorSettings>[0]) =>
      client.saveDoorSettings({ ...message, requestId }),
    () => {
      say("Saved. Tablets hear of it within seconds.");
      of.reload();
    },
  );
  const make = () =>
    new Draft(
      SaveDoorSettingsRequestSchema,
      create(SaveDoorSettingsRequestSchema, {
        ...ids,
        pins: now.pins,
        kiosk: now.kiosk ?? {},
      }),
    );
  const form = useForm(make, (message) => save.run(message), { fields: { pins: ListField } });
  if (!may(CheckInService.method.saveDoorSettings)) {
    return <p class="muted">{now.pins.length} staff PINs are set.</p>;
  }
  return (
    <section class="panel" aria-labelledby="door-settings">
      <div class="panel__head">
        <h2 class="panel__title" id="door-settings">
          Staff PINs and kiosks
        </h2>
      </div>
      <div class="panel__body">
        <p class="muted">
          Without a PIN, a tablet only does what it was added for. An empty PIN field keeps the PIN
          that is set.
        </p>
        <Form of={form} label="Staff PINs and kiosks" plain>
          <div class="button-row">
            <button
              type="submit"
              class="button button--primary"
              aria-busy={form.busy.value || undefined}
            >
              Save
            </button>
          </div>
        </Form>
      </div>
    </section>
  );
}

function Keys({ now, onDone }: { now: GetDoorSettingsResponse; onDone: () => void }) {
  const { may } = useEvent();
  const [open, setOpen] = useState(false);
  const good = now.keys.filter(({ retired }) => !retired).length;
  if (!may(CheckInService.method.rotateTicketKey)) {
    return null;
  }
  return (
    <section class="panel" aria-labelledby="door-keys">
      <div class="panel__head">
        <h2 class="panel__title" id="door-keys">
          Signing key of tickets
        </h2>
        <button type="button" class="button" onClick={() => setOpen(true)}>
          Sign with a new key
        </button>
      </div>
      <div class="panel__body">
        <p class="muted">
          Tickets are signed, so that a tablet without network knows a forged one. Keys in use:{" "}
          {good}.
        </p>
      </div>
      {open && <Rotate onClose={() => setOpen(false)} onDone={onDone} />}
    </section>
  );
}

function Rotate({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { client } = useCheckIn();
  const form = useStep({
    desc: RotateTicketKeyRequestSchema,
    send: async (request) => {
      await client.rotateTicketKey(request);
      return {};
    },
    done: "New tickets are signed with a new key.",
    arrive: () => {
      onClose();
      onDone();
    },
  });
  return (
    <FormDialog
      title="Sign with a new key?"
      form={form}
      consequences={[
        { icon: "ticket", text: "Tickets that people have stay good, unless you refuse them." },
        { icon: "mail", text: "Nobody gets a mail. Their pages show the new ticket." },
      ]}
      confirm="Use a new key"
      onClose={onClose}
    />
  );
}

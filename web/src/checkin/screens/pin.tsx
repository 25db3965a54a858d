/** Asking who is at the tablet. */

import { useSignal } from "@preact/signals";
import { StaffRole } from "../../gen/lanyard/checkin/v1/checkin_pb";
import { Ask, Icon } from "./bits";
import { askingPin, useDoor } from "./context";

/** Takes a PIN and tells whether it was right. */
export function PinForm({ onRight, verb }: { onRight: () => void; verb: string }) {
  const door = useDoor();
  const pin = useSignal("");
  const said = useSignal("");
  const busy = useSignal(false);
  const check = async () => {
    busy.value = true;
    const wait = door.pins.waits(door.time.mono());
    const right = wait === 0 && (await door.unlock(pin.value));
    busy.value = false;
    pin.value = "";
    if (right) {
      onRight();
      return;
    }
    const left = door.pins.waits(door.time.mono());
    said.value =
      left > 0
        ? `Too many wrong PINs. Try again in ${Math.ceil(left / 1_000)} seconds.`
        : "That PIN is not known.";
  };
  return (
    <form
      class="form"
      onSubmit={(e) => {
        e.preventDefault();
        void check();
      }}
    >
      <div class="field">
        <label class="field__label" for="pin">
          PIN
        </label>
        {said.value !== "" && (
          <p class="field__error" role="alert">
            {said.value}
          </p>
        )}
        <input
          id="pin"
          class="input input--large"
          type="password"
          inputMode="numeric"
          autocomplete="off"
          maxLength={12}
          value={pin.value}
          onInput={(e) => {
            pin.value = e.currentTarget.value.replace(/\D/g, "");
          }}
        />
      </div>
      <button
        type="submit"
        class="button button--primary button--large"
        disabled={pin.value.length < 4 || busy.value}
      >
        {verb}
      </button>
    </form>
  );
}

/** The question for the PIN, above whatever is shown. */
export function PinDialog() {
  if (!askingPin.value) {
    return null;
  }
  const close = () => {
    askingPin.value = false;
  };
  return (
    <Ask title="Who are you?" onClose={close}>
      <PinForm verb="Go on" onRight={close} />
    </Ask>
  );
}

/** What stands in the place of a screen that the person may not use. */
export function Locked({ title, what }: { title: string; what: string }) {
  const door = useDoor();
  const hasPins = (door.settings.value?.pins ?? []).some(({ role }) => role === StaffRole.LEAD);
  return (
    <div class="sheet">
      <h1 class="sheet__title">{title}</h1>
      <div class="empty">
        <Icon name="lock" />
        <p class="empty__title">{what}</p>
        {hasPins ? (
          <button
            type="button"
            class="button button--primary"
            onClick={() => {
              askingPin.value = true;
            }}
          >
            Enter a PIN
          </button>
        ) : (
          <p class="empty__text">The organiser has set no PIN for this event.</p>
        )}
      </div>
    </div>
  );
}

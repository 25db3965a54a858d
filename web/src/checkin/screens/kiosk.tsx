/**
 * The kiosk: guests show their ticket themselves. Nothing on it can be read until a ticket is shown,
 * and it starts afresh after each guest.
 */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { StaffRole } from "../../gen/lanyard/checkin/v1/checkin_pb";
import { greet, lookUp } from "../guest";
import { letsThrough } from "../judge";
import { Ask, Field, Shape } from "./bits";
import { useDoor, useTablet } from "./context";
import { Lens } from "./lens";
import { PinForm } from "./pin";
import { Status } from "./status";

/** How long an answer stays before the next guest, in seconds, unless the organiser said. */
const idle = 15;

/** The kiosk at rest, looking somebody up, or greeting them. */
export function Kiosk() {
  const door = useDoor();
  const { kiosk, eventTitle = "" } = door.settings.value ?? {};
  const card = door.log.card.value;
  const looking = useSignal(false);
  const staff = useSignal(false);
  const rest = (kiosk?.idleSeconds || idle) * 1_000;
  useEffect(() => {
    if (card === null && !looking.value) {
      return;
    }
    const ms = card !== null && letsThrough(card.outcome) ? Math.min(rest, 4_000) : rest;
    let timer = setTimeout(reset, ms);
    const stay = () => {
      clearTimeout(timer);
      timer = setTimeout(reset, ms);
    };
    addEventListener("pointerdown", stay);
    addEventListener("keydown", stay);
    return () => {
      clearTimeout(timer);
      removeEventListener("pointerdown", stay);
      removeEventListener("keydown", stay);
    };
    function reset() {
      door.log.clear();
      looking.value = false;
    }
  }, [card?.id, looking.value]);
  return (
    <main class="kiosk">
      <header class="kiosk__head">
        <p class="kiosk__event">{eventTitle}</p>
        <h1>{kiosk?.welcome || "Welcome! Please show your ticket."}</h1>
      </header>
      <div class="kiosk__stage">
        <Lens
          front
          paused={card !== null || looking.value}
          label="Hold your ticket’s code up here"
          onCode={(text, shownAt) => void greet(door, text, shownAt)}
        />
        <div class="verdict" role="status" aria-live="assertive" data-tone={card?.tone ?? "none"}>
          {card !== null && (
            <div class="face">
              <div class="face__head">
                <Shape tone={card.tone} />
                <p class="face__word">
                  {letsThrough(card.outcome) ? "Welcome" : "Please see our staff"}
                </p>
              </div>
              <p class="face__name" dir="auto">
                {card.name}
              </p>
              <p class="face__from">{card.organisation}</p>
              <p class="face__sentence">{letsThrough(card.outcome) ? "" : card.sentence}</p>
              <div class="face__buttons">
                <button
                  type="button"
                  class="button button--large button--primary"
                  onClick={() => door.log.clear()}
                >
                  Next guest
                </button>
              </div>
            </div>
          )}
        </div>
      </div>
      {kiosk?.allowLookup && card === null && !looking.value && (
        <button
          type="button"
          class="button button--large"
          onClick={() => {
            looking.value = true;
          }}
        >
          I have no code with me
        </button>
      )}
      {looking.value && <Lookup onDone={() => (looking.value = false)} />}
      <footer class="kiosk__foot">
        <Status />
        <button type="button" class="link-button" onClick={() => (staff.value = true)}>
          Staff
        </button>
      </footer>
      {staff.value && <StaffDialog onClose={() => (staff.value = false)} />}
    </main>
  );
}

/** Finds one ticket by the order's code and the surname; needs the network. */
function Lookup({ onDone }: { onDone: () => void }) {
  const door = useDoor();
  const code = useSignal("");
  const surname = useSignal("");
  const said = useSignal("");
  const find = async () => {
    const found = await lookUp(door, code.value, surname.value);
    if (found) {
      onDone();
    } else {
      said.value = "Nothing fits. Please check both, or see our staff.";
    }
  };
  return (
    <Ask title="Find my ticket" onClose={onDone}>
      <form
        class="form"
        onSubmit={(e) => {
          e.preventDefault();
          void find();
        }}
      >
        {said.value !== "" && (
          <p class="field__error" role="alert">
            {said.value}
          </p>
        )}
        <Field
          label="Order code"
          help="It stands in your confirmation mail."
          value={code.value}
          onInput={(value) => {
            code.value = value.slice(0, 20);
          }}
        />
        <Field
          label="Surname"
          value={surname.value}
          onInput={(value) => {
            surname.value = value.slice(0, 100);
          }}
        />
        <button
          type="submit"
          class="button button--primary button--large"
          disabled={code.value.trim().length < 12 || surname.value.trim() === ""}
        >
          Find
        </button>
      </form>
    </Ask>
  );
}

/** What staff can do on a kiosk, behind a shift lead's PIN. */
function StaffDialog({ onClose }: { onClose: () => void }) {
  const door = useDoor();
  const tablet = useTablet();
  const refused = useSignal("");
  const close = () => {
    door.lock();
    onClose();
  };
  const leave = async () => {
    if (!(await tablet.leave())) {
      refused.value = `${tablet.unsent} scans have not been sent yet.`;
    }
  };
  return (
    <Ask title="Staff" onClose={close}>
      {door.role.value === StaffRole.LEAD && door.staff.value !== null ? (
        <>
          {refused.value !== "" && <p role="alert">{refused.value}</p>}
          <p>Leaving ends the kiosk on this tablet and destroys what is on it.</p>
          <button type="button" class="button button--danger" onClick={() => void leave()}>
            Leave the kiosk
          </button>
        </>
      ) : (
        <PinForm verb="Unlock" onRight={() => {}} />
      )}
    </Ask>
  );
}

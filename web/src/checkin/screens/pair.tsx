/** A tablet that is not paired: it waits for the organiser's code. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pairingCode } from "../tablet";
import { Field, Notice } from "./bits";
import { useTablet } from "./context";
import { Lens } from "./lens";

/** Asks for the pairing code. */
export function Pair() {
  const tablet = useTablet();
  const { busy, problem } = tablet.pairing.value;
  const typed = useSignal("");
  const camera = useSignal(false);
  useEffect(() => {
    const { hash, pathname } = window.location;
    if (hash.length > 1) {
      window.history.replaceState(null, "", pathname);
      void tablet.pair(hash);
    }
  }, []);
  return (
    <main class="gate">
      <div class="gate__box">
        <h1>Pair this tablet</h1>
        <p>
          An organiser opens the event’s check-in page in the console, adds this tablet and shows
          its code. It works once, for ten minutes.
        </p>
        {problem !== "" && <Notice tone="error" title={problem} />}
        {busy && <p role="status">Pairing…</p>}
        {camera.value ? (
          <Lens onCode={(text) => void tablet.pair(text)} label="Point the camera at the code" />
        ) : (
          <button
            type="button"
            class="button button--primary button--large"
            onClick={() => {
              camera.value = true;
            }}
          >
            Scan the code
          </button>
        )}
        <form
          class="form"
          onSubmit={(e) => {
            e.preventDefault();
            void tablet.pair(typed.value);
          }}
        >
          <Field
            label="Or enter the code or its address"
            value={typed.value}
            onInput={(value) => {
              typed.value = value;
            }}
          />
          <button
            type="submit"
            class="button"
            disabled={busy || pairingCode(typed.value).length < 22}
          >
            Pair
          </button>
        </form>
      </div>
    </main>
  );
}

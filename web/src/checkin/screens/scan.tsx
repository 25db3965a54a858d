/** The scanning tab: the camera, and the answer over it. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Outcome } from "../../gen/lanyard/checkin/v1/checkin_pb";
import { scannerSeen } from "../hand";
import { go } from "./bits";
import { screen, useDoor } from "./context";
import { Lens } from "./lens";
import { Verdict } from "./verdict";

/** A card that needs attention is not replaced at once by the next code. */
const atLeast = 1_500;

/** Scans with the camera. */
export function Scan() {
  const door = useDoor();
  const card = door.log.card.value;
  const held = useSignal(false);
  const focused = useSignal(document.hasFocus());
  useEffect(() => {
    if (card === null || card.tone === "green") {
      held.value = false;
      return;
    }
    held.value = true;
    const timer = setTimeout(() => {
      held.value = false;
    }, atLeast);
    return () => clearTimeout(timer);
  }, [card?.id]);
  useEffect(() => {
    const look = () => {
      focused.value = document.hasFocus();
    };
    addEventListener("focus", look);
    addEventListener("blur", look);
    return () => {
      removeEventListener("focus", look);
      removeEventListener("blur", look);
    };
  }, []);
  const onCode = (text: string, shownAt: number) => {
    const now = door.log.card.peek();
    const asking = now !== null && now.outcome === Outcome.QUESTION_NEEDED;
    if (asking || (now !== null && now.code.trim() === text.trim() && now.tone !== "green")) {
      return; // the code of the card on the screen is still being held up
    }
    void door.scan(text, shownAt);
  };
  const paused = held.value || screen.value !== "scan";
  return (
    <div class="scan" hidden={screen.value !== "scan"}>
      <h1 class="visually-hidden">Scan</h1>
      {scannerSeen.value && !focused.value && (
        <p class="banner" role="status">
          The hand scanner is paused: tap the screen to go on.
        </p>
      )}
      <div class="scan__stage">
        <Lens
          onCode={onCode}
          paused={paused}
          onSearch={() => go("search")}
          label={door.exit.value ? "Show the ticket to leave" : "Show the ticket"}
        />
        {screen.value === "scan" && <Verdict />}
      </div>
    </div>
  );
}

/** Getting a hand scanner to agree with the tablet about the keyboard. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { instead } from "../hand";
import { calibrate, calibrationText } from "../wedge";
import { Notice, Page } from "./bits";
import { useTablet } from "./context";
import { qrElement } from "./print";

/** Shows the calibration code and learns from what arrives. */
export function Scanner() {
  const tablet = useTablet();
  const said = useSignal<{ good: boolean; text: string } | null>(null);
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const code = qrElement(calibrationText);
    code.setAttribute("role", "img");
    code.setAttribute("aria-label", "Calibration code");
    place.current?.replaceChildren(code);
    instead.value = (arrived) => {
      const map = calibrate(arrived);
      if (map === null) {
        said.value = { good: false, text: "That was not this code, or letters got lost." };
        return;
      }
      const changed = Object.keys(map).length;
      void tablet.keep("wedge", map);
      tablet.keyMap.value = map;
      said.value = {
        good: true,
        text:
          changed === 0
            ? "Scanner and tablet agree about every letter."
            : `Learnt: ${changed} letters arrive as others and will be read right.`,
      };
    };
    return () => {
      instead.value = null;
    };
  }, []);
  return (
    <Page title="Hand scanner" back="numbers">
      <p>
        Scan this code with the hand scanner. Where it types as on another keyboard, the tablet
        learns to read it.
      </p>
      {said.value !== null && (
        <Notice tone={said.value.good ? "success" : "error"} title={said.value.text} />
      )}
      <div class="calibration" ref={place} />
    </Page>
  );
}

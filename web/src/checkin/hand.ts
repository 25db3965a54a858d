/** Hand scanners on the page: listens to the keyboard and tells codes from typing. */

import { signal } from "@preact/signals";
import { type KeyMap, Wedge } from "./wedge";

/** Whether a hand scanner was used since the start. */
export const scannerSeen = signal(false);

/** What the next code is for, in place of the door; null for the door. */
export const instead = signal<((code: string) => void) | null>(null);

/** Listens from now on; the result stops it. */
export function listen(onCode: (code: string) => void, map: () => KeyMap): () => void {
  let before: { field: HTMLInputElement; value: string } | null = null;
  const wedge = new Wedge((code) => {
    scannerSeen.value = true;
    if (before !== null) {
      // The first key of a code cannot be told from typing, and went into the field.
      before.field.value = before.value;
      before.field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const other = instead.value;
    if (other === null) {
      onCode(code);
    } else {
      other(code);
    }
  });
  let last = 0;
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) {
      return;
    }
    const { timeStamp: at, target } = event;
    if (at - last > 60) {
      const field = target instanceof HTMLInputElement ? target : null;
      before = field === null ? null : { field, value: field.value };
    }
    last = at;
    wedge.map = instead.value === null ? map() : {};
    if (wedge.key(event.key, at)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  addEventListener("keydown", onKey, { capture: true });
  return () => removeEventListener("keydown", onKey, { capture: true });
}

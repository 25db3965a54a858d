/** Keeps the screen from going dark while the door is open. */

import { signal } from "@preact/signals";

/** Whether the screen stays on: unknown until it was asked for. */
export const awake = signal<"unknown" | "yes" | "no">("unknown");

let lock: WakeLockSentinel | null = null;

/** Keeps the screen on from now on, also after the page was out of sight. */
export function stayAwake(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      void ask();
    }
  });
  void ask();
}

async function ask(): Promise<void> {
  if (navigator.wakeLock === undefined || lock?.released === false) {
    awake.value = lock === null ? "no" : "yes";
    return;
  }
  try {
    lock = await navigator.wakeLock.request("screen");
    awake.value = "yes";
    lock.addEventListener("release", () => {
      awake.value = "no";
    });
  } catch {
    awake.value = "no"; // a low battery, or a browser that wants a touch first
  }
}

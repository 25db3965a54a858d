/** The program itself: whether it is on the tablet for good, and whether a newer one waits. */

import { signal } from "@preact/signals";

/** Whether everything that the door needs is on the tablet, so that it starts without a network. */
export const keptOffline = signal(false);

/** Whether a newer program is ready; it waits until somebody says that it may start. */
export const updateReady = signal(false);

/** Asks the person to install the program; null where the browser has no such question. */
export const install = signal<(() => Promise<void>) | null>(null);

/** Whether the door was started from the home screen. */
export function installed(): boolean {
  const own = (navigator as { standalone?: boolean }).standalone === true;
  return own || matchMedia("(display-mode: standalone)").matches;
}

/** Whether this is an iPhone or iPad, where installing is done by hand. */
export function onApple(): boolean {
  const { userAgent, maxTouchPoints } = navigator;
  return /iPad|iPhone/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
}

/** The question that Chromium keeps for a page to ask. */
interface InstallPrompt extends Event {
  prompt: () => Promise<unknown>;
}

let registration: ServiceWorkerRegistration | null = null;

/** Keeps the program on the tablet and watches for newer ones. */
export async function keepProgram(): Promise<void> {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    install.value = async () => {
      install.value = null;
      await (event as InstallPrompt).prompt();
    };
  });
  const workers = navigator.serviceWorker;
  if (workers === undefined) {
    return; // an insecure address, or a browser that forbids it in private windows
  }
  registration = await workers.register("/door/sw.js", { scope: "/door/" });
  const look = () => {
    updateReady.value = registration?.waiting != null && workers.controller !== null;
  };
  registration.addEventListener("updatefound", () => {
    registration?.installing?.addEventListener("statechange", look);
  });
  look();
  await workers.ready;
  keptOffline.value = true;
}

/** Starts the newer program. The caller has made sure that nothing is under way. */
export function startUpdate(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), {
    once: true,
  });
  registration?.waiting?.postMessage("take over");
}

/** Looks for a newer program; without a network that finds nothing. */
export async function lookForUpdate(): Promise<void> {
  await registration?.update().catch(() => {});
}

/** What the screens share: the tablet, the door at work, and which screen is shown. */

import { signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Door } from "../door";
import type { Tablet } from "../tablet";

/** The screens of a door at work. */
export type Screen =
  | "scan"
  | "search"
  | "numbers"
  | "order"
  | "walk-in"
  | "muster"
  | "check-up"
  | "scanner"
  | "paper";

/** The screen that is shown. */
export const screen = signal<Screen>("scan");

/** The order that is looked at. */
export const orderCode = signal("");

/** Whether somebody is asked for their PIN. */
export const askingPin = signal(false);

/** The tablet, for the screens. */
export const TabletContext = createContext<Tablet | null>(null);

/** The door at work, for the screens. */
export const DoorContext = createContext<Door | null>(null);

/** The tablet. */
export function useTablet(): Tablet {
  const tablet = useContext(TabletContext);
  if (tablet === null) {
    throw new Error("drawn outside a tablet");
  }
  return tablet;
}

/** The door at work. Whoever uses it is drawn again whenever its numbers change. */
export function useDoor(): Door {
  const door = useContext(DoorContext);
  if (door === null) {
    throw new Error("drawn outside a door");
  }
  void door.version.value;
  return door;
}

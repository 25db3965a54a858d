/** Short words about what has just been done. They go away by themselves. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "./bits";

interface Word {
  id: number;
  text: string;
}

const words = signal<readonly Word[]>([]);
const life = 7000;
let made = 0;

/** Says that something was done. */
export function say(text: string): void {
  const id = ++made;
  words.value = [...words.value.slice(-2), { id, text }];
  setTimeout(() => dismiss(id), life);
}

function dismiss(id: number): void {
  words.value = words.value.filter((w) => w.id !== id);
}

/** Where the words appear; it is always on the page, so that each is read out. */
export function Toasts() {
  useEffect(
    () => () => {
      words.value = [];
    },
    [],
  );
  return (
    <div class="toasts" role="status">
      {words.value.map(({ id, text }) => (
        <div class="toast" key={id}>
          <span class="toast__text">{text}</span>
          <button type="button" class="toast__action" onClick={() => dismiss(id)}>
            <Icon name="cross" />
            <span class="visually-hidden">Dismiss</span>
          </button>
        </div>
      ))}
    </div>
  );
}

/** A menu behind a button. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./bits";

/** One entry. */
export interface MenuItem {
  icon: string;
  text: string;
  danger?: boolean;
  onChoose: () => void;
}

/** A button that opens a list of things to do. It closes on a choice, on Escape and on a click beside it. */
export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  if (items.length === 0) {
    return null;
  }
  return (
    <Disclosure class="menu menu--end" summaryClass="button" summary={label}>
      {(close) => (
        <ul class="menu__list">
          {items.map(({ icon, text, danger, onChoose }) => (
            <li key={text}>
              <button
                type="button"
                class={danger ? "menu__item menu__item--danger" : "menu__item"}
                onClick={() => {
                  close();
                  onChoose();
                }}
              >
                <Icon name={icon} />
                {text}
              </button>
            </li>
          ))}
        </ul>
      )}
    </Disclosure>
  );
}

/** What opens and closes. */
export interface DisclosureProps {
  class: string;
  summaryClass?: string;
  summary: ComponentChildren;
  children: (close: () => void) => ComponentChildren;
}

/** A part of the page that opens over the rest. */
export function Disclosure(props: DisclosureProps) {
  const box = useRef<HTMLDetailsElement>(null);
  const close = () => {
    const details = box.current;
    if (details?.open) {
      details.open = false;
      details.querySelector("summary")?.focus();
    }
  };
  useEffect(() => {
    const beside = (e: Event) => {
      if (box.current?.open && !e.composedPath().includes(box.current)) {
        box.current.open = false;
      }
    };
    document.addEventListener("pointerdown", beside);
    return () => document.removeEventListener("pointerdown", beside);
  }, []);
  return (
    <details
      class={props.class}
      ref={box}
      onKeyDown={(e) => {
        if (e.key === "Escape") {
          close();
        }
      }}
    >
      <summary class={props.summaryClass}>
        {props.summary}
        <Icon name="chevron" />
      </summary>
      {props.children(close)}
    </details>
  );
}

/** The small parts of the screens about orders. */

import type { ComponentChildren } from "preact";
import type { StateWords } from "./words";

/** A state as a pill. */
export function Pill({ text, tone }: StateWords) {
  return (
    <span class={`badge badge--state${tone === undefined ? "" : ` badge--${tone}`}`}>{text}</span>
  );
}

/** A panel with a heading. */
export function Panel(props: {
  id: string;
  title: string;
  /** Stands beside the heading. */
  side?: ComponentChildren;
  children: ComponentChildren;
}) {
  const { id, title, side, children } = props;
  return (
    <section class="panel" aria-labelledby={id}>
      <div class="panel__head">
        <h2 class="panel__title" id={id}>
          {title}
        </h2>
        {side}
      </div>
      <div class="panel__body">{children}</div>
    </section>
  );
}

/** A term with its text, in a list of such. */
export function Item({ term, children }: { term: string; children: ComponentChildren }) {
  return (
    <div class="answers__item">
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The small parts of which screens are made. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Problem, sentence } from "../../lib/errors";
import type { Loaded, Pages } from "../load";
import { visits } from "../router";

/** An icon of the design system; it says nothing to those who do not see it. */
export function Icon({ name }: { name: string }) {
  return <span class={`icon icon--${name}`} aria-hidden="true" />;
}

/** A word for those who do not see the page. */
export function Unseen({ children }: { children: ComponentChildren }) {
  return <span class="visually-hidden">{children}</span>;
}

/**
 * Keeps the link to the present page in sight, in a row of links that scrolls sideways. The result
 * is the ref for the row; at is the present page.
 */
export function useCurrentInSight<E extends HTMLElement>(at: string) {
  const row = useRef<E>(null);
  useEffect(() => {
    const link = row.current?.querySelector<HTMLElement>("[aria-current]");
    if (row.current !== null && link != null) {
      row.current.scrollLeft = link.offsetLeft - (row.current.clientWidth - link.clientWidth) / 2;
    }
  }, [at]);
  return row;
}

/** What a head may hold besides the title. */
export interface HeadProps {
  title: string;
  /** A line below the title. */
  sub?: ComponentChildren;
  /** The buttons. */
  children?: ComponentChildren;
}

/** The head of a screen. It names the page, and takes the focus when the person has come to it. */
export function Head({ title, sub, children }: HeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Console`;
  }, [title]);
  useEffect(() => {
    if (visits.peek() > 0) {
      heading.current?.focus({ preventScroll: true });
    }
  }, []);
  return (
    <div class="page-head">
      <div>
        <h1 class="page-head__title" tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {sub !== undefined && <div class="page-head__sub">{sub}</div>}
      </div>
      {children !== undefined && <div class="button-row">{children}</div>}
    </div>
  );
}

/** How a notice sounds. */
export type Tone = "info" | "success" | "warning" | "error";

const toneIcons: Readonly<Record<Tone, string>> = {
  info: "info",
  success: "good",
  warning: "warn",
  error: "bad",
};

/** Something that the page has to say. */
export function Notice(props: { tone?: Tone; title: string; children?: ComponentChildren }) {
  const { tone = "info", title, children } = props;
  return (
    <div
      class={tone === "info" ? "notice" : `notice notice--${tone}`}
      role={tone === "error" ? "alert" : undefined}
    >
      <Icon name={toneIcons[tone]} />
      <div class="notice__body">
        <p class="notice__title">{title}</p>
        {children}
      </div>
    </div>
  );
}

/** What went wrong, with another try where that may help. */
export function Trouble({ problem, retry }: { problem: Problem; retry?: () => void }) {
  return (
    <Notice tone="error" title={sentence(problem)}>
      {problem.reason === "" && problem.logId !== undefined && (
        <p class="small">Quote {problem.logId} when you ask for help.</p>
      )}
      {retry !== undefined && (
        <button type="button" class="link-button" onClick={retry}>
          Try again
        </button>
      )}
    </Notice>
  );
}

/** A place where something will be, once it has been read. */
export function Wait({ lines = 4 }: { lines?: number }) {
  return (
    <div class="panel" aria-busy="true">
      <div class="panel__body">
        <Unseen>Loading…</Unseen>
        <span class="skeleton skeleton--title" />
        {Array.from({ length: lines }, (_, i) => (
          <span key={i} class={i % 3 === 2 ? "skeleton skeleton--short" : "skeleton"} />
        ))}
      </div>
    </div>
  );
}

/** What has been read, or what stands in its place until then. */
export function Ready<T>(props: {
  of: Loaded<T>;
  lines?: number;
  children: (data: T) => ComponentChildren;
}) {
  const { of, lines, children } = props;
  if (of.data !== undefined) {
    return (
      <>
        {of.problem !== null && <Trouble problem={of.problem} retry={of.reload} />}
        {children(of.data)}
      </>
    );
  }
  return of.problem === null ? (
    <Wait {...(lines === undefined ? {} : { lines })} />
  ) : (
    <Trouble problem={of.problem} retry={of.reload} />
  );
}

/** What an empty list says, and what can be done about it. */
export function Empty(props: {
  icon: string;
  title: string;
  text?: string;
  children?: ComponentChildren;
}) {
  const { icon, title, text, children } = props;
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2 class="empty__title">{title}</h2>
      {text !== undefined && <p class="empty__text">{text}</p>}
      {children !== undefined && <div class="button-row">{children}</div>}
    </div>
  );
}

/** The end of a list: how many are shown, and the way to more. */
export function More<T>({ of, what }: { of: Pages<T>; what: string }) {
  const shown = of.data?.length ?? 0;
  if (of.more === undefined) {
    return null;
  }
  return (
    <div class="pagination">
      <p role="status">
        {shown} {what} shown
      </p>
      <button type="button" class="button" onClick={of.more}>
        Show more
      </button>
    </div>
  );
}

/**
 * Where the console is: the path and query of the page, as signals. Ordinary links work: a click on
 * one that stays in the console is answered here, everything else is left to the browser.
 */

import { computed, signal } from "@preact/signals";

const root = "/console/";

const here = signal(window.location.pathname + window.location.search);

/** The path of the present page, without its query. */
export const path = computed(() => here.value.split("?")[0] ?? "");

/** The query of the present page. */
export const query = computed(() => new URLSearchParams(here.value.split("?")[1] ?? ""));

/** How often the page changed since the console started: 0 means that it was just opened. */
export const visits = signal(0);

/** Where the person wanted to go while something was unsaved; null when nowhere. */
export const held = signal<string | null>(null);

const unsaved = new Set<() => boolean>();

/** Goes to a page of the console. Unsaved work holds the person back until they have decided. */
export function go(to: string, { replace = false } = {}): void {
  if ([...unsaved].some((dirty) => dirty())) {
    held.value = to;
    return;
  }
  window.history[replace ? "replaceState" : "pushState"](null, "", to);
  arrive();
}

/** Goes where the person was held back from. */
export function leave(): void {
  const to = held.value;
  held.value = null;
  unsaved.clear();
  if (to !== null) {
    go(to);
  }
}

/** Changes the query of the present page in place; an empty value takes its key away. */
export function ask(changes: Readonly<Record<string, string>>): void {
  const next = new URLSearchParams(query.value);
  for (const [key, value] of Object.entries(changes)) {
    if (value === "") {
      next.delete(key);
    } else {
      next.set(key, value);
    }
  }
  const text = next.toString();
  const to = text === "" ? path.value : `${path.value}?${text}`;
  window.history.replaceState(null, "", to);
  here.value = to;
}

/** Registers a look at whether something is unsaved; the result takes it off again. */
export function guard(dirty: () => boolean): () => void {
  unsaved.add(dirty);
  return () => {
    unsaved.delete(dirty);
  };
}

/** The parts of a path that fit a pattern such as "/console/o/:org/events"; null when it does not. */
export function match(pattern: string, at: string): Record<string, string> | null {
  const [want, have] = [pattern, at].map((p) => p.split("/").filter((part) => part !== ""));
  if (want === undefined || have === undefined || want.length !== have.length) {
    return null;
  }
  const found: Record<string, string> = {};
  for (const [i, part] of want.entries()) {
    const value = have[i] ?? "";
    if (part.startsWith(":")) {
      found[part.slice(1)] = decodeURIComponent(value);
    } else if (part !== value) {
      return null;
    }
  }
  return found;
}

/** Begins to answer clicks, the back button and attempts to close the page. */
export function start(): void {
  document.addEventListener("click", onClick);
  window.addEventListener("popstate", () => {
    if ([...unsaved].some((dirty) => dirty())) {
      held.value = window.location.pathname + window.location.search;
      window.history.pushState(null, "", here.value);
      return;
    }
    arrive();
  });
  window.addEventListener("beforeunload", (e) => {
    if ([...unsaved].some((dirty) => dirty())) {
      e.preventDefault();
    }
  });
}

function arrive(): void {
  here.value = window.location.pathname + window.location.search;
  visits.value++;
  window.scrollTo(0, 0);
}

function onClick(e: MouseEvent): void {
  const link = e.target instanceof Element ? e.target.closest("a") : null;
  const elsewhere = e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey;
  if (link === null || elsewhere || e.defaultPrevented || link.target !== "" || link.download) {
    return;
  }
  const url = new URL(link.href, window.location.href);
  if (url.origin !== window.location.origin || !url.pathname.startsWith(root) || url.hash !== "") {
    return;
  }
  e.preventDefault();
  go(url.pathname + url.search);
}

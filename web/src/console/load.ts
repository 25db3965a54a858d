/** Reading from the server and acting on it, with everything that a screen must show meanwhile. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../lib/errors";
import { newRequestId, problemOf, wasAborted } from "../rpc";

/** What has been read. */
export interface Loaded<T> {
  /** The answer; undefined until there is one. A later answer takes the place of an earlier one. */
  data: T | undefined;
  problem: Problem | null;
  /** Whether an answer is awaited. */
  loading: boolean;
  reload: () => void;
  /** Puts in the answer to a change, which is newer than what was read. */
  set: (data: T) => void;
}

/** Reads once the component is there, and again whenever one of the keys changes. */
export function useLoad<T>(
  read: (signal: AbortSignal) => Promise<T>,
  keys: readonly (string | number | boolean)[],
): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, "reload" | "set">>({
    data: undefined,
    problem: null,
    loading: true,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(read);
  latest.current = read;
  const key = JSON.stringify(keys);
  useEffect(() => {
    const abort = new AbortController();
    setState((s) => ({ ...s, loading: true, problem: null }));
    latest.current(abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) {
          setState({ data, problem: null, loading: false });
        }
      },
      (e: unknown) => {
        if (!abort.signal.aborted && !wasAborted(e)) {
          setState((s) => ({ ...s, problem: problemOf(e), loading: false }));
        }
      },
    );
    return () => abort.abort();
  }, [key, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  const set = useCallback((data: T) => setState({ data, problem: null, loading: false }), []);
  return { ...state, reload, set };
}

/** A page of a list, and where the next one starts. */
export interface Page<T> {
  items: readonly T[];
  next: string;
}

/** A list of which more can be asked for. */
export interface Pages<T> extends Loaded<readonly T[]> {
  /** Asks for what follows; undefined when there is no more. */
  more: (() => Promise<void>) | undefined;
}

/** Reads a list page by page. Whatever is read again begins at its first page. */
export function usePages<T>(
  read: (token: string, signal: AbortSignal) => Promise<Page<T>>,
  keys: readonly (string | number | boolean)[],
): Pages<T> {
  const latest = useRef(read);
  latest.current = read;
  const first = useLoad((signal) => latest.current("", signal), keys);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { data, set } = first;
  const more = useCallback(async () => {
    if (data === undefined) {
      return;
    }
    try {
      const page = await latest.current(data.next, new AbortController().signal);
      set({ items: [...data.items, ...page.items], next: page.next });
      setProblem(null);
    } catch (e) {
      setProblem(problemOf(e));
    }
  }, [data, set]);
  return {
    ...first,
    data: data?.items,
    problem: first.problem ?? problem,
    set: (items) => set({ items, next: data?.next ?? "" }),
    more: data === undefined || data.next === "" ? undefined : more,
  };
}

/** Something that the person does. */
export interface Action<Args extends unknown[]> {
  busy: boolean;
  problem: Problem | null;
  /** Does it; answers with the problem that came of it, or null. */
  run: (...args: Args) => Promise<Problem | null>;
}

/**
 * An action of the person. It carries one request id until it has succeeded, so that a repeat after
 * a lost answer is known for what it is; the action after that gets a new one.
 */
export function useAction<Args extends unknown[], T>(
  act: (requestId: string, ...args: Args) => Promise<T>,
  done?: (result: T) => void,
): Action<Args> {
  const [state, setState] = useState<{ busy: boolean; problem: Problem | null }>({
    busy: false,
    problem: null,
  });
  const id = useRef("");
  const run = async (...args: Args): Promise<Problem | null> => {
    id.current ||= newRequestId();
    setState({ busy: true, problem: null });
    try {
      const result = await act(id.current, ...args);
      id.current = "";
      setState({ busy: false, problem: null });
      done?.(result);
      return null;
    } catch (e) {
      const problem = problemOf(e);
      setState({ busy: false, problem });
      return problem;
    }
  };
  return { ...state, run };
}

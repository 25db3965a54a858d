/** A form in use: its draft, whether it is being sent, and what came of that. */

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { type Signal, signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useId, useMemo, useRef } from "preact/hooks";
import type { Problem } from "../lib/errors";
import type { Draft, Place } from "./draft";

/** What a component gets that a screen brings along for a field or a message. */
export interface FieldProps {
  place: Place;
  form: FormHandle;
}

/** The components that a screen brings along. */
export interface Kit {
  /** For fields, by name. */
  fields?: Readonly<Record<string, ComponentType<FieldProps>>>;
  /** For whole messages, by full type name. */
  messages?: Readonly<Record<string, ComponentType<FieldProps>>>;
}

/** A form in use. */
export interface FormHandle<Desc extends DescMessage = DescMessage> {
  /** Begins the id of every element of the form, and is the form element's own. */
  id: string;
  draft: Draft<Desc>;
  kit: Kit;
  busy: Signal<boolean>;
  /** Why the last attempt was refused, apart from what is wrong with fields. */
  problem: Signal<Problem | null>;
  /** Counts the attempts that failed: each moves the focus to the summary. */
  failures: Signal<number>;
  /** Validates, sends, and shows what is wrong. */
  submit(): Promise<void>;
}

/** The id of the element at a path of the form. */
export function idOf(form: Pick<FormHandle, "id">, path: string): string {
  return `${form.id}-${path.replace(/[^A-Za-z0-9_]+/g, "-")}`;
}

/**
 * Keeps a form's state while its component is mounted. send is given the message once it is valid;
 * it answers with the problem that came of it, or null when all is well.
 */
export function useForm<Desc extends DescMessage>(
  make: () => Draft<Desc>,
  send: (message: MessageShape<Desc>) => Promise<Problem | null>,
  kit: Kit = {},
): FormHandle<Desc> {
  const id = useId();
  const latest = useRef(send);
  latest.current = send;
  // The draft belongs to the component for as long as it is there.
  const form = useMemo(() => newHandle(id, make(), (m) => latest.current(m)), [id]);
  form.kit = kit;
  return form;
}

function newHandle<Desc extends DescMessage>(
  id: string,
  draft: Draft<Desc>,
  send: (message: MessageShape<Desc>) => Promise<Problem | null>,
): FormHandle<Desc> {
  const [busy, problem, failures] = [
    signal(false),
    signal<Problem | null>(null),
    signal(0),
  ] as const;
  const attempt = async () => {
    problem.value = null;
    if (!(await draft.check())) {
      return false;
    }
    const refused = await send(draft.message);
    if (refused !== null) {
      draft.refuse(refused.violations);
      problem.value = refused;
    }
    return refused === null;
  };
  const submit = async () => {
    if (busy.value) {
      return; // a second press while the first is under way
    }
    busy.value = true;
    try {
      if (!(await attempt())) {
        failures.value++;
      }
    } finally {
      busy.value = false;
    }
  };
  return { id, draft, kit: {}, busy, problem, failures, submit };
}

/** Changing something that has a version: the form, the action and what to do when it is stale. */

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { Draft } from "../../form/draft";
import { type FormHandle, type Kit, useForm } from "../../form/handle";
import { useAction } from "../load";
import { type Present, useVersion, type Versioned } from "./stale";

/** A request that is ready to be sent. */
export type Sent<Desc extends DescMessage> = MessageShape<Desc> & {
  requestId: string;
  version: bigint;
};

/** What an edit is made of. */
export interface EditProps<Desc extends DescMessage, T> {
  /** The message that the method takes. */
  desc: Desc;
  /** The request that would change nothing, and the version that it is about. */
  from: Present<Desc>;
  kit?: Kit;
  send: (request: Sent<Desc>) => Promise<T>;
  /** What the server has now, asked for when somebody else was first. */
  latest: () => Promise<Present<Desc>>;
  done: (answer: T, versioned: Versioned) => void;
}

/** A form that changes something. */
export interface Edit<Desc extends DescMessage> {
  form: FormHandle<Desc>;
  /** What to show above the form when somebody else was first. */
  notice: VNode | null;
}

/** Keeps an edit while its component is mounted. */
export function useEdit<Desc extends DescMessage, T>(props: EditProps<Desc, T>): Edit<Desc> {
  // The draft belongs to the component for as long as it is there.
  const draft = useMemo(() => new Draft<Desc>(props.desc, undefined), [props.desc]);
  useMemo(() => draft.replace(props.from.message), [draft]);
  const versioned = useVersion(draft, props.from.version, props.latest);
  const action = useAction(
    (requestId, message: MessageShape<Desc>) =>
      props.send({ ...message, requestId, version: versioned.version() }),
    (answer) => props.done(answer, versioned),
  );
  const form = useForm(
    () => draft,
    async (message) => versioned.settle(await action.run(message)),
    props.kit,
  );
  return { form, notice: versioned.notice };
}

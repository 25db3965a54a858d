/** Taking a step with an order: what every dialogue for it does in the same way. */

import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { Draft } from "../../form/draft";
import { type FormHandle, type Kit, useForm } from "../../form/handle";
import { say } from "../kit/toast";
import { useAction } from "../load";

/** What a step is made of. */
interface StepProps<Desc extends DescMessage, T> {
  /** The message that the method takes. */
  desc: Desc;
  /** What it holds at first. */
  initial: MessageInitShape<Desc>;
  kit?: Kit;
  /** Calls the method. */
  send: (request: MessageShape<Desc> & { requestId: string }) => Promise<T>;
  /** What is said once it is done. */
  done: (answer: T) => string;
  /** Comes after it is done. */
  arrive: (answer: T) => void;
}

/** The form of a step. */
export function useOrderStep<Desc extends DescMessage, T>(
  props: StepProps<Desc, T>,
): FormHandle<Desc> {
  const action = useAction(
    (requestId, message: MessageShape<Desc>) => props.send({ ...message, requestId }),
    (answer) => {
      say(props.done(answer));
      props.arrive(answer);
    },
  );
  return useForm(() => new Draft(props.desc, props.initial), action.run, props.kit);
}

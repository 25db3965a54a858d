/** Taking a step of an event's life: what every dialogue for it does in the same way. */

import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { Draft } from "../../form/draft";
import { type FormHandle, type Kit, useForm } from "../../form/handle";
import type { Event } from "../../gen/lanyard/catalog/v1/catalog_pb";
import { count, list } from "../../lib/words";
import type { Consequence } from "../kit/dialog";
import type { Sent } from "../kit/edit";
import { say } from "../kit/toast";
import { useAction } from "../load";
import { useEvent } from "./context";

/** What a step is made of. */
export interface StepProps<Desc extends DescMessage> {
  /** The message that the method takes. */
  desc: Desc;
  /** What it holds at first, besides the ids. */
  initial?: Readonly<Record<string, unknown>>;
  kit?: Kit;
  /** Calls the method. */
  send: (request: Sent<Desc>) => Promise<{ event?: Event | undefined }>;
  /** What is said once it is done. */
  done: string;
  /** Comes after it is done, with the event that came back. */
  arrive: (event: Event | undefined) => void;
}

/** The form of a step. Each attempt is about the event as the page shows it. */
export function useStep<Desc extends DescMessage>(props: StepProps<Desc>): FormHandle<Desc> {
  const { ids, event, reload } = useEvent();
  const action = useAction(
    (requestId, message: MessageShape<Desc>) =>
      props.send({ ...message, requestId, version: event.version }),
    (answer) => {
      say(props.done);
      props.arrive(answer.event);
    },
  );
  const send = async (message: MessageShape<Desc>) => {
    const problem = await action.run(message);
    if (problem?.reason === "STALE_VERSION") {
      // The page behind shows what was changed meanwhile; the next press is about that.
      reload();
    }
    return problem;
  };
  const make = () =>
    new Draft(props.desc, { ...props.initial, ...ids } as unknown as MessageInitShape<Desc>);
  return useForm(make, send, props.kit);
}

/** What comes after most steps: the dialogue closes and the page shows the event as it is then. */
export function useArrival(onClose: () => void): (event: Event | undefined) => void {
  const { set } = useEvent();
  return (event) => {
    if (event !== undefined) {
      set(event);
    }
    onClose();
  };
}

/** Those who hear of a step. */
export interface Audience {
  registered: number;
  /** How many applicants hear of it, too. */
  applicants: number;
}

/** Everybody with a place. */
export function guests({ registered }: Event): Audience {
  return { registered, applicants: 0 };
}

/** Everybody with a place, and those who have applied for one. */
export function everybody({ registered, awaitingApproval }: Event): Audience {
  return { registered, applicants: awaitingApproval };
}

/** Who gets which mail, and what becomes of their calendars. */
export function told(who: Audience, mail: string, calendar: string): Consequence[] {
  const names = namesOf(who);
  if (names === "") {
    return [{ icon: "mail", text: "Nobody has registered, so nobody gets a mail." }];
  }
  const gets = who.registered + who.applicants === 1 ? "gets" : "get";
  const out = [{ icon: "mail", text: `${names} ${gets} ${mail}` }];
  return who.registered > 0 ? [...out, { icon: "calendar", text: calendar }] : out;
}

/** "192 people with a place and 3 applicants"; empty when there is nobody. */
function namesOf({ registered, applicants }: Audience): string {
  return list(
    [
      registered > 0 ? count(registered, "person with a place", "people with a place") : "",
      applicants > 0 ? count(applicants, "applicant") : "",
    ].filter((part) => part !== ""),
  );
}

/** "Cancel and tell 192 people", or the bare words when nobody is told. */
export function telling(who: Audience, does: string, alone: string): string {
  const n = who.registered + who.applicants;
  return n === 0 ? alone : `${does} and tell ${count(n, "person", "people")}`;
}

/** The door's way to the server: its client, and what a failed call means for a tablet. */

import {
  type Client,
  Code,
  ConnectError,
  createClient,
  type Interceptor,
} from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { DoorService } from "../gen/lanyard/checkin/v1/checkin_pb";
import { problemOf } from "../rpc";

/** The server's side of the door. */
export type DoorClient = Client<typeof DoorService>;

/** Makes the client; token says who the tablet is at the moment of each call. */
export function connectDoor(token: () => string): DoorClient {
  const identify: Interceptor = (next) => (request) => {
    const now = token();
    if (now !== "") {
      request.header.set("Authorization", `Bearer ${now}`);
    }
    return next(request);
  };
  return createClient(
    DoorService,
    createConnectTransport({
      baseUrl: "/rpc",
      useBinaryFormat: true,
      interceptors: [identify],
      // A tablet's calls must never meet a cache, nor carry anybody's cookies.
      fetch: (input, init) => fetch(input, { ...init, cache: "no-store", credentials: "omit" }),
    }),
  );
}

/**
 * What a failure means: `ended`, the tablet's access is over; `refused`, the server heard and said
 * no, so that sending the same again is in vain; `away`, anything that may pass.
 */
export type Failure = "ended" | "refused" | "away";

/** Reads a failure. */
export function failureOf(e: unknown): Failure {
  const error = ConnectError.from(e);
  switch (error.code) {
    case Code.Unauthenticated:
      return "ended";
    case Code.InvalidArgument:
    case Code.PermissionDenied:
    case Code.NotFound:
    case Code.FailedPrecondition:
    case Code.AlreadyExists:
    case Code.OutOfRange:
    case Code.Unimplemented:
      return problemOf(e).reason === "DEVICE_ENDED" ? "ended" : "refused";
    default:
      return "away";
  }
}

/** The sentence of a refusal. */
export function refusalOf(e: unknown): string {
  const { message, violations } = problemOf(e);
  return message || violations[0]?.message || "The server did not take this.";
}

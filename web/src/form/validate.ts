/**
 * The contract's rules, run in the browser by the same kind of engine that the server runs. The
 * engine is large, so it is fetched once somebody begins to fill in a form. The server judges again
 * in any case: when the engine cannot be fetched, everything passes here.
 */

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import type { Validator } from "@bufbuild/protovalidate";
import type { Violation } from "../lib/errors";

let loading: Promise<Validator | null> | undefined;

/** Fetches the engine while the person is still typing. */
export function warm(): void {
  void validator();
}

/** The broken rules of a message, with paths as the server gives them. */
export async function validate<Desc extends DescMessage>(
  desc: Desc,
  message: MessageShape<Desc>,
): Promise<Violation[]> {
  const result = (await validator())?.validate(desc, message);
  if (result?.kind !== "invalid") {
    return [];
  }
  return result.violations.map((v) => ({
    path: pathToString(v.field),
    rule: v.ruleId,
    message: v.message,
  }));
}

function validator(): Promise<Validator | null> {
  loading ??= import("@bufbuild/protovalidate").then(
    ({ createValidator }) => createValidator(),
    () => {
      loading = undefined;
      return null;
    },
  );
  return loading;
}

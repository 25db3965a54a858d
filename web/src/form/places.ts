/** Which fields a form asks for, and under which heading. */

import type { ReflectMessage } from "@bufbuild/protobuf/reflect";
import { below, type Place } from "./draft";
import type { Kit } from "./handle";
import { type Shape, shapesOf } from "./schema";

/** A field with the heading under which it stands. */
export interface Item extends Place {
  section: string;
}

/**
 * The fields of a message in order, those of messages without a label of their own in their place,
 * as if they were the outer message's.
 */
export function placesIn(
  node: ReflectMessage,
  path: string,
  section: string,
  kit: Kit,
): readonly Item[] {
  return shapesOf(node.desc).flatMap((shape): readonly Item[] => {
    const at = { shape, node, path: below(path, shape.name) };
    const heading = shape.section || section;
    if (shape.kind === "hidden" || (shape.kind === "custom" && !hasComponent(shape, kit))) {
      return [];
    }
    if (shape.kind !== "message") {
      return [{ ...at, section: heading }];
    }
    const child = node.get(shape.desc) as ReflectMessage;
    if (shape.label === "" && !hasComponent(shape, kit)) {
      return placesIn(child, at.path, heading, kit);
    }
    const inner = shapesOf(child.desc).find((s) => s.section !== "")?.section ?? "";
    return [{ ...at, section: heading || inner }];
  });
}

function hasComponent(shape: Shape, kit: Kit): boolean {
  const type = shape.desc.message?.typeName;
  return (
    kit.fields?.[shape.name] !== undefined ||
    (type !== undefined && kit.messages?.[type] !== undefined)
  );
}

/**
 * Two people change the same thing. What did each of them change since both read it, and what comes
 * of putting both together? Lists count as one value: nobody wants half of each.
 */

import { clone, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { type ReflectList, type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { below } from "./draft";
import { labelOf, type Shape, shapesOf } from "./schema";

/** A field that somebody else changed. */
export interface Difference {
  path: string;
  label: string;
  /** Their value, in words. */
  theirs: string;
  /** Mine, in words, when I changed the same field to something else; otherwise null. */
  mine: string | null;
}

/** The paths of the fields in which two messages of a kind differ. */
export function changed<Desc extends DescMessage>(
  desc: Desc,
  before: MessageShape<Desc>,
  after: MessageShape<Desc>,
): string[] {
  return leaves(reflect(desc, before), reflect(desc, after), "").flatMap(({ path, a, b }) =>
    a === b ? [] : [path],
  );
}

/** What somebody else changed since base, beside what I did to the same fields. */
export function differences<Desc extends DescMessage>(
  desc: Desc,
  base: MessageShape<Desc>,
  theirs: MessageShape<Desc>,
  mine: MessageShape<Desc>,
): Difference[] {
  const my = new Map(
    leaves(reflect(desc, base), reflect(desc, mine), "").map((leaf) => [leaf.path, leaf]),
  );
  return leaves(reflect(desc, base), reflect(desc, theirs), "")
    .filter(({ a, b }) => a !== b)
    .map(({ path, shape, after, b }) => {
      const own = my.get(path);
      const clash = own !== undefined && own.a !== own.b && own.b !== b;
      return {
        path,
        label: shape.label,
        theirs: say(after, shape),
        mine: clash ? say(own.after, shape) : null,
      };
    });
}

/** Theirs, with my own changes since base on top. */
export function merge<Desc extends DescMessage>(
  desc: Desc,
  base: MessageShape<Desc>,
  theirs: MessageShape<Desc>,
  mine: MessageShape<Desc>,
): MessageShape<Desc> {
  const merged = clone(desc, theirs);
  overlay(reflect(desc, base), reflect(desc, clone(desc, mine)), reflect(desc, merged));
  return merged;
}

/** One field of two messages that are compared, each value in a form that can be compared. */
interface Leaf {
  path: string;
  shape: Shape;
  after: ReflectMessage;
  a: string;
  b: string;
}

function leaves(before: ReflectMessage, after: ReflectMessage, path: string): Leaf[] {
  return shapesOf(before.desc).flatMap((shape) => {
    const at = below(path, shape.name);
    if (shape.kind === "hidden") {
      return [];
    }
    if (shape.desc.fieldKind === "message") {
      const [a, b] = [before, after].map((m) => m.get(shape.desc) as ReflectMessage);
      return a === undefined || b === undefined ? [] : leaves(a, b, at);
    }
    return [{ path: at, shape, after, a: key(before, shape), b: key(after, shape) }];
  });
}

function overlay(base: ReflectMessage, mine: ReflectMessage, target: ReflectMessage): void {
  for (const shape of shapesOf(base.desc)) {
    if (shape.desc.fieldKind === "message" && mine.isSet(shape.desc)) {
      const child = target.get(shape.desc) as ReflectMessage;
      target.set(shape.desc, child);
      overlay(
        base.get(shape.desc) as ReflectMessage,
        mine.get(shape.desc) as ReflectMessage,
        target.get(shape.desc) as ReflectMessage,
      );
    } else if (key(base, shape) !== key(mine, shape)) {
      target.set(shape.desc, mine.get(shape.desc));
    }
  }
}

/** The value in a form that is equal when the values are. */
function key(node: ReflectMessage, { desc }: Shape): string {
  const value: unknown = node.get(desc);
  if (desc.fieldKind === "list") {
    return [...(value as ReflectList)].map((item) => text(item)).join("\u0000");
  }
  return text(value);
}

function text(value: unknown): string {
  if (typeof value === "object" && value !== null && "message" in value) {
    const { message } = value;
    return JSON.stringify(message, (_, v) => (typeof v === "bigint" ? String(v) : v));
  }
  return String(value);
}

/** A value as people read it. */
function say(node: ReflectMessage, shape: Shape): string {
  const value: unknown = node.get(shape.desc);
  if (shape.desc.fieldKind === "enum") {
    return labelOf(shape.desc.enum, value as number);
  }
  if (shape.desc.fieldKind === "list") {
    const { size } = value as ReflectList;
    return size === 1 ? "1 entry" : `${size} entries`;
  }
  if (typeof value === "boolean") {
    return value ? "Yes" : "No";
  }
  return String(value) || "(empty)";
}

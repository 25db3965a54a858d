/**
 * A message that is being filled in: its values, what is wrong with them, and what the person has
 * touched. Components read it while they render and are rendered again when it changes.
 */

import {
  clone,
  create,
  type DescField,
  type DescMessage,
  equals,
  type MessageInitShape,
  type MessageShape,
  ScalarType,
} from "@bufbuild/protobuf";
import { type ReflectList, type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { signal } from "@preact/signals";
import type { Violation } from "../lib/errors";
import { type Shape, shapeAt, shapesOf } from "./schema";
import { validate } from "./validate";
import { wording } from "./wording";

/** A field in its place: the message that holds it, and the path to it from the root. */
export interface Place {
  shape: Shape;
  node: ReflectMessage;
  path: string;
}

/** The numbers that are kept as bigint. */
const long: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);

/** A message of a known kind that is being filled in. */
export class Draft<Desc extends DescMessage = DescMessage> {
  readonly desc: Desc;
  readonly root: ReflectMessage;
  /** What is wrong, by the last look. */
  readonly violations = signal<readonly Violation[]>([]);
  readonly #revision = signal(0);
  readonly #edited = new Set<string>();
  /** What was typed where it is no number, or no amount, and the rule that it breaks. */
  readonly #unread = new Map<string, { text: string; rule: string }>();
  #original: MessageShape<Desc>;

  constructor(desc: Desc, initial?: MessageInitShape<Desc>) {
    this.desc = desc;
    // A copy: what the screen shows meanwhile must not change under the person's hands.
    const message = clone(desc, create(desc, initial));
    this.root = reflect(desc, message);
    fillIn(this.root);
    this.#original = clone(desc, message);
  }

  /** The message as it is now. Reading it while rendering subscribes to its changes. */
  get message(): MessageShape<Desc> {
    this.watch();
    return this.root.message as MessageShape<Desc>;
  }

  /** The message as it was at first, or when it was last kept. */
  get original(): MessageShape<Desc> {
    return this.#original;
  }

  /** Whether anything differs from the original. */
  get dirty(): boolean {
    return this.#unread.size > 0 || !equals(this.desc, this.message, this.#original);
  }

  /** Subscribes the component that renders to every change. */
  watch(): void {
    void this.#revision.value;
  }

  /** Sets a field. The complaints about it are withdrawn: they were about another value. */
  set({ shape, node, path }: Place, value: unknown): void {
    node.set(shape.desc, value);
    this.#unread.delete(path);
    this.touch(path);
  }

  /** Notes that something at or below the path was changed directly in the message. */
  touch(path: string): void {
    this.#edited.add(path);
    if (this.violations.value.some((v) => covers(path, v.path))) {
      this.violations.value = this.violations.value.filter((v) => !covers(path, v.path));
    }
    this.#revision.value++;
  }

  /** Sets a number from what was typed; what is no number is kept as text and complained about. */
  setNumber(place: Place, text: string): void {
    const value = text.trim() === "" ? 0 : Number(text);
    const big = place.shape.desc.scalar !== undefined && long.has(place.shape.desc.scalar);
    if (!Number.isSafeInteger(value) || (!big && Math.abs(value) >= 2 ** 31)) {
      this.setUnread(place, text, "number");
      return;
    }
    this.set(place, big ? BigInt(value) : value);
  }

  /** Keeps what was typed and cannot be read; the rule says what it should have been. */
  setUnread(place: Place, text: string, rule: string): void {
    this.#unread.set(place.path, { text, rule });
    this.touch(place.path);
  }

  /** What was typed and cannot be read; undefined when all is well. */
  unread({ path }: Place): string | undefined {
    return this.#unread.get(path)?.text;
  }

  /** Leaves a field without a value, where the contract tells that from an empty one. */
  clear({ shape, node, path }: Place): void {
    node.clear(shape.desc);
    this.#unread.delete(path);
    this.touch(path);
  }

  /** What a number field shows. */
  numberText({ shape, node, path }: Place): string {
    return this.#unread.get(path)?.text ?? String(node.get(shape.desc));
  }

  /** Looks whether everything is right; the violations say what is not. */
  async check(): Promise<boolean> {
    this.violations.value = await this.#inspect();
    return this.violations.value.length === 0;
  }

  /** Looks at one field that the person has left, if anything was changed in it. */
  async checkAt(path: string): Promise<void> {
    if (![...this.#edited].some((edited) => covers(path, edited))) {
      return;
    }
    const found = (await this.#inspect()).filter((v) => covers(path, v.path));
    const others = this.violations.value.filter((v) => !covers(path, v.path));
    if (found.length + others.length > 0 || this.violations.value.length > 0) {
      this.violations.value = [...others, ...found];
    }
  }

  /** Takes over what the server complained about. */
  refuse(violations: readonly Violation[]): void {
    this.violations.value = violations;
  }

  /** The sentences about a field itself, not about those below it. */
  complaints(path: string): string[] {
    const shape = shapeAt(this.desc, path);
    const found = this.violations.value.filter((v) => v.path === path);
    return [...new Set(found.map((v) => wording(v, shape)))];
  }

  /** Takes the present values as the ones to compare with, as after saving. */
  keep(): void {
    this.#original = clone(this.desc, this.root.message as MessageShape<Desc>);
    this.#edited.clear();
    this.#revision.value++;
  }

  /** Compares with another message from now on, such as the one that somebody else saved. */
  rebase(original: MessageShape<Desc>): void {
    this.#original = clone(this.desc, original);
    fillIn(reflect(this.desc, this.#original));
    this.#revision.value++;
  }

  /** Puts another message in place of the present one and forgets every complaint. */
  replace(message: MessageShape<Desc>): void {
    const fresh = reflect(this.desc, clone(this.desc, message));
    for (const field of this.desc.fields) {
      this.root.clear(field);
      if (fresh.isSet(field)) {
        this.root.set(field, fresh.get(field));
      }
    }
    fillIn(this.root);
    this.#unread.clear();
    this.violations.value = [];
    this.keep();
  }

  async #inspect(): Promise<Violation[]> {
    // What is not asked for cannot be put right, so it must not stand in the way.
    clearUnasked(this.root, await validate(this.desc, this.root.message as MessageShape<Desc>));
    const all = await validate(this.desc, this.root.message as MessageShape<Desc>);
    // What the program carries along is filled in when the message is sent.
    const found = all.filter((v) => shapeAt(this.desc, v.path)?.kind !== "hidden");
    const numbers = [...this.#unread].map(([path, { rule }]) => ({ path, rule, message: "" }));
    const mistyped = new Set(this.#unread.keys());
    return [...found.filter((v) => !mistyped.has(v.path)), ...numbers];
  }
}

/** Whether a field is shown, given the answers beside it. */
export function isAsked({ shape, node }: Pick<Place, "shape" | "node">): boolean {
  if (shape.showIf === undefined) {
    return shape.kind !== "hidden";
  }
  return shape.showIf.values.includes(node.get(shape.showIf.sibling) as number | boolean);
}

/** The path of a field below another. */
export function below(parent: string, name: string): string {
  return parent === "" ? name : `${parent}.${name}`;
}

/** Whether a path is the other or lies above it. */
function covers(path: string, other: string): boolean {
  return other === path || other.startsWith(`${path}.`) || other.startsWith(`${path}[`);
}

/** Puts an empty message wherever the form asks for the fields of one. */
function fillIn(node: ReflectMessage): void {
  for (const { kind, desc } of shapesOf(node.desc)) {
    if (kind !== "message" || desc.fieldKind !== "message") {
      continue;
    }
    const child = node.get(desc) as ReflectMessage;
    if (!node.isSet(desc)) {
      node.set(desc, child);
    }
    fillIn(node.get(desc) as ReflectMessage);
  }
}

/** Empties the broken fields that are not shown, as the venue of an event that is now online. */
function clearUnasked(root: ReflectMessage, violations: readonly Violation[]): void {
  for (const { path } of violations) {
    const place = find(root, path);
    if (place?.shape.showIf !== undefined && !isAsked(place)) {
      place.node.clear(place.shape.desc);
    }
  }
}

/** The field at a path, with the message that holds it; null when there is none. */
export function find(root: ReflectMessage, path: string): Place | null {
  let node: ReflectMessage | undefined = root;
  const parts = path.split(".");
  for (const [i, part] of parts.entries()) {
    const [name, index] = part.replace("]", "").split("[");
    const shape: Shape | undefined = node && shapesOf(node.desc).find((s) => s.name === name);
    if (node === undefined || shape === undefined) {
      return null;
    }
    if (i === parts.length - 1) {
      return { shape, node, path };
    }
    node = childOf(node, shape.desc, index);
  }
  return null;
}

function childOf(
  node: ReflectMessage,
  field: DescField,
  index: string | undefined,
): ReflectMessage | undefined {
  if (field.fieldKind === "message") {
    return node.get(field) as ReflectMessage;
  }
  if (field.fieldKind === "list" && field.listKind === "message" && index !== undefined) {
    return (node.get(field) as ReflectList<ReflectMessage>).get(Number(index));
  }
  return undefined;
}

/**
 * What a form needs to know of a message, read from its descriptor: labels and widgets from
 * lanyard.policy.v1, constraints from buf.validate. A field that is added to a request shows up
 * here, and so on the page, without anybody writing it down a second time.
 */

import {
  type DescEnum,
  type DescField,
  type DescMessage,
  getOption,
  ScalarType,
} from "@bufbuild/protobuf";
import {
  type FieldRules,
  Ignore,
  field as rulesOf,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import {
  choice as choiceOf,
  field as presentationOf,
  Widget,
} from "../gen/lanyard/policy/v1/policy_pb";

/** How a field is asked for. */
export type Kind =
  | "text"
  | "textarea"
  | "markdown"
  | "email"
  | "url"
  | "number"
  | "checkbox"
  | "select"
  | "radio"
  | "datetime"
  | "date"
  | "timezone"
  /** A message whose fields are asked for one by one. */
  | "message"
  /** Several of the same. */
  | "list"
  /** Left to a component that the screen brings along. */
  | "custom"
  /** Carried along, never shown. */
  | "hidden";

/** One value of an enum field. */
export interface Option {
  value: number;
  label: string;
  help: string;
}

/** When a field is shown: while a sibling has one of the values. */
export interface ShowIf {
  sibling: DescField;
  /** Enum numbers, or booleans. */
  values: readonly (number | boolean)[];
}

/** A field as a form sees it. */
export interface Shape {
  desc: DescField;
  /** The name in the contract, of which paths are made. */
  name: string;
  kind: Kind;
  label: string;
  help: string;
  placeholder: string;
  autocomplete: string;
  /** The heading under which it stands; empty for none. */
  section: string;
  required: boolean;
  options: readonly Option[];
  maxLength?: number;
  /** The smallest and largest number, or number of items of a list. */
  min?: number;
  max?: number;
  showIf?: ShowIf;
}

const known = new WeakMap<DescMessage, readonly Shape[]>();

/** The fields of a message in the order of the contract. */
export function shapesOf(message: DescMessage): readonly Shape[] {
  let shapes = known.get(message);
  if (shapes === undefined) {
    shapes = message.fields.map((field) => shapeOf(field));
    known.set(message, shapes);
  }
  return shapes;
}

/** The field at a path such as "details.attendees[0].email"; undefined when there is none. */
export function shapeAt(message: DescMessage, path: string): Shape | undefined {
  let at: DescMessage | undefined = message;
  let found: Shape | undefined;
  for (const part of path.split(".")) {
    const name = part.replace(/\[.*$/, "");
    found = at === undefined ? undefined : shapesOf(at).find((s) => s.name === name);
    at = found?.desc.message;
  }
  return found;
}

/** The values of an enum that can be chosen, with their labels. */
export function optionsOf(desc: DescEnum): readonly Option[] {
  return desc.values
    .filter((v) => v.number !== 0)
    .map((v) => {
      const choice = getOption(v, choiceOf);
      return { value: v.number, label: choice.label || humanise(v.localName), help: choice.help };
    });
}

/** The label of an enum value; empty for one that has none. */
export function labelOf(desc: DescEnum, value: number): string {
  return optionsOf(desc).find((o) => o.value === value)?.label ?? "";
}

function shapeOf(desc: DescField): Shape {
  const presentation = getOption(desc, presentationOf);
  const rules = getOption(desc, rulesOf);
  const kind = kindOf(desc, presentation.widget);
  const shape: Shape = {
    desc,
    name: desc.name,
    kind,
    label: presentation.label || (kind === "message" ? "" : humanise(desc.name)),
    help: presentation.help,
    placeholder: presentation.placeholder,
    autocomplete: presentation.autocomplete,
    section: presentation.section,
    required: isRequired(rules),
    options: desc.enum === undefined ? [] : optionsOf(desc.enum),
    ...limits(rules),
  };
  const showIf = readShowIf(desc.parent, presentation.showIf);
  return showIf === undefined ? shape : { ...shape, showIf };
}

const byWidget: Readonly<Partial<Record<Widget, Kind>>> = {
  [Widget.HIDDEN]: "hidden",
  [Widget.TEXTAREA]: "textarea",
  [Widget.MARKDOWN]: "markdown",
  [Widget.DATETIME_LOCAL]: "datetime",
  [Widget.DATE]: "date",
  [Widget.TIMEZONE]: "timezone",
  [Widget.RADIO]: "radio",
  [Widget.EMAIL]: "email",
  [Widget.URL]: "url",
  [Widget.CHECKBOX]: "checkbox",
  [Widget.CUSTOM]: "custom",
};

function kindOf(desc: DescField, widget: Widget): Kind {
  // Made anew for each action, whether or not the contract says how it looks.
  const chosen = desc.name === "request_id" ? "hidden" : byWidget[widget];
  if (chosen !== undefined) {
    return chosen;
  }
  switch (desc.fieldKind) {
    case "message":
      return "message";
    case "list":
      return "list";
    case "enum":
      return "select";
    case "map":
      return "custom";
    case "scalar":
      return scalarKind(desc.scalar);
  }
}

function scalarKind(scalar: ScalarType): Kind {
  switch (scalar) {
    case ScalarType.STRING:
      return "text";
    case ScalarType.BOOL:
      return "checkbox";
    case ScalarType.BYTES:
      return "custom";
    default:
      return "number";
  }
}

/** Whether the zero value breaks a rule. */
function isRequired(rules: FieldRules): boolean {
  if (rules.required || rules.ignore === Ignore.IF_ZERO_VALUE) {
    return rules.required;
  }
  switch (rules.type.case) {
    case "string":
      return rules.type.value.minLen > 0n;
    case "enum":
      return rules.type.value.notIn.includes(0);
    case "repeated":
      return rules.type.value.minItems > 0n;
    default:
      return (limits(rules).min ?? 0) > 0;
  }
}

/** The bounds of a text's length, a number's value or a list's size. */
function limits(rules: FieldRules): Pick<Shape, "maxLength" | "min" | "max"> {
  const found: Pick<Shape, "maxLength" | "min" | "max"> = {};
  const type = rules.type;
  if (type.case === "string") {
    if (type.value.maxLen > 0n) {
      found.maxLength = Number(type.value.maxLen);
    }
    return found;
  }
  if (type.case === "repeated") {
    found.min = Number(type.value.minItems);
    if (type.value.maxItems > 0n) {
      found.max = Number(type.value.maxItems);
    }
    return found;
  }
  if (type.value !== undefined && "greaterThan" in type.value && "lessThan" in type.value) {
    const { greaterThan, lessThan } = type.value;
    if (greaterThan.case === "gte") {
      found.min = Number(greaterThan.value);
    }
    if (lessThan.case === "lte") {
      found.max = Number(lessThan.value);
    }
  }
  return found;
}

/** Reads "mode=EVENT_MODE_ONLINE|EVENT_MODE_HYBRID" or "unlimited=false". */
function readShowIf(parent: DescMessage, text: string): ShowIf | undefined {
  const [name, wanted] = text.split("=");
  const sibling = parent.fields.find((f) => f.name === name);
  if (sibling === undefined || wanted === undefined) {
    return undefined;
  }
  const values = wanted.split("|").map((word) => {
    const value = sibling.enum?.values.find((v) => v.name === word);
    return value === undefined ? word === "true" : value.number;
  });
  return { sibling, values };
}

/** "max_per_order" becomes "Max per order", for fields that nobody gave a label. */
function humanise(name: string): string {
  const words = name.replaceAll("_", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

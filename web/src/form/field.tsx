/** One field of a form: its label, help and complaints around the control that fits its kind. */

import type { ReflectMessage } from "@bufbuild/protobuf/reflect";
import type { ComponentChildren, ComponentType } from "preact";
import { Checkbox, RadioGroup, Select } from "./choose";
import { isAsked, type Place } from "./draft";
import { type FieldProps, type FormHandle, idOf } from "./handle";
import { ListField } from "./list";
import { placesIn } from "./places";
import type { Kind } from "./schema";
import { MarkdownInput, NumberInput, TextArea, TextInput } from "./text";
import { DateInput, DateTimeInput } from "./when";
import { ZoneSelect } from "./zone";

/** What a control gets besides its field. */
export interface ControlProps extends FieldProps {
  id: string;
  /** The ids of help and complaints. */
  describedBy: string | undefined;
  invalid: boolean;
}

/** The controls that stand below a label of their own. */
const single: Readonly<Partial<Record<Kind, ComponentType<ControlProps>>>> = {
  text: TextInput,
  email: TextInput,
  url: TextInput,
  textarea: TextArea,
  markdown: MarkdownInput,
  number: NumberInput,
  select: Select,
  date: DateInput,
  timezone: ZoneSelect,
};

/** The controls of several parts, which need a group with a legend. */
const groups: Readonly<Partial<Record<Kind, ComponentType<ControlProps>>>> = {
  radio: RadioGroup,
  datetime: DateTimeInput,
};

/** Draws the field, with the screen's own component where it brings one. */
export function Field({ place, form }: FieldProps) {
  const { shape } = place;
  const type = shape.desc.message?.typeName;
  const Own =
    form.kit.fields?.[shape.name] ?? (type === undefined ? undefined : form.kit.messages?.[type]);
  if (Own !== undefined) {
    return <Own place={place} form={form} />;
  }
  const [Single, Group] = [single[shape.kind], groups[shape.kind]];
  if (Single !== undefined) {
    return (
      <Labelled place={place} form={form}>
        {(props) => <Single {...props} />}
      </Labelled>
    );
  }
  if (Group !== undefined) {
    return (
      <Grouped place={place} form={form}>
        {(props) => <Group {...props} />}
      </Grouped>
    );
  }
  switch (shape.kind) {
    case "checkbox":
      return <Checkbox place={place} form={form} />;
    case "list":
      return <ListField place={place} form={form} />;
    case "message":
      return <Nested place={place} form={form} />;
    default:
      return null;
  }
}

interface FrameProps extends FieldProps {
  children: (props: ControlProps) => ComponentChildren;
}

/** A label above a control. */
export function Labelled({ place, form, children }: FrameProps) {
  const props = controlProps(place, form);
  return (
    <div class={frameClass(place, props.invalid)}>
      <label class="field__label" for={props.id}>
        {place.shape.label}
        <Mark required={place.shape.required} />
      </label>
      <Remarks {...props} />
      {children(props)}
    </div>
  );
}

/** A legend above a group of controls. */
export function Grouped({ place, form, children }: FrameProps) {
  const props = controlProps(place, form);
  return (
    <fieldset class={frameClass(place, props.invalid)} aria-describedby={props.describedBy}>
      <legend class="field__label">
        {place.shape.label}
        <Mark required={place.shape.required} />
      </legend>
      <Remarks {...props} />
      {children(props)}
    </fieldset>
  );
}

/** The star of a field that must be filled in; controls say the same to those who do not see it. */
export function Mark({ required }: { required: boolean }) {
  return required ? (
    <span class="field__mark" aria-hidden="true">
      {" *"}
    </span>
  ) : null;
}

/** Help and complaints. */
export function Remarks({ place, form, id }: ControlProps) {
  const complaints = form.draft.complaints(place.path);
  return (
    <>
      {place.shape.help !== "" && (
        <p class="field__help" id={`${id}-help`}>
          {place.shape.help}
        </p>
      )}
      {complaints.length > 0 && (
        <p class="field__error" id={`${id}-error`}>
          {complaints.join(" ")}
        </p>
      )}
    </>
  );
}

/** The ids and states that tie a control to its label, help and complaints. */
export function controlProps(place: Place, form: FormHandle): ControlProps {
  const id = idOf(form, place.path);
  const invalid = form.draft.complaints(place.path).length > 0;
  const about = [place.shape.help === "" ? "" : `${id}-help`, invalid ? `${id}-error` : ""];
  return {
    place,
    form,
    id,
    invalid,
    describedBy: about.filter((a) => a !== "").join(" ") || undefined,
  };
}

const wideKinds: ReadonlySet<Kind> = new Set(["textarea", "markdown", "url", "radio", "list"]);

function frameClass({ shape }: Place, invalid: boolean): string {
  const wide = wideKinds.has(shape.kind) || (shape.maxLength ?? 0) >= 200;
  return `field${wide ? " field--wide" : ""}${invalid ? " field--invalid" : ""}`;
}

/** A message with a label of its own: its fields in a group. */
function Nested({ place, form }: FieldProps) {
  const child = place.node.get(place.shape.desc) as ReflectMessage;
  return (
    <fieldset class="field field--wide">
      <legend class="field__label">{place.shape.label}</legend>
      <Fields node={child} path={place.path} form={form} />
    </fieldset>
  );
}

/** The fields of a message that lies somewhere inside the form's. */
export function Fields({
  node,
  path,
  form,
}: {
  node: ReflectMessage;
  path: string;
  form: FormHandle;
}) {
  form.draft.watch();
  return (
    <div class="form__grid">
      {placesIn(node, path, "", form.kit)
        .filter(isAsked)
        .map((item) => (
          <Field key={item.path} place={item} form={form} />
        ))}
    </div>
  );
}

/** Controls for money, percentages and numbers that may be left out. */

import { useState } from "preact/hooks";
import { decimal, percent, readAmount, readPercent } from "../lib/money";
import { find } from "./draft";
import { type ControlProps, Labelled } from "./field";
import type { FieldProps, FormHandle } from "./handle";

/** What a control that reads text into a value needs. */
interface TypedProps extends ControlProps {
  /** The value as text. */
  written: string;
  /** Reads what was typed; null when it is none of its kind. */
  read: (text: string) => bigint | number | null;
  /** The rule that unreadable text breaks. */
  rule: string;
  /** What stands beside the box, such as the currency. */
  unit?: string;
}

/** A box whose text stays as typed until it is left. */
function Typed({ place, form, id, describedBy, invalid, ...rest }: TypedProps) {
  const { written, read, rule, unit = "" } = rest;
  const [typed, setTyped] = useState<string | null>(null);
  const change = (text: string) => {
    setTyped(text);
    const blank = text.trim() === "";
    if (blank && place.shape.desc.proto.proto3Optional) {
      form.draft.clear(place);
      return;
    }
    const value = read(blank ? "0" : text);
    if (value === null) {
      form.draft.setUnread(place, text, rule);
    } else {
      form.draft.set(place, value);
    }
  };
  return (
    <div class="row">
      <input
        id={id}
        class="input input--short"
        type="text"
        inputMode="decimal"
        required={place.shape.required}
        aria-invalid={invalid || undefined}
        aria-describedby={describedBy}
        value={typed ?? form.draft.unread(place) ?? written}
        onInput={(e) => change(e.currentTarget.value)}
        onBlur={() => {
          setTyped(null);
          void form.draft.checkAt(place.path);
        }}
      />
      {unit !== "" && <span class="muted">{unit}</span>}
    </div>
  );
}

/** The currency that the form's details name. */
function currencyOf(form: FormHandle): string {
  const place = find(form.draft.root, "details.currency");
  return place === null ? "" : String(place.node.get(place.shape.desc));
}

/** An amount of money in a currency, that of the form's details most often, kept in minor units. */
export function AmountField(props: FieldProps & { currency?: string }) {
  const { place, form, currency = currencyOf(form) } = props;
  const { node, shape } = place;
  const bare = shape.desc.proto.proto3Optional && !node.isSet(shape.desc);
  return (
    <Labelled place={place} form={form}>
      {(props) => (
        <Typed
          {...props}
          written={bare ? "" : decimal(node.get(shape.desc) as bigint, currency)}
          read={(text) => readAmount(text, currency)}
          rule="amount"
          unit={currency}
        />
      )}
    </Labelled>
  );
}

/** A percentage, kept in hundredths. */
export function PercentField({ place, form }: FieldProps) {
  return (
    <Labelled place={place} form={form}>
      {(props) => (
        <Typed
          {...props}
          written={percent(place.node.get(place.shape.desc) as number)}
          read={readPercent}
          rule="percent"
          unit="%"
        />
      )}
    </Labelled>
  );
}

/** A number that may be left out. */
export function MaybeNumberField({ place, form }: FieldProps) {
  const { node, shape } = place;
  return (
    <Labelled place={place} form={form}>
      {(props) => (
        <Typed
          {...props}
          written={node.isSet(shape.desc) ? String(node.get(shape.desc)) : ""}
          read={(text) => (/^\d{1,7}$/.test(text.trim()) ? Number(text) : null)}
          rule="number"
        />
      )}
    </Labelled>
  );
}

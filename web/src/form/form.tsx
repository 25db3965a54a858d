/**
 * A form that is drawn from a message's descriptor. Fields of one section stand together, whichever
 * message they belong to; a screen may bring its own component for a field or for a kind of message.
 */

import type { DescMessage } from "@bufbuild/protobuf";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isAsked } from "./draft";
import { Field } from "./field";
import type { FormHandle } from "./handle";
import { type Item, placesIn } from "./places";
import { ErrorSummary } from "./summary";
import { warm } from "./validate";

/** How a form is laid out. */
export interface FormProps<Desc extends DescMessage> {
  of: FormHandle<Desc>;
  /** Names the form to those who do not see it. */
  label: string;
  /** Sections in the order in which they should stand; others follow as they come. */
  order?: readonly string[];
  /** Sections that start out folded up, for what few need. */
  folded?: readonly string[];
  /** True leaves the headings of sections out and keeps the contract's order. */
  plain?: boolean;
  /** Comes after the fields: the buttons, most often. */
  children?: ComponentChildren;
}

/** Draws the form. */
export function Form<Desc extends DescMessage>(props: FormProps<Desc>) {
  const { of: form, label, children } = props;
  form.draft.watch();
  return (
    <form
      id={form.id}
      class="form"
      aria-label={label}
      noValidate
      onFocusIn={warm}
      onSubmit={(e) => {
        e.preventDefault();
        void form.submit();
      }}
    >
      <ErrorSummary form={form as unknown as FormHandle} />
      <Sections {...props} />
      {children}
    </form>
  );
}

function Sections<Desc extends DescMessage>({
  of,
  order = [],
  folded = [],
  plain,
}: FormProps<Desc>) {
  const form = of as unknown as FormHandle;
  const items = placesIn(form.draft.root, "", "", form.kit);
  if (plain) {
    return <Grid items={items} form={form} />;
  }
  const names = [...new Set([...order, ...items.map((i) => i.section)])];
  return names.map((name) => {
    const mine = items.filter((i) => i.section === name);
    return mine.length === 0 ? null : (
      <Section key={name} name={name} items={mine} form={form} folded={folded.includes(name)} />
    );
  });
}

interface SectionProps {
  name: string;
  items: readonly Item[];
  form: FormHandle;
  folded: boolean;
}

function Section({ name, items, form, folded }: SectionProps) {
  const id = `${form.id}-section-${name.toLowerCase().replace(/\W+/g, "-")}`;
  const details = useRef<HTMLDetailsElement>(null);
  const wrong = items.some(({ path }) =>
    form.draft.violations.value.some((v) => v.path === path || v.path.startsWith(`${path}.`)),
  );
  useEffect(() => {
    if (wrong && details.current !== null) {
      details.current.open = true;
    }
  }, [wrong]);
  if (folded) {
    return (
      <details class="fold" ref={details}>
        <summary>{name}</summary>
        <div class="fold__body">
          <Grid items={items} form={form} />
        </div>
      </details>
    );
  }
  return (
    <section class="form__section" aria-labelledby={name === "" ? undefined : id}>
      {name !== "" && (
        <h2 class="form__title" id={id}>
          {name}
        </h2>
      )}
      <Grid items={items} form={form} />
    </section>
  );
}

function Grid({ items, form }: { items: readonly Item[]; form: FormHandle }) {
  return (
    <div class="form__grid">
      {items.filter(isAsked).map((item) => (
        <Field key={item.path} place={item} form={form} />
      ))}
    </div>
  );
}

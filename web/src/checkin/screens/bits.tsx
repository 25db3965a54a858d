/** The small parts of which the door's screens are made. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Tone } from "../feel";
import { type Screen, screen } from "./context";

/** An icon of the design system; words always stand beside it. */
export function Icon({ name }: { name: string }) {
  return <span class={`icon icon--${name}`} aria-hidden="true" />;
}

/** The shape of a tone: a disc, a triangle, a square, each with its sign. */
export function Shape({ tone }: { tone: Tone }) {
  return (
    <svg class="shape" viewBox="0 0 100 100" aria-hidden="true">
      {tone === "green" && (
        <>
          <circle class="shape__ground" cx="50" cy="50" r="46" />
          <path class="shape__sign" d="M27 52l16 16 31-35" />
        </>
      )}
      {tone === "amber" && (
        <>
          <path class="shape__ground" d="M50 6 96 90H4z" />
          <path class="shape__sign" d="M50 36v26M50 74v3" />
        </>
      )}
      {tone === "red" && (
        <>
          <rect class="shape__ground" x="6" y="6" width="88" height="88" rx="6" />
          <path class="shape__sign" d="M31 31l38 38M69 31 31 69" />
        </>
      )}
    </svg>
  );
}

/** A screen below one of the tabs, with the way back. */
export function Page(props: { title: string; back: Screen; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div class="sheet">
      <button type="button" class="link-button" onClick={() => go(props.back)}>
        Back
      </button>
      <h1 class="sheet__title" tabIndex={-1} ref={heading}>
        {props.title}
      </h1>
      {props.children}
    </div>
  );
}

/** Goes to a screen. */
export function go(to: Screen): void {
  screen.value = to;
  window.scrollTo(0, 0);
}

/** Something that the screen has to say. */
export function Notice(props: {
  tone?: "success" | "warning" | "error";
  title: string;
  children?: ComponentChildren;
}) {
  const { tone, title, children } = props;
  const icons = { success: "good", warning: "warn", error: "bad" };
  return (
    <div
      class={tone === undefined ? "notice" : `notice notice--${tone}`}
      role={tone === "error" ? "alert" : undefined}
    >
      <Icon name={tone === undefined ? "info" : icons[tone]} />
      <div class="notice__body">
        <p class="notice__title">{title}</p>
        {children}
      </div>
    </div>
  );
}

/** A question above the screen, open for as long as it is drawn. */
export function Ask(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const opener = document.activeElement;
    box.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) {
        setTimeout(() => opener.focus());
      }
    };
  }, []);
  return (
    <dialog
      ref={box}
      class="dialog"
      aria-label={props.title}
      onCancel={(e) => {
        e.preventDefault();
        props.onClose();
      }}
    >
      <div class="dialog__head">
        <h2 class="dialog__title">{props.title}</h2>
        <button
          type="button"
          class="button button--quiet button--icon"
          aria-label="Close"
          onClick={props.onClose}
        >
          <Icon name="cross" />
        </button>
      </div>
      <div class="dialog__body">{props.children}</div>
    </dialog>
  );
}

/** A field with its label. */
export function Field(props: {
  label: string;
  help?: string;
  error?: string;
  value: string;
  onInput: (value: string) => void;
  inputMode?: "numeric" | "email" | "search" | "text";
  optional?: boolean;
  autocomplete?: string;
}) {
  const { label, help, error, value, onInput, inputMode, optional } = props;
  const id = `f-${label.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  return (
    <div class="field">
      <label class="field__label" for={id}>
        {label} {optional && <span class="field__optional">(optional)</span>}
      </label>
      {help !== undefined && (
        <p class="field__help" id={`${id}-help`}>
          {help}
        </p>
      )}
      {error !== undefined && error !== "" && (
        <p class="field__error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      <input
        id={id}
        class="input"
        type="text"
        value={value}
        autocomplete={props.autocomplete ?? "off"}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={
          [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ") || undefined
        }
        {...(inputMode === undefined ? {} : { inputMode })}
        onInput={(e) => onInput(e.currentTarget.value)}
      />
    </div>
  );
}

/** Dialogues. Each one says what will happen before the button that does it. */

import type { DescMessage } from "@bufbuild/protobuf";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Form } from "../../form/form";
import type { FormHandle } from "../../form/handle";
import { Icon } from "./bits";

/** What a dialogue holds. */
export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** The buttons. */
  foot?: ComponentChildren;
  /** True slides it to the edge of the page, for looking at one of many. */
  drawer?: boolean;
}

/** A dialogue above the page, open for as long as it is drawn. Focus returns where it was. */
export function Dialog({ title, onClose, children, foot, drawer }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const opener = document.activeElement;
    box.current?.showModal();
    return () => setTimeout(() => giveBack(opener));
  }, []);
  return (
    <dialog
      ref={box}
      class={drawer ? "dialog dialog--drawer" : "dialog"}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
    >
      <div class="dialog__head">
        <h2 class="dialog__title" id={id}>
          {title}
        </h2>
        <button
          type="button"
          class="button button--quiet button--icon"
          aria-label="Close"
          onClick={onClose}
        >
          <Icon name="cross" />
        </button>
      </div>
      <div class="dialog__body">{children}</div>
      {foot !== undefined && <div class="dialog__foot">{foot}</div>}
    </dialog>
  );
}

/**
 * Gives the focus back once the dialogue is gone: to what opened it, or, when that is gone as well
 * or goes soon after, to the page's heading. A dialogue that is taken off the page does not do so
 * by itself.
 */
function giveBack(opener: Element | null): void {
  if (document.activeElement !== document.body) {
    return;
  }
  if (!(opener instanceof HTMLElement) || !opener.isConnected || opener === document.body) {
    document.querySelector<HTMLElement>("dialog h2, h1")?.focus({ preventScroll: true });
    return;
  }
  opener.focus({ preventScroll: true });
  // What the dialogue did may take its opener off a list that is only being read again.
  const watch = new MutationObserver(() => {
    if (!opener.isConnected) {
      watch.disconnect();
      giveBack(null);
    }
  });
  watch.observe(document.body, { childList: true, subtree: true });
  opener.addEventListener("blur", () => opener.isConnected && watch.disconnect(), { once: true });
}

/** One thing that will happen. */
export interface Consequence {
  icon: string;
  text: string;
}

/** What will happen, point by point. */
export function Consequences({ of }: { of: readonly Consequence[] }) {
  return (
    <ul class="consequences">
      {of.map(({ icon, text }) => (
        <li key={text}>
          <Icon name={icon} />
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}

/** A dialogue with a form, which may have no fields: then it only asks. */
export interface FormDialogProps<Desc extends DescMessage> {
  title: string;
  form: FormHandle<Desc>;
  /** What will happen. */
  consequences?: readonly Consequence[];
  /** The words on the button that does it. */
  confirm: string;
  danger?: boolean;
  /** The words on the button that does nothing. */
  keep?: string;
  onClose: () => void;
  /** Stands between what will happen and the fields. */
  children?: ComponentChildren;
}

/** Asks for what an action needs, and does it. */
export function FormDialog<Desc extends DescMessage>(props: FormDialogProps<Desc>) {
  const { title, form, consequences = [], confirm, danger, keep = "Back", onClose } = props;
  const busy = form.busy.value;
  const foot = (
    <>
      <button type="button" class="button" onClick={onClose}>
        {keep}
      </button>
      <button
        type="submit"
        form={form.id}
        class={danger ? "button button--danger" : "button button--primary"}
        aria-busy={busy || undefined}
      >
        {confirm}
      </button>
    </>
  );
  return (
    <Dialog title={title} onClose={onClose} foot={foot}>
      {consequences.length > 0 && <Consequences of={consequences} />}
      {props.children}
      <Form of={form} label={title} plain />
    </Dialog>
  );
}

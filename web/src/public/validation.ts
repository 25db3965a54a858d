/**
 * Errors beside the fields while a form is filled in, in the same markup and words that the
 * server uses when a form comes back.
 */

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Takes over a form's validation from the browser's own bubbles. */
export function validation(form: HTMLFormElement): void {
  form.noValidate = true;

  // A field is judged when it is left with something in it; what is wrong is judged again with
  // each key, so that the error goes the moment it is put right.
  form.addEventListener("focusout", (event) => {
    const control = asControl(event.target);
    if (control !== null && control.value.trim() !== "" && !isChoice(control)) {
      show(control, problem(control));
    }
  });
  for (const kind of ["input", "change"]) {
    form.addEventListener(kind, (event) => {
      const control = asControl(event.target);
      if (control !== null && fieldOf(control)?.classList.contains("field--invalid")) {
        show(control, problem(control));
      }
    });
  }
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button instanceof HTMLButtonElement && button.formNoValidate) {
      return;
    }
    const wrong = judge(form);
    if (wrong.length > 0) {
      event.preventDefault();
      summarise(form, wrong);
    } else {
      summaryOf(form)?.remove();
    }
  });

  const summary = summaryOf(form);
  if (summary !== undefined) {
    lead(summary);
    summary.focus();
  }
}

/** The list of errors of a form, in it or right before it. */
function summaryOf(form: HTMLFormElement): HTMLElement | undefined {
  const all = document.querySelectorAll<HTMLElement>(".error-summary");
  return (
    form.querySelector<HTMLElement>(".error-summary") ??
    [...all].find((one) => one.nextElementSibling === form)
  );
}

function asControl(target: EventTarget | null): Control | null {
  const ours =
    target instanceof HTMLInputElement ||
    target instanceof HTMLSelectElement ||
    target instanceof HTMLTextAreaElement;
  return ours && target.willValidate && target.type !== "hidden" ? target : null;
}

function isChoice(control: Control): boolean {
  return control.type === "radio" || control.type === "checkbox";
}

function fieldOf(control: Control): HTMLElement | null {
  return control.closest<HTMLElement>(".field");
}

/**
 * What is wrong with a control, or "". The sentences are the server's; the browser's stand in
 * where it sent none.
 */
export function problem(control: Control): string {
  const blank = control.required && !isChoice(control) && control.value.trim() === "";
  if (blank || control.validity.valueMissing || noneTicked(control)) {
    return said(control, "need") || control.validationMessage || "Please answer this.";
  }
  return control.validity.valid ? "" : said(control, "fit") || control.validationMessage;
}

/** Whether none of a group of boxes is ticked that asks for one; HTML has no word for that. */
function noneTicked(control: Control): boolean {
  const group = control.type === "checkbox" ? control.closest("fieldset[data-need]") : null;
  return group !== null && group.querySelector(":checked") === null;
}

/** The server writes a group's sentences once, on its fieldset. */
function said(control: Control, key: string): string {
  return control.dataset[key] || fieldOf(control)?.dataset[key] || "";
}

/** Every problem of the form, each group of radio buttons once. Shows them beside the fields. */
function judge(form: HTMLFormElement): [Control, string][] {
  const wrong: [Control, string][] = [];
  const seen = new Set<Element>();
  for (const element of form.elements) {
    const control = asControl(element);
    const field = control && (fieldOf(control) ?? control);
    if (control === null || field === null || seen.has(field)) {
      continue;
    }
    seen.add(field);
    const text = problem(control);
    show(control, text);
    if (text !== "") {
      wrong.push([control, text]);
    }
  }
  return wrong;
}

/** Writes, changes or takes away the error beside a control. */
function show(control: Control, text: string): void {
  const field = fieldOf(control);
  if (field === null) {
    return;
  }
  // A group is described by its first control, as the server renders it.
  const first = isChoice(control) ? field.querySelector<Control>("input[id]") : control;
  const described = first ?? control;
  const id = `${described.id}-error`;
  let note = field.querySelector(".field__error");
  field.classList.toggle("field--invalid", text !== "");
  const others = (described.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
  const ids = others.filter((other) => other !== id);
  if (text === "") {
    note?.remove();
    described.removeAttribute("aria-invalid");
  } else {
    if (note === null) {
      note = document.createElement("p");
      note.className = "field__error";
      note.id = id;
      const anchor = field.querySelector(".input, .choices, .consent") ?? described;
      anchor.before(note);
    }
    note.textContent = text;
    described.setAttribute("aria-invalid", "true");
    ids.push(note.id);
  }
  if (ids.length > 0) {
    described.setAttribute("aria-describedby", ids.join(" "));
  } else {
    described.removeAttribute("aria-describedby");
  }
}

const counts = [
  "One thing",
  "Two things",
  "Three things",
  "Four things",
  "Five things",
  "Six things",
];

/** Whose field it is, where a form asks about several people. */
function whose(form: HTMLFormElement, control: Control): string {
  const people = form.querySelectorAll('[name$=".present"]').length;
  const title = control.closest(".form__section")?.querySelector(".form__title");
  return people > 1 && title ? `${title.textContent}: ` : "";
}

/** Puts the list of errors at the top of the form and takes the reader there. */
function summarise(form: HTMLFormElement, wrong: [Control, string][]): void {
  summaryOf(form)?.remove();
  const summary = element("div", "error-summary");
  summary.tabIndex = -1;
  const title = element("h2", "error-summary__title");
  const mark = element("span", "icon icon--bad");
  mark.ariaHidden = "true";
  title.id = "error-summary-title";
  summary.setAttribute("role", "alert");
  summary.setAttribute("aria-labelledby", title.id);
  title.append(mark, `${counts[wrong.length - 1] ?? `${wrong.length} things`} to put right`);
  const list = element("ul", "error-summary__list");
  for (const [control, text] of wrong) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `#${control.id || fieldOf(control)?.querySelector("[id]")?.id}`;
    link.textContent = whose(form, control) + text;
    item.append(link);
    list.append(item);
  }
  summary.append(title, list);
  form.prepend(summary);
  lead(summary);
  summary.focus();
}

function element(name: string, className: string): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

/** A link of the summary puts the cursor into its field, also where browsers only scroll. */
function lead(summary: HTMLElement): void {
  summary.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const target = link && document.getElementById(link.hash.slice(1));
    if (target) {
      event.preventDefault();
      const fold = target.closest("details");
      if (fold) {
        fold.open = true;
      }
      target.focus();
    }
  });
}

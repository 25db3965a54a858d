/** Questions that depend on earlier answers, the reader's time zone, and how much still fits. */
import { viewerZone } from "../lib/time";

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

interface Condition {
  question: string;
  equals: string[];
}

/** Keeps a form's conditional blocks in step with its answers. */
export function questions(form: HTMLFormElement): void {
  for (const input of form.querySelectorAll<HTMLInputElement>("input[data-time-zone]")) {
    input.value = viewerZone();
  }
  const blocks: [HTMLElement, Condition][] = [];
  for (const block of form.querySelectorAll<HTMLElement>("[data-show-if]")) {
    const condition = read(block);
    if (condition !== null) {
      blocks.push([block, condition]);
    }
  }
  if (blocks.length > 0) {
    const update = () => follow(form, blocks);
    form.addEventListener("change", update);
    // After a reset, and when the browser has put earlier answers back into the page.
    form.addEventListener("reset", () => setTimeout(update));
    addEventListener("pageshow", update);
    update();
  }
  for (const area of form.querySelectorAll<HTMLTextAreaElement>("textarea[maxlength]")) {
    counter(area);
  }
}

function read(block: HTMLElement): Condition | null {
  const { showIf = "" } = block.dataset;
  try {
    const condition = JSON.parse(showIf);
    return Array.isArray(condition?.equals) ? condition : null;
  } catch {
    return null; // the server shows the block or not; that stands
  }
}

/**
 * Shows the blocks whose condition holds and takes the others' controls out of the form. Blocks
 * stand in the order of the page, so a question that has gone takes those that hang on it along.
 */
function follow(form: HTMLFormElement, blocks: [HTMLElement, Condition][]): void {
  for (const [block, { question, equals }] of blocks) {
    const gone = blocks.some(([outer]) => outer !== block && outer.hidden && outer.contains(block));
    const given = new FormData(form).getAll(question);
    const shown = !gone && given.some((v) => equals.includes(String(v)));
    block.hidden = !shown;
    for (const control of block.querySelectorAll<Control>("input, select, textarea")) {
      control.disabled = !shown;
    }
  }
}

/** Says how much of a long answer's room is used, once it is worth knowing. */
function counter(area: HTMLTextAreaElement): void {
  const note = area.parentElement?.querySelector(".field__count");
  if (!note) {
    return;
  }
  const rule = note.textContent;
  area.addEventListener("input", () => {
    const left = area.maxLength - area.value.length;
    note.textContent =
      left > area.maxLength / 5 ? rule : `${left} character${left === 1 ? "" : "s"} left`;
  });
}

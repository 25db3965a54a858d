/** A form is sent once, however often its button is pressed. */

/** How long a button stays busy when no answer comes: then the sender may try again. */
const patience = 10_000;

/** Guards a form; the server recognises a repeated request in any case. */
export function sending(form: HTMLFormElement): void {
  let busy: HTMLElement | null = null;
  const free = () => {
    busy?.removeAttribute("aria-busy");
    busy = null;
  };
  for (const input of form.querySelectorAll<HTMLInputElement>("input[data-once]")) {
    input.value = madeUp();
  }
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || form.target !== "") {
      return;
    }
    if (busy !== null) {
      event.preventDefault();
      return;
    }
    // A disabled button would not send its own name, so it is only marked.
    busy = event.submitter ?? form;
    busy.setAttribute("aria-busy", "true");
    setTimeout(free, patience);
  });
  // Back from the next page, the browser may show this one as it was left.
  addEventListener("pageshow", free);
}

/** A name for what is sent, that nobody else makes up. */
function madeUp(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

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

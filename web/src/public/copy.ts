/** Buttons that copy a text. They are hidden where copying is not possible. */

/** Readies each button and says in words that the text was copied. */
export function copyButtons(page: Document): void {
  for (const button of page.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    const { copy = "" } = button.dataset;
    const source = page.querySelector<HTMLInputElement>(copy);
    if (source === null || !navigator.clipboard) {
      continue;
    }
    button.hidden = false;
    const label = button.lastChild;
    const before = label?.textContent ?? "";
    const told = page.createElement("span");
    told.className = "visually-hidden";
    told.setAttribute("role", "status");
    button.after(told);
    button.addEventListener("click", async () => {
      let done = "Copied";
      try {
        await navigator.clipboard.writeText(source.value);
      } catch {
        source.select(); // refused: at least one key copies it now
        done = "Press Ctrl+C";
      }
      told.textContent = done;
      if (label) {
        label.textContent = done;
        setTimeout(() => {
          label.textContent = before;
          told.textContent = "";
        }, 2500);
      }
    });
  }
}

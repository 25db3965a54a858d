/** Menus made of <details>: they close like menus do. */

/** Closes a menu on Escape, on a click elsewhere, and when the focus leaves it. */
export function menus(page: Document): void {
  const open = () => page.querySelectorAll<HTMLDetailsElement>("details.menu[open]");
  const goTo = (next: EventTarget | null) => {
    for (const menu of open()) {
      if (next instanceof Node && !menu.contains(next)) {
        menu.open = false;
      }
    }
  };
  page.addEventListener("click", (event) => goTo(event.target));
  page.addEventListener("focusin", (event) => goTo(event.target));
  page.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      return;
    }
    for (const menu of open()) {
      const inside = menu.contains(page.activeElement);
      menu.open = false;
      if (inside) {
        menu.querySelector("summary")?.focus();
      }
    }
  });
}

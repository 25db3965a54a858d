/** The address of a page that came as the answer to a form. */

/**
 * Writes the page's own address into the browser. A basket that was changed has a new one, and the
 * page is still shown under the old: loading it again would show what is no more.
 */
export function ownAddress(page: Document): void {
  const { address } = page.querySelector<HTMLElement>("form[data-address]")?.dataset ?? {};
  if (address?.startsWith("/") && !address.startsWith("//")) {
    history.replaceState(history.state, "", address);
  }
}

// What journeys do again and again.

/** Waits until the page shows the text. */
export async function see(page, text) {
  await page.getByText(text).filter({ visible: true }).first().waitFor();
}

/** Loads the page again until it shows the text: public pages may be two seconds old. */
export async function seeSoon(page, text) {
  const shown = page.getByText(text).filter({ visible: true }).first();
  for (let i = 0; i < 20 && !(await shown.isVisible()); i++) {
    await page.waitForTimeout(250);
    await page.reload();
  }
  await shown.waitFor();
}

/** Opens the filters of a programme, which are folded away where there is little room. */
export async function openFilters(page) {
  const fold = page.getByText("Filters", { exact: true });
  if (await fold.isVisible()) {
    await fold.click();
  }
}

/** Fills in who comes. */
export async function fillPerson(page, { name, email, segment }) {
  await page.getByLabel("Full name").fill(name);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("radio", { name: new RegExp(`^${segment}`) }).check();
}

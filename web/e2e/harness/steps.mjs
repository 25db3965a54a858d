// What journeys do again and again.

/** Waits until the page shows the text. */
export async function see(page, text) {
  await page.getByText(text).filter({ visible: true }).first().waitFor();
}

/** Fills in who comes. */
export async function fillPerson(page, { name, email, segment }) {
  await page.getByLabel("Full name").fill(name);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("radio", { name: new RegExp(`^${segment}`) }).check();
}

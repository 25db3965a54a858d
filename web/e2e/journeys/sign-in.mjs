// Signing in by mail: in the same browser, from another one, and out again.
import { openPerson } from "../harness/browser.mjs";
import { checkPage } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { see } from "../harness/steps.mjs";
import { unique } from "../harness/world.mjs";

/** Asks for a link as a role and returns the path of the one that the mail brings. */
export async function askForLink(page, world, email) {
  const known = new Set((await world.mail.all(email)).map((m) => m.path));
  await page.goto("/console/");
  await page.waitForURL(/\/sign-in/);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("button", { name: "Send me the link" }).click();
  await see(page, "Look in your mail");
  const mail = await world.mail.to(email, (m) => !known.has(m.path) && /\/sign-in\//.test(m.text));
  return mail.text.match(/\/sign-in\/[\w-]+/)[0];
}

journey("an organiser signs in by mail, once, and out again", { width: 390 }, async (walk) => {
  const { page, world, allow } = walk;
  const { email } = await world.me("organiser");
  const link = await askForLink(page, world, email);
  await checkPage(page, "look in your mail");

  // Opening the link does nothing by itself: mail programs open links, too.
  await page.goto(link);
  await see(page, email);
  await checkPage(page, "the link");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/console\//);
  await page.getByRole("heading", { level: 1 }).waitFor();

  allow(/status of 4\d\d/);
  await page.goto(link);
  await see(page, /used|run out|no longer/i);
  await checkPage(page, "spent link");

  await page.goto("/console/");
  await page.getByRole("heading", { level: 1 }).waitFor();
  const menu = page.locator("details.switcher summary");
  if (await menu.isVisible()) {
    await menu.click();
  }
  await page.getByRole("button", { name: "Sign out" }).filter({ visible: true }).first().click();
  await page.goto("/console/");
  await page.waitForURL(/\/sign-in/);
});

journey("a link opened in another browser shows six digits for the first", {}, async (walk) => {
  const { page, world, allow } = walk;
  const { email } = await world.me("finance");
  const link = await askForLink(page, world, email);

  const phone = await openPerson(world.base, { width: 390, height: 844 });
  try {
    await phone.page.goto(link);
    await checkPage(phone.page, "another browser");
    await phone.page.getByRole("button", { name: "Show me the code" }).click();
    const shown = phone.page.getByText(/^\d{3}\s?\d{3}$/);
    const code = (await shown.textContent())?.replace(/\s/g, "") ?? "";
    await checkPage(phone.page, "the code");

    allow(/status of 4\d\d/);
    await page.getByLabel(/another device/).fill(code === "000000" ? "000001" : "000000");
    await page.getByRole("button", { name: "Sign in with the code" }).click();
    await see(page, /not|wrong/i);
    await page.getByLabel(/another device/).fill(code);
    await page.getByRole("button", { name: "Sign in with the code" }).click();
    await page.waitForURL(/\/console\//);

    // Nobody is signed in where the link was opened.
    await phone.page.goto("/console/");
    await phone.page.waitForURL(/\/sign-in/);
  } finally {
    await phone.close();
  }
});

journey("a newcomer signs in and sets up an organisation of their own", {}, async (walk) => {
  const { page, world } = walk;
  const email = `${unique("newcomer")}@example.org`;
  await page.goto(await askForLink(page, world, email));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/console\//);
  await page.getByRole("heading", { name: "Set up your organisation" }).waitFor();
  await checkPage(page, "no organisation yet");

  // An address that is taken is refused at its field; nothing that was typed is lost.
  const name = unique("Northern Trials");
  const slug = name.toLowerCase().replace(/\W+/g, "-");
  await page.getByLabel("Name").fill(name);
  await page.getByRole("textbox", { name: "Address", exact: true }).fill("midlands-life-sciences");
  walk.allow(/status of 409/);
  await page.getByRole("button", { name: "Create the organisation" }).click();
  await see(page, /taken|exists|in use/i);
  await page.getByRole("textbox", { name: "Address", exact: true }).fill(slug);
  await page.getByRole("button", { name: "Create the organisation" }).click();
  await page.getByRole("heading", { name: "Events" }).waitFor();
  await see(page, "No events to come");
  await checkPage(page, "an organisation without events");
  await page.goto(`/o/${slug}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
});

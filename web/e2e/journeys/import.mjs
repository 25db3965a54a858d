// Bringing events from a spreadsheet: what would happen, row by row, and then it does.
import { checkPage } from "../harness/checks.mjs";
import { journey } from "../harness/journey.mjs";
import { see, seeSoon } from "../harness/steps.mjs";
import { unique } from "../harness/world.mjs";

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

journey(
  "an organiser imports a spreadsheet with good and bad rows",
  { role: "organiser", width: 1440 },
  async ({ page, world }) => {
    const [good, other, mark] = [unique("Conf"), unique("Meeting"), unique("row")];
    const rows = [
      "external_id,title,mode,starts_on,ends_on,timezone,city,country,topic,url",
      `${mark}-1,${good},in_person,${day(40)},${day(42)},Europe/Paris,Paris,France,trials,https://example.org/a`,
      `${mark}-2,"${other}, with a comma",online,${day(50)},${day(50)},Europe/London,,,trials,https://example.org/b`,
      `${mark}-3,Wrong order,online,${day(60)},${day(59)},Europe/London,,,trials,https://example.org/c`,
      `${mark}-4,,online,${day(60)},${day(60)},Europe/London,,,trials,https://example.org/d`,
      `${mark}-5,No such zone,online,${day(60)},${day(60)},Mars/Olympus,,,trials,https://example.org/e`,
      `${mark}-1,Twice the same,online,${day(60)},${day(60)},Europe/London,,,trials,https://example.org/f`,
    ];
    const file = {
      name: "events.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(rows.join("\r\n")),
    };
    const org = await world.org();
    await page.goto(`/console/o/${org.id}/import`);
    await checkPage(page, "import");
    await page.getByRole("button", { name: "CSV file" }).setInputFiles(file);
    await see(page, "What events.csv would do");
    await see(page, /4 rows are refused/);
    for (const column of ["ends_on", "title", "timezone", "external_id"]) {
      await see(page, new RegExp(`^${column}:`));
    }
    await checkPage(page, "dry run");

    // All or nothing keeps a file with bad rows out; the good rows alone go in.
    const go = page.getByRole("button", { name: "Import 2 events" });
    await go.isDisabled();
    await page.getByLabel("All or nothing").uncheck();
    await page.getByLabel("Publish new events at once").check();
    await go.click();
    await page.getByRole("dialog").getByRole("button", { name: "Import 2 events" }).click();
    await see(page, /Imported: 2 new events/);
    await checkPage(page, "imported");

    // The public finds them, each with a page of its own.
    await page.goto(`/?q=${encodeURIComponent(good)}`);
    await seeSoon(page, good);
    await page.getByRole("link", { name: good, exact: true }).click();
    await see(page, "Register on the event’s website");
    await checkPage(page, "imported event");
    await page.goto(`/?q=${encodeURIComponent(other)}`);
    await seeSoon(page, `${other}, with a comma`);

    // A second time it changes nothing.
    await page.goto(`/console/o/${org.id}/import`);
    await page.getByRole("button", { name: "CSV file" }).setInputFiles(file);
    await see(page, "Nothing to import");
  },
);

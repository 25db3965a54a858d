// Runs the journeys of people through the built program in a real browser: `npm run e2e [word…]`.
// With words, only the journeys whose name or file contains one of them. LANYARD_BIN names the program, else
// ../bin/lanyard; CHROMIUM names the browser. One line for each journey, then the count.
import { readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { closeBrowser, openBrowser } from "./harness/browser.mjs";
import { inFile, runJourneys, selected } from "./harness/journey.mjs";
import { startServer } from "./harness/server.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const shots = fileURLToPath(new URL("../test-results/", import.meta.url));

for (const file of (await readdir(`${here}journeys`)).sort()) {
  inFile(file);
  await import(`./journeys/${file}`);
}
const journeys = selected(process.argv.slice(2));
if (journeys.length === 0) {
  console.log("No journey has such a name.");
  process.exit(1);
}

await rm(`${shots}journeys`, { recursive: true, force: true });
let server;
let failed = 1;
try {
  server = await startServer();
  const browser = await openBrowser();
  failed = await runJourneys(journeys, { server, browser, shots: `${shots}journeys/` });
} catch (error) {
  console.log(`FAIL start ${error.message}`);
  console.log("0 passed, 1 failed");
} finally {
  await closeBrowser();
  await server?.stop();
}
process.exit(failed > 0 ? 1 : 0);

// Photographs the style guide: every page of it, at three widths, in light and dark, checked with axe.
// Run it with `npm run guide [page…]`; the pictures go to test-results/guide.
import { mkdir, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { createServer } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = `${root}test-results/guide/`;
const wanted = process.argv.slice(2);
const pages = ["guide.html"];
for (const name of await readdir(`${root}src/style/guide`)) {
  pages.push(`guide/${name}`);
}

await mkdir(out, { recursive: true });
const server = await createServer({
  root,
  logLevel: "error",
  server: { port: 0, host: "127.0.0.1" },
});
await server.listen();
const base = `${server.resolvedUrls?.local[0] ?? ""}src/style/`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
let faults = 0;

for (const page of pages) {
  const name = page.replace(/^guide\//, "").replace(".html", "");
  if (wanted.length > 0 && !wanted.includes(name)) {
    continue;
  }
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({
      colorScheme,
      locale: "en-GB",
      reducedMotion: "reduce",
    });
    const tab = await context.newPage();
    for (const width of [390, 820, 1440]) {
      await tab.setViewportSize({ width, height: 900 });
      await tab.goto(base + page);
      await tab.screenshot({ path: `${out}${name}-${width}-${colorScheme}.png`, fullPage: true });
      faults += await check(tab, `${name} ${width} ${colorScheme}`);
    }
    await context.close();
  }
}
await browser.close();
await server.close();
process.exit(faults > 0 ? 1 : 0);

/** Prints what axe finds and whether the page scrolls sideways; returns how many faults that is. */
async function check(tab, label) {
  await tab.addScriptTag({ path: `${root}node_modules/axe-core/axe.min.js` });
  const { violations, overflow } = await tab.evaluate(async () => ({
    violations: (
      await globalThis.axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
      })
    ).violations.map(
      (v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.any[0]?.message ?? ""}`).join(" | ")}`,
    ),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }));
  if (overflow > 0) {
    violations.push(`scrolls sideways by ${overflow} px`);
  }
  for (const text of violations) {
    console.log(`${label}: ${text}`);
  }
  return violations.length;
}

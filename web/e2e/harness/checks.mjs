// What every page must hold: nothing for axe to find, no sideways scrolling.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const everything = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };

/** The rules by which one theme differs from the other. */
export const colours = { runOnly: { type: "rule", values: ["color-contrast"] } };

/** The widths at which pages are looked at: a phone, a tablet, a desk. */
export const widths = [390, 820, 1440];

/**
 * Throws when axe finds a violation or the page is wider than the window. Of the rules, only
 * that of contrast can tell one theme from another.
 */
export async function checkPage(page, label = "", rules = everything) {
  const found = [];
  await settled(page);
  const { wide, culprit } = await page.evaluate(() => {
    const root = document.documentElement;
    const over = root.scrollWidth - root.clientWidth;
    const widest = [...document.body.querySelectorAll("*")].find(
      (e) => e.getBoundingClientRect().right > root.clientWidth + 1,
    );
    return { wide: over, culprit: widest ? `${widest.tagName}.${widest.className}` : "" };
  });
  if (wide > 0) {
    found.push(`scrolls sideways by ${wide} px at ${culprit}`);
  }
  // Evaluated through the debugger, which the page's content policy does not concern.
  if (!(await page.evaluate(() => "axe" in globalThis))) {
    await page.evaluate(axe);
  }
  const violations = await page.evaluate(async (options) => {
    const { violations } = await globalThis.axe.run(document, {
      ...options,
      resultTypes: ["violations"],
      preload: false,
    });
    return violations.map((v) => {
      const first = v.nodes[0];
      return `${v.id} at ${first?.target.join(" ")} (${v.nodes.length}): ${first?.any[0]?.message ?? v.help}`;
    });
  }, rules);
  found.push(...violations);
  if (found.length > 0) {
    const size = page.viewportSize();
    throw new Error(`${label} at ${size?.width} px: ${found.join("\n")}`);
  }
}

/** Waits until colours have changed over and nothing moves that will come to rest. */
async function settled(page) {
  await page.evaluate(async () => {
    const moving = document
      .getAnimations()
      .filter((a) => a.effect?.getTiming().iterations !== Infinity);
    await Promise.allSettled(moving.map((a) => a.finished));
  });
}

/** Checks a page at every width in both themes. */
export async function checkViews(page, path, prepare = async () => {}) {
  await page.goto(path);
  await prepare(page);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      const rules = colorScheme === "light" ? everything : colours;
      await checkPage(page, `${path} in ${colorScheme}`, rules);
    }
  }
}

/** Throws unless the focused element can be seen to have the focus. */
export async function checkFocusSeen(page) {
  await settled(page);
  const fault = await page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body) {
      return "nothing has the focus";
    }
    const box = at.getBoundingClientRect();
    // A card or a choice shows the focus of the control inside it.
    const shows = (element) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0;
    };
    let around = at;
    for (let i = 0; i < 5 && around && !shows(around); i++) {
      around = around.parentElement;
    }
    const name = `${at.tagName.toLowerCase()} ${at.id || at.textContent?.trim().slice(0, 30)}`;
    if (!around || !shows(around)) {
      return `${name} shows no focus`;
    }
    if (box.bottom < 0 || box.top > innerHeight) {
      return `${name} has the focus out of sight`;
    }
    return "";
  });
  if (fault) {
    throw new Error(fault);
  }
}

// Walking through pages by the keyboard alone.
import assert from "node:assert/strict";
import { checkFocusSeen } from "./checks.mjs";

/** Presses Tab until what has the focus is called so; each stop on the way must be visible. */
export async function tabTo(page, name) {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press("Tab");
    await checkFocusSeen(page);
    const called = await page.evaluate(() => {
      const at = document.activeElement;
      const label = at?.labels?.[0]?.textContent ?? "";
      return `${at?.getAttribute("aria-label") ?? ""} ${label || at?.textContent || ""}`.trim();
    });
    if (name.test(called.replace(/\s+/g, " "))) {
      return;
    }
  }
  throw new Error(`the Tab key never reaches ${name}`);
}

/** Waits until the focus is on what is called so: a closing dialogue gives it back a moment later. */
export async function focusReturnsTo(page, name) {
  const deadline = Date.now() + 5_000;
  while (!name.test(await focused(page))) {
    assert.ok(Date.now() < deadline, `the focus is on "${await focused(page)}", not on ${name}`);
    await page.waitForTimeout(20);
  }
}

/** What the focused element is called. */
export function focused(page) {
  return page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
}

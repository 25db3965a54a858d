/** The event's times, once more as the reader's own clock shows them. */
import { knowsZone, viewerZone, whereYouAre } from "../lib/time";

/** Adds a second line to each time of another zone. */
export function localTimes(page: Document, viewer: string = viewerZone()): void {
  for (const time of page.querySelectorAll<HTMLElement>("time[data-zone]")) {
    const { zone = "", end } = time.dataset;
    const from = new Date(time.getAttribute("datetime") ?? "");
    const to = end === undefined ? from : new Date(end);
    if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime()) || !knowsZone(zone)) {
      continue;
    }
    const text = whereYouAre(from, to, zone, viewer);
    if (text !== null) {
      const line = page.createElement("span");
      line.className = "local-time";
      line.textContent = text;
      time.parentElement?.append(line);
    }
  }
}

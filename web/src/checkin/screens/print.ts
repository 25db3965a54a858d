/**
 * Printing from the tablet. What is to be printed is laid into a part of the page that only paper
 * shows; the size of the paper comes with it.
 */

import type { BadgePaper, DoorSettings } from "../../gen/lanyard/checkin/v1/checkin_pb";
import { drawQR, pathOf } from "../../lib/qr";
import type { Card } from "../card";
import { parseCode } from "../codes";

/** What stands on a badge. */
export interface Badge {
  name: string;
  organisation: string;
  product: string;
  badges: readonly string[];
  /** What its QR says; empty leaves it out. */
  code: string;
  event: string;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The short code of a ticket, which reads better at two centimetres than the signed one. */
export function shortCode(text: string): string {
  const code = parseCode(text);
  if (code.kind === "unreadable") {
    return "";
  }
  let bits = "";
  for (const byte of code.number) {
    bits += byte.toString(2).padStart(8, "0");
  }
  const groups = bits.padEnd(130, "0").match(/.{5}/g) ?? [];
  return groups.map((group) => alphabet[Number.parseInt(group, 2)]).join("");
}

/** The paper of one badge, in millimetres. */
export type Paper = Pick<BadgePaper, "widthMm" | "heightMm">;

/** On what an event's badges are printed: a label, unless the organiser said otherwise. */
export function paperOf(settings: DoorSettings | null): Paper {
  return settings?.badgePaper ?? { widthMm: 62, heightMm: 100 };
}

/** Prints the badge of a card. */
export function printBadge(card: Card, settings: DoorSettings | null): void {
  const { name, organisation, product, badges, code } = card;
  const event = settings?.eventTitle ?? "";
  void printOne({ name, organisation, product, badges, code: shortCode(code), event }, settings);
}

/** Prints a badge on the event's paper; resolves when the printing dialogue has gone. */
export function printOne(badge: Badge, settings: DoorSettings | null): Promise<void> {
  const paper = paperOf(settings);
  return printPaper(badgeOf(badge, paper), paper);
}

/** A badge as a piece of the page, for its paper. */
function badgeOf(badge: Badge, { widthMm, heightMm }: Paper): HTMLElement {
  const box = element("div", widthMm < heightMm ? "badge-paper" : "badge-paper badge-paper--lies");
  box.style.setProperty("--badge-width", `${widthMm}mm`);
  box.style.setProperty("--badge-height", `${heightMm}mm`);
  box.style.setProperty("--badge-scale", String(Math.min(widthMm, heightMm) / 62));
  box.append(element("p", "badge-paper__event", badge.event));
  box.append(element("p", "badge-paper__name", badge.name));
  box.append(element("p", "badge-paper__from", badge.organisation));
  const marks = [badge.product, ...badge.badges].filter((mark) => mark !== "").join(" · ");
  box.append(element("p", "badge-paper__mark", marks));
  if (badge.code !== "") {
    box.append(qrElement(badge.code));
  }
  return box;
}

/** A QR code as a drawing. */
export function qrElement(text: string): SVGElement {
  const modules = drawQR(text);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const side = modules.length + 8;
  svg.setAttribute("viewBox", `-4 -4 ${side} ${side}`);
  svg.setAttribute("class", "qr");
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of [
    ["x", -4],
    ["y", -4],
    ["width", side],
    ["height", side],
  ] as const) {
    ground.setAttribute(name, String(value));
  }
  ground.setAttribute("fill", "#fff");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", pathOf(modules));
  svg.append(ground, path);
  return svg;
}

/** An element with a class and a text. */
export function element(tag: string, name: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

/** Prints a piece of the page on paper of a size; resolves when the printing dialogue has gone. */
export async function printPaper(what: HTMLElement, size: Paper | null): Promise<void> {
  const paper = element("div", "paper");
  paper.append(what);
  const sheet = new CSSStyleSheet();
  const margin = size === null ? "14mm" : "0";
  const dimensions = size === null ? "A4" : `${size.widthMm}mm ${size.heightMm}mm`;
  sheet.replaceSync(`@page { size: ${dimensions}; margin: ${margin}; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  document.body.append(paper);
  try {
    const done = new Promise<void>((resolve) => {
      addEventListener("afterprint", () => resolve(), { once: true });
    });
    window.print();
    await done;
  } finally {
    paper.remove();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((s) => s !== sheet);
  }
}

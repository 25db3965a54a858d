/**
 * A preview of Markdown: the part of the language that people use in a description. It builds
 * elements and never parses HTML, so that nothing typed can become markup. The public page is
 * rendered by the server, which knows the whole language.
 */

import type { ComponentChildren } from "preact";

/** Shows Markdown as it will read on the page. */
export function Markdown({ text }: { text: string }) {
  return <div class="prose">{blocks(text.replaceAll("\r", "").split("\n"))}</div>;
}

const bullet = /^\s*[-*+]\s+(.*)$/;
const numbered = /^\s*\d{1,9}[.)]\s+(.*)$/;
const heading = /^(#{1,4})\s+(.*?)\s*#*$/;
const rule = /^\s*([-*_])(\s*\1){2,}\s*$/;
const quote = /^\s*>\s?(.*)$/;

function blocks(lines: readonly string[]): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i] ?? "";
    const taken = take(lines, i, bullet) || take(lines, i, numbered) || take(lines, i, quote);
    if (line.trim() === "") {
      i++;
    } else if (rule.test(line)) {
      out.push(<hr />);
      i++;
    } else if (heading.test(line)) {
      out.push(title(line));
      i++;
    } else if (taken) {
      out.push(taken.element);
      i = taken.next;
    } else {
      const next = endOfParagraph(lines, i);
      out.push(<p>{inline(lines.slice(i, next).join("\n"))}</p>);
      i = next;
    }
  }
  return out;
}

function title(line: string): ComponentChildren {
  const [, marks = "#", text = ""] = heading.exec(line) ?? [];
  const words = inline(text);
  // Headings begin two levels down, below those of the page.
  return marks.length === 1 ? (
    <h3>{words}</h3>
  ) : marks.length === 2 ? (
    <h4>{words}</h4>
  ) : (
    <h5>{words}</h5>
  );
}

/** The lines of one kind from here on, as one element; null when this line is of another kind. */
function take(lines: readonly string[], from: number, kind: RegExp) {
  if (kind === bullet && rule.test(lines[from] ?? "")) {
    return null;
  }
  const items: string[] = [];
  let i = from;
  for (let match = kind.exec(lines[i] ?? ""); match !== null; match = kind.exec(lines[++i] ?? "")) {
    items.push(match[1] ?? "");
  }
  if (items.length === 0) {
    return null;
  }
  const rows = items.map((item) => <li>{inline(item)}</li>);
  const element =
    kind === quote ? (
      <blockquote>{blocks(items)}</blockquote>
    ) : kind === bullet ? (
      <ul>{rows}</ul>
    ) : (
      <ol>{rows}</ol>
    );
  return { element, next: i };
}

function endOfParagraph(lines: readonly string[], from: number): number {
  let i = from + 1;
  while (i < lines.length && !startsBlock(lines[i] ?? "")) {
    i++;
  }
  return i;
}

function startsBlock(line: string): boolean {
  return line.trim() === "" || [bullet, numbered, heading, rule, quote].some((k) => k.test(line));
}

const marks =
  /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|\*(.+?)\*|\b_(.+?)_\b|\[([^\]]+)\]\((\S+?)\)|(https?:\/\/[^\s<>]*[^\s<>.,;:!?)])/s;

function inline(text: string): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  let rest = text;
  for (let m = marks.exec(rest); m !== null; m = marks.exec(rest)) {
    out.push(rest.slice(0, m.index), mark(m));
    rest = rest.slice(m.index + m[0].length);
  }
  return [...out, rest];
}

function mark(m: RegExpExecArray): ComponentChildren {
  const [whole, , code, bold, bold2, gone, slant, slant2, label, target, bare] = m;
  if (code !== undefined) {
    return <code>{code}</code>;
  }
  const strong = bold ?? bold2;
  if (strong !== undefined) {
    return <strong>{inline(strong)}</strong>;
  }
  if (gone !== undefined) {
    return <del>{inline(gone)}</del>;
  }
  const em = slant ?? slant2;
  if (em !== undefined) {
    return <em>{inline(em)}</em>;
  }
  const href = target ?? bare ?? "";
  return /^(https?:\/\/|mailto:)/.test(href) ? (
    <a href={href} rel="noopener nofollow" target="_blank">
      {label ?? href}
    </a>
  ) : (
    whole
  );
}

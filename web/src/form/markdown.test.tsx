import { render } from "preact";
import { describe, expect, it } from "vitest";
import { Markdown } from "./markdown";

function html(text: string): string {
  const page = document.createElement("div");
  render(<Markdown text={text} />, page);
  return page.querySelector(".prose")?.innerHTML ?? "";
}

describe("Markdown", () => {
  it("knows headings, paragraphs, lists and quotes", () => {
    expect(html("# Who\n\nA line\nand more\n\n- one\n- two\n\n1. first\n\n> said")).toBe(
      "<h3>Who</h3><p>A line\nand more</p><ul><li>one</li><li>two</li></ul>" +
        "<ol><li>first</li></ol><blockquote><p>said</p></blockquote>",
    );
  });

  it("knows emphasis, code and links", () => {
    expect(html("**b** *i* `c` ~~d~~ [l](https://e.org/a_b)")).toBe(
      "<p><strong>b</strong> <em>i</em> <code>c</code> <del>d</del> " +
        '<a href="https://e.org/a_b" rel="noopener nofollow" target="_blank">l</a></p>',
    );
  });

  it("makes links of bare addresses, without the full stop that follows", () => {
    expect(html("See https://example.org/x.")).toContain(">https://example.org/x</a>.");
  });

  it("lets no markup and no script through", () => {
    const out = html("<img src=x onerror=alert(1)> [x](javascript:alert(1))");
    expect(out).toBe("<p>&lt;img src=x onerror=alert(1)&gt; [x](javascript:alert(1))</p>");
  });

  it("ends, whatever it is given", () => {
    for (const odd of ["", "***", "- ", "> > >", "`", "[a](", "_ _ _", "# ", "a\n# b\n- c\nd"]) {
      expect(html(odd)).toBeTypeOf("string");
    }
  });
});

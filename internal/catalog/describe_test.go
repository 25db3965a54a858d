package catalog_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"lanyard/internal/catalog"
)

func TestDescriptionHTML_RendersMarkdown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"Hello **bold** and *soft*.", "<p>Hello <strong>bold</strong> and <em>soft</em>.</p>\n"},
		{"# Title\n\n#### Small", "<h3>Title</h3>\n<h6>Small</h6>\n"},
		{"- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		{"3. c", "<ol start=\"3\">\n<li>c</li>\n</ol>\n"},
		{"[site](https://example.org/?a=1&b=2)", `<p><a href="https://example.org/?a=1&amp;b=2" rel="nofollow noreferrer">site</a></p>` + "\n"},
		{"See https://example.org.", `<p>See <a href="https://example.org" rel="nofollow noreferrer">https://example.org</a>.</p>` + "\n"},
		{"5 < 6 & \"x\"", "<p>5 &lt; 6 &amp; &#34;x&#34;</p>\n"},
		{"", ""},
	} {
		if got := catalog.DescriptionHTML(c.in); got != c.want {
			t.Errorf("%q became\n%s, want\n%s", c.in, got, c.want)
		}
	}
}

func TestDescriptionHTML_LetsNothingDangerousThrough(t *testing.T) {
	t.Parallel()
	for _, in := range hostileTexts {
		checkSafe(t, in, catalog.DescriptionHTML(in))
	}
}

var hostileTexts = []string{
	"<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))",
	"[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:x)", "<javascript:alert(1)>", "![x](https://tracker.example/p.gif)",
	"<svg><script>alert(1)</script></svg>", "<style>body{display:none}</style>", "<p style=\"position:fixed\">x</p>",
	"<a href=\"https://x\" onclick=\"alert(1)\">x</a>", "<iframe src=https://evil.example></iframe>", "[x](java\nscript:alert(1))",
	"[x](&#106;avascript:alert(1))", "[x](\"onmouseover=alert(1)//)", "[x](https://a \"t\\\" onmouseover=alert(1)\")",
	"```\n</code></pre><script>x</script>\n```", "abc\u202etxt.exe\u202c", "<base href=//evil>", "<meta http-equiv=refresh content=0>",
	"[x](//evil.example)", "[x](/sign-out)", "<form action=https://evil><input name=p></form>", "<math><mi//xlink:href=\"data:x\">",
	"<!--><script>x</script>-->", "| a |\n|:-:|\n| <b onclick=x>y</b> |", "a&#x202e;b", "[a](https://x/&#8238;)", "&amp;#x202e;",
}

var allowedTags = regexp.MustCompile(`^(p|br|hr|strong|em|del|code|pre|blockquote|ul|ol|li|h[3-6]|table|thead|tbody|tr|th|td|a)$`)

// checkSafe reads the HTML as a browser would and fails on every element,
// attribute and link that a description must not have.
func checkSafe(t *testing.T, in, out string) {
	t.Helper()
	if strings.ContainsAny(out, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") {
		t.Errorf("%q leaves characters that turn the text: %q", in, out)
	}
	for z := html.NewTokenizer(strings.NewReader(out)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		token := z.Token()
		if kind == html.TextToken {
			continue
		}
		if !allowedTags.MatchString(token.Data) {
			t.Errorf("%q leaves %s", in, token)
		}
		for _, a := range token.Attr {
			switch {
			case a.Key == "start" && token.Data == "ol", a.Key == "rel" && token.Data == "a":
			case a.Key == "href" && token.Data == "a" && regexp.MustCompile(`^(https?|mailto):`).MatchString(a.Val):
			default:
				t.Errorf("%q leaves the attribute %s=%q", in, a.Key, a.Val)
			}
		}
	}
}

func FuzzDescriptionHTML(f *testing.F) {
	for _, in := range hostileTexts {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) { checkSafe(t, in, catalog.DescriptionHTML(in)) })
}

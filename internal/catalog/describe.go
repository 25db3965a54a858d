package catalog

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown never passes HTML on: without html.WithUnsafe the renderer leaves it out.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Linkify, extension.Strikethrough, extension.Table),
	goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(lowerHeadings{}, 100))),
)

// safe is the second wall: whatever the renderer would let through, only these
// elements reach a page, no attribute carries style or script, and links lead
// to web pages and mailboxes. Images stay out, because each one tells a
// stranger's server who looks at the page.
var safe = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "li",
		"h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowElements("ol")
	p.AllowElements("th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}()

// DescriptionHTML renders an event's description, which is Markdown, as HTML
// that may stand in a page as it is. Headings begin at h3, below the page's own.
func DescriptionHTML(description string) string {
	var out bytes.Buffer
	if err := markdown.Convert([]byte(strings.ToValidUTF8(description, "\ufffd")), &out); err != nil {
		panic(fmt.Sprintf("render Markdown into memory: %v", err)) // only a failing writer does that
	}
	// Last, because Markdown can spell characters as entities.
	return straighten(safe.Sanitize(out.String()))
}

// lowerHeadings moves headings two levels down.
type lowerHeadings struct{}

// Transform implements parser.ASTTransformer.
func (lowerHeadings) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	// The walk fails only when its function does.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			h.Level = min(h.Level+2, 6)
		}
		return ast.WalkContinue, nil
	})
}

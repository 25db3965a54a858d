package site

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"lanyard/internal/checkin"
	"lanyard/internal/testworld"
	"lanyard/internal/webinar"
)

// browser is a visitor without scripts: it reads a page's forms as they stand,
// fills in what is visible, and presses buttons.
type browser struct {
	t      *testing.T
	client *http.Client
	base   string
	url    *url.URL
	status int
	header http.Header
	body   string // as it came
	text   string // the visible words
	page   *html.Node
	typed  map[string][]string

	payment string // where the last checkout led
}

// serve runs a site over the world on a port of its own and opens a browser.
func serve(t *testing.T, w *testworld.World, change ...func(*Deps)) *browser {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	d := Deps{
		BaseURL: parseURL(t, server.URL), Account: w.Accounts, Catalog: w.Events, Stock: w.Stock, Booking: w.Bookings,
		Door:    checkin.New(w.DB, checkin.Deps{Accounts: w.Accounts, Events: w.Events, Bookings: w.Bookings, Clock: w.Clock.Now}),
		Webinar: webinar.New(w.DB, w.Keys, w.Clock.Now), DB: w.DB, Keys: w.Keys, Clock: w.Clock.Now, Mailbox: true,
	}
	for _, c := range change {
		c(&d)
	}
	handler = New(d)
	return newBrowser(t, server.URL)
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, base: base}
	b.client = &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), base) {
			return http.ErrUseLastResponse // it leads away
		}
		return nil
	}}
	return b
}

// again opens another browser on the same site.
func (b *browser) again() *browser { return newBrowser(b.t, b.base) }

// open loads a page.
func (b *browser) open(path string) *browser {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.send(r)
}

func (b *browser) send(r *http.Request) *browser {
	b.t.Helper()
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.url, b.status, b.header, b.typed = res.Request.URL, res.StatusCode, res.Header, map[string][]string{}
	if b.page, err = html.Parse(strings.NewReader(string(raw))); err != nil {
		b.t.Fatal(err)
	}
	b.body, b.text = string(raw), words(b.page)
	return b
}

// fill types into the control with the label, which must be visible.
func (b *browser) fill(label, value string) *browser {
	b.t.Helper()
	for _, l := range find(b.page, "label") {
		if hidden(l) || !strings.HasPrefix(words(l), label) {
			continue
		}
		control := b.controlOf(l)
		switch {
		case control == nil:
			b.t.Fatalf("label %q belongs to nothing", label)
		case attr(control, "type") == "radio":
			b.typed[attr(control, "name")] = []string{attr(control, "value")}
		case attr(control, "type") == "checkbox":
			b.typed[attr(control, "name")] = append(b.typed[attr(control, "name")], attr(control, "value"))
		case control.Data == "select":
			b.typed[attr(control, "name")] = []string{optionNamed(control, value)}
		default:
			b.typed[attr(control, "name")] = []string{value}
		}
		return b
	}
	b.t.Fatalf("no visible control is labelled %q in:\n%s", label, b.text)
	return b
}

// choose ticks the button or box with the label.
func (b *browser) choose(label string) *browser { b.t.Helper(); return b.fill(label, "") }

func (b *browser) controlOf(label *html.Node) *html.Node {
	if id := attr(label, "for"); id != "" {
		for _, kind := range []string{"input", "textarea", "select"} {
			for _, n := range find(b.page, kind) {
				if attr(n, "id") == id {
					return n
				}
			}
		}
		return nil
	}
	for _, n := range find(label, "input") {
		return n
	}
	return nil
}

// press sends the form whose button says so, with everything that a browser would send.
func (b *browser) press(button string) *browser { b.t.Helper(); return b.pressNth(button, 0) }

// pressNth is press for one of several buttons that say the same, from 0.
func (b *browser) pressNth(button string, nth int) *browser {
	b.t.Helper()
	for _, n := range find(b.page, "button") {
		if hidden(n) || attr(n, "aria-hidden") == "true" || !strings.HasPrefix(words(n), button) {
			continue
		}
		if nth--; nth >= 0 {
			continue
		}
		form := n
		for form != nil && form.Data != "form" {
			form = form.Parent
		}
		if form == nil {
			b.t.Fatalf("button %q is in no form", button)
		}
		return b.submit(form, n)
	}
	b.t.Fatalf("no button says %q in:\n%s", button, b.text)
	return b
}

func (b *browser) submit(form, button *html.Node) *browser {
	b.t.Helper()
	values := url.Values{}
	for _, kind := range []string{"input", "textarea", "select"} {
		for _, n := range find(form, kind) {
			if name := attr(n, "name"); name != "" {
				b.collect(values, n, name)
			}
		}
	}
	for name, typed := range b.typed {
		values[name] = typed
	}
	if name := attr(button, "name"); name != "" {
		values.Set(name, attr(button, "value"))
	}
	return b.post(attr(form, "action"), values)
}

func (b *browser) collect(values url.Values, n *html.Node, name string) {
	switch {
	case attr(n, "type") == "radio" || attr(n, "type") == "checkbox":
		if has(n, "checked") {
			values.Add(name, attr(n, "value"))
		}
	case n.Data == "textarea":
		values.Add(name, strings.TrimPrefix(raw(n), "\n"))
	case n.Data == "select":
		values.Add(name, selected(n))
	default:
		values.Add(name, attr(n, "value"))
	}
}

// post sends values to a path of the site; an empty path is the page's own.
func (b *browser) post(path string, values url.Values) *browser {
	b.t.Helper()
	target, err := b.url.Parse(path)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, target.String(), strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

// value is what stands in the control with the name.
func (b *browser) value(name string) string {
	for _, kind := range []string{"input", "textarea", "select"} {
		for _, n := range find(b.page, kind) {
			if attr(n, "name") != name || attr(n, "type") == "radio" && !has(n, "checked") {
				continue
			}
			switch kind {
			case "textarea":
				return strings.TrimPrefix(raw(n), "\n")
			case "select":
				return selected(n)
			}
			return attr(n, "value")
		}
	}
	return ""
}

// want checks the status and that the page says all of it.
func (b *browser) want(status int, says ...string) *browser {
	b.t.Helper()
	if b.status != status {
		b.t.Fatalf("%s answered %d, want %d:\n%s", b.url.Path, b.status, status, b.text)
	}
	for _, s := range says {
		if !strings.Contains(b.text, s) {
			b.t.Errorf("%s does not say %q:\n%s", b.url.Path, s, b.text)
		}
	}
	return b
}

// link is the address of the link with the text.
func (b *browser) link(text string) string {
	b.t.Helper()
	for _, n := range find(b.page, "a") {
		if strings.HasPrefix(words(n), text) {
			return attr(n, "href")
		}
	}
	b.t.Fatalf("no link says %q in:\n%s", text, b.text)
	return ""
}

// follow opens the link with the text.
func (b *browser) follow(text string) *browser { b.t.Helper(); return b.open(b.link(text)) }

func find(n *html.Node, kind string) []*html.Node {
	var out []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == kind {
			out = append(out, d)
		}
	}
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// hidden reports whether the element or one around it is.
func hidden(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if has(n, "hidden") {
			return true
		}
	}
	return false
}

// raw is the text of an element as it stands.
func raw(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return out.String()
}

// words is the text of what is visible in an element, with single spaces.
func words(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && !hidden(d.Parent) && d.Parent.Data != "script" && d.Parent.Data != "style" {
			out.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

func optionNamed(n *html.Node, label string) string {
	for _, o := range find(n, "option") {
		if words(o) == label {
			return attr(o, "value")
		}
	}
	return ""
}

func selected(n *html.Node) string {
	for _, o := range find(n, "option") {
		if has(o, "selected") {
			return attr(o, "value")
		}
	}
	return ""
}

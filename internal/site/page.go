package site

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"lanyard/internal/fault"
	"lanyard/web"
)

//go:embed templates/*.html
var templateFiles embed.FS

// templates holds one set per page: the layout, the parts (files whose name
// begins with an underscore) and the page's own definitions.
var templates = mustParse(templateFiles)

// page is what the layout needs to know; Body is for the page's own template.
type page struct {
	Title       string // of the window; the site's name follows it
	Description string // for search engines and shared links
	Canonical   string // absolute address; empty leaves it out
	Hidden      bool   // keep search engines out
	Share       *share // Open Graph; nil leaves it out
	Structured  any    // schema.org data, written as JSON-LD; nil leaves it out
	Brand       brand  // whose page it is
	Current     string // the navigation's current entry: "programme" or ""
	Feed        string // path of the calendar feed that belongs to the page
	Contact     string // e-mail address for the footer
	Entry       string // script that enhances the page; empty means web.Public
	Body        any
}

// brand is the name at the top of a page and where it leads.
type brand struct{ Name, Path string }

// share is what a page looks like where people share its address.
type share struct{ Type, Title, Description, URL, Image, ImageAlt, SiteName string }

// frame is what the layout is executed with.
type frame struct {
	page
	SiteName  string
	RequestID string
	Script    string
	Styles    []string
}

var templateFuncs = template.FuncMap{
	"icon": icon,
}

// icon draws one of the design system's icons; words always stand beside it.
func icon(name string) template.HTML {
	for _, c := range name {
		if c < 'a' || c > 'z' {
			return ""
		}
	}
	return template.HTML(`<span class="icon icon--` + name + `" aria-hidden="true"></span>`) //nolint:gosec // letters only
}

func mustParse(files fs.FS) map[string]*template.Template {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is a constant and valid
	}
	base := template.New("layout.html").Funcs(templateFuncs)
	out := map[string]*template.Template{}
	for _, name := range names {
		if b := path.Base(name); strings.HasPrefix(b, "_") || b == "layout.html" {
			base = template.Must(base.ParseFS(files, name))
		}
	}
	for _, name := range names {
		if b := path.Base(name); !strings.HasPrefix(b, "_") && b != "layout.html" {
			out[b] = template.Must(template.Must(base.Clone()).ParseFS(files, name))
		}
	}
	return out
}

// render writes a page that nobody may keep: a form, somebody's own page, an error.
func (s *Site) render(w http.ResponseWriter, r *http.Request, status int, name string, p page) error {
	body, err := s.draw(r, name, p)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	// A client that has gone away is no error of ours.
	_, _ = w.Write(body)
	return nil
}

// draw executes the page's template in the layout.
func (s *Site) draw(r *http.Request, name string, p page) ([]byte, error) {
	t := templates[name]
	if t == nil {
		return nil, fmt.Errorf("site: there is no template %s", name)
	}
	if p.Brand.Name == "" {
		p.Brand = brand{Name: s.Name, Path: "/"}
	}
	f := frame{page: p, SiteName: s.Name, RequestID: requestID(r.Context())}
	f.Script, f.Styles = s.assets.entry(cmp.Or(p.Entry, web.Public))
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "layout.html", f); err != nil {
		return nil, fmt.Errorf("site: draw %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// broken is what people read when it is our fault.
var broken = struct{ title, text string }{
	"Something went wrong on our side",
	"It was nothing that you did. Please try again in a moment; if it happens again, tell us the number below.",
}

// problemBody is the error page's content.
type problemBody struct {
	Status      int
	Title, Text string
	Ours        bool // show the number that finds it in the log
}

// problem writes an error page.
func (s *Site) problem(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	w.Header().Set("Cache-Control", "no-store")
	body := problemBody{Status: status, Title: title, Text: text, Ours: status == http.StatusInternalServerError}
	err := s.render(w, r, status, "error.html", page{Title: title, Hidden: true, Body: body})
	if err != nil {
		s.Log.ErrorContext(r.Context(), "error page failed", "request_id", requestID(r.Context()), "error", err)
		http.Error(w, title, status)
	}
}

// fail answers with the page that err deserves. A fault is shown in its own
// words; everything else is logged once and shown as our mistake.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	f, ok := fault.As(err)
	if !ok {
		if r.Context().Err() != nil {
			return // the client has gone
		}
		s.Log.ErrorContext(r.Context(), "request failed", "request_id", requestID(r.Context()), "route", r.Pattern, "error", err)
		s.problem(w, r, http.StatusInternalServerError, broken.title, broken.text)
		return
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	if f.Kind == fault.KindUnauthenticated && r.Method == http.MethodGet {
		redirect(w, r, signInFor(r))
		return
	}
	status, title := faultPage(f)
	if cause := f.Unwrap(); cause != nil && status >= 500 {
		s.Log.ErrorContext(r.Context(), "request failed", "request_id", requestID(r.Context()), "route", r.Pattern, "error", cause)
	}
	text := f.Message
	if f.Kind == fault.KindNotFound {
		text += " The address may be mistyped, or what was here has gone."
	}
	s.problem(w, r, status, title, text)
}

// faultPage says which status and headline a fault has.
func faultPage(f *fault.Error) (status int, title string) {
	switch f.Kind {
	case fault.KindInvalid:
		return http.StatusBadRequest, "Something in that does not fit"
	case fault.KindUnauthenticated:
		return http.StatusUnauthorized, "Please sign in first"
	case fault.KindDenied:
		return http.StatusForbidden, "You may not do that"
	case fault.KindNotFound:
		return http.StatusNotFound, "We cannot find that"
	case fault.KindExists:
		return http.StatusConflict, "That is there already"
	case fault.KindPrecondition:
		if f.Reason == fault.HoldExpired {
			return http.StatusGone, "Your place is no longer kept"
		}
		return http.StatusConflict, "That is not possible now"
	case fault.KindConflict:
		return http.StatusConflict, "Someone was faster"
	case fault.KindTooMany:
		return http.StatusTooManyRequests, "That was a little fast"
	case fault.KindUnavailable:
		return http.StatusServiceUnavailable, "We cannot do that right now"
	}
	return http.StatusInternalServerError, broken.title
}

// wait is how long something takes, in words for a page.
func wait(d time.Duration) string {
	switch m := int(math.Ceil(d.Minutes())); {
	case m <= 1:
		return "a minute"
	case m < 90:
		return strconv.Itoa(m) + " minutes"
	default:
		return strconv.Itoa(int(math.Ceil(d.Hours()))) + " hours"
	}
}

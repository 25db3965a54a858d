package site

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/limit"
	"lanyard/internal/testworld"
)

// wantHeaders is the set that every answer of the site carries.
var wantHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"connect-src 'self'; form-action 'self' https://checkout.stripe.com; base-uri 'none'; " +
		"frame-ancestors 'none'; require-trusted-types-for 'script'",
	"Cross-Origin-Opener-Policy": "same-origin",
	"Referrer-Policy":            "no-referrer",
	"Strict-Transport-Security":  "max-age=31536000",
	"X-Content-Type-Options":     "nosniff",
}

// checkHeaders wants the set of headers; the door's shell, worker and files come
// with the door's own policies and the rest of the set.
func checkHeaders(t *testing.T, what string, h http.Header) {
	t.Helper()
	want, camera := maps.Clone(wantHeaders), "camera=()"
	if strings.HasSuffix(what, " /door/{$}") || strings.HasSuffix(what, " /door/sw.js") || strings.HasPrefix(what, "/assets/door/") {
		want["Content-Security-Policy"], camera = doorPolicy, "camera=(self)"
	}
	got := map[string]string{}
	for name := range want {
		got[name] = h.Get(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: -want +got:\n%s", what, diff)
	}
	if !strings.Contains(h.Get("Permissions-Policy"), camera) {
		t.Errorf("%s: the permissions policy is %q", what, h.Get("Permissions-Policy"))
	}
	if h.Get("X-Request-Id") == "" {
		t.Errorf("%s: there is no request id", what)
	}
}

// echo stands for the RPC server and for the job queue's pages.
func echo(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	}
}

func TestHeaders_StandOnEveryRoute(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.RPC, d.Jobs, d.Mailbox = http.HandlerFunc(echo), http.HandlerFunc(echo), true })
	e := b.Event(testworld.Titled("Launch"))
	fill := strings.NewReplacer("{org}", "northern", "{event}", e.Slug, "{file...}", "none.js", "{path...}", "events", "{$}", "")
	if len(b.routes.patterns) < 15 {
		t.Fatalf("only %d routes were found", len(b.routes.patterns))
	}
	for _, pattern := range b.routes.patterns {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok {
			method, path = http.MethodGet, pattern
		}
		r := httptest.NewRequestWithContext(t.Context(), method, fill.Replace(path), nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		checkHeaders(t, pattern, b.do(t, r).Header())
	}
}

func TestHeaders_StandOnErrorsAndAssets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.routes.handle("GET /test/panic", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("on purpose") }))
	paths := map[string]int{"/no/such": 404, "/o/none": 404, "/o/northern/none": 404, "/test/panic": 500, "/console/": 303}
	for name := range b.assets.files {
		paths["/assets/"+name] = 200
	}
	for path, want := range paths {
		w := b.get(t, path)
		if w.Code != want {
			t.Errorf("%s answered %d, want %d", path, w.Code, want)
		}
		checkHeaders(t, path, w.Header())
	}
}

func TestHeaders_PlainHTTPElsewhereKeepsFormsWorking(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://events.example.org": "no-referrer", "http://localhost:8080": "no-referrer", "http://127.0.0.1": "no-referrer",
		"http://[::1]:8080": "no-referrer", "http://192.168.1.5:8080": "same-origin", "http://events.local": "same-origin",
	} {
		u := parseURL(t, base)
		if got := referrerPolicy(u.Scheme, u.Hostname()); got != want {
			t.Errorf("%s: %q, want %q", base, got, want)
		}
	}
}

func TestCrossOrigin_WritesAreRefused(t *testing.T) {
	t.Parallel()
	called := false
	b := setup(t, func(d *Deps) {
		d.RPC = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true })
	})
	b.routes.handle("POST /test/form", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	for name, h := range map[string][]string{
		"form of another site":        {"Sec-Fetch-Site", "cross-site", "Content-Type", "application/x-www-form-urlencoded"},
		"fetch without CORS":          {"Sec-Fetch-Site", "cross-site", "Content-Type", "text/plain"},
		"JSON":                        {"Sec-Fetch-Site", "cross-site", "Content-Type", "application/json"},
		"same-site subdomain":         {"Sec-Fetch-Site", "same-site", "Content-Type", "application/json"},
		"sandboxed, without metadata": {"Origin", "null"},
		"older browser, other origin": {"Origin", "https://evil.example"},
		"other port":                  {"Origin", "https://events.example.org:8443"},
	} {
		for _, path := range []string{"/test/form", "/rpc/lanyard.booking.v1.AttendeeService/PlaceOrder"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader("{}"))
			w := b.do(t, r, h...)
			if w.Code != http.StatusForbidden || called {
				t.Errorf("%s to %s: answered %d, carried out: %v", name, path, w.Code, called)
			}
			checkHeaders(t, name, w.Header())
			if strings.HasPrefix(path, "/rpc/") {
				var answer struct{ Code, Message string }
				if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Code != "permission_denied" {
					t.Errorf("%s: the call was answered with %s", name, w.Body)
				}
			} else if !strings.Contains(body(t, w), "That came from another site") {
				t.Errorf("%s: the form was not answered with a page", name)
			}
		}
	}
	for name, h := range map[string][]string{
		"our own page":                 {"Sec-Fetch-Site", "same-origin"},
		"our own page, older browser":  {"Origin", "https://events.example.org"},
		"typed or from a bookmark":     {"Sec-Fetch-Site", "none"},
		"a mail program's unsubscribe": nil,
	} {
		called = false
		b.do(t, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/test/form", nil), h...)
		if !called {
			t.Errorf("%s was refused", name)
		}
	}
}

func TestLimits_BodyByRoute(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.RPC = http.HandlerFunc(echo) })
	b.routes.handle("POST /test/form", http.HandlerFunc(echo))
	for _, c := range []struct {
		path  string
		bytes int
		want  int
	}{
		{"/test/form", maxBody, http.StatusOK},
		{"/test/form", maxBody + 1, http.StatusRequestEntityTooLarge},
		{"/rpc/x", maxRPCBody, http.StatusOK},
		{"/rpc/x", maxRPCBody + 1, http.StatusRequestEntityTooLarge},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, c.path, bytes.NewReader(make([]byte, c.bytes)))
		if w := b.do(t, r); w.Code != c.want {
			t.Errorf("%d bytes to %s: answered %d, want %d", c.bytes, c.path, w.Code, c.want)
		}
	}
}

func TestLimits_TooManyRequestsAreToldWhenToReturn(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) {
		d.Limiter = limit.New(limit.Options{
			Budgets: map[limit.Class]limit.Budget{limit.Read: {PerSecond: 0.5, Burst: 2}},
			Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Clock: d.Clock,
		})
	})
	from := func(address, forwarded string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = address + ":1234"
		return b.do(t, r, "X-Forwarded-For", forwarded).Code
	}
	for range 2 {
		if got := from("203.0.113.9", "198.51.100.1"); got != http.StatusOK {
			t.Fatalf("answered %d", got)
		}
	}
	if got := from("203.0.113.77", "198.51.100.2"); got != http.StatusTooManyRequests {
		t.Errorf("a neighbour that makes up addresses got %d, want 429", got)
	}
	if got := from("10.1.2.3", "198.51.100.2"); got != http.StatusOK {
		t.Errorf("another client behind our proxy got %d", got)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.RemoteAddr = "203.0.113.9:1"
	if w := b.do(t, r); w.Header().Get("Retry-After") != "2" {
		t.Errorf("Retry-After is %q, want 2", w.Header().Get("Retry-After"))
	}
}

func TestHost_IsNeverBelieved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.Event()
	for _, path := range []string{"/", "/o/northern", "/o/northern/" + e.Slug, "/o/northern/events.ics", "/sitemap.xml", "/robots.txt"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Host = "evil.example"
		r.Header.Set("X-Forwarded-Host", "evil.example")
		r.Header.Set("Forwarded", "host=evil.example")
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		text := w.Body.String()
		if w.Code != http.StatusOK || strings.Contains(text, "evil.example") || !strings.Contains(text, "https://events.example.org/") {
			t.Errorf("%s answered %d and does not keep to the base URL", path, w.Code)
		}
	}
}

func TestInternals_AreNotOnThePublicListener(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/vars", "/ops/jobs/", "/admin", "/.git/config", "/assets/.vite/manifest.json", "/mailbox/"} {
		if w := b.get(t, path); w.Code != http.StatusNotFound {
			t.Errorf("%s answered %d, want 404", path, w.Code)
		}
	}
}

func TestPanic_BecomesAPageWithTheNumberInTheLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.routes.handle("GET /test/panic", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("half a page"))
		panic("on purpose: SELECT secret")
	}))
	w := b.get(t, "/test/panic", "Accept-Encoding", "gzip")
	text, id := body(t, w), w.Header().Get("X-Request-Id")
	if w.Code != http.StatusInternalServerError || !strings.Contains(text, id) {
		t.Errorf("answered %d without the number %s", w.Code, id)
	}
	if strings.Contains(text, "on purpose") || strings.Contains(text, "half a page") {
		t.Errorf("the page says too much: %s", text)
	}
	if !strings.Contains(b.log.String(), "on purpose") || strings.Count(b.log.String(), id) != 2 {
		t.Errorf("the log lacks the panic or its number: %s", b.log)
	}
}

func TestLog_OneLineWithoutPathQueryOrSecrets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.get(t, "/o/canary-org?q=canary-query", "User-Agent", "canary-agent", "Cookie", "sid=canary-cookie", "Referer", "https://canary.example/")
	b.get(t, "/f/canary-token.ics")
	b.get(t, "/canary-path")
	log := b.log.String()
	if strings.Contains(log, "canary") {
		t.Errorf("the log repeats what came in: %s", log)
	}
	var routes []string
	for line := range strings.Lines(log) {
		var entry struct{ Msg, Route string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Msg == "request" {
			routes = append(routes, entry.Route)
		}
	}
	if diff := cmp.Diff([]string{"GET /o/{org}", "GET /f/{file}", "/"}, routes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMetrics_CountByRoutePattern(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.get(t, "/o/northern")
	b.get(t, "/o/none")
	b.do(t, httptest.NewRequestWithContext(t.Context(), "BREW", "/o/northern", nil))
	families, err := b.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if f.GetName() != "lanyard_http_requests_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := ""
			for _, l := range m.GetLabel() {
				labels += l.GetName() + "=" + l.GetValue() + ";"
			}
			got[labels] = m.GetCounter().GetValue()
		}
	}
	want := map[string]float64{
		"code=200;method=GET;route=GET /o/{org};": 1,
		"code=404;method=GET;route=GET /o/{org};": 1,
		"code=405;method=other;route=/;":          1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestCompress_LongTextsForThoseWhoTakeIt(t *testing.T) {
	t.Parallel()
	long, short := strings.Repeat("text ", 400), "text"
	h := compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("kind"))
		text := short
		if r.URL.Query().Has("long") {
			text = long
		}
		for part := range strings.SplitAfterSeq(text, " ") { // in many small writes
			_, _ = io.WriteString(w, part)
		}
	}))
	for _, c := range []struct {
		name, query, accept string
		want                bool
	}{
		{"a long page", "?kind=text/html&long", "gzip, br", true},
		{"a short page", "?kind=text/html", "gzip", false},
		{"a picture", "?kind=image/png&long", "gzip", false},
		{"nobody asked", "?kind=text/html&long", "", false},
		{"refused", "?kind=text/html&long", "br, gzip;q=0", false},
		{"anything goes", "?kind=text/calendar&long", "*", true},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+c.query, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != c.want {
			t.Errorf("%s: compressed %v, want %v", c.name, got, c.want)
		}
		var in io.Reader = w.Body
		if c.want {
			zip, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			in = zip
		}
		got, err := io.ReadAll(in)
		if err != nil || string(got) != long && string(got) != short {
			t.Errorf("%s: %d bytes came, %v", c.name, len(got), err)
		}
	}
}

func TestCompress_FlushSendsWhatThereIs(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "first")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
		<-r.Context().Done() // ends only when the client has seen the first part
	})))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 5)
	if _, err := io.ReadFull(answer.Body, first); err != nil || string(first) != "first" {
		t.Errorf("read %q, %v", first, err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNewServer_HasEveryLimit(t *testing.T) {
	t.Parallel()
	s := NewServer(http.NotFoundHandler())
	got := []time.Duration{s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout}
	if diff := cmp.Diff([]time.Duration{5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if s.MaxHeaderBytes != 32<<10 {
		t.Errorf("headers may have %d bytes", s.MaxHeaderBytes)
	}
}

func TestLogLevel_ProbesAreQuiet(t *testing.T) {
	t.Parallel()
	for route, want := range map[string]slog.Level{"GET /healthz": slog.LevelDebug, "GET /readyz": slog.LevelDebug, "GET /o/{org}": slog.LevelInfo} {
		if got := logLevel(route); got != want {
			t.Errorf("%s is logged as %v", route, got)
		}
	}
}

package site

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"lanyard/internal/testworld"
)

// bundle is a site over a world of its own.
type bundle struct {
	*Site
	*testworld.World
	log     *bytes.Buffer
	metrics *prometheus.Registry
}

// setup makes a site that people reach at https://events.example.org.
func setup(t *testing.T, change ...func(*Deps)) *bundle {
	t.Helper()
	w := testworld.New(t)
	b := &bundle{World: w, log: &bytes.Buffer{}, metrics: prometheus.NewRegistry()}
	d := Deps{
		BaseURL: parseURL(t, "https://events.example.org"), DB: w.DB, Keys: w.Keys, Clock: w.Clock.Now,
		Account: w.Accounts, Catalog: w.Events, Stock: w.Stock, Booking: w.Bookings, Payment: w.Payments,
		Log:     slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Metrics: b.metrics,
	}
	for _, c := range change {
		c(&d)
	}
	b.Site = New(d)
	return b
}

func parseURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// get asks for a path as a browser does; headers come in pairs.
func (b *bundle) get(t *testing.T, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return b.do(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil), headers...)
}

// post sends a form as one of our own pages does.
func (b *bundle) post(t *testing.T, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(t, r, headers...)
}

func (b *bundle) do(t *testing.T, r *http.Request, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r.Host = "events.example.org"
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func body(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHealth_AnswersWhileTheDatabaseTakesWrites(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if w := b.get(t, "/readyz"); w.Code != http.StatusOK {
		t.Fatalf("readyz answered %d: %s", w.Code, body(t, w))
	}
	b.Drain()
	if w := b.get(t, "/readyz"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("readyz while draining answered %d, want 503", w.Code)
	}
	if w := b.get(t, "/healthz"); w.Code != http.StatusOK {
		t.Errorf("healthz while draining answered %d, want 200", w.Code)
	}
}

func TestUnmatched_IsAFriendlyPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.get(t, "/no/such/page")
	if w.Code != http.StatusNotFound || !strings.Contains(body(t, w), "We cannot find that page") {
		t.Errorf("answered %d, want the 404 page", w.Code)
	}
	w = b.post(t, "/healthz", nil)
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET" {
		t.Errorf("answered %d with Allow %q, want 405 with GET", w.Code, w.Header().Get("Allow"))
	}
}

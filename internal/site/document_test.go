package site

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lanyard/internal/clock"
)

func TestDocument_AnswersByTagAndEncoding(t *testing.T) {
	t.Parallel()
	doc := newDocument(htmlKind, publicPage, []byte(strings.Repeat("text ", 1000)))
	ask := func(method string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		doc.serve(w, r)
		return w
	}
	plain, zipped := ask(http.MethodGet), ask(http.MethodGet, "Accept-Encoding", "gzip")
	if plain.Body.Len() != 5000 || zipped.Body.Len() >= 500 || zipped.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("plain has %d bytes, compressed %d", plain.Body.Len(), zipped.Body.Len())
	}
	tag := plain.Header().Get("ETag")
	if tag == "" || strings.HasPrefix(tag, "W/") || tag == zipped.Header().Get("ETag") {
		t.Errorf("the tags %s and %s must be strong and differ", tag, zipped.Header().Get("ETag"))
	}
	if w := ask(http.MethodGet, "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("a client that has it got %d and %d bytes", w.Code, w.Body.Len())
	}
	if w := ask(http.MethodGet, "If-None-Match", zipped.Header().Get("ETag"), "Accept-Encoding", "gzip"); w.Code != http.StatusNotModified {
		t.Errorf("a client that has it compressed got %d", w.Code)
	}
	if w := ask(http.MethodHead); w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "5000" {
		t.Errorf("HEAD got %d, %d bytes of %s", w.Code, w.Body.Len(), w.Header().Get("Content-Length"))
	}
}

func TestDocumentCache_OneBuildServesAllWhoWait(t *testing.T) {
	t.Parallel()
	c := newDocumentCache(time.Second, 10, clock.Fixed(time.Unix(0, 0)))
	var built atomic.Int32
	begun, finish := make(chan struct{}), make(chan struct{})
	build := func() (*document, error) {
		if built.Add(1) == 1 {
			close(begun)
			<-finish
		}
		return newDocument(htmlKind, publicPage, []byte("page")), nil
	}
	var all sync.WaitGroup
	all.Go(func() { _, _ = c.get("k", build) })
	<-begun
	for range 20 {
		all.Go(func() {
			if d, err := c.get("k", build); err != nil || string(d.body) != "page" {
				t.Errorf("got %v, %v", d, err)
			}
		})
	}
	close(finish)
	all.Wait()
	if n := built.Load(); n != 1 {
		t.Errorf("the page was made %d times", n)
	}
}

func TestDocumentCache_ForgetsFailuresAndOldPages(t *testing.T) {
	t.Parallel()
	now := clock.NewStepping(time.Unix(0, 0))
	c := newDocumentCache(2*time.Second, 10, now.Now)
	n := 0
	build := func() (*document, error) {
		if n++; n == 1 {
			return nil, errors.New("the database is down")
		}
		return newDocument(htmlKind, publicPage, []byte(strconv.Itoa(n))), nil
	}
	got := func() string {
		d, err := c.get("k", build)
		if err != nil {
			return err.Error()
		}
		return string(d.body)
	}
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "the database is down"}, {0, "2"}, {time.Second, "2"}, {time.Second, "3"}} {
		now.Advance(step.after)
		if s := got(); s != step.want {
			t.Errorf("got %q, want %q", s, step.want)
		}
	}
}

func TestDocumentCache_SurvivesAPanicAndStaysSmall(t *testing.T) {
	t.Parallel()
	c := newDocumentCache(time.Minute, 3, clock.Fixed(time.Unix(0, 0)))
	func() {
		defer func() { _ = recover() }() // what this test is about
		_, _ = c.get("k", func() (*document, error) { panic("on purpose") })
	}()
	d := newDocument(htmlKind, publicPage, []byte("page"))
	for i := range 20 {
		if _, err := c.get("k"+strconv.Itoa(i%7), func() (*document, error) { return d, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.kept) > 3 {
		t.Errorf("%d pages are kept, want 3 at most", len(c.kept))
	}
	if got, err := c.get("k", func() (*document, error) { return d, nil }); err != nil || got != d {
		t.Errorf("after the panic: %v, %v", got, err)
	}
}

func TestDocument_OffMeansFreshEachTime(t *testing.T) {
	t.Parallel()
	c := newDocumentCache(0, 3, clock.System)
	n := 0
	for range 2 {
		if _, err := c.get("k", func() (*document, error) { n++; return nil, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if n != 2 {
		t.Errorf("the page was made %d times, want 2", n)
	}
}

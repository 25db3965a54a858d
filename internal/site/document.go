package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"sync"
	"time"

	"lanyard/internal/clock"
)

// document is an answer that is kept as bytes: a public page, a feed, an asset.
// It knows its tag, so that a client which has it gets 304.
type document struct {
	kind     string // Content-Type
	body     []byte
	zipped   []byte // nil when it would not shrink
	tag      string // hash of body
	modified time.Time
	cache    string // Cache-Control
	location string // where it moved to; then there is no body
}

// newMoved is a document that now lives at another of our paths. Browsers may
// remember it for an hour; longer would trap people if it moved back.
func newMoved(path string) *document {
	return &document{location: ownPath(path, "/"), cache: "public, max-age=3600"}
}

// newDocument keeps body, compressed as well if that helps.
func newDocument(kind, cache string, body []byte) *document {
	sum := sha256.Sum256(body)
	d := &document{kind: kind, cache: cache, body: body, tag: hex.EncodeToString(sum[:12])}
	if len(body) >= minGzip && shrinks(kind) {
		if z := gzipped(body); len(z) < len(body) {
			d.zipped = z
		}
	}
	return d
}

// serve answers with the document, with 304, or with a range of it. The two
// encodings have different strong tags, because their bytes differ.
func (d *document) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", d.cache)
	if d.location != "" {
		http.Redirect(w, r, d.location, http.StatusMovedPermanently)
		return
	}
	h.Set("Content-Type", d.kind)
	body, tag := d.body, d.tag
	if d.zipped != nil {
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			body, tag = d.zipped, d.tag+"-gzip"
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", d.modified, bytes.NewReader(body))
}

// kept is a public page as it was made for somebody a moment ago. Whoever comes
// with a cookie, such as the organiser who changed the event just now, gets it
// fresh; the others have none.
func (s *Site) kept(r *http.Request, key string, build func() (*document, error)) (*document, error) {
	if r.Header.Get("Cookie") != "" {
		return build()
	}
	return s.pages.get(key, build)
}

// documentCache keeps documents for a short life, so that a busy page is made
// once for many readers, and by one of them at a time.
type documentCache struct {
	life time.Duration
	most int
	now  clock.Clock
	mu   sync.Mutex
	kept map[string]*cached
}

type cached struct {
	ready chan struct{} // closed when doc and err are there
	doc   *document
	err   error
	until time.Time
}

func newDocumentCache(life time.Duration, most int, now clock.Clock) *documentCache {
	return &documentCache{life: life, most: most, now: now, kept: map[string]*cached{}}
}

// get returns the document kept under key, or makes it. Failures are not kept.
func (c *documentCache) get(key string, build func() (*document, error)) (*document, error) {
	if c.life <= 0 {
		return build()
	}
	c.mu.Lock()
	now := c.now()
	if e := c.kept[key]; e != nil && now.Before(e.until) {
		c.mu.Unlock()
		<-e.ready
		if e.err == nil {
			return e.doc, nil
		}
		return build() // the one who tried may only have lost patience
	}
	c.makeRoom(now)
	e := &cached{ready: make(chan struct{}), until: now.Add(c.life)}
	c.kept[key] = e
	c.mu.Unlock()

	built := false
	defer func() {
		if !built || e.err != nil { // build panicked or failed
			if e.err == nil {
				e.err = errUnbuilt
			}
			c.mu.Lock()
			if c.kept[key] == e {
				delete(c.kept, key)
			}
			c.mu.Unlock()
		}
		close(e.ready)
	}()
	e.doc, e.err = build()
	built = true
	return e.doc, e.err
}

// makeRoom drops what is too old, and anything when there is still too much.
func (c *documentCache) makeRoom(now time.Time) {
	if len(c.kept) < c.most {
		return
	}
	for key, e := range c.kept {
		if !now.Before(e.until) {
			delete(c.kept, key)
		}
	}
	for key := range c.kept {
		if len(c.kept) < c.most {
			return
		}
		delete(c.kept, key)
	}
}

// errUnbuilt is what those who waited see when the one who built panicked; they
// build for themselves.
var errUnbuilt = errors.New("site: the document was not made")

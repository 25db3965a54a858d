package site

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
)

// minGzip is the size below which compression costs more than it saves.
const minGzip = 1 << 10

var gzipPool = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(io.Discard, gzip.DefaultCompression)
	if err != nil {
		panic(err) // only for a level that does not exist
	}
	return w
}}

// compress shrinks answers of a kind that shrinks, from 1 KiB, for clients that
// take gzip. It leaves alone what comes with an encoding or a tag of its own:
// documents (document.go) choose their bytes themselves, and RPC does too.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isRPC(r) || r.Method == http.MethodHead || !acceptsGzip(r) {
			next.ServeHTTP(w, r)
			return
		}
		z := &gzipWriter{ResponseWriter: w}
		next.ServeHTTP(z, r)
		z.close() // not after a panic: then what was held back must not go out
	})
}

// gzipWriter holds back the first KiB until it knows whether to compress.
type gzipWriter struct {
	http.ResponseWriter
	status  int
	held    bytes.Buffer
	decided bool
	zip     *gzip.Writer
}

// WriteHeader notes the status; it goes out with the first bytes.
func (z *gzipWriter) WriteHeader(status int) {
	if status < 200 {
		z.ResponseWriter.WriteHeader(status)
		return
	}
	if z.status == 0 {
		z.status = status
	}
}

// Write compresses, or passes on, or waits for more.
func (z *gzipWriter) Write(b []byte) (int, error) {
	if z.status == 0 {
		z.status = http.StatusOK
	}
	if !z.decided {
		z.held.Write(b)
		if z.held.Len() < minGzip {
			return len(b), nil
		}
		return len(b), z.release(z.suits())
	}
	if z.zip != nil {
		return z.zip.Write(b)
	}
	return z.ResponseWriter.Write(b)
}

// suits reports whether this answer may and should be compressed.
func (z *gzipWriter) suits() bool {
	h := z.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", http.DetectContentType(z.held.Bytes()))
	}
	return (z.status == http.StatusOK || z.status >= 400) && h.Get("Content-Encoding") == "" &&
		h.Get("ETag") == "" && shrinks(h.Get("Content-Type"))
}

// release sends what was held back.
func (z *gzipWriter) release(shrink bool) error {
	z.decided = true
	h := z.Header()
	if shrinks(h.Get("Content-Type")) {
		h.Add("Vary", "Accept-Encoding")
	}
	if shrink {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		zip, ok := gzipPool.Get().(*gzip.Writer)
		if !ok {
			panic("site: the pool holds something else than gzip writers")
		}
		zip.Reset(z.ResponseWriter)
		z.zip = zip
	}
	z.ResponseWriter.WriteHeader(z.status)
	if z.held.Len() == 0 {
		return nil
	}
	var err error
	if z.zip != nil {
		_, err = z.zip.Write(z.held.Bytes())
	} else {
		_, err = z.ResponseWriter.Write(z.held.Bytes())
	}
	z.held.Reset()
	return err
}

// FlushError sends what there is, for answers that stream.
func (z *gzipWriter) FlushError() error {
	if !z.decided {
		if z.status == 0 {
			z.status = http.StatusOK
		}
		if err := z.release(z.suits()); err != nil {
			return err
		}
	}
	if z.zip != nil {
		if err := z.zip.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(z.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (z *gzipWriter) Unwrap() http.ResponseWriter { return z.ResponseWriter }

func (z *gzipWriter) close() {
	if !z.decided && z.status != 0 {
		// A client that has gone away is no error of ours.
		_ = z.release(false)
	}
	if z.zip != nil {
		_ = z.zip.Close() // as above
		gzipPool.Put(z.zip)
	}
}

// acceptsGzip reads Accept-Encoding; "gzip;q=0" is a refusal.
func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if n := strings.TrimSpace(name); n != "gzip" && n != "*" {
			continue
		}
		q = strings.ReplaceAll(q, " ", "")
		return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
	}
	return false
}

// shrinks reports whether bytes of this kind get smaller.
func shrinks(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch kind {
	case "application/json", "application/javascript", "application/xml", "image/svg+xml", "application/manifest+json", "application/wasm":
		return true
	}
	return strings.HasPrefix(kind, "text/")
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.DefaultCompression)
	if err != nil {
		panic(err) // only for a level that does not exist
	}
	// Writing to memory cannot fail.
	_, _ = zip.Write(b)
	_ = zip.Close()
	return out.Bytes()
}

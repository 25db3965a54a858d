package site

import (
	"context"
	"net/http"
	"time"
)

func (s *Site) healthRoutes(m *router) {
	m.handle("GET /healthz", http.HandlerFunc(s.healthz))
	m.handle("GET /readyz", http.HandlerFunc(s.readyz))
}

// healthz says that the process answers; it asks nothing else.
func (s *Site) healthz(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }

// readyz says whether requests should come here: not while the process stops, and
// not while the database does not answer or has an older schema than the program.
// Where only a part is closed, as sales are when the disk runs full, requests still
// should come; the answer says what is closed.
func (s *Site) readyz(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		plain(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.DB.Ready(ctx); err != nil {
		s.Log.WarnContext(ctx, "not ready", "request_id", requestID(ctx), "error", err)
		plain(w, http.StatusServiceUnavailable, "the database is not ready")
		return
	}
	if s.Degraded != nil {
		if what := s.Degraded(); what != "" {
			plain(w, http.StatusOK, "degraded: "+what)
			return
		}
	}
	plain(w, http.StatusOK, "ok")
}

// plain answers a program with a word or two.
func plain(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// A client that has gone away is no error of ours.
	_, _ = w.Write([]byte(text + "\n"))
}

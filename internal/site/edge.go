package site

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/limit"
)

// What one request may send.
const (
	maxHeader  = 32 << 10
	maxBody    = 256 << 10
	maxRPCBody = 15 << 20 // an import of 10 MiB, as the base64 that JSON makes of bytes
)

// edge wraps the routes in what every request goes through, the last line outermost.
func (s *Site) edge(h http.Handler) http.Handler {
	h = compress(h)
	h = s.unhurried(h)
	h = s.sameOrigin(h)
	h = limitBody(h)
	h = s.secureHeaders(h)
	h = s.observe(h)
	return h
}

// stripeOrigin is where Stripe's own payment page is.
const stripeOrigin = "https://checkout.stripe.com"

// contentPolicy lets a page load and run only what we serve ourselves. A form may
// also end at the payment page, which our redirect leads to.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self' " + stripeOrigin + "; base-uri 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'"

// policyWith is the content policy with one more address at which forms may end.
func policyWith(policy, target string) string {
	return strings.Replace(policy, "form-action 'self'", "form-action 'self' "+target, 1)
}

// permissionsPolicy takes away what no page of ours asks for.
const permissionsPolicy = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
	"magnetometer=(), microphone=(), midi=(), payment=(), usb=()"

// secureHeaders puts the security headers on every answer, errors included.
// A handler that needs a wider content policy says so by setting its own.
func (s *Site) secureHeaders(next http.Handler) http.Handler {
	referrer, policy := referrerPolicy(s.BaseURL.Scheme, s.BaseURL.Hostname()), contentPolicy
	if s.PayOrigin != "" {
		policy = policyWith(policy, s.PayOrigin)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", permissionsPolicy)
		h.Set("Referrer-Policy", referrer)
		h.Set("X-Content-Type-Options", "nosniff")
		if s.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// referrerPolicy keeps secret links from leaving in a Referer. With no-referrer a
// browser also withholds the Origin of a form post; that is fine where it sends
// Sec-Fetch-Site instead, which it does not over plain HTTP to another machine.
// There the milder policy keeps forms working, and still tells other sites nothing.
func referrerPolicy(scheme, host string) string {
	ip := net.ParseIP(host)
	trustworthy := scheme == "https" || host == "localhost" || strings.HasSuffix(host, ".localhost") || (ip != nil && ip.IsLoopback())
	if trustworthy {
		return "no-referrer"
	}
	return "same-origin"
}

// allowFormTo widens the page's policy so that a form on it may end, after our
// redirect, at an address with the given scheme or origin.
func allowFormTo(w http.ResponseWriter, target string) {
	w.Header().Set("Content-Security-Policy", policyWith(w.Header().Get("Content-Security-Policy"), target))
}

// limitBody bounds what a request may send before a handler reads it.
func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := int64(maxBody)
		if isRPC(r) {
			limit = maxRPCBody
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}

func isRPC(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/rpc/") }

// sameOrigin refuses every unsafe request that another site's page sent.
func (s *Site) sameOrigin(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	// Behind a proxy that rewrites Host, our own pages still come from the base URL.
	if err := p.AddTrustedOrigin(s.BaseURL.Scheme + "://" + s.BaseURL.Host); err != nil {
		panic(fmt.Sprintf("site: the base URL %s is no origin: %v", s.BaseURL.Redacted(), err)) // checked by the configuration
	}
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isRPC(r) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			// Nothing can be done about a client that has gone away.
			_, _ = w.Write([]byte(`{"code":"permission_denied","message":"This request came from another site."}`))
			return
		}
		s.problem(w, r, http.StatusForbidden, "That came from another site",
			"For your safety we only take forms from our own pages. Please open the page here and try again.")
	}))
	return p.Handler(next)
}

// unhurried makes whoever asks for pages too fast wait. RPC has budgets of its
// own, files cost next to nothing, and Stripe's webhooks come in crowds from one
// place; one that is not Stripe's costs a checksum.
func (s *Site) unhurried(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isRPC(r) || isCheap(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		class := limit.Read
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			class = limit.Attendee
		}
		if wait, ok := s.Limiter.Allow(class, limit.Network(s.Limiter.Client(r))); !ok {
			s.fail(w, r, fault.TooMany(fault.RateLimited, wait, "Many requests come from your network. Please wait a moment and try again."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isCheap(path string) bool {
	return strings.HasPrefix(path, "/assets/") || path == stripeWebhookPath || path == "/healthz" || path == "/readyz" || strings.HasPrefix(path, "/favicon.")
}

type requestKey struct{}

// requestInfo is what the log and an error page say about a request.
type requestInfo struct{ id string }

// RequestID names the request in the log, so that other rooms use the same name.
func RequestID(r *http.Request) string { return requestID(r.Context()) }

// requestID names the request in the log; people quote it when they report an error.
func requestID(ctx context.Context) string {
	info, _ := ctx.Value(requestKey{}).(*requestInfo)
	if info == nil {
		return ""
	}
	return info.id
}

// observe gives the request its id, writes its one log line, counts it, and turns
// a panic into a 500. It names the route's pattern and never the path, which may
// hold a secret link.
func (s *Site) observe(next http.Handler) http.Handler {
	seen := newRequestMetrics(s.Metrics)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		info := &requestInfo{id: rand.Text()[:16]}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, info))
		rec := &recorder{ResponseWriter: w}
		rec.Header().Set("X-Request-Id", info.id)

		s.recovering(rec, r, next)

		route := r.Pattern
		if route == "" {
			route = "none"
		}
		status, took := rec.result(), time.Since(began)
		seen.add(route, r.Method, status, took)
		s.Log.LogAttrs(r.Context(), logLevel(route), "request",
			slogAttrs(info.id, r.Method, route, status, rec.bytes, took)...)
	})
}

// recovering serves the request and answers 500 for a handler that panics.
func (s *Site) recovering(w *recorder, r *http.Request, next http.Handler) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler {
			panic(p) // the handler wants the connection closed
		}
		s.Log.ErrorContext(r.Context(), "handler panicked", "request_id", requestID(r.Context()),
			"route", r.Pattern, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		if w.status == 0 {
			s.problem(w, r, http.StatusInternalServerError, broken.title, broken.text)
		}
	}()
	next.ServeHTTP(w, r)
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the status and passes it on.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes and passes them on.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// result is the status sent; a handler that wrote nothing sent 200.
func (w *recorder) result() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

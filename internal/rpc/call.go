package rpc

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"connectrpc.com/connect"
)

// headers is what connect gives a gate.
type headers = http.Header

// call is what is known about the call that is being served; the layers fill it
// in and the log line is made from it. It never holds personal data.
type call struct {
	id        string
	procedure string
	client    netip.Addr
	start     time.Time
	code      connect.Code // 0 while nothing failed
	reason    string
	err       error // for the log alone
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callFrom returns the call of a context made by ServeHTTP; elsewhere an empty one.
func callFrom(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

func (s *Server) startCall(r *http.Request) *call {
	c := &call{start: time.Now(), client: s.deps.Limits.Client(r)}
	if s.deps.LogID != nil {
		c.id = s.deps.LogID(r)
	}
	if c.id == "" {
		c.id = strconv.FormatUint(rand.Uint64(), 36)
	}
	return c
}

// logCall writes the call's one line. Faults of the caller are news, not errors.
func (s *Server) logCall(c *call, w *countingWriter) {
	level := slog.LevelInfo
	code := "ok"
	switch {
	case c.code != 0:
		code = c.code.String()
	case w.status >= 400: // refused before it was a call: wrong method, type, encoding or body
		code = "http_" + strconv.Itoa(w.status)
	}
	switch c.code {
	case connect.CodeInternal, connect.CodeUnknown, connect.CodeDataLoss:
		level = slog.LevelError
	case connect.CodeUnavailable, connect.CodeDeadlineExceeded:
		level = slog.LevelWarn
	}
	attrs := make([]slog.Attr, 0, 6)
	attrs = append(attrs,
		slog.String("method", c.procedure),
		slog.String("code", code),
		slog.Float64("ms", float64(time.Since(c.start).Microseconds())/1000),
		slog.String("log_id", c.id),
	)
	if c.reason != "" {
		attrs = append(attrs, slog.String("reason", c.reason))
	}
	if c.err != nil {
		attrs = append(attrs, slog.String("error", c.err.Error()))
	}
	s.log.LogAttrs(context.Background(), level, "rpc", attrs...)
}

// countingWriter remembers the status.
type countingWriter struct {
	http.ResponseWriter
	status int
}

func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find the server's writer.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush sends what was written, for answers that are streams.
func (w *countingWriter) Flush() {
	_ = http.NewResponseController(w.ResponseWriter).Flush() // a writer that cannot sends at the end
}

package site

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requestMetrics counts and times requests by route.
type requestMetrics struct {
	total *prometheus.CounterVec
	took  *prometheus.HistogramVec
}

// newRequestMetrics registers the metrics; a nil registerer leaves them unseen.
func newRequestMetrics(to prometheus.Registerer) *requestMetrics {
	m := &requestMetrics{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lanyard_http_requests_total",
			Help: "Requests answered, by route pattern, method and status.",
		}, []string{"route", "method", "code"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "lanyard_http_request_seconds",
			Help:    "Time to answer, by route pattern.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route"}),
	}
	if to != nil {
		to.MustRegister(m.total, m.took)
	}
	return m
}

func (m *requestMetrics) add(route, method string, status int, took time.Duration) {
	m.total.WithLabelValues(route, methodLabel(method), strconv.Itoa(status)).Inc()
	m.took.WithLabelValues(route).Observe(took.Seconds())
}

// methodLabel keeps methods that a stranger makes up out of the metrics and the log.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

func slogAttrs(id, method, route string, status int, bytes int64, took time.Duration) []slog.Attr {
	return []slog.Attr{
		slog.String("request_id", id),
		slog.String("method", methodLabel(method)),
		slog.String("route", route),
		slog.Int("status", status),
		slog.Int64("bytes", bytes),
		slog.Float64("ms", float64(took.Microseconds())/1000),
	}
}

// logLevel keeps out of an ordinary log the probes of load balancers, and calls,
// for which package rpc writes a line of its own.
func logLevel(route string) slog.Level {
	if route == "GET /healthz" || route == "GET /readyz" || route == "/rpc/" {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

package app

import (
	"context"
	"log/slog"
)

// calm lets warnings and worse through, and everything when debugging: the job
// queue tells what it did every few seconds.
type calm struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h calm) Enabled(ctx context.Context, level slog.Level) bool {
	return h.Handler.Enabled(ctx, level) && (level >= slog.LevelWarn || h.Handler.Enabled(ctx, slog.LevelDebug))
}

// WithAttrs implements slog.Handler.
func (h calm) WithAttrs(attrs []slog.Attr) slog.Handler { return calm{h.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (h calm) WithGroup(name string) slog.Handler { return calm{h.Handler.WithGroup(name)} }

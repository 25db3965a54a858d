package app

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"lanyard/internal/booking"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
)

// eventRefundArgs asks for the refunds of cancelled events to be gone on with now.
type eventRefundArgs struct{}

// Kind is River's name for the job.
func (eventRefundArgs) Kind() string { return "event_refund" }

// beginEventRefund hears that a whole event is to be refunded, and has it done at
// once. Whatever waits for something is taken up by the upkeep's rounds.
func beginEventRefund(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	if f.Kind != booking.FactEventRefundStarted {
		return nil
	}
	jobs, err := river.ClientFromContextSafely[pgx.Tx](ctx)
	if err != nil {
		return nil // outside a worker nobody would do the job
	}
	if _, err := jobs.InsertTx(ctx, tx.Tx, eventRefundArgs{}, nil); err != nil {
		return fmt.Errorf("insert the job for an event's refund: %w", err)
	}
	return nil
}

// addRefundWorker registers the job.
func (s *Services) addRefundWorker(w *river.Workers) {
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, _ *river.Job[eventRefundArgs]) error {
		return s.Bookings.ContinueEventRefunds(ctx, refundsAtOnce)
	}))
}

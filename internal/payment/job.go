package payment

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// The queues of this package.
const (
	// Queue is for what people wait for: events to apply, attempts to look at.
	Queue = "payment"
	// RefundQueue sends refunds, a few at a time.
	RefundQueue = "refund"
)

// Queues are the queues with how many jobs of each run at a time.
var Queues = map[string]river.QueueConfig{Queue: {MaxWorkers: 12}, RefundQueue: {MaxWorkers: 2}}

// SweepArgs asks for Sweep.
type SweepArgs struct{}

// Kind is River's name for the job.
func (SweepArgs) Kind() string { return "payment_sweep" }

// InsertOpts puts the job into its queue.
func (SweepArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: Queue} }

// PollArgs asks for Poll.
type PollArgs struct{}

// Kind is River's name for the job.
func (PollArgs) Kind() string { return "payment_poll" }

// InsertOpts puts the job into its queue.
func (PollArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: Queue} }

// CatchUpArgs asks for CatchUp.
type CatchUpArgs struct{}

// Kind is River's name for the job.
func (CatchUpArgs) Kind() string { return "payment_catch_up" }

// InsertOpts puts the job into its queue.
func (CatchUpArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: Queue} }

// ReviewArgs asks for Review.
type ReviewArgs struct{}

// Kind is River's name for the job.
func (ReviewArgs) Kind() string { return "payment_review" }

// InsertOpts puts the job into its queue.
func (ReviewArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: Queue} }

// Periodic is work that comes round, with how often.
type Periodic struct {
	Every time.Duration
	Args  river.JobArgs
}

// Rounds are the periodic work of this package.
var Rounds = []Periodic{
	{30 * time.Second, SweepArgs{}},
	{2 * time.Minute, PollArgs{}},
	{time.Hour, CatchUpArgs{}},
	{24 * time.Hour, ReviewArgs{}},
}

// AddWorkers registers the jobs of this package.
func (s *Service) AddWorkers(w *river.Workers) {
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, job *river.Job[ApplyArgs]) error {
		return s.ApplyEvent(ctx, job.Args.Account, job.Args.Event)
	}))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, job *river.Job[RefundArgs]) error {
		return s.SendRefund(ctx, job.Args.Org, job.Args.Refund)
	}))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, job *river.Job[EndPageArgs]) error {
		return s.EndPage(ctx, job.Args.Org, job.Args.Attempt)
	}))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, _ *river.Job[SweepArgs]) error { return s.Sweep(ctx) }))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, _ *river.Job[PollArgs]) error { return s.Poll(ctx) }))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, _ *river.Job[CatchUpArgs]) error { return s.CatchUp(ctx) }))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, _ *river.Job[ReviewArgs]) error { return s.Review(ctx) }))
}

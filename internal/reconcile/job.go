package reconcile

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// Queue is where this package's jobs run, one at a time.
const Queue = "reconcile"

// Queues are the queues with how many jobs of each run at a time.
var Queues = map[string]river.QueueConfig{Queue: {MaxWorkers: 1}}

// IngestArgs asks for Ingest.
type IngestArgs struct{}

// Kind is River's name for the job.
func (IngestArgs) Kind() string { return "reconcile_ingest" }

// InsertOpts puts the job into its queue.
func (IngestArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, MaxAttempts: 3}
}

// Periodic is work that comes round, with how often.
type Periodic struct {
	Every time.Duration
	Args  river.JobArgs
}

// Rounds are the periodic work of this package.
var Rounds = []Periodic{{15 * time.Minute, IngestArgs{}}}

// AddWorkers registers the jobs of this package.
func (s *Service) AddWorkers(w *river.Workers) {
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, _ *river.Job[IngestArgs]) error { return s.Ingest(ctx) }))
}

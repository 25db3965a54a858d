package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/pgserver"
)

// diskGuard keeps the private database from running its disk full. While there is
// little room no places are given out; while there is almost none nothing is
// written, and jobs wait.
type diskGuard struct {
	mark *pgserver.Watermark
	db   *pg.DB
	log  *slog.Logger

	looking sync.Mutex
	queue   *river.Client[pgx.Tx] // set by watch, with its workers at work
	life    context.Context       // of the workers
	paused  bool                  // the workers
	end     context.CancelFunc
	ended   sync.WaitGroup
}

// lookEvery is how often the room is measured. A crowd that registers writes some
// megabytes a second, so this leaves hundreds to spare below the floor.
const lookEvery = 5 * time.Second

// newDiskGuard makes the guard and lets it have its say in what is sold.
func newDiskGuard(mark *pgserver.Watermark, db *pg.DB, bookings *booking.Service, metrics prometheus.Registerer, log *slog.Logger) *diskGuard {
	bookings.Paused = func() error {
		if mark.Level() == pgserver.Plenty {
			return nil
		}
		return fault.Down(fault.Unavailable, "Registration is paused for the moment. Every registration that was made stands. Please try again later.")
	}
	metrics.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "lanyard_database_free_bytes", Help: "Room on the private database's disk.",
		}, func() float64 { return float64(mark.Free()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "lanyard_database_space_level", Help: "What that room allows: 0 everything, 1 no new orders, 2 nothing that writes.",
		}, func() float64 { return float64(mark.Level()) }),
	)
	return &diskGuard{mark: mark, db: db, log: log}
}

// look measures and does what follows.
func (g *diskGuard) look(ctx context.Context) {
	g.looking.Lock()
	defer g.looking.Unlock()
	critical := g.mark.Look(ctx) == pgserver.Critical
	g.db.SetReadOnly(critical)
	if critical == g.paused {
		return
	}
	if err := g.switchJobs(ctx, !critical); err != nil {
		g.log.ErrorContext(ctx, "pause or resume jobs for want of room", "error", err)
		return // the next look tries again
	}
	g.paused = critical
}

// switchJobs starts or stops the workers, who write whether there is work or not.
func (g *diskGuard) switchJobs(ctx context.Context, on bool) error {
	if on {
		return g.queue.Start(g.life)
	}
	ctx, cancel := context.WithTimeout(ctx, finishJobs)
	defer cancel()
	return g.queue.StopAndCancel(ctx)
}

// watch looks at once and then again and again until stop. The queue's workers are
// at work; ctx is their life.
func (g *diskGuard) watch(ctx context.Context, queue *river.Client[pgx.Tx]) {
	g.queue, g.life = queue, ctx
	ctx, g.end = context.WithCancel(ctx)
	g.look(ctx)
	g.ended.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				g.look(ctx)
			case <-ctx.Done():
				return
			}
		}
	})
}

// stop ends the watch.
func (g *diskGuard) stop() {
	if g == nil || g.end == nil {
		return
	}
	g.end()
	g.ended.Wait()
}

// warning is what the readiness page says; empty when there is plenty of room.
func (g *diskGuard) warning() string {
	if g == nil {
		return ""
	}
	return g.mark.Warning()
}

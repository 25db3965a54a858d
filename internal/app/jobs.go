package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
	"riverqueue.com/riverui"

	"lanyard/internal/account"
	"lanyard/internal/inventory"
	"lanyard/internal/notify"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/reconcile"
	"lanyard/internal/replay"
	"lanyard/internal/report"
)

// upkeepArgs is the periodic work that keeps tables small and promises true.
type upkeepArgs struct{}

// Kind is River's name for the job.
func (upkeepArgs) Kind() string { return "upkeep" }

// upkeepWorker does the periodic work of several domains, each in its own
// transaction, so that one that fails does not hold up the others.
type upkeepWorker struct {
	river.WorkerDefaults[upkeepArgs]
	s   *Services
	log *slog.Logger
}

// replayKept is how long answers to repeated requests are kept at least.
const replayKept = 48 * time.Hour

// refundsAtOnce is how many orders of cancelled events one round gives their money back.
const refundsAtOnce = 500

// Work does one round.
func (w *upkeepWorker) Work(ctx context.Context, _ *river.Job[upkeepArgs]) error {
	_, basketErr := w.s.Bookings.SweepBaskets(ctx)
	_, unpaidErr := w.s.Bookings.LapseUnpaid(ctx)
	_, overdueErr := w.s.Bookings.LapseOverdue(ctx)
	refundErr := w.s.Bookings.ContinueEventRefunds(ctx, refundsAtOnce)
	factErr := w.s.DB.InTx(ctx, func(tx *pg.Tx) error {
		n, err := w.s.Box.SweepTx(ctx, tx, tx.Now.Add(-time.Minute))
		if n > 0 {
			w.log.WarnContext(ctx, "facts had not been relayed", "facts", n)
		}
		return err
	})
	replayErr := w.s.DB.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Forget(ctx, tx, tx.Now.Add(-replayKept))
		return err
	})
	signInErr := w.s.DB.InTx(ctx, func(tx *pg.Tx) error {
		_, err := account.ForgetTx(ctx, tx)
		return err
	})
	return errors.Join(basketErr, unpaidErr, overdueErr, refundErr, factErr, replayErr, signInErr)
}

// checkSeatsArgs compares the pools' counts with their claims.
type checkSeatsArgs struct{}

// Kind is River's name for the job.
func (checkSeatsArgs) Kind() string { return "check_seats" }

// checkSeatsWorker raises the alarm when counts and claims differ. It repairs
// nothing.
type checkSeatsWorker struct {
	river.WorkerDefaults[checkSeatsArgs]
	s      *Services
	log    *slog.Logger
	drifts prometheus.Gauge
}

// Work does one round.
func (w *checkSeatsWorker) Work(ctx context.Context, _ *river.Job[checkSeatsArgs]) error {
	drifts, err := inventory.Check(ctx, w.s.DB.Pool())
	if err != nil {
		return err
	}
	w.drifts.Set(float64(len(drifts)))
	for _, d := range drifts {
		w.log.ErrorContext(ctx, "a pool's counts are not those of its claims", "org", d.OrgID, "pool", d.ID,
			"sold", d.Sold, "counted_sold", d.CountedSold, "held", d.Held, "counted_held", d.CountedHeld)
	}
	return nil
}

// courtesy lets people who register go first: what can wait, waits while there is
// a rush. Sign-in mails, payments and what somebody looks at just now do not.
type courtesy struct {
	river.MiddlewareDefaults
	rushed func() bool
}

// waitsAtMost is how long a job waits for the end of a rush.
const waitsAtMost = 30 * time.Second

// Work waits, and then lets the job be done.
func (c *courtesy) Work(ctx context.Context, job *rivertype.JobRow, doInner func(context.Context) error) error {
	if job.Queue == "mail_urgent" || job.Queue == river.QueueDefault || job.Queue == payment.Queue {
		return doInner(ctx)
	}
	patience := time.After(waitsAtMost)
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for c.rushed() {
		select {
		case <-look.C:
			continue
		case <-patience:
		case <-ctx.Done():
			return ctx.Err()
		}
		break
	}
	return doInner(ctx)
}

// jobs makes the River client with every worker and the periodic work.
func jobs(s *Services, log *slog.Logger, metrics prometheus.Registerer) (*river.Client[pgx.Tx], error) {
	drifts := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "lanyard_pools_drifted", Help: "Pools whose counts are not those of their claims; must be 0.",
	})
	metrics.MustRegister(drifts)
	workers := river.NewWorkers()
	river.AddWorker(workers, &outbox.RelayWorker{DB: s.DB, Subscribers: []outbox.Subscriber{s.printDocument, beginEventRefund, s.Notices.Hear}})
	river.AddWorker(workers, &upkeepWorker{s: s, log: log})
	river.AddWorker(workers, &matchBankWorker{s: s, log: log})
	river.AddWorker(workers, &checkSeatsWorker{s: s, log: log, drifts: drifts})
	s.addRefundWorker(workers)
	s.Notices.AddWorkers(workers)
	s.Payments.AddWorkers(workers)
	s.Finance.AddWorkers(workers)
	s.Reports.AddWorkers(workers)

	queues := map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}, outbox.Queue: {MaxWorkers: 2}}
	maps.Copy(queues, notify.Queues)
	maps.Copy(queues, payment.Queues)
	maps.Copy(queues, reconcile.Queues)
	every := func(d time.Duration, args river.JobArgs) *river.PeriodicJob {
		return river.NewPeriodicJob(river.PeriodicInterval(d), func() (river.JobArgs, *river.InsertOpts) {
			return args, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: d}}
		}, &river.PeriodicJobOpts{RunOnStart: true})
	}
	periodic := []*river.PeriodicJob{
		every(time.Minute, upkeepArgs{}), every(time.Minute, notify.RemindArgs{}), every(20*time.Minute, notify.InvoiceArgs{}),
		every(10*time.Minute, matchBankArgs{}), every(time.Hour, checkSeatsArgs{}), every(report.DueEvery, report.DueArgs{}),
	}
	for _, r := range payment.Rounds {
		periodic = append(periodic, every(r.Every, r.Args))
	}
	for _, r := range reconcile.Rounds {
		periodic = append(periodic, every(r.Every, r.Args))
	}
	client, err := river.NewClient(riverpgxv5.New(s.DB.Pool()), &river.Config{
		Logger:       slog.New(calm{log.Handler()}),
		Queues:       queues,
		Workers:      workers,
		PeriodicJobs: periodic,
		Middleware:   []rivertype.Middleware{&courtesy{rushed: s.Bookings.Rushed}},
		JobTimeout:   5 * time.Minute,
		// A queue takes at most as many jobs as it has workers in each of these spans.
		FetchCooldown: 20 * time.Millisecond,
	})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return client, nil
}

// jobsPage is River's own user interface, mounted where operators find it.
func jobsPage(client *river.Client[pgx.Tx], log *slog.Logger) (*riverui.Handler, error) {
	h, err := riverui.NewHandler(&riverui.HandlerOpts{
		Endpoints: riverui.NewEndpoints(client, nil),
		Logger:    log,
		Prefix:    "/ops/jobs",
	})
	if err != nil {
		return nil, fmt.Errorf("job queue pages: %w", err)
	}
	return h, nil
}

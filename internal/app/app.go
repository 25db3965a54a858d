// Package app builds the whole program from its configuration, in one visible
// order, starts it and stops it.
//
// Start: database, migrations, domains, job queue, listeners. Stop, the other way
// round: readiness says no, requests are finished, jobs are handed back, the
// database goes last.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/riverqueue/river"
	"golang.org/x/net/netutil"

	"lanyard/internal/limit"
	"lanyard/internal/pg"
	"lanyard/internal/pgserver"
	"lanyard/internal/rpc"
	"lanyard/internal/site"
	"lanyard/internal/stripesim"
)

// How long stopping takes at most, step by step.
const (
	finishRequests = 20 * time.Second
	finishJobs     = 10 * time.Second
)

// mostConnections is how many connections are open at a time; the next ones wait.
const mostConnections = 4000

// App is a running program.
type App struct {
	// Services are the domains, for whoever runs beside the server.
	Services *Services
	// Base is where people reach it.
	Base *url.URL

	cfg     *Config
	log     *slog.Logger
	db      *database
	site    *site.Site
	queue   *river.Client[pgx.Tx]
	main    net.Listener
	metrics net.Listener
	inbound *inbound
	disk    *diskGuard     // nil with a database of somebody else's
	sim     *stripesim.Sim // nil with a key of Stripe's
	numbers *prometheus.Registry
}

// New prepares everything and listens, but serves nothing yet. The caller ends
// with Run, which also lets go of everything.
func New(ctx context.Context, cfg *Config, log *slog.Logger) (*App, error) {
	if err := cfg.readFiles(); err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, log: log, numbers: prometheus.NewRegistry()}
	if err := a.prepare(ctx); err != nil {
		return nil, errors.Join(err, a.letGo(context.WithoutCancel(ctx)))
	}
	return a, nil
}

func (a *App) prepare(ctx context.Context) error {
	var err error
	if err = a.listen(ctx); err != nil {
		return err
	}
	if a.db, err = serveDatabase(ctx, a.cfg, a.log); err != nil {
		return err
	}
	if !a.cfg.NoMigrate {
		if err := pg.Migrate(ctx, a.db.DB); err != nil {
			return err
		}
	}
	if err := a.livePast(ctx); err != nil {
		return err
	}
	if a.sim, err = a.cfg.startSimulator(a.Base, a.main.Addr(), a.log); err != nil {
		return err
	}
	if a.Services, err = build(a.db.DB, a.cfg, a.Base, a.sim, a.log); err != nil {
		return err
	}
	if a.inbound != nil {
		a.inbound.prepare(a.Services, a.log)
	}
	a.numbers.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if a.queue, err = jobs(a.Services, a.log, a.numbers); err != nil {
		return err
	}
	if a.db.private != nil {
		mark := pgserver.NewWatermark(a.db.private.FreeSpace, a.log)
		a.disk = newDiskGuard(mark, a.db.DB, a.Services.Bookings, a.numbers, a.log)
	}
	return a.buildSite(ctx)
}

func (a *App) listen(ctx context.Context) error {
	var lc net.ListenConfig
	var err error
	if a.main, err = lc.Listen(ctx, "tcp", a.cfg.Listen); err != nil {
		return fmt.Errorf("LANYARD_LISTEN: %w", err)
	}
	a.main = netutil.LimitListener(a.main, mostConnections)
	if a.cfg.MetricsListen != "" {
		if a.metrics, err = lc.Listen(ctx, "tcp", a.cfg.MetricsListen); err != nil {
			return fmt.Errorf("LANYARD_METRICS_LISTEN: %w", err)
		}
	}
	if a.inbound, err = listenInbound(ctx, a.cfg); err != nil {
		return err
	}
	if a.Base, err = a.cfg.baseURL(a.main.Addr()); err != nil {
		return err
	}
	return a.cfg.checkMail(a.Base)
}

func (a *App) buildSite(ctx context.Context) error {
	proxies, err := a.cfg.trustedProxies()
	if err != nil {
		return err
	}
	limits := limit.New(limit.Options{Off: a.cfg.NoLimits, Proxies: proxies})
	s := a.Services
	calls, err := rpc.New(rpc.Deps{
		Logger: a.log, Limits: limits, LogID: site.RequestID, BaseURL: a.Base,
		Account: s.Accounts, Catalog: s.Events, Inventory: s.Stock, Booking: s.Bookings, Export: s.Exports, Report: s.Reports, Finance: s.Finance, Bank: s.Bank,
		CheckIn: s.Door, Payment: s.Payments, Simulator: a.Simulator(),
	})
	if err != nil {
		return err
	}
	pages, err := jobsPage(a.queue, a.log)
	if err != nil {
		return err
	}
	if err := pages.Start(ctx); err != nil {
		return fmt.Errorf("job queue pages: %w", err)
	}
	a.site = site.New(site.Deps{
		BaseURL: a.Base, Account: s.Accounts, Catalog: s.Events, Stock: s.Stock, Booking: s.Bookings, Payment: s.Payments, PayOrigin: a.Simulator(), Webinar: s.Webinars, Door: s.Door, Notify: s.Notices,
		RPC: calls, Jobs: pages, DB: s.DB, Keys: s.Keys, Limiter: limits, Log: a.log, Metrics: a.numbers,
		Degraded: func() string { return a.disk.warning() }, Mailbox: a.Mailbox(), Operators: lower(a.cfg.Operators), PageLife: 2 * time.Second,
	})
	return nil
}

// Simulator is where the simulated Stripe is; "" when there is none.
func (a *App) Simulator() string {
	if a.sim == nil {
		return ""
	}
	return a.sim.URL()
}

// Mailbox reports whether mail stays in the built-in mailbox.
func (a *App) Mailbox() bool { return a.cfg.SMTPAddress == "" }

func lower(in []string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = strings.ToLower(s)
	}
	return out
}

// Run serves until ctx ends or something breaks, and then stops everything in
// order. It returns nil after an orderly stop.
func (a *App) Run(ctx context.Context) error {
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorking()
	if err := a.queue.Start(working); err != nil {
		return errors.Join(fmt.Errorf("job queue: %w", err), a.letGo(working))
	}
	if a.disk != nil {
		a.disk.watch(working, a.queue)
	}
	server := site.NewServer(a.site)
	failed := make(chan error, 3)
	serve := func(s *http.Server, l net.Listener) {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serve %s: %w", l.Addr(), err)
		}
	}
	go serve(server, a.main)
	var numbers *http.Server
	if a.metrics != nil {
		numbers = &http.Server{
			Handler:           a.numbersPages(),
			ReadHeaderTimeout: 5 * time.Second,
		}
		go serve(numbers, a.metrics)
	}
	if a.inbound != nil {
		go func() {
			if err := a.inbound.receiver.Serve(a.inbound.listener); err != nil {
				failed <- fmt.Errorf("take mail on %s: %w", a.inbound.listener.Addr(), err)
			}
		}()
	}

	var failure error
	select {
	case <-ctx.Done():
		a.log.Info("stopping")
	case failure = <-failed:
	case <-a.databaseGone():
		failure = errors.New("the private database is gone for good")
	}
	return errors.Join(failure, a.stop(working, server, numbers))
}

// numbersPages are the metrics and Go's profiles, on a listener of their own that
// the public never reaches.
func (a *App) numbersPages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.numbers, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// databaseGone is closed when the private database does not come back; it stays
// open for ever when there is none.
func (a *App) databaseGone() <-chan struct{} {
	if a.db.private == nil {
		return nil
	}
	return a.db.private.Done()
}

func (a *App) stop(ctx context.Context, server, numbers *http.Server) error {
	a.site.Drain()
	finishing, cancel := context.WithTimeout(ctx, finishRequests)
	defer cancel()
	err := server.Shutdown(finishing)
	err = errors.Join(err, a.inbound.close())
	a.disk.stop() // it may be starting or stopping jobs just now
	jobsEnd, cancelJobs := context.WithTimeout(ctx, finishJobs)
	defer cancelJobs()
	if stopErr := a.queue.StopAndCancel(jobsEnd); stopErr != nil {
		err = errors.Join(err, fmt.Errorf("hand jobs back: %w", stopErr))
	}
	if numbers != nil {
		err = errors.Join(err, numbers.Close())
	}
	return errors.Join(err, a.letGo(ctx))
}

// letGo closes whatever was opened.
func (a *App) letGo(ctx context.Context) error {
	err := a.inbound.close()
	if a.Services != nil {
		a.Services.Door.Close()
		a.Services.Bookings.Close()
	}
	if a.db != nil {
		err = errors.Join(err, a.db.close(ctx))
	}
	for _, l := range []net.Listener{a.main, a.metrics} {
		if l == nil {
			continue
		}
		if closeErr := l.Close(); closeErr != nil && !errors.Is(closeErr, net.ErrClosed) {
			err = errors.Join(err, closeErr)
		}
	}
	return err
}

// NewLogger makes the program's logger on stderr.
func NewLogger(cfg *Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.LogLevel)) // kong lets only known levels through
	o := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

package app

import (
	"context"
	"log/slog"
	"net/url"

	"lanyard/internal/account"
	"lanyard/internal/bank"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/checkin"
	"lanyard/internal/clock"
	"lanyard/internal/export"
	"lanyard/internal/inventory"
	"lanyard/internal/ledger"
	"lanyard/internal/link"
	"lanyard/internal/notify"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/printing"
	"lanyard/internal/reconcile"
	"lanyard/internal/report"
	"lanyard/internal/stripesim"
	"lanyard/internal/uid"
	"lanyard/internal/webinar"
)

// Services are the domains, wired to each other.
type Services struct {
	// Base is where people reach the installation.
	Base     *url.URL
	DB       *pg.DB
	Box      *outbox.Box
	Keys     *link.Keys
	Accounts *account.Service
	Events   *catalog.Service
	Stock    *inventory.Service
	Ledger   *ledger.Service
	Payments *payment.Service
	Bookings *booking.Service
	Webinars *webinar.Service
	Door     *checkin.Service
	Exports  *export.Service
	Reports  *report.Service
	Notices  *notify.Service
	Finance  *reconcile.Service
	Bank     *bank.Service
}

// build makes every domain and ties the cycles of meaning between them: an event
// comes with places, a renamed organisation is found by its new name, and signing
// in needs a mail.
func build(db *pg.DB, cfg *Config, base *url.URL, sim *stripesim.Sim, log *slog.Logger) (*Services, error) {
	box, err := outbox.NewBox(db.Pool())
	if err != nil {
		return nil, err
	}
	return buildAt(clock.System, box, db, cfg, base, sim, log)
}

// buildAt is build by another clock, which is to be that of db, and with the box
// that hears what happens.
func buildAt(clk clock.Clock, box *outbox.Box, db *pg.DB, cfg *Config, base *url.URL, sim *stripesim.Sim, log *slog.Logger) (*Services, error) {
	dir, err := cfg.dataDir()
	if err != nil {
		return nil, err
	}
	master, err := cfg.masterKey(dir)
	if err != nil {
		return nil, err
	}
	s := &Services{Base: base, DB: db, Box: box, Keys: link.NewKeys(master)}
	s.Accounts = account.New(db, account.Options{Secure: base.Scheme == "https", Clock: clk, Logger: log})
	s.Events = catalog.New(db, box, clk)
	s.Stock = inventory.New(db)
	s.Ledger = ledger.New(db, box)
	gw, err := cfg.stripeClient(sim, clk, log)
	if err != nil {
		return nil, err
	}
	s.Payments = payment.New(db, box, s.Ledger, gw, payment.Hooks{})
	s.Payments.SetLogger(log)
	s.Bookings = booking.New(booking.Deps{
		DB: db, Box: box, Stock: s.Stock, Events: s.Events, Books: s.Ledger, Pay: s.Payments, Keys: s.Keys, Draw: printing.Document,
	})
	hooks := s.Bookings.PaymentHooks()
	hooks.Evidence = func(ctx context.Context, org uid.Org, order uid.Order) (string, error) {
		return s.Exports.Evidence(ctx, org, order)
	}
	s.Finance = reconcile.New(reconcile.Deps{
		DB: db, Books: s.Ledger, Stripe: gw, Key: link.Derive(master, "lanyard month close"), Log: log,
	})
	hooks.Payout = s.Finance.PayoutMoved
	s.Payments.SetHooks(hooks)
	s.Bank = openBank(db, s)
	s.Finance.SetStatements(s.closingBalances)
	s.Webinars = webinar.New(db, s.Keys, clk)
	s.Door = checkin.New(db, checkin.Deps{
		Accounts: s.Accounts, Events: s.Events, Bookings: s.Bookings, Secret: [32]byte(link.Derive(master, "lanyard tickets")), Log: log,
	})
	s.Door.Badge = func(j checkin.PrintJob) ([]byte, error) {
		size := printing.BadgeSize{Width: float64(j.Paper.Width), Height: float64(j.Paper.Height)}
		return printing.Badges(size, s.Door.Now(), []printing.Badge{printing.BadgeOf(j)})
	}
	s.Exports = export.New(db, s.Events, s.Bookings)
	s.Reports = report.New(db, s.Ledger)
	s.Notices, err = notify.New(db, notify.Deps{
		Bookings: s.Bookings, Events: s.Events, Accounts: s.Accounts, Keys: s.Keys, Base: base, From: cfg.MailFrom, Log: log, Gather: cfg.MailGather,
		Door: s.Door,
	})
	if err != nil {
		return nil, err
	}
	if err := s.mailSettings(cfg, master); err != nil {
		return nil, err
	}
	booking.Wire(s.Events, s.Stock, s.Bookings)
	s.Accounts.RenamedTx = s.Events.RenamedTx
	s.Accounts.Mail = s.Notices.SignInTx
	s.Accounts.MailInvitation = s.Notices.InvitationTx
	s.Reports.Mail = s.mailReport
	return s, nil
}

// Open gives a command the services on the database that it should work on, and
// a function that lets go of them.
func Open(ctx context.Context, cfg *Config, log *slog.Logger) (*Services, func(), error) {
	if err := cfg.readFiles(); err != nil {
		return nil, nil, err
	}
	db, err := commandDatabase(ctx, cfg, log)
	if err != nil {
		return nil, nil, err
	}
	done := func() {
		if err := db.close(context.WithoutCancel(ctx)); err != nil {
			log.Error("let go of the database", "error", err)
		}
	}
	if !cfg.NoMigrate {
		if err := pg.Migrate(ctx, db.DB); err != nil {
			done()
			return nil, nil, err
		}
	}
	base, err := cfg.baseURL(nil)
	if err != nil {
		done()
		return nil, nil, err
	}
	s, err := build(db.DB, cfg, base, nil, log)
	if err != nil {
		done()
		return nil, nil, err
	}
	return s, func() { s.Door.Close(); s.Bookings.Close(); done() }, nil
}

package reconcile

import (
	"context"
	"log/slog"
	"time"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Statement is what a bank account's last statement says.
type Statement struct {
	// Bank is the reference under which the ledger keeps the bank account, and Name
	// what people call it.
	Bank, Name string
	// On is the day of the closing balance.
	On      time.Time
	Closing money.Amount
	// Unstated is true where the account's statements say no balances. Closing is
	// then what their Lines come to, and Gaps are days that none of them covers.
	Unstated bool
	Lines    int
	Gaps     []Gap
}

// Gap is days without a statement, the last one included.
type Gap struct{ From, To time.Time }

// Deps is what the service works with.
type Deps struct {
	DB    *pg.DB
	Books *ledger.Service
	// Stripe is asked for rows and payouts.
	Stripe *stripegw.Client
	// Key signs the snapshots of closed months; 32 bytes.
	Key []byte
	// Statements tells each bank account's last statement up to and with a day.
	// Without it no statement is known.
	Statements func(ctx context.Context, q pg.Querier, org uid.Org, until time.Time) ([]Statement, error)
	// Log hears what went wrong in the background; nil is silence.
	Log *slog.Logger
}

// Service reconciles. It is safe for concurrent use.
type Service struct {
	db         *pg.DB
	books      *ledger.Service
	gw         *stripegw.Client
	key        []byte
	statements func(ctx context.Context, q pg.Querier, org uid.Org, until time.Time) ([]Statement, error)
	log        *slog.Logger
}

// New makes the service.
func New(d Deps) *Service {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{db: d.DB, books: d.Books, gw: d.Stripe, key: d.Key, statements: d.Statements, log: d.Log}
}

// SetStatements says who knows the bank's statements; once, before anything runs.
func (s *Service) SetStatements(f func(ctx context.Context, q pg.Querier, org uid.Org, until time.Time) ([]Statement, error)) {
	s.statements = f
}

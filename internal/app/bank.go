package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"lanyard/internal/bank"
	"lanyard/internal/booking"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/reconcile"
	"lanyard/internal/uid"
)

// openBank makes the bank's room and ties it to orders: what they owe, and what
// becomes of those that a transfer pays.
func openBank(db *pg.DB, s *Services) *bank.Service {
	return bank.New(db, s.Ledger, bank.Hooks{
		Owing: func(ctx context.Context, q pg.Querier, org uid.Org) ([]bank.Owing, error) {
			found, err := s.Bookings.Owing(ctx, q, org)
			list := make([]bank.Owing, len(found))
			for i, o := range found {
				list[i] = bank.Owing(o)
			}
			return list, err
		},
		Transferred: func(ctx context.Context, tx *pg.Tx, t bank.Transfer) error {
			return s.Bookings.TransferredTx(ctx, tx, booking.Transfer{
				Org: t.Org, Order: t.Order, Key: t.Match.String(), Amount: t.Amount, Back: t.Back,
			})
		},
	})
}

// closingBalances tells the month's proofs what the bank says, less what the
// accounts had before their first statements, since the ledger begins there.
func (s *Services) closingBalances(ctx context.Context, q pg.Querier, org uid.Org, until time.Time) ([]reconcile.Statement, error) {
	found, err := s.Bank.Closings(ctx, q, org, until)
	list := make([]reconcile.Statement, len(found))
	for i, c := range found {
		list[i] = reconcile.Statement{
			Bank: c.Account.String(), Name: c.Name, On: c.On, Closing: money.New(c.Stated.Minor-c.Before.Minor, c.Stated.Currency),
			Unstated: c.Unstated, Lines: c.Lines,
		}
		for _, g := range c.Gaps {
			list[i].Gaps = append(list[i].Gaps, reconcile.Gap(g))
		}
	}
	return list, err
}

// matchBankArgs looks for what bank lines are about: payouts and invoices may
// become known after the line.
type matchBankArgs struct{}

// Kind is River's name for the job.
func (matchBankArgs) Kind() string { return "match_bank" }

type matchBankWorker struct {
	river.WorkerDefaults[matchBankArgs]
	s   *Services
	log *slog.Logger
}

// Work does one round.
func (w *matchBankWorker) Work(ctx context.Context, _ *river.Job[matchBankArgs]) error {
	n, err := w.s.Bank.AutoMatchAll(ctx)
	if n > 0 {
		w.log.InfoContext(ctx, "bank lines were matched", "lines", n)
	}
	return err
}

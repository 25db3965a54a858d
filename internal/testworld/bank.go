package testworld

import (
	"context"
	"time"

	"lanyard/internal/bank"
	"lanyard/internal/booking"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/reconcile"
	"lanyard/internal/uid"
)

// openBank gives the world a room for bank statements, tied to orders and to the
// month's proofs as the program ties it.
func (w *World) openBank() {
	w.Bank = bank.New(w.DB, w.Books, bank.Hooks{
		Owing: func(ctx context.Context, q pg.Querier, org uid.Org) ([]bank.Owing, error) {
			found, err := w.Bookings.Owing(ctx, q, org)
			list := make([]bank.Owing, len(found))
			for i, o := range found {
				list[i] = bank.Owing(o)
			}
			return list, err
		},
		Transferred: func(ctx context.Context, tx *pg.Tx, t bank.Transfer) error {
			return w.Bookings.TransferredTx(ctx, tx, booking.Transfer{
				Org: t.Org, Order: t.Order, Key: t.Match.String(), Amount: t.Amount, Back: t.Back,
			})
		},
	})
	w.Finance.SetStatements(func(ctx context.Context, q pg.Querier, org uid.Org, until time.Time) ([]reconcile.Statement, error) {
		found, err := w.Bank.Closings(ctx, q, org, until)
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
	})
}

package demo_test

import (
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/bank"
	"lanyard/internal/catalog"
	"lanyard/internal/demo"
	"lanyard/internal/ledger"
	"lanyard/internal/reconcile"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
)

func TestLive_LeavesAMonthThatIsClosedOnceFourLinesAreMatched(t *testing.T) {
	t.Parallel()
	for _, now := range []time.Time{
		time.Date(2027, 1, 19, 15, 0, 0, 0, time.UTC),
		time.Date(2027, 5, 1, 2, 0, 0, 0, time.UTC), // the first of a month, after one in which the clocks had gone forward
	} {
		t.Run(now.Format(time.DateOnly), func(t *testing.T) {
			t.Parallel()
			w := testworld.New(t)
			ctx := t.Context()
			s := demo.Services{DB: w.DB, Accounts: w.Accounts, Events: w.Events, Stock: w.Stock, Bookings: w.Bookings, Lived: true}
			if err := demo.Live(ctx, demo.Past{Services: s, Payments: w.Payments, Finance: w.Finance, Bank: w.Bank, Stripe: w.Stripe, Clock: w.Clock}, now); err != nil {
				t.Fatal(err)
			}
			if !w.Clock.Now().Equal(now) {
				t.Fatalf("it ends at %s", w.Clock.Now())
			}
			people, err := demo.Fill(ctx, s, now)
			if err != nil {
				t.Fatal(err)
			}
			all, _, err := w.Events.Programme(ctx, catalog.Filter{OrgSlug: demo.Slug, IncludePast: true}, catalog.Page{Size: 50})
			if err != nil || len(all) != 8 {
				t.Fatalf("%d events are public, %v; want the programme and the workshop of the past", len(all), err)
			}
			org, finance := all[0].Org, account.PersonActor(people[2].ID)

			lines, _, err := w.Bank.Lines(ctx, org, bank.LineFilter{Open: true})
			if err != nil || len(lines) != 4 {
				t.Fatalf("%d lines of the bank are open, %v; want rent, catering, interest and a transfer: %+v", len(lines), err, lines)
			}
			for _, l := range lines {
				part := bank.Part{Kind: bank.ToOther, Ref: "office", Minor: l.Open.Minor}
				if found, err := w.Bank.Candidates(ctx, org, l.ID, ""); err != nil {
					t.Fatal(err)
				} else if len(found) > 0 && l.Amount.Minor > 10_000 {
					part.Kind, part.Ref = found[0].Kind, found[0].Ref
				}
				if _, err := w.Bank.Match(ctx, finance, replay.Key{}, bank.MatchInput{Org: org, Line: l.ID, Parts: []bank.Part{part}}); err != nil {
					t.Fatal(err)
				}
			}
			closed, err := w.Finance.CloseMonth(ctx, finance, org, ledger.Month(now.AddDate(0, -1, 0)))
			if err != nil {
				t.Fatal(err)
			}
			if !closed.Closed || len(closed.Rows) == 0 {
				t.Errorf("closed with %+v", closed.Rows)
			}
			payouts, _, err := w.Finance.Payouts(ctx, org, reconcile.PayoutFilter{})
			if err != nil || len(payouts) < 5 {
				t.Errorf("%d payouts, %v", len(payouts), err)
			}
		})
	}
}

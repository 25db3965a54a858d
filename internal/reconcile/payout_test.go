package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"lanyard/internal/money"
	"lanyard/internal/reconcile"
	"lanyard/internal/stripesim"
)

func TestPayout_MadeByHandIsExplainedByTheBalanceThatItWasTakenFrom(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ctx := t.Context()
	w.sell(2, stripesim.CardUK)
	w.pass(3) // paid out by itself
	charge := w.sell(1, stripesim.CardAvailable).Charge
	w.Clock.Advance(time.Hour)
	if _, err := w.Stripe.DashboardRefund(charge, 1000); err != nil {
		t.Fatal(err)
	}
	w.Told()
	available := w.Stripe.Balance("").Available
	id, err := w.Stripe.PayOutByHand("", available/2)
	if err != nil {
		t.Fatal(err)
	}
	w.ingest()
	p, rows, err := w.Finance.Payout(ctx, w.Org.ID, id)
	if err != nil || len(rows) != 0 || p.Automatic || p.Running == nil {
		t.Fatalf("%+v, %v", p, err)
	}
	r, gbp := *p.Running, func(minor int64) money.Amount { return money.New(minor, money.GBP) }
	sum := r.Opening.Minor + r.Sales.Minor + r.Refunds.Minor + r.Disputes.Minor + r.Others.Minor
	if r.Since.IsZero() || r.Sales.Minor <= 0 || r.Refunds != gbp(-1000) || r.Before != gbp(sum) || r.After != gbp(sum-p.Amount.Minor) {
		t.Errorf("the running balance: %+v", r)
	}
	if b := w.Stripe.Balance(""); r.After != gbp(b.Available+b.Pending) {
		t.Errorf("%s is left by the books, Stripe has %d", r.After.Format(), b.Available+b.Pending)
	}
	proofs, err := w.Finance.Proofs(ctx, w.Org.ID, w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range proofs {
		if p.ID == reconcile.P3 && (!p.Green || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "started by hand")) {
			t.Errorf("P3: %+v", p)
		}
	}
}

package reconcile_test

import (
	"testing"

	"lanyard/internal/ledger"
	"lanyard/internal/stripesim"
)

func TestIngest_SaleFeePayoutEachOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	p := w.sell(2, stripesim.CardUK)
	w.ingest()
	w.agrees()
	if got := w.balance(ledger.StripePending, p.Charge); got != 0 {
		t.Errorf("%d of the charge is still pending", got)
	}
	w.pass(4)
	w.agrees()
	journals := w.count(`SELECT count(*) FROM journal WHERE source_key LIKE 'bt:%'`)
	rows := len(w.Stripe.BalanceRows(""))
	if journals != rows || rows < 2 {
		t.Errorf("%d journals for %d rows", journals, rows)
	}
	w.ingest()
	if again := w.count(`SELECT count(*) FROM journal WHERE source_key LIKE 'bt:%'`); again != journals {
		t.Errorf("another round made %d journals of %d", again, journals)
	}
	if n := w.count(`SELECT count(*) FROM stripe_payout WHERE complete`); n != 1 {
		t.Errorf("%d payouts are complete", n)
	}
}

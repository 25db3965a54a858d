package reconcile_test

import (
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

// town is a world with an event that costs something.
type town struct {
	*testworld.World
	t     *testing.T
	event testworld.Event
}

func setup(t *testing.T) *town {
	t.Helper()
	w := testworld.New(t)
	if _, err := w.Bookings.SaveSupplier(t.Context(), w.Owner, replay.Key{}, w.Org.ID, booking.Supplier{Name: "Northern Life Sciences", ExchangeRates: "EUR 0.85"}); err != nil {
		t.Fatal(err)
	}
	e := w.Event(testworld.Capacity(500))
	w.Price(e, 12000, money.GBP)
	return &town{World: w, t: t, event: e}
}

// ingest brings everything here.
func (w *town) ingest() {
	w.t.Helper()
	w.Told()
	if err := w.Finance.Ingest(w.t.Context()); err != nil {
		w.t.Fatalf("ingest: %v", err)
	}
}

// pass lets days go by, an ingest each.
func (w *town) pass(days int) {
	w.t.Helper()
	for range days {
		w.Clock.Advance(24 * time.Hour)
		w.ingest()
	}
}

// sell sells n places and returns the charge.
func (w *town) sell(n int, card stripesim.Card) stripesim.Payment {
	w.t.Helper()
	p, err := w.Stripe.Pay(w.Paying(w.Placed(w.event, n)), card)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Told()
	return p
}

// balance is an account's balance in pounds for a reference, or in all.
func (w *town) balance(a ledger.Account, ref string) int64 {
	w.t.Helper()
	sums, err := w.Books.Balance(w.t.Context(), w.DB.Pool(), w.Org.ID, a, ref)
	if err != nil {
		w.t.Fatal(err)
	}
	return sums[money.GBP]
}

// agrees fails the test unless the ledger has what the simulator has.
func (w *town) agrees() {
	w.t.Helper()
	b := w.Stripe.Balance("")
	if got := w.balance(ledger.StripeBalance, ""); got != b.Available+b.Pending {
		w.t.Errorf("the books say %d is at Stripe, the simulator %d", got, b.Available+b.Pending)
	}
}

// count is a number from the database.
func (w *town) count(sql string, args ...any) (n int) {
	w.t.Helper()
	if err := w.DB.Pool().QueryRow(w.t.Context(), sql, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

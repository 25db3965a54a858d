package booking_test

import (
	"strings"
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/ledger"
	"lanyard/internal/payment"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

// warned has an order of two places paid, and its card's issuer suspect fraud. What
// happens in between is up to before.
func warned(t *testing.T, w *testworld.World, e testworld.Event, before func(o booking.Order)) (booking.Order, payment.Task) {
	t.Helper()
	o := w.Paid(w.Placed(e, 2), stripesim.CardVisa)
	if before != nil {
		before(o)
	}
	if _, err := w.Stripe.EarlyFraudWarning(o.Payments[0].Charge); err != nil {
		t.Fatal(err)
	}
	w.Told()
	all := tasks(w, payment.TaskEarlyFraudWarning)
	if len(all) != 1 {
		t.Fatalf("the tasks are %+v", all)
	}
	return o, all[0]
}

func TestScenario51_ARefundAfterAFraudWarningCreditsTheSaleInTheSameStep(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before func(w *testworld.World, e testworld.Event, o booking.Order)
		state  booking.OrderState
		notes  int
	}{
		"nobody has come yet": {nil, booking.OrderCancelled, 1},
		"the event is over": {
			func(w *testworld.World, e testworld.Event, _ booking.Order) {
				w.Clock.Advance(e.EndsAt.Sub(w.Clock.Now()) + time.Hour)
			}, booking.OrderConfirmed, 1,
		},
		"a part went back before": { // so that the rest is what can be given back
			func(w *testworld.World, _ testworld.Event, o booking.Order) {
				if _, err := w.Bookings.RefundOrder(w.T.Context(), w.Owner, replay.Key{}, booking.RefundInput{Org: o.Org, Order: o.ID, Amount: 1000, Reason: "Goodwill"}); err != nil {
					w.T.Fatal(err)
				}
			}, booking.OrderCancelled, 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e := priced(t, 2)
			o, task := warned(t, w, e, func(o booking.Order) {
				if tt.before != nil {
					tt.before(w, e, o)
				}
			})

			if task.Amount != o.Paid && tt.notes == 1 || task.Amount.Minor != 3800 && tt.notes == 2 {
				t.Errorf("the task is about %s", task.Amount.Format())
			}

			if _, err := w.Payments.ResolveTask(t.Context(), w.Owner, replay.Key{}, o.Org, task.Key, payment.ResolvedRefund, "Stolen card"); err != nil {
				t.Fatal(err)
			}

			owed, err := w.Books.Balance(t.Context(), w.DB.Pool(), o.Org, ledger.DeferredIncome, e.ID.String())
			if err != nil || owed["GBP"] != 0 {
				t.Errorf("of the sale %v is left, %v", owed, err)
			}
			w.Told()
			var notes int
			after, err := w.Bookings.Order(t.Context(), o.Org, o.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range after.Documents {
				if d.Kind == string(ledger.CreditNote) {
					notes++
				}
			}
			if after.State != tt.state || notes != tt.notes || after.Refunded != o.Paid || after.Balance.Minor != 0 {
				t.Errorf("the order is %s with %d credit notes; %s went back and %s is to pay", after.State, notes, after.Refunded.Format(), after.Balance.Format())
			}
			if all := tasks(w, payment.TaskRefundUncredited); len(all) != 0 {
				t.Errorf("people are asked for a credit note: %+v", all)
			}
			if tt.state == booking.OrderCancelled {
				w.Basket(e, 2) // others can have the places
			}
			w.CheckSeats()
			told := false
			for _, m := range w.Mails() {
				told = told || m.To == "bea@example.org" && strings.Contains(m.Subject+m.Text, "back")
			}
			if !told {
				t.Error("the buyer is not told that the money goes back")
			}
		})
	}
}

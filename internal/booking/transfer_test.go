package booking_test

import (
	"fmt"
	"testing"

	"lanyard/internal/bank"
	"lanyard/internal/booking"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

// transferred has money for an order arrive at the organisation's bank.
func transferred(t *testing.T, w *testworld.World, o booking.Order, minor int64) {
	t.Helper()
	in := bank.AccountInput{Org: w.Org.ID, Name: "Current", Number: "60-16-13 31926819", Currency: "GBP"}
	if _, err := w.Bank.SaveAccount(t.Context(), w.Owner, replay.Key{}, in); err != nil {
		t.Fatal(err)
	}
	csv := fmt.Sprintf("Date,Amount,Description\n2026-11-19,%d.%02d,Leeds Labs %s\n", minor/100, minor%100, o.Code)
	done, err := w.Bank.Import(t.Context(), w.Owner, replay.Key{}, bank.ImportInput{Org: w.Org.ID, Content: []byte(csv)})
	if err != nil {
		t.Fatal(err)
	}
	if done.Matched == 1 {
		return
	}
	lines, _, err := w.Bank.Lines(t.Context(), w.Org.ID, bank.LineFilter{})
	if err != nil || len(lines) != 1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	_, err = w.Bank.Match(t.Context(), w.Owner, replay.Key{}, bank.MatchInput{
		Org: w.Org.ID, Line: lines[0].ID, Parts: []bank.Part{{Kind: bank.ToOrder, Ref: o.ID.String(), Minor: minor}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// page is the state of the order's attempt whose session that is.
func page(t *testing.T, w *testworld.World, o booking.Order, session string) payment.AttemptState {
	t.Helper()
	m, err := w.Payments.OfOrder(t.Context(), w.DB.Pool(), o.Org, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range m.Attempts {
		if a.Session == session {
			return a.State
		}
	}
	t.Fatalf("no attempt has the session %s", session)
	return ""
}

func TestTransfer_EndsThePaymentPageThatAsksForTheSameMoney(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		onInvoice bool
		minor     int64
		then      booking.MoneyState
	}{
		"an order on invoice, in full":       {true, 4800, booking.MoneyPaid},
		"an order on invoice, in part":       {true, 3000, booking.MoneyPartPaid},
		"an order that waits for its card":   {false, 4800, booking.MoneyPaid},
		"more than an order on invoice owes": {true, 5000, booking.MoneyOverPaid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e := priced(t, 10)
			var o booking.Order
			if tt.onInvoice {
				o = invoiced(t, w, e, 2)
			} else {
				o = w.MyOrder(w.Placed(e, 2))
			}
			session := w.Paying(o.Secret)

			transferred(t, w, o, tt.minor)
			w.Work()

			if p, err := w.Stripe.Pay(session, stripesim.CardVisa); err == nil {
				t.Errorf("the page still takes money: the payment %s", p.Status)
			}
			if got := page(t, w, o, session); got != payment.AttemptSuperseded {
				t.Errorf("the attempt is %s", got)
			}
			w.Told()
			o = w.MyOrder(o.Secret)
			wantOrder(t, o, booking.OrderConfirmed, tt.then)
			if tt.then == booking.MoneyPartPaid {
				o = w.Paid(o.Secret, stripesim.CardVisa) // another page asks for the rest
				wantOrder(t, o, booking.OrderConfirmed, booking.MoneyPaid)
			}
			fulfilled(t, w, o, 2)
		})
	}
}

func TestTransfer_ThatLeavesEnoughToPayLeavesThePageOpen(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := invoiced(t, w, e, 2)
	transferred(t, w, o, 3000)
	session := w.Paying(o.Secret) // asks for the rest

	sweep(w)

	if got := page(t, w, o, session); got != payment.AttemptOpen {
		t.Errorf("the attempt is %s", got)
	}
}

func TestTransfer_WhileTheCardPaysTheSameMomentAsksStaffToGiveOneBack(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.MyOrder(w.Placed(e, 1))
	session := w.Paying(o.Secret)
	if _, err := w.Stripe.Pay(session, stripesim.CardVisa); err != nil {
		t.Fatal(err)
	}

	transferred(t, w, o, 2400)
	w.Work()
	w.Told()

	o = w.MyOrder(o.Secret)
	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyOverPaid)
	if got := page(t, w, o, session); got != payment.AttemptSucceeded {
		t.Errorf("the attempt is %s", got)
	}
	if all := tasks(w, payment.TaskOverpaid); len(all) != 1 || all[0].Amount != money.New(2400, money.GBP) {
		t.Errorf("the tasks are %+v", all)
	}
	fulfilled(t, w, o, 1)
}

func TestCancelLines_EndsThePaymentPageThatAsksForTheOldPrice(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := invoiced(t, w, e, 2)
	session := w.Paying(o.Secret)
	if _, err := w.Bookings.CancelLines(t.Context(), w.Owner, replay.Key{}, booking.CancelInput{
		Org: o.Org, Order: o.ID, Lines: testworld.Lines(o)[:1], Refund: booking.RefundFull, Reason: "Ill",
	}); err != nil {
		t.Fatal(err)
	}

	w.Work()

	if _, err := w.Stripe.Pay(session, stripesim.CardVisa); err == nil {
		t.Error("the page still takes the old price")
	}
	o = w.Paid(o.Secret, stripesim.CardVisa)
	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyPaid)
	if o.Paid.Minor != 2400 {
		t.Errorf("paid %s", o.Paid.Format())
	}
}

func TestTransfer_ForAnOrderThatWasCancelledUnpaidIsAskedBack(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.MyOrder(w.Placed(e, 1))
	if _, err := w.Bookings.CancelLines(t.Context(), w.Owner, replay.Key{}, booking.CancelInput{
		Org: o.Org, Order: o.ID, Lines: testworld.Lines(o), Refund: booking.RefundNone, Reason: "Asked for by telephone",
	}); err != nil {
		t.Fatal(err)
	}

	transferred(t, w, o, 2400)

	o = w.MyOrder(o.Secret)
	wantOrder(t, o, booking.OrderCancelled, booking.MoneyOverPaid)
	if all := tasks(w, payment.TaskOverpaid); len(all) != 1 || all[0].Amount.Minor != 2400 {
		t.Errorf("the tasks are %+v", all)
	}
}

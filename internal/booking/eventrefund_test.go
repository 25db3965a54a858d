package booking_test

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
)

func TestEventRefund_CountsWhatIsToBeDoneAndWhatIsDone(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 5)
	for range 2 {
		w.Paid(w.Placed(e, 1), stripesim.CardUK)
	}
	w.Placed(e, 1)
	now, err := w.Events.Get(t.Context(), w.Org.ID, e.ID)
	if err == nil {
		_, err = w.Events.Cancel(t.Context(), w.Owner, replay.Key{}, catalog.Which{Org: w.Org.ID, Event: e.ID, Version: now.Version}, "Snow")
	}
	if err != nil {
		t.Fatal(err)
	}
	progress := func() booking.EventRefund {
		t.Helper()
		r, err := w.Bookings.EventRefund(t.Context(), w.Org.ID, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}

	before := progress()
	if _, err := w.Bookings.StartEventRefund(t.Context(), w.Owner, replay.Key{}, w.Org.ID, e.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.Bookings.ContinueEventRefunds(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	half := progress()
	if err := w.Bookings.ContinueEventRefunds(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	after := progress()

	if before.Started || before.Orders != 3 || before.Done != 0 {
		t.Errorf("before it is started it is %+v, want three orders to deal with", before)
	}
	if !half.Started || half.Orders != 3 || half.Done != 1 {
		t.Errorf("after one order it is %+v", half)
	}
	if after.Done != 3 || after.Failed != 0 || after.Refunded.Minor != 2*2400 {
		t.Errorf("at the end it is %+v, want three done and 48 pounds", after)
	}
}

// refundedOrders is how many orders scenario 66 refunds: as many as the variable
// says, which may be the scenario's 2,000. Each is bought and refunded by the whole
// way through Stripe, some 35 ms of processor for the program alone, so that those take
// minutes.
func refundedOrders(t *testing.T) int {
	t.Helper()
	text := os.Getenv("LANYARD_TEST_REFUNDS")
	if text == "" {
		return 60
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 6 || n%6 != 0 {
		t.Fatalf("LANYARD_TEST_REFUNDS is %q, want a multiple of six", text)
	}
	return n
}

func TestScenario66_ACancelledEventIsRefundedOnceEachHoweverOftenItIsInterrupted(t *testing.T) {
	t.Parallel()
	orders := refundedOrders(t)
	w, e := priced(t, orders)
	var placed []booking.Order
	for range orders {
		placed = append(placed, w.Paid(w.Placed(e, 1), stripesim.CardAvailable))
	}
	if _, err := w.Events.Cancel(t.Context(), w.Owner, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: e.Version}, "Snow"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Bookings.StartEventRefund(t.Context(), w.Owner, replay.Key{}, e.Org, e.ID); err != nil {
		t.Fatal(err)
	}
	w.Stripe.FaultAPI(stripesim.APIHalf, "POST /v1/refunds", 5) // each is sent, and nobody hears of it
	w.Stripe.FaultAPI(stripesim.API429, "POST /v1/refunds", 5)
	var seen []int
	for round := range 20 {
		if err := w.Bookings.ContinueEventRefunds(t.Context(), orders/6); err != nil {
			t.Fatal(err)
		}
		p, err := w.Bookings.EventRefund(t.Context(), e.Org, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, p.Done)
		if round == 3 { // somebody presses the button once more
			if _, err := w.Bookings.StartEventRefund(t.Context(), w.Owner, replay.Key{}, e.Org, e.ID); err != nil {
				t.Fatal(err)
			}
		}
		if p.Done == orders {
			break
		}
	}
	if n := orders / 6; len(seen) != 6 || !slices.Equal(seen[:5], []int{n, 2 * n, 3 * n, 4 * n, 5 * n}) {
		t.Errorf("the progress was %v", seen)
	}
	if failed := w.TryWork(""); len(failed) == 0 {
		t.Error("no refund was interrupted")
	}
	w.Clock.Advance(10 * time.Minute)
	if err := w.Payments.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Told()
	if sent := w.Stripe.Refunds(""); len(sent) != orders {
		t.Errorf("Stripe sent %d refunds, want %d", len(sent), orders)
	}
	for _, o := range placed {
		o = w.MyOrder(o.Secret)
		if o.State != booking.OrderCancelled || o.Refunded != o.Paid || len(o.Documents) != 2 {
			t.Fatalf("order %s is %s, %s of %s went back, %d documents", o.Code, o.State, o.Refunded.Format(), o.Paid.Format(), len(o.Documents))
		}
	}
	w.CheckSeats()
}

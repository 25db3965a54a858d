package booking_test

import (
	"testing"

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

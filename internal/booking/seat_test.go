package booking_test

import (
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

// seats lists the links of an order's seats without a name.
func seats(o booking.Order) []string {
	var links []string
	for _, l := range o.Lines {
		if l.SeatSecret != "" {
			links = append(links, l.SeatSecret)
		}
	}
	return links
}

func TestSeat_WhoeverGetsTheLinkNamesThemselves(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.Paid(w.PlacedFor(e, 3, 1), stripesim.CardVisa)
	free := seats(o)
	if len(free) != 2 || o.Unnamed() != 2 {
		t.Fatalf("%d seats have a link and %d no name, want 2", len(free), o.Unnamed())
	}
	seat, err := w.Bookings.Seat(t.Context(), free[0])
	if err != nil || seat.Closed != "" || seat.BookedBy != o.Buyer.Name || seat.Event.Title != o.EventTitle {
		t.Fatalf("the seat is %+v, %v", seat, err)
	}
	before := len(w.Mails())
	guest := w.Guest()

	own, err := w.Bookings.FillSeat(t.Context(), replay.Key{}, free[0], guest)

	if err != nil {
		t.Fatal(err)
	}
	mine, err := w.Bookings.Mine(t.Context(), own)
	if err != nil || mine.Registration.Attendee.Email != guest.Email || mine.Registration.State != booking.StateConfirmed {
		t.Fatalf("their page shows %+v, %v", mine.Registration, err)
	}
	if mails := w.NewMails(before); len(mails) != 1 || mails[0].Kind != "confirmation" || mails[0].To != guest.Email {
		t.Errorf("the mails are %+v", mails)
	}
	after := w.MyOrder(o.Secret)
	if left := seats(after); len(left) != 1 || left[0] != free[1] || after.Unnamed() != 1 {
		t.Errorf("the links left are %q", left)
	}
}

func TestSeat_ALinkServesOnce(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	link := seats(w.Paid(w.PlacedFor(e, 2, 1), stripesim.CardVisa))[0]

	refused := testworld.Race(10, func(int) error {
		_, err := w.Bookings.FillSeat(t.Context(), replay.Key{}, link, w.Guest())
		return err
	})

	for _, err := range refused {
		if !fault.Is(err, fault.WrongState) {
			t.Errorf("refused with %v", err)
		}
	}
	if len(refused) != 9 {
		t.Errorf("%d of 10 got the seat", 10-len(refused))
	}
	if seat, err := w.Bookings.Seat(t.Context(), link); err != nil || seat.Closed == "" {
		t.Errorf("the taken seat is shown as %+v, %v", seat, err)
	}
}

func TestSeat_ClosesWithItsOrderAndItsEvent(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *testworld.World, e testworld.Event, o booking.Order) error{
		"given up": func(w *testworld.World, _ testworld.Event, o booking.Order) error {
			_, err := w.Bookings.CancelLines(w.T.Context(), w.Owner, replay.Key{}, booking.CancelInput{
				Org: o.Org, Order: o.ID, Lines: testworld.Lines(o), Refund: booking.RefundFull, Reason: "Asked for",
			})
			return err
		},
		"cancelled": func(w *testworld.World, e testworld.Event, _ booking.Order) error {
			_, err := w.Events.Cancel(w.T.Context(), w.Owner, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: e.Version}, "Snow")
			return err
		},
		"over": func(w *testworld.World, e testworld.Event, _ booking.Order) error {
			w.Clock.Advance(e.EndsAt.Sub(w.Clock.Now()) + time.Second)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e := priced(t, 10)
			o := w.Paid(w.PlacedFor(e, 1, 0), stripesim.CardVisa)
			link := seats(o)[0]
			if err := end(w, e, o); err != nil {
				t.Fatal(err)
			}
			_, err := w.Bookings.FillSeat(t.Context(), replay.Key{}, link, w.Guest())
			if f, ok := fault.As(err); !ok || f.Kind != fault.KindPrecondition {
				t.Errorf("taking the seat: %v", err)
			}
			if seat, err := w.Bookings.Seat(t.Context(), link); err != nil || seat.Closed == "" {
				t.Errorf("it is shown as %+v, %v", seat, err)
			}
		})
	}
}

func TestSeat_OtherSecretsOpenNoSeat(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	secret := w.PlacedFor(e, 1, 0)
	for name, s := range map[string]string{"an order's": secret, "empty": "", "another": w.Keys.Make("seat", e.Org, w.MyOrder(secret).ID, 2)} {
		if _, err := w.Bookings.Seat(t.Context(), s); !fault.Is(err, fault.NoSuchThing) {
			t.Errorf("%s secret: %v", name, err)
		}
		if _, err := w.Bookings.FillSeat(t.Context(), replay.Key{}, s, w.Guest()); !fault.Is(err, fault.NoSuchThing) {
			t.Errorf("%s secret, filling: %v", name, err)
		}
	}
}

func TestOrder_ShowsThatTheReceiptCameBack(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.Paid(w.Placed(e, 1), stripesim.CardVisa)
	w.Work()
	if w.MyOrder(o.Secret).Undeliverable {
		t.Fatal("it was said before anything came back")
	}

	w.Bounced("order", o.Buyer.Email)

	if !w.MyOrder(o.Secret).Undeliverable {
		t.Error("the order does not show that its mail came back")
	}
	other := w.Paid(w.Placed(e, 1), stripesim.CardVisa)
	if other.Undeliverable {
		t.Error("a mail that passed away for a moment marks another order")
	}
}

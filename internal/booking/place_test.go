package booking_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

func TestPlaceOrder_LastSeatGoesToExactlyOneOf200(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(1))

	failed := testworld.Race(200, func(int) error {
		_, err := w.Order(e)
		return err
	})

	if len(failed) != 199 {
		t.Fatalf("%d of 200 got the last seat, want 1", 200-len(failed))
	}
	for _, err := range failed {
		if !fault.Is(err, fault.SoldOut) {
			t.Fatalf("a loser was told %v, want SOLD_OUT", err)
		}
	}
	w.CheckSeats()
}

// TestControl_WithoutTheLockTheLastSeatIsSoldTwice shows that the race is real:
// two people who read the pool and then write it both get the last seat once the
// guards are off; with the constraint alone, the second is stopped.
func TestControl_WithoutTheLockTheLastSeatIsSoldTwice(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		prepare string
		winners int
	}{
		"no guard":        {`ALTER TABLE pool DROP CONSTRAINT pool_never_over`, 2},
		"constraint only": {`SELECT 1`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testworld.New(t)
			e := w.Event(testworld.Capacity(1))
			if _, err := w.DB.Pool().Exec(t.Context(), tt.prepare); err != nil {
				t.Fatal(err)
			}
			var read sync.WaitGroup
			read.Add(2)

			failed := testworld.Race(2, func(int) error {
				left := w.Pool(e).Left()
				read.Done()
				read.Wait() // both have read before either writes
				if left < 1 {
					return fault.Precondition(fault.SoldOut, "sold out")
				}
				_, err := w.DB.Pool().Exec(t.Context(), `UPDATE pool SET sold = sold + 1 WHERE id = $1`, e.Pool)
				return err
			})

			if got := 2 - len(failed); got != tt.winners {
				t.Fatalf("%d got the last seat, want %d: %v", got, tt.winners, failed)
			}
		})
	}
}

func TestPlaceOrder_GroupsGetAllPlacesOrNone(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(5))
	allowGroups(w, e, 3)

	first := testworld.Race(4, func(int) error {
		_, err := w.Order(e, w.Guest(), w.Guest(), w.Guest())
		return err
	})

	if len(first) != 3 {
		t.Fatalf("%d groups of three got places among five seats, want 1", 4-len(first))
	}
	if got := w.Pool(e).Sold; got != 3 {
		t.Fatalf("%d seats are sold, want 3", got)
	}
	if _, err := w.Order(e, w.Guest(), w.Guest(), w.Guest()); !strings.Contains(fmt.Sprint(err), "Only 2 places are left") {
		t.Fatalf("the fourth group was told %v", err)
	}
	w.CheckSeats()
}

func allowGroups(w *testworld.World, e testworld.Event, n int) {
	w.T.Helper()
	products, _, err := w.Stock.Inventory(w.T.Context(), e.Org, e.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	p := products[0]
	_, err = w.Stock.UpdateProduct(w.T.Context(), w.Owner, replay.Key{}, p.ID, p.Version, inventory.ProductInput{
		Org: e.Org, Event: e.ID, Title: p.Title, Pools: p.Pools, MaxPerOrder: n, Online: p.Online,
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func TestHold_TellsSoldOutFromAllInBaskets(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(1))
	h, err := w.Bookings.Hold(t.Context(), replay.Key{}, booking.HoldInput{Org: e.Org, Event: e.ID, Product: e.Product, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(5 * time.Minute)

	_, err = w.Order(e)

	f, ok := fault.As(err)
	if !ok || f.Reason != fault.AllInBaskets || f.RetryAfter != 15*time.Minute {
		t.Fatalf("told %v after %v, want ALL_IN_BASKETS for another 15 minutes", err, f.RetryAfter)
	}
	form, err := w.Bookings.RegistrationForm(t.Context(), e.Org, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if o := form.Offers[0]; o.State != booking.OfferAllInBaskets || !o.LookAgainAt.Equal(h.ExpiresAt) {
		t.Fatalf("the page says %s until %s", o.State, o.LookAgainAt)
	}

	_, err = w.Bookings.PlaceOrder(t.Context(), replay.Key{}, booking.OrderInput{
		Org: e.Org, Event: e.ID, Product: e.Product, Attendees: []booking.Attendee{w.Guest()}, HoldSecret: h.Secret,
	})
	if err != nil {
		t.Fatalf("the basket's owner was refused: %v", err)
	}
	if _, err = w.Order(e); !fault.Is(err, fault.SoldOut) {
		t.Fatalf("told %v once the seat is sold, want SOLD_OUT", err)
	}
	w.CheckSeats()
}

func TestHold_LapsesByTheClockAndThenAnotherGetsTheSeat(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(1))
	h, err := w.Bookings.Hold(t.Context(), replay.Key{}, booking.HoldInput{Org: e.Org, Event: e.ID, Product: e.Product, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}

	w.Clock.Advance(20 * time.Minute) // no sweeper has run
	w.Registered(e)

	if _, err := w.Bookings.OpenHold(t.Context(), h.Secret); !fault.Is(err, fault.HoldExpired) {
		t.Errorf("the lapsed basket opens with %v, want HOLD_EXPIRED", err)
	}
	_, err = w.Bookings.PlaceOrder(t.Context(), replay.Key{}, booking.OrderInput{
		Org: e.Org, Event: e.ID, Product: e.Product, Attendees: []booking.Attendee{w.Guest()}, HoldSecret: h.Secret,
	})
	if !fault.Is(err, fault.HoldExpired) {
		t.Errorf("the lapsed basket was placed with %v, want HOLD_EXPIRED", err)
	}
	w.CheckSeats()
}

func TestHold_LapsedBasketStillCountsWhileThereIsRoom(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(2))
	h, err := w.Bookings.Hold(t.Context(), replay.Key{}, booking.HoldInput{Org: e.Org, Event: e.ID, Product: e.Product, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Hour)
	if _, err := w.Bookings.SweepBaskets(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.Pool(e).Held; got != 0 {
		t.Fatalf("%d seats are held after the sweep, want 0", got)
	}

	_, err = w.Bookings.PlaceOrder(t.Context(), replay.Key{}, booking.OrderInput{
		Org: e.Org, Event: e.ID, Product: e.Product, Attendees: []booking.Attendee{w.Guest()}, HoldSecret: h.Secret,
	})

	if err != nil {
		t.Fatalf("the late basket was refused although a seat is free: %v", err)
	}
	w.CheckSeats()
}

func TestHold_PlacedOnceByEitherOfTwoBrowsers(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(10))
	allowGroups(w, e, 2)
	h, err := w.Bookings.Hold(t.Context(), replay.Key{}, booking.HoldInput{Org: e.Org, Event: e.ID, Product: e.Product, Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}

	failed := testworld.Race(8, func(i int) error {
		_, err := w.Bookings.PlaceOrder(t.Context(), key(fmt.Sprintf("place-the-basket-%04d", i)), booking.OrderInput{
			Org: e.Org, Event: e.ID, Product: e.Product, Attendees: []booking.Attendee{w.Guest()}, HoldSecret: h.Secret,
		})
		return err
	})

	if len(failed) != 7 {
		t.Fatalf("%d of 8 placed one basket, want 1: %v", 8-len(failed), failed)
	}
	if p := w.Pool(e); p.Sold != 1 || p.Held != 0 {
		t.Fatalf("%d sold and %d held, want the used seat sold and the other free", p.Sold, p.Held)
	}
	w.CheckSeats()
}

func TestReleaseHold_GivesTheSeatBackAtOnce(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(1))
	h, err := w.Bookings.Hold(t.Context(), replay.Key{}, booking.HoldInput{Org: e.Org, Event: e.ID, Product: e.Product, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}

	for range 2 {
		if err := w.Bookings.ReleaseHold(t.Context(), h.Secret); err != nil {
			t.Fatal(err)
		}
	}

	w.Registered(e)
	w.CheckSeats()
}

func key(id string) replay.Key { return replay.Key{Scope: "test", RequestID: id, Hash: [32]byte{1}} }

func TestPlaceOrder_RepeatGetsTheSameOrderEvenWhenSoldOutMeanwhile(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(1))
	guest := w.Guest()
	place := func(ctx context.Context, k replay.Key) (booking.Placed, error) {
		return w.Bookings.PlaceOrder(ctx, k, booking.OrderInput{Org: e.Org, Event: e.ID, Product: e.Product, Attendees: []booking.Attendee{guest}})
	}
	first, err := place(t.Context(), key("the-lost-reply-0001"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Order(e); !fault.Is(err, fault.SoldOut) {
		t.Fatalf("the next one was told %v, want SOLD_OUT", err)
	}

	again, err := place(t.Context(), key("the-lost-reply-0001"))

	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		t.Fatalf("the repeat got %v, another answer: %s", err, diff)
	}
	other := key("the-lost-reply-0001")
	other.Hash = [32]byte{2}
	if _, err := place(t.Context(), other); !fault.Is(err, fault.IdempotencyMismatch) {
		t.Fatalf("another body with the same request id got %v, want IDEMPOTENCY_MISMATCH", err)
	}
}

func TestPlaceOrder_OneRequestSentFiftyTimesAtOnceTakesOneSeat(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(100))
	guest := w.Guest()

	failed := testworld.Race(50, func(int) error {
		_, err := w.Bookings.PlaceOrder(t.Context(), key("sent-many-times-0001"), booking.OrderInput{
			Org: e.Org, Event: e.ID, Product: e.Product, Attendees: []booking.Attendee{guest},
		})
		return err
	})

	if len(failed) > 0 || w.Pool(e).Sold != 1 {
		t.Fatalf("%d seats are sold, want 1; failures: %v", w.Pool(e).Sold, failed)
	}
	w.CheckSeats()
}

func TestPlaceOrder_BadInputNamesTheFieldAndTakesNothing(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(10))
	for name, tt := range map[string]struct {
		spoil func(*booking.Attendee)
		field string
	}{
		"line break in the name":    {func(a *booking.Attendee) { a.Name = "Pat\r\nBcc: all@example.org" }, "attendees[0].name"},
		"name of 10,000 characters": {func(a *booking.Attendee) { a.Name = strings.Repeat("x", 10_000) }, "attendees[0].name"},
		"no name":                   {func(a *booking.Attendee) { a.Name = "  " }, "attendees[0].name"},
		"header in the address":     {func(a *booking.Attendee) { a.Email = "a@example.org\nBcc: b@example.org" }, "attendees[0].email"},
		"two addresses":             {func(a *booking.Attendee) { a.Email = "a@example.org,b@example.org" }, "attendees[0].email"},
		"address without host":      {func(a *booking.Attendee) { a.Email = "a@localhost" }, "attendees[0].email"},
		"impossible domain":         {func(a *booking.Attendee) { a.Email = "a@xn--a.example" }, "attendees[0].email"},
		"control in organisation":   {func(a *booking.Attendee) { a.Organisation = "A\x00B" }, "attendees[0].organisation"},
		"no segment":                {func(a *booking.Attendee) { a.Segment = "" }, "attendees[0].segment"},
		"another segment":           {func(a *booking.Attendee) { a.Segment = "royal" }, "attendees[0].segment"},
		"abbreviated zone":          {func(a *booking.Attendee) { a.Timezone = "Mars/Olympus" }, "attendees[0].timezone"},
		"answer to nothing asked":   {func(a *booking.Attendee) { a.Answers = map[uid.Question][]string{{1}: {"x"}} }, "attendees[0].answers." + uid.Question{1}.String()},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.Guest()
			tt.spoil(&a)
			_, err := w.Order(e, a)
			f, ok := fault.As(err)
			if !ok || f.Kind != fault.KindInvalid || len(f.Fields) != 1 || f.Fields[0].Path != tt.field {
				t.Fatalf("got %v, want one problem at %s", err, tt.field)
			}
		})
	}
	if got := w.Pool(e).Sold; got != 0 {
		t.Errorf("%d seats were taken by refused orders", got)
	}
}

func TestPlaceOrder_TakesNamesAndAddressesAsTheyAre(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	a := w.Guest()
	a.Name, a.Email = `Siân "Pat" O'Brien, 🧬 MBE`, "siân@bücher.Example"

	r := w.Registered(e, a)

	got, err := w.Bookings.Registration(t.Context(), e.Org, r.ID)
	if err != nil || got.Attendee.Name != a.Name || got.Attendee.Email != "siân@bücher.example" {
		t.Fatalf("kept %q <%s>, %v", got.Attendee.Name, got.Attendee.Email, err)
	}
}

func TestPlaceOrder_RefusesWhatIsNotOnSale(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	open := w.Event()
	for name, tt := range map[string]struct {
		event  testworld.Event
		reason fault.Reason
	}{
		"draft":             {w.Draft(), fault.NoSuchThing},
		"another's product": {testworld.Event{Event: open.Event, Product: w.Event().Product}, fault.NoSuchThing},
		"unknown product":   {testworld.Event{Event: open.Event, Product: uid.New[uid.Product]()}, fault.NoSuchThing},
		"registration over": {w.Event(testworld.At("2026-11-19T13:00", "2026-11-19T14:00")), fault.SalesClosed},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.reason == fault.SalesClosed {
				w.Clock.Advance(2 * time.Hour)
				defer w.Clock.Advance(-2 * time.Hour)
			}
			if _, err := w.Order(tt.event); !fault.Is(err, tt.reason) {
				t.Fatalf("got %v, want %s", err, tt.reason)
			}
		})
	}
}

package inventory_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// model is what one pool should be like: who has a seat for good, who holds one
// until when, and how many there are.
type model struct {
	size  int
	sold  map[string]booking.PlacedRegistration
	holds []booking.Hold
}

func (m *model) live(now time.Time) int {
	n := 0
	for _, h := range m.holds {
		if h.ExpiresAt.After(now) {
			n += h.Quantity
		}
	}
	return n
}

// TestPool_AgreesWithAModelThroughRandomCommands lets random people hold, place,
// give back, cancel and wait, while the organiser changes the size, and compares
// every answer and the counts with a model in memory.
func TestPool_AgreesWithAModelThroughRandomCommands(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{size: rapid.IntRange(1, 6).Draw(rt, "size"), sold: map[string]booking.PlacedRegistration{}}
		e := w.Event(testworld.Capacity(m.size), testworld.At("2030-06-01T10:00", "2030-06-01T11:00"))
		widen(w, e)
		for step := range rapid.IntRange(10, 40).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"hold", "place", "place held", "release", "cancel", "wait", "resize"}).Draw(rt, fmt.Sprint("step ", step)) {
			case "hold":
				m.hold(rt, w, e)
			case "place":
				m.place(rt, w, e)
			case "place held":
				m.placeHeld(rt, w, e)
			case "release":
				if len(m.holds) > 0 {
					h := m.holds[0]
					m.holds = m.holds[1:]
					if err := w.Bookings.ReleaseHold(t.Context(), h.Secret); err != nil {
						rt.Fatal(err)
					}
				}
			case "cancel":
				for id, r := range m.sold {
					if _, err := w.Bookings.CancelMine(t.Context(), replay.Key{}, r.LinkSecret, nil); err != nil {
						rt.Fatal(err)
					}
					delete(m.sold, id)
					break
				}
			case "wait":
				w.Clock.Advance(time.Duration(rapid.IntRange(1, 15).Draw(rt, "minutes")) * time.Minute)
			case "resize":
				m.size = rapid.IntRange(0, 8).Draw(rt, "new size")
				resize(w, e, m.size)
			}
			p := w.Pool(e)
			if p.Sold != len(m.sold) || p.Held != m.live(w.Clock.Now()) || p.Over() != max(0, p.Sold+p.Held-m.size) {
				rt.Fatalf("the pool has %d sold, %d held, %d over; the model %d, %d of %d", p.Sold, p.Held, p.Over(), len(m.sold), m.live(w.Clock.Now()), m.size)
			}
		}
		w.CheckSeats()
	})
}

// expect compares an answer with what the model says about n more seats.
func (m *model) expect(rt *rapid.T, err error, now time.Time, n int) bool {
	free := m.size - len(m.sold) - m.live(now)
	switch {
	case n <= free && err != nil:
		rt.Fatalf("%d of %d free seats were refused: %v", n, free, err)
	case n > free && len(m.sold)+n > m.size && !fault.Is(err, fault.SoldOut) && !fault.Is(err, fault.HoldExpired):
		rt.Fatalf("%d seats beyond the end got %v", n, err)
	case n > free && len(m.sold)+n <= m.size && !fault.Is(err, fault.AllInBaskets) && !fault.Is(err, fault.HoldExpired):
		rt.Fatalf("%d seats in baskets got %v", n, err)
	}
	return err == nil
}

func (m *model) hold(rt *rapid.T, w *testworld.World, e testworld.Event) {
	n := rapid.IntRange(1, 3).Draw(rt, "quantity")
	h, err := w.Bookings.Hold(w.T.Context(), replay.Key{}, booking.HoldInput{Org: e.Org, Event: e.ID, Product: e.Product, Quantity: n})
	if m.expect(rt, err, w.Clock.Now(), n) {
		m.holds = append(m.holds, h)
	}
}

func (m *model) place(rt *rapid.T, w *testworld.World, e testworld.Event) {
	p, err := w.Order(e)
	if m.expect(rt, err, w.Clock.Now(), 1) {
		m.sold[p.Code] = p.Registrations[0]
	}
}

func (m *model) placeHeld(rt *rapid.T, w *testworld.World, e testworld.Event) {
	if len(m.holds) == 0 {
		return
	}
	h := m.holds[0]
	in := booking.OrderInput{Org: e.Org, Event: e.ID, Product: e.Product, Attendees: []booking.Attendee{w.Guest()}, HoldSecret: h.Secret}
	p, err := w.Bookings.PlaceOrder(w.T.Context(), replay.Key{}, in)
	if h.ExpiresAt.After(w.Clock.Now()) {
		if err != nil {
			rt.Fatalf("a live basket was refused: %v", err)
		}
	} else if fault.Is(err, fault.HoldExpired) {
		return // its seats may or may not have gone to others; the counts tell
	} else if err != nil {
		rt.Fatalf("a lapsed basket got %v", err)
	}
	m.holds = m.holds[1:]
	m.sold[p.Code] = p.Registrations[0]
}

// widen lets one order have several places.
func widen(w *testworld.World, e testworld.Event) {
	w.T.Helper()
	products, _, err := w.Stock.Inventory(w.T.Context(), e.Org, e.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	p := products[0]
	_, err = w.Stock.UpdateProduct(w.T.Context(), w.Owner, replay.Key{}, p.ID, p.Version, inventory.ProductInput{
		Org: e.Org, Event: e.ID, Title: p.Title, Pools: p.Pools, MaxPerOrder: 10,
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func resize(w *testworld.World, e testworld.Event, size int) {
	w.T.Helper()
	p := w.Pool(e)
	_, err := w.Stock.UpdatePool(w.T.Context(), w.Owner, replay.Key{}, p.ID, p.Version, inventory.PoolInput{
		Org: e.Org, Event: e.ID, Title: p.Title, Size: &size,
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func TestUpdatePool_SizeBelowSoldIsShownAsOverAndCancelsNobody(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(5))
	for range 4 {
		w.Registered(e)
	}

	resize(w, e, 1)

	if p := w.Pool(e); p.Sold != 4 || p.Over() != 3 || p.Left() != 0 {
		t.Fatalf("%d sold, %d over, %d left", p.Sold, p.Over(), p.Left())
	}
	if _, err := w.Order(e); !fault.Is(err, fault.SoldOut) {
		t.Fatalf("the next one got %v, want SOLD_OUT", err)
	}
	w.CheckSeats()
}

func TestTake_NeedsRoomInEveryPoolOfTheProduct(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(5))
	one := 1
	workshop, err := w.Stock.CreatePool(t.Context(), w.Owner, replay.Key{}, inventory.PoolInput{
		Org: e.Org, Event: e.ID, Session: e.Sessions[0].ID, Title: "Workshop room", Size: &one,
	})
	if err != nil {
		t.Fatal(err)
	}
	other, err := w.Stock.CreateProduct(t.Context(), w.Owner, replay.Key{}, inventory.ProductInput{
		Org: e.Org, Event: e.ID, Title: "Second product", MaxPerOrder: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	second := e
	second.Product = other.ID

	w.Registered(second) // draws on the session's room because it includes the session

	if _, err := w.Order(e); !fault.Is(err, fault.SoldOut) {
		t.Fatalf("the first product got %v although the room is full", err)
	}
	if p := w.Pool(e); p.Sold != 0 {
		t.Errorf("a refused order left %d seats taken in the other pool", p.Sold)
	}
	if err := w.Stock.DeletePool(t.Context(), w.Owner, replay.Key{}, e.Org, e.ID, workshop.ID, workshop.Version); !fault.Is(err, fault.WrongState) {
		t.Errorf("a pool in use was removed: %v", err)
	}
	w.CheckSeats()
}

func TestTake_WithoutAPoolIsNotSellable(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	p, err := w.Stock.CreateProduct(t.Context(), w.Owner, replay.Key{}, inventory.ProductInput{Org: e.Org, Event: e.ID, Title: "Nothing behind it", MaxPerOrder: 1})
	if err != nil {
		t.Fatal(err)
	}
	e.Product = p.ID

	if _, err := w.Order(e); !fault.Is(err, fault.NotSellable) {
		t.Fatalf("got %v, want NOT_SELLABLE", err)
	}
}

func TestInventory_BadInputNamesTheField(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e, other := w.Event(), w.Event(testworld.Titled("Another"))
	minus := -1
	for name, tt := range map[string]struct {
		run   func() error
		field string
	}{
		"negative size": {func() error {
			_, err := w.Stock.CreatePool(t.Context(), w.Owner, replay.Key{}, inventory.PoolInput{Org: e.Org, Event: e.ID, Title: "x", Size: &minus})
			return err
		}, "details.size"},
		"no title": {func() error {
			_, err := w.Stock.CreatePool(t.Context(), w.Owner, replay.Key{}, inventory.PoolInput{Org: e.Org, Event: e.ID, Title: " "})
			return err
		}, "details.title"},
		"another event's pool": {func() error {
			_, err := w.Stock.CreateProduct(t.Context(), w.Owner, replay.Key{}, inventory.ProductInput{Org: e.Org, Event: e.ID, Title: "x", MaxPerOrder: 1, Pools: []uid.Pool{other.Pool}})
			return err
		}, "details.pool_ids"},
		"another event's session": {func() error {
			_, err := w.Stock.CreateProduct(t.Context(), w.Owner, replay.Key{}, inventory.ProductInput{Org: e.Org, Event: e.ID, Title: "x", MaxPerOrder: 1, Sessions: []uid.Session{other.Sessions[0].ID}})
			return err
		}, "details.session_ids"},
		"zero per order": {func() error {
			_, err := w.Stock.CreateProduct(t.Context(), w.Owner, replay.Key{}, inventory.ProductInput{Org: e.Org, Event: e.ID, Title: "x"})
			return err
		}, "details.max_per_order"},
	} {
		t.Run(name, func(t *testing.T) {
			f, ok := fault.As(tt.run())
			if !ok || len(f.Fields) != 1 || f.Fields[0].Path != tt.field {
				t.Fatalf("got %v, want a problem at %s", f, tt.field)
			}
		})
	}
}

func TestUpdatePool_StaleVersionChangesNothing(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(5))
	p := w.Pool(e)
	resize(w, e, 6)

	five := 5
	_, err := w.Stock.UpdatePool(t.Context(), w.Owner, replay.Key{}, p.ID, p.Version, inventory.PoolInput{Org: e.Org, Event: e.ID, Title: p.Title, Size: &five})

	if !fault.Is(err, fault.StaleVersion) || *w.Pool(e).Size != 6 {
		t.Fatalf("the stale edit got %v; the size is %d", err, *w.Pool(e).Size)
	}
}

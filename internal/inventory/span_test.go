package inventory_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// spans reads the prices of events as lists show them.
func spans(w *testworld.World, events ...testworld.Event) map[uid.Event]inventory.PriceSpan {
	w.T.Helper()
	var of []inventory.EventOf
	for _, e := range events {
		of = append(of, inventory.EventOf{Org: e.Org, Event: e.ID})
	}
	got, err := w.Stock.PriceSpans(w.T.Context(), w.Clock.Now(), of)
	if err != nil {
		w.T.Fatal(err)
	}
	return got
}

func gbp(minor int64) money.Amount { return money.New(minor, money.GBP) }

func TestPriceSpans_SayWhatTicketsCostOfManyEventsAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	free, named, full := s.World.Event(), s.World.Event(), s.World.Event(testworld.Capacity(1))
	s.archive(s.Event)
	fixed := func(minor int64) inventory.Terms {
		return inventory.Terms{Kind: inventory.Ticket, Pricing: inventory.Fixed, Currency: money.GBP, Price: minor, VATCategory: inventory.VATOutside}
	}
	s.sells("Delegate", fixed(2400))
	s.sells("Stand", fixed(90000))
	hidden, addOn, later, early := fixed(100), fixed(200), fixed(300), fixed(12000)
	hidden.Hidden, addOn.Kind, later.SellsFrom = true, inventory.AddOn, "2026-11-25T09:00"
	early.Phases = []inventory.Phase{{Title: "Early", Price: 1500, Ends: "2026-11-22"}}
	s.sells("Speaker", hidden)
	s.sells("Dinner", addOn)
	s.sells("Last minute", later)
	s.sells("Early", early)

	s.archive(named)
	shop{s.World, named}.sells("As you like", inventory.Terms{Kind: inventory.Ticket, Pricing: inventory.Open, Currency: money.GBP, Minimum: 500, Price: 1000, VATCategory: inventory.VATOutside})
	s.World.Price(full, 5000, money.GBP)
	s.Basket(full, 1)

	want := map[uid.Event]inventory.PriceSpan{
		s.ID:     {Least: gbp(1500), Most: gbp(90000)},
		free.ID:  {Least: money.New(0, ""), Most: money.New(0, "")},
		named.ID: {Least: gbp(500), Most: gbp(500), Open: true},
	}
	if diff := cmp.Diff(want, spans(s.World, s.Event, free, named, full)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	s.Clock.Advance(7 * 24 * time.Hour) // the early phase is over, and the last minute has come
	want[s.ID] = inventory.PriceSpan{Least: gbp(300), Most: gbp(90000)}
	if diff := cmp.Diff(want[s.ID], spans(s.World, s.Event)[s.ID]); diff != "" {
		t.Errorf("a week later: -want +got:\n%s", diff)
	}
	if got := spans(s.World); len(got) != 0 {
		t.Errorf("of no events: %v", got)
	}
}

// archive takes away the ticket that an event is made with.
func (s shop) archive(e testworld.Event) {
	s.T.Helper()
	products, err := s.Stock.Products(s.T.Context(), s.DB.Pool(), e.Org, e.ID)
	if err != nil {
		s.T.Fatal(err)
	}
	if _, err := s.Stock.ArchiveProduct(s.T.Context(), s.Owner, replay.Key{}, e.Org, e.ID, products[0].ID, products[0].Version); err != nil {
		s.T.Fatal(err)
	}
}

package demo_test

import (
	"testing"
	"time"

	"lanyard/internal/catalog"
	"lanyard/internal/demo"
	"lanyard/internal/testworld"
)

func TestFill_MakesALivingProgrammeOnceOnAnyDay(t *testing.T) {
	t.Parallel()
	for _, now := range []time.Time{
		testworld.Noon,
		time.Date(2027, 3, 27, 23, 30, 0, 0, time.UTC), // the night before the clocks go forward in London
		time.Date(2027, 10, 30, 0, 30, 0, 0, time.UTC), // the night before they go back
	} {
		t.Run(now.Format(time.DateOnly), func(t *testing.T) {
			t.Parallel()
			w := testworld.New(t)
			w.Clock.Advance(now.Sub(testworld.Noon))
			s := demo.Services{DB: w.DB, Accounts: w.Accounts, Events: w.Events, Stock: w.Stock, Bookings: w.Bookings}

			people, err := demo.Fill(t.Context(), s, now)
			if err != nil {
				t.Fatal(err)
			}
			again, err := demo.Fill(t.Context(), s, now)
			if err != nil || len(again) != 4 || again[0].ID != people[0].ID {
				t.Fatalf("the second run gave %+v, %v", again, err)
			}

			all, _, err := w.Events.Programme(t.Context(), catalog.Filter{OrgSlug: demo.Slug, IncludePast: true}, catalog.Page{Size: 50})
			if err != nil || len(all) != 7 {
				t.Fatalf("%d events are public, %v; want 7", len(all), err)
			}
			open, _, err := w.Events.Programme(t.Context(), catalog.Filter{OrgSlug: demo.Slug, PlacesLeft: true}, catalog.Page{Size: 50})
			if err != nil || len(open) != 5 {
				t.Fatalf("%d events have places, %v; want all but the past and the sold-out one", len(open), err)
			}
			if _, err := w.Events.PublicEvent(t.Context(), demo.Slug, demo.SaleSlug); err != nil {
				t.Errorf("the event that is printed at the start: %v", err)
			}
			w.CheckSeats()
		})
	}
}

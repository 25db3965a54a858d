package checkin_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/checkin"
	"lanyard/internal/testworld"
)

// A card is made from what the transaction wrote; the same scan sent again is
// answered from the tables. Both say the same, whoever came in beside.
func TestCheck_ACrowdsCardsSayWhatTheTablesSay(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	dinner := d.newList(once(func(l *checkin.ListDetails) { l.Title = "Dinner" }))
	const n = 12
	guests := d.guests(n)
	tablet := d.tablet("North", d.list.ID, dinner.ID)
	scans := make([]checkin.ScanInput, 2*n) // each guest at two lists
	for i := range scans {
		scans[i] = d.scan(guests[i%n])
		if i >= n {
			scans[i].List = dinner.ID
		}
	}
	cards := make([]checkin.Result, len(scans))
	errs := testworld.Race(len(scans), func(i int) error {
		var err error
		cards[i], err = d.s.Check(t.Context(), tablet, scans[i])
		return err
	})
	for _, err := range errs {
		t.Error(err)
	}
	for i, in := range scans {
		d.want(cards[i], checkin.Admitted)
		again := d.check(tablet, in)
		first, now := cards[i], again
		first.Ticket, now.Ticket = nil, nil
		if diff := cmp.Diff(now, first); diff != "" {
			t.Errorf("the answer differs from the same scan's sent again (-again +first):\n%s", diff)
		}
		if !cmp.Equal(*on(again.Ticket, in), *on(cards[i].Ticket, in)) {
			t.Errorf("the card says %+v, the tables %+v", cards[i].Ticket.Admissions, again.Ticket.Admissions)
		}
	}
	third := d.check(tablet, d.scan(d.guests(1)[0]))
	if len(third.Ticket.Admissions) != 1 {
		t.Errorf("a fresh ticket has admissions %+v", third.Ticket.Admissions)
	}
}

// on is a ticket's admission on a scan's list.
func on(t *checkin.Ticket, in checkin.ScanInput) *checkin.Admission {
	for i, a := range t.Admissions {
		if a.List == in.List {
			return &t.Admissions[i]
		}
	}
	return &checkin.Admission{}
}

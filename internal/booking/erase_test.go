package booking_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
)

func TestScenario72_ErasureTakesPeopleAndLeavesTheBooks(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.Paid(w.Placed(e, 1), stripesim.CardVisa)
	books := func() (d ledger.Document, postings int) {
		d, err := w.Books.Document(t.Context(), w.DB.Pool(), o.Org, o.Documents[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.DB.Pool().QueryRow(t.Context(), `SELECT count(*) FROM posting`).Scan(&postings); err != nil {
			t.Fatal(err)
		}
		return d, postings
	}
	erase := func(code string) (booking.Order, error) {
		return w.Bookings.EraseOrder(t.Context(), w.Owner, replay.Key{}, booking.EraseInput{Org: o.Org, Order: o.ID, Code: code, Reason: "Asked for by letter"})
	}
	if _, err := erase("another"); !fault.Is(err, fault.InvalidInput) {
		t.Fatalf("with another order's code: %v", err)
	}
	if _, err := erase(o.Code); !fault.Is(err, fault.WrongState) {
		t.Fatalf("before the event: %v", err)
	}
	document, postings := books()
	w.Clock.Advance(e.EndsAt.Sub(w.Clock.Now()) + time.Hour)

	after, err := erase(strings.ToLower(" " + o.Code[:4] + "-" + o.Code[4:]))

	if err != nil {
		t.Fatal(err)
	}
	if after.Buyer != (booking.Buyer{}) || after.Payer != (booking.Payer{}) || after.Lines[0].Attendee != "" || after.Total != o.Total || after.Paid != o.Paid {
		t.Errorf("the order is %+v", after)
	}
	var left int
	w.Work()
	err = w.DB.Pool().QueryRow(t.Context(), `
SELECT (SELECT count(*) FROM registration r WHERE to_jsonb(r)::text LIKE '%guest%')
     + (SELECT count(*) FROM order_terms t WHERE to_jsonb(t)::text ILIKE '%bea%')
     + (SELECT count(*) FROM payment_attempt a WHERE to_jsonb(a)::text ILIKE '%bea%')
     + (SELECT count(*) FROM calendar_invite c WHERE to_jsonb(c)::text LIKE '%guest%')
     + (SELECT count(*) FROM message m WHERE m.recipient <> '' OR m.subject <> '' OR m.raw <> '')
     + (SELECT count(*) FROM fact f WHERE to_jsonb(f)::text ILIKE '%bea@%' OR to_jsonb(f)::text LIKE '%guest%')`).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d rows still name somebody, %v", left, err)
	}
	if _, err := w.Bookings.MyOrder(t.Context(), o.Secret); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("the buyer's link: %v", err)
	}
	d, n := books()
	if diff := cmp.Diff(document, d); diff != "" || n != postings || !strings.Contains(d.Customer.Name, "Bea") {
		t.Errorf("the books changed: %s; %d postings, were %d", diff, n, postings)
	}
}

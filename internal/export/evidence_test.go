package export_test

import (
	"strings"
	"testing"

	"lanyard/internal/export"
	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

func TestEvidence_TellsWhoBoughtWhatAndWhichMailsWentOut(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Titled("Launch day"), testworld.Capacity(10))
	w.Price(e, 12000, money.GBP)
	o := w.Paid(w.Placed(e, 1), stripesim.CardUK)
	w.Work()

	text, err := export.New(w.DB, w.Events, w.Bookings).Evidence(t.Context(), w.Org.ID, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`Order ` + o.Code + ` for "Launch day"`, "ordered by Bea Buyer <bea@example.org>", "Place taken: ", "Mail \""} {
		if !strings.Contains(text, want) {
			t.Errorf("the evidence does not say %q:\n%s", want, text)
		}
	}
	if _, err := export.New(w.DB, w.Events, w.Bookings).Evidence(t.Context(), w.Org.ID, uid.New[uid.Order]()); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("evidence of no order: %v, want not found", err)
	}
}

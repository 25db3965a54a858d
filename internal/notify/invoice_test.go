package notify_test

import (
	"strings"
	"testing"
	"time"

	"lanyard/internal/bank"
	"lanyard/internal/booking"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
)

// invoiced places an order on invoice for 120 pounds, due on 3 December 2026.
func invoiced(t *testing.T) (*testworld.World, booking.Order) {
	t.Helper()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(20))
	w.Price(e, 12000, money.GBP)
	w.Sales(e, func(s *booking.Sales) { s.OnInvoice, s.InvoiceDays = true, 14 })
	supplier, err := w.Bookings.Supplier(t.Context(), w.Org.ID)
	if err != nil {
		t.Fatal(err)
	}
	supplier.BankDetails = "Sort code 60-16-13\nAccount 31926819"
	if _, err := w.Bookings.SaveSupplier(t.Context(), w.Owner, replay.Key{}, w.Org.ID, supplier); err != nil {
		t.Fatal(err)
	}
	done, err := w.CheckOut(w.Basket(e, 1), 1, testworld.OnInvoice)
	if err != nil {
		t.Fatal(err)
	}
	w.Work()
	return w, w.MyOrder(done.Secret)
}

// reminded makes what is due and returns the mails' titles in the order they came.
func reminded(t *testing.T, w *testworld.World) []string {
	t.Helper()
	if _, err := w.Notices.RemindInvoices(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Work()
	var titles []string
	for _, m := range w.Mails() {
		if title, _, ok := strings.Cut(m.Subject, ":"); ok && strings.Contains(title, "invoice") {
			titles = append(titles, title)
		}
	}
	return titles
}

func at(w *testworld.World, year int, month time.Month, d, hour int) {
	w.Clock.Advance(time.Date(year, month, d, hour, 0, 0, 0, time.UTC).Sub(w.Clock.Now()))
}

func TestRemindInvoices_AsksInFourStepsInOfficeHoursOnly(t *testing.T) {
	t.Parallel()
	w, _ := invoiced(t)
	want := 0
	for _, step := range []struct {
		month   time.Month
		d, hour int
		more    bool
	}{
		{11, 29, 12, false}, // four days before, and a Sunday
		{11, 30, 8, false},  // three days before, too early
		{11, 30, 9, true},
		{11, 30, 12, false}, // not twice
		{12, 3, 17, false},
		{12, 4, 10, false}, // the day after is left to money on its way
		{12, 5, 10, false}, // a Saturday
		{12, 7, 10, true},
		{12, 11, 10, false},
		{12, 14, 10, true},
		{12, 24, 10, true},
		{12, 28, 10, false},
	} {
		at(w, 2026, step.month, step.d, step.hour)
		if step.more {
			want++
		}
		if got := reminded(t, w); len(got) != want {
			t.Fatalf("on %d %s at %d there are %q, want %d", step.d, step.month, step.hour, got, want)
		}
	}
}

func TestRemindInvoices_SayWhatIsOwedAndWhereToPayIt(t *testing.T) {
	t.Parallel()
	w, o := invoiced(t)
	at(w, 2026, 12, 7, 10)
	reminded(t, w)

	text := w.Mails()[len(w.Mails())-1].Text
	for _, part := range []string{o.Documents[0].Number, "£120.00 was due on 3 December 2026", "Sort code 60-16-13", "Please quote " + o.Documents[0].Number, "/order/"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
}

func TestRemindInvoices_AfterAPauseOnlyTheLatestStepIsSent(t *testing.T) {
	t.Parallel()
	w, _ := invoiced(t)
	at(w, 2026, 12, 15, 10)
	if got := reminded(t, w); len(got) != 1 || got[0] != "Your invoice is still open" {
		t.Errorf("%q", got)
	}
}

func TestRemindInvoices_StopWhenTheMoneyCame(t *testing.T) {
	t.Parallel()
	w, o := invoiced(t)
	_, err := w.Bank.SaveAccount(t.Context(), w.Owner, replay.Key{}, bank.AccountInput{Org: w.Org.ID, Name: "Current", Number: "60-16-13 31926819", Currency: "GBP"})
	if err != nil {
		t.Fatal(err)
	}
	csv := "Date,Amount,Description\n2026-11-27,120.00,Leeds Labs " + o.Documents[0].Number + "\n"
	done, err := w.Bank.Import(t.Context(), w.Owner, replay.Key{}, bank.ImportInput{Org: w.Org.ID, Content: []byte(csv)})
	if err != nil || done.Matched != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	at(w, 2026, 12, 14, 10)
	if got := reminded(t, w); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestRemindInvoices_AsksNobodyWhereTheOrganisationWantsNoReminders(t *testing.T) {
	t.Parallel()
	w, _ := invoiced(t)
	set := func(off bool) {
		t.Helper()
		supplier, err := w.Bookings.Supplier(t.Context(), w.Org.ID)
		if err != nil {
			t.Fatal(err)
		}
		supplier.NoReminders = off
		if _, err := w.Bookings.SaveSupplier(t.Context(), w.Owner, replay.Key{}, w.Org.ID, supplier); err != nil {
			t.Fatal(err)
		}
	}
	set(true)
	at(w, 2026, time.December, 7, 10)
	if got := reminded(t, w); len(got) != 0 {
		t.Errorf("switched off: %q", got)
	}
	set(false)
	if got := reminded(t, w); len(got) != 1 {
		t.Errorf("switched on again: %q", got)
	}
}

package notify_test

import (
	"strings"
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// toBuyer lists the subjects of the mails that the buyer of orders got so far.
func toBuyer(w *testworld.World) []string {
	w.T.Helper()
	var subjects []string
	for _, m := range w.Mails() {
		if m.Kind == "order" {
			subjects = append(subjects, m.Subject)
		}
	}
	return subjects
}

// wantMails fails unless the buyer got exactly these mails, by how their subjects begin.
func wantMails(w *testworld.World, when string, want ...string) {
	w.T.Helper()
	got := toBuyer(w)
	if len(got) != len(want) {
		w.T.Fatalf("%s the buyer has %q, want %q", when, got, want)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			w.T.Errorf("%s mail %d is %q, want %q", when, i+1, got[i], want[i])
		}
	}
}

// selling is an event with places at 24 pounds.
func selling(t *testing.T, options ...testworld.EventOption) (*testworld.World, testworld.Event) {
	t.Helper()
	w := testworld.New(t)
	e := w.Event(append([]testworld.EventOption{testworld.Capacity(10)}, options...)...)
	w.Price(e, 2400, money.GBP)
	return w, e
}

const pleasePay, confirmed = "Please pay for your places", "Your order is confirmed"

func TestOrder_WhoGoesOnToPayIsAskedOnlyAfterFiveMinutes(t *testing.T) {
	t.Parallel()
	w, e := selling(t)
	w.Placed(e, 2)
	wantMails(w, "at once")
	w.Clock.Advance(5*time.Minute - time.Second)
	wantMails(w, "just before five minutes")
	w.Clock.Advance(time.Second)
	wantMails(w, "after five minutes", pleasePay)
	w.Clock.Advance(5 * time.Minute)
	wantMails(w, "after ten minutes", pleasePay)
}

func TestOrder_WhoPaysWithinFiveMinutesIsNeverAsked(t *testing.T) {
	t.Parallel()
	w, e := selling(t)
	w.Paid(w.Placed(e, 1), stripesim.CardVisa)
	w.Clock.Advance(6 * time.Minute)
	wantMails(w, "after six minutes", confirmed)
}

func TestOrder_WhoCannotPayAnyMoreIsNotAsked(t *testing.T) {
	t.Parallel()
	w, e := selling(t)
	w.Placed(e, 1)
	w.Clock.Advance(24 * time.Hour)
	wantMails(w, "a day later, when the jobs run again") // nobody has taken the order away yet
}

func TestOrder_OnInvoiceIsConfirmedAtOnce(t *testing.T) {
	t.Parallel()
	w, e := selling(t)
	w.Sales(e, func(s *booking.Sales) { s.OnInvoice = true })
	if _, err := w.CheckOut(w.Basket(e, 1), 1, testworld.OnInvoice); err != nil {
		t.Fatal(err)
	}
	wantMails(w, "at once", confirmed)
	w.Clock.Advance(6 * time.Minute)
	wantMails(w, "after six minutes", confirmed)
}

func TestOrder_WhoWasLetInIsAskedAtOnce(t *testing.T) {
	t.Parallel()
	w, e := selling(t, testworld.ByApproval)
	o := w.MyOrder(w.Placed(e, 1))
	w.Clock.Advance(time.Minute)
	wantMails(w, "before the decision")
	decided, err := w.Bookings.Decide(t.Context(), w.Owner, replay.Key{}, booking.DecideInput{
		Org: e.Org, Event: e.ID, Registrations: []uid.Registration{o.Lines[0].Registration}, Approve: true,
	})
	if err != nil || decided[0].State != booking.StateAwaitingPayment {
		t.Fatalf("the decision: %+v, %v", decided, err)
	}
	wantMails(w, "after the decision", pleasePay)
}

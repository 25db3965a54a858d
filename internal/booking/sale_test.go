package booking_test

import (
	"strings"
	"sync"
	"testing"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

// priced is an event with so many places at 24 pounds.
func priced(t *testing.T, places int) (*testworld.World, testworld.Event) {
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(places))
	w.Price(e, 2400, money.GBP)
	return w, e
}

func wantOrder(t *testing.T, o booking.Order, state booking.OrderState, m booking.MoneyState) {
	t.Helper()
	if o.State != state || o.Money != m {
		t.Fatalf("the order is %s and %s, want %s and %s", o.State, o.Money, state, m)
	}
}

// fulfilled fails unless the order has exactly one invoice, one sale in the books
// and one confirmation mail for each place.
func fulfilled(t *testing.T, w *testworld.World, o booking.Order, places int) {
	t.Helper()
	if len(o.Documents) != 1 {
		t.Errorf("the order has %d documents, want its invoice", len(o.Documents))
	}
	owed, err := w.Books.Balance(t.Context(), w.DB.Pool(), o.Org, "receivable", o.ID.String())
	if err != nil {
		t.Fatal(err)
	}
	if owed[o.Currency] != o.Balance.Minor {
		t.Errorf("the books say %d is owed, the order %d", owed[o.Currency], o.Balance.Minor)
	}
	confirmations := 0
	for _, m := range w.Mails() {
		if m.Kind == "confirmation" {
			confirmations++
		}
	}
	if confirmations != places {
		t.Errorf("%d confirmations were sent, want %d", confirmations, places)
	}
	w.CheckSeats()
}

func TestScenario01_WebhookBeforeReturnPageConfirmsOnce(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	secret := w.Placed(e, 2)
	wantOrder(t, w.MyOrder(secret), booking.OrderPlaced, booking.MoneyDue)

	wantOrder(t, w.Paid(secret, stripesim.CardVisa), booking.OrderConfirmed, booking.MoneyPaid)
	o, err := w.Bookings.SyncMyOrder(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	w.Told()
	fulfilled(t, w, o, 2)
}

func TestScenario02_ReturnPageBeforeWebhookConfirmsOnce(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	secret := w.Placed(e, 1)
	if _, err := w.Stripe.Pay(w.Paying(secret), stripesim.CardVisa); err != nil {
		t.Fatal(err)
	}
	o, err := w.Bookings.SyncMyOrder(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyPaid)
	w.Told()
	fulfilled(t, w, w.MyOrder(secret), 1)
}

func TestScenario20_PayingTwiceOpensOnePage(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	secret := w.Placed(e, 1)
	urls := make([]string, 8)
	var all sync.WaitGroup
	for i := range urls {
		all.Go(func() { urls[i], _ = w.Bookings.StartPayment(t.Context(), "https://events.example.org", secret) })
	}
	all.Wait()
	first := ""
	for _, u := range urls {
		if u != "" && first == "" {
			first = u
		}
		if u != "" && u != first {
			t.Fatalf("two pages are open: %s and %s", first, u)
		}
	}
	if first == "" {
		t.Fatal("no page was opened")
	}
	if again, err := w.Bookings.StartPayment(t.Context(), "https://events.example.org", secret); err != nil || again != first {
		t.Fatalf("asking again gave %q, %v; want %q", again, err, first)
	}
}

// lapse ends what is unpaid and overdue.
func lapse(t *testing.T, w *testworld.World) {
	t.Helper()
	if _, err := w.Bookings.LapseUnpaid(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Told()
}

func TestScenario29_HundredBuyersOfTheLastSeat(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 1)
	refusals := testworld.Race(100, func(int) error { _, err := w.Fill(e, 1); return err })
	for _, err := range refusals {
		if !fault.Is(err, fault.AllInBaskets) && !fault.Is(err, fault.SoldOut) {
			t.Errorf("refused with %v", err)
		}
	}
	if won := 100 - len(refusals); won != 1 {
		t.Fatalf("%d buyers hold the last seat, want 1", won)
	}
	w.CheckSeats()
}

func TestScenario33_DeclinedThenAnotherCardIsOnePayment(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	secret := w.Placed(e, 1)
	session := w.Paying(secret)
	if p, err := w.Stripe.Pay(session, stripesim.CardDeclined); err == nil && p.Status == "succeeded" {
		t.Fatal("a declined card paid")
	}
	w.Told()
	wantOrder(t, w.MyOrder(secret), booking.OrderPlaced, booking.MoneyDue)
	o := w.Paid(secret, stripesim.CardVisa)
	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyPaid)
	if len(o.Payments) != 1 {
		t.Fatalf("there are %d payments, want 1", len(o.Payments))
	}
	fulfilled(t, w, o, 1)
}

func TestScenario38_ATotalBelowTheMinimumIsRefusedAtTheBasket(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	w.Price(e, 10, money.GBP)
	if _, err := w.Fill(e, 1); !fault.Is(err, fault.BelowMinimum) {
		t.Fatalf("a basket of 10p: %v", err)
	}
	if b := w.Basket(e, 3); b.Total.Minor != 30 {
		t.Fatalf("three of 10p come to %v", b.Total)
	}
}

func TestScenario38_AfterADiscountTooLittleIsRefusedAndNothingNeedsNoStripe(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	ticket := s.sells("Delegate", fixed(2010), s.World.Pool(s.Event).ID)
	off := func(text string, minor int64) {
		s.code(inventory.Code{Text: text, Effect: inventory.MoneyOff, Amount: minor, Currency: money.GBP})
	}
	off("NEARLY", 2000)
	off("ALL", 2010)
	_, err := s.fill("NEARLY", of(ticket, 1))
	if f, shown := fault.As(err); !shown || f.Reason != fault.BelowMinimum || !strings.Contains(f.Message, "£0.30") {
		t.Errorf("ten pence after the discount: %v", err)
	}

	b, err := s.fill("ALL", of(ticket, 1))
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.CheckOut(b, 1)
	if err != nil {
		t.Fatal(err)
	}

	s.Told()
	o := s.MyOrder(done.Secret)
	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyNone)
	if all := s.Stripe.Sessions(""); len(all) != 0 || o.CanPay || len(o.Documents) != 0 {
		t.Errorf("%d payment pages were opened, it can be paid: %t, %d documents", len(all), o.CanPay, len(o.Documents))
	}
	s.CheckSeats()
}

func TestCheckout_RefusesAnotherTotalThanTheOneShown(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	b := w.Basket(e, 1)
	in := booking.CheckoutInput{Buyer: booking.Buyer{Name: "Bea", Email: "bea@example.org"}, ExpectedTotal: b.Total.Minor + 1}
	_, err := w.Bookings.Checkout(t.Context(), replay.Key{}, b.Secret, in)
	if !fault.Is(err, fault.PriceChanged) {
		t.Fatalf("another total than the one shown: %v", err)
	}
}

func TestCancelMyLines_GivesBackWhatWasShown(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	secret := w.Placed(e, 2)
	o := w.Paid(secret, stripesim.CardVisa)
	one := testworld.Lines(o)[:1]
	if _, err := w.Bookings.CancelMyLines(t.Context(), replay.Key{}, secret, one, 1); !fault.Is(err, fault.PriceChanged) {
		t.Fatalf("a refund that was not shown: %v", err)
	}
	back := o.Lines[0].RefundNow.Minor
	o, err := w.Bookings.CancelMyLines(t.Context(), replay.Key{}, secret, one, back)
	if err != nil {
		t.Fatal(err)
	}
	if o.State != booking.OrderConfirmed || o.Refunded.Minor != back || len(testworld.Lines(o)) != 1 {
		t.Fatalf("after giving one of two up: %s, refunded %d of %d, %d lines live", o.State, o.Refunded.Minor, back, len(testworld.Lines(o)))
	}
	w.Told()
	w.CheckSeats()
}

func TestScenario41_TwoFullRefundsAtOnceSendOne(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.Paid(w.Placed(e, 1), stripesim.CardVisa)
	errs := testworld.Race(2, func(int) error {
		_, err := w.Bookings.RefundOrder(t.Context(), w.Owner, replay.Key{}, booking.RefundInput{
			Org: o.Org, Order: o.ID, Amount: o.Total.Minor, Reason: "Goodwill",
		})
		return err
	})
	if len(errs) != 1 {
		t.Fatalf("want one refund and one refusal, got the refusals %v", errs)
	}
	after, err := w.Bookings.Order(t.Context(), o.Org, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if after.Refunded != o.Paid || after.State != booking.OrderConfirmed {
		t.Fatalf("refunded %v of %v; the order is %s", after.Refunded, o.Paid, after.State)
	}
}

func TestCancelLines_OfAnUnpaidOrderLeavesNothingOwed(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.MyOrder(w.Placed(e, 2))
	after, err := w.Bookings.CancelLines(t.Context(), w.Owner, replay.Key{}, booking.CancelInput{
		Org: o.Org, Order: o.ID, Lines: testworld.Lines(o), Refund: booking.RefundNone, Reason: "Asked for by telephone",
	})
	if err != nil {
		t.Fatal(err)
	}
	wantOrder(t, after, booking.OrderCancelled, booking.MoneyNone)
	if after.Balance.Minor != 0 {
		t.Errorf("%s is to pay", after.Balance.Format())
	}
	owing, err := w.Bookings.Owing(t.Context(), w.DB.Pool(), o.Org)
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range owing {
		t.Errorf("the bank waits for %+v", each)
	}
}

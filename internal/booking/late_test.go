package booking_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/payment"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

// lateMoney lets an order of one place lapse while its payment page is open at
// Stripe and nobody here knows: the answer was lost, and then the account's owner
// had shut us out. What happens before the buyer pays after all is up to between.
func lateMoney(t *testing.T, w *testworld.World, e testworld.Event, between func(o booking.Order)) booking.Order {
	t.Helper()
	ctx := t.Context()
	const account = "acct_late"
	connect := func() {
		if _, err := w.Payments.Connect(ctx, w.Owner, w.Org.ID, account); err != nil {
			t.Fatal(err)
		}
	}
	connect()
	secret := w.Placed(e, 1)
	w.Stripe.FaultAPI(stripesim.APIHalf, "POST /v1/checkout/sessions", 1)
	if _, err := w.Bookings.StartPayment(ctx, "https://events.example.org", secret); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("without an answer: %v", err)
	}
	if err := w.Stripe.Disconnect(account); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(25 * time.Minute)
	if err := w.Payments.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	lapse(t, w)
	wantOrder(t, w.MyOrder(secret), booking.OrderExpired, booking.MoneyNone)
	if err := w.Stripe.Reconnect(account); err != nil {
		t.Fatal(err)
	}
	connect()
	if between != nil {
		between(w.MyOrder(secret))
	}
	if _, err := w.Stripe.Pay(w.Stripe.Sessions(account)[0], stripesim.CardVisa); err != nil {
		t.Fatal(err)
	}
	if err := w.Payments.Review(ctx); err != nil { // what no webhook told is found at night
		t.Fatal(err)
	}
	w.Told()
	return w.MyOrder(secret)
}

// tasks lists the open tasks of a kind.
func tasks(w *testworld.World, kind payment.TaskKind) []payment.Task {
	w.T.Helper()
	all, err := w.Payments.Tasks(w.T.Context(), w.Org.ID, payment.TaskFilter{Kind: kind})
	if err != nil {
		w.T.Fatal(err)
	}
	return all
}

// sweep lets payment do what nobody decided, and the work that follows.
func sweep(w *testworld.World) {
	w.T.Helper()
	if err := w.Payments.Sweep(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
	w.Told()
}

func TestScenario26_LateMoneyGetsItsPlacesWhileThereAreSome(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 1)

	o := lateMoney(t, w, e, nil)

	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyPaid)
	if !o.Late || !strings.Contains(strings.Join(o.Explanations, " "), "late") {
		t.Errorf("nothing says that it came late: %q", o.Explanations)
	}
	if all := tasks(w, payment.TaskLateMoney); len(all) != 0 {
		t.Errorf("people are bothered: %+v", all)
	}
	fulfilled(t, w, o, 1)
}

func TestScenario26_LateMoneyNeverOversells(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 1)

	o := lateMoney(t, w, e, func(booking.Order) { w.Paid(w.Placed(e, 1), stripesim.CardVisa) })

	if o.State != booking.OrderExpired || o.Paid.Minor != 2400 {
		t.Fatalf("the order is %s with %s paid", o.State, o.Paid.Format())
	}
	if all := tasks(w, payment.TaskLateMoney); len(all) != 1 || all[0].Order != o.ID || all[0].ActAt.IsZero() {
		t.Fatalf("the tasks are %+v", all)
	}
	w.CheckSeats()
	w.Clock.Advance(49 * time.Hour)
	sweep(w)
	o = w.MyOrder(o.Secret)
	if o.State != booking.OrderExpired || o.Refunded != o.Paid {
		t.Errorf("after two days the order is %s, %s of %s went back", o.State, o.Refunded.Format(), o.Paid.Format())
	}
	if told := w.Mails(); told[len(told)-1].To != "bea@example.org" || !strings.HasPrefix(told[len(told)-1].Subject, "Your money is on its way back") {
		t.Errorf("the last mail is %q to %s", told[len(told)-1].Subject, told[len(told)-1].To)
	}
}

func TestEraseOrder_WaitsUntilLateMoneyHasGoneBack(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 1)
	o := lateMoney(t, w, e, func(booking.Order) { w.Paid(w.Placed(e, 1), stripesim.CardVisa) })
	erase := func() error {
		_, err := w.Bookings.EraseOrder(t.Context(), w.Owner, replay.Key{}, booking.EraseInput{Org: o.Org, Order: o.ID, Code: o.Code, Reason: "Asked for by letter"})
		return err
	}

	if err := erase(); !fault.Is(err, fault.WrongState) {
		t.Errorf("while the money is here: %v", err)
	}
	w.Clock.Advance(49 * time.Hour)
	sweep(w)
	if err := erase(); err != nil {
		t.Errorf("after it went back: %v", err)
	}
}

func TestScenario26_StaffMayPlaceLateMoneyOverCapacity(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 1)
	o := lateMoney(t, w, e, func(booking.Order) { w.Paid(w.Placed(e, 1), stripesim.CardVisa) })

	if _, err := w.Bookings.PlaceLate(t.Context(), w.Owner, replay.Key{}, o.Org, o.ID, false, "Sorry"); !fault.Is(err, fault.SoldOut) {
		t.Fatalf("without overbooking: %v", err)
	}
	o, err := w.Bookings.PlaceLate(t.Context(), w.Owner, replay.Key{}, o.Org, o.ID, true, "The speaker's guest")

	if err != nil {
		t.Fatal(err)
	}
	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyPaid)
	if all := tasks(w, payment.TaskLateMoney); len(all) != 0 {
		t.Errorf("the tasks are still %+v", all)
	}
	if p := w.Pool(e); p.Over() != 1 {
		t.Errorf("the pool is over by %d, want 1", p.Over())
	}
}

func TestScenario28_LateMoneyForAnEventThatIsOffGoesBack(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]func(w *testworld.World, e testworld.Event){
		"over": func(w *testworld.World, e testworld.Event) {
			w.Clock.Advance(e.EndsAt.Sub(w.Clock.Now()))
		},
		"cancelled": func(w *testworld.World, e testworld.Event) {
			if _, err := w.Events.Cancel(w.T.Context(), w.Owner, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: e.Version}, "Snow"); err != nil {
				w.T.Fatal(err)
			}
		},
		"asked each time": func(w *testworld.World, e testworld.Event) {
			w.Sales(e, func(s *booking.Sales) { s.Late = booking.LateAsk })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testworld.New(t)
			times := testworld.At("2026-11-26T18:00", "2026-11-26T21:00")
			if name == "over" { // while its payment page was still open
				times = testworld.At("2026-11-19T12:10", "2026-11-19T12:30")
			}
			e := w.Event(testworld.Capacity(10), times)
			w.Price(e, 2400, "GBP")
			o := lateMoney(t, w, e, func(booking.Order) { off(w, e) })
			if o.State != booking.OrderExpired {
				t.Fatalf("the order is %s", o.State)
			}
			all := tasks(w, payment.TaskLateMoney)
			if len(all) != 1 {
				t.Fatalf("the tasks are %+v", all)
			}
			if name == "asked each time" {
				if !all[0].ActAt.IsZero() {
					t.Error("the program would decide by itself")
				}
				return
			}
			w.Clock.Advance(49 * time.Hour)
			sweep(w)
			if o = w.MyOrder(o.Secret); o.Refunded != o.Paid {
				t.Errorf("%s of %s went back", o.Refunded.Format(), o.Paid.Format())
			}
		})
	}
}

func TestScenario25_PlacesStayWhileStripeDoesNotAnswer(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 1)
	secret := w.Placed(e, 1)
	w.Paying(secret)
	w.Clock.Advance(31 * time.Minute)
	w.Stripe.FaultAPI(stripesim.APIReset, "/expire", 100)

	lapse(t, w)

	wantOrder(t, w.MyOrder(secret), booking.OrderPlaced, booking.MoneyDue)
	if _, err := w.Fill(e, 1); err == nil {
		t.Error("the place was given to somebody else")
	}
	w.Stripe.ClearFaults()
	lapse(t, w)
	wantOrder(t, w.MyOrder(secret), booking.OrderExpired, booking.MoneyNone)
	w.Basket(e, 1)
	w.CheckSeats()
}

func TestScenario34_TheHoldOfAnAbandonedChallengeEndsWhenStripeConfirms(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 1)
	secret := w.Placed(e, 1)
	session := w.Paying(secret)
	if _, err := w.Stripe.Pay(session, stripesim.Card3DS); err != nil {
		t.Fatal(err)
	}
	w.Told()
	w.Clock.Advance(31 * time.Minute)

	lapse(t, w)

	wantOrder(t, w.MyOrder(secret), booking.OrderExpired, booking.MoneyNone)
	if _, err := w.Stripe.Challenge(session, true); err == nil {
		t.Error("the challenge could still be passed")
	}
	w.Basket(e, 1)
}

func TestScenario33_ARefusedCardGivesTenMoreMinutes(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	secret := w.Placed(e, 1)
	session := w.Paying(secret)
	before := w.MyOrder(secret).ExpiresAt
	w.Clock.Advance(before.Sub(w.Clock.Now()) - time.Minute)
	if _, err := w.Stripe.Pay(session, stripesim.CardDeclined); err != nil {
		t.Fatal(err)
	}
	w.Told()

	after := w.MyOrder(secret)

	if want := w.Clock.Now().Add(10 * time.Minute); after.ExpiresAt.Before(want.Add(-time.Second)) {
		t.Fatalf("there is time until %s, want %s", after.ExpiresAt, want)
	}
	w.Clock.Advance(5 * time.Minute) // past the first end
	lapse(t, w)
	sweep(w)
	if _, err := w.Stripe.Pay(session, stripesim.CardVisa); err != nil {
		t.Fatalf("the page was ended before its seats: %v", err)
	}
	w.Told()
	wantOrder(t, w.MyOrder(secret), booking.OrderConfirmed, booking.MoneyPaid)
}

// debits is an event far enough away for bank debits, whose organiser allows them.
func debits(t *testing.T) (*testworld.World, testworld.Event) {
	t.Helper()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(2), testworld.At("2027-01-28T10:00", "2027-01-28T17:00"))
	w.Price(e, 2400, "GBP")
	w.Sales(e, func(s *booking.Sales) { s.DelayedMethods = true })
	return w, e
}

func TestScenario30_ABankDebitKeepsThePlacesAndGivesNoTicket(t *testing.T) {
	t.Parallel()
	w, e := debits(t)
	secret := w.Placed(e, 2)
	session := w.Paying(secret)
	if _, err := w.Stripe.Pay(session, stripesim.BacsDebit); err != nil {
		t.Fatal(err)
	}
	w.Told()
	o := w.MyOrder(secret)
	wantOrder(t, o, booking.OrderPlaced, booking.MoneyProcessing)
	if o.CanPay || len(o.Documents) != 0 {
		t.Errorf("it can be paid: %t; documents: %d", o.CanPay, len(o.Documents))
	}
	told := false
	for _, m := range w.Mails() {
		told = told || m.Kind == "order" && strings.Contains(m.Subject, "on its way")
		if m.Kind == "confirmation" {
			t.Error("a ticket was sent")
		}
	}
	if !told {
		t.Error("the buyer was not told")
	}
	w.Clock.Advance(3 * 24 * time.Hour)
	lapse(t, w)
	wantOrder(t, w.MyOrder(secret), booking.OrderPlaced, booking.MoneyProcessing)
	if _, err := w.Fill(e, 1); err == nil {
		t.Error("a frozen place was given away")
	}

	if _, err := w.Stripe.SettleAsync(session, true); err != nil {
		t.Fatal(err)
	}
	w.Told()
	o = w.MyOrder(secret)
	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyPaid)
	fulfilled(t, w, o, 2)
}

func TestScenario31_ABankDebitThatFailsReopensTheOrder(t *testing.T) {
	t.Parallel()
	w, e := debits(t)
	secret := w.Placed(e, 1)
	session := w.Paying(secret)
	if _, err := w.Stripe.Pay(session, stripesim.BacsDebit); err != nil {
		t.Fatal(err)
	}
	w.Told()
	w.Clock.Advance(2 * 24 * time.Hour)
	if _, err := w.Stripe.SettleAsync(session, false); err != nil {
		t.Fatal(err)
	}
	w.Told()

	o := w.MyOrder(secret)

	wantOrder(t, o, booking.OrderPlaced, booking.MoneyDue)
	if !o.CanPay {
		t.Fatal("it cannot be paid another way")
	}
	for _, m := range w.Mails() {
		if m.Kind == "confirmation" {
			t.Error("a ticket was sent")
		}
	}
	wantOrder(t, w.Paid(secret, stripesim.CardVisa), booking.OrderConfirmed, booking.MoneyPaid)
}

func TestScenario32_ABankDebitIsOfferedOnlyWhenTheEventIsFarAway(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		days    int
		allowed bool
		offered bool
	}{
		"in good time":                        {0, true, true},
		"three days before":                   {67, true, false},
		"where the organiser wants it not":    {0, false, false},
		"ten working days before, not eleven": {57, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e := debits(t)
			w.Sales(e, func(s *booking.Sales) { s.DelayedMethods = tt.allowed })
			w.Clock.Advance(time.Duration(tt.days) * 24 * time.Hour)
			_, err := w.Stripe.Pay(w.Paying(w.Placed(e, 1)), stripesim.BacsDebit)
			if offered := err == nil; offered != tt.offered {
				t.Errorf("offered: %t, want %t (%v)", offered, tt.offered, err)
			}
		})
	}
}

func TestScenario24_WhoIsFirstAtStripeGetsTheSeat(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 1)
	secret := w.Placed(e, 1)
	session := w.Paying(secret)
	if _, err := w.Stripe.Pay(session, stripesim.Card3DS); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(31 * time.Minute)
	if _, err := w.Stripe.Challenge(session, true); err != nil { // a second before the sweeper
		t.Fatal(err)
	}

	lapse(t, w)

	o := w.MyOrder(secret)
	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyPaid)
	if _, err := w.Fill(e, 1); err == nil {
		t.Error("the seat was sold twice")
	}
	fulfilled(t, w, o, 1)
}

func TestLateMoney_GivenBackFromTheOrderOrAtStripeNeedsNobodyAnyMore(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]func(w *testworld.World, o booking.Order) error{
		"from the order": func(w *testworld.World, o booking.Order) error {
			_, err := w.Bookings.RefundOrder(w.T.Context(), w.Owner, replay.Key{}, booking.RefundInput{Org: o.Org, Order: o.ID, Amount: 2400, Reason: "Sold out"})
			return err
		},
		"at Stripe": func(w *testworld.World, o booking.Order) error {
			_, err := w.Stripe.DashboardRefund(o.Payments[0].Charge, 2400)
			return errors.Join(err, w.Payments.Review(w.T.Context()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e := priced(t, 1)
			o := lateMoney(t, w, e, func(booking.Order) { w.Paid(w.Placed(e, 1), stripesim.CardVisa) })

			if err := back(w, o); err != nil {
				t.Fatal(err)
			}
			w.Told()

			if all := tasks(w, ""); len(all) != 0 {
				t.Errorf("the tasks are still %+v", all)
			}
			w.Clock.Advance(49 * time.Hour)
			sweep(w)
			if o = w.MyOrder(o.Secret); o.State != booking.OrderExpired || o.Refunded != o.Paid || len(w.Stripe.Refunds("acct_late")) != 1 {
				t.Errorf("the order is %s; %s of %s went back", o.State, o.Refunded.Format(), o.Paid.Format())
			}
		})
	}
}

func TestOverpaid_GivenBackFromTheOrderNeedsNobodyAnyMore(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.MyOrder(w.Placed(e, 1))
	session := w.Paying(o.Secret)
	transferred(t, w, o, 2400)
	if _, err := w.Stripe.Pay(session, stripesim.CardVisa); err != nil {
		t.Fatal(err)
	}
	w.Told()
	if all := tasks(w, payment.TaskOverpaid); len(all) != 1 {
		t.Fatalf("the tasks are %+v", all)
	}

	_, err := w.Bookings.RefundOrder(t.Context(), w.Owner, replay.Key{}, booking.RefundInput{Org: o.Org, Order: o.ID, Amount: 2400, Reason: "Paid twice"})

	if err != nil {
		t.Fatal(err)
	}
	w.Told()
	if all := tasks(w, ""); len(all) != 0 {
		t.Errorf("the tasks are still %+v", all)
	}
	wantOrder(t, w.MyOrder(o.Secret), booking.OrderConfirmed, booking.MoneyPaid)
}

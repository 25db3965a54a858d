package booking_test

import (
	"strings"
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
)

// invoiced is an order of n places on invoice.
func invoiced(t *testing.T, w *testworld.World, e testworld.Event, n int) booking.Order {
	t.Helper()
	w.Sales(e, func(s *booking.Sales) { s.OnInvoice = true })
	done, err := w.CheckOut(w.Basket(e, n), n, testworld.OnInvoice)
	if err != nil {
		t.Fatal(err)
	}
	w.Told()
	return w.MyOrder(done.Secret)
}

// overdue lets the order's days of grace pass.
func overdue(t *testing.T, w *testworld.World, until time.Time) int {
	t.Helper()
	w.Clock.Advance(until.Sub(w.Clock.Now()))
	n, err := w.Bookings.LapseOverdue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.Told()
	return n
}

func TestInvoice_IsDueAtTheEndOfADayWhereTheEventIs(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := invoiced(t, w, e, 1)
	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyDue)
	if want := time.Date(2026, 12, 3, 23, 59, 59, 0, time.UTC); !o.DueAt.Equal(want) {
		t.Errorf("it is due at %s, want %s", o.DueAt, want)
	}
	d, err := w.Books.Document(t.Context(), w.DB.Pool(), o.Org, o.Documents[0].ID)
	if err != nil || !d.DueOn.Equal(time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC)) || d.PurchaseOrder != "PO-4711" {
		t.Errorf("the invoice is due on %s for %q, %v", d.DueOn, d.PurchaseOrder, err)
	}
}

func TestOverdue_AsksStaffWhereTheTermsSaySo(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := invoiced(t, w, e, 1)
	grace := time.Date(2026, 12, 7, 23, 59, 59, 0, time.UTC) // two working days after Thursday the 3rd
	overdue(t, w, grace)
	if all := tasks(w, payment.TaskInvoiceOverdue); len(all) != 0 {
		t.Fatalf("within the days of grace the tasks are %+v", all)
	}

	overdue(t, w, grace.Add(time.Second))
	overdue(t, w, grace.Add(time.Hour))

	if all := tasks(w, payment.TaskInvoiceOverdue); len(all) != 1 || all[0].Order != o.ID || all[0].Amount.Minor != 2400 {
		t.Fatalf("the tasks are %+v", all)
	}
	wantOrder(t, w.MyOrder(o.Secret), booking.OrderConfirmed, booking.MoneyDue)
}

func TestOverdue_IsOverOnceItIsPaid(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.At("2027-03-04T10:00", "2027-03-04T17:00"))
	w.Price(e, 2400, money.GBP)
	o := invoiced(t, w, e, 1)
	overdue(t, w, o.DueAt.AddDate(0, 0, 5))
	secret := o.Secret
	wantOrder(t, w.Paid(secret, stripesim.CardVisa), booking.OrderConfirmed, booking.MoneyPaid)
	if all := tasks(w, payment.TaskInvoiceOverdue); len(all) != 0 {
		t.Errorf("the tasks are still %+v", all)
	}
	fulfilled(t, w, w.MyOrder(secret), 1)
}

func TestOverdue_GivesThePlacesToOthersWhereTheTermsSaySo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		event string
		prior func(w *testworld.World, o booking.Order)
		ended bool
	}{
		"unpaid":                     {"2027-03-04", nil, true},
		"after the event began":      {"2026-12-04", nil, false},
		"with its payment page open": {"2027-03-04", func(w *testworld.World, o booking.Order) { w.Paying(o.Secret) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testworld.New(t)
			e := w.Event(testworld.Capacity(1), testworld.At(tt.event+"T10:00", tt.event+"T17:00"))
			w.Price(e, 2400, money.GBP)
			w.Sales(e, func(s *booking.Sales) { s.Overdue = booking.OverdueEnd })
			o := invoiced(t, w, e, 1)
			w.Sales(e, func(s *booking.Sales) { s.Overdue = booking.OverdueAsk }) // orders keep their terms
			if tt.prior != nil {
				tt.prior(w, o)
			}

			n := overdue(t, w, o.DueAt.AddDate(0, 0, 5))

			after := w.MyOrder(o.Secret)
			if !tt.ended {
				if n != 0 || after.State != booking.OrderConfirmed || len(tasks(w, payment.TaskInvoiceOverdue)) != 1 {
					t.Errorf("%d ended; the order is %s", n, after.State)
				}
				return
			}
			if n != 1 || after.State != booking.OrderCancelled || after.Balance.Minor != 0 || after.CanPay || len(after.Documents) != 2 {
				t.Fatalf("%d ended; the order is %s with %s to pay and %d documents", n, after.State, after.Balance.Format(), len(after.Documents))
			}
			owed, err := w.Books.Balance(t.Context(), w.DB.Pool(), o.Org, ledger.Receivable, o.ID.String())
			if err != nil || owed["GBP"] != 0 {
				t.Errorf("the books say %v is owed, %v", owed, err)
			}
			w.Basket(e, 1)
			w.CheckSeats()
		})
	}
}

func TestSale_InAnotherCurrencyNamesItsVATInPounds(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(10))
	w.Price(e, 12000, money.EUR)
	if _, err := w.Fill(e, 1); !fault.Is(err, fault.NotSellable) || !strings.Contains(err.Error(), "EUR") {
		t.Fatalf("without a rate: %v", err)
	}
	supplier, err := w.Bookings.Supplier(t.Context(), w.Org.ID)
	if err != nil {
		t.Fatal(err)
	}
	supplier.ExchangeRates = "USD 0.79\nEUR 0.8512 HMRC, November 2026"
	if _, err := w.Bookings.SaveSupplier(t.Context(), w.Owner, replay.Key{}, w.Org.ID, supplier); err != nil {
		t.Fatal(err)
	}

	o := w.Paid(w.Placed(e, 1), stripesim.CardVisa)

	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyPaid)
	d, err := w.Books.Document(t.Context(), w.DB.Pool(), o.Org, o.Documents[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Sterling; s == nil || s.VAT != 1702 || s.Rate != "1 EUR = 0.8512 GBP (HMRC, November 2026)" { // 20.00 × 0.8512 = 17.024
		t.Errorf("the invoice says %+v", d.Sterling)
	}
}

func TestParseExchangeRates_NamesTheLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"EUR 0.8512": "",
		"eur = 0.8512\n\nJPY 0.0051 from the bank": "",
		"EUR":                   "line 1 is not a rate such as EUR 0.8512",
		"USD 0.79\nEUR 0,8512":  "line 2 is not a rate such as EUR 0.8512",
		"EUR -1":                "line 1 is not a rate such as EUR 0.8512",
		"EUR 0.00":              "line 1 must be more than nothing",
		"XXX 1":                 "line 1 names no other currency that is sold in",
		"GBP 1":                 "line 1 names no other currency that is sold in",
		"EUR 0.85\nEUR 0.86":    "line 2 names a currency a second time",
		"EUR 99999999999999999": "line 1 is not a rate such as EUR 0.8512",
	} {
		_, err := booking.ParseExchangeRates(text)
		f, _ := fault.As(err)
		got := ""
		if f != nil {
			got = f.Fields[0].Message
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzParseExchangeRates(f *testing.F) {
	f.Add("EUR 0.8512 HMRC\nUSD=1.2\n")
	f.Fuzz(func(t *testing.T, text string) {
		rates, err := booking.ParseExchangeRates(text)
		if err == nil {
			for _, r := range rates {
				if !r.Currency.Valid() || strings.ContainsAny(r.Pounds, "-eE/") {
					t.Errorf("%q became %+v", text, r)
				}
			}
		}
	})
}

func TestScenario39_YenAndDinarsFromTheBasketToTheBooks(t *testing.T) {
	t.Parallel()
	for _, price := range []money.Amount{money.New(4800, "JPY"), money.New(12340, "KWD")} {
		t.Run(string(price.Currency), func(t *testing.T) {
			t.Parallel()
			w := testworld.New(t)
			e := w.Event(testworld.Capacity(10))
			w.Price(e, price.Minor, price.Currency)
			supplier, err := w.Bookings.Supplier(t.Context(), w.Org.ID)
			if err != nil {
				t.Fatal(err)
			}
			supplier.ExchangeRates = "JPY 0.0051\nKWD 2.5"
			if _, err := w.Bookings.SaveSupplier(t.Context(), w.Owner, replay.Key{}, w.Org.ID, supplier); err != nil {
				t.Fatal(err)
			}
			b := w.Basket(e, 2)
			if b.Total != money.New(2*price.Minor, price.Currency) {
				t.Fatalf("two cost %s", b.Total.Format())
			}
			o := w.Paid(w.Placed(e, 2), stripesim.CardVisa)
			wantOrder(t, o, booking.OrderConfirmed, booking.MoneyPaid)
			charges := w.Stripe.Charges("")
			if c := charges[len(charges)-1]; c.Amount != 2*price.Minor || !strings.EqualFold(c.Currency, string(price.Currency)) {
				t.Errorf("Stripe took %d %s", c.Amount, c.Currency)
			}
			fulfilled(t, w, o, 2)
		})
	}
}

func TestScenario35_LessThanDueConfirmsNothing(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	secret := w.Placed(e, 1)
	session := w.Paying(secret)
	if err := w.Stripe.Reprice(session, 1000, "gbp"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Stripe.Pay(session, stripesim.CardVisa); err != nil {
		t.Fatal(err)
	}
	w.Told()
	o := w.MyOrder(secret)
	wantOrder(t, o, booking.OrderPlaced, booking.MoneyPartPaid)
	if len(o.Documents) != 0 || len(tasks(w, payment.TaskUnderpaid)) != 1 {
		t.Errorf("%d documents, tasks %+v", len(o.Documents), tasks(w, payment.TaskUnderpaid))
	}
	if o = w.Paid(secret, stripesim.CardVisa); o.State != booking.OrderConfirmed || o.Paid.Minor != 2400 || len(o.Payments) != 2 {
		t.Errorf("after the rest the order is %s with %s in %d payments", o.State, o.Paid.Format(), len(o.Payments))
	}
}

func TestScenario42_ADashboardRefundAsksForItsCreditNote(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.Paid(w.Placed(e, 1), stripesim.CardVisa)
	if _, err := w.Stripe.DashboardRefund(o.Payments[0].Charge, 1000); err != nil {
		t.Fatal(err)
	}
	w.Told()
	o = w.MyOrder(o.Secret)
	all := tasks(w, payment.TaskRefundUncredited)
	if o.State != booking.OrderConfirmed || len(o.Documents) != 1 || len(all) != 1 || o.Balance.Minor != 1000 {
		t.Fatalf("the order is %s with %s to pay; tasks %+v", o.State, o.Balance.Format(), all)
	}

	if _, err := w.Payments.ResolveTask(t.Context(), w.Owner, replay.Key{}, o.Org, all[0].Key, payment.ResolvedCredit, "Goodwill"); err != nil {
		t.Fatal(err)
	}

	o = w.MyOrder(o.Secret)
	if o.Balance.Minor != 0 || len(o.Documents) != 2 || o.Documents[1].Gross.Minor != 1000 || o.Refunded.Minor != 1000 {
		t.Errorf("afterwards %s is to pay; the documents are %+v", o.Balance.Format(), o.Documents)
	}
	owed, err := w.Books.Balance(t.Context(), w.DB.Pool(), o.Org, ledger.Receivable, o.ID.String())
	if err != nil || owed["GBP"] != 0 {
		t.Errorf("the books say %v is owed, %v", owed, err)
	}
}

func TestScenario44_AFailedRefundIsDueAgain(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.Paid(w.Placed(e, 1), stripesim.CardRefundFails)
	if _, err := w.Bookings.CancelLines(t.Context(), w.Owner, replay.Key{}, booking.CancelInput{
		Org: o.Org, Order: o.ID, Lines: testworld.Lines(o), Refund: booking.RefundFull, Reason: "Ill",
	}); err != nil {
		t.Fatal(err)
	}
	w.Told()
	w.Clock.Advance(25 * time.Hour)
	w.Stripe.Advance(0)
	w.Told()

	o = w.MyOrder(o.Secret)

	if o.State != booking.OrderCancelled || o.Money != booking.MoneyOverPaid || o.Balance.Minor != -2400 {
		t.Errorf("the order is %s and %s with %s to pay", o.State, o.Money, o.Balance.Format())
	}
	if all := tasks(w, payment.TaskRefundFailed); len(all) != 1 || all[0].Order != o.ID {
		t.Errorf("the tasks are %+v", all)
	}
	owed, err := w.Books.Balance(t.Context(), w.DB.Pool(), o.Org, ledger.Receivable, o.ID.String())
	if err != nil || owed["GBP"] != -2400 {
		t.Errorf("the books say %v is owed, %v", owed, err)
	}
}

// lose has the buyer's bank take an order's payment back for good.
func lose(t *testing.T, w *testworld.World, o booking.Order, minor int64) {
	t.Helper()
	id, err := w.Stripe.OpenDispute(o.Payments[0].Charge, minor, "fraudulent")
	if err != nil {
		t.Fatal(err)
	}
	w.Told()
	if got := w.MyOrder(o.Secret); got.Money != booking.MoneyInDispute {
		t.Fatalf("while disputed the money is %s", got.Money)
	}
	if err := w.Stripe.LoseDispute(id); err != nil {
		t.Fatal(err)
	}
	w.Told()
}

func TestScenario48_ALostDisputeEndsUnusedPlacesAndLeavesTheVAT(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 1)
	o := w.Paid(w.Placed(e, 1), stripesim.CardVisa)

	lose(t, w, o, 0)

	o = w.MyOrder(o.Secret)
	if o.State != booking.OrderCancelled || len(o.Documents) != 1 || o.Refunded.Minor != 0 {
		t.Errorf("the order is %s with %d documents, %s refunded", o.State, len(o.Documents), o.Refunded.Format())
	}
	w.Basket(e, 1)
	w.CheckSeats()
}

func TestScenario48_PlacesThatWereUsedOrPaidElsewhereAreForStaffToDecide(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		minor  int64
		before func(w *testworld.World, e testworld.Event)
	}{
		"the event is over":   {0, func(w *testworld.World, e testworld.Event) { w.Clock.Advance(e.EndsAt.Sub(w.Clock.Now()) + time.Hour) }},
		"a part of the price": {1500, func(*testworld.World, testworld.Event) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e := priced(t, 10)
			o := w.Paid(w.Placed(e, 1), stripesim.CardVisa)
			tt.before(w, e)

			lose(t, w, o, tt.minor)

			if o = w.MyOrder(o.Secret); o.State != booking.OrderConfirmed {
				t.Errorf("the order is %s", o.State)
			}
			if all := tasks(w, payment.TaskDispute); len(all) != 1 || !strings.Contains(all[0].Sentence, "places stand") {
				t.Errorf("the tasks are %+v", all)
			}
		})
	}
}

func TestScenario67_TheEvidenceNamesOrderHolderAndMail(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.Paid(w.Placed(e, 1), stripesim.CardVisa)
	w.Work()

	text, err := w.Bookings.Evidence(t.Context(), o.Org, o.ID)

	for _, want := range []string{o.Code, "Bea Buyer <bea@example.org>", "£24.00", o.Lines[0].Attendee, "The ticket was mailed 19 November 2026, 12:0"} {
		if err != nil || !strings.Contains(text, want) {
			t.Errorf("%q is missing in %q, %v", want, text, err)
		}
	}
}

package booking_test

import (
	"regexp"
	"sync/atomic"
	"testing"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// shop is an event with things for sale.
type shop struct {
	*testworld.World
	testworld.Event
}

func openShop(t *testing.T, places int) shop {
	t.Helper()
	w, e := priced(t, places)
	return shop{w, e}
}

// sells adds a product that draws on pools.
func (s shop) sells(title string, terms inventory.Terms, pools ...uid.Pool) uid.Product {
	s.T.Helper()
	if terms.Currency == "" {
		terms.Currency, terms.VATRate, terms.VATCategory = money.GBP, 2000, inventory.VATStandard
	}
	p, err := s.Stock.CreateProduct(s.T.Context(), s.Owner, replay.Key{}, inventory.ProductInput{
		Org: s.Org.ID, Event: s.ID, Title: title, MaxPerOrder: 20, Pools: pools, Terms: terms,
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return p.ID
}

func (s shop) pool(title string, size int) uid.Pool {
	s.T.Helper()
	p, err := s.Stock.CreatePool(s.T.Context(), s.Owner, replay.Key{}, inventory.PoolInput{Org: s.Org.ID, Event: s.ID, Title: title, Size: &size})
	if err != nil {
		s.T.Fatal(err)
	}
	return p.ID
}

func (s shop) code(c inventory.Code) {
	s.T.Helper()
	c.Org, c.Event = s.Org.ID, s.ID
	if _, err := s.Stock.CreateCode(s.T.Context(), s.Owner, replay.Key{}, c); err != nil {
		s.T.Fatal(err)
	}
}

func (s shop) fill(code string, choices ...booking.BasketChoice) (booking.Basket, error) {
	s.T.Helper()
	return s.Bookings.FillBasket(s.T.Context(), replay.Key{}, booking.BasketInput{Org: s.Org.ID, Event: s.ID, Choices: choices, Code: code})
}

func of(p uid.Product, n int) booking.BasketChoice {
	return booking.BasketChoice{Product: p, Quantity: n}
}

func fixed(minor int64) inventory.Terms {
	return inventory.Terms{Kind: inventory.Ticket, Pricing: inventory.Fixed, Price: minor, MinPerOrder: 1}
}

func ptr[T any](v T) *T { return &v }

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

func TestCode_TheLastUseGoesToOneOfFiftyBaskets(t *testing.T) {
	t.Parallel()
	s := openShop(t, 100)
	s.code(inventory.Code{Text: "LAST", Effect: inventory.PercentOff, Percent: 5000, MaxUses: ptr(1)})
	baskets := make([]booking.Basket, 50)
	for i := range baskets {
		var err error
		if baskets[i], err = s.fill("last", of(s.Product, 1)); err != nil || baskets[i].Total.Minor != 1200 {
			t.Fatalf("basket %d: %v, %v", i, baskets[i].Total, err)
		}
	}

	refused := testworld.Race(50, func(i int) error {
		_, err := s.CheckOut(baskets[i], 1)
		return err
	})

	for _, err := range refused {
		if !fault.Is(err, fault.CodeUsedUp) {
			t.Errorf("refused with %v", err)
		}
	}
	if won := 50 - len(refused); won != 1 {
		t.Fatalf("%d of 50 got the last use, want 1", won)
	}
	s.CheckSeats()
}

func TestCode_AnOrderThatIsNotPaidGivesItsUseBack(t *testing.T) {
	t.Parallel()
	s := openShop(t, 100)
	s.code(inventory.Code{Text: "LAST", Effect: inventory.PercentOff, Percent: 5000, MaxUses: ptr(1)})
	b, err := s.fill("last", of(s.Product, 1))
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.CheckOut(b, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.fill("last", of(s.Product, 1)); !fault.Is(err, fault.CodeUsedUp) {
		t.Fatalf("while it is used: %v", err)
	}
	s.Clock.Advance(s.MyOrder(done.Secret).ExpiresAt.Sub(s.Clock.Now()))
	lapse(t, s.World)
	if _, err := s.fill("last", of(s.Product, 1)); err != nil {
		t.Errorf("after the order lapsed: %v", err)
	}
}

func TestPhase_ByCountSellsExactlyItsPlacesUnderLoad(t *testing.T) {
	t.Parallel()
	s := openShop(t, 200)
	terms := fixed(4800)
	terms.Phases = []inventory.Phase{{Title: "First ten", Price: 2400, Places: ptr(10)}}
	early := s.sells("Conference", terms, s.Event.Pool)
	var cheap, dear atomic.Int64

	refused := testworld.Race(40, func(int) error {
		b, err := s.fill("", of(early, 1))
		if err == nil && b.Total.Minor == 2400 {
			cheap.Add(1)
		} else if err == nil && b.Total.Minor == 4800 {
			dear.Add(1)
		}
		return err
	})

	if len(refused) != 0 || cheap.Load() != 10 || dear.Load() != 30 {
		t.Errorf("%d at the early price, %d at the full one, refused: %v", cheap.Load(), dear.Load(), refused)
	}
}

func TestAccessCode_OpensWhatIsHidden(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	terms := fixed(1000)
	terms.Hidden = true
	speaker := s.sells("Speaker", terms, s.Event.Pool)
	s.code(inventory.Code{Text: "STAGE", Effect: inventory.AccessOnly, Unlocks: true, Products: []uid.Product{speaker}})
	for code, ok := range map[string]bool{"": false, "other": false, "stage": true} {
		_, err := s.fill(code, of(speaker, 1))
		if ok != (err == nil) || err != nil && !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("with %q: %v", code, err)
		}
	}
}

func TestAddOn_BelongsToItsTicketAndEndsWithIt(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	tables := s.pool("Dinner", 2)
	terms := fixed(3000)
	terms.Kind = inventory.AddOn
	terms.Needs = []uid.Product{s.Product}
	dinner := s.sells("Dinner", terms, tables)
	if _, err := s.fill("", of(dinner, 1)); err == nil {
		t.Error("an add-on was had without a ticket")
	}
	second := booking.BasketChoice{Product: dinner, Quantity: 1, ForTickets: []int{1}}
	if _, err := s.fill("", of(s.Product, 1), second); err == nil {
		t.Error("an add-on was had for a ticket that is not there")
	}
	b, err := s.fill("", of(s.Product, 2), second)
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.CheckOut(b, 2)
	if err != nil {
		t.Fatal(err)
	}
	o := s.Paid(done.Secret, stripesim.CardVisa)
	if o.Lines[2].Registration != o.Lines[1].Registration {
		t.Fatal("the dinner is somebody else's")
	}

	if o, err = s.Bookings.CancelLines(t.Context(), s.Owner, replay.Key{}, booking.CancelInput{
		Org: o.Org, Order: o.ID, Lines: []uid.Line{o.Lines[1].ID}, Refund: booking.RefundFull, Reason: "Ill",
	}); err != nil {
		t.Fatal(err)
	}

	if o.Refunded.Minor != 2400+3000 || len(testworld.Lines(o)) != 1 {
		t.Errorf("%s went back, %d lines are left", o.Refunded.Format(), len(testworld.Lines(o)))
	}
	if _, err := s.fill("", of(s.Product, 2), booking.BasketChoice{Product: dinner, Quantity: 2, ForTickets: []int{0, 1}}); err != nil {
		t.Errorf("the table is not free again: %v", err)
	}
	s.CheckSeats()
}

func TestBundle_NeedsRoomInEachOfItsPools(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	lab := s.pool("Lab tour", 1)
	both := s.sells("Day and lab tour", fixed(6000), s.Event.Pool, lab)
	refused := testworld.Race(20, func(int) error { _, err := s.fill("", of(both, 1)); return err })
	if len(refused) != 19 {
		t.Fatalf("%d of 20 got the one lab place", 20-len(refused))
	}
	if p := s.World.Pool(s.Event); p.Held != 1 {
		t.Errorf("%d seats of the day are held: those refused took one along", p.Held)
	}
	s.CheckSeats()
}

func TestDonation_IsWhatTheGiverNamesWithinBounds(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	gift := s.sells("Bursary fund", inventory.Terms{
		Kind: inventory.Donation, Pricing: inventory.Open, Currency: money.GBP, Price: 1000, Minimum: 200, VATCategory: inventory.VATOutside, MinPerOrder: 1,
	})
	for name, amount := range map[string]int64{"below its minimum": 199, "negative": -500, "huge": 1 << 62} {
		if _, err := s.fill("", booking.BasketChoice{Product: gift, Quantity: 1, AmountMinor: amount}); err == nil {
			t.Errorf("%s was taken", name)
		} else if f, ok := fault.As(err); !ok || len(f.Fields) == 0 || f.Fields[0].Path != "choices[0].amount_minor" {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, err := s.fill("", booking.BasketChoice{Product: gift, Quantity: 1, AmountMinor: 777})
	if err != nil || b.Total.Minor != 777 || b.VAT.Minor != 0 {
		t.Fatalf("a gift of 7.77 comes to %v with %v VAT, %v", b.Total, b.VAT, err)
	}
	done, err := s.CheckOut(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	wantOrder(t, s.Paid(done.Secret, stripesim.CardVisa), booking.OrderConfirmed, booking.MoneyPaid)
}

func TestMemberPrice_GoesToWhoReadsTheCompanysMail(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	terms := fixed(10000)
	terms.Member = ptr(int64(6000))
	day := s.sells("Day", terms, s.Event.Pool)
	_, err := s.Stock.SaveCompany(t.Context(), s.Owner, replay.Key{}, inventory.Company{Org: s.Org.ID, Name: "Acme", Domains: []string{"acme.example"}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.fill("", of(day, 1))
	if err != nil || b.Total.Minor != 10000 {
		t.Fatalf("before any proof it costs %v, %v", b.Total, err)
	}
	if err := s.Bookings.ProveCompany(t.Context(), replay.Key{}, b.Secret, "ann@acme.example"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.Bookings.ConfirmCompany(t.Context(), replay.Key{}, b.Secret, "000000"); !fault.Is(err, fault.InvalidInput) {
			t.Fatalf("a wrong code: %v", err)
		}
	}
	code := ""
	for _, m := range s.Mails() {
		if m.Kind == "company_code" && m.To == "ann@acme.example" {
			code = sixDigits.FindString(m.Text)
		}
	}
	cheaper, err := s.Bookings.ConfirmCompany(t.Context(), replay.Key{}, b.Secret, code)
	if err != nil || cheaper.Total.Minor != 6000 || cheaper.Company != "Acme" {
		t.Fatalf("with code %q it costs %v for %q, %v", code, cheaper.Total, cheaper.Company, err)
	}
	done, err := s.CheckOut(cheaper, 1)
	if err != nil {
		t.Fatal(err)
	}
	s.Paid(done.Secret, stripesim.CardVisa)
	s.CheckSeats()
}

func TestMemberPrice_GuessingTheCodeEnds(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	b, err := s.fill("", of(s.Product, 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Bookings.ProveCompany(t.Context(), replay.Key{}, b.Secret, "ann@acme.example"); err != nil {
		t.Fatal(err)
	}
	for n := range 6 {
		_, err := s.Bookings.ConfirmCompany(t.Context(), replay.Key{}, b.Secret, "000000")
		if f, ok := fault.As(err); !ok || (f.Kind == fault.KindTooMany) != (n == 5) {
			t.Errorf("guess %d: %v", n+1, err)
		}
	}
}

func TestScenario36_MoreThanDueConfirmsAndGoesBack(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := invoiced(t, w, e, 2)
	session := w.Paying(o.Secret) // asks for 48 pounds
	if _, err := w.Bookings.CancelLines(t.Context(), w.Owner, replay.Key{}, booking.CancelInput{
		Org: o.Org, Order: o.ID, Lines: testworld.Lines(o)[:1], Refund: booking.RefundFull, Reason: "Ill",
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Stripe.Pay(session, stripesim.CardVisa); err != nil {
		t.Fatal(err)
	}
	w.Told()
	o = w.MyOrder(o.Secret)
	wantOrder(t, o, booking.OrderConfirmed, booking.MoneyOverPaid)
	all := tasks(w, payment.TaskOverpaid)
	if o.Balance.Minor != -2400 || len(all) != 1 || all[0].Amount.Minor != 2400 {
		t.Fatalf("%s is to pay; the tasks are %+v", o.Balance.Format(), all)
	}
	if _, err := w.Payments.ResolveTask(t.Context(), w.Owner, replay.Key{}, o.Org, all[0].Key, payment.ResolvedRefund, "Paid too much"); err != nil {
		t.Fatal(err)
	}
	w.Told()
	wantOrder(t, w.MyOrder(o.Secret), booking.OrderConfirmed, booking.MoneyPaid) // the ticket stays
}

func TestScenario37_AnotherCurrencyConfirmsNothing(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	secret := w.Placed(e, 1)
	session := w.Paying(secret)
	if err := w.Stripe.Reprice(session, 2400, "eur"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Stripe.Pay(session, stripesim.CardVisa); err != nil {
		t.Fatal(err)
	}
	w.Told()
	o := w.MyOrder(secret)
	if o.State != booking.OrderPlaced || len(o.Documents) != 0 || len(tasks(w, payment.TaskWrongCurrency)) != 1 {
		t.Errorf("the order is %s with %d documents; tasks %+v", o.State, len(o.Documents), tasks(w, payment.TaskWrongCurrency))
	}
}

func TestScenario46_WhileDisputedARefundWaitsWithItsReason(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	o := w.Paid(w.Placed(e, 1), stripesim.CardVisa)
	id, err := w.Stripe.OpenDispute(o.Payments[0].Charge, 0, "duplicate")
	if err != nil {
		t.Fatal(err)
	}
	w.Told()
	if _, err := w.Bookings.RefundOrder(t.Context(), w.Owner, replay.Key{}, booking.RefundInput{Org: o.Org, Order: o.ID, Amount: 2400, Reason: "Paid twice"}); err != nil {
		t.Fatal(err)
	}
	w.Told()
	if sent := w.Stripe.Refunds(""); len(sent) != 0 {
		t.Fatalf("Stripe sent %+v", sent)
	}
	if err := w.Stripe.WinDispute(id); err != nil {
		t.Fatal(err)
	}
	w.Told()
	if o = w.MyOrder(o.Secret); len(w.Stripe.Refunds("")) != 1 || o.Balance.Minor != 0 {
		t.Errorf("after it was won, Stripe sent %+v and %s is to pay", w.Stripe.Refunds(""), o.Balance.Format())
	}
}

func TestCheckout_APriceThatChangesTouchesNoBasket(t *testing.T) {
	t.Parallel()
	w, e := priced(t, 10)
	b := w.Basket(e, 1)
	w.Price(e, 9900, money.GBP)
	done, err := w.CheckOut(b, 1)
	if err != nil {
		t.Fatal(err)
	}
	if o := w.Paid(done.Secret, stripesim.CardVisa); o.Paid.Minor != 2400 {
		t.Errorf("paid %s, want what the basket promised", o.Paid.Format())
	}
	lapsed := w.Basket(e, 1)
	w.Clock.Advance(lapsed.ExpiresAt.Sub(w.Clock.Now()))
	w.Price(e, 1200, money.GBP)
	if _, err := w.CheckOut(lapsed, 1); !fault.Is(err, fault.HoldExpired) {
		t.Errorf("a basket that lapsed: %v", err)
	}
}

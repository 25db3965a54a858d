package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"lanyard/internal/bank"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/clock"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/reconcile"
	"lanyard/internal/replay"
	"lanyard/internal/stripesim"
	"lanyard/internal/uid"
)

// Past is what Live lives with: services by a clock that it moves forward, and a
// simulated Stripe by the same.
type Past struct {
	Services
	Payments *payment.Service
	Finance  *reconcile.Service
	Bank     *bank.Service
	Stripe   *stripesim.Sim
	Clock    *clock.Stepping
}

// historian is one run of Live.
type historian struct {
	builder
	p     Past
	local *time.Location
	first time.Time // of last month, as a wall time
	event catalog.Event
	day   uid.Product
	sold  []booking.Order
}

// Live makes the sample organisation as of last month and lets it sell a workshop,
// give money back, hold the workshop and be paid out; then it brings the bank's
// statements up to yesterday. What the bookkeeper has to look at is left open.
// Fill goes on from there.
func Live(ctx context.Context, p Past, now time.Time) error {
	local, err := time.LoadLocation(zone)
	if err != nil {
		return err
	}
	today := dayOf(now, local)
	h := &historian{p: p, local: local, first: time.Date(today.Year(), today.Month()-1, 1, 0, 0, 0, 0, time.UTC)}
	h.builder = builder{ctx: ctx, s: p.Services, today: h.first}
	h.to(1, 8)
	people, err := team(ctx, p.Services)
	if err != nil {
		return err
	}
	if err := h.organisation(people); err != nil {
		return err
	}
	for _, step := range []func() error{h.seller, h.workshop, h.sales, h.ended(now), h.statements(today)} {
		if err := step(); err != nil {
			return fmt.Errorf("the sample's past: %w", err)
		}
	}
	return nil
}

// to moves the clock to an hour of a day of last month.
func (h *historian) to(day, hour int) {
	h.until(time.Date(h.first.Year(), h.first.Month(), day, hour, 0, 0, 0, h.local))
}

func (h *historian) until(at time.Time) {
	if d := at.Sub(h.p.Clock.Now()); d > 0 {
		h.p.Clock.Advance(d)
	}
}

// workshopDay is the day of last month on which the workshop takes place.
const workshopDay = 18

func (h *historian) workshop() error {
	e, err := h.create(catalog.Details{
		Title:   "Workshop: from prototype to regulated device",
		Summary: "A working day on evidence, risk files and what an approved body asks first.",
		Description: "A day for teams with a prototype: which rules apply, what evidence is needed, and what it costs. " +
			"In small groups, with people who have been through it.",
		Mode: catalog.InPerson, Venue: "Conference Centre", Address: "1 Trent Parade", City: "Leicester", Topic: "regulation",
	}, h.hours(workshopDay-1, "09:30", "16:30"), 40)
	if err != nil {
		return err
	}
	if err := h.terms(e); err != nil {
		return err
	}
	products, err := h.products(e)
	if err != nil {
		return err
	}
	p := products[0]
	made, err := h.s.Stock.UpdateProduct(h.ctx, h.owner, replay.Key{}, p.ID, p.Version, inventory.ProductInput{
		Org: h.org, Event: e.ID, Title: "Workshop place", Pools: p.Pools, MaxPerOrder: 10, Terms: priced(inventory.Ticket, 21_600),
	})
	if err != nil {
		return err
	}
	h.event, h.day = e, made.ID
	return h.publish(e)
}

// sales are the orders of the month, by the day; what is given back is between
// them.
func (h *historian) sales() error {
	for _, s := range []struct {
		day, places int
		card        stripesim.Card
		company     string // buys on invoice
		back        int    // gives so many of its places up on backOn
		backOn      int
	}{
		{2, 2, stripesim.CardUK, "", 0, 0},
		{3, 1, stripesim.CardEEA, "", 0, 0},
		{4, 3, stripesim.CardUK, "", 1, 9},
		{5, 2, "", "Derwent NHS Trust", 0, 0},
		{6, 1, stripesim.CardMastercard, "", 0, 0},
		{7, 1, stripesim.CardUK, "", 1, 8},
		{10, 2, stripesim.CardUK, "", 0, 0},
		{11, 3, "", "Biotools Ltd", 0, 0},
		{13, 1, stripesim.CardUK, "", 0, 0},
		{15, 1, stripesim.CardVisa, "", 0, 0},
	} {
		h.to(s.day, 10)
		o, err := h.sell(s.places, s.card, s.company)
		if err != nil {
			return fmt.Errorf("the sale of day %d: %w", s.day, err)
		}
		if s.back > 0 {
			h.to(s.backOn, 15)
			if err := h.giveBack(o, s.back); err != nil {
				return fmt.Errorf("the refund of day %d: %w", s.backOn, err)
			}
		}
	}
	return nil
}

func (h *historian) sell(places int, card stripesim.Card, company string) (booking.Order, error) {
	basket, err := h.s.Bookings.FillBasket(h.ctx, replay.Key{}, booking.BasketInput{
		Org: h.org, Event: h.event.ID, Choices: []booking.BasketChoice{{Product: h.day, Quantity: places}},
	})
	if err != nil {
		return booking.Order{}, err
	}
	in := booking.CheckoutInput{ExpectedTotal: basket.Total.Minor}
	for range places {
		in.Attendees = append(in.Attendees, guests[h.guest%len(guests)])
		h.guest++
	}
	in.Buyer = booking.Buyer{Name: in.Attendees[0].Name, Email: in.Attendees[0].Email}
	if company != "" {
		in.OnInvoice, in.Payer = true, booking.Payer{Company: company, Address: "2 Castle Street\nNottingham", Postcode: "NG1 6AA", Country: "GB"}
	}
	done, err := h.s.Bookings.Checkout(h.ctx, replay.Key{}, basket.Secret, in)
	if err != nil {
		return booking.Order{}, err
	}
	if company == "" {
		if err := h.pay(done.Secret, card); err != nil {
			return booking.Order{}, err
		}
	}
	o, err := h.s.Bookings.MyOrder(h.ctx, done.Secret)
	h.sold = append(h.sold, o)
	return o, err
}

func (h *historian) pay(secret string, card stripesim.Card) error {
	if _, err := h.s.Bookings.StartPayment(h.ctx, "http://127.0.0.1", secret); err != nil {
		return err
	}
	o, err := h.s.Bookings.MyOrder(h.ctx, secret)
	if err != nil {
		return err
	}
	m, err := h.p.Payments.OfOrder(h.ctx, h.s.DB.Pool(), o.Org, o.ID)
	if err != nil {
		return err
	}
	for _, a := range m.Attempts {
		if a.State.Live() {
			if _, err := h.p.Stripe.Pay(a.Session, card); err != nil {
				return err
			}
			return h.p.Payments.SyncOrder(h.ctx, o.Org, o.ID)
		}
	}
	return fmt.Errorf("order %s has no payment page", o.Code)
}

// giveBack cancels places by the terms of sale and sends the money.
func (h *historian) giveBack(o booking.Order, places int) error {
	in := booking.CancelInput{Org: o.Org, Order: o.ID, Refund: booking.RefundPolicy, Reason: "Cannot come after all."}
	for _, l := range o.Lines[:places] {
		in.Lines = append(in.Lines, l.ID)
	}
	if _, err := h.s.Bookings.CancelLines(h.ctx, h.owner, replay.Key{}, in); err != nil {
		return err
	}
	m, err := h.p.Payments.OfOrder(h.ctx, h.s.DB.Pool(), o.Org, o.ID)
	if err != nil {
		return err
	}
	for _, r := range m.Refunds {
		if err := h.p.Payments.SendRefund(h.ctx, r.Org, r.ID); err != nil {
			return err
		}
	}
	return nil
}

// ended comes to the present and brings from Stripe what became of the money.
func (h *historian) ended(now time.Time) func() error {
	return func() error {
		h.until(now)
		return h.p.Finance.IngestOrg(h.ctx, h.org)
	}
}

// The sample's account at the bank.
const (
	bankNumber = "20000012345678"
	bankBefore = 12_480_55
)

// bankEntry is a line of the bank's statement.
type bankEntry struct {
	on    time.Time
	minor int64
	text  string
}

// statements imports last month's statement and, once there is something on it,
// this month's up to yesterday. One transfer names no order, and three lines have
// nothing to do with tickets: these are for people.
func (h *historian) statements(today time.Time) func() error {
	return func() error {
		a, err := h.p.Bank.SaveAccount(h.ctx, h.owner, replay.Key{}, bank.AccountInput{Org: h.org, Name: "Current account", Number: bankNumber, Currency: string(money.GBP)})
		if err != nil {
			return err
		}
		lines, err := h.bankLines()
		if err != nil {
			return err
		}
		month := h.first.AddDate(0, 1, 0)
		opening := int64(bankBefore)
		for _, span := range [][2]time.Time{{h.first, month}, {month, today}} {
			if !span[0].Before(span[1]) {
				continue
			}
			text, closing := mt940(span[0], span[1].AddDate(0, 0, -1), opening, lines)
			_, err := h.p.Bank.Import(h.ctx, h.owner, replay.Key{}, bank.ImportInput{
				Org: h.org, Account: a.ID, FileName: "statement-" + span[0].Format("2006-01") + ".sta", Content: []byte(text),
			})
			if err != nil {
				return err
			}
			opening = closing
		}
		return nil
	}
}

// bankLines are what the bank shows: each payout that arrived, two invoices that
// were paid, and the organisation's own bills.
func (h *historian) bankLines() ([]bankEntry, error) {
	payouts, _, err := h.p.Finance.Payouts(h.ctx, h.org, reconcile.PayoutFilter{Limit: 1000})
	if err != nil {
		return nil, err
	}
	var lines []bankEntry
	for _, p := range payouts {
		if p.Status == "paid" {
			lines = append(lines, bankEntry{p.ArrivesOn, p.Amount.Minor, "STRIPE PAYMENTS UK LTD"})
		}
	}
	day := func(d int) time.Time { return h.first.AddDate(0, 0, d-1) }
	for _, o := range h.sold {
		switch o.Payer.Company {
		case "Biotools Ltd":
			lines = append(lines, bankEntry{day(20), o.Total.Minor, "BIOTOOLS LTD REF " + o.Code})
		case "Derwent NHS Trust":
			lines = append(lines, bankEntry{day(22), o.Total.Minor, "DERWENT NHS TRUST ACCTS PAYABLE 00871"})
		}
	}
	return append(lines,
		bankEntry{day(1), -650_00, "RENT TRENT PARADE OFFICE"},
		bankEntry{day(19), -418_40, "TRENT CATERING INV 2217"},
		bankEntry{day(28), 6_12, "INTEREST"},
	), nil
}

// mt940 writes the statement of some days, and says with what it closes.
func mt940(from, to time.Time, opening int64, lines []bankEntry) (text string, closing int64) {
	amount := func(minor int64) string {
		mark := "C"
		if minor < 0 {
			mark, minor = "D", -minor
		}
		return fmt.Sprintf("%s%%s%d,%02d", mark, minor/100, minor%100)
	}
	var b strings.Builder
	fmt.Fprintf(&b, ":20:LANYARD\r\n:25:%s\r\n:28C:%s\r\n:60F:", bankNumber, from.Format("1"))
	balance := func(on time.Time, minor int64) {
		s := fmt.Sprintf(amount(minor), on.Format("060102")+"GBP")
		fmt.Fprintf(&b, "%s\r\n", s)
	}
	balance(from, opening)
	closing = opening
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		for _, l := range lines {
			if l.on.Equal(day) {
				closing += l.minor
				fmt.Fprintf(&b, ":61:%s%sNTRFNONREF\r\n:86:%s\r\n", day.Format("060102"), fmt.Sprintf(amount(l.minor), ""), l.text)
			}
		}
	}
	b.WriteString(":62F:")
	balance(to, closing)
	return b.String(), closing
}

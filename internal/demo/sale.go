package demo

import (
	"fmt"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// What a newcomer needs to buy something in the sample.
const (
	// SaleSlug is the address of the event that sells, below the organisation's.
	SaleSlug = "conference-and-showcase-of-the-top-10"
	// SaleCode takes a tenth off.
	SaleCode = "WELCOME10"
	// MemberEmail is an address at a member company; its mail is in the mailbox.
	MemberEmail = "you@heartline.example"
	// TestCard is paid at once by the simulated Stripe, and by the real one's test mode.
	TestCard = "4242 4242 4242 4242"
)

// showcase is a conference day that costs something: with an early price, a price
// for member companies, a workshop to add, a donation, and the code WELCOME10.
func (b *builder) showcase([]Person) error {
	e, err := b.create(catalog.Details{
		Title:   "Conference and showcase of the Top 10",
		Summary: "The Top 10 of the Innovation Challenge by TBAT Innovation, a day of talks, and a workshop on partnering.",
		Description: "The ten finalists of the **Innovation Challenge** by TBAT Innovation show what they have made; its headline sponsor is Shakespeare Martineau. " +
			"Academic, Business and Clinical people meet between the talks.\n\n" +
			"The workshop goes through six kinds of partnering and has 24 places. Member companies pay less: show that you belong to one by your work e-mail address.",
		Mode: catalog.InPerson, Venue: "Conference Centre", Address: "1 Trent Parade", City: "Leicester", Topic: "showcase",
		GoodToKnow: "Doors open at 8:30.\nLunch is included.",
	}, b.hours(52, "09:30", "16:30"), 200)
	if err != nil {
		return err
	}
	if err := b.seller(); err != nil {
		return err
	}
	if err := b.terms(e); err != nil {
		return err
	}
	day, err := b.tickets(e)
	if err != nil {
		return err
	}
	if err := b.extras(e, day); err != nil {
		return err
	}
	return b.publish(e)
}

// seller says who sells, and who is a member; once.
func (b *builder) seller() error {
	before, err := b.s.Bookings.Supplier(b.ctx, b.org)
	if err != nil || before.Version > 0 {
		return err
	}
	_, err = b.s.Bookings.SaveSupplier(b.ctx, b.owner, replay.Key{}, b.org, booking.Supplier{
		Name: "Midlands Life Sciences Ltd", Address: "1 Trent Parade\nLeicester LE1 1AA", VATNumber: "GB 000 0000 00",
		BankDetails: "Sort code 20-00-00, account 12345678. Please give the invoice number.",
	})
	if err != nil {
		return fmt.Errorf("supplier: %w", err)
	}
	for _, c := range []inventory.Company{
		{Org: b.org, Name: "Heartline", Tier: "SME", Domains: []string{"heartline.example"}},
		{Org: b.org, Name: "University of the Midlands", Tier: "Academic", Domains: []string{"university.example"}},
		{Org: b.org, Name: "Derwent NHS Trust", Tier: "NHS", Domains: []string{"trust.example"}},
	} {
		if _, err := b.s.Stock.SaveCompany(b.ctx, b.owner, replay.Key{}, c); err != nil {
			return fmt.Errorf("member company: %w", err)
		}
	}
	return nil
}

// terms says on which terms an event sells.
func (b *builder) terms(e catalog.Event) error {
	terms, err := b.s.Bookings.Sales(b.ctx, b.org, e.ID)
	if err != nil {
		return err
	}
	terms.OnInvoice, terms.SelfService, terms.PayWindow = true, true, 72*time.Hour
	terms.RefundSteps = []booking.RefundStep{{HoursBefore: 14 * 24, Percent: 100}, {HoursBefore: 48, Percent: 50}}
	terms.Terms = "You may give a place up yourself. Until 14 days before the day you get everything back, until 48 hours before half of it, then nothing.\n\n" +
		"A colleague may come in your place at any time before the day, at no cost."
	if _, err := b.s.Bookings.SaveSales(b.ctx, b.owner, replay.Key{}, b.org, e.ID, terms); err != nil {
		return fmt.Errorf("terms of sale: %w", err)
	}
	return nil
}

// priced are terms of sale in pounds, with VAT at the standard rate.
func priced(kind inventory.Kind, price int64) inventory.Terms {
	return inventory.Terms{
		Kind: kind, Pricing: inventory.Fixed, Currency: money.GBP, Price: price, VATCategory: inventory.VATStandard, VATRate: 2000,
	}
}

// tickets gives the day its prices and returns its ticket.
func (b *builder) tickets(e catalog.Event) (inventory.Product, error) {
	products, err := b.products(e)
	if err != nil {
		return inventory.Product{}, err
	}
	p, places, member := products[0], 60, int64(15_000)
	terms := priced(inventory.Ticket, 24_000)
	terms.Member, terms.GroupFrom, terms.GroupPercent = &member, 5, 1000
	terms.Phases = []inventory.Phase{{Title: "Early bird", Price: 19_200, Ends: b.today.AddDate(0, 0, 24).Format(time.DateOnly), Places: &places}}
	return b.s.Stock.UpdateProduct(b.ctx, b.owner, replay.Key{}, p.ID, p.Version, inventory.ProductInput{
		Org: b.org, Event: e.ID, Title: "Conference day", Description: "Talks, showcase and lunch.", Pools: p.Pools, MaxPerOrder: 10, Terms: terms,
	})
}

// extras adds the workshop, the donation and the codes.
func (b *builder) extras(e catalog.Event, day inventory.Product) error {
	size := 24
	room, err := b.s.Stock.CreatePool(b.ctx, b.owner, replay.Key{}, inventory.PoolInput{Org: b.org, Event: e.ID, Title: "Workshop room", Size: &size})
	if err != nil {
		return err
	}
	workshop := priced(inventory.AddOn, 6_000)
	workshop.Needs = []uid.Product{day.ID}
	gift := inventory.Terms{Kind: inventory.Donation, Pricing: inventory.Open, Currency: money.GBP, Price: 1_000, Minimum: 100}
	student := priced(inventory.Ticket, 4_800)
	student.Hidden = true
	var hidden uid.Product
	for _, in := range []inventory.ProductInput{
		{Title: "Workshop on partnering", Description: "Six kinds of introduction, in small groups. Goes with a ticket for the day.", Pools: []uid.Pool{room.ID}, Terms: workshop},
		{Title: "Travel fund", Description: "Helps students to come. Not a purchase: no VAT.", Terms: gift},
		{Title: "Finalist’s team", Description: "For those who show something.", Pools: day.Pools, Terms: student},
	} {
		in.Org, in.Event, in.MaxPerOrder = b.org, e.ID, 10
		made, err := b.s.Stock.CreateProduct(b.ctx, b.owner, replay.Key{}, in)
		if err != nil {
			return fmt.Errorf("%s: %w", in.Title, err)
		}
		hidden = made.ID
	}
	for _, c := range []inventory.Code{
		{Title: "For newcomers", Text: SaleCode, Effect: inventory.PercentOff, Percent: 1000},
		{Title: "For the finalists’ teams", Text: "FINALIST", Effect: inventory.AccessOnly, Unlocks: true, Products: []uid.Product{hidden}},
	} {
		c.Org, c.Event = b.org, e.ID
		if _, err := b.s.Stock.CreateCode(b.ctx, b.owner, replay.Key{}, c); err != nil {
			return fmt.Errorf("code %s: %w", c.Text, err)
		}
	}
	return nil
}

package inventory

import (
	"fmt"
	"slices"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// Kind is what sort of thing a product is.
type Kind string

// The kinds of product.
const (
	// Ticket is a place for one attendee.
	Ticket Kind = "ticket"
	// AddOn goes with a ticket, at most one of each add-on for an attendee.
	AddOn Kind = "add_on"
	// Donation takes no seat and belongs to no attendee.
	Donation Kind = "donation"
)

// Pricing is how a product's price comes about.
type Pricing string

// The ways of pricing.
const (
	// Free costs nothing.
	Free Pricing = "free"
	// Fixed has a full price, and phases, member prices and discounts below it.
	Fixed Pricing = "fixed"
	// Open lets the buyer name the price, from a minimum; nothing is taken off it.
	Open Pricing = "open"
)

// The VAT categories. Standard and Reduced have a rate, the others have none.
const (
	VATStandard = "standard"
	VATReduced  = "reduced"
	VATZero     = "zero"
	VATExempt   = "exempt"
	// VATOutside is for what is outside the scope of VAT, or sold by somebody who
	// is not registered.
	VATOutside = "outside"
)

// Terms are the terms of sale of a product. The zero value is a free ticket.
// Changing them touches nothing that was sold.
type Terms struct {
	Kind    Kind
	Pricing Pricing
	// Currency is that of all priced products of the event; empty when free.
	Currency money.Currency
	// Price is the full price with VAT, in minor units; the suggestion when open.
	Price int64
	// Minimum is the least that a buyer may name, when open.
	Minimum int64
	// Member is the price for people of verified companies; nil: there is none.
	Member *int64
	// VATRate is contained in the price.
	VATRate     money.Rate
	VATCategory string
	MinPerOrder int
	// Hidden products are shown to, and had by, those with a code that unlocks them.
	Hidden bool
	// SellsFrom and SellsUntil bound its sale, as wall time in the event's zone:
	// "2026-12-03" or "2026-12-03T18:00"; empty: no bound. A date alone is its
	// first second in SellsFrom and its last in SellsUntil.
	SellsFrom, SellsUntil string
	// GroupFrom tickets of one order bring GroupPercent off each; zero: no such rule.
	GroupFrom    int
	GroupPercent money.Rate
	// Needs are the tickets that an add-on goes with; none: any.
	Needs []uid.Product
	// Phases are prices before the full one, in order.
	Phases []Phase
}

// Phase is a price that holds until a moment or for a number of places, whichever
// ends first; then the next phase's holds, after the last one the full price.
type Phase struct {
	ID    uid.PricePhase // zero for a new one
	Title string
	Price int64
	// Ends is wall time in the event's zone, as in Terms.SellsUntil; may be empty
	// when Places is set.
	Ends string
	// Places is how many are sold at this price; nil: no limit but the end.
	Places *int
	// Taken counts those sold or in baskets at this price; only read.
	Taken int
}

// Limits of prices and of one order.
const (
	maxMinor  = 99_999_999 // the most that can be charged at once, in minor units
	maxPhases = 10
	maxUnits  = 200
)

// normal fills in what an empty value means.
func (t Terms) normal() Terms {
	if t.Kind == "" {
		t.Kind = Ticket
	}
	if t.Pricing == "" {
		t.Pricing = Free
	}
	if t.VATCategory == "" {
		t.VATCategory = VATOutside
	}
	t.MinPerOrder = max(t.MinPerOrder, 1)
	return t
}

// problems collects what is wrong with input.
type problems struct{ fields []fault.Field }

func (p *problems) add(path, rule, format string, args ...any) {
	p.fields = append(p.fields, fault.Field{Path: path, Rule: rule, Message: fmt.Sprintf(format, args...)})
}

func (p *problems) err() error {
	if len(p.fields) == 0 {
		return nil
	}
	return fault.Invalid(p.fields...)
}

func (t Terms) check(maxPerOrder int) error {
	var p problems
	t.checkKinds(&p)
	t.checkMoney(&p)
	t.checkVAT(&p)
	t.checkPhases(&p)
	if t.MinPerOrder > maxPerOrder {
		p.add("details.min_per_order", "min_per_order", "is more than the most that one order may have")
	}
	from := readWall(&p, "details.sells_from_local", t.SellsFrom, false)
	until := readWall(&p, "details.sells_until_local", t.SellsUntil, true)
	if from != nil && until != nil && !from.Before(*until) {
		p.add("details.sells_until_local", "sells_until", "must be after the start of sale")
	}
	switch {
	case t.GroupFrom == 0 && t.GroupPercent == 0:
	case t.GroupFrom < 2 || t.GroupFrom > 50:
		p.add("details.group_from", "group_from", "must be from 2 to 50")
	case t.GroupPercent < 1 || !t.GroupPercent.Valid():
		p.add("details.group_percent", "group_percent", "must be more than 0 and at most 100 per cent")
	}
	return p.err()
}

func (t Terms) checkKinds(p *problems) {
	if !slices.Contains([]Kind{Ticket, AddOn, Donation}, t.Kind) {
		p.add("details.kind", "enum.defined_only", "must be chosen")
	}
	if !slices.Contains([]Pricing{Free, Fixed, Open}, t.Pricing) {
		p.add("details.pricing", "enum.defined_only", "must be chosen")
	}
	if t.Kind == Donation && t.Pricing != Open {
		p.add("details.pricing", "pricing.donation", "must let the giver name the amount")
	}
	if t.Kind != AddOn && len(t.Needs) > 0 {
		p.add("details.needs_product_ids", "needs.add_on", "can be set for add-ons only")
	}
}

func (t Terms) checkMoney(p *problems) {
	if t.Pricing == Free {
		if t.Currency != "" || t.Price != 0 || t.Minimum != 0 || t.Member != nil || len(t.Phases) > 0 {
			p.add("details.pricing", "pricing.free", "cannot be free and have a price")
		}
		return
	}
	if !t.Currency.Valid() {
		p.add("details.currency", "currency", "%s", money.ErrNotCharged)
		return
	}
	checkPrice(p, "details.price_minor", t.Price, t.Currency)
	checkPrice(p, "details.minimum_minor", t.Minimum, t.Currency)
	switch {
	case t.Pricing == Fixed && t.Minimum != 0:
		p.add("details.minimum_minor", "minimum.open", "can be set only where the buyer names the price")
	case t.Pricing == Open && t.Price != 0 && t.Price < t.Minimum:
		p.add("details.price_minor", "price.suggestion", "is less than the minimum")
	case t.Pricing == Fixed && t.Price == 0:
		p.add("details.price_minor", "price.missing", "must be more than nothing; else make it free")
	}
	if t.Member == nil {
		return
	}
	checkPrice(p, "details.member_price_minor", *t.Member, t.Currency)
	switch {
	case t.Pricing == Open:
		p.add("details.member_price_minor", "member.open", "cannot be set where the buyer names the price")
	case *t.Member > t.Price:
		p.add("details.member_price_minor", "member.more", "is more than the price")
	}
}

// checkPrice refuses what cannot be charged in the currency.
func checkPrice(p *problems, path string, minor int64, c money.Currency) {
	switch {
	case minor < 0 || minor > maxMinor:
		p.add(path, "int64.gte_lte", "must be from 0 to %s", money.New(maxMinor-maxMinor%c.Multiple(), c))
	case minor%c.Multiple() != 0:
		p.add(path, "price.multiple", "must be a multiple of %s, as all payments in %s", money.New(c.Multiple(), c), c)
	}
}

func (t Terms) checkVAT(p *problems) {
	switch t.VATCategory {
	case VATStandard, VATReduced:
		if t.VATRate < 1 || !t.VATRate.Valid() {
			p.add("details.vat_rate", "vat_rate", "must be more than 0 and at most 100 per cent")
		}
	case VATZero, VATExempt, VATOutside:
		if t.VATRate != 0 {
			p.add("details.vat_rate", "vat_rate", "must be 0 for this kind of VAT")
		}
	default:
		p.add("details.vat_category", "enum.defined_only", "must be chosen")
	}
}

func (t Terms) checkPhases(p *problems) {
	if len(t.Phases) > 0 && t.Pricing != Fixed {
		p.add("details.phases", "phases.fixed", "can be set only for fixed prices")
		return
	}
	if len(t.Phases) > maxPhases {
		p.add("details.phases", "repeated.max_items", "must be at most %d", maxPhases)
	}
	for i, ph := range t.Phases {
		path := fmt.Sprintf("details.phases[%d]", i)
		if err, ok := fault.As(checkTitle(ph.Title)); ok {
			p.add(path+".title", err.Fields[0].Rule, "%s", err.Fields[0].Message)
		}
		if t.Currency.Valid() {
			checkPrice(p, path+".price_minor", ph.Price, t.Currency)
		}
		if ph.Ends == "" && ph.Places == nil {
			p.add(path+".ends_local", "phase.endless", "is missing: a phase ends at a time, after a number of places, or both")
		}
		if ph.Places != nil && (*ph.Places < 0 || *ph.Places > maxSize) {
			p.add(path+".places", "int32.gte_lte", "must be from 0 to %d", maxSize)
		}
		readWall(p, path+".ends_local", ph.Ends, true)
	}
}

// The forms of wall times.
const (
	dateForm = "2006-01-02"
	wallForm = "2006-01-02T15:04"
)

// readWall reads a wall time; of a date alone it takes the first second, or the
// last. Empty text is nil.
func readWall(p *problems, path, text string, last bool) *time.Time {
	if text == "" {
		return nil
	}
	if at, err := time.Parse(wallForm, text); err == nil {
		return &at
	}
	at, err := time.Parse(dateForm, text)
	if err != nil {
		p.add(path, "schedule.form", "is no date or time, such as 2026-12-03 or 2026-12-03T18:00")
		return nil
	}
	if last {
		at = at.Add(24*time.Hour - time.Second)
	}
	return &at
}

// wall is readWall for text that was checked.
func wall(text string, last bool) *time.Time { return readWall(&problems{}, "", text, last) }

// sayWall undoes readWall.
func sayWall(at *time.Time, last bool) string {
	switch {
	case at == nil:
		return ""
	case last && at.Second() == 59, !last && at.Hour() == 0 && at.Minute() == 0:
		return at.Format(dateForm)
	}
	return at.Format(wallForm)
}

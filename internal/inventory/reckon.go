package inventory

import (
	"fmt"
	"slices"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// reckoning works out a quote from what was read. It touches no database.
type reckoning struct {
	now      time.Time
	products map[uid.Product]*priced
	units    []Wanted
	code     *Code  // nil without one
	company  string // the verified company's name; empty without one

	currency money.Currency
	order    []uid.Product         // the products wanted, by first appearance
	byUnit   map[uid.Product][]int // the units of each
	opened   bool                  // the code opened a hidden product
	applied  bool                  // the code is for something here
	budget   int64                 // what the code may still take off; -1: no bound
	out      []Quoted
}

func (r *reckoning) reckon() (Quote, error) {
	if err := r.sort(); err != nil {
		return Quote{}, err
	}
	if err := r.checkCode(); err != nil {
		return Quote{}, err
	}
	for _, id := range r.order {
		if err := r.checkProduct(r.products[id]); err != nil {
			return Quote{}, err
		}
	}
	r.out = make([]Quoted, len(r.units))
	for _, id := range r.order {
		if err := r.list(r.products[id]); err != nil {
			return Quote{}, err
		}
		r.discount(r.products[id])
	}
	if r.code != nil && !r.applied && !r.opened {
		return Quote{}, codeFault(fault.CodeInvalid, "This code is not for what you have chosen.")
	}
	return r.sum()
}

func choice(i int, field string) string { return fmt.Sprintf("choices[%d].%s", i, field) }

// sort groups the units by product.
func (r *reckoning) sort() error {
	r.byUnit = map[uid.Product][]int{}
	for i, u := range r.units {
		p, ok := r.products[u.Product]
		if !ok {
			return fault.InvalidField(choice(u.Choice, "product_id"), "product.unknown", "is not on offer here")
		}
		if r.byUnit[u.Product] == nil {
			r.order = append(r.order, u.Product)
		}
		r.byUnit[u.Product] = append(r.byUnit[u.Product], i)
		switch c := p.Terms.Currency; {
		case c == "", c == r.currency:
		case r.currency == "":
			r.currency = c
		default: // the database keeps it from coming to this
			return fault.InvalidField(choice(u.Choice, "product_id"), "currency.mixed", "is priced in %s and the rest in %s", c, r.currency)
		}
	}
	return nil
}

// checkCode refuses a code that cannot be used now, whatever was chosen.
func (r *reckoning) checkCode() error {
	c := r.code
	if c == nil {
		return nil
	}
	r.budget = -1
	switch {
	case !c.ValidFromAt.IsZero() && r.now.Before(c.ValidFromAt):
		return codeFault(fault.CodeInvalid, "This code cannot be used yet.")
	case !c.ValidUntilAt.IsZero() && !r.now.Before(c.ValidUntilAt):
		return codeFault(fault.CodeInvalid, "This code has run out.")
	case c.MaxUses != nil && c.Uses >= *c.MaxUses:
		return codeFault(fault.CodeUsedUp, "This code has been used up.")
	}
	if c.Budget != nil {
		if r.budget = *c.Budget - c.BudgetUsed; r.budget < c.Currency.Multiple() {
			return codeFault(fault.CodeUsedUp, "This code has been used up.")
		}
	}
	return nil
}

func codeFault(reason fault.Reason, message string) error {
	f := fault.Precondition(reason, "%s", message)
	f.Fields = []fault.Field{{Path: "code", Rule: "code", Message: message}}
	return f
}

func fieldFault(reason fault.Reason, path, rule, format string, args ...any) error {
	f := fault.Precondition(reason, format, args...)
	f.Fields = []fault.Field{{Path: path, Rule: rule, Message: f.Message}}
	return f
}

// checkProduct refuses what cannot be had now, or not so, or not so many.
func (r *reckoning) checkProduct(p *priced) error {
	units, at := r.byUnit[p.ID], r.units[r.byUnit[p.ID][0]].Choice
	n := len(units)
	switch {
	case p.Terms.Hidden && r.code == nil:
		return fieldFault(fault.CodeInvalid, "code", "code.needed", "%s can be had only with an access code.", p.Title)
	case p.Terms.Hidden && !r.code.opens(p.ID):
		return codeFault(fault.CodeInvalid, "This code does not open "+p.Title+".")
	case !p.SellsFrom.IsZero() && r.now.Before(p.SellsFrom):
		return fieldFault(fault.SalesNotOpen, choice(at, "product_id"), "sells_from", "%s is not on sale yet.", p.Title)
	case !p.SellsUntil.IsZero() && !r.now.Before(p.SellsUntil):
		return fieldFault(fault.SalesClosed, choice(at, "product_id"), "sells_until", "%s is not on sale any more.", p.Title)
	case n < p.Terms.MinPerOrder:
		return fault.InvalidField(choice(at, "quantity"), "min_per_order", "must be at least %d", p.Terms.MinPerOrder)
	case n > p.MaxPerOrder:
		return fault.InvalidField(choice(at, "quantity"), "max_per_order", "must be at most %d", p.MaxPerOrder)
	}
	r.opened = r.opened || p.Terms.Hidden
	if p.Terms.Kind != AddOn {
		return nil
	}
	switch tickets := r.ticketsFor(p); {
	case tickets == 0:
		return fault.InvalidField(choice(at, "product_id"), "add_on.ticket", "goes with %s, which is not in your basket", r.neededBy(p))
	case n > tickets:
		return fault.InvalidField(choice(at, "quantity"), "add_on.ticket", "must be at most %d, one for each of %s", tickets, r.neededBy(p))
	}
	return nil
}

// ticketsFor counts the tickets that an add-on can go with.
func (r *reckoning) ticketsFor(addOn *priced) int {
	n := 0
	for _, id := range r.order {
		if r.products[id].Terms.Kind != Ticket {
			continue
		}
		if len(addOn.Terms.Needs) == 0 || slices.Contains(addOn.Terms.Needs, id) {
			n += len(r.byUnit[id])
		}
	}
	return n
}

// neededBy names the tickets that an add-on goes with, as far as people may see them.
func (r *reckoning) neededBy(addOn *priced) string {
	names := ""
	for _, id := range addOn.Terms.Needs {
		p, ok := r.products[id]
		if !ok || p.Terms.Hidden && r.byUnit[id] == nil {
			continue
		}
		if names != "" {
			names += " or "
		}
		names += p.Title
	}
	if names == "" {
		return "a ticket"
	}
	return names
}

func (r *reckoning) money(minor int64) money.Amount { return money.New(minor, r.currency) }

// list puts down each unit's list price and, below it, its phase's.
func (r *reckoning) list(p *priced) error {
	taken := map[uid.PricePhase]int{} // by units of this quote
	for _, i := range r.byUnit[p.ID] {
		u, q := r.units[i], &r.out[i]
		*q = Quoted{Product: p.ID, Kind: p.Terms.Kind, Title: p.Title, Rate: p.Terms.VATRate, Category: p.Terms.VATCategory}
		list := p.Terms.Price
		if p.Terms.Pricing == Open {
			if err := r.checkAmount(p, u); err != nil {
				return err
			}
			list = u.Amount
		} else if u.Amount != 0 {
			return fault.InvalidField(choice(u.Choice, "amount_minor"), "amount.fixed", "cannot be chosen for this: its price is fixed")
		}
		q.List, q.Gross = r.money(list), r.money(list)
		for _, ph := range p.phases {
			if ph.left(r.now)-taken[ph.ID] <= 0 {
				continue
			}
			taken[ph.ID]++
			q.Phase, q.PhaseTitle = ph.ID, ph.Title
			if ph.Price > list { // dearer than the full price: that is its list price
				q.List, q.Gross = r.money(ph.Price), r.money(ph.Price)
			}
			q.off(OffByPhase, ph.Title, list-ph.Price)
			break
		}
	}
	return nil
}

func (r *reckoning) checkAmount(p *priced, u Wanted) error {
	path := choice(u.Choice, "amount_minor")
	switch c := p.Terms.Currency; {
	case u.Amount < 0 || u.Amount > maxMinor:
		return fault.InvalidField(path, "amount.range", "must be from %s to %s", money.New(p.Terms.Minimum, c).Format(), money.New(maxMinor-maxMinor%c.Multiple(), c).Format())
	case u.Amount < p.Terms.Minimum:
		return fault.InvalidField(path, "amount.minimum", "must be at least %s", money.New(p.Terms.Minimum, c).Format())
	case u.Amount%c.Multiple() != 0:
		return fault.InvalidField(path, "amount.multiple", "must be a multiple of %s", money.New(c.Multiple(), c).Format())
	}
	return nil
}

// off lowers a price; nothing and less than nothing lowers nothing.
func (q *Quoted) off(reason, label string, minor int64) {
	if minor = min(minor, q.Gross.Minor); minor <= 0 {
		return
	}
	off := money.New(minor, q.Gross.Currency)
	q.Gross.Minor -= minor
	q.Discounts = append(q.Discounts, Discount{Reason: reason, Label: label, Off: off})
}

// discount applies member price, code and group rule to the units of a product.
func (r *reckoning) discount(p *priced) {
	if p.Terms.Pricing != Fixed {
		return
	}
	plain := r.take(p)
	if r.company != "" && p.Terms.Member != nil {
		for i := range plain {
			plain[i].off(OffByMember, "Member price: "+r.company, plain[i].Gross.Minor-*p.Terms.Member)
		}
	}
	if r.code == nil || !r.code.lowers(p.ID) {
		r.group(p, plain)
		r.put(p, plain)
		return
	}
	r.applied = true
	var coded []Quoted
	if r.code.Stacks {
		coded = clone(plain)
		r.applyCode(coded)
		r.group(p, coded)
	} else {
		coded = r.take(p)
		r.applyCode(coded)
	}
	r.group(p, plain)
	if total(coded) < total(plain) {
		if r.budget >= 0 {
			r.budget -= offBy(coded, OffByCode)
		}
		plain = coded
	}
	r.put(p, plain)
}

// take copies the units of a product as they are now.
func (r *reckoning) take(p *priced) []Quoted {
	units := make([]Quoted, 0, len(r.byUnit[p.ID]))
	for _, i := range r.byUnit[p.ID] {
		units = append(units, r.out[i])
	}
	return clone(units)
}

func clone(units []Quoted) []Quoted {
	units = slices.Clone(units)
	for i := range units {
		units[i].Discounts = slices.Clone(units[i].Discounts)
	}
	return units
}

func (r *reckoning) put(p *priced, units []Quoted) {
	for k, i := range r.byUnit[p.ID] {
		r.out[i] = units[k]
	}
}

func total(units []Quoted) int64 {
	var sum int64
	for _, u := range units {
		sum += u.Gross.Minor
	}
	return sum
}

func offBy(units []Quoted, reason string) int64 {
	var sum int64
	for _, u := range units {
		for _, d := range u.Discounts {
			if d.Reason == reason {
				sum += d.Off.Minor
			}
		}
	}
	return sum
}

// applyCode takes off what the code gives, as far as its budget goes.
func (r *reckoning) applyCode(units []Quoted) {
	offs := make([]int64, len(units))
	switch r.code.Effect {
	case PercentOff:
		offs = r.percent(r.code.Percent, units)
	case MoneyOff:
		for i, u := range units {
			offs[i] = min(r.code.Amount, u.Gross.Minor)
		}
	case SetPrice:
		for i, u := range units {
			offs[i] = max(0, u.Gross.Minor-r.code.Amount)
		}
	case AccessOnly:
		return
	}
	var sum int64
	for _, off := range offs {
		sum += off
	}
	if r.budget >= 0 && sum > r.budget {
		offs = r.split(r.budget, offs)
	}
	for i := range units {
		units[i].off(OffByCode, "Code "+r.code.Text, offs[i])
	}
}

// group applies the group rule of a product.
func (r *reckoning) group(p *priced, units []Quoted) {
	t := p.Terms
	if t.GroupFrom == 0 || len(units) < t.GroupFrom {
		return
	}
	for i, off := range r.percent(t.GroupPercent, units) {
		units[i].off(OffByGroup, fmt.Sprintf("Group of %d or more: %s off", t.GroupFrom, t.GroupPercent), off)
	}
}

// percent is a rate of the units' sum, divided among them by largest remainder.
func (r *reckoning) percent(rate money.Rate, units []Quoted) []int64 {
	prices := make([]int64, len(units))
	for i, u := range units {
		prices[i] = u.Gross.Minor
	}
	step := r.currency.Multiple()
	return r.split(rate.Of(r.money(total(units)/step)).Minor*step, prices)
}

// split divides minor units in proportion to weights, in steps that can be charged.
func (r *reckoning) split(minor int64, weights []int64) []int64 {
	step := r.currency.Multiple()
	scaled := make([]int64, len(weights))
	for i, w := range weights {
		scaled[i] = w / step
	}
	parts := money.Split(minor/step, scaled)
	for i := range parts {
		parts[i] *= step
	}
	return parts
}

// sum adds VAT and totals, and refuses totals that cannot be paid.
func (r *reckoning) sum() (Quote, error) {
	q := Quote{Currency: r.currency, Units: r.out, Total: r.money(0), VAT: r.money(0), CodeOff: r.money(0)}
	for i := range q.Units {
		u := &q.Units[i]
		u.VAT = r.money(u.Rate.Included(u.Gross.Minor))
		u.Net = r.money(u.Gross.Minor - u.VAT.Minor)
		q.Total.Minor += u.Gross.Minor // at most maxUnits prices of at most maxMinor
		q.VAT.Minor += u.VAT.Minor
	}
	if r.code != nil {
		q.CodeText = r.code.Text
		q.CodeOff.Minor = offBy(q.Units, OffByCode)
		if q.CodeOff.Minor > 0 || r.opened {
			q.Code = r.code.ID
		}
	}
	field := "choices"
	if q.CodeOff.Minor > 0 {
		field = "code"
	}
	switch least := r.currency.Minimum(); {
	case q.Total.Minor > 0 && q.Total.Minor < least:
		return Quote{}, fieldFault(fault.BelowMinimum, field, "total.minimum",
			"The total is %s; the least that can be paid is %s.", q.Total.Format(), r.money(least).Format())
	case q.Total.Minor > maxMinor:
		return Quote{}, fault.InvalidField("choices", "total.maximum", "cost %s together; at most %s can be paid at once", q.Total.Format(), r.money(maxMinor).Format())
	}
	return q, nil
}

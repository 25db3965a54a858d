package site

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/clock"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/webform"
)

// chooseView is the list of what can be had, with how many of each.
type chooseView struct {
	Action string
	Items  []itemView
	Code   codeView
	Button string
	VAT    string // what holds of every price
}

// codeView is the box for a code.
type codeView struct{ Value, Error string }

// itemView is one product to choose.
type itemView struct {
	ID, Title, Description string
	Price, Before          string // Before is the full price, where the present one is lower
	Phase                  string
	Hints                  []string
	Places                 *placesView
	Numbers                []numberView // to choose from; none when the amount or tickets say it
	Error                  string
	Amount                 *amountView
	For                    []forView
}

type (
	// numberView is one number to choose.
	numberView struct {
		N      int
		Chosen bool
	}
	// amountView is the box for an amount that the buyer names.
	amountView struct{ Label, Value, Help, Error string }
	// forView is one ticket that an add-on may go with.
	forView struct {
		Value, Label string
		Ticked       bool
	}
)

// chooseView draws up the list with what was entered.
func (c choosing) view() chooseView {
	v := chooseView{
		Action: eventPath(c.Listed) + "/basket", Button: "Continue",
		Code: codeView{Value: strings.TrimSpace(c.values.Get("code")), Error: c.problem("code")},
	}
	var treatments []string
	for _, o := range c.offers {
		v.Items = append(v.Items, c.item(o))
		if words := vatIncluded(o.Price); words != "" && !slices.Contains(treatments, words) {
			treatments = append(treatments, words)
		}
	}
	if len(treatments) == 1 {
		v.VAT = treatments[0] + "."
		return v
	}
	for i, o := range c.offers {
		if words := vatIncluded(o.Price); words != "" {
			v.Items[i].Hints = append(v.Items[i].Hints, words)
		}
	}
	return v
}

// vatIncluded says what a price has of VAT in it; nothing of what costs nothing.
func vatIncluded(p inventory.PriceNow) string {
	switch {
	case p.Kind == inventory.Donation || p.Pricing == inventory.Free:
		return ""
	case p.Category == inventory.VATStandard || p.Category == inventory.VATReduced:
		return "VAT at " + percent(p.Rate) + " is included"
	case p.Category == inventory.VATZero:
		return "Zero-rated for VAT"
	case p.Category == inventory.VATExempt:
		return "Exempt from VAT"
	}
	return ""
}

func (c choosing) item(o booking.Offer) itemView {
	id := o.Product.String()
	v := itemView{ID: id, Title: o.Title, Description: o.Description, Error: c.problem("n." + id)}
	v.Price, v.Before = priceWords(o.Price)
	v.Hints = hints(o.Price)
	if o.Price.PhaseTitle != "" {
		v.Phase = phaseWords(o.Price, c.Timezone, c.now)
	}
	kept := c.kept[o.Product]
	if v.Places = c.closedNow(o); v.Places != nil && kept == 0 {
		return v
	}
	if kept > 0 {
		v.Places = nil // who keeps the last ones is not told that there are none
	} else {
		v.Places = roomLeft(c.happening, o)
	}
	if v.Places != nil && *v.Places == placesOpen {
		v.Places = nil // the number to choose says as much
	}
	if o.Price.Pricing == inventory.Open {
		v.Amount = c.amount(o)
	}
	switch {
	case o.Price.Kind == inventory.Donation:
	case o.Price.Kind == inventory.AddOn && len(c.tickets) > 0:
		for _, t := range c.tickets {
			if len(o.Price.Needs) == 0 || slices.Contains(o.Price.Needs, t.product) {
				v.For = append(v.For, forView{t.value(), t.label, slices.Contains(c.values["for."+id], t.value())})
			}
		}
		if v.For == nil {
			v.Hints = append(v.Hints, "Goes with another ticket")
		}
	default:
		v.Numbers = numbers(o, c.number(o), kept)
	}
	return v
}

// number is how many of a product were chosen: nothing yet, but for the one ticket
// that there is, which whoever begins to choose is taken to want.
func (c choosing) number(o booking.Offer) string {
	name := "n." + o.Product.String()
	chosen := c.values.Get(name)
	if c.kept != nil || o.Price.Kind != inventory.Ticket || o.State != booking.OfferAvailable {
		return chosen
	}
	tickets, shown := 0, 0
	for _, other := range c.offers {
		if other.Price.Kind == inventory.Ticket {
			tickets++
			if !other.Price.Hidden {
				shown++
			}
		}
	}
	one := strconv.Itoa(max(o.Price.MinPerOrder, 1))
	switch opened := tickets > 1 && shown == 1 && c.values.Get("action") == "code"; {
	case !c.values.Has(name) && tickets == 1:
		return one
	case chosen == one && opened && !o.Price.Hidden:
		return "" // it was there before the code opened more to choose from
	}
	return chosen
}

// numbers lists how many one may take: what is left, and what one's own basket keeps.
func numbers(o booking.Offer, chosen string, kept int) []numberView {
	most := max(o.MaxPerOrder, 1)
	switch {
	case o.State != booking.OfferAvailable:
		most = kept
	case o.FewLeft > 0:
		most = min(most, o.FewLeft+kept)
	}
	n, _ := strconv.Atoi(orZero(chosen)) // what is no number chooses nothing
	out := []numberView{{0, n == 0}}
	for i := max(o.Price.MinPerOrder, 1); i <= most; i++ {
		out = append(out, numberView{i, i == n})
	}
	if n > 0 && !slices.ContainsFunc(out, func(v numberView) bool { return v.Chosen }) {
		out = append(out, numberView{n, true}) // more than there are: the page says so, and shows what was asked
	}
	return out
}

func (c choosing) amount(o booking.Offer) *amountView {
	id := o.Product.String()
	a := &amountView{Label: "Your price in " + string(o.Price.Price.Currency), Value: c.values.Get("amount." + id), Error: c.problem("amount." + id)}
	if o.Price.Kind == inventory.Donation {
		a.Label = "Your donation in " + string(o.Price.Price.Currency)
	}
	if o.Price.Minimum.Minor > 0 {
		a.Help = "At least " + o.Price.Minimum.Format() + "."
	}
	if !c.values.Has("amount."+id) && o.Price.Kind != inventory.Donation && o.Price.Price.Minor > 0 {
		a.Value = o.Price.Price.Decimal()
	}
	if o.Price.Kind == inventory.Donation && o.Price.Price.Minor > 0 {
		a.Help = joinWords(" ", a.Help, "Many give "+o.Price.Price.Format()+".")
	}
	return a
}

// problem is the sentence for what is wrong with a control.
func (c choosing) problem(path string) string {
	for _, f := range c.bad {
		if f.Path == path {
			return choiceSentence(f)
		}
	}
	return ""
}

// choiceSentence makes a sentence of what a fault says about a choice.
func choiceSentence(f fault.Field) string {
	first := f.Message[:min(1, len(f.Message))]
	if first == "" || strings.ToUpper(first) == first {
		return f.Message
	}
	what := "The number"
	switch {
	case strings.HasPrefix(f.Path, "amount."):
		what = "The amount"
	case strings.HasPrefix(f.Message, "goes with"), strings.HasPrefix(f.Message, "is not on"):
		what = "This"
	case f.Path == "choices":
		what = "The choices"
	case strings.HasPrefix(f.Path, "code"):
		what = "The code"
	}
	return what + " " + f.Message
}

// summary lists what is wrong, each leading to its control.
func (c choosing) summary() *summary {
	var problems []webform.Problem
	for _, f := range c.bad {
		p := webform.Problem{ID: webform.ID(f.Path), Text: choiceSentence(f)}
		if o := c.offerAt(f.Path); o != nil {
			p.Text = o.Title + ": " + p.Text
		}
		if f.Path == "choices" && len(c.offers) > 0 {
			p.ID = webform.ID("n." + c.offers[0].Product.String())
		}
		problems = append(problems, p)
	}
	return summarise(problems)
}

func (c choosing) offerAt(path string) *booking.Offer {
	for i := range c.offers {
		if strings.HasSuffix(path, "."+c.offers[i].Product.String()) {
			return &c.offers[i]
		}
	}
	return nil
}

// priceWords says what a product costs, and what it cost before, if more.
func priceWords(p inventory.PriceNow) (price, before string) {
	switch {
	case p.Kind == inventory.Donation:
		return "You choose", ""
	case p.Pricing == inventory.Open && p.Minimum.Minor > 0:
		return "From " + p.Minimum.Format(), ""
	case p.Pricing == inventory.Open:
		return "Pay what you want", ""
	case p.Pricing != inventory.Fixed || p.Price.Minor == 0:
		return "Free", ""
	case p.List.Minor > p.Price.Minor:
		return p.Price.Format(), p.List.Format()
	}
	return p.Price.Format(), ""
}

// hints say how the price could be less.
func hints(p inventory.PriceNow) []string {
	var out []string
	if p.MemberPrice != nil {
		out = append(out, p.MemberPrice.Format()+" for member companies")
	}
	if p.GroupFrom > 1 {
		out = append(out, percent(p.GroupPercent)+" off each from "+strconv.Itoa(p.GroupFrom)+" tickets")
	}
	return out
}

// tellLeft is from how few places on a phase says how many are left.
const tellLeft = 30

// phaseWords are "Early bird until 3 December, 12 left".
func phaseWords(p inventory.PriceNow, zone string, now time.Time) string {
	text := p.PhaseTitle
	if !p.PhaseEndsAt.IsZero() {
		text += " until " + dayOf(p.PhaseEndsAt, zone, now)
	}
	if p.PhaseLeft != nil && (*p.PhaseLeft <= tellLeft || p.PhaseEndsAt.IsZero()) {
		text += ", " + strconv.Itoa(*p.PhaseLeft) + " left"
	}
	return text
}

// dayOf names a day, with its time unless that is the last of it.
func dayOf(at time.Time, zone string, now time.Time) string {
	loc, err := clock.Zone(zone)
	if err != nil {
		loc = time.UTC
	}
	t := at.In(loc)
	form := "2 January"
	if t.Year() != now.In(loc).Year() {
		form += " 2006"
	}
	if t.Hour() != 23 || t.Minute() != 59 {
		form += ", 15:04"
	}
	return t.Format(form)
}

// closedNow says why a product cannot be chosen; nil when it can.
func (c choosing) closedNow(o booking.Offer) *placesView {
	p := o.Price
	switch {
	case !p.SellsFrom.IsZero() && c.now.Before(p.SellsFrom):
		return &placesView{"", "clock", "On sale from " + dayOf(p.SellsFrom, c.Timezone, c.now)}
	case !p.SellsUntil.IsZero() && !c.now.Before(p.SellsUntil):
		return &placesView{"places--none", "", "No longer on sale"}
	case o.State == booking.OfferAvailable || p.Kind == inventory.Donation:
		return nil
	case o.State == booking.OfferAllInBaskets:
		return &placesView{"places--few", "clock", "All in baskets; look again " + lookAgain([]booking.Offer{o}, c.now)}
	case o.State == booking.OfferSoldOut:
		return &placesNone
	}
	return &placesClosed
}

// choosePageView is the choice as a page of its own.
type choosePageView struct {
	Event  factsView
	Notice *notice
	Errors *summary
	Choose chooseView
}

func (s *Site) renderChoose(w http.ResponseWriter, r *http.Request, status int, c choosing) error {
	return s.render(w, r, status, "choose.html", page{
		Title: "Choose your tickets · " + c.Title, Hidden: true, Contact: c.organiser.ContactEmail,
		Brand: brand{Name: c.OrgName, Path: "/o/" + c.OrgSlug},
		Body:  choosePageView{Event: eventFacts(c.happening), Notice: c.say, Errors: c.summary(), Choose: c.view()},
	})
}

// cardOfSale is the box of an event that sells: what it costs, and the way to the
// list of tickets.
func cardOfSale(h happening, offers []booking.Offer) cardBox {
	tickets := slices.DeleteFunc(slices.Clone(offers), func(o booking.Offer) bool {
		return o.Price.Hidden || o.Price.Kind != inventory.Ticket
	})
	hidden := slices.ContainsFunc(offers, func(o booking.Offer) bool { return o.Price.Hidden })
	box := cardBox{Choose: true, Headline: "Tickets", Note: "No account needed."}
	switch {
	case hidden: // those with a code may still find places
	case len(tickets) > 0 && all(tickets, booking.OfferSoldOut):
		return cardBox{Headline: "Sold out", Text: "Every place is taken. If somebody gives one up, it shows here at once."}
	case all(offers, booking.OfferClosed):
		return cardBox{Headline: "Registration is closed"}
	case len(tickets) > 0 && !some(tickets, booking.OfferAvailable) && some(tickets, booking.OfferAllInBaskets):
		return cardBox{Headline: "All places are in baskets", Text: "Look again " + lookAgain(tickets, h.now) + ": some may come free."}
	}
	if h.RegistrationMode == catalog.Approval {
		box.Note = "The organiser decides first; nothing is charged before. No account needed."
	}
	least := cheapest(tickets)
	if least < 0 {
		return box
	}
	p := tickets[least].Price
	box.Headline, box.Before = priceWords(p)
	if len(tickets) > 1 && p.Pricing == inventory.Fixed {
		box.Headline, box.Before = "From "+box.Headline, ""
	}
	if p.PhaseTitle != "" {
		box.Text = phaseWords(p, h.Timezone, h.now)
	}
	return box
}

// cheapest is the place in the list of the ticket with the lowest price, among
// those that can be had; -1 when none can.
func cheapest(tickets []booking.Offer) int {
	least := -1
	for i, o := range tickets {
		if o.State == booking.OfferAvailable && (least < 0 || o.Price.Price.Minor < tickets[least].Price.Price.Minor) {
			least = i
		}
	}
	return least
}

package site

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/limit"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

func (s *Site) chooseRoutes(m *router) {
	m.page("GET /o/{org}/{event}/basket", s.choosePage)
	m.page("POST /o/{org}/{event}/basket", s.choosePost)
}

// sells reports whether an event has prices, or things that go with a ticket: then
// people fill a basket. Where every place is simply free they register at once.
func sells(offers []booking.Offer) bool {
	return slices.ContainsFunc(offers, func(o booking.Offer) bool {
		return o.Price.Pricing != "" && o.Price.Pricing != inventory.Free || o.Price.Kind != "" && o.Price.Kind != inventory.Ticket
	})
}

// choosing is one request to choose what goes into a basket.
type choosing struct {
	happening
	offers   []booking.Offer // those that may be shown
	unlocked bool            // a code has opened hidden ones
	values   url.Values
	tickets  []ticketSpot        // those of a basket, for add-ons
	kept     map[uid.Product]int // what a basket holds already
	bad      []fault.Field
	say      *notice
}

// publicChoice is what everybody sees: nothing is chosen, and what is hidden stays so.
func publicChoice(h happening) choosing {
	return choosing{happening: h, values: url.Values{}, offers: slices.DeleteFunc(onOffer(h.form.Offers), func(o booking.Offer) bool {
		return o.Price.Hidden
	})}
}

// ticketSpot is one ticket of a basket: the nth of its product, from 0.
type ticketSpot struct {
	product uid.Product
	nth     int
	label   string
}

func (t ticketSpot) value() string { return t.product.String() + ":" + strconv.Itoa(t.nth) }

// choosePage is the choice as a page of its own. An address with ?code= opens what
// the code opens.
func (s *Site) choosePage(w http.ResponseWriter, r *http.Request) error {
	return s.choose(w, r, r.URL.Query(), func(c choosing) error {
		return s.renderChoose(w, r, http.StatusOK, c)
	})
}

// choosePost fills a basket, or shows what a code opens.
func (s *Site) choosePost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	return s.choose(w, r, r.PostForm, func(c choosing) error {
		if c.values.Get("action") == "code" {
			status := http.StatusOK
			if len(c.bad) > 0 {
				status = http.StatusUnprocessableEntity
			}
			return s.renderChoose(w, r, status, c)
		}
		return s.fill(w, r, c)
	})
}

// choose reads what can be chosen and goes on, unless there is nothing.
func (s *Site) choose(w http.ResponseWriter, r *http.Request, values url.Values, on func(choosing) error) error {
	private(w)
	h, err := s.readEvent(r.Context(), r.PathValue("org"), r.PathValue("event"))
	if err != nil {
		return err
	}
	if h.Former {
		redirect(w, r, eventPath(h.Listed)+"/basket")
		return nil
	}
	if !sells(onOffer(h.form.Offers)) {
		redirect(w, r, eventPath(h.Listed)+"/register")
		return nil
	}
	c := choosing{happening: h, values: values}
	if err := s.openHidden(r, &c, r.Method == http.MethodGet || values.Get("action") == "code"); err != nil {
		return err
	}
	if card := cardFor(h); !card.Choose && !c.unlocked && (r.Method == http.MethodGet || card.Elsewhere != "") {
		return s.renderClosed(w, r, http.StatusOK, h, card.Headline, card.Text)
	}
	return on(c)
}

// openHidden leaves out what is hidden, but for what the code in the form opens.
// Told to judge it, a code that does not hold is named as wrong.
func (s *Site) openHidden(r *http.Request, c *choosing, judge bool) error {
	code := strings.TrimSpace(c.values.Get("code"))
	hidden := slices.ContainsFunc(c.form.Offers, func(o booking.Offer) bool { return o.Price.Hidden })
	var opened map[uid.Product]bool
	if code != "" && (hidden || judge) {
		if err := s.slowDown(r, limit.Code); err != nil {
			return err
		}
		var err error
		opened, err = s.Booking.Opens(r.Context(), c.Org, c.ID, code)
		if f, shown := fault.As(err); shown && len(f.Fields) > 0 {
			if judge {
				c.bad = f.Fields
			}
		} else if err != nil {
			return err
		} else if judge && r.Method == http.MethodPost {
			c.say = &notice{"notice--success", "good", "The code " + code + " counts", "What it does shows in your basket."}
			if len(opened) > 0 {
				c.say.Text = "It opens more below."
			}
		}
	}
	c.unlocked = len(opened) > 0
	c.offers = slices.DeleteFunc(onOffer(c.form.Offers), func(o booking.Offer) bool { return o.Price.Hidden && !opened[o.Product] })
	return nil
}

// fill makes a basket of what was chosen.
func (s *Site) fill(w http.ResponseWriter, r *http.Request, c choosing) error {
	choices, bad := readChoices(c.offers, c.values)
	if c.bad = bad; len(bad) > 0 {
		return s.renderChoose(w, r, http.StatusUnprocessableEntity, c)
	}
	if err := s.slowDown(r, limit.Order); err != nil {
		return err
	}
	b, err := s.fillOnce(r, booking.BasketInput{Org: c.Org, Event: c.ID, Choices: choices, Code: strings.TrimSpace(c.values.Get("code"))})
	if err == nil {
		redirect(w, r, basketPath(b.Secret))
		return nil
	}
	status, ok := c.refuse(err, choices)
	if !ok {
		return err
	}
	return s.renderChoose(w, r, status, c)
}

// fillOnce fills a basket, the same for a button that was pressed twice; see holdOnce.
func (s *Site) fillOnce(r *http.Request, in booking.BasketInput) (booking.Basket, error) {
	id := cut(r.PostForm.Get("request_id"), 64)
	if id == "" {
		return s.Booking.FillBasket(r.Context(), replay.Key{}, in)
	}
	what := fmt.Sprintf("basket %s %s %v %s", id, in.Event, in.Choices, in.Code)
	sum := sha256.Sum256([]byte(what))
	b, err := s.Booking.FillBasket(r.Context(), replay.Key{Scope: "page", RequestID: "basket " + hex.EncodeToString(sum[:]), Hash: sum}, in)
	if err == nil && b.Lapsed || fault.Is(err, fault.WrongState) {
		return s.Booking.FillBasket(r.Context(), replay.Key{}, in)
	}
	return b, err
}

// refuse notes why what was chosen cannot be had; false when it is no matter of
// the choice.
func (c *choosing) refuse(err error, choices []booking.BasketChoice) (status int, ok bool) {
	f, ok := fault.As(err)
	if !ok || f.Kind == fault.KindNotFound {
		return 0, false
	}
	c.bad = choiceFields(f.Fields, choices)
	switch {
	case f.Kind == fault.KindInvalid:
		return http.StatusUnprocessableEntity, true
	case len(f.Fields) > 0:
		return http.StatusConflict, true
	case f.Kind == fault.KindPrecondition:
		title, text := refusedPlaces(f)
		c.say = &notice{"notice--error", "bad", title, text + " What you chose is still here."}
		return http.StatusConflict, true
	}
	status, title := faultPage(f)
	c.say = &notice{"notice--warning", "warn", title, f.Message + " What you chose is still here."}
	return status, true
}

// choiceFields turns the paths of a request into those of the form, which counts
// by product: "choices[1].quantity" becomes "n.prd_…".
func choiceFields(fields []fault.Field, choices []booking.BasketChoice) []fault.Field {
	out := make([]fault.Field, 0, len(fields))
	for _, f := range fields {
		number, rest, found := strings.Cut(strings.TrimPrefix(f.Path, "choices["), "].")
		i, err := strconv.Atoi(number)
		if found && err == nil && i >= 0 && i < len(choices) {
			f.Path = "n." + choices[i].Product.String()
			if rest == "amount_minor" {
				f.Path = "amount." + choices[i].Product.String()
			}
		}
		out = append(out, f)
	}
	return out
}

// readChoices reads how many of each product are wanted, and the amounts that
// buyers name. Add-ons go to the tickets that were ticked, else to the first that
// they fit.
func readChoices(offers []booking.Offer, values url.Values) ([]booking.BasketChoice, []fault.Field) {
	var choices []booking.BasketChoice
	var bad []fault.Field
	for _, o := range offers {
		id := o.Product.String()
		c := booking.BasketChoice{Product: o.Product}
		n, err := strconv.Atoi(orZero(values.Get("n." + id)))
		if err != nil || n < 0 || n > 50 {
			bad = append(bad, fault.Field{Path: "n." + id, Rule: "quantity", Message: "must be a number from 0 to 50"})
			continue
		}
		c.Quantity = n
		if o.Price.Kind == inventory.Donation || o.Price.Pricing == inventory.Open && n > 0 {
			amount, problem := readAmount(o, values.Get("amount."+id))
			if problem != nil {
				bad = append(bad, *problem)
				continue
			}
			c.AmountMinor = amount
			if o.Price.Kind == inventory.Donation && amount > 0 {
				c.Quantity = 1
			} else if o.Price.Kind == inventory.Donation {
				c.Quantity = 0
			}
		}
		if o.Price.Kind == inventory.AddOn {
			c.Quantity = max(c.Quantity, len(values["for."+id]))
		}
		if c.Quantity > 0 {
			choices = append(choices, c)
		}
	}
	for i := range choices {
		assign(&choices[i], choices, offers, values)
	}
	if len(choices) == 0 && len(bad) == 0 {
		bad = append(bad, fault.Field{Path: "choices", Rule: "choices", Message: "Choose at least one ticket"})
	}
	return choices, bad
}

func orZero(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return "0"
	}
	return s
}

// readAmount reads what a buyer names; nothing named is nothing given.
func readAmount(o booking.Offer, text string) (int64, *fault.Field) {
	if strings.TrimSpace(text) == "" {
		return 0, nil
	}
	a, err := money.ParsePrice(text, o.Price.Price.Currency)
	if err != nil {
		return 0, &fault.Field{Path: "amount." + o.Product.String(), Rule: "amount", Message: err.Error()}
	}
	return a.Minor, nil
}

// assign says whose an add-on is, by the places of the tickets in the basket.
func assign(c *booking.BasketChoice, choices []booking.BasketChoice, offers []booking.Offer, values url.Values) {
	o := offerOf(offers, c.Product)
	if o.Price.Kind != inventory.AddOn {
		return
	}
	var fitting []ticketSpot
	at := map[string]int{}
	next := 0
	for _, t := range choices {
		of := offerOf(offers, t.Product)
		if of.Price.Kind == inventory.AddOn || of.Price.Kind == inventory.Donation {
			continue
		}
		for nth := range t.Quantity {
			spot := ticketSpot{product: t.Product, nth: nth}
			if len(o.Price.Needs) == 0 || slices.Contains(o.Price.Needs, t.Product) {
				fitting = append(fitting, spot)
				at[spot.value()] = next
			}
			next++
		}
	}
	if len(fitting) < c.Quantity {
		return // booking says what is missing
	}
	ticked := values["for."+c.Product.String()]
	for _, v := range ticked {
		if i, ok := at[v]; ok && !slices.Contains(c.ForTickets, i) {
			c.ForTickets = append(c.ForTickets, i)
		}
	}
	for _, spot := range fitting {
		if i := at[spot.value()]; len(ticked) == 0 && len(c.ForTickets) < c.Quantity {
			c.ForTickets = append(c.ForTickets, i)
		}
	}
	if len(ticked) > 0 {
		c.Quantity = len(c.ForTickets)
	}
}

func offerOf(offers []booking.Offer, id uid.Product) booking.Offer {
	for _, o := range offers {
		if o.Product == id {
			return o
		}
	}
	return booking.Offer{}
}

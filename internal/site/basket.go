package site

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/limit"
	"lanyard/internal/link"
	"lanyard/internal/uid"
	"lanyard/internal/webform"
)

func (s *Site) basketRoutes(m *router) {
	m.page("GET /basket/{secret}", s.basketPage)
	m.page("POST /basket/{secret}", s.basketPost)
	m.page("POST /basket/{secret}/release", s.basketRelease)
}

// basketPath is the path of a basket.
func basketPath(secret string) string { return "/basket/" + url.PathEscape(secret) }

// cart is one request to a basket: what is in it, and what was entered beside it.
type cart struct {
	booking.Basket
	choosing
	path     string
	proving  bool // a code is on its way to a work address
	changing bool // the list of what is in it is to be seen
	bad      []fault.Field
	say      *notice
}

// basketPage continues a basket, on this device or another.
func (s *Site) basketPage(w http.ResponseWriter, r *http.Request) error {
	c, done, err := s.openBasket(w, r, nil)
	if done || err != nil {
		return err
	}
	if c.Lapsed {
		c.say = &notice{"notice--warning", "warn", "Your places are no longer kept",
			"We kept them for twenty minutes and then let others have them. Press “Look again” to see whether there are places left, and at which price."}
	}
	return s.renderBasket(w, r, http.StatusOK, c)
}

// openBasket reads a basket with its event. One that was placed leads to its order.
func (s *Site) openBasket(w http.ResponseWriter, r *http.Request, values url.Values) (c cart, done bool, err error) {
	private(w)
	if err := s.slowDown(r, limit.Attendee); err != nil {
		return c, false, err
	}
	secret := r.PathValue("secret")
	b, err := s.Booking.Basket(r.Context(), secret)
	if ref, ok := s.Keys.Read(link.Hold, secret); ok && fault.Is(err, fault.WrongState) {
		redirect(w, r, orderPath(s.Keys.Make(link.Order, ref.Org, ref.ID, 1)))
		return c, true, nil
	}
	if err != nil {
		return c, false, err
	}
	c, err = s.cartOf(r, b, values)
	return c, false, err
}

// cartOf puts a basket together with its event and with what was entered.
func (s *Site) cartOf(r *http.Request, b booking.Basket, values url.Values) (cart, error) {
	h, err := s.eventByID(r.Context(), b.Org, b.Event)
	if err != nil {
		return cart{}, err
	}
	c := cart{Basket: b, choosing: choosing{happening: h}, path: basketPath(b.Secret)}
	if c.values = values; values == nil {
		c.values = url.Values{"request_id": {newRequestID()}}
	}
	c.offers = slices.DeleteFunc(onOffer(h.form.Offers), func(o booking.Offer) bool {
		return o.Price.Hidden && !slices.ContainsFunc(b.Lines, func(l booking.Line) bool { return l.Product == o.Product })
	})
	if code := b.Code; code != "" && slices.ContainsFunc(h.form.Offers, func(o booking.Offer) bool { return o.Price.Hidden }) {
		if opened, err := s.Booking.Opens(r.Context(), b.Org, b.Event, code); err == nil {
			c.offers = slices.DeleteFunc(onOffer(h.form.Offers), func(o booking.Offer) bool { return o.Price.Hidden && !opened[o.Product] })
		}
	}
	c.tickets, c.kept = spots(b.Lines), map[uid.Product]int{}
	for _, l := range b.Lines {
		c.kept[l.Product]++
	}
	if values == nil {
		c.fillIn()
	}
	return c, nil
}

// spots are the tickets of a basket, named so that people can tell them apart.
func spots(lines []booking.Line) []ticketSpot {
	var out []ticketSpot
	counts := map[uid.Product]int{}
	for _, l := range lines {
		if l.Kind != inventory.Ticket {
			continue
		}
		t := ticketSpot{product: l.Product, nth: counts[l.Product], label: "Ticket " + strconv.Itoa(len(out)+1) + ": " + l.Title}
		counts[l.Product]++
		out = append(out, t)
	}
	return out
}

// fillIn sets the list of products to what the basket holds.
func (c *cart) fillIn() {
	for name := range c.values {
		if strings.HasPrefix(name, "n.") || strings.HasPrefix(name, "for.") || strings.HasPrefix(name, "amount.") {
			c.values.Del(name)
		}
	}
	c.values.Set("code", c.Code)
	for _, ch := range c.Choices {
		id := ch.Product.String()
		o := offerOf(c.offers, ch.Product)
		switch o.Price.Kind {
		case inventory.AddOn:
			for _, i := range ch.ForTickets {
				if i < len(c.tickets) {
					c.values.Add("for."+id, c.tickets[i].value())
				}
			}
		case inventory.Donation:
		default:
			c.values.Set("n."+id, strconv.Itoa(ch.Quantity))
		}
		if ch.AmountMinor > 0 || o.Price.Pricing == inventory.Open {
			c.values.Set("amount."+id, amountText(c.Currency, ch.AmountMinor))
		}
	}
}

// basketPost does what the pressed button says. What was changed in the list or
// the code counts first: nobody pays a price that they have not seen.
func (s *Site) basketPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	c, done, err := s.openBasket(w, r, r.PostForm)
	if done || err != nil {
		return err
	}
	c.proving = c.values.Get("proving") != ""
	switch action := c.values.Get("action"); action {
	case "prove":
		return s.prove(w, r, c)
	case "confirm":
		return s.confirm(w, r, c)
	case "no-code":
		c.values.Set("code", "")
		return s.change(w, r, c)
	case "change", "code":
		return s.change(w, r, c)
	}
	switch {
	case c.altered():
		return s.change(w, r, c)
	case c.Lapsed:
		return s.keepAnew(w, r, c)
	}
	return s.checkout(w, r, c)
}

// altered reports whether the list or the code in the form is not what the basket
// holds.
func (c *cart) altered() bool {
	if !c.values.Has("listed") {
		return false
	}
	choices, bad := readChoices(c.offers, c.values)
	if len(bad) > 0 || !sameChoices(choices, c.Choices) {
		return true
	}
	return inventory.FoldCode(c.values.Get("code")) != inventory.FoldCode(c.Code)
}

func sameChoices(a, b []booking.BasketChoice) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		same := slices.ContainsFunc(b, func(y booking.BasketChoice) bool {
			return x.Product == y.Product && x.Quantity == y.Quantity && x.AmountMinor == y.AmountMinor && sameTickets(x, y)
		})
		if !same {
			return false
		}
	}
	return true
}

// sameTickets compares whose add-ons are; none named means the first ones.
func sameTickets(x, y booking.BasketChoice) bool {
	first := func(c booking.BasketChoice) []int {
		if len(c.ForTickets) > 0 {
			out := slices.Clone(c.ForTickets)
			slices.Sort(out)
			return out
		}
		out := make([]int, c.Quantity)
		for i := range out {
			out[i] = i
		}
		return out
	}
	return slices.Equal(first(x), first(y))
}

// change replaces what is in the basket. When that cannot be had, the basket
// stays as it was and the page says why.
func (s *Site) change(w http.ResponseWriter, r *http.Request, c cart) error {
	choices, code := c.Choices, strings.TrimSpace(c.values.Get("code"))
	if c.values.Has("listed") {
		var bad []fault.Field
		if choices, bad = readChoices(c.offers, c.values); len(bad) > 0 {
			c.choosing.bad = bad
			return s.renderBasket(w, r, http.StatusUnprocessableEntity, c)
		}
	}
	class := limit.Order
	if code != "" && inventory.FoldCode(code) != inventory.FoldCode(c.Code) {
		class = limit.Code
	}
	if err := s.slowDown(r, class); err != nil {
		return s.refused(w, r, c, err, choices)
	}
	key := formKey("ChangeBasket", c.values, c.Secret, code, strings.Join(choiceTexts(choices), " "))
	fresh, err := s.Booking.ChangeBasket(r.Context(), key, c.Secret, choices, code)
	if err != nil {
		return s.refused(w, r, c, err, choices)
	}
	return s.settle(w, r, c, fresh)
}

func choiceTexts(choices []booking.BasketChoice) []string {
	out := make([]string, 0, len(choices))
	for _, c := range choices {
		text := c.Product.String() + "=" + strconv.Itoa(c.Quantity) + "@" + strconv.FormatInt(c.AmountMinor, 10)
		for _, t := range c.ForTickets {
			text += "," + strconv.Itoa(t)
		}
		out = append(out, text)
	}
	return out
}

// refused shows the basket as it is and what was asked of it, and says why that
// cannot be had.
func (s *Site) refused(w http.ResponseWriter, r *http.Request, c cart, err error, choices []booking.BasketChoice) error {
	status, ok := c.refuse(err, choices)
	if !ok {
		return err
	}
	c.say, c.changing = c.choosing.say, true
	c.values.Set("request_id", newRequestID())
	return s.renderBasket(w, r, status, c)
}

// settle goes on with a basket that took the place of another: at an address of its
// own where nothing was typed yet, else on this page with all that was.
func (s *Site) settle(w http.ResponseWriter, r *http.Request, old cart, b booking.Basket) error {
	if !typed(old.values) {
		redirect(w, r, basketPath(b.Secret))
		return nil
	}
	old.values.Set("request_id", newRequestID())
	old.values.Del("digits")
	c, err := s.cartOf(r, b, old.values)
	if err != nil {
		return err
	}
	c.fillIn()
	c.say = &notice{"notice--success", "good", "Your basket is up to date", "The total is " + b.Total.Format() + ". What you entered is still here."}
	return s.renderBasket(w, r, http.StatusOK, c)
}

// typed reports whether a form holds something that somebody would have to type anew.
func typed(values url.Values) bool {
	for name, texts := range values {
		person := strings.HasPrefix(name, "buyer.") || strings.HasPrefix(name, "payer.") || strings.HasPrefix(name, "attendees[")
		if !person || strings.HasSuffix(name, ".timezone") || strings.HasSuffix(name, ".present") {
			continue
		}
		if slices.ContainsFunc(texts, func(t string) bool { return strings.TrimSpace(t) != "" }) {
			return true
		}
	}
	return false
}

// prove sends six digits to a work address.
func (s *Site) prove(w http.ResponseWriter, r *http.Request, c cart) error {
	email := strings.TrimSpace(c.values.Get("work_email"))
	if !strings.Contains(email, "@") || len(email) > 254 {
		c.bad = []fault.Field{{Path: "work_email", Rule: "string.pattern:email", Message: "Enter an e-mail address such as name@example.org"}}
		return s.renderBasket(w, r, http.StatusUnprocessableEntity, c)
	}
	err := s.slowDown(r, limit.SignIn)
	if err == nil {
		err = s.Booking.ProveCompany(r.Context(), formKey("ProveCompany", c.values, c.Secret, email), c.Secret, email)
	}
	if err != nil {
		return s.unproved(w, r, c, "work_email", err)
	}
	c.proving = true
	c.values.Set("request_id", newRequestID())
	c.say = &notice{"", "mail", "Look into your mail", "If a member company has this address, six digits are on their way to it. Enter them below under “Member price”."}
	return s.renderBasket(w, r, http.StatusOK, c)
}

// confirm takes the six digits.
func (s *Site) confirm(w http.ResponseWriter, r *http.Request, c cart) error {
	digits := strings.Join(strings.Fields(c.values.Get("digits")), "")
	c.proving = true
	err := s.slowDown(r, limit.SignIn)
	var fresh booking.Basket
	if err == nil {
		fresh, err = s.Booking.ConfirmCompany(r.Context(), formKey("ConfirmCompany", c.values, c.Secret, digits), c.Secret, digits)
	}
	if err != nil {
		return s.unproved(w, r, c, "digits", err)
	}
	return s.settle(w, r, c, fresh)
}

// unproved says beside the field why an address or its digits do not count.
func (s *Site) unproved(w http.ResponseWriter, r *http.Request, c cart, field string, err error) error {
	f, ok := fault.As(err)
	if !ok || f.Kind == fault.KindNotFound {
		return err
	}
	c.values.Set("request_id", newRequestID())
	status, title := faultPage(f)
	switch {
	case len(f.Fields) > 0:
		message := f.Fields[0].Message
		if strings.ToUpper(message[:min(1, len(message))]) != message[:min(1, len(message))] {
			message = "This " + message
		}
		status, c.bad = http.StatusUnprocessableEntity, []fault.Field{{Path: field, Rule: f.Fields[0].Rule, Message: message}}
	case f.Kind == fault.KindPrecondition:
		c.bad = []fault.Field{{Path: field, Rule: string(f.Reason), Message: f.Message}}
	default:
		c.say = &notice{"notice--warning", "warn", title, f.Message + " What you entered is still here."}
	}
	return s.renderBasket(w, r, status, c)
}

// basketRelease gives a basket's places back at once and returns to the event.
func (s *Site) basketRelease(w http.ResponseWriter, r *http.Request) error {
	c, done, err := s.openBasket(w, r, nil)
	if done || err != nil {
		return err
	}
	if err := s.Booking.ReleaseHold(r.Context(), c.Secret); err != nil {
		return err
	}
	redirect(w, r, eventPath(c.Listed))
	return nil
}

// problem is the sentence for what is wrong with a control of the page itself.
func (c cart) problem(path string) string {
	for _, f := range c.bad {
		if f.Path == path {
			return f.Message
		}
	}
	return ""
}

// ownProblems are those of the controls that neither the contract nor the list has.
func (c cart) ownProblems() []webform.Problem {
	var out []webform.Problem
	for _, name := range []string{"work_email", "digits", "method"} {
		if text := c.problem(name); text != "" {
			out = append(out, webform.Problem{ID: webform.ID(name), Text: text})
		}
	}
	return out
}

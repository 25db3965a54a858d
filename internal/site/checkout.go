package site

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/limit"
	"lanyard/internal/money"
	"lanyard/internal/webform"
)

// Who comes on a ticket, as the form says it.
const (
	seatMe    = "me"    // the buyer
	seatOther = "other" // somebody who is named now
	seatLater = "later" // somebody who is named later
)

func seatName(i int) string { return "seat." + strconv.Itoa(i) }

// seatChoice is what the form says of a ticket. Unless it says otherwise the first
// is the buyer's and the others are named later, so that nobody has to know
// everybody's details before paying.
func (c cart) seatChoice(i int) string {
	switch v := c.values.Get(seatName(i)); {
	case v == seatLater, v == seatOther, v == seatMe && i == 0:
		return v
	case i == 0:
		return seatMe
	}
	return seatLater
}

// ordering is a checkout as it was read from the form.
type ordering struct {
	msg   *bookingv1.CheckoutRequest
	input booking.CheckoutInput
	bad   []fault.Field
}

// checkout places the order and leads on: to the payment page, or to the order.
func (s *Site) checkout(w http.ResponseWriter, r *http.Request, c cart) error {
	o, err := c.read()
	if err != nil {
		return err
	}
	if c.unseen() {
		c.say = &notice{"", "info", "One more question", "Your answers lead to something else that we need to ask."}
		return s.renderBasket(w, r, http.StatusOK, c)
	}
	if c.bad = o.bad; len(o.bad) > 0 {
		return s.renderBasket(w, r, http.StatusUnprocessableEntity, c)
	}
	if err := s.slowDown(r, limit.Order); err != nil {
		return s.notOrdered(w, r, c, err)
	}
	done, err := s.Booking.Checkout(r.Context(), pageKey("Checkout", o.msg), c.Secret, o.input)
	if err != nil {
		return s.notOrdered(w, r, c, err)
	}
	path := orderPath(done.Secret)
	if done.State != booking.OrderPlaced || c.ByApproval || c.Total.Minor == 0 {
		redirect(w, r, path+"?from=order")
		return nil
	}
	return s.leadToPayment(w, r, path, done.Secret)
}

// read makes a request of the form, as the contract has it, and says what is wrong
// with it.
func (c cart) read() (ordering, error) {
	o := ordering{msg: &bookingv1.CheckoutRequest{}}
	values := url.Values{}
	for name, texts := range c.values {
		if i, _ := attendeeField(name); i < 0 {
			values[name] = texts
		}
	}
	values.Set("payer.country", strings.ToUpper(strings.TrimSpace(values.Get("payer.country"))))
	o.bad = webform.Parse(values, "", o.msg)
	o.msg.HoldSecret = c.Secret
	if o.msg.Buyer == nil {
		o.msg.Buyer = &bookingv1.BuyerDetails{}
	}
	for i := range c.tickets {
		a, bad, err := c.attendee(i, o.msg.GetBuyer())
		if err != nil {
			return o, err
		}
		o.bad = append(o.bad, bad...)
		o.input.Attendees = append(o.input.Attendees, a)
	}
	for n := len(o.input.Attendees); n > 0 && o.input.Attendees[n-1].Email == ""; n-- {
		o.input.Attendees = o.input.Attendees[:n-1]
	}
	broken, err := webform.Validate(o.msg, "")
	if err != nil {
		return o, err
	}
	o.bad = append(o.bad, broken...)
	if len(o.bad) > 0 {
		return o, nil
	}
	for _, a := range o.input.Attendees { // so that equal forms make equal requests
		o.msg.Attendees = append(o.msg.Attendees, &bookingv1.AttendeeDetails{
			Name: a.Name, Email: a.Email, Organisation: a.Organisation, Timezone: a.Timezone,
			Segment: bookingv1.Segment(bookingv1.Segment_value["SEGMENT_"+strings.ToUpper(a.Segment)]),
		})
	}
	for i, a := range o.msg.GetAttendees() {
		a.Answers = answersOf(c.form.Questions, c.values, attendeePath(i))
	}
	p := o.msg.GetPayer()
	o.input.Buyer = booking.Buyer{Name: o.msg.GetBuyer().GetName(), Email: o.msg.GetBuyer().GetEmail()}
	o.input.Payer = booking.Payer{
		Company: p.GetCompany(), Address: p.GetAddress(), Postcode: p.GetPostcode(), Country: p.GetCountry(),
		VATNumber: p.GetVatNumber(), PurchaseOrder: p.GetPurchaseOrder(),
	}
	o.input.OnInvoice = o.msg.GetMethod() == bookingv1.PaymentMethod_PAYMENT_METHOD_INVOICE
	o.input.ExpectedTotal = o.msg.GetExpectedTotalMinor()
	return o, nil
}

// attendee reads who comes on one ticket; nobody when that is said later.
func (c cart) attendee(i int, buyer *bookingv1.BuyerDetails) (booking.Attendee, []fault.Field, error) {
	seat := c.seatChoice(i)
	if seat == seatLater {
		return booking.Attendee{}, nil, nil
	}
	path := attendeePath(i)
	msg := &bookingv1.AttendeeDetails{}
	bad := webform.Parse(c.values, path, msg)
	if seat == seatMe {
		msg.Name, msg.Email = buyer.GetName(), buyer.GetEmail()
	}
	bad = append(bad, webform.Missing(c.form.Questions, c.values, path)...)
	broken, err := webform.Validate(msg, path)
	for _, f := range broken {
		if seat != seatMe || f.Path != path+".name" && f.Path != path+".email" { // those are said beside the buyer's
			bad = append(bad, f)
		}
	}
	return attendeeOf(msg, c.form.Questions, c.values, path), bad, err
}

// unseen reports whether somebody was not shown a question that applies to them.
func (c cart) unseen() bool {
	for i := range c.tickets {
		if c.seatChoice(i) != seatLater && webform.Unseen(c.form.Questions, c.values, attendeePath(i)) {
			return true
		}
	}
	return false
}

// notOrdered shows the basket again with everything in it and says why there is no
// order.
func (s *Site) notOrdered(w http.ResponseWriter, r *http.Request, c cart, err error) error {
	f, ok := fault.As(err)
	if !ok || f.Kind == fault.KindNotFound {
		return err
	}
	c.values.Set("request_id", newRequestID())
	switch {
	case f.Kind == fault.KindInvalid:
		c.bad = f.Fields
		return s.renderBasket(w, r, http.StatusUnprocessableEntity, c)
	case f.Reason == fault.WrongState:
		redirect(w, r, c.path) // it was placed meanwhile, and leads to the order
		return nil
	case f.Reason == fault.HoldExpired:
		return s.keepAnew(w, r, c)
	case f.Reason == fault.PriceChanged:
		return s.priceChanged(w, r, c)
	case f.Reason == fault.CodeUsedUp || f.Reason == fault.CodeInvalid:
		c.choosing.bad = []fault.Field{{Path: "code", Rule: "code", Message: f.Message + " Take it out to go on without it."}}
		return s.renderBasket(w, r, http.StatusConflict, c)
	case f.Reason == fault.IdempotencyMismatch:
		c.say = &notice{"notice--warning", "warn", "You have sent this form before, with other details", "Send it once more if this is what you mean."}
		return s.renderBasket(w, r, http.StatusConflict, c)
	case f.Kind == fault.KindPrecondition:
		title, text := refusedPlaces(f)
		c.say = &notice{"notice--error", "bad", title, text + " What you entered is still here."}
		return s.renderBasket(w, r, http.StatusConflict, c)
	}
	status, title := faultPage(f)
	c.say = &notice{"notice--warning", "warn", title, f.Message + " What you entered is still here."}
	return s.renderBasket(w, r, status, c)
}

// keepAnew asks for the same places once more after a basket lapsed. The buyer sees
// the price before pressing again.
func (s *Site) keepAnew(w http.ResponseWriter, r *http.Request, c cart) error {
	before := c.Total
	fresh, err := s.Booking.ChangeBasket(r.Context(), formKey("KeepAnew", c.values, c.Secret), c.Secret, c.Choices, c.Code)
	if err != nil {
		c.Lapsed = true
		return s.refused(w, r, c, err, c.Choices)
	}
	anew, err := s.cartOf(r, fresh, c.values)
	if err != nil {
		return err
	}
	anew.fillIn()
	anew.say = &notice{"notice--warning", "warn", "Your places had been released; we have got them again", priceMoved(before, fresh.Total)}
	return s.renderBasket(w, r, http.StatusConflict, anew)
}

// priceChanged shows the total that counts now beside the one that was seen.
func (s *Site) priceChanged(w http.ResponseWriter, r *http.Request, c cart) error {
	seen := c.Total
	if n, err := strconv.ParseInt(c.values.Get("expected_total_minor"), 10, 64); err == nil {
		seen.Minor = n
	}
	b, err := s.Booking.Basket(r.Context(), c.Secret)
	if err != nil {
		return err
	}
	if b.Total == seen || b.Lapsed { // a phase has ended between the quote and the order
		return s.keepAnew(w, r, c)
	}
	anew, err := s.cartOf(r, b, c.values)
	if err != nil {
		return err
	}
	anew.say = &notice{"notice--warning", "warn", "The price has changed", priceMoved(seen, b.Total)}
	return s.renderBasket(w, r, http.StatusConflict, anew)
}

// priceMoved says what a total was and is.
func priceMoved(before, now money.Amount) string {
	if before == now {
		return "The total is " + now.Format() + " as before. What you entered is still here: press the button once more."
	}
	return "The total is " + now.Format() + " now and was " + before.Format() + ". What you entered is still here: look at it again, then press the button."
}

// amountText is an amount as people type it.
func amountText(currency money.Currency, minor int64) string {
	if minor == 0 {
		return ""
	}
	return money.New(minor, currency).Decimal()
}

// needsNobody reports whether a basket holds nothing but donations.
func (c cart) needsNobody() bool {
	for _, l := range c.Lines {
		if l.Kind != inventory.Donation {
			return false
		}
	}
	return true
}

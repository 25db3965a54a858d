package site

import (
	"net/http"
	"slices"
	"strconv"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/uid"
)

// givable are the lines that a buyer may give up: the live ones, and of an order
// that nothing was paid for all of them together.
func givable(o booking.Order) []booking.Line {
	if o.State != booking.OrderConfirmed && o.State != booking.OrderPlaced {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(o.Lines), func(l booking.Line) bool { return l.Cancelled })
}

// withAddOns adds what goes with the tickets among the chosen lines: it ends with them.
func withAddOns(o booking.Order, chosen []uid.Line) []booking.Line {
	lines := givable(o)
	return slices.DeleteFunc(slices.Clone(lines), func(l booking.Line) bool {
		if slices.Contains(chosen, l.ID) {
			return false
		}
		return l.Kind != inventory.AddOn || !slices.ContainsFunc(lines, func(t booking.Line) bool {
			return t.Kind == inventory.Ticket && t.Registration == l.Registration && slices.Contains(chosen, t.ID)
		})
	})
}

// giveUpView asks which lines are given up, and then whether that is meant.
type giveUpView struct {
	Heading, Lede string
	Action, Back  string
	Event         factsView
	Errors        *summary
	Notice        *notice
	RequestID     string
	Lines         []giveUpLine
	Sure          *sureView
}

type (
	// giveUpLine is one line to choose.
	giveUpLine struct {
		ID, Title, Who, Back string
		Chosen               bool
	}
	// sureView is what happens when the button is pressed.
	sureView struct {
		Lines        []giveUpLine
		Refund       string // to be shown
		Expected     string // in minor units, as it is sent back
		Consequences []consequence
		Button       string
	}
)

// giveUpPage shows what can be given up and what each of it brings back.
func (s *Site) giveUpPage(w http.ResponseWriter, r *http.Request) error {
	p, err := s.purchased(w, r)
	if err != nil {
		return err
	}
	if !mayGiveUp(p) {
		redirect(w, r, p.path)
		return nil
	}
	lines := givable(p.Order)
	if len(lines) == 1 || p.State == booking.OrderPlaced {
		return s.renderSure(w, r, http.StatusOK, p, lines, nil)
	}
	return s.renderGiveUp(w, r, http.StatusOK, p, nil, nil)
}

// mayGiveUp reports whether the buyer can do it here. An order that waits for its
// payment can be left as a whole.
func mayGiveUp(p purchase) bool {
	waiting := p.State == booking.OrderPlaced && p.Money != booking.MoneyProcessing
	return (p.SelfService || waiting) && len(givable(p.Order)) > 0
}

// giveUpPost first shows the sum, and gives the lines up when that was confirmed.
func (s *Site) giveUpPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	p, err := s.purchased(w, r)
	if err != nil {
		return err
	}
	if !mayGiveUp(p) {
		redirect(w, r, p.path)
		return nil
	}
	var chosen []uid.Line
	for _, text := range r.PostForm["line_ids"] {
		var id uid.Line
		if id.UnmarshalText([]byte(text)) == nil {
			chosen = append(chosen, id)
		}
	}
	lines := withAddOns(p.Order, chosen)
	if p.State == booking.OrderPlaced {
		lines = givable(p.Order)
	}
	if len(lines) == 0 {
		return s.renderGiveUp(w, r, http.StatusUnprocessableEntity, p, nil, []fault.Field{{Path: "line_ids", Message: "Choose what you give up"}})
	}
	if r.PostForm.Get("action") != "give-up" {
		return s.renderSure(w, r, http.StatusOK, p, lines, nil)
	}
	return s.giveUp(w, r, p, lines)
}

func (s *Site) giveUp(w http.ResponseWriter, r *http.Request, p purchase, lines []booking.Line) error {
	expected, err := strconv.ParseInt(r.PostForm.Get("expected_refund_minor"), 10, 64)
	if err != nil {
		return s.renderSure(w, r, http.StatusOK, p, lines, nil)
	}
	ids, texts := make([]uid.Line, 0, len(lines)), []string{p.ID.String(), strconv.FormatInt(expected, 10)}
	for _, l := range lines {
		ids, texts = append(ids, l.ID), append(texts, l.ID.String())
	}
	_, err = s.Booking.CancelMyLines(r.Context(), formKey("CancelMyLines", r.PostForm, texts...), p.Secret, ids, expected)
	f, shown := fault.As(err)
	switch {
	case err == nil:
		redirect(w, r, p.path+"?done=given-up")
		return nil
	case !shown || f.Kind == fault.KindNotFound:
		return err
	case f.Reason == fault.PriceChanged:
		fresh, err := s.purchased(w, r)
		if err != nil {
			return err
		}
		return s.renderSure(w, r, http.StatusConflict, fresh, lines, &notice{"notice--warning", "warn", "What you get back has changed",
			"The terms of sale give less the nearer the event is. Look at the amount again before you decide."})
	case f.Reason == fault.PaymentPending:
		return s.renderSure(w, r, http.StatusConflict, p, lines, &notice{"notice--warning", "clock", "A payment is under way", f.Message})
	}
	status, title := faultPage(f)
	return s.renderSure(w, r, status, p, lines, &notice{"notice--error", "bad", title, f.Error()})
}

func (s *Site) renderGiveUp(w http.ResponseWriter, r *http.Request, status int, p purchase, chosen []uid.Line, bad []fault.Field) error {
	v := giveUpView{
		Heading: "What are you giving up?", Lede: "Beside each is what you get back now. You see the sum and decide on the next page.",
		Action: p.path + "/cancel", Back: p.path, Event: eventFacts(p.on), Errors: (choosing{bad: bad}).summary(),
	}
	for i, l := range givable(p.Order) {
		line := giveLine(l)
		line.Chosen = slices.Contains(chosen, l.ID)
		if i == 0 && v.Errors != nil {
			v.Errors.Problems[0].ID = line.ID
		}
		v.Lines = append(v.Lines, line)
	}
	return s.renderOrderPage(w, r, status, "giveup.html", v.Heading, p.on, v)
}

func giveLine(l booking.Line) giveUpLine {
	return giveUpLine{ID: l.ID.String(), Title: l.Title, Who: l.Attendee, Back: l.RefundNow.Format()}
}

// renderSure asks once more, with the amount that comes back.
func (s *Site) renderSure(w http.ResponseWriter, r *http.Request, status int, p purchase, lines []booking.Line, say *notice) error {
	refund := p.Order.RefundFor(lines)
	v := giveUpView{
		Heading: "Give this up?", Action: p.path + "/cancel", Back: p.path, Event: eventFacts(p.on), Notice: say, RequestID: newRequestID(),
		Sure: &sureView{Refund: refund.Format(), Expected: strconv.FormatInt(refund.Minor, 10), Button: "Give up and get " + refund.Format() + " back"},
	}
	for _, l := range lines {
		v.Sure.Lines = append(v.Sure.Lines, giveLine(l))
	}
	back := consequence{"swap", "You get " + refund.Format() + " back, the way you paid."}
	switch {
	case p.State == booking.OrderPlaced:
		v.Heading, v.Sure.Button = "Cancel this order?", "Cancel the order"
		back = consequence{"info", "Nothing was paid, so nothing is owed any more."}
	case refund.Minor == 0:
		v.Sure.Button = "Give up, without a refund"
		back = consequence{"info", "By the terms of sale you get nothing back now."}
		if p.Balance.Minor > 0 {
			back = consequence{"info", "Nothing was paid for it; what is owed goes down by what the terms of sale give back."}
		}
	}
	v.Sure.Consequences = append(v.Sure.Consequences, back)
	tickets, named := 0, false
	for _, l := range lines {
		if l.Kind == inventory.Ticket {
			tickets++
			named = named || l.Attendee != ""
		}
	}
	if tickets > 0 {
		text := "The place goes to somebody else at once."
		if tickets > 1 {
			text = "The places go to others at once."
		}
		v.Sure.Consequences = append(v.Sure.Consequences, consequence{"people", text})
	}
	if named && p.State == booking.OrderConfirmed {
		v.Sure.Consequences = append(v.Sure.Consequences, consequence{"mail", "Whoever was to come is told by mail, and the entry goes from their calendar."})
	}
	return s.renderOrderPage(w, r, status, "giveup.html", v.Heading, p.on, v)
}

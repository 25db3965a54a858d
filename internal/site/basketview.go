package site

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/internal/webform"
)

// basketView is a basket's page: one form from what is in it to paying.
type basketView struct {
	Heading, Lede     string
	Action            string
	Address           string // of this page, where the browser may still be at an older one
	Event             factsView
	Hold              *holdView
	Again             bool // the places are no longer kept: ask for them anew
	Errors            *summary
	Notice            *notice
	RequestID         string
	Total             string // in minor units, as it is sent back
	Bill              breakdown
	Choose            chooseView
	Changing          bool // show the list at once
	Code              string
	Member            *memberView
	Buyer             template.HTML
	Seats             []seatForm
	Payer             template.HTML
	PayerOpen         bool
	Methods           bool
	OnInvoice         bool
	Terms             []string
	Button, ByInvoice string
	Note              string
	Organiser         string
}

type (
	// memberView is the way to the member price.
	memberView struct {
		Company            string // whose price counts already
		Proving, Open      bool
		Email, EmailError  string
		Digits, DigitError string
	}
	// seatForm asks who comes on one ticket.
	seatForm struct {
		Number         int
		Title, Choice  string // Title of the section; Choice is the name of the radio buttons
		Present        string
		Me             bool // it may be the buyer
		Who            string
		Person, Rest   template.HTML
		IfOther, IfNow string // conditions that the script reads
	}
)

// renderBasket writes the page with what was entered and what is wrong with it.
func (s *Site) renderBasket(w http.ResponseWriter, r *http.Request, status int, c cart) error {
	v := basketView{
		Heading: "Your basket", Action: c.path, Event: eventFacts(c.happening), Notice: c.say, Again: c.Lapsed,
		RequestID: c.values.Get("request_id"), Total: strconv.FormatInt(c.Total.Minor, 10), Bill: breakDown(c.Lines, c.Total),
		Choose: c.view(), Changing: c.changing || len(c.choosing.bad) > 0, Code: c.Code, Organiser: c.OrgName, Terms: paragraphs(c.Terms),
	}
	if r.URL.Path != c.path {
		v.Address = c.path
	}
	if v.RequestID == "" {
		v.RequestID = newRequestID()
	}
	if !c.Lapsed {
		v.Hold = s.basketHold(c)
	}
	v.Member = c.member()
	v.saysWhatHappens(c)
	problems, err := v.addForms(c)
	if err != nil {
		return err
	}
	v.Errors = summarise(append(c.listProblems(), append(c.ownProblems(), problems...)...))
	return s.render(w, r, status, "basket.html", page{
		Title: v.Heading + " · " + c.Title, Hidden: true, Contact: c.organiser.ContactEmail,
		Brand: brand{Name: c.OrgName, Path: "/o/" + c.OrgSlug}, Body: v,
	})
}

// saysWhatHappens writes on the button what pressing it does.
func (v *basketView) saysWhatHappens(c cart) {
	v.Button = "Pay " + c.Total.Format()
	v.Note = "You are taken to the payment page. Your places are kept until you have paid or the time is over."
	switch {
	case c.ByApproval:
		v.Heading, v.Button = "Your application", "Send my application"
		v.Note = "The organiser decides and writes to you. Nothing is charged before that."
	case c.Total.Minor == 0:
		v.Button, v.Note = "Place order", "There is nothing to pay."
	case c.OnInvoice:
		v.Methods, v.ByInvoice = true, "Place order on invoice"
		v.OnInvoice = c.values.Get("method") == bookingv1.PaymentMethod_PAYMENT_METHOD_INVOICE.String()
		v.Note = "By card you go on to the payment page. On invoice your places are yours at once, and the invoice comes by mail."
	}
}

// listProblems are what is wrong in the list of products.
func (c cart) listProblems() []webform.Problem {
	if s := c.choosing.summary(); s != nil {
		return s.Problems
	}
	return nil
}

// addForms renders the parts of the form that the contract describes, and returns
// what is wrong in them.
func (v *basketView) addForms(c cart) ([]webform.Problem, error) {
	buyer := webform.Form{Prefix: "buyer", Values: c.values, Violations: c.bad}
	html, problems, err := part(&bookingv1.BuyerDetails{}, buyer)
	if err != nil {
		return nil, err
	}
	v.Buyer = html
	payer := webform.Form{Prefix: "payer", Values: c.values, Violations: c.bad}
	html, found, err := part(&bookingv1.PayerDetails{}, payer)
	if err != nil {
		return nil, err
	}
	v.Payer, problems = html, append(problems, found...)
	v.PayerOpen = v.OnInvoice || len(found) > 0 || filled(c, "payer.")
	for i, t := range c.tickets {
		seat, found, err := c.seatForm(i, t)
		if err != nil {
			return nil, err
		}
		v.Seats, problems = append(v.Seats, seat), append(problems, found...)
	}
	return append(problems, webform.Rest(c.bad, append(problems, c.ownProblems()...))...), nil
}

// part renders one message of the form.
func part(msg proto.Message, f webform.Form) (template.HTML, []webform.Problem, error) {
	md := msg.ProtoReflect().Descriptor()
	html, err := webform.Render(md, f)
	return html, webform.Summary(md, f), err
}

func filled(c cart, prefix string) bool {
	for name, texts := range c.values {
		if strings.HasPrefix(name, prefix) && strings.TrimSpace(strings.Join(texts, "")) != "" {
			return true
		}
	}
	return false
}

// seatForm asks who comes on a ticket, and returns what is wrong with the answer.
func (c cart) seatForm(i int, t ticketSpot) (seatForm, []webform.Problem, error) {
	seat := seatForm{
		Number: i + 1, Title: t.label, Choice: seatName(i), Present: attendeePath(i) + ".present", Me: i == 0, Who: c.seatChoice(i),
		IfOther: showIf(seatName(i), seatOther), IfNow: showIf(seatName(i), seatMe, seatOther),
	}
	if len(c.tickets) == 1 {
		seat.Title = "Who is coming?"
	}
	md := (&bookingv1.AttendeeDetails{}).ProtoReflect().Descriptor()
	person := webform.Form{Prefix: attendeePath(i), Values: c.values, Violations: c.bad, Whose: "the", Leave: []string{"organisation", "segment", "timezone"}}
	rest := webform.Form{Prefix: attendeePath(i), Values: c.values, Violations: c.bad, Leave: []string{"name", "email"}}
	if i > 0 {
		rest.Whose, rest.Labels = "the", map[string]string{"segment": "They are"}
		rest.Leave = append(rest.Leave, "timezone")
	}
	var err error
	if seat.Person, err = webform.Render(md, person); err != nil {
		return seat, nil, err
	}
	if seat.Rest, err = webform.Render(md, rest); err != nil {
		return seat, nil, err
	}
	questions, err := webform.Questions(c.form.Questions, rest)
	if err != nil {
		return seat, nil, err
	}
	seat.Rest += questions
	found := append(webform.Summary(md, person), webform.Summary(md, rest)...)
	found = append(found, webform.QuestionSummary(c.form.Questions, rest)...)
	for j := range found {
		if len(c.tickets) > 1 {
			found[j].Text = "Ticket " + strconv.Itoa(i+1) + ": " + found[j].Text
		}
	}
	return seat, found, nil
}

// showIf is a condition as the script reads it.
func showIf(name string, values ...string) string {
	return `{"question":"` + name + `","equals":["` + strings.Join(values, `","`) + `"]}`
}

// member offers the member price where there is one.
func (c cart) member() *memberView {
	offered := false
	for _, o := range c.offers {
		offered = offered || o.Price.MemberPrice != nil
	}
	if !offered && c.Company == "" {
		return nil
	}
	m := &memberView{
		Company: c.Company, Proving: c.proving, Email: c.values.Get("work_email"), EmailError: c.problem("work_email"),
		Digits: c.values.Get("digits"), DigitError: c.problem("digits"),
	}
	m.Open = m.Proving || m.EmailError != ""
	return m
}

// basketHold is the line that says how long the basket is kept.
func (s *Site) basketHold(c cart) *holdView {
	left := c.ExpiresAt.Sub(s.Clock()).Truncate(time.Second)
	h := &holdView{
		Until: c.ExpiresAt.Format(time.RFC3339), Clock: clockWords(c.ExpiresAt, c.Timezone), ReleaseURL: c.path + "/release",
		Ending: left < 2*time.Minute, Text: "Your places and prices are kept until", Release: "Let them go and return to the event",
	}
	if c.ByApproval || c.needsNobody() {
		h.Text, h.Release = "These prices hold until", "Empty the basket and return to the event"
	}
	if left > 0 {
		h.Left = strconv.Itoa(int(left.Minutes())) + ":" + pad(int(left.Seconds())%60)
	}
	return h
}

// clockWords is the time of day on the event's clock, with its zone in words.
func clockWords(at time.Time, zone string) string {
	if loc, err := time.LoadLocation(zone); err == nil {
		at = at.In(loc)
	}
	return at.Format("15:04") + ", " + zoneWords(zone)
}

// paragraphs splits a text at its empty lines.
func paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

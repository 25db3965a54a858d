package site

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/internal/booking"
	"lanyard/internal/calendar"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/limit"
	"lanyard/internal/webform"
)

func (s *Site) manageRoutes(m *router) {
	m.page("GET /r/{secret}", s.minePage)
	m.page("GET /r/{secret}/calendar.ics", s.mineCalendar)
	m.page("GET /r/{secret}/correct", s.correctPage)
	m.page("POST /r/{secret}/correct", s.correctPost)
	m.page("GET /r/{secret}/hand-over", s.handOverPage)
	m.page("POST /r/{secret}/hand-over", s.handOverPost)
	m.page("GET /r/{secret}/cancel", s.cancelPage)
	m.page("POST /r/{secret}/cancel", s.cancelPost)
}

// mine reads the registration behind the link in the address.
func (s *Site) mine(w http.ResponseWriter, r *http.Request) (booking.Mine, error) {
	private(w)
	if err := s.slowDown(r, limit.Attendee); err != nil {
		return booking.Mine{}, err
	}
	m, err := s.Booking.Mine(r.Context(), r.PathValue("secret"))
	if fault.Is(err, fault.NoSuchThing) {
		return m, fault.NotFound("registration: the link may be incomplete, or a newer one was sent")
	}
	return m, err
}

// minePage is the confirmation right after registering, and afterwards the page
// on which its holder sees and changes a registration.
func (s *Site) minePage(w http.ResponseWriter, r *http.Request) error {
	m, err := s.mine(w, r)
	if err != nil {
		return err
	}
	view, err := s.mineView(r, m)
	if err != nil {
		return err
	}
	return s.renderMine(w, r, http.StatusOK, "registration.html", view.Heading, m, view)
}

// mineCalendar is every sitting of the place as a file. It holds no link of the
// person's own, because people share their calendars.
func (s *Site) mineCalendar(w http.ResponseWriter, r *http.Request) error {
	m, err := s.mine(w, r)
	if err != nil {
		return err
	}
	if m.Event.State == catalog.StatePostponed {
		return fault.Precondition(fault.WrongState, "This event has no date at present.")
	}
	entries, err := s.mineEntries(r.Context(), m)
	if err != nil {
		return err
	}
	file, err := calendar.Download(entries)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+m.Event.Slug+`.ics"`)
	w.Header().Set("Content-Type", calendarKind)
	_, _ = w.Write(file) // a client that has gone away is no error of ours
	return nil
}

// change is one of the forms with which a holder changes a registration.
type change struct {
	Heading, Lede string
	Button        string
	Danger        bool
	Action, Back  string
	Event         factsView
	Errors        *summary
	Notice        *notice
	RequestID     string
	Version       string
	Form          []attendeeView
	Consequences  []consequence
	Expected      string // refund in minor units, as it is sent back
	asks          bool   // for an attendee
	whose         string // completes "Enter … full name"
}

// consequence is something that happens when the button is pressed.
type consequence struct{ Icon, Text string }

// attendeePrefix is where the attendee stands in the requests of these forms.
const attendeePrefix = "attendee"

func (s *Site) correctPage(w http.ResponseWriter, r *http.Request) error {
	m, err := s.mine(w, r)
	if err != nil {
		return err
	}
	values := attendeeValues(m.Registration.Attendee, attendeePrefix)
	return s.renderChange(w, r, http.StatusOK, m, correction(m), values, nil, nil)
}

func correction(booking.Mine) change {
	return change{
		Heading: "Correct your details", Button: "Save", asks: true,
		Lede: "For the same person. A new address gets the confirmation and the calendar invitation anew.",
	}
}

func (s *Site) correctPost(w http.ResponseWriter, r *http.Request) error {
	return s.changePost(w, r, correction, func(msg *bookingv1.CorrectMyRegistrationRequest, a booking.Attendee) error {
		_, err := s.Booking.Correct(r.Context(), pageKey("Correct", msg), msg.GetLinkSecret(), msg.GetVersion(), a)
		return err
	}, "saved")
}

func (s *Site) handOverPage(w http.ResponseWriter, r *http.Request) error {
	m, err := s.mine(w, r)
	if err != nil {
		return err
	}
	return s.renderChange(w, r, http.StatusOK, m, handingOver(m), url.Values{}, nil, nil)
}

func handingOver(booking.Mine) change {
	return change{
		Heading: "Send a colleague", Button: "Hand my place over", asks: true, whose: "their",
		Lede: "Who is coming in your place? They answer for themselves; your own answers are not passed on.",
		Consequences: []consequence{
			{"mail", "They get a confirmation and a calendar invitation of their own."},
			{"calendar", "The entry goes from your calendar."},
			{"lock", "Your link stops working, and so does your join page if you have one. You cannot take the place back yourself."},
		},
	}
}

func (s *Site) handOverPost(w http.ResponseWriter, r *http.Request) error {
	return s.changePost(w, r, handingOver, func(msg *bookingv1.CorrectMyRegistrationRequest, a booking.Attendee) error {
		_, err := s.Booking.HandOver(r.Context(), pageKey("HandOver", msg), msg.GetLinkSecret(), msg.GetVersion(), a)
		return err
	}, "handed-over")
}

// changePost reads a form with an attendee and applies it. Correcting and handing
// over have requests of the same shape.
func (s *Site) changePost(w http.ResponseWriter, r *http.Request, of func(booking.Mine) change,
	apply func(*bookingv1.CorrectMyRegistrationRequest, booking.Attendee) error, done string) error {
	if err := readForm(r); err != nil {
		return err
	}
	m, err := s.mine(w, r)
	if err != nil {
		return err
	}
	values := r.PostForm
	msg := &bookingv1.CorrectMyRegistrationRequest{}
	bad := webform.Parse(values, "", msg)
	msg.LinkSecret = r.PathValue("secret")
	if msg.Attendee == nil {
		msg.Attendee = &bookingv1.AttendeeDetails{}
	}
	msg.Attendee.Answers = answersOf(m.Questions, values, attendeePrefix)
	bad = append(bad, webform.Missing(m.Questions, values, attendeePrefix)...)
	broken, err := webform.Validate(msg, "")
	if err != nil {
		return err
	}
	c := of(m)
	if bad = append(bad, broken...); len(bad) > 0 {
		return s.renderChange(w, r, http.StatusUnprocessableEntity, m, c, values, bad, nil)
	}
	if webform.Unseen(m.Questions, values, attendeePrefix) {
		return s.renderChange(w, r, http.StatusOK, m, c, values, nil,
			&notice{"", "info", "One more question", "Your answers lead to something else that we need to ask."})
	}
	if err := apply(msg, attendeeOf(msg.GetAttendee(), m.Questions, values, attendeePrefix)); err != nil {
		return s.notChanged(w, r, m, c, values, err)
	}
	redirect(w, r, minePath(r)+"?done="+done)
	return nil
}

// notChanged shows the form again, with everything in it, and says why nothing
// was changed.
func (s *Site) notChanged(w http.ResponseWriter, r *http.Request, m booking.Mine, c change, values url.Values, err error) error {
	f, ok := fault.As(err)
	switch {
	case !ok || f.Kind == fault.KindNotFound:
		return err
	case f.Kind == fault.KindInvalid:
		return s.renderChange(w, r, http.StatusUnprocessableEntity, m, c, values, f.Fields, nil)
	case f.Reason == fault.StaleVersion:
		values.Set("version", strconv.FormatInt(m.Registration.Version, 10))
		values.Set("request_id", newRequestID())
		return s.renderChange(w, r, http.StatusConflict, m, c, values, nil, &notice{"notice--warning", "warn", "These details were changed meanwhile",
			"Perhaps in another window. What you entered is still here: send it again to replace what is there now."})
	case f.Reason == fault.IdempotencyMismatch:
		values.Set("request_id", newRequestID())
		return s.renderChange(w, r, http.StatusConflict, m, c, values, f.Fields, &notice{"notice--warning", "warn", "You have sent this form before, with other details",
			"What you sent then stands. Send this once more if you want to replace it."})
	}
	status, title := faultPage(f)
	return s.renderChange(w, r, status, m, c, values, nil, &notice{"notice--error", "bad", title, f.Message})
}

// renderChange writes one of the forms. When nothing can be changed any more it
// writes the registration's own page, which says why.
func (s *Site) renderChange(w http.ResponseWriter, r *http.Request, status int, m booking.Mine, c change, values url.Values, bad []fault.Field, say *notice) error {
	if !m.CanChange {
		return s.renderMineAgain(w, r, status, m, say)
	}
	c.Action, c.Back, c.Notice, c.Event = r.URL.Path, minePath(r), say, mineFacts(m)
	if c.RequestID = values.Get("request_id"); c.RequestID == "" {
		c.RequestID = newRequestID()
	}
	if c.Version = values.Get("version"); c.Version == "" {
		c.Version = strconv.FormatInt(m.Registration.Version, 10)
	}
	if c.asks {
		one := attendeeView{Number: 1}
		form := webform.Form{Prefix: attendeePrefix, Values: values, Violations: bad}
		if form.Whose = c.whose; c.whose != "" {
			form.Labels = map[string]string{"segment": "They are"}
			form.Helps = map[string]string{"email": "The confirmation and calendar invite go there."}
		}
		md := (&bookingv1.AttendeeDetails{}).ProtoReflect().Descriptor()
		var err error
		if one.Fields, err = webform.Render(md, form); err != nil {
			return err
		}
		if one.Question, err = webform.Questions(m.Questions, form); err != nil {
			return err
		}
		problems := append(webform.Summary(md, form), webform.QuestionSummary(m.Questions, form)...)
		c.Errors = summarise(append(problems, webform.Rest(bad, problems)...))
		c.Form = []attendeeView{one}
	}
	return s.renderMine(w, r, status, "change.html", c.Heading, m, c)
}

// cancelPage asks once more before a place is given up.
func (s *Site) cancelPage(w http.ResponseWriter, r *http.Request) error {
	m, err := s.mine(w, r)
	if err != nil {
		return err
	}
	if !m.CanGiveUp() && m.CanChange {
		redirect(w, r, minePath(r)) // it says whom to ask
		return nil
	}
	return s.renderChange(w, r, http.StatusOK, m, cancelling(m), url.Values{}, nil, nil)
}

func cancelling(m booking.Mine) change {
	c := change{Heading: "Give up your place?", Button: "Give up my place", Danger: true}
	if m.Registration.State == booking.StateAwaitingApproval {
		c.Heading, c.Button = "Withdraw your application?", "Withdraw my application"
		c.Consequences = []consequence{{"people", "The organiser no longer considers it."}, {"mail", "You get a mail that says so."}}
		return c
	}
	c.Consequences = []consequence{
		{"people", "Your place goes to someone else at once."},
		{"calendar", "We send a cancellation that removes the entry from your calendar."},
	}
	if m.JoinToken != "" {
		c.Consequences = append(c.Consequences, consequence{"lock", "Your join page stops working."})
	}
	if b := m.Bought; b != nil {
		c.Expected = strconv.FormatInt(b.Refund.Minor, 10)
		c.Consequences = append(moneyBack(*b), c.Consequences...)
		if b.ByHolder && b.Refund.Minor > 0 {
			c.Button = "Give up and get " + b.Refund.Format() + " back"
		}
	}
	return c
}

// moneyBack says what giving a bought place up means for the money. What others
// paid is not told to whom they named.
func moneyBack(b booking.Bought) []consequence {
	back := consequence{"swap", "What the terms of sale give back goes to whoever paid for this place."}
	switch {
	case b.ByHolder && b.Refund.Minor > 0:
		back.Text = "You get " + b.Refund.Format() + " back, the way you paid."
	case b.ByHolder && b.Owed:
		back = consequence{"info", "Nothing was paid for it; what is owed goes down by what the terms of sale give back."}
	case b.ByHolder:
		back = consequence{"info", "By the terms of sale you get nothing back now."}
	}
	out := []consequence{back}
	if len(b.AddOns) > 0 {
		out = append(out, consequence{"ticket", "With it goes: " + strings.Join(b.AddOns, ", ") + "."})
	}
	return out
}

func (s *Site) cancelPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	m, err := s.mine(w, r)
	if err != nil {
		return err
	}
	msg := &bookingv1.CancelMyRegistrationRequest{LinkSecret: r.PathValue("secret"), RequestId: r.PostForm.Get("request_id")}
	bad, err := webform.Validate(msg, "")
	switch {
	case err != nil:
		return err
	case len(bad) > 0: // a form of ours always has an id
		msg.RequestId = newRequestID()
	}
	var expected *int64
	if n, err := strconv.ParseInt(r.PostForm.Get("expected_refund_minor"), 10, 64); err == nil {
		expected = &n
	}
	_, err = s.Booking.CancelMine(r.Context(), pageKey("Cancel", msg), msg.GetLinkSecret(), expected)
	if fault.Is(err, fault.PriceChanged) {
		return s.renderChange(w, r, http.StatusConflict, m, cancelling(m), url.Values{}, nil, &notice{"notice--warning", "warn", "What you get back has changed",
			"The terms of sale give less the nearer the event is. Look at the amount again before you decide."})
	}
	if err != nil {
		return s.notChanged(w, r, m, cancelling(m), r.PostForm, err)
	}
	redirect(w, r, minePath(r)+"?done=cancelled")
	return nil
}

// minePath is the path of the registration's own page.
func minePath(r *http.Request) string { return "/r/" + url.PathEscape(r.PathValue("secret")) }

// renderMine writes a page that belongs to one registration.
func (s *Site) renderMine(w http.ResponseWriter, r *http.Request, status int, name, title string, m booking.Mine, body any) error {
	by, err := s.Account.Organisation(r.Context(), m.Event.Org)
	if err != nil {
		return err
	}
	return s.render(w, r, status, name, page{
		Title: title, Hidden: true, Contact: by.ContactEmail, Brand: brand{Name: by.Name, Path: "/o/" + by.Slug}, Body: body,
	})
}

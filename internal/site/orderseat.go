package site

import (
	"context"
	"html/template"
	"net/http"
	"net/url"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/limit"
	"lanyard/internal/link"
	"lanyard/internal/uid"
	"lanyard/internal/webform"
)

// seating is one request to say who comes on a seat: by the buyer, or by whoever
// was sent the seat's own link.
type seating struct {
	purchase
	line    booking.Line
	invited bool
	action  string
	values  url.Values
}

// seatPage asks the buyer who comes.
func (s *Site) seatPage(w http.ResponseWriter, r *http.Request) error {
	c, done, err := s.openSeat(w, r)
	if done || err != nil {
		return err
	}
	return s.renderSeat(w, r, http.StatusOK, c, nil, nil)
}

// seatPost takes the buyer's answer.
func (s *Site) seatPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	c, done, err := s.openSeat(w, r)
	if done || err != nil {
		return err
	}
	c.values = r.PostForm
	return s.assign(w, r, c)
}

// openSeat finds the seat that the address names. One that has a name leads back
// to the order.
func (s *Site) openSeat(w http.ResponseWriter, r *http.Request) (c seating, done bool, err error) {
	p, err := s.purchased(w, r)
	if err != nil {
		return c, false, err
	}
	var id uid.Registration
	if id.UnmarshalText([]byte(r.PathValue("seat"))) != nil {
		return c, false, fault.NotFound("place")
	}
	for _, l := range p.Lines {
		if l.Kind == inventory.Ticket && l.Registration == id {
			c = seating{purchase: p, line: l, action: p.path + "/seats/" + id.String(), values: url.Values{}}
			if !free(c) {
				redirect(w, r, p.path)
				return c, true, nil
			}
			return c, false, nil
		}
	}
	return c, false, fault.NotFound("place")
}

// free reports whether the seat still waits for a name.
func free(c seating) bool {
	return !c.line.Cancelled && c.line.Attendee == "" && seatsOpen(c.purchase)
}

// invitedPage lets somebody who was sent a seat's link say who they are. It shows
// nothing of the order.
func (s *Site) invitedPage(w http.ResponseWriter, r *http.Request) error {
	c, done, err := s.openInvited(w, r)
	if done || err != nil {
		return err
	}
	return s.renderSeat(w, r, http.StatusOK, c, nil, nil)
}

// invitedPost takes their answer.
func (s *Site) invitedPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	c, done, err := s.openInvited(w, r)
	if done || err != nil {
		return err
	}
	c.values = r.PostForm
	return s.assign(w, r, c)
}

func (s *Site) openInvited(w http.ResponseWriter, r *http.Request) (c seating, done bool, err error) {
	private(w)
	if err := s.slowDown(r, limit.Attendee); err != nil {
		return c, false, err
	}
	ref, ok := s.Keys.Read(link.Seat, r.PathValue("token"))
	if !ok {
		return c, false, fault.NotFound("place: the link may be incomplete, or a newer one was sent")
	}
	secret := s.Keys.Make(link.Order, ref.Org, ref.ID, 1)
	o, err := s.Booking.MyOrder(r.Context(), secret)
	if err != nil {
		return c, false, err
	}
	h, err := s.eventByID(r.Context(), o.Org, o.Event)
	if err != nil {
		return c, false, err
	}
	c = seating{
		purchase: purchase{Order: o, on: h, path: orderPath(secret)}, invited: true,
		action: "/seat/" + r.PathValue("token"), values: url.Values{},
	}
	for _, l := range o.Lines {
		if l.Kind == inventory.Ticket && l.Position+1 == ref.Version {
			c.line = l
		}
	}
	switch {
	case c.line.ID.IsZero():
		return c, false, fault.NotFound("place")
	case r.URL.Query().Get("done") != "" && c.line.Attendee != "":
		return c, true, s.renderSeatClosed(w, r, http.StatusOK, c, "Thank you, your place is in your name",
			"A confirmation with a calendar invitation is on its way to you by mail. It has a link of your own, to correct your details, hand the place over or give it up.")
	case c.line.Attendee != "":
		return c, true, s.renderSeatClosed(w, r, http.StatusOK, c, "This place has a name already", "If it is yours, look for the confirmation in your mail. If not, please ask whoever sent you the link.")
	case !free(c):
		return c, true, s.renderSeatClosed(w, r, http.StatusGone, c, "There is no place behind this link any more", "Please ask whoever sent it to you.")
	}
	return c, false, nil
}

func (s *Site) renderSeatClosed(w http.ResponseWriter, r *http.Request, status int, c seating, title, text string) error {
	return s.renderClosed(w, r, status, c.on, title, text)
}

// assign names the seat, and shows the form again with everything in it when that
// cannot be done.
func (s *Site) assign(w http.ResponseWriter, r *http.Request, c seating) error {
	msg := &bookingv1.AssignSeatRequest{}
	bad := webform.Parse(c.values, "", msg)
	msg.OrderSecret, msg.RegistrationId = c.Secret, c.line.Registration.String()
	if msg.Attendee == nil {
		msg.Attendee = &bookingv1.AttendeeDetails{}
	}
	msg.Attendee.Answers = answersOf(c.on.form.Questions, c.values, attendeePrefix)
	bad = append(bad, webform.Missing(c.on.form.Questions, c.values, attendeePrefix)...)
	broken, err := webform.Validate(msg, "")
	if err != nil {
		return err
	}
	if bad = append(bad, broken...); len(bad) > 0 {
		return s.renderSeat(w, r, http.StatusUnprocessableEntity, c, bad, nil)
	}
	if webform.Unseen(c.on.form.Questions, c.values, attendeePrefix) {
		return s.renderSeat(w, r, http.StatusOK, c, nil, &notice{"", "info", "One more question", "Your answers lead to something else that we need to ask."})
	}
	who := attendeeOf(msg.GetAttendee(), c.on.form.Questions, c.values, attendeePrefix)
	if err := s.nameSeat(r.Context(), msg, c, who); err != nil {
		return s.notAssigned(w, r, c, err)
	}
	if c.invited {
		redirect(w, r, c.action+"?done=1")
		return nil
	}
	redirect(w, r, c.path+"?done=named")
	return nil
}

func (s *Site) nameSeat(ctx context.Context, msg *bookingv1.AssignSeatRequest, c seating, who booking.Attendee) error {
	_, err := s.Booking.AssignSeat(ctx, pageKey("AssignSeat", msg), c.Secret, c.line.Registration, who)
	return err
}

func (s *Site) notAssigned(w http.ResponseWriter, r *http.Request, c seating, err error) error {
	f, ok := fault.As(err)
	switch {
	case !ok || f.Kind == fault.KindNotFound:
		return err
	case f.Kind == fault.KindInvalid:
		return s.renderSeat(w, r, http.StatusUnprocessableEntity, c, f.Fields, nil)
	}
	c.values.Set("request_id", newRequestID())
	status, title := faultPage(f)
	return s.renderSeat(w, r, status, c, nil, &notice{"notice--error", "bad", title, f.Message})
}

// seatView is the form that asks who comes on a seat.
type seatView struct {
	Heading, Lede, Button string
	Action, Back          string
	Event                 factsView
	Errors                *summary
	Notice                *notice
	RequestID             string
	Fields                template.HTML
	Organiser             string
}

func (s *Site) renderSeat(w http.ResponseWriter, r *http.Request, status int, c seating, bad []fault.Field, say *notice) error {
	v := seatView{
		Heading: "Who comes?", Lede: "They get a confirmation and a calendar invitation of their own.", Button: "Save",
		Action: c.action, Back: c.path, Event: eventFacts(c.on), Notice: say, RequestID: c.values.Get("request_id"), Organiser: c.on.OrgName,
	}
	v.Event.Product = c.line.Title
	if v.RequestID == "" {
		v.RequestID = newRequestID()
	}
	form := webform.Form{Prefix: attendeePrefix, Values: c.values, Violations: bad}
	if c.invited {
		v.Heading, v.Lede, v.Back = "Your place is waiting for you", "Somebody has ordered it for you. Tell us who you are, and it is yours.", v.Event.Path
		v.Button = "Take my place"
	} else {
		form.Whose, form.Labels = "their", map[string]string{"segment": "They are"}
		form.Helps = map[string]string{"email": "The confirmation and calendar invite go there."}
		form.Leave = []string{"timezone"}
	}
	md := (&bookingv1.AttendeeDetails{}).ProtoReflect().Descriptor()
	fields, err := webform.Render(md, form)
	if err != nil {
		return err
	}
	questions, err := webform.Questions(c.on.form.Questions, form)
	if err != nil {
		return err
	}
	v.Fields = fields + questions
	problems := append(webform.Summary(md, form), webform.QuestionSummary(c.on.form.Questions, form)...)
	v.Errors = summarise(append(problems, webform.Rest(bad, problems)...))
	return s.renderOrderPage(w, r, status, "seat.html", v.Heading, c.purchase, v)
}

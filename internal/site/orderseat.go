package site

import (
	"context"
	"html/template"
	"net/http"
	"net/url"

	"google.golang.org/protobuf/proto"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/limit"
	"lanyard/internal/uid"
	"lanyard/internal/webform"
)

// seating is one request to say who comes on a seat: by the buyer, or by whoever
// was sent the seat's own link.
type seating struct {
	on           happening
	title        string // what the seat is
	bookedBy     string // who has ordered it; empty when that is who asks
	action, back string
	values       url.Values
	msg          proto.Message              // the request, as the contract has it
	who          *bookingv1.AttendeeDetails // within msg
	// sit puts somebody on the seat and says where to go on.
	sit func(ctx context.Context, msg proto.Message, who booking.Attendee) (path string, err error)
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
		if l.Kind != inventory.Ticket || l.Registration != id {
			continue
		}
		if l.SeatSecret == "" || !seatsOpen(p) {
			redirect(w, r, p.path)
			return c, true, nil
		}
		msg := &bookingv1.AssignSeatRequest{OrderSecret: p.Secret, RegistrationId: id.String(), Attendee: &bookingv1.AttendeeDetails{}}
		return seating{
			on: p.on, title: l.Title, action: p.path + "/seats/" + id.String(), back: p.path, values: url.Values{}, msg: msg, who: msg.Attendee,
			sit: func(ctx context.Context, msg proto.Message, who booking.Attendee) (string, error) {
				_, err := s.Booking.AssignSeat(ctx, pageKey("AssignSeat", msg), p.Secret, id, who)
				return p.path + "?done=named", err
			},
		}, false, nil
	}
	return c, false, fault.NotFound("place")
}

// invitedPage lets somebody who was sent a seat's link say who they are. It shows
// nothing of the order but whose it is.
func (s *Site) invitedPage(w http.ResponseWriter, r *http.Request) error {
	c, done, err := s.openInvited(w, r)
	if done || err != nil {
		return err
	}
	return s.renderSeat(w, r, http.StatusOK, c, nil, nil)
}

// invitedPost takes their answer and leads to the page of their place.
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
	secret := r.PathValue("token")
	seat, err := s.Booking.Seat(r.Context(), secret)
	if fault.Is(err, fault.NoSuchThing) {
		return c, false, fault.NotFound("place: the link may be incomplete")
	}
	if err != nil {
		return c, false, err
	}
	h, err := s.eventByID(r.Context(), seat.Event.Org, seat.Event.ID)
	if err != nil {
		return c, false, err
	}
	if seat.Closed != "" {
		return c, true, s.renderClosed(w, r, http.StatusGone, h, "This link has done its work",
			seat.Closed+" If the place is yours, the link to it is in your confirmation; if not, please ask "+seat.BookedBy+".")
	}
	msg := &bookingv1.FillSeatRequest{SeatSecret: secret, Attendee: &bookingv1.AttendeeDetails{}}
	return seating{
		on: h, title: seat.ProductTitle, bookedBy: seat.BookedBy, action: "/seat/" + secret, back: eventPath(h.Listed), values: url.Values{},
		msg: msg, who: msg.Attendee,
		sit: func(ctx context.Context, msg proto.Message, who booking.Attendee) (string, error) {
			own, err := s.Booking.FillSeat(ctx, pageKey("FillSeat", msg), secret, who)
			return "/r/" + own + "?new=1", err
		},
	}, false, nil
}

// assign names the seat, and shows the form again with everything in it when that
// cannot be done.
func (s *Site) assign(w http.ResponseWriter, r *http.Request, c seating) error {
	questions := c.on.form.Questions
	bad := webform.Parse(c.values, "", c.msg)
	c.who.Answers = answersOf(questions, c.values, attendeePrefix)
	bad = append(bad, webform.Missing(questions, c.values, attendeePrefix)...)
	broken, err := webform.Validate(c.msg, "")
	if err != nil {
		return err
	}
	if bad = append(bad, broken...); len(bad) > 0 {
		return s.renderSeat(w, r, http.StatusUnprocessableEntity, c, bad, nil)
	}
	if webform.Unseen(questions, c.values, attendeePrefix) {
		return s.renderSeat(w, r, http.StatusOK, c, nil, &notice{"", "info", "One more question", "Your answers lead to something else that we need to ask."})
	}
	path, err := c.sit(r.Context(), c.msg, attendeeOf(c.who, questions, c.values, attendeePrefix))
	if err != nil {
		return s.notAssigned(w, r, c, err)
	}
	redirect(w, r, path)
	return nil
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
	Action                string
	Back, BackTo          string
	Event                 factsView
	Errors                *summary
	Notice                *notice
	RequestID             string
	Fields                template.HTML
	Organiser             string
}

func (s *Site) renderSeat(w http.ResponseWriter, r *http.Request, status int, c seating, bad []fault.Field, say *notice) error {
	v := seatView{
		Heading: "Who is coming?", Lede: "They get a confirmation and a calendar invitation of their own.", Button: "Save", BackTo: "Your order",
		Action: c.action, Back: c.back, Event: eventFacts(c.on), Notice: say, RequestID: c.values.Get("request_id"), Organiser: c.on.OrgName,
	}
	v.Event.Product = c.title
	if v.RequestID == "" {
		v.RequestID = newRequestID()
	}
	form := webform.Form{Prefix: attendeePrefix, Values: c.values, Violations: bad}
	if c.bookedBy != "" {
		v.Heading, v.Lede = "Your place is waiting for you", c.bookedBy+" has ordered it for you. Tell us who you are, and it is yours."
		v.Button, v.BackTo = "Take my place", c.on.Title
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
	return s.renderOrderPage(w, r, status, "seat.html", v.Heading, c.on, v)
}

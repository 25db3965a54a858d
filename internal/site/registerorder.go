package site

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/limit"
	"lanyard/internal/replay"
	"lanyard/internal/webform"
)

// soonest is how long a person takes at least to fill in the form. Whoever is
// faster, or fills in what nobody sees, is asked to press the button once more;
// nothing that was entered is lost.
const soonest = time.Second

// submit does what the pressed button says: adds or removes an attendee, or
// places the order.
func (s *Site) submit(w http.ResponseWriter, r *http.Request, v visit) error {
	switch action, which, _ := strings.Cut(v.values.Get("action"), ":"); action {
	case "add":
		v.values.Set(attendeePath(attendeeCount(v.values))+".present", "1")
		return s.renderForm(w, r, http.StatusOK, v, nil, nil)
	case "remove":
		if n, err := strconv.Atoi(which); err == nil {
			v.values = withoutAttendee(v.values, n)
		}
		return s.renderForm(w, r, http.StatusOK, v, nil, nil)
	}
	msg, bad, err := v.read()
	switch {
	case err != nil:
		return err
	case v.unseen():
		return s.renderForm(w, r, http.StatusOK, v, nil, &notice{"", "info", "One more question", "Your answers lead to something else that we need to ask."})
	case len(bad) > 0:
		return s.renderForm(w, r, http.StatusUnprocessableEntity, v, bad, nil)
	case s.looksAutomatic(v.values):
		v.values.Set("person", "1")
		return s.renderForm(w, r, http.StatusOK, v, nil, &notice{"", "info", "Please press the button once more",
			"That was faster than most people type. Everything you entered is still here."})
	}
	if err := s.slowDown(r, limit.Order); err != nil {
		return s.notPlaced(w, r, v, err)
	}
	placed, err := s.Booking.PlaceOrder(r.Context(), pageKey("PlaceOrder", msg), v.order(msg))
	if err != nil {
		return s.notPlaced(w, r, v, err)
	}
	query := "?new=1"
	if n := len(placed.Registrations); n > 1 {
		query += "&places=" + strconv.Itoa(n)
	}
	redirect(w, r, "/r/"+placed.Registrations[0].LinkSecret+query)
	return nil
}

// read makes a request of the form, as the contract has it, and says what is
// wrong with it.
func (v visit) read() (*bookingv1.PlaceOrderRequest, []fault.Field, error) {
	msg := &bookingv1.PlaceOrderRequest{}
	bad := webform.Parse(v.values, "", msg)
	msg.OrgId, msg.EventId, msg.ProductId = v.Org.String(), v.ID.String(), v.offer.Product.String()
	msg.HoldSecret = v.hold.Secret
	for i, a := range msg.GetAttendees() {
		a.Answers = answersOf(v.form.Questions, v.values, attendeePath(i))
		bad = append(bad, webform.Missing(v.form.Questions, v.values, attendeePath(i))...)
	}
	broken, err := webform.Validate(msg, "")
	return msg, append(bad, broken...), err
}

// answersOf are the answers in the contract's form.
func answersOf(questions []booking.Question, values url.Values, prefix string) []*bookingv1.Answer {
	given := webform.Answers(questions, values, prefix)
	out := make([]*bookingv1.Answer, 0, len(given))
	for _, q := range questions { // in the form's order, so that equal forms make equal requests
		if texts, ok := given[q.ID]; ok {
			out = append(out, &bookingv1.Answer{QuestionId: q.ID.String(), Values: texts})
			delete(given, q.ID)
		}
	}
	for id, texts := range given {
		out = append(out, &bookingv1.Answer{QuestionId: id.String(), Values: texts})
	}
	return out
}

// unseen reports whether somebody was not shown a question that applies to them.
func (v visit) unseen() bool {
	for i := range attendeeCount(v.values) {
		if webform.Unseen(v.form.Questions, v.values, attendeePath(i)) {
			return true
		}
	}
	return false
}

// looksAutomatic reports whether a program seems to have filled the form in: a
// field that people do not see has content, or no script ran and the whole took
// less than a moment.
func (s *Site) looksAutomatic(values url.Values) bool {
	if values.Get("person") != "" {
		return false
	}
	if values.Get("fax") != "" {
		return true
	}
	began, err := strconv.ParseInt(values.Get("began"), 10, 64)
	scripted := values.Get(attendeePath(0)+".timezone") != ""
	return err == nil && !scripted && s.Clock().Sub(time.Unix(began, 0)) < soonest
}

// order is the request as booking takes it.
func (v visit) order(msg *bookingv1.PlaceOrderRequest) booking.OrderInput {
	in := booking.OrderInput{Org: v.Org, Event: v.ID, Product: v.offer.Product, HoldSecret: v.hold.Secret}
	for i, a := range msg.GetAttendees() {
		in.Attendees = append(in.Attendees, attendeeOf(a, v.form.Questions, v.values, attendeePath(i)))
	}
	return in
}

// attendeeOf brings an attendee from the contract's form into booking's.
func attendeeOf(a *bookingv1.AttendeeDetails, questions []booking.Question, values url.Values, prefix string) booking.Attendee {
	return booking.Attendee{
		Name: a.GetName(), Email: a.GetEmail(), Organisation: a.GetOrganisation(), Timezone: a.GetTimezone(),
		Segment: strings.ToLower(strings.TrimPrefix(a.GetSegment().String(), "SEGMENT_")),
		Answers: webform.Answers(questions, values, prefix),
	}
}

// attendeeValues is the way back, for a form that starts out filled in.
func attendeeValues(a booking.Attendee, prefix string) url.Values {
	out := webform.Values(prefix, &bookingv1.AttendeeDetails{
		Name: a.Name, Email: a.Email, Organisation: a.Organisation, Timezone: a.Timezone,
		Segment: bookingv1.Segment(bookingv1.Segment_value["SEGMENT_"+strings.ToUpper(a.Segment)]),
	})
	webform.AnswerValues(out, a.Answers, prefix)
	return out
}

// notPlaced shows the form again with everything in it and says why there is no
// order. Only what would be no use with any form gets a page of its own.
func (s *Site) notPlaced(w http.ResponseWriter, r *http.Request, v visit, err error) error {
	f, ok := fault.As(err)
	if !ok {
		return err
	}
	switch {
	case f.Kind == fault.KindInvalid:
		return s.renderForm(w, r, http.StatusUnprocessableEntity, v, f.Fields, nil)
	case f.Reason == fault.IdempotencyMismatch:
		v.values.Set("request_id", newRequestID())
		return s.renderForm(w, r, http.StatusConflict, v, f.Fields, &notice{"notice--warning", "warn", "You have sent this form before, with other details",
			"That registration stands; the link in its mail corrects it. To register somebody else as well, send this form once more."})
	case f.Reason == fault.HoldExpired:
		v.hold, v.path = booking.Hold{}, eventPath(v.Listed)+"/register"
		return s.renderForm(w, r, http.StatusConflict, v, nil, &notice{"notice--warning", "warn", "Your places were released",
			"They were kept for twenty minutes and have gone to others since. What you entered is still here: send it again to see whether there are places left."})
	case f.Reason == fault.SalesClosed:
		title, text := refusedPlaces(f)
		return s.renderClosed(w, r, http.StatusConflict, v.happening, title, text)
	case f.Kind == fault.KindPrecondition:
		title, text := refusedPlaces(f)
		return s.renderForm(w, r, http.StatusConflict, v, nil, &notice{"notice--error", "bad", title, text + " What you entered is still here."})
	case f.Kind == fault.KindNotFound:
		return err
	}
	status, title := faultPage(f)
	return s.renderForm(w, r, status, v, nil, &notice{"notice--warning", "warn", title, f.Message + " What you entered is still here."})
}

// pageKey identifies a form that was sent, so that sending it twice does it once.
func pageKey(what string, msg proto.Message) replay.Key {
	m := msg.ProtoReflect()
	id := m.Descriptor().Fields().ByName("request_id")
	key := replay.Key{Scope: "page " + what, RequestID: m.Get(id).String()}
	rest := proto.Clone(msg)
	rest.ProtoReflect().Clear(id)
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(rest)
	if err != nil {
		return replay.Key{} // text that is not UTF-8 was refused when the form was read
	}
	key.Hash = sha256.Sum256(raw)
	return key
}

func newRequestID() string { return rand.Text() }

// attendeePath is the path of one attendee in the request.
func attendeePath(i int) string { return "attendees[" + strconv.Itoa(i) + "]" }

// attendeeCount is how many attendees a form has values for.
func attendeeCount(values url.Values) int {
	for i := 0; ; i++ {
		if !mentions(values, attendeePath(i)+".") {
			return i
		}
	}
}

func mentions(values url.Values, prefix string) bool {
	for name := range values {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// withoutAttendee takes one attendee out and moves those behind up by one.
func withoutAttendee(values url.Values, gone int) url.Values {
	n := attendeeCount(values)
	if gone < 0 || gone >= n || n == 1 {
		return values
	}
	out := url.Values{}
	for name, texts := range values {
		i, rest := attendeeField(name)
		switch {
		case i == gone:
		case i > gone:
			out[attendeePath(i-1)+"."+rest] = texts
		default:
			out[name] = texts
		}
	}
	return out
}

// attendeeField splits "attendees[2].name"; the number is -1 for other fields.
func attendeeField(name string) (i int, rest string) {
	body, ok := strings.CutPrefix(name, "attendees[")
	number, rest, found := strings.Cut(body, "].")
	i, err := strconv.Atoi(number)
	if !ok || !found || err != nil {
		return -1, name
	}
	return i, rest
}

// byApplication reports whether a person decides about each registration.
func (v visit) byApplication() bool { return v.RegistrationMode == catalog.Approval }

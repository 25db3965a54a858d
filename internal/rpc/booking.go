package rpc

import (
	"context"
	"net/url"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/uid"
)

type bookingService struct {
	bookings *booking.Service
	events   *catalog.Service
	base     *url.URL
}

// GetRegistrationForm implements lanyard.booking.v1.BookingService.
func (s *bookingService) GetRegistrationForm(ctx context.Context, req *bookingv1.GetRegistrationFormRequest) (*bookingv1.GetRegistrationFormResponse, error) {
	e, err := s.events.PublicEvent(ctx, req.GetOrgSlug(), req.GetEventSlug())
	if err != nil {
		return nil, err
	}
	f, err := s.bookings.RegistrationForm(ctx, e.Org, e.ID)
	if err != nil {
		return nil, err
	}
	resp := &bookingv1.GetRegistrationFormResponse{
		OrgId: f.Org.String(), EventId: f.Event.String(), Questions: questionMessages(f.Questions),
		RegistrationMode: registrationModes.message(f.Mode), ClosedMessage: f.ClosedMessage,
	}
	for _, o := range f.Offers {
		resp.Offers = append(resp.Offers, &bookingv1.Offer{
			ProductId: o.Product.String(), Title: o.Title, Description: o.Description, State: offerStates[o.State],
			FewLeft: int32(o.FewLeft), LookAgainAt: timestamp(o.LookAgainAt), MaxPerOrder: int32(o.MaxPerOrder),
			Online: o.Online, Limited: o.Limited,
		})
	}
	return resp, nil
}

var offerStates = map[booking.OfferState]bookingv1.OfferState{
	booking.OfferAvailable:    bookingv1.OfferState_OFFER_STATE_AVAILABLE,
	booking.OfferSoldOut:      bookingv1.OfferState_OFFER_STATE_SOLD_OUT,
	booking.OfferAllInBaskets: bookingv1.OfferState_OFFER_STATE_ALL_IN_BASKETS,
	booking.OfferClosed:       bookingv1.OfferState_OFFER_STATE_CLOSED,
	booking.OfferNotSellable:  bookingv1.OfferState_OFFER_STATE_NOT_SELLABLE,
}

// HoldPlaces implements lanyard.booking.v1.BookingService.
func (s *bookingService) HoldPlaces(ctx context.Context, req *bookingv1.HoldPlacesRequest) (*bookingv1.HoldPlacesResponse, error) {
	var d reader
	in := booking.HoldInput{Quantity: int(req.GetQuantity())}
	readID(&d, "org_id", req.GetOrgId(), &in.Org)
	readID(&d, "event_id", req.GetEventId(), &in.Event)
	readID(&d, "product_id", req.GetProductId(), &in.Product)
	if err := d.err(); err != nil {
		return nil, err
	}
	h, err := s.bookings.Hold(ctx, Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	return &bookingv1.HoldPlacesResponse{HoldSecret: h.Secret, ExpiresAt: timestamp(h.ExpiresAt)}, nil
}

// ReleaseHold implements lanyard.booking.v1.BookingService.
func (s *bookingService) ReleaseHold(ctx context.Context, req *bookingv1.ReleaseHoldRequest) (*bookingv1.ReleaseHoldResponse, error) {
	return &bookingv1.ReleaseHoldResponse{}, s.bookings.ReleaseHold(ctx, req.GetHoldSecret())
}

// PlaceOrder implements lanyard.booking.v1.BookingService.
func (s *bookingService) PlaceOrder(ctx context.Context, req *bookingv1.PlaceOrderRequest) (*bookingv1.PlaceOrderResponse, error) {
	var d reader
	in := booking.OrderInput{HoldSecret: req.GetHoldSecret()}
	readID(&d, "org_id", req.GetOrgId(), &in.Org)
	readID(&d, "event_id", req.GetEventId(), &in.Event)
	readID(&d, "product_id", req.GetProductId(), &in.Product)
	for i, a := range req.GetAttendees() {
		in.Attendees = append(in.Attendees, readAttendee(&d, index("attendees", i), a))
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	p, err := s.bookings.PlaceOrder(ctx, Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	resp := &bookingv1.PlaceOrderResponse{OrderCode: p.Code}
	for _, r := range p.Registrations {
		resp.Registrations = append(resp.Registrations, &bookingv1.PlacedRegistration{
			RegistrationId: r.ID.String(), LinkSecret: r.LinkSecret, State: registrationStates.message(r.State),
		})
	}
	return resp, nil
}

// GetMyRegistration implements lanyard.booking.v1.BookingService.
func (s *bookingService) GetMyRegistration(ctx context.Context, req *bookingv1.GetMyRegistrationRequest) (*bookingv1.GetMyRegistrationResponse, error) {
	m, err := s.bookings.Mine(ctx, req.GetLinkSecret())
	if err != nil {
		return nil, err
	}
	return &bookingv1.GetMyRegistrationResponse{Registration: s.mine(m)}, nil
}

// mine is a registration as its holder sees it.
func (s *bookingService) mine(m booking.Mine) *bookingv1.MyRegistration {
	r := m.Registration
	out := &bookingv1.MyRegistration{
		RegistrationId: r.ID.String(), OrderCode: r.OrderCode, State: registrationStates.message(r.State),
		Attendee: attendeeMessage(r.Attendee), ProductTitle: m.ProductTitle, Event: programmeEvent(m.Event, s.base),
		ChangesUntil: timestamp(m.ChangesUntil), Questions: questionMessages(m.Questions), Version: r.Version,
	}
	if m.JoinToken != "" {
		out.JoinUrls = map[string]string{}
		for _, session := range m.Sessions {
			if session.Live() {
				out.JoinUrls[session.ID.String()] = s.base.JoinPath("j", m.JoinToken, session.ID.String()).String()
			}
		}
	}
	return out
}

// CorrectMyRegistration implements lanyard.booking.v1.BookingService.
func (s *bookingService) CorrectMyRegistration(ctx context.Context, req *bookingv1.CorrectMyRegistrationRequest) (*bookingv1.CorrectMyRegistrationResponse, error) {
	var d reader
	a := readAttendee(&d, "attendee", req.GetAttendee())
	if err := d.err(); err != nil {
		return nil, err
	}
	m, err := s.bookings.Correct(ctx, Key(ctx, req), req.GetLinkSecret(), req.GetVersion(), a)
	if err != nil {
		return nil, err
	}
	return &bookingv1.CorrectMyRegistrationResponse{Registration: s.mine(m)}, nil
}

// HandOverMyRegistration implements lanyard.booking.v1.BookingService.
func (s *bookingService) HandOverMyRegistration(ctx context.Context, req *bookingv1.HandOverMyRegistrationRequest) (*bookingv1.HandOverMyRegistrationResponse, error) {
	var d reader
	a := readAttendee(&d, "attendee", req.GetAttendee())
	if err := d.err(); err != nil {
		return nil, err
	}
	to, err := s.bookings.HandOver(ctx, Key(ctx, req), req.GetLinkSecret(), req.GetVersion(), a)
	if err != nil {
		return nil, err
	}
	return &bookingv1.HandOverMyRegistrationResponse{SentTo: to}, nil
}

// CancelMyRegistration implements lanyard.booking.v1.BookingService.
func (s *bookingService) CancelMyRegistration(ctx context.Context, req *bookingv1.CancelMyRegistrationRequest) (*bookingv1.CancelMyRegistrationResponse, error) {
	m, err := s.bookings.CancelMine(ctx, Key(ctx, req), req.GetLinkSecret(), nil)
	if err != nil {
		return nil, err
	}
	return &bookingv1.CancelMyRegistrationResponse{Registration: s.mine(m)}, nil
}

func readAttendee(d *reader, path string, a *bookingv1.AttendeeDetails) booking.Attendee {
	out := booking.Attendee{
		Name: a.GetName(), Email: a.GetEmail(), Organisation: a.GetOrganisation(),
		Segment: segments.domain(a.GetSegment()), Timezone: a.GetTimezone(), Answers: map[uid.Question][]string{},
	}
	for i, answer := range a.GetAnswers() {
		var id uid.Question
		at := index(path+".answers", i)
		readID(d, at+".question_id", answer.GetQuestionId(), &id)
		if _, twice := out.Answers[id]; twice {
			d.refuse(at+".question_id", "question.twice", "is answered twice")
		}
		out.Answers[id] = answer.GetValues()
	}
	return out
}

func attendeeMessage(a booking.Attendee) *bookingv1.AttendeeDetails {
	out := &bookingv1.AttendeeDetails{
		Name: a.Name, Email: a.Email, Organisation: a.Organisation, Segment: segments.message(a.Segment), Timezone: a.Timezone,
	}
	for id, values := range a.Answers {
		out.Answers = append(out.Answers, &bookingv1.Answer{QuestionId: id.String(), Values: values})
	}
	return out
}

func questionMessages(questions []booking.Question) []*bookingv1.Question {
	var out []*bookingv1.Question
	for _, q := range questions {
		m := &bookingv1.Question{
			Id: q.ID.String(), Type: questionTypes.message(q.Type), Label: q.Label, Help: q.Help, Required: q.Required, Archived: q.Archived,
		}
		for _, c := range q.Choices {
			m.Choices = append(m.Choices, &bookingv1.Choice{Id: c.ID, Label: c.Label})
		}
		if q.Condition != nil {
			m.Condition = &bookingv1.Condition{QuestionId: q.Condition.Question.String(), AnyOf: q.Condition.AnyOf}
		}
		out = append(out, m)
	}
	return out
}

// words pairs a domain's words with the contract's enum values; what is not in
// the table is the zero value on the other side.
type words[D ~string, M comparable] map[D]M

func (w words[D, M]) message(d D) M { return w[d] }

func (w words[D, M]) domain(m M) D {
	for d, x := range w {
		if x == m {
			return d
		}
	}
	var none D
	return none
}

var segments = words[booking.Segment, bookingv1.Segment]{
	booking.SegmentAcademic: bookingv1.Segment_SEGMENT_ACADEMIC,
	booking.SegmentBusiness: bookingv1.Segment_SEGMENT_BUSINESS,
	booking.SegmentClinical: bookingv1.Segment_SEGMENT_CLINICAL,
}

var registrationStates = words[booking.State, bookingv1.RegistrationState]{
	booking.StateHeld:             bookingv1.RegistrationState_REGISTRATION_STATE_HELD,
	booking.StateAwaitingApproval: bookingv1.RegistrationState_REGISTRATION_STATE_AWAITING_APPROVAL,
	booking.StateAwaitingPayment:  bookingv1.RegistrationState_REGISTRATION_STATE_AWAITING_PAYMENT,
	booking.StateConfirmed:        bookingv1.RegistrationState_REGISTRATION_STATE_CONFIRMED,
	booking.StateCancelled:        bookingv1.RegistrationState_REGISTRATION_STATE_CANCELLED,
	booking.StateTransferred:      bookingv1.RegistrationState_REGISTRATION_STATE_TRANSFERRED,
	booking.StateDeclined:         bookingv1.RegistrationState_REGISTRATION_STATE_DECLINED,
}

var questionTypes = words[booking.QuestionType, bookingv1.QuestionType]{
	booking.Text:         bookingv1.QuestionType_QUESTION_TYPE_TEXT,
	booking.LongText:     bookingv1.QuestionType_QUESTION_TYPE_LONG_TEXT,
	booking.SingleChoice: bookingv1.QuestionType_QUESTION_TYPE_CHOICE,
	booking.MultiChoice:  bookingv1.QuestionType_QUESTION_TYPE_MULTI_CHOICE,
	booking.Number:       bookingv1.QuestionType_QUESTION_TYPE_NUMBER,
	booking.Date:         bookingv1.QuestionType_QUESTION_TYPE_DATE,
	booking.YesNo:        bookingv1.QuestionType_QUESTION_TYPE_YES_NO,
	booking.Phone:        bookingv1.QuestionType_QUESTION_TYPE_PHONE,
	booking.Consent:      bookingv1.QuestionType_QUESTION_TYPE_CONSENT,
}

package rpc

import (
	"context"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/export"
	"lanyard/internal/uid"
)

type registrationService struct {
	bookings *booking.Service
	exports  *export.Service
}

// ListRegistrations implements lanyard.booking.v1.RegistrationService.
func (s *registrationService) ListRegistrations(ctx context.Context, req *bookingv1.ListRegistrationsRequest) (*bookingv1.ListRegistrationsResponse, error) {
	var d reader
	f := booking.ListFilter{Query: req.GetQuery(), State: registrationStates.domain(req.GetState()), Segment: segments.domain(req.GetSegment())}
	var after *booking.After
	readID(&d, "org_id", req.GetOrgId(), &f.Org)
	readID(&d, "event_id", req.GetEventId(), &f.Event)
	readPageToken(&d, req.GetPageToken(), &after)
	if err := d.err(); err != nil {
		return nil, err
	}
	found, next, err := s.bookings.List(ctx, f, after, pageSize(req.GetPageSize(), 50))
	if err != nil {
		return nil, err
	}
	counts, err := s.bookings.Counts(ctx, f.Org, f.Event)
	if err != nil {
		return nil, err
	}
	resp := &bookingv1.ListRegistrationsResponse{}
	masked := masksPeople(ctx, f.Org)
	for _, r := range found {
		r.Attendee.Answers = nil
		resp.Registrations = append(resp.Registrations, registrationMessage(r, masked))
	}
	for state, n := range counts {
		resp.Counts = append(resp.Counts, &bookingv1.StateCount{State: registrationStates.message(state), Count: int32(n)})
	}
	resp.NextPageToken, err = pageToken(next)
	return resp, err
}

// masksPeople reports whether the caller sees registrations without personal
// data: reviewers do.
func masksPeople(ctx context.Context, org uid.Org) bool {
	m, _ := account.ActorFrom(ctx).Member(org)
	return m.Role == account.RoleReviewer
}

func registrationMessage(r booking.Registration, masked bool) *bookingv1.Registration {
	out := &bookingv1.Registration{
		Id: r.ID.String(), OrderCode: r.OrderCode, State: registrationStates.message(r.State), Attendee: attendeeMessage(r.Attendee),
		ProductId: r.Product.String(), ProductTitle: r.ProductTitle, RegisteredAt: timestamp(r.RegisteredAt),
		ChangedAt: timestamp(r.ChangedAt), Note: r.Note, Undeliverable: r.Undeliverable, Version: r.Version,
	}
	if masked {
		out.Attendee.Name, out.Attendee.Email, out.Attendee.Answers, out.OrderCode = "•••", "•••", nil, ""
	}
	return out
}

// GetRegistration implements lanyard.booking.v1.RegistrationService.
func (s *registrationService) GetRegistration(ctx context.Context, req *bookingv1.GetRegistrationRequest) (*bookingv1.GetRegistrationResponse, error) {
	org, event, id, err := readRegistrationRef(req)
	if err != nil {
		return nil, err
	}
	r, questions, messages, err := s.bookings.History(ctx, org, event, id)
	if err != nil {
		return nil, err
	}
	resp := &bookingv1.GetRegistrationResponse{
		Registration: registrationMessage(r, masksPeople(ctx, org)), Questions: questionMessages(questions),
	}
	for _, m := range messages {
		resp.Messages = append(resp.Messages, &bookingv1.SentMessage{Kind: m.Kind, Subject: m.Subject, State: m.State, At: timestamp(m.At)})
	}
	return resp, nil
}

// readRegistrationRef reads the ids that every request about one registration has.
func readRegistrationRef(req interface {
	GetOrgId() string
	GetEventId() string
	GetRegistrationId() string
}) (org uid.Org, event uid.Event, id uid.Registration, err error) {
	var d reader
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "event_id", req.GetEventId(), &event)
	readID(&d, "registration_id", req.GetRegistrationId(), &id)
	return org, event, id, d.err()
}

// DecideApplications implements lanyard.booking.v1.RegistrationService.
func (s *registrationService) DecideApplications(ctx context.Context, req *bookingv1.DecideApplicationsRequest) (*bookingv1.DecideApplicationsResponse, error) {
	var d reader
	in := booking.DecideInput{
		Approve: req.GetDecision() == bookingv1.Decision_DECISION_APPROVE, Note: req.GetNote(), OverCapacity: req.GetOverCapacity(),
	}
	readID(&d, "org_id", req.GetOrgId(), &in.Org)
	readID(&d, "event_id", req.GetEventId(), &in.Event)
	readIDs(&d, "registration_ids", req.GetRegistrationIds(), &in.Registrations)
	if err := d.err(); err != nil {
		return nil, err
	}
	decided, err := s.bookings.Decide(ctx, account.ActorFrom(ctx), Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	resp := &bookingv1.DecideApplicationsResponse{}
	for _, x := range decided {
		resp.Decided = append(resp.Decided, &bookingv1.DecidedApplication{
			RegistrationId: x.ID.String(), State: registrationStates.message(x.State),
			Reason: policyv1.Reason(policyv1.Reason_value["REASON_"+string(x.Reason)]), Message: x.Message,
		})
	}
	return resp, nil
}

// CancelRegistration implements lanyard.booking.v1.RegistrationService.
func (s *registrationService) CancelRegistration(ctx context.Context, req *bookingv1.CancelRegistrationRequest) (*bookingv1.CancelRegistrationResponse, error) {
	org, event, id, err := readRegistrationRef(req)
	if err != nil {
		return nil, err
	}
	r, err := s.bookings.Cancel(ctx, account.ActorFrom(ctx), Key(ctx, req), org, event, id, req.GetNote())
	if err != nil {
		return nil, err
	}
	return &bookingv1.CancelRegistrationResponse{Registration: registrationMessage(r, false)}, nil
}

// ResendConfirmation implements lanyard.booking.v1.RegistrationService.
func (s *registrationService) ResendConfirmation(ctx context.Context, req *bookingv1.ResendConfirmationRequest) (*bookingv1.ResendConfirmationResponse, error) {
	org, event, id, err := readRegistrationRef(req)
	if err != nil {
		return nil, err
	}
	return &bookingv1.ResendConfirmationResponse{}, s.bookings.Resend(ctx, account.ActorFrom(ctx), Key(ctx, req), org, event, id)
}

// ExportRegistrations implements lanyard.booking.v1.RegistrationService.
func (s *registrationService) ExportRegistrations(ctx context.Context, req *bookingv1.ExportRegistrationsRequest) (*bookingv1.ExportRegistrationsResponse, error) {
	var d reader
	var org uid.Org
	var event uid.Event
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "event_id", req.GetEventId(), &event)
	if err := d.err(); err != nil {
		return nil, err
	}
	file, err := s.exports.Registrations(ctx, account.ActorFrom(ctx), org, event, registrationStates.domain(req.GetState()))
	if err != nil {
		return nil, err
	}
	return &bookingv1.ExportRegistrationsResponse{Filename: file.Name, Csv: file.Bytes}, nil
}

// GetForm implements lanyard.booking.v1.RegistrationService.
func (s *registrationService) GetForm(ctx context.Context, req *bookingv1.GetFormRequest) (*bookingv1.GetFormResponse, error) {
	var d reader
	var org uid.Org
	var event uid.Event
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "event_id", req.GetEventId(), &event)
	if err := d.err(); err != nil {
		return nil, err
	}
	f, err := s.bookings.EventForm(ctx, org, event)
	if err != nil {
		return nil, err
	}
	return &bookingv1.GetFormResponse{Questions: questionMessages(f.Questions), Version: f.Version}, nil
}

// SaveForm implements lanyard.booking.v1.RegistrationService.
func (s *registrationService) SaveForm(ctx context.Context, req *bookingv1.SaveFormRequest) (*bookingv1.SaveFormResponse, error) {
	var d reader
	var org uid.Org
	var event uid.Event
	readID(&d, "org_id", req.GetOrgId(), &org)
	readID(&d, "event_id", req.GetEventId(), &event)
	if err := d.err(); err != nil {
		return nil, err
	}
	var drafts []booking.DraftQuestion
	for _, q := range req.GetQuestions() {
		draft := booking.DraftQuestion{
			Key: q.GetId(), Type: questionTypes.domain(q.GetType()), Label: q.GetLabel(), Help: q.GetHelp(), Required: q.GetRequired(),
			ConditionKey: q.GetCondition().GetQuestionId(), AnyOf: q.GetCondition().GetAnyOf(),
		}
		for _, c := range q.GetChoices() {
			draft.Choices = append(draft.Choices, booking.Choice{ID: c.GetId(), Label: c.GetLabel()})
		}
		drafts = append(drafts, draft)
	}
	f, err := s.bookings.SaveForm(ctx, account.ActorFrom(ctx), Key(ctx, req), org, event, req.GetVersion(), drafts)
	if err != nil {
		return nil, err
	}
	return &bookingv1.SaveFormResponse{Questions: questionMessages(f.Questions), Version: f.Version}, nil
}

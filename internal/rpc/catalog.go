package rpc

import (
	"bytes"
	"context"
	"net/url"

	catalogv1 "lanyard/gen/lanyard/catalog/v1"
	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/uid"
)

// programmeService is the public programme.
type programmeService struct {
	events *catalog.Service
	base   *url.URL
}

// ListProgramme implements lanyard.catalog.v1.ProgrammeService.
func (s *programmeService) ListProgramme(ctx context.Context, req *catalogv1.ListProgrammeRequest) (*catalogv1.ListProgrammeResponse, error) {
	var d reader
	page := catalog.Page{Size: int(req.GetPageSize())}
	readPageToken(&d, req.GetPageToken(), &page.After)
	if err := d.err(); err != nil {
		return nil, err
	}
	events, next, err := s.events.Programme(ctx, catalog.Filter{
		OrgSlug: req.GetOrgSlug(), Query: req.GetQuery(), Mode: modes.domain(req.GetMode()), Topic: req.GetTopic(),
		Month: req.GetMonth(), Country: req.GetCountry(), PlacesLeft: req.GetPlacesLeft(), IncludePast: req.GetIncludePast(),
	}, page)
	if err != nil {
		return nil, err
	}
	resp := &catalogv1.ListProgrammeResponse{}
	for _, e := range events {
		resp.Events = append(resp.Events, listedEvent(e, s.base))
	}
	resp.NextPageToken, err = pageToken(next)
	return resp, err
}

// GetProgrammeEvent implements lanyard.catalog.v1.ProgrammeService.
func (s *programmeService) GetProgrammeEvent(ctx context.Context, req *catalogv1.GetProgrammeEventRequest) (*catalogv1.GetProgrammeEventResponse, error) {
	e, err := s.events.PublicEvent(ctx, req.GetOrgSlug(), req.GetEventSlug())
	if err != nil {
		return nil, err
	}
	return &catalogv1.GetProgrammeEventResponse{Event: programmeEvent(e, s.base)}, nil
}

// eventService is the organiser's side of events.
type eventService struct {
	events   *catalog.Service
	bookings *booking.Service // says how many come
	base     *url.URL
}

// ListEvents implements lanyard.catalog.v1.EventService.
func (s *eventService) ListEvents(ctx context.Context, req *catalogv1.ListEventsRequest) (*catalogv1.ListEventsResponse, error) {
	var d reader
	f := catalog.ListFilter{Query: req.GetQuery(), State: eventStates.domain(req.GetState()), Past: req.GetPast()}
	page := catalog.Page{Size: int(req.GetPageSize())}
	readID(&d, "org_id", req.GetOrgId(), &f.Org)
	readPageToken(&d, req.GetPageToken(), &page.After)
	if err := d.err(); err != nil {
		return nil, err
	}
	f.Only, _ = account.ActorFrom(ctx).LimitedTo(f.Org)
	events, next, err := s.events.List(ctx, f, page)
	if err != nil {
		return nil, err
	}
	resp := &catalogv1.ListEventsResponse{}
	if resp.Events, err = s.messages(ctx, f.Org, events...); err != nil {
		return nil, err
	}
	resp.NextPageToken, err = pageToken(next)
	return resp, err
}

// GetEvent implements lanyard.catalog.v1.EventService.
func (s *eventService) GetEvent(ctx context.Context, req *catalogv1.GetEventRequest) (*catalogv1.GetEventResponse, error) {
	w, err := which(req, 0)
	if err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.Get(ctx, w.Org, w.Event))
	return &catalogv1.GetEventResponse{Event: e}, err
}

// CreateEvent implements lanyard.catalog.v1.EventService.
func (s *eventService) CreateEvent(ctx context.Context, req *catalogv1.CreateEventRequest) (*catalogv1.CreateEventResponse, error) {
	var d reader
	in := catalog.CreateInput{Details: readDetails(req.GetDetails()), When: readSchedule(req.GetSchedule()), Places: int(req.GetPlaces())}
	readID(&d, "org_id", req.GetOrgId(), &in.Org)
	if err := d.err(); err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.Create(ctx, account.ActorFrom(ctx), Key(ctx, req), in))
	return &catalogv1.CreateEventResponse{Event: e}, err
}

// UpdateEvent implements lanyard.catalog.v1.EventService.
func (s *eventService) UpdateEvent(ctx context.Context, req *catalogv1.UpdateEventRequest) (*catalogv1.UpdateEventResponse, error) {
	w, err := which(req, req.GetVersion())
	if err != nil {
		return nil, err
	}
	var d reader
	fields := readMask(&d, "update_mask", req.GetUpdateMask(), req.GetDetails())
	if err := d.err(); err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.Update(ctx, account.ActorFrom(ctx), Key(ctx, req), catalog.UpdateInput{
		Org: w.Org, Event: w.Event, Version: w.Version,
		Details: readDetails(req.GetDetails()), Fields: fields, Notify: req.GetNotify(),
	}))
	return &catalogv1.UpdateEventResponse{Event: e}, err
}

// CloneEvent implements lanyard.catalog.v1.EventService.
func (s *eventService) CloneEvent(ctx context.Context, req *catalogv1.CloneEventRequest) (*catalogv1.CloneEventResponse, error) {
	w, err := which(req, 0)
	if err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.Clone(ctx, account.ActorFrom(ctx), Key(ctx, req), catalog.CloneInput{
		Org: w.Org, Event: w.Event, Title: req.GetTitle(), StartsLocal: req.GetStartsLocal(),
	}))
	return &catalogv1.CloneEventResponse{Event: e}, err
}

// MoveEvent implements lanyard.catalog.v1.EventService.
func (s *eventService) MoveEvent(ctx context.Context, req *catalogv1.MoveEventRequest) (*catalogv1.MoveEventResponse, error) {
	w, err := which(req, req.GetVersion())
	if err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.Move(ctx, account.ActorFrom(ctx), Key(ctx, req), catalog.MoveInput{
		Org: w.Org, Event: w.Event, Version: w.Version, When: readSchedule(req.GetSchedule()), Note: req.GetNote(),
	}))
	return &catalogv1.MoveEventResponse{Event: e}, err
}

// CreateSession implements lanyard.catalog.v1.EventService.
func (s *eventService) CreateSession(ctx context.Context, req *catalogv1.CreateSessionRequest) (*catalogv1.CreateSessionResponse, error) {
	w, err := which(req, 0)
	if err != nil {
		return nil, err
	}
	added, err := s.events.CreateSession(ctx, account.ActorFrom(ctx), Key(ctx, req), readSession(w, req.GetDetails()))
	if err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(added.Event, nil)
	return &catalogv1.CreateSessionResponse{Event: e, SessionId: added.Session.String()}, err
}

// UpdateSession implements lanyard.catalog.v1.EventService.
func (s *eventService) UpdateSession(ctx context.Context, req *catalogv1.UpdateSessionRequest) (*catalogv1.UpdateSessionResponse, error) {
	w, err := which(req, req.GetVersion())
	if err != nil {
		return nil, err
	}
	in := readSession(w, req.GetDetails())
	var d reader
	readID(&d, "session_id", req.GetSessionId(), &in.Session)
	if err := d.err(); err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.UpdateSession(ctx, account.ActorFrom(ctx), Key(ctx, req), in))
	return &catalogv1.UpdateSessionResponse{Event: e}, err
}

// CancelSession implements lanyard.catalog.v1.EventService.
func (s *eventService) CancelSession(ctx context.Context, req *catalogv1.CancelSessionRequest) (*catalogv1.CancelSessionResponse, error) {
	w, err := which(req, req.GetVersion())
	if err != nil {
		return nil, err
	}
	var d reader
	var id uid.Session
	readID(&d, "session_id", req.GetSessionId(), &id)
	if err := d.err(); err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.CancelSession(ctx, account.ActorFrom(ctx), Key(ctx, req), w, id))
	return &catalogv1.CancelSessionResponse{Event: e}, err
}

// ImportEvents implements lanyard.catalog.v1.EventService.
func (s *eventService) ImportEvents(ctx context.Context, req *catalogv1.ImportEventsRequest) (*catalogv1.ImportEventsResponse, error) {
	var d reader
	in := catalog.ImportInput{DryRun: req.GetDryRun(), Atomic: req.GetAtomic(), Publish: req.GetPublish()}
	readID(&d, "org_id", req.GetOrgId(), &in.Org)
	if err := d.err(); err != nil {
		return nil, err
	}
	var err error
	if in.File, err = catalog.ParseImport(bytes.NewReader(req.GetCsv())); err != nil {
		return nil, err
	}
	report, err := s.events.Import(ctx, account.ActorFrom(ctx), Key(ctx, req), in)
	if err != nil {
		return nil, err
	}
	return importReport(report), nil
}

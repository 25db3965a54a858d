package rpc

import (
	"context"

	catalogv1 "lanyard/gen/lanyard/catalog/v1"
	"lanyard/internal/account"
)

// The steps of an event from one state to another; the domain knows which are
// allowed.

// PublishEvent implements lanyard.catalog.v1.EventService.
func (s *eventService) PublishEvent(ctx context.Context, req *catalogv1.PublishEventRequest) (*catalogv1.PublishEventResponse, error) {
	w, err := which(req, req.GetVersion())
	if err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.Publish(ctx, account.ActorFrom(ctx), Key(ctx, req), w))
	return &catalogv1.PublishEventResponse{Event: e}, err
}

// CloseSales implements lanyard.catalog.v1.EventService.
func (s *eventService) CloseSales(ctx context.Context, req *catalogv1.CloseSalesRequest) (*catalogv1.CloseSalesResponse, error) {
	w, err := which(req, req.GetVersion())
	if err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.CloseSales(ctx, account.ActorFrom(ctx), Key(ctx, req), w))
	return &catalogv1.CloseSalesResponse{Event: e}, err
}

// ReopenSales implements lanyard.catalog.v1.EventService.
func (s *eventService) ReopenSales(ctx context.Context, req *catalogv1.ReopenSalesRequest) (*catalogv1.ReopenSalesResponse, error) {
	w, err := which(req, req.GetVersion())
	if err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.ReopenSales(ctx, account.ActorFrom(ctx), Key(ctx, req), w))
	return &catalogv1.ReopenSalesResponse{Event: e}, err
}

// PostponeEvent implements lanyard.catalog.v1.EventService.
func (s *eventService) PostponeEvent(ctx context.Context, req *catalogv1.PostponeEventRequest) (*catalogv1.PostponeEventResponse, error) {
	w, err := which(req, req.GetVersion())
	if err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.Postpone(ctx, account.ActorFrom(ctx), Key(ctx, req), w, req.GetReason()))
	return &catalogv1.PostponeEventResponse{Event: e}, err
}

// CancelEvent implements lanyard.catalog.v1.EventService.
func (s *eventService) CancelEvent(ctx context.Context, req *catalogv1.CancelEventRequest) (*catalogv1.CancelEventResponse, error) {
	w, err := which(req, req.GetVersion())
	if err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.Cancel(ctx, account.ActorFrom(ctx), Key(ctx, req), w, req.GetReason()))
	return &catalogv1.CancelEventResponse{Event: e}, err
}

// ArchiveEvent implements lanyard.catalog.v1.EventService.
func (s *eventService) ArchiveEvent(ctx context.Context, req *catalogv1.ArchiveEventRequest) (*catalogv1.ArchiveEventResponse, error) {
	w, err := which(req, req.GetVersion())
	if err != nil {
		return nil, err
	}
	e, err := s.message(ctx)(s.events.Archive(ctx, account.ActorFrom(ctx), Key(ctx, req), w))
	return &catalogv1.ArchiveEventResponse{Event: e}, err
}

// SendTestInvitation implements lanyard.catalog.v1.EventService.
func (s *eventService) SendTestInvitation(ctx context.Context, req *catalogv1.SendTestInvitationRequest) (*catalogv1.SendTestInvitationResponse, error) {
	w, err := which(req, 0)
	if err != nil {
		return nil, err
	}
	actor := account.ActorFrom(ctx)
	if err := s.events.Rehearse(ctx, actor, Key(ctx, req), w.Org, w.Event); err != nil {
		return nil, err
	}
	return &catalogv1.SendTestInvitationResponse{Email: actor.Email}, nil
}

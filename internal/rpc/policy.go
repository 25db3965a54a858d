package rpc

import (
	"context"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/uid"
)

// gate runs before the request is decoded: it slows down whoever asks too often
// and turns away whoever is not signed in and would have to be.
func (s *Server) gate(ctx context.Context, spec connect.Spec, _ connect.Peer, _ headers) (context.Context, error) {
	r := s.routes[spec.Procedure]
	actor := account.ActorFrom(ctx)
	if err := s.limit(ctx, r, actor); err != nil {
		return nil, s.refuse(ctx, err)
	}
	if r.needsSignIn() && !actor.SignedIn() {
		return nil, s.refuse(ctx, fault.Unauthenticated("Please sign in."))
	}
	if err := checkDevice(r, actor); err != nil {
		return nil, s.refuse(ctx, err)
	}
	return ctx, nil
}

// checkDevice turns away from tablets' methods whoever is no tablet. One whose
// access has ended is told so, because it has to wipe its copy.
func checkDevice(r *route, actor account.Actor) error {
	switch {
	case !r.needsDevice() || actor.Device != nil:
		return nil
	case actor.DeviceEnded:
		f := fault.Unauthenticated("This tablet's access has ended.")
		f.Reason = fault.DeviceEnded
		return f
	}
	return fault.Unauthenticated("This tablet is not paired.")
}

// enforcePolicy applies the method's rule. It answers not_found for whatever the
// caller may not know of, and permission_denied for what a member's role does
// not allow; the latter is recorded.
func (s *Server) enforcePolicy(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		if err := s.checkPolicy(ctx, s.routes[req.Spec().Procedure], req.Any()); err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

func (s *Server) checkPolicy(ctx context.Context, r *route, request any) error {
	switch r.access {
	case policyv1.Access_ACCESS_DEVICE: // the gate has said so; this is the second wall
		return checkDevice(r, account.ActorFrom(ctx))
	case policyv1.Access_ACCESS_MEMBER:
		msg, ok := request.(proto.Message)
		if !ok {
			return fault.NotFound("organisation")
		}
		return s.checkMember(ctx, r, msg)
	}
	return nil
}

func (s *Server) checkMember(ctx context.Context, r *route, msg proto.Message) error {
	actor := account.ActorFrom(ctx)
	if !actor.SignedIn() { // the gate has said so; this is the second wall
		return fault.Unauthenticated("Please sign in.")
	}
	var d reader
	var org uid.Org
	var event uid.Event
	readID(&d, string(r.org.Name()), msg.ProtoReflect().Get(r.org).String(), &org)
	if r.event != nil {
		readID(&d, string(r.event.Name()), msg.ProtoReflect().Get(r.event).String(), &event)
	}
	if err := d.err(); err != nil {
		return err
	}
	m, ok := actor.Member(org)
	switch {
	case !ok:
		return fault.NotFound("organisation")
	case !r.allows(m.Role):
		return s.deny(ctx, r, org, actor, "Your role does not allow this.")
	case len(m.Events) == 0:
		return nil
	case r.event != nil && !actor.Reaches(org, event):
		return fault.NotFound("event")
	case r.event == nil && !r.openLimited:
		return s.deny(ctx, r, org, actor, "Your role is limited to certain events.")
	}
	return nil
}

// deny records the attempt and refuses. The refusal stands even when it cannot
// be recorded.
func (s *Server) deny(ctx context.Context, r *route, org uid.Org, actor account.Actor, message string) error {
	denied := fault.Denied(message)
	if s.deps.Account == nil {
		return denied
	}
	if err := s.deps.Account.RecordDenied(ctx, actor, org, r.procedure); err != nil {
		return denied.Because(err)
	}
	return denied
}

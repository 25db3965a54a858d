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
	return ctx, nil
}

// enforcePolicy applies the method's rule. It answers not_found for whatever the
// caller may not know of, and permission_denied for what a member's role does
// not allow; the latter is recorded.
func (s *Server) enforcePolicy(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		r := s.routes[req.Spec().Procedure]
		if r.access == policyv1.Access_ACCESS_MEMBER {
			msg, ok := req.Any().(proto.Message)
			if !ok {
				return nil, fault.NotFound("organisation")
			}
			if err := s.checkMember(ctx, r, msg); err != nil {
				return nil, err
			}
		}
		return next(ctx, req)
	}
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

package rpc

import (
	"context"

	"lanyard/gen/lanyard/checkin/v1/checkinv1connect"
	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/limit"
)

// limit spends from the budgets that the call falls under. The class follows
// from the rule, so a new method is limited without being listed anywhere.
func (s *Server) limit(ctx context.Context, r *route, actor account.Actor) error {
	if s.deps.Limits == nil {
		return nil
	}
	client := callFrom(ctx).client
	if actor.SignedIn() && r.needsSignIn() {
		return s.spend(limit.Team, limit.Named(actor.ID()))
	}
	switch {
	case actor.Device != nil && r.needsDevice():
		return s.spend(limit.Door, limit.Named(actor.ID()))
	case r.procedure == checkinv1connect.DoorServicePairProcedure: // it is a sign-in: nobody pairs a tablet every second
		return s.spend(limit.SignIn, limit.Network(client))
	case r.access == policyv1.Access_ACCESS_ATTENDEE_LINK:
		return s.spend(limit.Attendee, limit.Network(client))
	case r.public() && !r.readOnly:
		if err := s.spend(limit.OrderAddress, limit.Address(client)); err != nil {
			return err
		}
		return s.spend(limit.Order, limit.Network(client))
	}
	return s.spend(limit.Read, limit.Network(client))
}

func (s *Server) spend(class limit.Class, who limit.Who) error {
	wait, ok := s.deps.Limits.Allow(class, who)
	if ok {
		return nil
	}
	return fault.TooMany(fault.RateLimited, wait, "Too many requests. Please wait a moment.")
}

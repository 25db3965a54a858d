package rpc

import (
	"net/netip"
	"testing"

	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/limit"
	"lanyard/internal/uid"
)

func TestLimit_TheClassFollowsFromTheRule(t *testing.T) {
	t.Parallel()
	someone := account.PersonActor(uid.New[uid.Person]())
	tests := []struct {
		name     string
		access   policyv1.Access
		readOnly bool
		actor    account.Actor
		want     limit.Class
	}{
		{"public read", policyv1.Access_ACCESS_PUBLIC, true, account.Actor{}, limit.Read},
		{"public read, signed in", policyv1.Access_ACCESS_PUBLIC, true, someone, limit.Read},
		{"taking places, by network", policyv1.Access_ACCESS_PUBLIC, false, account.Actor{}, limit.Order},
		{"taking places, by address", policyv1.Access_ACCESS_PUBLIC, false, account.Actor{}, limit.OrderAddress},
		{"secret link", policyv1.Access_ACCESS_ATTENDEE_LINK, false, account.Actor{}, limit.Attendee},
		{"own account", policyv1.Access_ACCESS_SIGNED_IN, false, someone, limit.Team},
		{"team", policyv1.Access_ACCESS_MEMBER, true, someone, limit.Team},
		{"team, not signed in", policyv1.Access_ACCESS_MEMBER, true, account.Actor{}, limit.Read},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &route{access: tt.access, readOnly: tt.readOnly}
			ctx := withCall(t.Context(), &call{client: netip.MustParseAddr("192.0.2.1")})
			none := limit.Budget{PerSecond: 0, Burst: 0}
			s := &Server{deps: Deps{Limits: limit.New(limit.Options{Budgets: map[limit.Class]limit.Budget{tt.want: none}})}}
			if err := s.limit(ctx, r, tt.actor); !fault.Is(err, fault.RateLimited) {
				t.Errorf("an empty budget of class %q lets it through: %v", tt.want, err)
			}
			others := map[limit.Class]limit.Budget{}
			for class := range limit.DefaultBudgets {
				if class != tt.want && !(tt.want == limit.Order && class == limit.OrderAddress) && !(tt.want == limit.OrderAddress && class == limit.Order) {
					others[class] = none
				}
			}
			s = &Server{deps: Deps{Limits: limit.New(limit.Options{Budgets: others})}}
			if err := s.limit(ctx, r, tt.actor); err != nil {
				t.Errorf("another class counts too: %v", err)
			}
		})
	}
}

func TestLimit_APersonHasTheSameBudgetEverywhere(t *testing.T) {
	t.Parallel()
	one := limit.Budget{PerSecond: 0, Burst: 1}
	s := &Server{deps: Deps{Limits: limit.New(limit.Options{Budgets: map[limit.Class]limit.Budget{limit.Team: one}})}}
	r := &route{access: policyv1.Access_ACCESS_MEMBER}
	a, b := account.PersonActor(uid.New[uid.Person]()), account.PersonActor(uid.New[uid.Person]())
	home := withCall(t.Context(), &call{client: netip.MustParseAddr("192.0.2.1")})
	away := withCall(t.Context(), &call{client: netip.MustParseAddr("198.51.100.1")})
	if err := s.limit(home, r, a); err != nil {
		t.Fatal(err)
	}
	if err := s.limit(away, r, a); !fault.Is(err, fault.RateLimited) {
		t.Errorf("another network gives another budget: %v", err)
	}
	if err := s.limit(home, r, b); err != nil {
		t.Errorf("a colleague on the same network is held back: %v", err)
	}
}

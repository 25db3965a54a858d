package rpc

import (
	"testing"

	accountv1 "lanyard/gen/lanyard/account/v1"
	"lanyard/internal/account"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

func TestKey_HashCoversAllButTheRequestID(t *testing.T) {
	t.Parallel()
	ctx := account.WithActor(t.Context(), account.PersonActor(uid.New[uid.Person]()))
	request := func(id, name string) *accountv1.CreateOrganisationRequest {
		return &accountv1.CreateOrganisationRequest{RequestId: id, Details: &accountv1.OrganisationDetails{Name: name}}
	}
	a := Key(ctx, request("request-id-000001", "A"))
	if a.RequestID != "request-id-000001" {
		t.Errorf("request id is %q", a.RequestID)
	}
	if b := Key(ctx, request("request-id-000002", "A")); b.Hash != a.Hash {
		t.Error("another id gave another hash")
	}
	if b := Key(ctx, request("request-id-000001", "B")); b.Hash == a.Hash {
		t.Error("another body gave the same hash")
	}
	req := request("request-id-000001", "A")
	Key(ctx, req)
	if req.GetRequestId() == "" {
		t.Error("the request was changed")
	}
}

// A15: a repeated request id of somebody else finds nothing of theirs.
func TestKey_A15_CallersDoNotShareAScope(t *testing.T) {
	t.Parallel()
	req := &accountv1.UpdateOrganisationRequest{RequestId: "request-id-000001", OrgId: uid.New[uid.Org]().String()}
	other := &accountv1.UpdateOrganisationRequest{RequestId: "request-id-000001", OrgId: uid.New[uid.Org]().String()}
	scopes := map[string]bool{}
	for _, k := range []replay.Key{
		Key(account.WithActor(t.Context(), account.PersonActor(uid.New[uid.Person]())), req),
		Key(account.WithActor(t.Context(), account.PersonActor(uid.New[uid.Person]())), req),
		Key(t.Context(), req),
		Key(t.Context(), other),
	} {
		scopes[k.Scope] = true
	}
	if len(scopes) != 4 {
		t.Errorf("scopes are %v, want four", scopes)
	}
}

func TestKey_ReadsHaveNone(t *testing.T) {
	t.Parallel()
	if k := Key(t.Context(), &accountv1.GetMeRequest{}); k != (replay.Key{}) {
		t.Errorf("key is %v", k)
	}
}

func BenchmarkKey(b *testing.B) {
	ctx := account.WithActor(b.Context(), account.PersonActor(uid.New[uid.Person]()))
	req := &accountv1.CreateOrganisationRequest{RequestId: "request-id-000001", Details: &accountv1.OrganisationDetails{Name: "A", Slug: "b"}}
	for b.Loop() {
		Key(ctx, req)
	}
}

package rpc

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/catalog"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// class is how an answer is judged.
type class string

const (
	allowed         class = "allowed" // by the policy; the domain may still refuse
	unauthenticated class = "unauthenticated"
	denied          class = "permission_denied"
	noOrganisation  class = "no such organisation"
	noEvent         class = "no such event"
	foreign         class = "as if there were no such event"
)

// target is whose organisation and which event a request names.
type target struct {
	name  string
	org   uid.Org
	event uid.Event
	// foreignEvent is true when the event belongs to another organisation.
	foreignEvent bool
}

// matrixCaller is who calls, and what the test knows about them.
type matrixCaller struct {
	caller
	org    uid.Org // of which the caller is a member; zero for none
	role   account.Role
	limits uid.Event // the only event; zero for all
}

// expect derives the answer's class from the rule. There is no list of methods:
// a new one is covered as soon as it is served, and one whose rule says nothing
// that is understood here fails the test.
func expect(t *testing.T, r *route, c matrixCaller, to target) class {
	t.Helper()
	switch r.access {
	case policyv1.Access_ACCESS_PUBLIC, policyv1.Access_ACCESS_ATTENDEE_LINK:
		return allowed
	case policyv1.Access_ACCESS_SIGNED_IN:
		if c.cookie == "" {
			return unauthenticated
		}
		return allowed
	case policyv1.Access_ACCESS_DEVICE: // no person is a tablet
		if c.token == "" {
			return unauthenticated
		}
		return allowed
	case policyv1.Access_ACCESS_MEMBER:
		return expectMember(r, c, to)
	}
	t.Fatalf("%s: nothing can be expected of access %s", r.procedure, r.access)
	return ""
}

func expectMember(r *route, c matrixCaller, to target) class {
	switch {
	case c.cookie == "":
		return unauthenticated
	case c.org != to.org:
		return noOrganisation
	case !slices.Contains(r.roles, c.role):
		return denied
	case r.event == nil && !c.limits.IsZero() && !r.openLimited:
		return denied
	case r.event == nil:
		return allowed
	case !c.limits.IsZero() && c.limits != to.event:
		return noEvent
	case to.foreignEvent:
		return foreign
	}
	return allowed
}

// judge says whether an answer is of the expected class.
func judge(a answer, want class) bool {
	switch want {
	case unauthenticated:
		return a.code == "unauthenticated" && a.status == 401
	case denied:
		return a.code == "permission_denied" && a.status == 403
	case noOrganisation:
		return a.code == "not_found" && a.message == "No such organisation."
	case noEvent:
		return a.code == "not_found" && a.message == "No such event."
	}
	return slices.Contains([]string{"ok", "invalid_argument", "not_found", "already_exists", "failed_precondition", "aborted"}, a.code) &&
		a.message != "No such organisation."
}

// TestMatrix walks every method that is served with every role and every sort of
// event: the own, another of the same organisation, one of another organisation
// named with the own, and another organisation altogether.
func TestMatrix_EveryMethodEveryRoleEveryEvent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	orgA, owner := b.organisation("a")
	orgB, stranger := b.organisation("b")
	own, other, theirs := b.event(orgA, "own"), b.event(orgA, "other"), b.event(orgB, "theirs")

	callers := []matrixCaller{
		{caller: caller{name: "nobody"}},
		{caller: stranger, org: orgB, role: account.RoleOwner},
		{caller: owner, org: orgA, role: account.RoleOwner},
	}
	for _, role := range account.Roles[1:] {
		all := b.member(orgA, string(role), role)
		some := b.member(orgA, "limited-"+string(role), role, own)
		callers = append(callers,
			matrixCaller{caller: all, org: orgA, role: role},
			matrixCaller{caller: some, org: orgA, role: role, limits: own})
	}
	targets := []target{
		{"own event", orgA, own, false},
		{"other event", orgA, other, false},
		{"own organisation, foreign event", orgA, theirs, true},
		{"other organisation", orgB, theirs, false},
	}
	callers = append(callers, matrixCaller{caller: b.tablet(orgA, own)})
	var refused atomic.Int64
	t.Run("calls", func(t *testing.T) {
		for _, r := range b.server.routes {
			t.Run(strings.Trim(r.procedure, "/"), func(t *testing.T) {
				t.Parallel()
				for _, c := range callers {
					for _, to := range targets {
						b.cell(t, r, c, to, &refused)
					}
				}
			})
		}
	})
	b.wantEveryDenialRecorded(refused.Load())
}

func (b *bench) cell(t *testing.T, r *route, c matrixCaller, to target, refused *atomic.Int64) {
	t.Helper()
	given := values{"org_id": to.org.String(), "event_id": to.event.String()}
	if r.org != nil {
		given[r.org.Name()] = to.org.String()
	}
	if r.event != nil {
		given[r.event.Name()] = to.event.String()
	}
	req := b.server.generate(t, r.input, given)
	a, want := b.call(c.caller, r.procedure, req), expect(t, r, c, to)
	switch {
	case want == foreign:
		b.wantSameAsNoEvent(t, r, c, req, a)
	case !judge(a, want):
		t.Errorf("%s, %s: answer is %d %s %q, want %s", c.name, to.name, a.status, a.code, a.message, want)
	case want == denied:
		refused.Add(1)
	}
}

// wantSameAsNoEvent repeats a request with a made-up event (A1): the answers must
// not differ by a word.
func (b *bench) wantSameAsNoEvent(t *testing.T, r *route, c matrixCaller, req proto.Message, a answer) {
	t.Helper()
	req.ProtoReflect().Set(r.event, protoreflect.ValueOfString(uid.New[uid.Event]().String()))
	if id := r.input.Fields().ByName("request_id"); id != nil {
		req.ProtoReflect().Set(id, protoreflect.ValueOfString(rand.Text()))
	}
	none := b.call(c.caller, r.procedure, req)
	same := a.status == none.status && a.code == none.code && a.message == none.message
	if same && a.code == "ok" {
		same = bytes.Equal(compact(t, a.body), compact(t, none.body))
	}
	if !same {
		t.Errorf("%s: a foreign event gives %d %s, none at all %d %s", c.name, a.status, a.body, none.status, none.body)
	}
}

func (b *bench) wantEveryDenialRecorded(denials int64) {
	b.t.Helper()
	var n int64
	if err := b.db.Pool().QueryRow(b.t.Context(), "SELECT count(*) FROM audit_entry WHERE action = 'rpc.denied'").Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	if n != denials || n == 0 {
		b.t.Errorf("%d denials are recorded, want %d", n, denials)
	}
}

// event makes a published event.
func (b *bench) event(org uid.Org, title string) uid.Event {
	b.t.Helper()
	events := b.server.deps.Catalog
	soon := time.Now().AddDate(0, 1, 0).Format("2006-01-02")
	e, err := events.Create(b.t.Context(), account.System, replay.Key{}, catalog.CreateInput{
		Org:     org,
		Details: catalog.Details{Title: title, Mode: catalog.InPerson, Visibility: catalog.Public, RegistrationMode: catalog.Open},
		When:    catalog.When{StartsLocal: soon, EndsLocal: soon, Timezone: "Europe/London", AllDay: true},
		Places:  100,
	})
	if err == nil {
		_, err = events.Publish(b.t.Context(), account.System, replay.Key{}, catalog.Which{Org: org, Event: e.ID, Version: e.Version})
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return e.ID
}

func TestMatrix_CoversTheWholeContract(t *testing.T) {
	t.Parallel()
	b := setup(t)
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(f.Path(), "lanyard/") {
			return true
		}
		for i := range f.Services().Len() {
			service := f.Services().Get(i)
			for j := range service.Methods().Len() {
				_, served := b.server.routes[fmt.Sprintf("/%s/%s", service.FullName(), service.Methods().Get(j).Name())]
				if !served {
					t.Errorf("%s is not served", service.Methods().Get(j).FullName())
				}
			}
		}
		return true
	})
}

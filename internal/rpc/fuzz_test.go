package rpc

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	accountv1 "lanyard/gen/lanyard/account/v1"
	"lanyard/gen/lanyard/account/v1/accountv1connect"
	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
)

// FuzzServe sends bodies to every method as an owner, starting from requests that
// are right. Whatever they say, the answer is a refusal or a success, never an
// error of ours.
func FuzzServe(f *testing.F) {
	b := setup(f)
	org, owner := b.organisation("medilink")
	event := b.event(org, "Fuzz")
	procedures := slices.Sorted(maps.Keys(b.server.routes))
	for i, p := range procedures {
		req := b.server.generate(f, b.server.routes[p].input, values{"org_id": org.String(), "event_id": event.String()})
		body, err := protojson.Marshal(req)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint16(i), body)
	}
	f.Fuzz(func(t *testing.T, i uint16, body []byte) {
		procedure := procedures[int(i)%len(procedures)]
		w := b.direct(t.Context(), t, owner, procedure, string(body))
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%s with %q: %d %s\n%s", procedure, body, w.Code, w.Body, b.log)
		}
	})
}

func TestServe_NULIsRefusedWhereverItStands(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	req := updateOrganisation(org)
	req.Details.About = "a\x00b"
	a := b.call(owner, accountv1connect.OrganisationServiceUpdateOrganisationProcedure, req)
	b.want(a, "invalid_argument", policyv1.Reason_REASON_INVALID_INPUT)
	if v := a.problem.GetViolations(); len(v) != 1 || v[0].GetPath() != "details.about" || v[0].GetRuleId() != "string.nul" {
		t.Errorf("violations are %v", v)
	}
	a = b.call(owner, accountv1connect.AuditServiceListAuditEntriesProcedure, &accountv1.ListAuditEntriesRequest{OrgId: org.String(), Subject: "\x00"})
	b.want(a, "invalid_argument", policyv1.Reason_REASON_INVALID_INPUT)
	list := &accountv1.InviteMemberRequest{EventIds: []string{"fine", "\x00"}}
	if got := findNUL(nil, "", list.ProtoReflect()); len(got) != 1 || got[0].Path != "event_ids[1]" {
		t.Errorf("in a list: %v", got)
	}
}

// hostile texts that have broken programs like this one.
var hostile = []string{
	"'; DROP TABLE event; --", `" OR 1=1`, "%_%", `\`, "a\r\nBcc: victim@example.org", "=HYPERLINK(\"x\")", "<script>alert(1)</script>",
	"{{.}}", "🩺👩‍⚕️", "\u202eabc", "\ufeff", "ﷺ", strings.Repeat("ä", 10_000), "0001-01-01T00:00", "9999-12-31T23:59", "-1", "NaN",
}

// A41: every text field of every method, one at a time, with hostile text in it.
func TestServe_A41_HostileTextsBreakNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	event := b.event(org, "Target")
	ctx := account.WithActor(t.Context(), b.actor(t, owner))
	for _, r := range b.server.routes {
		given := values{"org_id": org.String(), "event_id": event.String()}
		n := textFields(b.server.generate(t, r.input, given).ProtoReflect(), -1, "")
		for i := range n {
			for _, text := range hostile {
				req := b.server.generate(t, r.input, given)
				textFields(req.ProtoReflect(), i, text)
				body, err := protojson.Marshal(req)
				if err != nil {
					t.Fatal(err)
				}
				if w := b.directly(ctx, r.procedure, string(body)); w.Code >= http.StatusInternalServerError {
					t.Errorf("%s with %.300s: %d %s", r.procedure, body, w.Code, w.Body)
				}
			}
		}
	}
	for line := range strings.Lines(b.log.String()) {
		if strings.Contains(line, "level=ERROR") {
			t.Log(line)
		}
	}
}

// textFields counts the text fields of a message and of those it holds, and puts
// a text into the one with the given number.
func textFields(m protoreflect.Message, number int, text string) int {
	n := 0
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.IsMap() || f.IsList() && !m.Has(f):
		case f.Message() != nil && f.IsList():
			for j := range m.Get(f).List().Len() {
				n += textFields(m.Mutable(f).List().Get(j).Message(), number-n, text)
			}
		case f.Message() != nil && m.Has(f):
			n += textFields(m.Mutable(f).Message(), number-n, text)
		case f.Kind() == protoreflect.StringKind && f.IsList():
			if n == number {
				m.Mutable(f).List().Set(0, protoreflect.ValueOfString(text))
			}
			n++
		case f.Kind() == protoreflect.StringKind:
			if n == number {
				m.Set(f, protoreflect.ValueOfString(text))
			}
			n++
		}
	}
	return n
}

// FuzzDoor sends bodies to every method of the door as a tablet.
func FuzzDoor(f *testing.F) {
	b := setup(f)
	org, _ := b.organisation("medilink")
	tablet := b.tablet(org, b.event(org, "Fuzz"))
	var procedures []string
	for p, r := range b.server.routes {
		if strings.HasPrefix(p, "/lanyard.checkin.v1.DoorService/") && !r.streams {
			procedures = append(procedures, p)
		}
	}
	slices.Sort(procedures)
	for i, p := range procedures {
		req := b.server.generate(f, b.server.routes[p].input, values{"list_id": tablet.actor.Device.Lists[0].String()})
		body, err := protojson.Marshal(req)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint16(i), body)
	}
	f.Fuzz(func(t *testing.T, i uint16, body []byte) {
		procedure := procedures[int(i)%len(procedures)]
		w := b.direct(t.Context(), t, tablet, procedure, string(body))
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%s with %q: %d %s\n%s", procedure, body, w.Code, w.Body, b.log)
		}
	})
}

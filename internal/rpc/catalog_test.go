package rpc

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	catalogv1 "lanyard/gen/lanyard/catalog/v1"
	"lanyard/gen/lanyard/catalog/v1/catalogv1connect"
	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/uid"
)

// ask calls a procedure that must succeed and reads its answer.
func ask[M proto.Message](b *bench, as caller, procedure string, req proto.Message, into M) M {
	b.t.Helper()
	a := b.call(as, procedure, req)
	if a.code != "ok" {
		b.t.Fatalf("%s answers %s %q %v", procedure, a.code, a.message, a.problem)
	}
	if err := protojson.Unmarshal(a.body, into); err != nil {
		b.t.Fatal(err)
	}
	return into
}

func requestID() string { return "request-" + uid.New[uid.Org]().String() }

// fullEvent fills every field of the request that creates an event.
func fullEvent(org uid.Org) *catalogv1.CreateEventRequest {
	day := time.Now().AddDate(0, 2, 0).Format("2006-01-02")
	return &catalogv1.CreateEventRequest{
		OrgId: org.String(), RequestId: requestID(), Places: 30,
		Details: &catalogv1.EventDetails{
			Title: "Launch", Slug: "the-launch", Summary: "S", Description: "Hello **all** <script>", Mode: catalogv1.EventMode_EVENT_MODE_HYBRID,
			Venue: "Stadium", Address: "1 Road", City: "Cardiff", Country: "Wales", JoinAddress: "https://meet.example.org/secret",
			JoinOpensMinutes: 20, Topic: "trade", Languages: "EN,CY", Website: "https://example.org", CodeOfConductUrl: "https://example.org/coc",
			CallUrl: "https://example.org/cfp", CallClosesOn: "2027-01-31", Visibility: catalogv1.Visibility_VISIBILITY_PUBLIC,
			RegistrationMode:        catalogv1.RegistrationMode_REGISTRATION_MODE_APPROVAL,
			RegistrationClosesLocal: day, GoodToKnow: "Ring.\nWait.",
		},
		Schedule: &catalogv1.Schedule{StartsLocal: day + "T18:30", EndsLocal: day + "T19:30", Timezone: "Asia/Tokyo"},
	}
}

func (b *bench) createEvent(as caller, req *catalogv1.CreateEventRequest) *catalogv1.Event {
	b.t.Helper()
	return ask(b, as, catalogv1connect.EventServiceCreateEventProcedure, req, &catalogv1.CreateEventResponse{}).GetEvent()
}

func (b *bench) publishEvent(as caller, e *catalogv1.Event) *catalogv1.Event {
	b.t.Helper()
	req := &catalogv1.PublishEventRequest{OrgId: e.GetOrgId(), RequestId: requestID(), EventId: e.GetId(), Version: e.GetVersion()}
	return ask(b, as, catalogv1connect.EventServicePublishEventProcedure, req, &catalogv1.PublishEventResponse{}).GetEvent()
}

func TestEvents_EveryFieldComesBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	req := fullEvent(org)
	for i := range req.GetDetails().ProtoReflect().Descriptor().Fields().Len() {
		if f := req.GetDetails().ProtoReflect().Descriptor().Fields().Get(i); !req.GetDetails().ProtoReflect().Has(f) {
			t.Errorf("the test leaves out %s", f.Name())
		}
	}
	e := b.createEvent(owner, req)
	if diff := cmp.Diff(req.GetDetails(), e.GetDetails(), protocmp.Transform()); diff != "" {
		t.Errorf("details (-sent +got):\n%s", diff)
	}
	instants := protocmp.IgnoreFields(&catalogv1.Schedule{}, "starts_at", "ends_at")
	if diff := cmp.Diff(req.GetSchedule(), e.GetSchedule(), protocmp.Transform(), instants); diff != "" {
		t.Errorf("schedule (-sent +got):\n%s", diff)
	}
	if got := e.GetSchedule().GetStartsAt().AsTime().Format("15:04"); got != "09:30" {
		t.Errorf("half past six in Tokyo is %s UTC", got)
	}
	if e.GetPublicUrl() != "http://lanyard.example/o/medilink/the-launch" || len(e.GetSessions()) != 1 ||
		e.GetState() != catalogv1.EventState_EVENT_STATE_DRAFT || e.GetVersion() != 1 {
		t.Errorf("got %v", e)
	}
	get := &catalogv1.GetEventRequest{OrgId: org.String(), EventId: e.GetId()}
	got := ask(b, owner, catalogv1connect.EventServiceGetEventProcedure, get, &catalogv1.GetEventResponse{}).GetEvent()
	if diff := cmp.Diff(e, got, protocmp.Transform()); diff != "" {
		t.Errorf("(-created +got):\n%s", diff)
	}
}

func TestEvents_TheMaskLimitsAnUpdate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	e := b.createEvent(owner, fullEvent(org))
	details := proto.CloneOf(e.GetDetails())
	details.Title, details.City = "Other", "Swansea"
	req := &catalogv1.UpdateEventRequest{
		OrgId: org.String(), RequestId: requestID(), EventId: e.GetId(), Version: 1, Details: details,
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"city"}},
	}
	procedure := catalogv1connect.EventServiceUpdateEventProcedure
	got := ask(b, owner, procedure, req, &catalogv1.UpdateEventResponse{}).GetEvent()
	want := proto.CloneOf(e)
	want.Details.City, want.Version = "Swansea", 2
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	req.RequestId = requestID()
	a := b.call(owner, procedure, req)
	b.want(a, "aborted", policyv1.Reason_REASON_STALE_VERSION)
	if paths := violated(a); !cmp.Equal(paths, []string{"version version.stale"}) {
		t.Errorf("a stale edit names %v", paths)
	}
}

func violated(a answer) (out []string) {
	for _, v := range a.problem.GetViolations() {
		out = append(out, v.GetPath()+" "+v.GetRuleId())
	}
	return out
}

// What the domain refuses names fields as the request spells them.
func TestEvents_RefusalsNameTheRequestsFields(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	e := b.createEvent(owner, fullEvent(org))
	gap := &catalogv1.Schedule{StartsLocal: "2027-03-28T01:30", EndsLocal: "2027-03-28T03:00", Timezone: "Europe/London"}
	create := fullEvent(org)
	create.Schedule, create.Details.RegistrationClosesLocal, create.Details.Slug = gap, "2027-02-30", ""
	move := &catalogv1.MoveEventRequest{OrgId: org.String(), RequestId: requestID(), EventId: e.GetId(), Version: 1, Schedule: proto.CloneOf(e.GetSchedule())}
	move.Schedule.StartsLocal, move.Schedule.StartsAt, move.Schedule.EndsAt = "2020-01-01T10:00", nil, nil
	past := proto.CloneOf(move)
	past.Schedule.EndsLocal = "2020-01-01T11:00"
	session := &catalogv1.CreateSessionRequest{OrgId: org.String(), RequestId: requestID(), EventId: e.GetId(), Details: &catalogv1.SessionDetails{Schedule: gap}}
	clone := &catalogv1.CloneEventRequest{OrgId: org.String(), RequestId: requestID(), EventId: e.GetId(), Title: "Copy", StartsLocal: "2027-11-31T10:00"}
	imp := &catalogv1.ImportEventsRequest{OrgId: org.String(), RequestId: requestID(), Csv: []byte("title\n")}
	for _, c := range []struct {
		procedure string
		req       proto.Message
		want      []string
	}{
		{catalogv1connect.EventServiceCreateEventProcedure, create,
			[]string{"schedule.starts_local schedule.gap", "details.registration_closes_local schedule.form"}},
		{catalogv1connect.EventServiceMoveEventProcedure, move, []string{"schedule.ends_local schedule.too_long"}},
		{catalogv1connect.EventServiceMoveEventProcedure, past, []string{"schedule.starts_local schedule.past"}},
		{catalogv1connect.EventServiceCreateSessionProcedure, session, []string{"details.schedule.starts_local schedule.gap"}},
		{catalogv1connect.EventServiceCloneEventProcedure, clone, []string{"starts_local schedule.form"}},
		{catalogv1connect.EventServiceImportEventsProcedure, imp, []string{"csv csv.column"}},
	} {
		a := b.call(owner, c.procedure, c.req)
		b.want(a, "invalid_argument", policyv1.Reason_REASON_INVALID_INPUT)
		if diff := cmp.Diff(c.want, violated(a)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.procedure, diff)
		}
		for _, path := range violated(a) {
			name, _, _ := strings.Cut(path, " ")
			if !hasPath(c.req.ProtoReflect().Descriptor(), name) {
				t.Errorf("%s: %s is no field of the request", c.procedure, name)
			}
		}
	}
}

func hasPath(d protoreflect.MessageDescriptor, path string) bool {
	name, rest, more := strings.Cut(path, ".")
	f := d.Fields().ByName(protoreflect.Name(name))
	return f != nil && (!more || f.Message() != nil && hasPath(f.Message(), rest))
}

func TestEvents_StepsAndSessionsThroughTheContract(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	e := b.publishEvent(owner, b.createEvent(owner, fullEvent(org)))
	which := func() (string, string, string, int64) { return org.String(), requestID(), e.GetId(), e.GetVersion() }

	o, r, id, v := which()
	e = ask(b, owner, catalogv1connect.EventServiceCloseSalesProcedure,
		&catalogv1.CloseSalesRequest{OrgId: o, RequestId: r, EventId: id, Version: v}, &catalogv1.CloseSalesResponse{}).GetEvent()
	o, r, id, v = which()
	e = ask(b, owner, catalogv1connect.EventServiceReopenSalesProcedure,
		&catalogv1.ReopenSalesRequest{OrgId: o, RequestId: r, EventId: id, Version: v}, &catalogv1.ReopenSalesResponse{}).GetEvent()
	o, r, id, _ = which()
	details := &catalogv1.SessionDetails{Title: "Second", Place: "Room 2", Schedule: proto.CloneOf(e.GetSchedule())}
	details.Schedule.StartsAt, details.Schedule.EndsAt = nil, nil
	added := ask(b, owner, catalogv1connect.EventServiceCreateSessionProcedure,
		&catalogv1.CreateSessionRequest{OrgId: o, RequestId: r, EventId: id, Details: details}, &catalogv1.CreateSessionResponse{})
	o, r, id, _ = which()
	details.Title = "Third"
	e = ask(b, owner, catalogv1connect.EventServiceUpdateSessionProcedure,
		&catalogv1.UpdateSessionRequest{OrgId: o, RequestId: r, EventId: id, SessionId: added.GetSessionId(), Version: 1, Details: details},
		&catalogv1.UpdateSessionResponse{}).GetEvent()
	if len(e.GetSessions()) != 2 || e.GetSessions()[1].GetTitle() != "Third" || e.GetSessions()[1].GetVersion() != 2 {
		t.Errorf("sessions are %v", e.GetSessions())
	}
	o, r, id, _ = which()
	e = ask(b, owner, catalogv1connect.EventServiceCancelSessionProcedure,
		&catalogv1.CancelSessionRequest{OrgId: o, RequestId: r, EventId: id, SessionId: added.GetSessionId(), Version: 2},
		&catalogv1.CancelSessionResponse{}).GetEvent()
	if !e.GetSessions()[1].GetCancelled() {
		t.Errorf("sessions are %v", e.GetSessions())
	}
	o, r, id, v = which()
	e = ask(b, owner, catalogv1connect.EventServicePostponeEventProcedure,
		&catalogv1.PostponeEventRequest{OrgId: o, RequestId: r, EventId: id, Version: v, Reason: "Strikes"}, &catalogv1.PostponeEventResponse{}).GetEvent()
	if e.GetState() != catalogv1.EventState_EVENT_STATE_POSTPONED || e.GetStateReason() != "Strikes" {
		t.Errorf("postponed, it is %v", e)
	}
	o, r, id, v = which()
	e = ask(b, owner, catalogv1connect.EventServiceCancelEventProcedure,
		&catalogv1.CancelEventRequest{OrgId: o, RequestId: r, EventId: id, Version: v, Reason: "No money"}, &catalogv1.CancelEventResponse{}).GetEvent()
	o, r, id, v = which()
	e = ask(b, owner, catalogv1connect.EventServiceArchiveEventProcedure,
		&catalogv1.ArchiveEventRequest{OrgId: o, RequestId: r, EventId: id, Version: v}, &catalogv1.ArchiveEventResponse{}).GetEvent()
	if e.GetState() != catalogv1.EventState_EVENT_STATE_ARCHIVED {
		t.Errorf("in the end it is %s", e.GetState())
	}
}

func TestEvents_AListShowsLimitedMembersTheirsOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	mine := b.event(org, "Mine")
	b.event(org, "Other")
	limited := b.member(org, "door", account.RoleCheckIn, mine)
	req := &catalogv1.ListEventsRequest{OrgId: org.String()}
	for who, want := range map[*caller]int{&owner: 2, &limited: 1} {
		got := ask(b, *who, catalogv1connect.EventServiceListEventsProcedure, req, &catalogv1.ListEventsResponse{}).GetEvents()
		if len(got) != want || want == 1 && got[0].GetId() != mine.String() {
			t.Errorf("%s sees %d events, want %d", who.name, len(got), want)
		}
	}
}

func TestProgramme_IsPagedAndKeepsSecrets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	for i := range 5 {
		req := fullEvent(org)
		req.Details.Slug = fmt.Sprintf("launch-%d", i)
		b.publishEvent(owner, b.createEvent(owner, req))
	}
	var slugs []string
	req := &catalogv1.ListProgrammeRequest{OrgSlug: "medilink", Query: "laun card", PlacesLeft: true, PageSize: 2}
	for {
		res := ask(b, caller{}, catalogv1connect.ProgrammeServiceListProgrammeProcedure, req, &catalogv1.ListProgrammeResponse{})
		for _, e := range res.GetEvents() {
			slugs = append(slugs, e.GetSlug())
		}
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"launch-0", "launch-1", "launch-2", "launch-3", "launch-4"}, slugs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	req.PageToken = "eyJub3QiOiJvdXJzIn0"
	b.want(b.call(caller{}, catalogv1connect.ProgrammeServiceListProgrammeProcedure, req), "invalid_argument", policyv1.Reason_REASON_INVALID_INPUT)

	get := &catalogv1.GetProgrammeEventRequest{OrgSlug: "medilink", EventSlug: "launch-3"}
	a := b.call(caller{}, catalogv1connect.ProgrammeServiceGetProgrammeEventProcedure, get)
	e := ask(b, caller{}, catalogv1connect.ProgrammeServiceGetProgrammeEventProcedure, get, &catalogv1.GetProgrammeEventResponse{}).GetEvent()
	if strings.Contains(string(a.body), "meet.example.org") {
		t.Errorf("the page tells the meeting's address: %s", a.body)
	}
	if e.GetDescriptionHtml() != "<p>Hello <strong>all</strong> </p>\n" || len(e.GetSessions()) != 1 || !e.GetPlacesLeft() ||
		e.GetPublicUrl() != "http://lanyard.example/o/medilink/launch-3" {
		t.Errorf("got %v", e)
	}
}

func TestImportEvents_ReportsRowByRow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	req := &catalogv1.ImportEventsRequest{OrgId: org.String(), RequestId: requestID(), Publish: true, Csv: []byte(
		"external_id,title,mode,starts_on,ends_on,timezone\n" +
			"a,Expo,in_person,2027-05-03,2027-05-05,Europe/London\n" +
			"b,Fair,in_person,2027-05-03,2027-05-01,Europe/London\n")}
	got := ask(b, owner, catalogv1connect.EventServiceImportEventsProcedure, req, &catalogv1.ImportEventsResponse{})
	want := &catalogv1.ImportEventsResponse{
		Created: 1, Refused: 1, Written: true,
		Rows: []*catalogv1.ImportRow{
			{Line: 2, ExternalId: "a", Title: "Expo", Outcome: catalogv1.ImportOutcome_IMPORT_OUTCOME_CREATED},
			{Line: 3, ExternalId: "b", Title: "Fair", Outcome: catalogv1.ImportOutcome_IMPORT_OUTCOME_REFUSED,
				Problems: []*catalogv1.ImportProblem{{Column: "ends_on", Message: "is before the start"}}},
		},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every value of the contract's enums, except the zero one, has its word in the
// domain, and back.
func TestCatalogWords_AreComplete(t *testing.T) {
	t.Parallel()
	complete(t, modes)
	complete(t, eventStates)
	complete(t, visibilities)
	complete(t, registrationModes)
	complete(t, importOutcomes)
}

func complete[D ~string, M interface {
	comparable
	protoreflect.Enum
}](t *testing.T, w words[D, M]) {
	t.Helper()
	var zero M
	values := zero.Descriptor().Values()
	if len(w) != values.Len()-1 {
		t.Errorf("%s has %d values and %d words", zero.Descriptor().Name(), values.Len()-1, len(w))
	}
	for d, m := range w {
		if w.domain(m) != d || w.message(d) != m || m == zero {
			t.Errorf("%s: %q and %v do not lead to each other", zero.Descriptor().Name(), d, m)
		}
	}
}

package rpc

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	accountv1 "lanyard/gen/lanyard/account/v1"
	"lanyard/gen/lanyard/account/v1/accountv1connect"
	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/limit"
	"lanyard/internal/uid"
)

func TestServe_AClientOfTheContractGetsAnswersAndProblems(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	ctx, info := connect.NewClientContext(t.Context())
	info.RequestHeader().Set("Cookie", owner.cookie)
	client := accountv1connect.NewOrganisationServiceClient(http.DefaultClient, b.url+"/rpc")
	got, err := client.GetOrganisation(ctx, &accountv1.GetOrganisationRequest{OrgId: org.String()})
	if err != nil {
		t.Fatal(err)
	}
	want := &accountv1.Organisation{
		Id: org.String(), Slug: "medilink", Name: "medilink", Timezone: "Europe/London", ContactEmail: "events@example.org", Version: 1,
	}
	if diff := cmp.Diff(want, got.GetOrganisation(), protocmp.Transform()); diff != "" {
		t.Errorf("organisation (-want +got)\n%s", diff)
	}
	_, err = client.GetOrganisation(ctx, &accountv1.GetOrganisationRequest{OrgId: uid.New[uid.Org]().String()})
	if connect.CodeOf(err) != connect.CodeNotFound || ProblemOf(err).GetReason() != policyv1.Reason_REASON_NOT_FOUND || ProblemOf(err).GetRequestLogId() == "" {
		t.Errorf("error is %v with %v", err, ProblemOf(err))
	}
}

func TestServe_ARepeatedRequestGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	req := updateOrganisation(org)
	procedure := accountv1connect.OrganisationServiceUpdateOrganisationProcedure
	first, again := b.call(owner, procedure, req), b.call(owner, procedure, req)
	if first.code != "ok" || !bytes.Equal(compact(t, first.body), compact(t, again.body)) {
		t.Errorf("first %s\nagain %s", first.body, again.body)
	}
	req.Details.Name = "Another body"
	b.want(b.call(owner, procedure, req), "already_exists", policyv1.Reason_REASON_IDEMPOTENCY_MISMATCH)
	req = updateOrganisation(org) // a fresh id, and the version read before the first call
	b.want(b.call(owner, procedure, req), "aborted", policyv1.Reason_REASON_STALE_VERSION)
}

func TestServe_ViolationsNameFieldsInTheContractsSpelling(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	req := updateOrganisation(org)
	req.RequestId = "short"
	req.Details.ContactEmail, req.Details.Name, req.Details.Website = "nobody", "", "ftp://example.org"
	a := b.call(owner, accountv1connect.OrganisationServiceUpdateOrganisationProcedure, req)
	b.want(a, "invalid_argument", policyv1.Reason_REASON_INVALID_INPUT)
	got := map[string]string{}
	for _, v := range a.problem.GetViolations() {
		got[v.GetPath()] = v.GetRuleId()
	}
	want := map[string]string{
		"request_id": "string.pattern", "details.name": "required",
		"details.contact_email": "string.email", "details.website": "string.pattern",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got)\n%s", diff)
	}
	if strings.Contains(a.message, "nobody") {
		t.Errorf("the message repeats the input: %q", a.message)
	}
}

// A5: a member without the role is denied, and the organisation's log says so.
func TestPolicy_A5_ADeniedCallIsRecorded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	reviewer := b.member(org, "rev", account.RoleReviewer)
	procedure := accountv1connect.OrganisationServiceUpdateOrganisationProcedure
	b.want(b.call(reviewer, procedure, updateOrganisation(org)), "permission_denied", policyv1.Reason_REASON_NOT_ALLOWED)

	entries, _, err := b.accounts.Audit(t.Context(), account.AuditQuery{Org: org, Subject: procedure, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Action != "rpc.denied" || entries[0].Actor != reviewer.actor.ID() {
		t.Errorf("log says %+v", entries)
	}
	if a := b.call(owner, procedure, updateOrganisation(org)); a.code != "ok" {
		t.Errorf("the owner gets %s %s", a.code, a.message)
	}
}

// A60: the role is taken away in another tab; this tab's next call fails. The
// table is changed by hand, because UpdateMember would end the sign-in as well.
func TestPolicy_A60_RolesAreReadWithEveryCall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	procedure := accountv1connect.AuditServiceListAuditEntriesProcedure
	req := &accountv1.ListAuditEntriesRequest{OrgId: org.String()}
	if a := b.call(owner, procedure, req); a.code != "ok" {
		t.Fatalf("the owner gets %s", a.code)
	}
	if _, err := b.db.Pool().Exec(t.Context(), "UPDATE member SET role = 'organiser'"); err != nil {
		t.Fatal(err)
	}
	b.want(b.call(owner, procedure, req), "permission_denied", policyv1.Reason_REASON_NOT_ALLOWED)
	if _, err := b.db.Pool().Exec(t.Context(), "DELETE FROM member"); err != nil {
		t.Fatal(err)
	}
	b.want(b.call(owner, procedure, req), "not_found", policyv1.Reason_REASON_NOT_FOUND)
}

// A26, at the edge: a change of role through the front door ends the session.
func TestPolicy_A26_AfterAChangeOfRoleTheOldCookieIsNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	member := b.member(org, "mem", account.RoleOrganiser)
	a := b.call(owner, accountv1connect.TeamServiceUpdateMemberProcedure, &accountv1.UpdateMemberRequest{
		OrgId: org.String(), RequestId: "request-id-000001", PersonId: member.actor.ID(), Role: policyv1.Role_ROLE_CHECK_IN, Version: 1,
	})
	if a.code != "ok" {
		t.Fatalf("the owner gets %s %s", a.code, a.message)
	}
	b.want(b.call(member, accountv1connect.AccountServiceGetMeProcedure, &accountv1.GetMeRequest{}), "unauthenticated", policyv1.Reason_REASON_SIGN_IN_REQUIRED)
}

// A7: odd JSON is refused before it reaches anything.
func TestServe_A7_OddJSONIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	id := `"orgId":"` + org.String() + `"`
	for name, body := range map[string]string{
		"unknown field":  `{` + id + `,"priceMinor":1}`,
		"duplicate key":  `{` + id + `,` + id + `}`,
		"deep nesting":   strings.Repeat(`{"orgId":`, 10_000) + strings.Repeat(`}`, 10_000),
		"deep array":     strings.Repeat(`[`, 100_000),
		"wrong type":     `{"orgId":{"a":1}}`,
		"no JSON":        `org_id=1`,
		"empty":          ``,
		"two values":     `{` + id + `}{}`,
		"broken unicode": "{\"orgId\":\"\xff\"}",
	} {
		a := b.post(owner, accountv1connect.OrganisationServiceGetOrganisationProcedure, body)
		if a.status != http.StatusBadRequest || a.code != "invalid_argument" {
			t.Errorf("%s: answer is %d %s %s", name, a.status, a.code, a.message)
		}
	}
	if a := b.post(owner, accountv1connect.OrganisationServiceGetOrganisationProcedure, `{`+id+`}`); a.code != "ok" {
		t.Errorf("the control gets %d %s", a.status, a.code)
	}
}

func TestServe_ABodyHasALimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	req := updateOrganisation(org)
	req.Details.About = strings.Repeat("x", maxBody)
	if a := b.call(owner, accountv1connect.OrganisationServiceUpdateOrganisationProcedure, req); a.code != "resource_exhausted" {
		t.Errorf("answer is %d %s", a.status, a.code)
	}
}

func TestServe_WhoMustSignInIsTurnedAwayBeforeTheBodyIsRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.post(caller{}, accountv1connect.OrganisationServiceGetOrganisationProcedure, "not even JSON")
	b.want(a, "unauthenticated", policyv1.Reason_REASON_SIGN_IN_REQUIRED)
}

func TestServe_OnlyConnectRequestsCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, owner := b.organisation("medilink")
	me := accountv1connect.AccountServiceGetMeProcedure
	tests := []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"as it should be", func(*http.Request) {}, http.StatusOK},
		{"no protocol header", func(r *http.Request) { r.Header.Del("Connect-Protocol-Version") }, http.StatusBadRequest},
		{"form", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, http.StatusUnsupportedMediaType},
		{"text", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, http.StatusUnsupportedMediaType},
		{"no type", func(r *http.Request) { r.Header.Del("Content-Type") }, http.StatusUnsupportedMediaType},
		{"PUT", func(r *http.Request) { r.Method = http.MethodPut }, http.StatusMethodNotAllowed},
	}
	for _, tt := range tests {
		if a := b.post(owner, me, "{}", tt.change); a.status != tt.status {
			t.Errorf("%s: status is %d, want %d", tt.name, a.status, tt.status)
		}
	}
	if a := b.post(owner, "/lanyard.account.v1.AccountService/Nothing", "{}"); a.code != "unimplemented" {
		t.Errorf("an unknown method: %d %s", a.status, a.code)
	}
}

// A31, and more: GET is for public reads. Reads that need a cookie cannot be
// fetched by a link either.
func TestServe_A31_GETIsForPublicReadsOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	for procedure, route := range b.server.routes {
		query := `?encoding=json&connect=v1&message=` + `{"orgId":"` + org.String() + `"}`
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/rpc"+procedure+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		refused := b.do(owner, r).status == http.StatusMethodNotAllowed
		if open := route.public() && route.readOnly; refused == open {
			t.Errorf("GET %s: refused %v, want %v", procedure, refused, !open)
		}
	}
}

func TestServe_WhoAsksTooOftenHearsHowLongToWait(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) {
		d.Limits = limit.New(limit.Options{Budgets: map[limit.Class]limit.Budget{limit.Team: {PerSecond: 0.001, Burst: 3}}})
	})
	_, owner := b.organisation("medilink")
	_, other := b.organisation("other")
	me := accountv1connect.AccountServiceGetMeProcedure
	for range 3 {
		if a := b.post(owner, me, "{}"); a.code != "ok" {
			t.Fatalf("within the budget: %s", a.code)
		}
	}
	a := b.post(owner, me, "{}")
	b.want(a, "resource_exhausted", policyv1.Reason_REASON_RATE_LIMITED)
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" || a.problem.GetRetryAfterMs() < 1000 {
		t.Errorf("answer is %d %v %v", a.status, a.header, a.problem)
	}
	if a := b.post(other, me, "{}"); a.code != "ok" {
		t.Errorf("somebody else is held back as well: %s", a.code)
	}
}

// A53, A54: what people typed is in no log line, and what broke is in no answer.
func TestServe_A53_A54_LogsAndAnswersKeepTheirSides(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	b.call(owner, accountv1connect.OrganisationServiceUpdateOrganisationProcedure, updateOrganisation(org))
	bad := updateOrganisation(org)
	bad.Details.ContactEmail = "canary and more"
	b.call(owner, accountv1connect.OrganisationServiceUpdateOrganisationProcedure, bad)

	if _, err := b.db.Pool().Exec(t.Context(), "ALTER TABLE organisation RENAME COLUMN about TO gone"); err != nil {
		t.Fatal(err)
	}
	a := b.call(owner, accountv1connect.OrganisationServiceGetOrganisationProcedure, &accountv1.GetOrganisationRequest{OrgId: org.String()})
	if a.code != "internal" || a.message != "internal error" || strings.Contains(string(a.body), "about") {
		t.Errorf("answer is %s", a.body)
	}
	lines := strings.Split(strings.TrimSpace(b.log.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d log lines for three calls:\n%s", len(lines), b.log)
	}
	if strings.Contains(b.log.String(), "canary") || strings.Contains(b.log.String(), owner.cookie) {
		t.Errorf("personal data in the log:\n%s", b.log)
	}
	for _, want := range []string{"level=ERROR", `column \"about\" does not exist`, "log_id=" + a.problem.GetRequestLogId()} {
		if !strings.Contains(lines[2], want) {
			t.Errorf("%q is not in %s", want, lines[2])
		}
	}
}

func TestServe_ACallerWhoLeavesIsNoError(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.direct(ctx, t, owner, accountv1connect.OrganisationServiceGetOrganisationProcedure, `{"orgId":"`+org.String()+`"}`)
	if line := b.log.String(); !strings.Contains(line, "code=canceled") || !strings.Contains(line, "level=INFO") {
		t.Errorf("log line is %s", line)
	}
}

// The database ends every connection of the pool while a read asks for one.
func TestServe_ADatabaseThatIsGoneIsUnavailable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org, owner := b.organisation("medilink")
	if _, err := b.db.Pool().Exec(t.Context(), sqlFatalTable); err != nil {
		t.Fatal(err)
	}
	w := b.direct(t.Context(), t, owner, accountv1connect.OrganisationServiceGetOrganisationProcedure, `{"orgId":"`+org.String()+`"}`)
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"unavailable"`) {
		t.Errorf("answer is %d %s", w.Code, w.Body)
	}
	if line := b.log.String(); !strings.Contains(line, "level=WARN") || !strings.Contains(line, "reason=UNAVAILABLE") || !strings.Contains(line, "terminating connection") {
		t.Errorf("log line is %s", line)
	}
}

// sqlFatalTable puts a view in the place of the table whose every read ends the
// connection that asks.
const sqlFatalTable = `
ALTER TABLE organisation RENAME TO organisation_kept;
CREATE VIEW organisation AS
  SELECT o.* FROM organisation_kept o WHERE pg_terminate_backend(pg_backend_pid())`

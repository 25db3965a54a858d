package rpc

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	accountv1 "lanyard/gen/lanyard/account/v1"
	"lanyard/gen/lanyard/account/v1/accountv1connect"
	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/clock"
	"lanyard/internal/export"
	"lanyard/internal/inventory"
	"lanyard/internal/limit"
	"lanyard/internal/link"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// bench is a server on a database of its own, reached over HTTP with cookies as
// browsers have them.
type bench struct {
	t        testing.TB
	db       *pg.DB
	accounts *account.Service
	server   *Server
	url      string
	log      *bytes.Buffer
}

func setup(t testing.TB, change ...func(*Deps)) *bench {
	t.Helper()
	b := &bench{t: t, db: pgtest.New(t), log: &bytes.Buffer{}}
	b.accounts = account.New(b.db, account.Options{})
	d := testDeps(t, b.db, b.accounts)
	d.Logger = slog.New(slog.NewTextHandler(b.log, nil))
	for _, c := range change {
		c(&d)
	}
	var err error
	if b.server, err = New(d); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(Prefix, b.accounts.Authenticate(b.server))
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	b.url = web.URL
	return b
}

// testDeps are all domains on one database, so that everything is served.
func testDeps(t testing.TB, db *pg.DB, accounts *account.Service) Deps {
	t.Helper()
	box, err := outbox.NewBox(db.Pool())
	if err != nil {
		t.Fatal(err)
	}
	d := Deps{
		Account: accounts, Catalog: catalog.New(db, box, clock.System), Inventory: inventory.New(db),
		BaseURL: &url.URL{Scheme: "http", Host: "lanyard.example"},
	}
	d.Booking = booking.New(db, box, d.Inventory, d.Catalog, link.NewKeys([32]byte{1}))
	d.Export = export.New(db, d.Catalog, d.Booking)
	booking.Wire(d.Catalog, d.Inventory, d.Booking)
	return d
}

// caller is somebody with a browser; the zero caller is nobody.
type caller struct {
	name   string
	cookie string
	actor  account.Actor
}

// person makes somebody who is signed in.
func (b *bench) person(name string) caller {
	b.t.Helper()
	p, err := b.accounts.EnsurePerson(b.t.Context(), name+"@example.org", name)
	if err != nil {
		b.t.Fatal(err)
	}
	link, err := b.accounts.MakeSetupLink(b.t.Context(), p.ID, time.Hour)
	if err != nil {
		b.t.Fatal(err)
	}
	spent, err := b.accounts.SpendSetup(b.t.Context(), link, "", "", "test")
	if err != nil {
		b.t.Fatal(err)
	}
	return caller{name: name, cookie: "sid=" + spent.Session, actor: account.PersonActor(p.ID)}
}

func (b *bench) organisation(slug string) (uid.Org, caller) {
	b.t.Helper()
	owner := b.person("owner-" + slug)
	o, err := b.accounts.CreateOrganisation(b.t.Context(), owner.actor, replay.Key{}, account.OrganisationDetails{
		Slug: slug, Name: slug, Timezone: "Europe/London", ContactEmail: "events@example.org",
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return o.ID, owner
}

func (b *bench) member(org uid.Org, name string, role account.Role, events ...uid.Event) caller {
	b.t.Helper()
	c := b.person(name)
	err := b.accounts.AddMember(b.t.Context(), account.CommandLine, org, c.actor.Person, account.Place{Role: role, Events: events})
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// answer is what a client sees of an answer.
type answer struct {
	status  int
	header  http.Header
	code    string // Connect's word; "ok" when there was no error
	message string
	problem *policyv1.Problem
	body    []byte
}

// post calls a procedure with a body as it is.
func (b *bench) post(as caller, procedure, body string, change ...func(*http.Request)) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/rpc"+procedure, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Connect-Protocol-Version", "1")
	return b.do(as, r, change...)
}

func (b *bench) do(as caller, r *http.Request, change ...func(*http.Request)) answer {
	b.t.Helper()
	if as.cookie != "" {
		r.Header.Set("Cookie", as.cookie)
	}
	for _, c := range change {
		c(r)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header, code: "ok"}
	if a.body, err = io.ReadAll(res.Body); err != nil {
		b.t.Fatal(err)
	}
	if a.status == http.StatusOK {
		return a
	}
	var wire struct {
		Code, Message string
		Details       []struct{ Type, Value string }
	}
	if err := json.Unmarshal(a.body, &wire); err != nil {
		a.code = "" // no Connect answer at all
		return a
	}
	a.code, a.message = wire.Code, wire.Message
	for _, d := range wire.Details {
		if d.Type == "lanyard.policy.v1.Problem" {
			a.problem = readProblem(b.t, d.Value)
		}
	}
	return a
}

// call calls a procedure with a message.
func (b *bench) call(as caller, procedure string, req proto.Message) answer {
	b.t.Helper()
	body, err := protojson.Marshal(req)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.post(as, procedure, string(body))
}

func readProblem(t testing.TB, value string) *policyv1.Problem {
	t.Helper()
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
	p := &policyv1.Problem{}
	if err == nil {
		err = proto.Unmarshal(raw, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func compact(t testing.TB, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, body); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (b *bench) want(a answer, code string, reason policyv1.Reason) {
	b.t.Helper()
	if a.code != code || a.problem.GetReason() != reason {
		b.t.Errorf("answer is %d %s %q %v, want %s with %s", a.status, a.code, a.message, a.problem, code, reason)
	}
}

func updateOrganisation(org uid.Org) *accountv1.UpdateOrganisationRequest {
	return &accountv1.UpdateOrganisationRequest{
		OrgId: org.String(), RequestId: "request-" + strings.ToLower(uid.New[uid.Org]().String()), Version: 1,
		Details: &accountv1.OrganisationDetails{Name: "New", Slug: "new", Timezone: "UTC", ContactEmail: "canary@example.org"},
	}
}

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
		OrgId: org.String(), RequestId: "request-id-000001", PersonId: member.actor.ID(), Role: policyv1.Role_ROLE_CHECK_IN,
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

// direct calls a procedure as the owner of a cookie, past the middleware.
func (b *bench) direct(ctx context.Context, t testing.TB, as caller, procedure, body string) *httptest.ResponseRecorder {
	t.Helper()
	actor, err := b.accounts.Actor(t.Context(), strings.TrimPrefix(as.cookie, "sid="))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/rpc"+procedure, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Connect-Protocol-Version", "1")
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r.WithContext(account.WithActor(ctx, actor)))
	return w
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

package rpc

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	accountv1 "lanyard/gen/lanyard/account/v1"
	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/account"
	"lanyard/internal/bank"
	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/checkin"
	"lanyard/internal/clock"
	"lanyard/internal/export"
	"lanyard/internal/inventory"
	"lanyard/internal/ledger"
	"lanyard/internal/link"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
	"lanyard/internal/reconcile"
	"lanyard/internal/replay"
	"lanyard/internal/report"
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
	gateway, err := stripegw.New(stripegw.Config{})
	if err != nil {
		t.Fatal(err)
	}
	books := ledger.New(db, box)
	d.Payment = payment.New(db, box, books, gateway, payment.Hooks{})
	d.Booking = booking.New(booking.Deps{
		DB: db, Box: box, Stock: d.Inventory, Events: d.Catalog, Books: books, Pay: d.Payment,
		Keys: link.NewKeys([32]byte{1}),
	})
	d.Report = report.New(db, books)
	d.Bank = bank.New(db, books, bank.Hooks{})
	d.Finance = reconcile.New(reconcile.Deps{DB: db, Books: books, Stripe: gateway, Key: make([]byte, 32)})
	d.Export = export.New(db, d.Catalog, d.Booking)
	booking.Wire(d.Catalog, d.Inventory, d.Booking)
	d.CheckIn = checkin.New(db, checkin.Deps{Accounts: accounts, Events: d.Catalog, Bookings: d.Booking})
	return d
}

// caller is somebody with a browser; the zero caller is nobody.
type caller struct {
	name   string
	cookie string
	token  string // of a tablet
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
	if as.token != "" {
		r.Header.Set("Authorization", "Bearer "+as.token)
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
	if r, ok := b.server.routes[procedure]; ok && r.streams {
		return b.stream(as, procedure, body)
	}
	return b.post(as, procedure, string(body))
}

// stream calls a procedure that answers with a stream, and gives the first
// message or the error that ended it, as if it were the whole answer.
func (b *bench) stream(as caller, procedure string, body []byte) answer {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	defer cancel()
	envelope := append([]byte{0, 0, 0, 0, 0}, body...)
	binary.BigEndian.PutUint32(envelope[1:], uint32(len(body)))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+"/rpc"+procedure, bytes.NewReader(envelope))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/connect+json")
	r.Header.Set("Connect-Protocol-Version", "1")
	if as.cookie != "" {
		r.Header.Set("Cookie", as.cookie)
	}
	if as.token != "" {
		r.Header.Set("Authorization", "Bearer "+as.token)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	var head [5]byte
	if _, err := io.ReadFull(res.Body, head[:]); err != nil {
		b.t.Fatalf("%s: status %d: %v", procedure, res.StatusCode, err)
	}
	a := answer{status: res.StatusCode, header: res.Header, code: "ok", body: make([]byte, binary.BigEndian.Uint32(head[1:]))}
	if _, err := io.ReadFull(res.Body, a.body); err != nil {
		b.t.Fatal(err)
	}
	if head[0]&2 == 0 {
		return a
	}
	var end struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal(a.body, &end); err != nil {
		b.t.Fatal(err)
	}
	a.code, a.message = end.Error.Code, end.Error.Message
	a.status = map[string]int{"unauthenticated": 401, "permission_denied": 403, "not_found": 404}[a.code] // what a unary answer has
	return a
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

// direct calls a procedure as the owner of a cookie, past the middleware.
func (b *bench) direct(ctx context.Context, t testing.TB, as caller, procedure, body string) *httptest.ResponseRecorder {
	t.Helper()
	return b.directly(account.WithActor(ctx, b.actor(t, as)), procedure, body)
}

// actor is who the owner of a cookie is now.
func (b *bench) actor(t testing.TB, as caller) account.Actor {
	t.Helper()
	actor, err := b.accounts.Actor(t.Context(), strings.TrimPrefix(as.cookie, "sid="))
	if err != nil {
		t.Fatal(err)
	}
	return actor
}

// directly is direct for whoever the context says.
func (b *bench) directly(ctx context.Context, procedure, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/rpc"+procedure, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Connect-Protocol-Version", "1")
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r.WithContext(ctx))
	return w
}

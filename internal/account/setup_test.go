package account_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/clock"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// world is one test's database with the service on top and a clock that moves
// when told to.
type world struct {
	t        *testing.T
	db       *pg.DB
	accounts *account.Service
	clk      *clock.Stepping
	outbox   chan account.SignInMail
	invited  chan account.InvitationMail
}

func setup(t *testing.T) *world {
	t.Helper()
	clk := clock.NewStepping(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	w := &world{
		t: t, clk: clk, db: pgtest.NewAt(t, clk.Now),
		outbox: make(chan account.SignInMail, 1000), invited: make(chan account.InvitationMail, 1000),
	}
	w.accounts = account.New(w.db, account.Options{Secure: true, Clock: clk.Now})
	w.accounts.Mail = func(_ context.Context, _ *pg.Tx, m account.SignInMail) error {
		w.outbox <- m
		return nil
	}
	w.accounts.MailInvitation = func(_ context.Context, _ *pg.Tx, m account.InvitationMail) error {
		w.invited <- m
		return nil
	}
	return w
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantReason(t *testing.T, err error, reason fault.Reason) {
	t.Helper()
	if !fault.Is(err, reason) {
		t.Errorf("error is %v, want a fault with reason %s", err, reason)
	}
}

func details(slug string) account.OrganisationDetails {
	return account.OrganisationDetails{
		Slug: slug, Name: "MediLink " + slug, Timezone: "Europe/London", ContactEmail: "events@example.org",
	}
}

// person makes somebody, as the command line does.
func (w *world) person(email string) account.Actor {
	w.t.Helper()
	p := must[account.Person](w.t)(w.accounts.EnsurePerson(w.t.Context(), email, "Person "+email))
	return w.actor(p.ID)
}

func (w *world) actor(id uid.Person) account.Actor {
	w.t.Helper()
	return must[account.Actor](w.t)(w.accounts.ActorOf(w.t.Context(), id))
}

// organisation makes an organisation and returns it with its owner.
func (w *world) organisation(slug string) (account.Organisation, account.Actor) {
	w.t.Helper()
	owner := w.person("owner-" + slug + "@example.org")
	o := must[account.Organisation](w.t)(w.accounts.CreateOrganisation(w.t.Context(), owner, replay.Key{}, details(slug)))
	return o, w.actor(owner.Person)
}

// member puts somebody on a team.
func (w *world) member(org uid.Org, email string, role account.Role, events ...uid.Event) account.Actor {
	w.t.Helper()
	p := w.person(email)
	err := w.accounts.AddMember(w.t.Context(), account.CommandLine, org, p.Person, account.Place{Role: role, Events: events})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.actor(p.Person)
}

// mail returns the next sign-in mail; the mail is written before the call that
// asks for it returns, so nothing is waited for.
func (w *world) mail() account.SignInMail {
	w.t.Helper()
	select {
	case m := <-w.outbox:
		return m
	default:
		w.t.Fatal("no mail was sent")
		return account.SignInMail{}
	}
}

// asked asks for a link and returns the browser's secret with the link.
func (w *world) asked(email string) (browser, link string) {
	w.t.Helper()
	browser = account.NewSecret()
	if err := w.accounts.RequestSignIn(w.t.Context(), email, browser, "/team"); err != nil {
		w.t.Fatal(err)
	}
	return browser, w.mail().Token
}

// signIn takes the whole way from the address to a session.
func (w *world) signIn(email string) string {
	w.t.Helper()
	browser, link := w.asked(email)
	return must[account.Spent](w.t)(w.accounts.SpendSignIn(w.t.Context(), link, browser, firefox)).Session
}

// whoIs is who a session belongs to, now.
func (w *world) whoIs(session string) account.Actor {
	w.t.Helper()
	return must[account.Actor](w.t)(w.accounts.Actor(w.t.Context(), session))
}

// actions lists what the log of org says, newest first.
func (w *world) actions(org uid.Org) []string {
	w.t.Helper()
	entries, _, err := w.accounts.Audit(w.t.Context(), account.AuditQuery{Org: org, Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.Action
	}
	return out
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// key makes a fresh request key of one caller.
func key(a account.Actor, body byte) replay.Key {
	return replay.Key{Scope: a.ID() + " test", RequestID: rand.Text(), Hash: [32]byte{body}}
}

var errOnPurpose = errors.New("on purpose")

func failInvitation(context.Context, *pg.Tx, account.InvitationMail) error { return errOnPurpose }

func failMail(context.Context, *pg.Tx, account.SignInMail) error { return errOnPurpose }

package catalog_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/catalog"
	"lanyard/internal/clock"
	"lanyard/internal/fault"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// noon is when the tests begin: a Monday in London's winter.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// world is a catalogue with one organisation, and its clock.
type world struct {
	t      testing.TB
	ctx    context.Context
	db     *pg.DB
	clock  *clock.Stepping
	events *catalog.Service
	actor  account.Actor
	org    uid.Org
	// places is what StockTx was asked for last.
	places int
	// copied is what CloneTx was told last.
	copied map[uid.Session]uid.Session
}

func setup(t testing.TB) *world {
	t.Helper()
	clk := clock.NewStepping(noon)
	w := &world{t: t, ctx: t.Context(), db: pgtest.NewAt(t, clk.Now), clock: clk}
	box, err := outbox.NewBox(w.db.Pool())
	w.must(err)
	w.events = catalog.New(w.db, box, clk.Now)
	w.events.StockTx = func(_ context.Context, _ *pg.Tx, _ account.Actor, _ catalog.Event, places int) error {
		w.places = places
		return nil
	}
	w.events.CloneTx = func(_ context.Context, _ *pg.Tx, _ account.Actor, _ uid.Org, _, _ uid.Event, sessions map[uid.Session]uid.Session) error {
		w.copied = sessions
		return nil
	}
	w.actor = account.PersonActor(uid.New[uid.Person]())
	w.org = w.organisation("bioriver", "BioRiver")
	return w
}

func (w *world) organisation(slug, name string) uid.Org {
	w.t.Helper()
	accounts := account.New(w.db, account.Options{Clock: w.clock.Now})
	p, err := accounts.EnsurePerson(w.ctx, "owner@example.org", "Olwen")
	w.must(err)
	o, err := accounts.CreateOrganisation(w.ctx, account.PersonActor(p.ID), replay.Key{}, account.OrganisationDetails{
		Slug: slug, Name: name, Timezone: "Europe/London", ContactEmail: "hello@example.org",
	})
	w.must(err)
	return o.ID
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// webinar is what most tests create: next Thursday evening in London.
func (w *world) webinar(change ...func(*catalog.CreateInput)) catalog.CreateInput {
	in := catalog.CreateInput{
		Org: w.org,
		Details: catalog.Details{
			Title: "AI Airlock launch", Summary: "The pilot and how to apply.", Mode: catalog.Online,
			JoinAddress: "https://meet.example.org/airlock", JoinOpensMinutes: 15, Topic: "digital-health",
			Visibility: catalog.Public, RegistrationMode: catalog.Open,
		},
		When:   catalog.When{StartsLocal: "2026-11-26T18:30", EndsLocal: "2026-11-26T19:30", Timezone: "Europe/London"},
		Places: 100,
	}
	for _, f := range change {
		f(&in)
	}
	return in
}

func (w *world) create(change ...func(*catalog.CreateInput)) catalog.Event {
	w.t.Helper()
	e, err := w.events.Create(w.ctx, w.actor, replay.Key{}, w.webinar(change...))
	w.must(err)
	return e
}

func (w *world) publish(e catalog.Event) catalog.Event {
	w.t.Helper()
	e, err := w.events.Publish(w.ctx, w.actor, replay.Key{}, which(e))
	w.must(err)
	return e
}

func which(e catalog.Event) catalog.Which {
	return catalog.Which{Org: e.Org, Event: e.ID, Version: e.Version}
}

// addSession adds a sitting on the given evening.
func (w *world) addSession(e catalog.Event, title, starts, ends string) catalog.Added {
	w.t.Helper()
	a, err := w.events.CreateSession(w.ctx, w.actor, replay.Key{}, catalog.SessionInput{
		Org: e.Org, Event: e.ID, Details: catalog.SessionDetails{Title: title},
		When: catalog.When{StartsLocal: starts, EndsLocal: ends, Timezone: e.Timezone},
	})
	w.must(err)
	return a
}

// unchanged fails the test unless the event is in the database as it was.
func (w *world) unchanged(want catalog.Event) {
	w.t.Helper()
	got, err := w.events.Get(w.ctx, want.Org, want.ID)
	w.must(err)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("the event changed (-want +got):\n%s", diff)
	}
}

type fact struct {
	Kind   string
	Detail json.RawMessage
}

// facts are the facts about a subject, oldest first.
func (w *world) facts(subject [16]byte) []fact {
	w.t.Helper()
	rows, err := w.db.Pool().Query(w.ctx, `SELECT kind, detail FROM fact WHERE subject = @subject ORDER BY id`,
		pgx.StrictNamedArgs{"subject": subject})
	w.must(err)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[fact])
	w.must(err)
	return list
}

func (w *world) kinds(subject [16]byte) []string {
	w.t.Helper()
	var out []string
	for _, f := range w.facts(subject) {
		out = append(out, f.Kind)
	}
	return out
}

// refused fails the test unless err is a fault with this reason, and returns
// "path rule" of each field it names.
func refused(t testing.TB, err error, reason fault.Reason) []string {
	t.Helper()
	f, ok := fault.As(err)
	if !ok || f.Reason != reason {
		t.Fatalf("got error %v, want reason %s", err, reason)
	}
	var out []string
	for _, x := range f.Fields {
		out = append(out, x.Path+" "+x.Rule)
	}
	return out
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// count is the number of rows of a table.
func (w *world) count(table string) int {
	w.t.Helper()
	var n int
	w.must(w.db.Pool().QueryRow(w.ctx, "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&n))
	return n
}

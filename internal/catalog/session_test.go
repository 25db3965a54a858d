package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// sitting is the input that leaves a session as it is.
func sitting(e catalog.Event, s catalog.Session) catalog.SessionInput {
	return catalog.SessionInput{
		Org: e.Org, Event: e.ID, Session: s.ID, Version: s.Version, Details: s.SessionDetails, When: s.When(),
	}
}

func (w *world) updateSession(e catalog.Event, i int, change func(*catalog.SessionInput)) (catalog.Event, error) {
	in := sitting(e, e.Sessions[i])
	change(&in)
	return w.events.UpdateSession(w.ctx, w.actor, replay.Key{}, in)
}

func TestSessions_DeriveTheEventsTimes(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.publish(w.create())
	spans := func(e catalog.Event, want string) {
		t.Helper()
		w.unchanged(e)
		got := e.StartsLocal.Format("02 15:04") + " to " + e.EndsLocal.Format("02 15:04")
		if got != want {
			t.Errorf("the event lasts from %s, want %s", got, want)
		}
		if e.RegistrationClosesAt != e.EndsAt {
			t.Errorf("registration closes at %s, want the end, %s", e.RegistrationClosesAt, e.EndsAt)
		}
	}
	before := w.addSession(e, "Before", "2026-11-25T09:00", "2026-11-25T10:00")
	e = before.Event
	spans(e, "25 09:00 to 26 19:30")
	if e.Sessions[0].ID != before.Session {
		t.Error("the earlier session does not come first")
	}
	e, err := w.updateSession(e, 1, func(in *catalog.SessionInput) { in.When.EndsLocal = "2026-11-27T01:00" })
	w.must(err)
	spans(e, "25 09:00 to 27 01:00")
	e, err = w.events.CancelSession(w.ctx, w.actor, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: 1}, before.Session)
	w.must(err)
	spans(e, "26 18:30 to 27 01:00")
}

func TestCreateSession_ARepeatNamesTheSameSession(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.create()
	in := sitting(e, e.Sessions[0])
	in.Details.Title = "Second"
	key := replay.Key{Scope: "test", RequestID: "0123456789abcdef"}
	first, err := w.events.CreateSession(w.ctx, w.actor, key, in)
	w.must(err)
	again, err := w.events.CreateSession(w.ctx, w.actor, key, in)
	w.must(err)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("(-first +again):\n%s", diff)
	}
	if len(again.Event.Sessions) != 2 || w.count("session") != 2 {
		t.Errorf("there are %d sessions, want 2", w.count("session"))
	}
}

func TestSessions_RefuseBadInputAndChangeNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.publish(w.course())
	first := e.Sessions[0]
	foreign := w.create().Sessions[0]
	type in = catalog.SessionInput
	update := func(change func(*in)) func() error {
		return func() error { _, err := w.updateSession(e, 0, change); return err }
	}
	add := func(change func(*in)) func() error {
		return func() error {
			i := sitting(e, first)
			change(&i)
			_, err := w.events.CreateSession(w.ctx, w.actor, replay.Key{}, i)
			return err
		}
	}
	for _, c := range []struct {
		name   string
		do     func() error
		reason fault.Reason
		want   []string
	}{
		{"a title with a line break", update(func(i *in) { i.Details.Title = "a\nb" }), fault.InvalidInput, []string{"details.title string.pattern"}},
		{"a meeting over http", update(func(i *in) { i.Details.JoinAddress = "http://x.example.org" }), fault.InvalidInput, []string{"details.join_address string.uri"}},
		{"the gap", update(func(i *in) { i.When.StartsLocal, i.When.EndsLocal = "2027-03-28T01:30", "2027-03-28T04:00" }),
			fault.InvalidInput, []string{"details.schedule.starts_local schedule.gap"}},
		{"the past", update(func(i *in) { i.When.StartsLocal = "2026-11-23T10:00" }), fault.InvalidInput, []string{"details.schedule.starts_local schedule.past"}},
		{"another zone", update(func(i *in) { i.When.Timezone = "Europe/Paris" }), fault.InvalidInput, []string{"details.schedule.timezone session.timezone"}},
		{"a new one in the past", add(func(i *in) { i.When.StartsLocal = "2026-11-23T10:00" }), fault.InvalidInput, []string{"details.schedule.starts_local schedule.past"}},
		{"a new one in another zone", add(func(i *in) { i.When.Timezone = "UTC" }), fault.InvalidInput, []string{"details.schedule.timezone session.timezone"}},
		{"a stale version", update(func(i *in) { i.Version = 7 }), fault.StaleVersion, []string{"version version.stale"}},
		{"another event's session", update(func(i *in) { i.Session = foreign.ID }), fault.NoSuchThing, nil},
		{"no session", update(func(i *in) { i.Session = uid.New[uid.Session]() }), fault.NoSuchThing, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, refused(t, c.do(), c.reason)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			w.unchanged(e)
		})
	}
}

func TestUpdateSession_TheOnlyOneMayChangeTheZone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.create()
	got, err := w.updateSession(e, 0, func(in *catalog.SessionInput) { in.When.Timezone = "America/New_York" })
	w.must(err)
	if got.Timezone != "America/New_York" || got.StartsAt != instant(t, "2026-11-26T23:30:00Z") {
		t.Errorf("got %s at %s", got.Timezone, got.StartsAt)
	}
}

func TestCancelSession_RefusesTheLastOneAndTheSameTwice(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.publish(w.course())
	cancel := func(i int) error {
		next, err := w.events.CancelSession(w.ctx, w.actor, replay.Key{},
			catalog.Which{Org: e.Org, Event: e.ID, Version: 1}, e.Sessions[i].ID)
		if err == nil {
			e = next
		}
		return err
	}
	w.must(cancel(0))
	if got := refused(t, cancel(0), fault.AlreadyCancelled); !cmp.Equal(got, []string{"session_id state.cancelled"}) {
		t.Errorf("the second time is refused with %v", got)
	}
	w.must(cancel(1))
	if got := refused(t, cancel(2), fault.WrongState); !cmp.Equal(got, []string{"session_id state.wrong"}) {
		t.Errorf("the last one is refused with %v", got)
	}
	w.unchanged(e)
	if got := w.kinds(e.Sessions[0].ID); !cmp.Equal(got, []string{catalog.FactSessionCancelled}) {
		t.Errorf("got facts %v", got)
	}
}

func TestUpdateSession_TellsWhatChanged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.publish(w.course())
	id := e.Sessions[0].ID
	e, err := w.updateSession(e, 0, func(in *catalog.SessionInput) {
		in.Details = catalog.SessionDetails{Title: "First", Place: "Room 2", JoinAddress: "https://meet.example.org/1"}
		in.When.StartsLocal, in.When.EndsLocal = "2027-03-18T17:00", "2027-03-18T18:00"
	})
	w.must(err)
	if e.Sessions[0].Version != 2 || e.Sessions[1].Version != 1 {
		t.Errorf("versions are %d and %d, want 2 and 1", e.Sessions[0].Version, e.Sessions[1].Version)
	}
	facts := w.facts(id)
	if len(facts) != 2 || facts[0].Kind != catalog.FactSessionMoved || facts[1].Kind != catalog.FactSessionChanged {
		t.Fatalf("got facts %v", facts)
	}
	moved := `{"note": "", "before": {"starts_at": "2027-03-18T18:00:00Z", "ends_at": "2027-03-18T19:00:00Z", "timezone": "Europe/London"}}`
	changed := `{"changed": ["title", "place", "join_address"], "notify": true, "before": {"title": "", "place": ""}}`
	for i, want := range []string{moved, changed} {
		if diff := cmp.Diff(decode(t, want), decode(t, string(facts[i].Detail))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", facts[i].Kind, diff)
		}
	}
}

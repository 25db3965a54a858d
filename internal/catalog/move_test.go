package catalog_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
)

func (w *world) move(e catalog.Event, starts, ends string, change ...func(*catalog.MoveInput)) (catalog.Event, error) {
	in := catalog.MoveInput{Org: e.Org, Event: e.ID, Version: e.Version, When: e.When()}
	in.When.StartsLocal, in.When.EndsLocal = starts, ends
	for _, f := range change {
		f(&in)
	}
	return w.events.Move(w.ctx, w.actor, replay.Key{}, in)
}

// course has three sittings, one per week across the change of the clocks in March.
func (w *world) course() catalog.Event {
	w.t.Helper()
	e := w.create(func(in *catalog.CreateInput) {
		in.When.StartsLocal, in.When.EndsLocal = "2027-03-18T18:00", "2027-03-18T19:00"
	})
	e = w.addSession(e, "Second", "2027-03-25T18:00", "2027-03-25T19:00").Event
	return w.addSession(e, "Third", "2027-04-01T18:00", "2027-04-01T19:00").Event
}

func times(e catalog.Event) (out []string) {
	for _, s := range e.Sessions {
		out = append(out, s.StartsAt.Format(time.RFC3339))
	}
	return out
}

func TestMove_GivesTheOnlySessionTheNewTimes(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.publish(w.create())
	got, err := w.move(e, "2026-12-03T10:00", "2026-12-03T12:30", func(in *catalog.MoveInput) {
		in.When.Timezone, in.Note = "America/New_York", "The speaker flies in."
	})
	w.must(err)
	if got.StartsAt != instant(t, "2026-12-03T15:00:00Z") || got.EndsAt != instant(t, "2026-12-03T17:30:00Z") ||
		got.RegistrationClosesAt != got.EndsAt || got.Version != e.Version+1 || got.Sessions[0].Version != 2 {
		t.Errorf("got %+v", got)
	}
	w.unchanged(got)

	facts := w.facts(e.ID)
	if len(facts) != 2 || facts[1].Kind != catalog.FactMoved {
		t.Fatalf("got facts %v", facts)
	}
	want := `{"note": "The speaker flies in.", "before":
	  {"starts_at": "2026-11-26T18:30:00Z", "ends_at": "2026-11-26T19:30:00Z", "timezone": "Europe/London"}}`
	if diff := cmp.Diff(decode(t, want), decode(t, string(facts[1].Detail))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMove_KeepsTheDistancesOfSessionsOnTheClock(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.course()
	if diff := cmp.Diff([]string{"2027-03-18T18:00:00Z", "2027-03-25T18:00:00Z", "2027-04-01T17:00:00Z"}, times(e)); diff != "" {
		t.Fatalf("before (-want +got):\n%s", diff)
	}
	// A week later, half an hour earlier: the second sitting is now in summer time.
	got, err := w.move(e, "2027-03-25T17:30", "ignored")
	w.must(err)
	if diff := cmp.Diff([]string{"2027-03-25T17:30:00Z", "2027-04-01T16:30:00Z", "2027-04-08T16:30:00Z"}, times(got)); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	if got.EndsAt != instant(t, "2027-04-08T17:30:00Z") {
		t.Errorf("the event ends at %s", got.EndsAt)
	}
	w.unchanged(got)
}

func TestMove_LeavesCancelledSessionsAlone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.course()
	e, err := w.events.CancelSession(w.ctx, w.actor, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: 1}, e.Sessions[1].ID)
	w.must(err)
	got, err := w.move(e, "2027-03-19T18:00", "")
	w.must(err)
	if diff := cmp.Diff([]string{"2027-03-19T18:00:00Z", "2027-03-25T18:00:00Z", "2027-04-02T17:00:00Z"}, times(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMove_MovesAllDaySessionsByDays(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.create(func(in *catalog.CreateInput) {
		in.When = catalog.When{StartsLocal: "2027-03-27", EndsLocal: "2027-03-27", Timezone: "Europe/London", AllDay: true}
	})
	e = w.addSession(e, "Evening", "2027-03-27T18:00", "2027-03-27T20:00").Event
	got, err := w.move(e, "2027-03-28", "")
	w.must(err)
	if diff := cmp.Diff([]string{"2027-03-28T00:00:00Z", "2027-03-28T17:00:00Z"}, times(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Sessions[0].EndsAt != instant(t, "2027-03-28T23:00:00Z") {
		t.Errorf("the short day ends at %s", got.Sessions[0].EndsAt)
	}
}

func TestMove_TakesTheDeadlineAlong(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, c := range []struct{ said, want string }{
		{"2026-11-24", "2026-12-01"},
		{"2026-11-26T12:00", "2026-12-03T14:00"},
		{"", ""},
	} {
		e := w.create(func(in *catalog.CreateInput) { in.Details.RegistrationClosesLocal = c.said })
		got, err := w.move(e, "2026-12-03T20:30", "2026-12-03T21:30")
		w.must(err)
		if got.RegistrationClosesLocal != c.want {
			t.Errorf("deadline %q became %q, want %q", c.said, got.RegistrationClosesLocal, c.want)
		}
	}
}

func TestMove_RefusesTimesThatCannotBeAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	single, course := w.publish(w.create()), w.publish(w.course())
	allDay := w.publish(w.create(func(in *catalog.CreateInput) {
		in.When = catalog.When{StartsLocal: "2026-12-01", EndsLocal: "2026-12-02", Timezone: "Europe/London", AllDay: true}
	}))
	for _, c := range []struct {
		name         string
		event        catalog.Event
		starts, ends string
		change       func(*catalog.MoveInput)
		reason       fault.Reason
		want         []string
	}{
		{"into the past", single, "2026-11-23T11:59", "2026-11-24T12:00", nil, fault.InvalidInput, []string{"schedule.starts_local schedule.past"}},
		{"to this very moment", single, "2026-11-23T12:00", "2026-11-24T12:00", nil, fault.InvalidInput, []string{"schedule.starts_local schedule.past"}},
		{"all days past", allDay, "2026-11-21", "2026-11-22", nil, fault.InvalidInput, []string{"schedule.starts_local schedule.past"}},
		{"into the gap", single, "2027-03-28T01:30", "2027-03-28T03:00", nil, fault.InvalidInput, []string{"schedule.starts_local schedule.gap"}},
		{"a course whose second sitting falls into the gap", course, "2027-03-21T01:30", "", nil, fault.InvalidInput, []string{"schedule.starts_local schedule.gap"}},
		{"a course into the past", course, "2026-11-20T18:00", "", nil, fault.InvalidInput, []string{"schedule.starts_local schedule.past"}},
		{"a course to no day", course, "2027-02-30T18:00", "", nil, fault.InvalidInput, []string{"schedule.starts_local schedule.form"}},
		{"end before start", single, "2026-12-03T10:00", "2026-12-03T09:00", nil, fault.InvalidInput, []string{"schedule.ends_local schedule.order"}},
		{"unknown zone", single, "2026-12-03T10:00", "2026-12-03T11:00", func(in *catalog.MoveInput) { in.When.Timezone = "CET" }, fault.InvalidInput, []string{"schedule.timezone timezone.unknown"}},
		{"a course to an unknown zone", course, "2027-03-18T18:00", "", func(in *catalog.MoveInput) { in.When.Timezone = "Mars/Base" }, fault.InvalidInput, []string{"schedule.timezone timezone.unknown"}},
		{"a note of control characters", single, "2026-12-03T10:00", "2026-12-03T11:00", func(in *catalog.MoveInput) { in.Note = "a\x07" }, fault.InvalidInput, []string{"note string.pattern"}},
		{"a stale version", single, "2026-12-03T10:00", "2026-12-03T11:00", func(in *catalog.MoveInput) { in.Version-- }, fault.StaleVersion, []string{"version version.stale"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			change := c.change
			if change == nil {
				change = func(*catalog.MoveInput) {}
			}
			_, err := w.move(c.event, c.starts, c.ends, change)
			if diff := cmp.Diff(c.want, refused(t, err, c.reason)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			w.unchanged(c.event)
			if got := w.kinds(c.event.ID); !cmp.Equal(got, []string{catalog.FactPublished}) {
				t.Errorf("a refused move caused facts %v", got)
			}
		})
	}
}

func TestMove_AsksWhichOfTwoHours(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.create()
	first, err := w.move(e, "2027-10-31T01:30", "2027-10-31T03:00")
	w.must(err)
	second, err := w.move(first, "2027-10-31T01:30", "2027-10-31T03:00", func(in *catalog.MoveInput) { in.When.StartsSecond = true })
	w.must(err)
	if first.StartsAt != instant(t, "2027-10-31T00:30:00Z") || second.StartsAt != instant(t, "2027-10-31T01:30:00Z") {
		t.Errorf("got %s and %s", first.StartsAt, second.StartsAt)
	}
	w.unchanged(second)
	// Away from the repeated hour the choice means nothing and is dropped.
	third, err := w.move(second, "2027-11-07T01:30", "2027-11-07T03:00", func(in *catalog.MoveInput) { in.When.StartsSecond = true })
	w.must(err)
	if third.StartsSecond {
		t.Error("the choice of the second hour stayed where no hour is repeated")
	}
}

func TestClone_KeepsDistancesAndStartsAsADraft(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.publish(w.course())
	e, err := w.events.CancelSession(w.ctx, w.actor, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: 1}, e.Sessions[1].ID)
	w.must(err)
	got, err := w.events.Clone(w.ctx, w.actor, replay.Key{}, catalog.CloneInput{
		Org: e.Org, Event: e.ID, Title: "AI Airlock launch, again", StartsLocal: "2027-09-02T18:00",
	})
	w.must(err)
	if got.State != catalog.StateDraft || got.Slug != "ai-airlock-launch-again" || got.Version != 1 || got.PublishedAt != nil || got.ExternalID != "" {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff([]string{"2027-09-02T17:00:00Z", "2027-09-16T17:00:00Z"}, times(got)); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
	details := got.Details
	details.Title, details.Slug = e.Title, e.Slug
	if diff := cmp.Diff(e.Details, details); diff != "" {
		t.Errorf("details (-original +copy):\n%s", diff)
	}
	if len(w.copied) != 2 || w.copied[e.Sessions[0].ID] != got.Sessions[0].ID || w.copied[e.Sessions[2].ID] != got.Sessions[1].ID {
		t.Errorf("sessions were matched as %v", w.copied)
	}
	w.unchanged(got)
	w.unchanged(e)
}

func TestClone_RefusesBadInput(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.create()
	for _, c := range []struct {
		title, starts string
		want          []string
	}{
		{"", "2027-09-02T18:00", []string{"title required"}},
		{"a\nb", "2027-09-02T18:00", []string{"title string.pattern"}},
		{"Copy", "2027-09-31T18:00", []string{"starts_local schedule.form"}},
		{"Copy", "2027-03-28T01:30", []string{"starts_local schedule.gap"}},
	} {
		_, err := w.events.Clone(w.ctx, w.actor, replay.Key{}, catalog.CloneInput{Org: e.Org, Event: e.ID, Title: c.title, StartsLocal: c.starts})
		if diff := cmp.Diff(c.want, refused(t, err, fault.InvalidInput)); diff != "" {
			t.Errorf("%q at %s (-want +got):\n%s", c.title, c.starts, diff)
		}
	}
	if n := w.count("event"); n != 1 {
		t.Errorf("refused copies left %d events", n-1)
	}
}

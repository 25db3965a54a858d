package catalog_test

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
)

// update changes an event's details as if an organiser sent the whole form.
func (w *world) update(e catalog.Event, change func(*catalog.UpdateInput)) (catalog.Event, error) {
	in := catalog.UpdateInput{Org: e.Org, Event: e.ID, Version: e.Version, Details: e.Details}
	change(&in)
	return w.events.Update(w.ctx, w.actor, replay.Key{}, in)
}

func TestUpdate_TakesTheNamedFieldsOnly(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.create()
	got, err := w.update(e, func(in *catalog.UpdateInput) {
		in.Details = catalog.Details{Title: "New title", Summary: "New summary", City: "Cardiff", JoinOpensMinutes: 30}
		in.Fields = []string{"title", "join_opens_minutes"}
	})
	w.must(err)
	want := e
	want.Title, want.JoinOpensMinutes, want.Version = "New title", 30, 2
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.unchanged(got)
}

func TestUpdate_TakesEveryFieldWithoutAMask(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.create()
	want := catalog.Details{
		Title: "T", Slug: "t", Summary: "S", Description: "D", Mode: catalog.Hybrid, Venue: "V", Address: "A", City: "C",
		Country: "Wales", JoinAddress: "https://meet.example.org/2", JoinOpensMinutes: 5, Topic: "x", Languages: "EN,CY",
		Website: "https://example.org", CodeOfConductURL: "https://example.org/c", CallURL: "http://example.org/cfp",
		CallClosesOn: "2026-11-25", Visibility: catalog.Unlisted, RegistrationMode: catalog.Approval,
		RegistrationClosesLocal: "2026-11-25T17:00", GoodToKnow: "Ring the bell.\nSecond floor.",
	}
	got, err := w.update(e, func(in *catalog.UpdateInput) { in.Details = want })
	w.must(err)
	if diff := cmp.Diff(want, got.Details); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.unchanged(got)
}

func TestUpdate_RefusesBadInputAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.publish(w.create())
	for _, c := range []struct {
		name   string
		change func(*catalog.UpdateInput)
		reason fault.Reason
		want   []string
	}{
		{"a stale edit", func(in *catalog.UpdateInput) { in.Version-- }, fault.StaleVersion, []string{"version version.stale"}},
		{"a field that events do not have", func(in *catalog.UpdateInput) { in.Fields = []string{"title", "org_id"} },
			fault.InvalidInput, []string{"update_mask field_mask.unknown"}},
		{"an empty title", func(in *catalog.UpdateInput) { in.Details.Title = "" }, fault.InvalidInput, []string{"details.title required"}},
		{"a deadline in the gap", func(in *catalog.UpdateInput) { in.Details.RegistrationClosesLocal = "2026-03-29T01:15" },
			fault.InvalidInput, []string{"details.registration_closes_local schedule.gap"}},
		{"another event's slug", func(in *catalog.UpdateInput) { in.Details.Slug = "other" }, fault.AlreadyExists, []string{"details.slug slug.taken"}},
		{"another organisation", func(in *catalog.UpdateInput) { in.Org = w.organisation("elsewhere", "Elsewhere") }, fault.NoSuchThing, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.want != nil && c.want[0] == "details.slug slug.taken" {
				w.create(func(in *catalog.CreateInput) { in.Details.Slug = "other" })
			}
			_, err := w.update(e, c.change)
			if diff := cmp.Diff(c.want, refused(t, err, c.reason)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			w.unchanged(e)
		})
	}
}

func TestUpdate_OfOneVersionHasOneWinner(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.create()
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, err := w.update(e, func(in *catalog.UpdateInput) { in.Details.Summary += "!" })
			if err == nil {
				won.Add(1)
			} else if !fault.Is(err, fault.StaleVersion) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d edits of one version succeeded, want 1", won.Load())
	}
}

func TestUpdate_OldSlugsRedirect(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.publish(w.create())
	e, err := w.update(e, func(in *catalog.UpdateInput) { in.Details.Slug = "second" })
	w.must(err)
	e, err = w.update(e, func(in *catalog.UpdateInput) { in.Details.Slug = "third" })
	w.must(err)

	for slug, former := range map[string]bool{"ai-airlock-launch": true, "second": true, "third": false} {
		got, err := w.events.PublicEvent(w.ctx, "bioriver", slug)
		w.must(err)
		if got.Slug != "third" || got.Former != former {
			t.Errorf("%s leads to %s, former %v", slug, got.Slug, got.Former)
		}
	}
	// Nobody else gets an address that was ever used, and the event may have it back.
	other := w.create(func(in *catalog.CreateInput) { in.Details.Title = "Second" })
	if other.Slug != "second-2" {
		t.Errorf("a former address was given away: %s", other.Slug)
	}
	e, err = w.update(e, func(in *catalog.UpdateInput) { in.Details.Slug = "second" })
	w.must(err)
	if e.Slug != "second" {
		t.Errorf("the event did not get its own address back: %s", e.Slug)
	}
}

func TestUpdate_AnEmptySlugIsMadeFromTheTitle(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e, err := w.update(w.create(), func(in *catalog.UpdateInput) { in.Details.Title, in.Details.Slug = "Showcase Day", "" })
	w.must(err)
	if e.Slug != "showcase-day" {
		t.Errorf("got slug %q", e.Slug)
	}
	same, err := w.update(e, func(in *catalog.UpdateInput) { in.Details.Slug = "" })
	w.must(err)
	if diff := cmp.Diff(e, same); diff != "" {
		t.Errorf("making the same slug again changed the event (-was +is):\n%s", diff)
	}
}

func TestUpdate_WithoutAChangeLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.publish(w.create())
	before := w.count("audit_entry")
	got, err := w.update(e, func(in *catalog.UpdateInput) { in.Notify = true })
	w.must(err)
	if got.Version != e.Version || w.count("audit_entry") != before || len(w.facts(e.ID)) != 1 {
		t.Errorf("version %d, %d new audit entries, facts %v", got.Version, w.count("audit_entry")-before, w.facts(e.ID))
	}
}

func TestUpdate_TellsWhatChanged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, c := range []struct {
		name   string
		change func(*catalog.UpdateInput)
		want   string
	}{
		{"a text", func(in *catalog.UpdateInput) { in.Details.Summary = "New" },
			`{"changed": ["summary"], "notify": false, "before": {"summary": "The pilot and how to apply."}}`},
		{"a text, on demand", func(in *catalog.UpdateInput) { in.Details.Title, in.Notify = "New", true },
			`{"changed": ["title"], "notify": true, "before": {"title": "AI Airlock launch"}}`},
		{"the place, always", func(in *catalog.UpdateInput) { in.Details.Mode, in.Details.City = catalog.Hybrid, "Cardiff" },
			`{"changed": ["place"], "notify": true, "before": {"mode": "online", "city": ""}}`},
		{"the meeting, always, without its old address", func(in *catalog.UpdateInput) { in.Details.JoinAddress = "https://meet.example.org/b" },
			`{"changed": ["join_address"], "notify": true, "before": {}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := w.publish(w.create())
			_, err := w.update(e, c.change)
			w.must(err)
			facts := w.facts(e.ID)
			if len(facts) != 2 || facts[1].Kind != catalog.FactChanged {
				t.Fatalf("got facts %v", facts)
			}
			if diff := cmp.Diff(decode(t, c.want), decode(t, string(facts[1].Detail))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func decode(t *testing.T, s string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestUpdate_OfADraftOrAPastEventTellsNobody(t *testing.T) {
	t.Parallel()
	w := setup(t)
	draft := w.create()
	past := w.publish(w.create(func(in *catalog.CreateInput) {
		in.When.StartsLocal, in.When.EndsLocal = "2026-11-20T18:30", "2026-11-20T19:30"
	}))
	for _, e := range []catalog.Event{draft, past} {
		_, err := w.update(e, func(in *catalog.UpdateInput) { in.Details.City, in.Notify = "Cardiff", true })
		w.must(err)
		if got := w.kinds(e.ID); len(got) > 0 {
			t.Errorf("an event that is %s caused %v", e.State, got)
		}
	}
}

func TestUpdate_RecordsBeforeAndAfter(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.create()
	_, err := w.update(e, func(in *catalog.UpdateInput) { in.Details.City = "Cardiff" })
	w.must(err)
	var actor, action, before, after string
	w.must(w.db.Pool().QueryRow(w.ctx,
		`SELECT actor, action, before::text, after::text FROM audit_entry WHERE subject = $1 ORDER BY id DESC LIMIT 1`, e.ID.String()).
		Scan(&actor, &action, &before, &after))
	got := []string{actor, action, before, after}
	if diff := cmp.Diff([]string{w.actor.ID(), "event.update", `{"city": ""}`, `{"city": "Cardiff"}`}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

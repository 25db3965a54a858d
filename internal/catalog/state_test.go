package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/account"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
)

// bring creates an event and takes it to a state the way organisers do.
func (w *world) bring(to catalog.State) catalog.Event {
	w.t.Helper()
	e := w.create(func(in *catalog.CreateInput) {
		if to == catalog.StateEnded {
			in.When.StartsLocal, in.When.EndsLocal = "2026-11-20T18:30", "2026-11-20T19:30"
		}
	})
	steps := map[catalog.State][]string{
		catalog.StatePublished: {"publish"}, catalog.StateSalesClosed: {"publish", "close"},
		catalog.StatePostponed: {"publish", "postpone"}, catalog.StateCancelled: {"publish", "cancel"},
		catalog.StateEnded: {"publish"}, catalog.StateArchived: {"archive"},
	}
	for _, name := range steps[to] {
		var err error
		e, err = w.steps()[name](e)
		w.must(err)
	}
	if e.State != to {
		w.t.Fatalf("event is %s, want %s", e.State, to)
	}
	return e
}

type step func(catalog.Event) (catalog.Event, error)

// steps are everything that an organiser can do to an event as a whole.
func (w *world) steps() map[string]step {
	none := replay.Key{}
	return map[string]step{
		"publish": func(e catalog.Event) (catalog.Event, error) { return w.events.Publish(w.ctx, w.actor, none, which(e)) },
		"close": func(e catalog.Event) (catalog.Event, error) {
			return w.events.CloseSales(w.ctx, w.actor, none, which(e))
		},
		"reopen": func(e catalog.Event) (catalog.Event, error) {
			return w.events.ReopenSales(w.ctx, w.actor, none, which(e))
		},
		"move": func(e catalog.Event) (catalog.Event, error) {
			return w.move(e, "2026-12-03T10:00", "2026-12-03T11:00")
		},
		"postpone": func(e catalog.Event) (catalog.Event, error) {
			return w.events.Postpone(w.ctx, w.actor, none, which(e), "Strikes")
		},
		"cancel": func(e catalog.Event) (catalog.Event, error) {
			return w.events.Cancel(w.ctx, w.actor, none, which(e), "No speaker")
		},
		"archive": func(e catalog.Event) (catalog.Event, error) { return w.events.Archive(w.ctx, w.actor, none, which(e)) },
		"update": func(e catalog.Event) (catalog.Event, error) {
			return w.update(e, func(in *catalog.UpdateInput) { in.Details.Summary = "Other" })
		},
		"add a session": func(e catalog.Event) (catalog.Event, error) {
			a, err := w.events.CreateSession(w.ctx, w.actor, none, catalog.SessionInput{Org: e.Org, Event: e.ID, When: catalog.When{
				StartsLocal: "2026-12-10T10:00", EndsLocal: "2026-12-10T11:00", Timezone: "Europe/London",
			}})
			return a.Event, err
		},
	}
}

// Every step from every state leads where the package comment draws it, or is
// refused, naming the event, and changes nothing.
func TestSteps_FollowTheStateMachine(t *testing.T) {
	t.Parallel()
	w := setup(t)
	const wrong = fault.WrongState
	allowed := map[catalog.State]map[string]any{
		catalog.StateDraft: {"publish": catalog.StatePublished, "move": catalog.StateDraft, "archive": catalog.StateArchived,
			"update": catalog.StateDraft, "add a session": catalog.StateDraft},
		catalog.StatePublished: {"close": catalog.StateSalesClosed, "move": catalog.StatePublished, "postpone": catalog.StatePostponed,
			"cancel": catalog.StateCancelled, "update": catalog.StatePublished, "add a session": catalog.StatePublished},
		catalog.StateSalesClosed: {"reopen": catalog.StatePublished, "move": catalog.StateSalesClosed, "postpone": catalog.StatePostponed,
			"cancel": catalog.StateCancelled, "update": catalog.StateSalesClosed, "add a session": catalog.StateSalesClosed},
		catalog.StatePostponed: {"move": catalog.StatePublished, "cancel": catalog.StateCancelled, "update": catalog.StatePostponed,
			"add a session": catalog.StatePostponed},
		catalog.StateCancelled: {"archive": catalog.StateArchived, "cancel": fault.AlreadyCancelled},
		catalog.StateEnded:     {"archive": catalog.StateArchived, "update": catalog.StateEnded},
		catalog.StateArchived:  {},
	}
	for from, table := range allowed {
		for name, do := range w.steps() {
			t.Run(fmt.Sprintf("%s/%s", from, name), func(t *testing.T) {
				e := w.bring(from)
				want, ok := table[name]
				if !ok {
					want = wrong
				}
				after, err := do(e)
				if state, ok := want.(catalog.State); ok {
					if err != nil || after.State != state || after.Version != e.Version+1 {
						t.Errorf("got %s version %d, %v; want %s", after.State, after.Version, err, state)
					}
					w.unchanged(after)
					return
				}
				if got := refused(t, err, want.(fault.Reason)); len(got) != 1 || got[0][:8] != "event_id" {
					t.Errorf("the refusal names %v", got)
				}
				w.unchanged(e)
			})
		}
	}
}

func TestCancel_TwiceIsRefusedWhateverVersionWasSeen(t *testing.T) {
	t.Parallel()
	w := setup(t)
	seen := w.bring(catalog.StatePublished)
	cancelled, err := w.events.Cancel(w.ctx, w.actor, replay.Key{}, which(seen), "No speaker")
	w.must(err)
	_, err = w.events.Cancel(w.ctx, w.actor, replay.Key{}, which(seen), "Still none")
	if got := refused(t, err, fault.AlreadyCancelled); !cmp.Equal(got, []string{"event_id state.cancelled"}) {
		t.Errorf("the refusal names %v", got)
	}
	w.unchanged(cancelled)
	if got := w.kinds(seen.ID); !cmp.Equal(got, []string{catalog.FactPublished, catalog.FactCancelled}) {
		t.Errorf("got facts %v", got)
	}
}

func TestCancelAndPostpone_NeedAReason(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.bring(catalog.StatePublished)
	for _, reason := range []string{"", " \u202e ", "a\x00"} {
		_, err1 := w.events.Cancel(w.ctx, w.actor, replay.Key{}, which(e), reason)
		_, err2 := w.events.Postpone(w.ctx, w.actor, replay.Key{}, which(e), reason)
		for _, err := range []error{err1, err2} {
			if got := refused(t, err, fault.InvalidInput); len(got) != 1 || got[0][:6] != "reason" {
				t.Errorf("reason %q: the refusal names %v", reason, got)
			}
		}
	}
	w.unchanged(e)
}

func TestPostponeAndMove_CauseTheirFacts(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.bring(catalog.StatePostponed)
	if e.StateReason != "Strikes" {
		t.Errorf("the reason is %q", e.StateReason)
	}
	// Even the old date is news to people who were told that there is none.
	e, err := w.move(e, "2026-11-26T18:30", "2026-11-26T19:30")
	w.must(err)
	if e.State != catalog.StatePublished || e.StateReason != "" {
		t.Errorf("after the move it is %s, %q", e.State, e.StateReason)
	}
	want := []string{catalog.FactPublished, catalog.FactPostponed, catalog.FactMoved}
	if got := w.kinds(e.ID); !cmp.Equal(got, want) {
		t.Errorf("got facts %v, want %v", got, want)
	}
}

func TestMove_ToTheSameTimesLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.bring(catalog.StatePublished)
	got, err := w.move(e, "2026-11-26T18:30", "2026-11-26T19:30")
	w.must(err)
	if diff := cmp.Diff(e, got); diff != "" {
		t.Errorf("(-was +is):\n%s", diff)
	}
	if got := w.kinds(e.ID); len(got) != 1 {
		t.Errorf("got facts %v", got)
	}
}

func TestReopenSales_NeedsADeadlineAhead(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.publish(w.create(func(in *catalog.CreateInput) { in.Details.RegistrationClosesLocal = "2026-11-22" }))
	e, err := w.events.CloseSales(w.ctx, w.actor, replay.Key{}, which(e))
	w.must(err)
	_, err = w.events.ReopenSales(w.ctx, w.actor, replay.Key{}, which(e))
	refused(t, err, fault.DeadlinePassed)
	w.unchanged(e)
}

func TestEvent_EndsByTheClockAlone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.bring(catalog.StatePublished)
	for _, c := range []struct {
		at    string
		state catalog.State
	}{
		{"2026-11-26T19:29:59Z", catalog.StatePublished},
		{"2026-11-26T19:30:00Z", catalog.StateEnded},
	} {
		w.clock.Advance(instant(t, c.at).Sub(w.clock.Now()))
		got, err := w.events.Get(w.ctx, e.Org, e.ID)
		w.must(err)
		public, err := w.events.PublicEvent(w.ctx, "bioriver", e.Slug)
		w.must(err)
		if got.State != c.state || public.State != c.state || got.Version != e.Version {
			t.Errorf("at %s it is %s, in public %s, version %d", c.at, got.State, public.State, got.Version)
		}
	}
}

func TestChange_ThatFailsHalfwayLeavesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	broken := errors.New("no stock")
	w.events.StockTx = func(context.Context, *pg.Tx, account.Actor, catalog.Event, int) error { return broken }
	_, err := w.events.Create(w.ctx, w.actor, replay.Key{}, w.webinar())
	if !errors.Is(err, broken) {
		t.Fatalf("got error %v", err)
	}
	if n := w.count("event") + w.count("event_slug") + w.count("session"); n != 0 {
		t.Errorf("a failed create left %d rows", n)
	}
}

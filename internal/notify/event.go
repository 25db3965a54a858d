package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"lanyard/internal/booking"
	"lanyard/internal/calendar"
	"lanyard/internal/catalog"
	"lanyard/internal/mail"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// TellArgs names a change of an event of which those who come are to be told.
type TellArgs struct {
	Org   uid.Org   `json:"org"`
	Event uid.Event `json:"event"`
	Fact  uid.Fact  `json:"fact"`
	At    time.Time `json:"at"`
}

// Kind is River's name for the job.
func (TellArgs) Kind() string { return "tell_event" }

// tellable are the facts that people may be told of.
var tellable = []string{
	catalog.FactChanged, catalog.FactMoved, catalog.FactPostponed, catalog.FactCancelled,
	catalog.FactSessionChanged, catalog.FactSessionMoved, catalog.FactSessionCancelled,
}

const sqlEventOfSession = `
SELECT event_id
  FROM session
 WHERE org_id = @org_id
   AND id = @id`

// hearEventTx plans to tell those who come: soon, so that the next edit a minute
// later goes into the same mail; at once when there is nothing left to edit.
func (s *Service) hearEventTx(ctx context.Context, tx *pg.Tx, f outbox.Recorded) error {
	if !worthTelling(f.Kind, f.Detail) {
		return nil
	}
	event := uid.Event(f.Subject)
	switch f.Kind {
	case catalog.FactSessionChanged, catalog.FactSessionMoved, catalog.FactSessionCancelled:
		err := tx.QueryRow(ctx, sqlEventOfSession, pgx.StrictNamedArgs{"org_id": f.Org, "id": uid.Session(f.Subject)}).Scan(&event)
		if err != nil {
			return fmt.Errorf("find the session's event: %w", err)
		}
	}
	at := f.At.Add(s.Gather)
	if f.Kind == catalog.FactCancelled || f.Kind == catalog.FactPostponed {
		at = f.At
	}
	_, err := s.jobs.InsertTx(ctx, tx.Tx, TellArgs{Org: f.Org, Event: event, Fact: f.ID, At: f.At}, &river.InsertOpts{ScheduledAt: at})
	if err != nil {
		return fmt.Errorf("plan to tell people: %w", err)
	}
	return nil
}

// TellWorker goes through everybody who comes to an event.
type TellWorker struct {
	river.WorkerDefaults[TellArgs]
	Service *Service
}

// Timeout gives an event with very many people time.
func (*TellWorker) Timeout(*river.Job[TellArgs]) time.Duration { return time.Hour }

// Work tells each person in a transaction of their own. Run again after a
// failure it goes on where it was: whoever was told needs no second mail.
func (w *TellWorker) Work(ctx context.Context, job *river.Job[TellArgs]) error {
	news, err := w.Service.gather(ctx, job.Args)
	if err != nil || news == nil {
		return err
	}
	after := uid.Registration{}
	for {
		page, err := w.Service.peopleOf(ctx, job.Args, after)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, id := range page {
			if err := w.Service.tell(ctx, job.Args, *news, id); err != nil {
				return fmt.Errorf("tell %s: %w", id, err)
			}
		}
		after = page[len(page)-1]
	}
}

// news is what happened to an event since people were last told.
type news struct {
	facts []eventFact
	note  string
}

type eventFact struct {
	ID      uid.Fact
	Kind    string
	Subject [16]byte
	Detail  json.RawMessage
	At      time.Time
}

const sqlNews = `
SELECT f.id, f.kind, f.subject, f.detail, f.at
  FROM fact f
 WHERE f.org_id = @org_id
   AND f.kind = ANY (@kinds)
   AND f.at > @since
   AND (f.subject = @event_id
        OR f.subject IN (SELECT id FROM session WHERE org_id = @org_id AND event_id = @event_id))
 ORDER BY f.at, f.id`

// gather collects what happened around the job's fact. It returns nil when
// something newer happened: that fact's own job tells everything.
func (s *Service) gather(ctx context.Context, a TellArgs) (*news, error) {
	rows, err := s.db.Pool().Query(ctx, sqlNews, pgx.StrictNamedArgs{
		"org_id": a.Org, "event_id": a.Event, "kinds": tellable, "since": a.At.Add(-10 * cmp.Or(s.Gather, time.Second)),
	})
	if err != nil {
		return nil, fmt.Errorf("gather news: %w", err)
	}
	facts, err := pgx.CollectRows(rows, pgx.RowToStructByName[eventFact])
	if err != nil {
		return nil, fmt.Errorf("gather news: %w", err)
	}
	facts = slices.DeleteFunc(facts, func(f eventFact) bool { return !worthTelling(f.Kind, f.Detail) })
	if len(facts) == 0 || facts[len(facts)-1].ID != a.Fact {
		return nil, nil
	}
	n := &news{facts: facts}
	for _, f := range facts {
		var moved catalog.Moved
		if json.Unmarshal(f.Detail, &moved) == nil && moved.Note != "" {
			n.note = moved.Note
		}
	}
	return n, nil
}

// concerns reports whether somebody with this place must be told although the
// entry in their calendar looks the same.
func (n news) concerns(x subject) bool {
	return slices.ContainsFunc(n.facts, func(f eventFact) bool {
		switch f.Kind {
		case catalog.FactMoved, catalog.FactChanged:
			return true
		case catalog.FactSessionMoved, catalog.FactSessionCancelled, catalog.FactSessionChanged:
			return x.includes(f.Subject)
		}
		return false
	})
}

// worthTelling reports whether people are to be told of a fact: of everything but
// texts that the organiser changed quietly, and a new meeting address, of which
// nobody ever saw the old one.
func worthTelling(kind string, detail json.RawMessage) bool {
	if kind != catalog.FactChanged && kind != catalog.FactSessionChanged {
		return true
	}
	var c catalog.Changed
	if json.Unmarshal(detail, &c) != nil || !c.Notify {
		return false
	}
	return !slices.Equal(c.Changed, []string{catalog.ChangedJoinAddress})
}

func (x subject) includes(session [16]byte) bool {
	return slices.ContainsFunc(x.place.Sessions, func(s catalog.Session) bool { return s.ID == uid.Session(session) })
}

const sqlPeople = `
SELECT id
  FROM registration
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND state IN ('confirmed', 'awaiting_approval')
   AND (@first OR id > @after)
 ORDER BY id
 LIMIT 500`

func (s *Service) peopleOf(ctx context.Context, a TellArgs, after uid.Registration) ([]uid.Registration, error) {
	rows, err := s.db.Pool().Query(ctx, sqlPeople, pgx.StrictNamedArgs{
		"org_id": a.Org, "event_id": a.Event, "first": after.IsZero(), "after": after,
	})
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[uid.Registration])
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	return people, nil
}

// tell brings one person up to date.
func (s *Service) tell(ctx context.Context, a TellArgs, n news, id uid.Registration) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		x, err := s.readTx(ctx, tx, a.Org, id)
		if err != nil {
			return err
		}
		if !x.registration.Live() {
			return nil
		}
		changes, err := s.reconcileTx(ctx, tx, x, x.event.StateReason)
		if err != nil {
			return err
		}
		name, at := x.registration.Attendee.Name, s.occasion(x, x.place.Sessions)
		switch x.event.State {
		case catalog.StateCancelled:
			o := s.about(x, mail.KindEventCancelled, "event_cancelled:"+id.String(), mail.EventCancelled{
				Frame: s.frame(x), Occasion: at, Name: name, Reason: x.event.StateReason, EventsURL: s.url("o", x.org.Slug),
			})
			return s.postAllTx(ctx, tx, o, changes, keyed(o))
		case catalog.StatePostponed:
			key := fmt.Sprintf("event_postponed:%s:%d", id, x.event.Version)
			o := s.about(x, mail.KindEventPostponed, key, mail.EventPostponed{
				Frame: s.frame(x), Occasion: at, Name: name, Reason: x.event.StateReason, ManageURL: s.manageURL(x.registration),
			})
			return s.postAllTx(ctx, tx, o, changes, keyed(o))
		}
		if x.registration.State != booking.StateConfirmed || len(changes) == 0 && !n.concerns(x) {
			return nil
		}
		return s.tellChangesTx(ctx, tx, a, n, x, changes)
	})
}

// keyed gives the further mails of a message keys of their own.
func keyed(o outgoing) func(change) outgoing {
	return func(c change) outgoing {
		next := o
		next.key = c.key()
		return next
	}
}

// tellChangesTx says what changed, one mail for each entry that did.
func (s *Service) tellChangesTx(ctx context.Context, tx *pg.Tx, a TellArgs, n news, x subject, changes []change) error {
	say := func(key string, differences []mail.Change, invited bool) outgoing {
		moved := slices.ContainsFunc(differences, func(c mail.Change) bool { return c.What != "Title" })
		return s.about(x, mail.KindUpdated, key, mail.Updated{
			Frame: s.frame(x), Occasion: s.occasion(x, x.live()), Name: x.registration.Attendee.Name,
			ManageURL: s.manageURL(x.registration), Moved: moved, Changes: differences, Note: n.note, Invited: invited,
		})
	}
	if len(changes) == 0 {
		_, err := s.postTx(ctx, tx, say(fmt.Sprintf("updated:%s:%s", a.Fact, x.registration.ID), n.differences(x), false))
		return err
	}
	for _, c := range changes {
		if err := s.postAllTx(ctx, tx, say(c.key(), x.differences(c), true), []change{c}, nil); err != nil {
			return err
		}
	}
	return nil
}

// differences says in words how a version differs from the one before.
func (x subject) differences(c change) []mail.Change {
	zone := x.registration.Attendee.Timezone
	now := ""
	if c.invite.Method == calendar.Request {
		now = mail.When(c.invite.Start, c.invite.End, c.invite.Zone, zone, c.invite.AllDay)
	} else {
		now = "This session will not take place."
	}
	if c.before == nil {
		return []mail.Change{{What: "Time", New: now}}
	}
	b := c.before
	var out []mail.Change
	if was := mail.When(b.Start, b.End, b.Zone, zone, b.AllDay); was != now {
		out = append(out, mail.Change{What: "Time", Old: was, New: now})
	}
	if b.Location != c.invite.Location && c.invite.Method == calendar.Request {
		out = append(out, mail.Change{What: "Place", Old: b.Location, New: c.invite.Location})
	}
	if b.Summary != c.invite.Summary {
		out = append(out, mail.Change{What: "Title", Old: b.Summary, New: c.invite.Summary})
	}
	return out
}

// differences says what moved, for people who have no entry to compare.
func (n news) differences(x subject) []mail.Change {
	var out []mail.Change
	for _, f := range n.facts {
		var moved catalog.Moved
		if f.Kind != catalog.FactMoved || json.Unmarshal(f.Detail, &moved) != nil {
			continue
		}
		was := moved.Before
		zone := x.registration.Attendee.Timezone
		out = append(out, mail.Change{
			What: "Time",
			Old:  mail.When(was.StartsAt, was.EndsAt, was.Timezone, zone, x.event.AllDay),
			New:  mail.When(x.event.StartsAt, x.event.EndsAt, x.event.Timezone, zone, x.event.AllDay),
		})
	}
	return out
}

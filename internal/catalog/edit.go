package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// edit is one change to one event, inside its transaction. The event's row is
// locked; functions change after, and finish writes the difference.
type edit struct {
	tx            *pg.Tx
	before, after Event // with stored states
	facts         []outbox.Fact
}

// standing is where the event stood before the change; ended counts.
func (c *edit) standing() State { return c.before.at(c.tx.Now).State }

// expect fails unless the caller has seen the present version.
func (c *edit) expect(version int64) error {
	if version != c.before.Version {
		return stale()
	}
	return nil
}

// target names what a change is about.
type target struct {
	org    uid.Org
	event  uid.Event
	names  bool   // the change may hand out an address
	action string // for the audit log
}

// change runs fn on the event in a transaction, writes what it changed, and
// returns the event as it is then. A repeat of the same request returns the
// first answer.
func (s *Service) change(ctx context.Context, actor account.Actor, key replay.Key, t target, fn func(c *edit) error) (Event, error) {
	return changeFor(ctx, s, actor, key, t, fn, func(e Event) Event { return e })
}

// changeFor is change for callers who answer with more than the event.
func changeFor[T any](ctx context.Context, s *Service, actor account.Actor, key replay.Key, t target, fn func(c *edit) error, answer func(Event) T) (T, error) {
	out, err := replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (T, error) {
		var none T
		c, err := openTx(ctx, tx, t)
		if err != nil {
			return none, err
		}
		if err := fn(c); err != nil {
			return none, err
		}
		if err := s.finishTx(ctx, tx, actor, t.action, c); err != nil {
			return none, err
		}
		return answer(c.after.at(tx.Now)), nil
	})
	if err == nil {
		s.facets.forget()
	}
	return out, err
}

const sqlLockEvent = `
SELECT
  FROM event
 WHERE org_id = @org_id
   AND id = @id
   FOR NO KEY UPDATE`

// openTx locks the event and reads it. Registrations for it go on meanwhile:
// the lock keeps out other changes only.
func openTx(ctx context.Context, tx *pg.Tx, t target) (*edit, error) {
	if t.names {
		if err := lockOrgTx(ctx, tx, &Event{Org: t.org}); err != nil {
			return nil, err
		}
	}
	c := &edit{tx: tx}
	tag, err := tx.Exec(ctx, sqlLockEvent, pgx.StrictNamedArgs{"org_id": t.org, "id": t.event})
	if err != nil {
		return nil, fmt.Errorf("lock event: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil, fault.NotFound("event")
	}
	if c.before, err = load(ctx, tx, t.org, t.event); err != nil {
		return nil, err
	}
	c.after = c.before
	c.after.Sessions = slices.Clone(c.before.Sessions)
	return c, nil
}

// settle derives the event's times from its live sessions.
func (e *Event) settle() {
	slices.SortFunc(e.Sessions, func(a, b Session) int {
		return cmp.Or(a.StartsAt.Compare(b.StartsAt), slices.Compare(a.ID[:], b.ID[:]))
	})
	if l := live(e.Sessions); len(l) > 0 {
		e.Schedule = span(l)
	}
	var none problems // the texts were checked where they came in
	e.RegistrationClosesAt = closing(&none, "", e.Details, e.Schedule)
}

// finishTx writes what the edits changed, with audit entries and facts. Edits
// that changed nothing leave no trace.
func (s *Service) finishTx(ctx context.Context, tx *pg.Tx, actor account.Actor, action string, edits ...*edit) error {
	var b pgx.Batch
	var facts []outbox.Fact
	for _, c := range edits {
		c.after.settle()
		before, after, err := difference(c.before, c.after)
		if err != nil {
			return err
		}
		if len(before) == 0 {
			continue
		}
		c.queue(&b)
		facts = append(facts, c.facts...)
		err = account.AuditTx(ctx, tx, account.Audit{
			Org: c.after.Org, Actor: actor.ID(), Action: action, Subject: c.after.ID.String(), Before: before, After: after,
		})
		if err != nil {
			return err
		}
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return s.box.AppendTx(ctx, tx, facts...)
}

// difference returns the fields in which two values of one type differ, by
// their JSON names.
func difference(before, after any) (was, is map[string]json.RawMessage, err error) {
	if was, err = picture(before); err != nil {
		return nil, nil, err
	}
	if is, err = picture(after); err != nil {
		return nil, nil, err
	}
	for k := range was {
		if string(was[k]) == string(is[k]) {
			delete(was, k)
			delete(is, k)
		}
	}
	return was, is, nil
}

// picture is a struct as its JSON fields.
func picture(v any) (map[string]json.RawMessage, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return m, nil
}

const sqlUpdateEvent = `
UPDATE event
   SET slug = @slug, title = @title, summary = @summary, description = @description, mode = @mode,
       venue = @venue, address = @address, city = @city, country = @country,
       join_address = @join_address, join_opens_minutes = @join_opens_minutes, topic = @topic,
       languages = @languages, website = @website, code_of_conduct_url = @code_of_conduct_url,
       call_url = @call_url, call_closes_on = @call_closes_on, good_to_know = @good_to_know,
       visibility = @visibility, registration_mode = @registration_mode,
       registration_closes_local = @registration_closes_local,
       registration_closes_at = @registration_closes_at, state = @state, state_reason = @state_reason,
       timezone = @timezone, all_day = @all_day, starts_local = @starts_local, ends_local = @ends_local,
       starts_at = @starts_at, ends_at = @ends_at, external_id = @external_id, search = @search,
       version = @version, created_at = @created_at, published_at = @published_at
 WHERE org_id = @org_id
   AND id = @id`

// queue adds the statements that write the edit and raises the versions.
func (c *edit) queue(b *pgx.Batch) {
	e := &c.after
	e.Version = c.before.Version + 1
	b.Queue(sqlUpdateEvent, e.args())
	if e.Slug != c.before.Slug {
		queueSlug(b, e)
	}
	for i := range e.Sessions {
		s := &e.Sessions[i]
		at := slices.IndexFunc(c.before.Sessions, func(o Session) bool { return o.ID == s.ID })
		switch {
		case at < 0:
			b.Queue(sqlInsertSession, s.args(e.Org, e.ID))
		case !sameSession(*s, c.before.Sessions[at]):
			s.Version++
			b.Queue(sqlUpdateSession, s.args(e.Org, e.ID))
		}
	}
}

func sameSession(a, b Session) bool {
	return a.SessionDetails == b.SessionDetails && a.sameTimes(b.Schedule) && a.Live() == b.Live()
}

const sqlInsertSession = `
INSERT INTO session (org_id, id, event_id, title, place, join_address, timezone, all_day, starts_local,
                     ends_local, starts_second, ends_second, starts_at, ends_at, cancelled_at, version)
VALUES (@org_id, @id, @event_id, @title, @place, @join_address, @timezone, @all_day, @starts_local,
        @ends_local, @starts_second, @ends_second, @starts_at, @ends_at, @cancelled_at, @version)`

const sqlUpdateSession = `
UPDATE session
   SET title = @title, place = @place, join_address = @join_address, timezone = @timezone,
       all_day = @all_day, starts_local = @starts_local, ends_local = @ends_local,
       starts_second = @starts_second, ends_second = @ends_second, starts_at = @starts_at,
       ends_at = @ends_at, cancelled_at = @cancelled_at, version = @version
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id = @id`

func queueSlug(b *pgx.Batch, e *Event) {
	b.Queue(sqlKeepSlug, pgx.StrictNamedArgs{"org_id": e.Org, "slug": e.Slug, "event_id": e.ID})
}

const sqlInsertEvent = `
INSERT INTO event (org_id, id, slug, title, summary, description, mode, venue, address, city, country,
                   join_address, join_opens_minutes, topic, languages, website, code_of_conduct_url,
                   call_url, call_closes_on, good_to_know, visibility, registration_mode,
                   registration_closes_local, registration_closes_at, state, state_reason, timezone,
                   all_day, starts_local, ends_local, starts_at, ends_at, external_id, search, version,
                   created_at, published_at)
VALUES (@org_id, @id, @slug, @title, @summary, @description, @mode, @venue, @address, @city, @country,
        @join_address, @join_opens_minutes, @topic, @languages, @website, @code_of_conduct_url,
        @call_url, @call_closes_on, @good_to_know, @visibility, @registration_mode,
        @registration_closes_local, @registration_closes_at, @state, @state_reason, @timezone,
        @all_day, @starts_local, @ends_local, @starts_at, @ends_at, @external_id, @search, @version,
        @created_at, @published_at)`

// queueNew adds the statements that write a new event with its sessions.
func queueNew(b *pgx.Batch, e *Event) {
	e.settle()
	b.Queue(sqlInsertEvent, e.args())
	queueSlug(b, e)
	for _, s := range e.Sessions {
		b.Queue(sqlInsertSession, s.args(e.Org, e.ID))
	}
}

// insertTx writes new events with audit entries.
func insertTx(ctx context.Context, tx *pg.Tx, actor account.Actor, action string, events ...*Event) error {
	var b pgx.Batch
	for _, e := range events {
		queueNew(&b, e)
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("write new event: %w", err)
	}
	for _, e := range events {
		err := account.AuditTx(ctx, tx, account.Audit{
			Org: e.Org, Actor: actor.ID(), Action: action, Subject: e.ID.String(), After: e,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

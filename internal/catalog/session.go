package catalog

import (
	"context"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// maxSessions bounds the sittings of one event.
const maxSessions = 500

// SessionInput says what a sitting is.
type SessionInput struct {
	Org     uid.Org
	Event   uid.Event
	Session uid.Session // zero for a new one
	Version int64       // of the session; 0 for a new one
	Details SessionDetails
	When    When
}

// resolve checks the input as far as it can be checked without the event.
func (in *SessionInput) resolve() (Schedule, error) {
	in.Details = in.Details.tidy()
	var p problems
	in.Details.check(&p, "details.")
	schedule := in.When.resolve(&p, "details.schedule.")
	return schedule, p.err()
}

// Added is an event with the id of the sitting that was added to it.
type Added struct {
	Event   Event       `json:"event"`
	Session uid.Session `json:"session_id"`
}

// CreateSession adds a sitting. Only a draft's may lie in the past.
func (s *Service) CreateSession(ctx context.Context, actor account.Actor, key replay.Key, in SessionInput) (Added, error) {
	schedule, err := in.resolve()
	if err != nil {
		return Added{}, err
	}
	id := uid.New[uid.Session]()
	t := target{org: in.Org, event: in.Event, action: "session.create"}
	add := func(c *edit) error {
		if err := c.movable(); err != nil {
			return err
		}
		if len(c.after.Sessions) >= maxSessions {
			return wrongState("event_id", "This event has as many sessions as an event can have.")
		}
		if err := c.fits(id, schedule, c.before.State == StateDraft); err != nil {
			return err
		}
		c.after.Sessions = append(c.after.Sessions, Session{ID: id, SessionDetails: in.Details, Schedule: schedule, Version: 1})
		return nil
	}
	return changeFor(ctx, s, actor, key, t, add, func(e Event) Added { return Added{e, id} })
}

// UpdateSession replaces what is said about a sitting; a new time or place is
// told to those who come. Times in the past are refused.
func (s *Service) UpdateSession(ctx context.Context, actor account.Actor, key replay.Key, in SessionInput) (Event, error) {
	schedule, err := in.resolve()
	if err != nil {
		return Event{}, err
	}
	t := target{org: in.Org, event: in.Event, action: "session.update"}
	return s.change(ctx, actor, key, t, func(c *edit) error {
		old, err := c.liveSession(in.Session, in.Version)
		if err != nil {
			return err
		}
		if err := c.movable(); err != nil {
			return err
		}
		before := *old
		if !schedule.sameTimes(before.Schedule) {
			if err := c.fits(in.Session, schedule, false); err != nil {
				return err
			}
			c.factAbout(FactSessionMoved, old.ID, Moved{Before: oldTime(before.Schedule)})
		}
		old.SessionDetails, old.Schedule = in.Details, schedule
		c.sessionChanged(before, *old)
		return nil
	})
}

// CancelSession cancels one sitting; the last one cannot be cancelled alone.
func (s *Service) CancelSession(ctx context.Context, actor account.Actor, key replay.Key, w Which, id uid.Session) (Event, error) {
	t := target{org: w.Org, event: w.Event, action: "session.cancel"}
	return s.change(ctx, actor, key, t, func(c *edit) error {
		old, err := c.liveSession(id, w.Version)
		if err != nil {
			return err
		}
		if err := c.movable(); err != nil {
			return err
		}
		if len(live(c.after.Sessions)) == 1 {
			return wrongState("session_id", "This is the last session. Cancel the event instead.")
		}
		now := c.tx.Now
		old.CancelledAt = &now
		c.factAbout(FactSessionCancelled, id, nil)
		return nil
	})
}

// liveSession finds a session to change.
func (c *edit) liveSession(id uid.Session, version int64) (*Session, error) {
	s := c.session(id)
	switch {
	case s == nil:
		return nil, fault.NotFound("session")
	case !s.Live():
		return nil, alreadyCancelled("session_id", "This session is cancelled already.")
	case s.Version != version:
		return nil, stale()
	}
	return s, nil
}

// fits refuses times that a session of this event cannot have.
func (c *edit) fits(id uid.Session, to Schedule, mayBePast bool) error {
	const prefix = "details.schedule."
	var p problems
	for _, other := range live(c.after.Sessions) {
		if other.ID != id && other.Timezone != to.Timezone {
			p.add(prefix+"timezone", "session.timezone", "must be %s, as in the event's other sessions", other.Timezone)
			break
		}
	}
	if !mayBePast && to.past(c.tx.Now) {
		p.add(prefix+"starts_local", "schedule.past", "is in the past")
	}
	return p.err()
}

// sessionChanged notes what else changed about a sitting.
func (c *edit) sessionChanged(before, after Session) {
	d := Changed{Before: map[string]any{}}
	if before.Title != after.Title {
		d.Changed = append(d.Changed, "title")
		d.Before["title"] = before.Title
	}
	if before.Place != after.Place {
		d.Changed, d.Notify = append(d.Changed, ChangedPlace), true
		d.Before["place"] = before.Place
	}
	if before.JoinAddress != after.JoinAddress {
		d.Changed, d.Notify = append(d.Changed, ChangedJoinAddress), true
	}
	if len(d.Changed) > 0 {
		c.factAbout(FactSessionChanged, after.ID, d)
	}
}

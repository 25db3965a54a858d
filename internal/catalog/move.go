package catalog

import (
	"context"
	"strings"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// MoveInput gives an event other times.
type MoveInput struct {
	Org     uid.Org
	Event   uid.Event
	Version int64
	// When is the new schedule. An event with several live sessions takes only
	// its start and zone: the sessions keep their distances on the clock.
	When When
	Note string // a sentence for those who registered; may be empty
}

// Move gives an event other times; everybody who registered hears of it. A
// postponed event is published again. Times in the past and times that the
// clocks skip are refused. A deadline for registration moves along.
func (s *Service) Move(ctx context.Context, actor account.Actor, key replay.Key, in MoveInput) (Event, error) {
	in.Note = tidyText(in.Note)
	var p problems
	checkText(&p, "note", in.Note, maxReason)
	if err := p.err(); err != nil {
		return Event{}, err
	}
	t := target{org: in.Org, event: in.Event, action: "event.move"}
	return s.change(ctx, actor, key, t, func(c *edit) error {
		if err := c.expect(in.Version); err != nil {
			return err
		}
		if err := c.movable(); err != nil {
			return err
		}
		if err := c.move(in.When); err != nil {
			return err
		}
		return c.moved(in.Note)
	})
}

func (c *edit) movable() error {
	switch c.standing() {
	case StateCancelled:
		return wrongState("event_id", "This event is cancelled, so it cannot be moved.")
	case StateEnded:
		return wrongState("event_id", "This event is over. Make a copy for another date.")
	case StateArchived:
		return wrongState("event_id", "This event is archived.")
	}
	return nil
}

// move changes the times of the live sessions.
func (c *edit) move(when When) error {
	const prefix = "schedule."
	var p problems
	e := &c.after
	if coming := live(e.Sessions); len(coming) == 1 {
		c.session(coming[0].ID).Schedule = when.resolve(&p, prefix)
		if err := p.err(); err != nil {
			return err
		}
	} else {
		if !checkZone(&p, prefix+"timezone", when.Timezone) {
			return p.err()
		}
		d, ok := e.distance(&p, prefix+"starts_local", when.StartsLocal)
		if !ok {
			return p.err()
		}
		for _, s := range coming {
			to := s.Schedule
			if s.ID == coming[0].ID {
				to.StartsSecond = when.StartsSecond
			}
			c.session(s.ID).Schedule = to.shift(&p, prefix+"starts_local", d, when.Timezone)
		}
		if err := p.err(); err != nil {
			return err
		}
	}
	e.settle()
	if e.past(c.tx.Now) && !e.sameTimes(c.before.Schedule) {
		p.add(prefix+"starts_local", "schedule.past", "is in the past")
		return p.err()
	}
	e.shiftDates(c.before.Schedule, e.StartsLocal.Sub(c.before.StartsLocal))
	return nil
}

// moved notes what follows from new times.
func (c *edit) moved(note string) error {
	if c.after.State == StatePostponed {
		c.after.State, c.after.StateReason = StatePublished, ""
	} else if c.after.sameTimes(c.before.Schedule) {
		return nil
	}
	c.fact(FactMoved, Moved{Note: note, Before: oldTime(c.before.Schedule)})
	return nil
}

// session is the session of the event as it will be; nil when it has none.
func (c *edit) session(id uid.Session) *Session {
	for i := range c.after.Sessions {
		if c.after.Sessions[i].ID == id {
			return &c.after.Sessions[i]
		}
	}
	return nil
}

// past reports whether it is too late to let somebody know of these times.
func (s Schedule) past(now time.Time) bool {
	if s.AllDay {
		return !s.EndsAt.After(now)
	}
	return !s.StartsAt.After(now)
}

// distance is how far on the clock the event's start is from another start,
// which is a date where the first session lasts all day. A time of day is then
// left aside.
func (e Event) distance(p *problems, path, startsLocal string) (time.Duration, bool) {
	first := live(e.Sessions)[0]
	if first.AllDay {
		startsLocal, _, _ = strings.Cut(startsLocal, "T")
	}
	to, ok := readWall(p, path, startsLocal, first.AllDay)
	return to.Sub(first.StartsLocal), ok
}

// shiftDates moves the deadlines along with a start that was at from. Those
// that are dates move by whole days.
func (e *Event) shiftDates(from Schedule, d time.Duration) {
	days := dateOf(from.StartsLocal.Add(d)).Sub(dateOf(from.StartsLocal))
	var none problems // the texts were checked where they came in
	if w, ok := readDeadline(&none, "", e.RegistrationClosesLocal); ok {
		if w.Second() == 59 {
			e.RegistrationClosesLocal = sayDeadline(w.Add(days))
		} else {
			e.RegistrationClosesLocal = sayDeadline(w.Add(d))
		}
	}
}

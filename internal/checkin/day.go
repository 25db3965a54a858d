package checkin

import (
	"slices"
	"time"

	"lanyard/internal/uid"
)

// Slot is when a session takes place.
type Slot struct {
	Session  uid.Session
	StartsAt time.Time
	EndsAt   time.Time
}

// early is how long before a session its guests may come, although it is still the
// day before.
const early = 3 * time.Hour

// on reports whether a session is one of this moment's day in a zone.
func (s Slot) on(now time.Time, zone *time.Location) bool {
	day := ModeOncePerDay.Period(now, zone)
	first, last := s.days(zone)
	return first <= day && day <= last || now.Before(s.StartsAt) && now.Add(early).After(s.StartsAt)
}

// days are the first and the last day of a session in a zone; one that ends at
// midnight is over on the day before.
func (s Slot) days(zone *time.Location) (first, last string) {
	return ModeOncePerDay.Period(s.StartsAt, zone), ModeOncePerDay.Period(s.EndsAt.Add(-time.Second), zone)
}

// otherDay is the day of a ticket that is shown at another day's door, "2026-11-24"
// in the event's zone: the next one, or the last where all are over. It is "" for a
// ticket of today, for one of any day, and where the door is no particular day's.
// The door's days are those of the list's sessions, and today where a list without
// sessions is used on a day of the event. The tablets' program has the same, and
// testdata/verdicts.json holds both to it.
func otherDay(now time.Time, zone *time.Location, ticket, list, event []Slot) string {
	today := func(s Slot) bool { return s.on(now, zone) }
	if len(ticket) == 0 || slices.ContainsFunc(ticket, today) {
		return ""
	}
	if len(list) == 0 && !slices.ContainsFunc(event, today) {
		return ""
	}
	for _, l := range list {
		first, last := l.days(zone)
		for _, t := range ticket {
			if from, to := t.days(zone); from <= last && first <= to {
				return ""
			}
		}
	}
	next, latest := "", ""
	for _, t := range ticket {
		day, _ := t.days(zone)
		if t.StartsAt.After(now) && (next == "" || day < next) {
			next = day
		}
		latest = max(latest, day)
	}
	if next != "" {
		return next
	}
	return latest
}

// otherDay is the function of the same name for a ticket's product on a list.
func (c *config) otherDay(now time.Time, product uid.Product, list List) string {
	var of []uid.Session
	for _, p := range c.products {
		if p.ID == product {
			of = p.Sessions
		}
	}
	return otherDay(now, c.zone, c.slots(of), c.slots(list.Sessions), c.sessions)
}

// slots are when sessions take place, without those that were cancelled.
func (c *config) slots(ids []uid.Session) []Slot {
	var out []Slot
	for _, s := range c.sessions {
		if slices.Contains(ids, s.Session) {
			out = append(out, s)
		}
	}
	return out
}

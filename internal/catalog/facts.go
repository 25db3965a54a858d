package catalog

import (
	"time"

	"lanyard/internal/outbox"
	"lanyard/internal/uid"
)

// The facts that this package appends. The subject is the event's id, except
// for the session facts, whose subject is the session's id.
const (
	// FactPublished: a draft was published; no detail.
	FactPublished = "event.published"
	// FactChanged: something that is said about a public event changed; detail Changed.
	FactChanged = "event.changed"
	// FactMoved: a public event has other times, or a date again; detail Moved.
	FactMoved = "event.moved"
	// FactPostponed: a public event lost its date; no detail.
	FactPostponed = "event.postponed"
	// FactCancelled: a public event will not take place; no detail.
	FactCancelled = "event.cancelled"
	// FactRehearsal: somebody wants to see the invitation in their own mailbox;
	// detail Rehearsal.
	FactRehearsal = "event.rehearsal"
	// FactSessionChanged: what is said about a sitting changed; detail Changed.
	FactSessionChanged = "session.changed"
	// FactSessionMoved: a sitting has other times; detail Moved.
	FactSessionMoved = "session.moved"
	// FactSessionCancelled: a sitting will not take place; no detail.
	FactSessionCancelled = "session.cancelled"
)

// Words in Changed.Changed besides the names of single fields.
const (
	// ChangedPlace stands for mode, venue, address, city and country together,
	// and for a sitting's room.
	ChangedPlace = "place"
	// ChangedJoinAddress stands for the address of the meeting, whose old value
	// is never in Before.
	ChangedJoinAddress = "join_address"
)

// Changed is the detail of FactChanged and FactSessionChanged.
type Changed struct {
	// Changed names what changed: field names, ChangedPlace, ChangedJoinAddress.
	Changed []string `json:"changed"`
	// Notify is true when those who registered must be told at once: the place
	// or the meeting address changed, or the organiser asked for it.
	Notify bool `json:"notify"`
	// Before holds the old values by field name.
	Before map[string]any `json:"before"`
}

// Rehearsal is the detail of FactRehearsal.
type Rehearsal struct {
	// Person gets the test.
	Person uid.Person `json:"person"`
}

// Moved is the detail of FactMoved and FactSessionMoved.
type Moved struct {
	// Note is the organiser's sentence for those who registered; may be empty.
	Note   string  `json:"note"`
	Before OldTime `json:"before"`
}

// OldTime is when something would have been.
type OldTime struct {
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	Timezone string    `json:"timezone"`
}

func oldTime(s Schedule) OldTime { return OldTime{s.StartsAt, s.EndsAt, s.Timezone} }

// fact notes a fact about the event.
func (c *edit) fact(kind string, detail any) { c.factAbout(kind, c.after.ID, detail) }

// factAbout notes a fact that will be appended with the change. It does so only
// where people may have registered and wait for the event: not for drafts, and
// not for what is over, cancelled or archived already.
func (c *edit) factAbout(kind string, subject [16]byte, detail any) {
	if c.before.at(c.tx.Now).State.public() || c.after.at(c.tx.Now).State.public() {
		c.facts = append(c.facts, outbox.Fact{Org: c.after.Org, Kind: kind, Subject: subject, Detail: detail})
	}
}

package catalog

import (
	"time"

	"lanyard/internal/uid"
)

// Mode is how people take part.
type Mode string

// The modes.
const (
	Online   Mode = "online"
	InPerson Mode = "in_person"
	Hybrid   Mode = "hybrid"
)

// Known reports whether m is one of the modes.
func (m Mode) Known() bool { return m == Online || m == InPerson || m == Hybrid }

// HasRoom reports whether there is a place to go to.
func (m Mode) HasRoom() bool { return m == InPerson || m == Hybrid }

// HasJoinPage reports whether people can take part from anywhere.
func (m Mode) HasJoinPage() bool { return m == Online || m == Hybrid }

// State is where an event stands; the package comment draws the transitions.
type State string

// The states. StateEnded is never stored.
const (
	StateDraft       State = "draft"
	StatePublished   State = "published"
	StateSalesClosed State = "sales_closed"
	StatePostponed   State = "postponed"
	StateCancelled   State = "cancelled"
	StateEnded       State = "ended"
	StateArchived    State = "archived"
)

// Known reports whether s is one of the states.
func (s State) Known() bool {
	switch s {
	case StateDraft, StatePublished, StateSalesClosed, StatePostponed, StateCancelled, StateEnded, StateArchived:
		return true
	}
	return false
}

// public reports whether people may have registered for an event in stored
// state s, so that its changes concern them.
func (s State) public() bool {
	return s == StatePublished || s == StateSalesClosed || s == StatePostponed
}

// Visibility is who finds a published event.
type Visibility string

// The visibilities.
const (
	// Public events are on the programme, in feeds and for search engines.
	Public Visibility = "public"
	// Unlisted events are found only by their address.
	Unlisted Visibility = "unlisted"
)

// Known reports whether v is one of the visibilities.
func (v Visibility) Known() bool { return v == Public || v == Unlisted }

// RegistrationMode is how a place is got.
type RegistrationMode string

// The registration modes.
const (
	// Open gives a place at once, while places last.
	Open RegistrationMode = "open"
	// Approval leaves each application to a person.
	Approval RegistrationMode = "approval"
	// External leaves registration to the event's own website.
	External RegistrationMode = "external"
)

// Known reports whether r is one of the registration modes.
func (r RegistrationMode) Known() bool { return r == Open || r == Approval || r == External }

// Details is what an organiser says about an event, apart from its times.
// Organisers' words are kept as they were typed, apart from stray spaces.
type Details struct {
	Title       string `json:"title"`
	Slug        string `json:"slug"`        // last part of the address; empty in input: made from the title
	Summary     string `json:"summary"`     // one or two sentences
	Description string `json:"description"` // Markdown
	Mode        Mode   `json:"mode"`
	Venue       string `json:"venue"`
	Address     string `json:"address"`
	City        string `json:"city"`
	Country     string `json:"country"`
	// JoinAddress is where the webinar takes place; only organisers and the
	// join page may see it.
	JoinAddress      string `json:"join_address"`
	JoinOpensMinutes int    `json:"join_opens_minutes"` // before the start
	Topic            string `json:"topic"`
	Languages        string `json:"languages"` // "EN,FR"
	Website          string `json:"website"`
	CodeOfConductURL string `json:"code_of_conduct_url"`
	CallURL          string `json:"call_url"`
	CallClosesOn     string `json:"call_closes_on"` // "2026-11-26", the last day; or empty

	Visibility       Visibility       `json:"visibility"`
	RegistrationMode RegistrationMode `json:"registration_mode"`
	// RegistrationClosesLocal is a wall time "2026-11-26T18:30" or a date, which
	// means its last second. Empty: the end of an online event, else the start.
	RegistrationClosesLocal string `json:"registration_closes_local"`
	GoodToKnow              string `json:"good_to_know"` // for the confirmation
}

// Event is something people can come to, as its organisers see it.
type Event struct {
	Org     uid.Org   `json:"org_id"`
	OrgSlug string    `json:"org_slug"` // the organisation's
	OrgName string    `json:"org_name"` // the organisation's
	ID      uid.Event `json:"id"`
	Details
	Schedule
	// State is where it stood when it was read; StateEnded follows from the time.
	State       State  `json:"state"`
	StateReason string `json:"state_reason"` // why it was cancelled or postponed
	// RegistrationClosesAt is the first instant at which nobody can register any more.
	RegistrationClosesAt time.Time  `json:"registration_closes_at"`
	ExternalID           string     `json:"external_id"` // by which an import knows it
	Version              int64      `json:"version"`
	CreatedAt            time.Time  `json:"created_at"`
	PublishedAt          *time.Time `json:"published_at"`
	// Sessions are the sittings by start, cancelled ones included. Lists leave them out.
	Sessions []Session `json:"sessions"`
}

// Session is one sitting of an event.
type Session struct {
	ID uid.Session `json:"id"`
	SessionDetails
	Schedule
	CancelledAt *time.Time `json:"cancelled_at"`
	Version     int64      `json:"version"`
}

// SessionDetails is what an organiser says about a sitting, apart from its times.
type SessionDetails struct {
	Title string `json:"title"` // empty for the only sitting of a simple event
	Place string `json:"place"` // the room; empty: the event's place
	// JoinAddress is where it takes place online when that differs from the
	// event's; only organisers and the join page may see it.
	JoinAddress string `json:"join_address"`
}

// Live reports whether the sitting will happen or did.
func (s Session) Live() bool { return s.CancelledAt == nil }

// at returns e with StateEnded in place of the stored state where it applies.
func (e Event) at(now time.Time) Event {
	if (e.State == StatePublished || e.State == StateSalesClosed) && !e.EndsAt.After(now) {
		e.State = StateEnded
	}
	return e
}

// TakesRegistrations reports whether somebody may register at this instant, as
// far as the event goes; whether there is room is for the inventory to say.
func (e Event) TakesRegistrations(now time.Time) bool {
	return e.State == StatePublished && e.RegistrationMode != External && now.Before(e.RegistrationClosesAt)
}

// live returns the sittings that were not cancelled.
func live(sessions []Session) []Session {
	var out []Session
	for _, s := range sessions {
		if s.Live() {
			out = append(out, s)
		}
	}
	return out
}

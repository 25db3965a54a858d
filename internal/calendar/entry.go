package calendar

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// Method says what an invitation does to the recipient's calendar. It must also
// be the method parameter of the MIME part that carries the bytes.
type Method string

// The methods of an invitation.
const (
	// Request puts a session into the calendar, or updates it.
	Request Method = "REQUEST"
	// Cancel takes it out again.
	Cancel Method = "CANCEL"
)

// Status says whether a session takes place.
type Status string

// The statuses. The zero value counts as Confirmed.
const (
	// Confirmed means that the session takes place.
	Confirmed Status = "CONFIRMED"
	// Cancelled means that it does not.
	Cancelled Status = "CANCELLED"
)

// PartStat is the recipient's last known answer to an invitation.
type PartStat string

// The answers. The zero value counts as NeedsAction.
const (
	// NeedsAction means that the recipient has not answered.
	NeedsAction PartStat = "NEEDS-ACTION"
	// Accepted means that the recipient said yes.
	Accepted PartStat = "ACCEPTED"
	// Declined means that the recipient said no.
	Declined PartStat = "DECLINED"
	// Tentative means that the recipient said perhaps.
	Tentative PartStat = "TENTATIVE"
)

// Person is a name and an e-mail address. An empty name is shown as the address.
type Person struct {
	Name  string
	Email string
}

// Geo is a place on earth in decimal degrees.
type Geo struct {
	Latitude  float64
	Longitude float64
}

// Entry is one session as it stands in a calendar.
type Entry struct {
	// UID identifies the session in calendars for ever; see NewUID.
	UID string
	// Sequence is 0 for the first version and rises by one with each that is sent.
	Sequence int
	// Stamp is when this version was made; each version's is later than the last.
	Stamp time.Time
	// Created is when the session was first written; zero leaves it out.
	Created time.Time
	// Modified is when its content last changed; zero means Stamp.
	Modified time.Time
	// Organizer is the sending address; it never changes for a UID.
	Organizer Person
	// Zone is the IANA name of the zone in which the session takes place.
	Zone string
	// Start and End are instants, End exclusive. For an all-day entry only their
	// dates in Zone count, and End is the day after the last.
	Start, End time.Time
	// AllDay marks an entry that has dates and no times.
	AllDay bool
	// Summary is the title, on one line.
	Summary string
	// Description is plain text with line breaks. It must not hold a link with
	// which its reader could change a booking: people share their calendars.
	Description string
	// Location is an address or "Online", on one line.
	Location string
	// Geo is where the location lies, or nil.
	Geo *Geo
	// URL is the event's public page; empty leaves it out.
	URL string
	// Status says whether the session takes place.
	Status Status
	// Transparent marks an entry that does not make its reader busy, as in a feed
	// of everything that is on.
	Transparent bool
}

// Invite is one version of one person's invitation to one session.
type Invite struct {
	Entry
	// Method says what this version does.
	Method Method
	// Attendee is the recipient and the only person invited by it.
	Attendee Person
	// PartStat is the recipient's stored answer.
	PartStat PartStat
	// JoinURL is the recipient's own page for joining online; empty for sessions
	// that are only in a room. It also goes into the description, and into the
	// location when that is empty, because most calendars show nothing else.
	JoinURL string
}

// NewUID makes the identity of a session in one person's calendar, or in public
// ones. It is random: never derive one from a title or a slug, and never use one
// again after Cancel. The host is the installation's domain.
func NewUID(host string) string {
	return uuid.NewString() + "@" + strings.ToLower(host)
}

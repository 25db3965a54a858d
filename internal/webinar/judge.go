package webinar

import (
	"strings"
	"time"
	"unicode/utf8"

	"lanyard/internal/fold"
)

// State is what a join page says; see the package comment.
type State string

// The states.
const (
	Unknown      State = "unknown"
	Replaced     State = "replaced"
	NotConfirmed State = "not_confirmed"
	Cancelled    State = "cancelled"
	Postponed    State = "postponed"
	TooEarly     State = "too_early"
	NoRoom       State = "no_room"
	Open         State = "open"
	Ended        State = "ended"
)

// Facts are what decides about a join page.
type Facts struct {
	// TokenVersion and LinkVersion are the token's version and the one in force.
	TokenVersion, LinkVersion int
	// Registration is the registration's state, as it stands in the table.
	Registration string
	// Event is the event's state, as it stands in the table.
	Event string
	// SessionCancelled is true when this session does not take place.
	SessionCancelled bool
	// HasAddress is true when the organiser has given an address.
	HasAddress bool
	// OpensAt is when the page opens, EndsAt when the session ends.
	OpensAt, EndsAt time.Time
}

// Judge says what a join page shows at the instant now. What concerns the place
// comes before what concerns the event, and both before the time of day, so that
// nobody counts down to something that is not theirs.
func Judge(f Facts, now time.Time) State {
	switch {
	case f.Registration == "transferred", f.TokenVersion != f.LinkVersion:
		return Replaced
	case f.Registration != "confirmed":
		return NotConfirmed
	case f.Event == "cancelled", f.SessionCancelled:
		return Cancelled
	case now.After(f.EndsAt):
		return Ended
	case f.Event == "postponed":
		return Postponed
	case now.Before(f.OpensAt):
		return TooEarly
	case !f.HasAddress:
		return NoRoom
	}
	return Open
}

// mask shortens a name to what its owner recognises and a stranger learns little
// from: "Amara Osei" becomes "Amara O.", a single word its first letter.
func mask(name string) string {
	words := strings.Fields(fold.WithoutTitle(name))
	switch len(words) {
	case 0:
		return ""
	case 1:
		return initial(words[0])
	}
	return words[0] + " " + initial(words[len(words)-1])
}

func initial(word string) string {
	_, n := utf8.DecodeRuneInString(word)
	return word[:n] + "."
}

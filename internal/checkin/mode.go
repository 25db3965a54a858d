package checkin

import "time"

// Mode is how often one ticket comes in by one list.
type Mode string

// The modes.
const (
	ModeOnce       Mode = "once"
	ModeOncePerDay Mode = "once_per_day"
	ModeReEntry    Mode = "re_entry"
	ModeFree       Mode = "free"
)

// Policy is what a tablet without network may decide.
type Policy string

// The policies.
const (
	PolicyAdmit          Policy = "admit"
	PolicySignedOrListed Policy = "signed_or_listed"
	PolicyListedOnly     Policy = "listed_only"
	PolicyStop           Policy = "stop"
)

// Period is the day to which an admission belongs, "2026-11-26" in the event's
// zone, on a list that admits once a day; on all others there is one period, "".
func (m Mode) Period(at time.Time, zone *time.Location) string {
	if m != ModeOncePerDay {
		return ""
	}
	return at.In(zone).Format(time.DateOnly)
}

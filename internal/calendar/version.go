package calendar

import (
	"crypto/sha256"
	"io"
	"strconv"
	"strings"
	"time"
)

// Hash is a fingerprint of everything in an invitation that its recipient can see
// in a calendar. A new version is due when it changes; identity, version number,
// times of writing and the recipient's answer do not count.
func Hash(i Invite) [sha256.Size]byte {
	status, geo := i.Status, ""
	if status == "" {
		status = Confirmed
	}
	if i.Method == Cancel {
		status = Cancelled
	}
	if g := i.Geo; g != nil {
		geo = degrees(g.Latitude) + ";" + degrees(g.Longitude)
	}
	h := sha256.New()
	for _, s := range []string{
		string(i.Method),
		string(status),
		nameOf(i.Organizer), strings.ToLower(i.Organizer.Email),
		nameOf(i.Attendee), strings.ToLower(i.Attendee.Email),
		whenKey(i.Entry),
		cleanLine(i.Summary, maxSummary),
		cleanText(i.Description, maxDescription),
		cleanLine(i.Location, maxLocation),
		geo, i.URL, i.JoinURL,
	} {
		// The length keeps neighbouring values apart. Writing to a hash cannot fail.
		_, _ = io.WriteString(h, strconv.Itoa(len(s))+":"+s)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// whenKey says when an entry is, in a form that is equal for equal times.
func whenKey(e Entry) string {
	layout, loc := utcLayout, time.UTC
	if e.AllDay {
		layout = dateLayout
		if l, err := Zone(e.Zone); err == nil {
			loc = l
		}
	}
	return e.Zone + " " + e.Start.In(loc).Format(layout) + "/" + e.End.In(loc).Format(layout)
}

// Supersede makes the version that follows last, which was sent, with next's
// content at the instant at. changed is false, and last comes back, when nobody
// could see a difference: then the old bytes are still right.
//
// Nothing follows a cancellation: it comes back too, and the person who returns
// needs an invitation with a new UID.
//
// Identity and organiser stay last's for life. The answer given to last is kept
// while the time stays, so that a corrected title does not ask everybody again.
func Supersede(last, next Invite, at time.Time) (v Invite, changed bool) {
	next.UID, next.Organizer, next.Created = last.UID, last.Organizer, last.Created
	if last.Method == Cancel || Hash(last) == Hash(next) {
		return last, false
	}
	next.Sequence = last.Sequence + 1
	next.Stamp = later(last.Stamp, at)
	next.Modified = next.Stamp
	next.PartStat = NeedsAction
	if whenKey(last.Entry) == whenKey(next.Entry) {
		next.PartStat = last.PartStat
	}
	return next, true
}

// Withdraw makes the cancellation of last at the instant at; reason is one short
// sentence or empty. The UID is dead afterwards: calendars ignore every later
// request with it, so a person who registers again needs a new one.
func Withdraw(last Invite, reason string, at time.Time) Invite {
	last.Method, last.Status = Cancel, Cancelled
	last.Sequence++
	last.Stamp = later(last.Stamp, at)
	last.Modified = last.Stamp
	last.Description = reason
	return last
}

// later is at, or the next second after last when at is not later: calendars tell
// versions apart by whole seconds.
func later(last, at time.Time) time.Time {
	if t := at.UTC().Truncate(time.Second); t.After(last) {
		return t
	}
	return last.UTC().Truncate(time.Second).Add(time.Second)
}

package calendar

import (
	"net/url"
	"regexp"
	"slices"
	"time"

	"lanyard/internal/fault"
)

// FeedInfo describes a calendar that programs subscribe to.
type FeedInfo struct {
	// Name is what the calendar is called in the reader's list.
	Name string
	// Description is one or two sentences, or empty.
	Description string
	// Source is the feed's own address.
	Source string
	// Color is a CSS colour name such as "teal", or empty.
	Color string
}

// The feed's window: what lies further away is left out, so that a feed stays
// small however long an organisation has been running events.
const (
	feedPast      = 30 * 24 * time.Hour
	feedMonths    = 18
	feedMaxEvents = 1000
)

var colorName = regexp.MustCompile(`^[a-z]{3,24}$`)

// Feed writes a calendar to subscribe to. It has no METHOD. Programs fetch it when
// they like, some once a day; an invitation by mail is what brings news quickly.
func Feed(info FeedInfo, entries []Entry) ([]byte, error) {
	name := cleanLine(info.Name, maxSummary)
	if name == "" {
		return nil, fault.InvalidField("name", "calendar.name", "The calendar needs a name.")
	}
	source, err := link("source", info.Source)
	if err != nil {
		return nil, err
	}
	if info.Color != "" && !colorName.MatchString(info.Color) {
		return nil, fault.InvalidField("color", "calendar.color", "Choose a CSS colour name such as teal.")
	}
	u, err := url.Parse(source)
	if err != nil {
		return nil, fault.InvalidField("source", "calendar.url", "This is not a web address.").Because(err)
	}
	cal := envelope("@"+u.Hostname(), "")
	addProperty(cal, prop("NAME", name))
	addProperty(cal, prop("X-WR-CALNAME", name))
	if text := cleanText(info.Description, maxDescription); text != "" {
		addProperty(cal, prop("DESCRIPTION", text))
		addProperty(cal, prop("X-WR-CALDESC", text))
	}
	addProperty(cal, prop("REFRESH-INTERVAL", "PT1H", with("VALUE", "DURATION")))
	addProperty(cal, prop("X-PUBLISHED-TTL", "PT1H"))
	addProperty(cal, uri("SOURCE", source))
	if info.Color != "" {
		addProperty(cal, prop("COLOR", info.Color))
	}
	if err := addEntries(cal, entries); err != nil {
		return nil, err
	}
	return seal(cal)
}

// Window picks what a feed shows at now: entries that ended at most 30 days ago
// and start within 18 months, at most a thousand, soonest first. A cancelled entry
// stays for 30 days after its last change, so that every subscriber fetches the
// cancellation once, and then disappears.
func Window(entries []Entry, now time.Time) []Entry {
	from, until := now.Add(-feedPast), now.AddDate(0, feedMonths, 0)
	out := make([]Entry, 0, len(entries))
	for _, e := range entries {
		changed := e.Modified
		if changed.IsZero() {
			changed = e.Stamp
		}
		gone := e.Status == Cancelled && changed.Before(from)
		if !gone && e.End.After(from) && e.Start.Before(until) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, byStart)
	return out[:min(len(out), feedMaxEvents)]
}

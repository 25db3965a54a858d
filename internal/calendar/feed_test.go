package calendar_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lanyard/internal/calendar"
	"lanyard/internal/fault"
)

func feedInfo() calendar.FeedInfo {
	return calendar.FeedInfo{
		Name:        "Life sciences, events",
		Description: "Everything that is on.",
		Source:      "https://events.example.org/o/midlands/events.ics?a=1,2;b",
		Color:       "teal",
	}
}

func TestFeed_Golden(t *testing.T) {
	t.Parallel()
	entries := course()
	entries[1].Status = calendar.Cancelled
	for n := range entries {
		entries[n].Transparent = true
	}
	b, err := calendar.Feed(feedInfo(), entries)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "feed.ics", b)
	if got := linesOf(b, "METHOD"); len(got) != 0 {
		t.Errorf("a feed has no method, got %q", got)
	}
	if got, want := linesOf(b, "SOURCE"), []string{"SOURCE;VALUE=URI:" + feedInfo().Source}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	decode(t, b)
}

func TestFeed_MayBeEmpty(t *testing.T) {
	t.Parallel()
	if _, err := calendar.Feed(feedInfo(), nil); err != nil {
		t.Error(err)
	}
}

func TestFeed_RefusesBadDescriptions(t *testing.T) {
	t.Parallel()
	for _, spoil := range []func(*calendar.FeedInfo){
		func(f *calendar.FeedInfo) { f.Name = "\n" },
		func(f *calendar.FeedInfo) { f.Source = "webcal://events.example.org/" },
		func(f *calendar.FeedInfo) { f.Color = "red\nX:y" },
	} {
		info := feedInfo()
		spoil(&info)
		if b, err := calendar.Feed(info, course()); !fault.Is(err, fault.InvalidInput) {
			t.Errorf("%+v: got %q, %v", info, b, err)
		}
	}
}

// A zone whose rule changed between two entries cannot be described by one yearly
// rule, so its entries are written in UTC. Mexico gave up summer time in 2022.
func TestFeed_ZoneWithTwoRulesIsUTC(t *testing.T) {
	t.Parallel()
	entries := course()[:2]
	entries[0].Zone, entries[1].Zone = "America/Mexico_City", "America/Mexico_City"
	entries[0].Start = time.Date(2020, 7, 1, 18, 0, 0, 0, time.UTC)
	entries[0].End = entries[0].Start.Add(time.Hour)
	b, err := calendar.Feed(feedInfo(), entries)
	if err != nil {
		t.Fatal(err)
	}
	if got := linesOf(b, "TZID"); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// Scenario 21.
func TestWindow_CancelledEntriesStayThirtyDays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	at := func(start time.Duration, status calendar.Status, changed time.Duration) calendar.Entry {
		e := webinar()
		e.Start, e.End = now.Add(start), now.Add(start+time.Hour)
		e.Status, e.Modified = status, now.Add(changed)
		return e
	}
	for name, c := range map[string]struct {
		e    calendar.Entry
		want bool
	}{
		"coming":                       {at(day, "", -100*day), true},
		"ended 29 days ago":            {at(-29*day, "", -100*day), true},
		"ended 31 days ago":            {at(-31*day, "", -100*day), false},
		"in a year":                    {at(365*day, "", 0), true},
		"in two years":                 {at(730*day, "", 0), false},
		"cancelled 29 days ago":        {at(day, calendar.Cancelled, -29*day), true},
		"cancelled 31 days ago":        {at(day, calendar.Cancelled, -31*day), false},
		"confirmed, changed long past": {at(day, calendar.Confirmed, -31*day), true},
	} {
		if got := len(calendar.Window([]calendar.Entry{c.e}, now)) == 1; got != c.want {
			t.Errorf("%s: shown is %v", name, got)
		}
	}
}

func TestWindow_ShowsAThousandSoonestFirst(t *testing.T) {
	t.Parallel()
	now := webinar().Stamp
	var entries []calendar.Entry
	for n := range 1200 {
		e := webinar()
		e.UID = fmt.Sprint(n)
		e.Start = now.Add(time.Duration(1200-n) * time.Hour)
		e.End = e.Start.Add(time.Hour)
		entries = append(entries, e)
	}
	got := calendar.Window(entries, now)
	if len(got) != 1000 || got[0].UID != "1199" || got[999].UID != "200" {
		t.Errorf("%d entries, from %s to %s", len(got), got[0].UID, got[len(got)-1].UID)
	}
}

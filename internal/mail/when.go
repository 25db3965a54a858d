package mail

import (
	"fmt"
	"strings"
	"time"
)

// When says when something is, in words, in the zone where it takes place:
//
//	Thursday 26 November 2026, 18:30–20:00 GMT (13:30–15:00 in New York)
//
// The part in brackets is there when viewerZone is known and its clocks differ. A
// zero end leaves only the start. With allDay, only the dates count, end is the day
// after the last, and nobody's zone matters. A zone that is unknown counts as UTC,
// a viewerZone that is unknown as none.
func When(start, end time.Time, zone, viewerZone string, allDay bool) string {
	loc, ok := location(zone)
	if !ok {
		loc, zone = time.UTC, "UTC"
	}
	if allDay {
		return days(start.In(loc), end.In(loc))
	}
	text := span(start, end, loc)
	viewer, ok := location(viewerZone)
	if !ok || sameClock(start, loc, viewer) && (end.IsZero() || sameClock(end, loc, viewer)) {
		return text
	}
	return text + " (" + abroad(start, end, loc, viewer, viewerZone) + ")"
}

const (
	longDay  = "Monday 2 January 2006"
	shortDay = "Monday 2 January"
	clock24  = "15:04"
)

// span writes the time in the zone where it takes place.
func span(start, end time.Time, loc *time.Location) string {
	s, e := start.In(loc), end.In(loc)
	switch {
	case end.IsZero() || !end.After(start):
		return s.Format(longDay+", "+clock24) + " " + abbreviation(s)
	case !sameDay(s, e):
		return s.Format(longDay+", "+clock24) + " " + abbreviation(s) + " to " + e.Format(longDay+", "+clock24) + " " + abbreviation(e)
	case abbreviation(s) != abbreviation(e): // the clocks change in between
		return s.Format(longDay+", "+clock24) + " " + abbreviation(s) + "–" + e.Format(clock24) + " " + abbreviation(e)
	default:
		return s.Format(longDay+", "+clock24) + "–" + e.Format(clock24) + " " + abbreviation(e)
	}
}

// abroad writes the same time by the reader's clocks, with the days when they are
// not those already written.
func abroad(start, end time.Time, loc, viewer *time.Location, name string) string {
	s, e := start.In(viewer), end.In(viewer)
	text := s.Format(clock24)
	if !sameDay(s, start.In(loc)) {
		text = s.Format(shortDay + ", " + clock24)
	}
	if !end.IsZero() && end.After(start) {
		if sameDay(s, e) {
			text += "–" + e.Format(clock24)
		} else {
			text += " to " + e.Format(shortDay+", "+clock24)
		}
	}
	if city := cityOf(name); city != "" {
		return text + " in " + city
	}
	return text + " " + abbreviation(s)
}

// days writes the dates of an all-day entry.
func days(start, end time.Time) string {
	last := end.AddDate(0, 0, -1)
	switch {
	case end.IsZero() || !last.After(start):
		return start.Format(longDay)
	case start.Year() != last.Year():
		return start.Format(longDay) + " to " + last.Format(longDay)
	case start.Month() != last.Month():
		return start.Format(shortDay) + " to " + last.Format(longDay)
	default:
		return start.Format("Monday 2") + " to " + last.Format(longDay)
	}
}

func location(name string) (*time.Location, bool) {
	if name == "" || name == "Local" {
		return nil, false
	}
	loc, err := time.LoadLocation(name)
	return loc, err == nil
}

func sameClock(t time.Time, a, b *time.Location) bool {
	_, x := t.In(a).Zone()
	_, y := t.In(b).Zone()
	return x == y
}

func sameDay(a, b time.Time) bool {
	y1, m1, d1 := a.Date()
	y2, m2, d2 := b.Date()
	return y1 == y2 && m1 == m2 && d1 == d2
}

// abbreviation is "GMT" or "EST" where the zone has one, and "UTC+4" where the zone
// data only knows the number.
func abbreviation(t time.Time) string {
	name, offset := t.Zone()
	if !strings.HasPrefix(name, "+") && !strings.HasPrefix(name, "-") {
		return name
	}
	sign := "+"
	if offset < 0 {
		sign, offset = "\u2212", -offset
	}
	if offset%3600 == 0 {
		return fmt.Sprintf("UTC%s%d", sign, offset/3600)
	}
	return fmt.Sprintf("UTC%s%d:%02d", sign, offset/3600, offset/60%60)
}

// cityOf is the place in a zone's name, or "" when it names none.
func cityOf(zone string) string {
	if !strings.Contains(zone, "/") || strings.HasPrefix(zone, "Etc/") {
		return ""
	}
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}

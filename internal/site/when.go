package site

import (
	"strconv"
	"strings"
	"time"

	"lanyard/internal/catalog"
	"lanyard/internal/clock"
)

// when is a schedule in words and in the forms that machines read.
type when struct {
	Day      string // "Thursday 23 July 2026", or "Tuesday 28 to Thursday 30 July 2026"
	Time     string // "10:00 to 11:30", or "From 09:30" over several days; empty for all day
	Zone     string // "UK time"
	Offset   string // "UTC+1"
	AllDay   bool
	SameDay  bool
	ZoneID   string // IANA name, for the script that adds the reader's own time
	Start    string // RFC 3339 with the venue's offset; a date for all day
	End      string // the same; for all day the last day
	StartsAt time.Time
	EndsAt   time.Time
}

// sayWhen puts a schedule into words. Wall times are the truth; the offset is
// the one that the venue has at the start.
func sayWhen(s catalog.Schedule) when {
	first, last := s.StartsLocal, s.LastDay()
	w := when{
		Day: dayRange(first, last), AllDay: s.AllDay, SameDay: sameDay(first, last),
		ZoneID: s.Timezone, Zone: zoneWords(s.Timezone), StartsAt: s.StartsAt, EndsAt: s.EndsAt,
	}
	loc, err := clock.Zone(s.Timezone)
	if err != nil {
		loc = time.UTC
	}
	w.Offset = offsetWords(s.StartsAt.In(loc))
	if w.Offset == w.Zone {
		w.Offset = ""
	}
	if s.AllDay {
		w.Start, w.End = first.Format(time.DateOnly), last.Format(time.DateOnly)
		return w
	}
	w.Start, w.End = s.StartsAt.In(loc).Format(withOffset), s.EndsAt.In(loc).Format(withOffset)
	w.Time = first.Format("15:04") + " to " + s.EndsLocal.Format("15:04")
	if !w.SameDay {
		w.Time = "From " + first.Format("15:04")
	}
	return w
}

// TimeInZone is the time with the zone in words: "10:00 to 11:30, UK time".
func (w when) TimeInZone() string {
	if w.AllDay {
		return ""
	}
	return w.Time + ", " + w.Zone
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }

// withOffset is RFC 3339 that says +00:00 where time.RFC3339 says Z: London in
// winter is at the offset zero, and not in the zone UTC.
const withOffset = "2006-01-02T15:04:05-07:00"

const fullDay = "Monday 2 January 2006"

// dayRange says from which day to which, without repeating what is the same.
func dayRange(first, last time.Time) string {
	switch {
	case sameDay(first, last):
		return first.Format(fullDay)
	case first.Year() != last.Year():
		return first.Format(fullDay) + " to " + last.Format(fullDay)
	case first.Month() != last.Month():
		return first.Format("Monday 2 January") + " to " + last.Format(fullDay)
	}
	return first.Format("Monday 2") + " to " + last.Format(fullDay)
}

// tile is a date as the badge in a list shows it.
type tile struct{ Weekday, Day, Month, Date string }

func dateTile(s catalog.Schedule) tile {
	first, last := s.StartsLocal, s.LastDay()
	t := tile{
		Weekday: first.Format("Mon"), Day: first.Format("2"), Month: first.Format("Jan"),
		Date: first.Format(time.DateOnly),
	}
	if sameDay(first, last) {
		return t
	}
	t.Weekday += " to " + last.Format("Mon")
	t.Day += "–" + last.Format("2")
	if first.Month() != last.Month() {
		t.Month += "–" + last.Format("Jan")
	}
	return t
}

// zoneWords names a zone the way people do. Abbreviations mean different zones in
// different countries, so the zone's own city stands in for them.
func zoneWords(id string) string {
	switch id {
	case "Europe/London", "GB":
		return "UK time"
	case "Europe/Dublin":
		return "Irish time"
	case "UTC", "Etc/UTC", "Etc/UCT", "Etc/Zulu", "Etc/Universal", "Etc/Greenwich", "Etc/GMT":
		return "UTC"
	}
	if loc, err := clock.Zone(id); err == nil && strings.HasPrefix(id, "Etc/") {
		return offsetWords(time.Unix(0, 0).In(loc))
	}
	city := id[strings.LastIndexByte(id, '/')+1:]
	return strings.ReplaceAll(city, "_", " ") + " time"
}

// offsetWords is "UTC", "UTC+1" or "UTC−3:30".
func offsetWords(t time.Time) string {
	_, seconds := t.Zone()
	if seconds == 0 {
		return "UTC"
	}
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	out := "UTC" + sign + strconv.Itoa(seconds/3600)
	if m := seconds / 60 % 60; m != 0 {
		out += ":" + strconv.Itoa(m/10) + strconv.Itoa(m%10)
	}
	return out
}

// deadline says an instant in the event's zone: "Wednesday 22 July, 23:59". The
// last second of a minute is said as that minute.
func deadline(at time.Time, zone string, now time.Time) string {
	loc, err := clock.Zone(zone)
	if err != nil {
		loc = time.UTC
	}
	t := at.In(loc)
	day := "Monday 2 January"
	if t.Year() != now.In(loc).Year() {
		day = fullDay
	}
	return t.Format(day + ", 15:04")
}

// length is how long something takes: "50 min", "2 h", "1 h 30 min".
func length(d time.Duration) string {
	h, m := int(d.Hours()), int(d.Minutes())%60
	var parts []string
	if h > 0 {
		parts = append(parts, strconv.Itoa(h)+" h")
	}
	if m > 0 || h == 0 {
		parts = append(parts, strconv.Itoa(m)+" min")
	}
	return strings.Join(parts, " ")
}

// count is a number with its noun: "1 place", "3 places".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

package catalog

import (
	"strings"
	"time"

	"lanyard/internal/clock"
)

const (
	dateForm = "2006-01-02"
	wallForm = "2006-01-02T15:04"
	// longest bounds one sitting, against slips in the year.
	longest = 366 * 24 * time.Hour
	// firstYear and lastYear bound what an organiser can mean.
	firstYear, lastYear = 2000, 2199
)

// When is how people say when something happens: wall times as text.
type When struct {
	StartsLocal  string // "2026-11-26T18:30"; all-day: the first day
	EndsLocal    string // the same form; all-day: the last day, inclusive
	Timezone     string // IANA name
	AllDay       bool
	StartsSecond bool // the second of an hour that the clocks repeat
	EndsSecond   bool
}

// Schedule is when something happens: what clocks at the venue show, and the
// instants that follow from it.
type Schedule struct {
	// StartsLocal and EndsLocal are wall times; their location is UTC and means
	// nothing. All-day: midnights, EndsLocal the one after the last day.
	StartsLocal  time.Time `json:"starts_local"`
	EndsLocal    time.Time `json:"ends_local"`
	Timezone     string    `json:"timezone"`
	AllDay       bool      `json:"all_day"`
	StartsSecond bool      `json:"starts_second"`
	EndsSecond   bool      `json:"ends_second"`
	// StartsAt and EndsAt are the instants in UTC; EndsAt is exclusive.
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
}

// When returns the schedule as people say it.
func (s Schedule) When() When {
	w := When{
		StartsLocal: s.StartsLocal.Format(wallForm), EndsLocal: s.EndsLocal.Format(wallForm),
		Timezone: s.Timezone, AllDay: s.AllDay, StartsSecond: s.StartsSecond, EndsSecond: s.EndsSecond,
	}
	if s.AllDay {
		w.StartsLocal, w.EndsLocal = s.StartsLocal.Format(dateForm), s.LastDay().Format(dateForm)
	}
	return w
}

// LastDay is the date on which it ends: for all-day schedules the last day,
// which EndsLocal is one past.
func (s Schedule) LastDay() time.Time {
	return dateOf(s.EndsLocal.Add(-time.Microsecond))
}

// sameTimes reports whether two schedules mean the same wall times and instants.
func (s Schedule) sameTimes(o Schedule) bool {
	return s.StartsLocal.Equal(o.StartsLocal) && s.EndsLocal.Equal(o.EndsLocal) && s.Timezone == o.Timezone &&
		s.AllDay == o.AllDay && s.StartsAt.Equal(o.StartsAt) && s.EndsAt.Equal(o.EndsAt)
}

// dateOf drops the time of day.
func dateOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// resolve turns what people say into a schedule. Problems are added to p with
// paths below prefix, such as "schedule.starts_local".
func (w When) resolve(p *problems, prefix string) Schedule {
	s := Schedule{Timezone: w.Timezone, AllDay: w.AllDay}
	starts, okStart := readWall(p, prefix+"starts_local", w.StartsLocal, w.AllDay)
	ends, okEnd := readWall(p, prefix+"ends_local", w.EndsLocal, w.AllDay)
	if !checkZone(p, prefix+"timezone", w.Timezone) || !okStart || !okEnd {
		return s
	}
	if w.AllDay {
		ends = ends.AddDate(0, 0, 1)
	}
	switch {
	case ends.Equal(starts) && !w.AllDay:
		p.add(prefix+"ends_local", "schedule.order", "is the same as the start")
		return s
	case !ends.After(starts):
		p.add(prefix+"ends_local", "schedule.order", "is before the start")
		return s
	case ends.Sub(starts) > longest:
		p.add(prefix+"ends_local", "schedule.too_long", "is more than a year after the start")
		return s
	}
	s.StartsLocal, s.EndsLocal = starts, ends
	s.StartsSecond, s.EndsSecond = w.StartsSecond, w.EndsSecond
	s.instants(p, prefix)
	return s
}

// instants derives the instants from the wall times. It refuses times that the
// clocks skip and keeps the choice between repeated ones only where they repeat.
func (s *Schedule) instants(p *problems, prefix string) {
	before := len(p.fields)
	s.StartsAt, s.StartsSecond = s.instant(p, prefix+"starts_local", s.StartsLocal, s.StartsSecond)
	s.EndsAt, s.EndsSecond = s.instant(p, prefix+"ends_local", s.EndsLocal, s.EndsSecond)
	if len(p.fields) == before && !s.EndsAt.After(s.StartsAt) {
		p.add(prefix+"ends_local", "schedule.order",
			"is before the start: the clocks repeat this hour, and the start is in the second of the two")
	}
}

func (s *Schedule) instant(p *problems, path string, wall time.Time, second bool) (time.Time, bool) {
	at, how, err := clock.Resolve(wall, s.Timezone, second && !s.AllDay)
	if err != nil {
		p.add(path, "timezone.unknown", "is in an unknown time zone")
		return time.Time{}, false
	}
	if how == clock.Gap && !s.AllDay {
		moved, _ := clock.Wall(at, s.Timezone) // the zone is known by now
		p.add(path, "schedule.gap", "does not exist in %s: the clocks go forward past it on %s; the next time there is %s",
			s.Timezone, wall.Format("2 January 2006"), moved.Format("15:04"))
	}
	return at, second && !s.AllDay && how == clock.Repeated
}

// shift moves both wall times by d into zone. All-day schedules move by whole
// days: by the dates that d leads to from the first day.
func (s Schedule) shift(p *problems, path string, d time.Duration, zone string) Schedule {
	if s.AllDay {
		d = dateOf(s.StartsLocal.Add(d)).Sub(s.StartsLocal)
	}
	s.StartsLocal, s.EndsLocal, s.Timezone = s.StartsLocal.Add(d), s.EndsLocal.Add(d), zone
	var own problems
	s.instants(&own, "")
	for _, f := range own.fields {
		p.add(path, f.Rule, "leads to %s, which %s", s.StartsLocal.Format("2 January 2006 15:04"), f.Message)
	}
	return s
}

// span is the schedule of an event with these sittings, which share a zone: from
// the first one's start to the last one's end. Without sittings it is zero.
func span(sessions []Session) Schedule {
	if len(sessions) == 0 {
		return Schedule{}
	}
	first, last := sessions[0].Schedule, sessions[0].Schedule
	allDay := true
	for _, s := range sessions {
		if s.StartsAt.Before(first.StartsAt) {
			first = s.Schedule
		}
		if s.EndsAt.After(last.EndsAt) {
			last = s.Schedule
		}
		allDay = allDay && s.AllDay
	}
	return Schedule{
		StartsLocal: first.StartsLocal, StartsSecond: first.StartsSecond, StartsAt: first.StartsAt,
		EndsLocal: last.EndsLocal, EndsSecond: last.EndsSecond, EndsAt: last.EndsAt,
		Timezone: first.Timezone, AllDay: allDay,
	}
}

// closing returns the instant at which registration closes by the details and
// the schedule. A deadline that the clocks skip is a problem at path; without a
// path it is the moment after.
func closing(p *problems, path string, d Details, s Schedule) time.Time {
	byRule := s.StartsAt
	if d.Mode == Online || s.AllDay {
		byRule = s.EndsAt
	}
	if d.RegistrationClosesLocal == "" {
		return byRule
	}
	wall, ok := readDeadline(p, path, d.RegistrationClosesLocal)
	if !ok || s.Timezone == "" {
		return byRule
	}
	at, how, err := clock.Resolve(wall, s.Timezone, false)
	switch {
	case err != nil:
		return byRule // reported with the schedule
	case how == clock.Gap && path != "":
		p.add(path, "schedule.gap", "does not exist in %s: the clocks go forward past it", s.Timezone)
	}
	if at.After(s.EndsAt) {
		return s.EndsAt // nobody registers for what is over
	}
	return at
}

// readDeadline reads a wall time, or a date as its last second.
func readDeadline(p *problems, path, text string) (time.Time, bool) {
	if strings.Contains(text, "T") {
		return readWall(p, path, text, false)
	}
	day, ok := readWall(p, path, text, true)
	return day.Add(24*time.Hour - time.Second), ok
}

// sayDeadline undoes readDeadline; the zero time is "".
func sayDeadline(wall time.Time) string {
	switch {
	case wall.IsZero():
		return ""
	case wall.Second() == 59:
		return wall.Format(dateForm)
	}
	return wall.Format(wallForm)
}

// readWall reads a wall time, or a date.
func readWall(p *problems, path, text string, date bool) (time.Time, bool) {
	form, what := wallForm, "must be a date and time that exist, such as 2026-11-26T18:30"
	if date {
		form, what = dateForm, "must be a date that exists, such as 2026-11-26"
	}
	t, err := time.Parse(form, text)
	switch {
	case text == "":
		p.add(path, "required", "must be filled in")
	case err != nil || t.Format(form) != text:
		p.add(path, "schedule.form", "%s", what)
	case t.Year() < firstYear || t.Year() > lastYear:
		p.add(path, "schedule.year", "must be in a year from %d to %d", firstYear, lastYear)
	default:
		return t, true
	}
	return time.Time{}, false
}

func checkZone(p *problems, path, zone string) bool {
	if _, err := clock.Zone(zone); err != nil {
		p.add(path, "timezone.unknown", "is not the name of a time zone, such as Europe/London; abbreviations say too little")
		return false
	}
	return true
}

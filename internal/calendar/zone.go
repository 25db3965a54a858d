package calendar

import (
	"fmt"
	"strconv"
	"time"

	// The program carries its own copy of the zone rules, for machines without one.
	_ "time/tzdata"

	ics "github.com/arran4/golang-ical"
)

// A zoneRule says how a zone's clocks behave in the years around an entry: either
// one offset all year, or two with one yearly change each way. Zones that fit
// neither are written as UTC, because calendar servers read at most one STANDARD
// and one DAYLIGHT part with one simple yearly rule in each.
type zoneRule struct {
	standard, daylight observance
	fixed              bool
}

// An observance is one part of a zone: when it begins and what the clocks say.
type observance struct {
	from, to int // offsets before and after, in seconds east of UTC
	name     string
	rule     yearly
	anchor   time.Time // first beginning by this rule, as wall time before the change
}

// yearly is a day such as "last Sunday in October" and a wall time on it. It can
// be compared with ==.
type yearly struct {
	month   time.Month
	week    int // 1 to 4 from the start of the month, -1 for the last
	weekday time.Weekday
	clock   time.Duration // since midnight, before the change
}

// The generator looks this many years past an entry before it believes a rule:
// long enough that "fourth Sunday" and "last Sunday" cannot be confused.
const yearsAhead = 12

// The earliest year in which a rule may be anchored.
const firstYear = 1970

// ruleFor finds the rule that holds from the year before start to well after end.
// ok is false when the zone has no rule that fits one of the two shapes.
func ruleFor(loc *time.Location, start, end time.Time) (r zoneRule, ok bool) {
	first, last := start.UTC().Year()-1, end.UTC().Year()+yearsAhead
	changes := changesIn(loc, first, last)
	if len(changes) == 0 {
		return fixedRule(loc, start), true
	}
	for _, week := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
		if r, ok := yearlyRule(loc, first, last, week[0], week[1]); ok {
			return r, true
		}
	}
	return zoneRule{}, false
}

func fixedRule(loc *time.Location, at time.Time) zoneRule {
	name, offset := at.In(loc).Zone()
	return zoneRule{fixed: true, standard: observance{
		from: offset, to: offset, name: name,
		anchor: time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC),
	}}
}

// yearlyRule tries the changes of the first year as a rule for every year to
// last, then follows it back to the year in which it began, so that the bytes
// stay the same from year to year. lastA and lastB say whether the first and the
// second change of the year count their week from the month's end.
func yearlyRule(loc *time.Location, first, last int, lastA, lastB bool) (zoneRule, bool) {
	pair, ok := pairIn(loc, first)
	if !ok {
		return zoneRule{}, false
	}
	want := [2]yearly{pair[0].rule(lastA), pair[1].rule(lastB)}
	holds := func(year int) ([2]change, bool) {
		p, ok := pairIn(loc, year)
		return p, ok && p[0].to == pair[0].to && p[1].to == pair[1].to &&
			p[0].rule(lastA) == want[0] && p[1].rule(lastB) == want[1]
	}
	for year := first + 1; year <= last; year++ {
		if _, ok := holds(year); !ok {
			return zoneRule{}, false
		}
	}
	began := pair
	for year := first - 1; year >= firstYear; year-- {
		p, ok := holds(year)
		if !ok {
			break
		}
		began = p
	}
	r := zoneRule{}
	for i, c := range began {
		o := observance{from: c.from, to: c.to, name: pair[i].name, rule: want[i], anchor: c.wall()}
		// The larger offset is daylight time whatever the zone data calls it: in
		// Dublin the law has it the other way round.
		if c.to > c.from {
			r.daylight = o
		} else {
			r.standard = o
		}
	}
	return r, true
}

// A change is one instant at which a zone's offset changes.
type change struct {
	at       time.Time
	from, to int
	name     string // abbreviation after the change
}

// wall is the wall time just before the change, written as if it were UTC.
func (c change) wall() time.Time { return c.at.UTC().Add(time.Duration(c.from) * time.Second) }

func (c change) rule(fromEnd bool) yearly {
	w := c.wall()
	y := yearly{
		month: w.Month(), week: (w.Day()-1)/7 + 1, weekday: w.Weekday(),
		clock: time.Duration(w.Hour())*time.Hour + time.Duration(w.Minute())*time.Minute + time.Duration(w.Second())*time.Second,
	}
	if fromEnd && w.AddDate(0, 0, 7).Month() != w.Month() {
		y.week = -1
	}
	return y
}

// pairIn returns the two changes of one year when it has exactly two, one each way.
func pairIn(loc *time.Location, year int) (p [2]change, ok bool) {
	c := changesIn(loc, year, year)
	if len(c) != 2 || c[0].from != c[1].to || c[0].to != c[1].from {
		return p, false
	}
	return [2]change{c[0], c[1]}, true
}

// changesIn lists the changes of offset from the first to the last year, by the
// year of their wall time. Changes of name alone do not count.
func changesIn(loc *time.Location, first, last int) []change {
	var out []change
	t := time.Date(first, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -2)
	end := time.Date(last+1, 1, 3, 0, 0, 0, 0, time.UTC)
	for t.Before(end) {
		next, ok := nextBound(loc, t)
		if !ok || !next.Before(end) {
			break
		}
		_, from := next.Add(-time.Second).Zone()
		name, to := next.Zone()
		c := change{at: next, from: from, to: to, name: name}
		if y := c.wall().Year(); from != to && y >= first && y <= last {
			out = append(out, c)
		}
		t = next
	}
	return out
}

// nextBound is the next instant after t at which something may change in loc. For
// years beyond its table, Go ends each year after 365 days: the bound is then no
// change at all, and on the last day of a leap year it does not lie ahead.
func nextBound(loc *time.Location, t time.Time) (time.Time, bool) {
	_, next := t.In(loc).ZoneBounds()
	if next.IsZero() {
		return next, false
	}
	if !next.After(t) {
		next = t.Add(24 * time.Hour).In(loc)
	}
	return next, true
}

// component writes the rule as a VTIMEZONE.
func (r zoneRule) component(tzid string) ics.Component {
	z := &ics.GeneralComponent{Token: "VTIMEZONE"}
	z.Properties = []ics.IANAProperty{prop("TZID", tzid)}
	if !r.fixed {
		z.Components = append(z.Components, r.daylight.component("DAYLIGHT", true))
	}
	z.Components = append(z.Components, r.standard.component("STANDARD", !r.fixed))
	return z
}

func (o observance) component(token string, repeats bool) ics.Component {
	c := &ics.GeneralComponent{Token: token}
	c.Properties = []ics.IANAProperty{
		prop("DTSTART", o.anchor.Format(localLayout)),
		prop("TZOFFSETFROM", offset(o.from)),
		prop("TZOFFSETTO", offset(o.to)),
		prop("TZNAME", o.name),
	}
	if repeats {
		c.Properties = append(c.Properties, prop("RRULE", o.rule.String()))
	}
	return c
}

// String writes the day as a recurrence rule; the wall time is DTSTART's.
func (y yearly) String() string {
	day := [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}[y.weekday]
	return "FREQ=YEARLY;BYMONTH=" + strconv.Itoa(int(y.month)) + ";BYDAY=" + strconv.Itoa(y.week) + day
}

// offset writes seconds east of UTC as +hhmm, with seconds only if there are any.
func offset(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	s := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		s += fmt.Sprintf("%02d", seconds%60)
	}
	return s
}

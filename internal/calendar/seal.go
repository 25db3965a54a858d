package calendar

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// envelope starts a VCALENDAR; an empty method leaves METHOD out. The product
// identifier carries the installation's domain, taken from the part of id after
// the last @ (or the whole of it).
func envelope(id, method string) *ics.Calendar {
	host := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return -1
	}, strings.ToLower(id[strings.LastIndexByte(id, '@')+1:]))
	if host == "" || !strings.Contains(id, "@") {
		host = "Lanyard"
	}
	cal := &ics.Calendar{}
	add := func(name, value string) { addProperty(cal, prop(name, value)) }
	add("VERSION", "2.0")
	add("PRODID", "-//"+host+"//Lanyard//EN")
	add("CALSCALE", "GREGORIAN")
	if method != "" {
		add("METHOD", method)
	}
	return cal
}

func addProperty(cal *ics.Calendar, p ics.IANAProperty) {
	cal.CalendarProperties = append(cal.CalendarProperties, ics.CalendarProperty(p))
}

// A zoneSet knows how each zone of a calendar is written.
type zoneSet struct {
	names []string // in order of name
	rules map[string]zoneRule
}

// zonesOf finds one rule per zone that is right for every entry in it. Zones for
// which there is none are left out, and their entries are written in UTC.
func zonesOf(entries []Entry) zoneSet {
	z := zoneSet{rules: map[string]zoneRule{}}
	odd := map[string]bool{"UTC": true, "Etc/UTC": true}
	for _, e := range entries {
		loc, err := Zone(e.Zone)
		if err != nil || odd[e.Zone] || inUTC(e, loc) {
			continue
		}
		rule, ok := ruleFor(loc, e.Start, e.End)
		if known, seen := z.rules[e.Zone]; !ok || seen && known != rule {
			odd[e.Zone] = true
			delete(z.rules, e.Zone)
			continue
		}
		z.rules[e.Zone] = rule
	}
	for name := range z.rules {
		z.names = append(z.names, name)
	}
	slices.Sort(z.names)
	return z
}

func (z zoneSet) addTo(cal *ics.Calendar) {
	for _, name := range z.names {
		cal.Components = append(cal.Components, z.rules[name].component(name))
	}
}

// of gives an entry's zone and the identifier to write, empty for UTC.
func (z zoneSet) of(e Entry) (*time.Location, string) {
	loc, err := Zone(e.Zone)
	if err != nil {
		return time.UTC, ""
	}
	if _, ok := z.rules[e.Zone]; !ok || inUTC(e, loc) {
		return loc, ""
	}
	return loc, e.Zone
}

// inUTC reports whether an entry needs no zone, or cannot use one: a wall time
// that the clocks show twice means its first occurrence, so the second can only
// be written in UTC.
func inUTC(e Entry, loc *time.Location) bool {
	return e.AllDay || repeated(e.Start, loc) || repeated(e.End, loc)
}

// repeated reports whether t is the second time that loc's clocks show its wall time.
func repeated(t time.Time, loc *time.Location) bool {
	since, _ := t.In(loc).ZoneBounds()
	if since.IsZero() {
		return false
	}
	_, before := since.Add(-time.Second).Zone()
	_, after := since.Zone()
	return t.Before(since.Add(time.Duration(before-after) * time.Second))
}

// seal serialises, reads the result back and lints it. What fails here is a bug
// in this package or in the serialiser, and must not reach anybody's calendar.
func seal(cal *ics.Calendar) ([]byte, error) {
	var b bytes.Buffer
	if err := cal.SerializeTo(&b, ics.WithNewLineWindows); err != nil {
		return nil, fmt.Errorf("serialise calendar: %w", err)
	}
	if problems := Lint(b.Bytes()); len(problems) > 0 {
		return nil, fmt.Errorf("calendar fails its lint: %v", problems)
	}
	again, err := ics.ParseCalendar(bytes.NewReader(b.Bytes()))
	if err != nil {
		return nil, fmt.Errorf("read calendar back: %w", err)
	}
	if want, got := shape(cal.CalendarProperties, cal.Components), shape(again.CalendarProperties, again.Components); want != got {
		return nil, fmt.Errorf("calendar changed its shape: wrote %s, read %s", want, got)
	}
	return b.Bytes(), nil
}

// shape lists the names of all properties and the nesting of components, so that
// a value which smuggled in a line of its own is noticed.
func shape(props []ics.CalendarProperty, parts []ics.Component) string {
	var b strings.Builder
	for _, p := range props {
		b.WriteString(bareName(p.IANAToken) + " ")
	}
	for _, c := range parts {
		inner := make([]ics.CalendarProperty, 0, 16)
		for _, p := range c.UnknownPropertiesIANAProperties() {
			inner = append(inner, ics.CalendarProperty(p))
		}
		b.WriteString("{" + shape(inner, c.SubComponents()) + "}")
	}
	return b.String()
}

// bareName cuts off the parameters that calAddress wrote into a name.
func bareName(token string) string {
	name, _, _ := strings.Cut(token, ";")
	return name
}

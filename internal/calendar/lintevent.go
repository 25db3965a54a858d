package calendar

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The properties that this package writes into a VEVENT. A name that is not here
// came from a value.
var eventProperties = strings.Fields(`UID SEQUENCE DTSTAMP CREATED LAST-MODIFIED DTSTART DTEND STATUS SUMMARY
	DESCRIPTION ORGANIZER ATTENDEE LOCATION GEO URL CONFERENCE CLASS TRANSP
	X-MICROSOFT-CDO-BUSYSTATUS X-MICROSOFT-DISALLOW-COUNTER`)

func (l *linter) event(e *part) {
	l.exactly(e, 1, "UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "STATUS", "SUMMARY")
	for _, name := range eventProperties {
		l.atMostOne(e, name)
	}
	for _, p := range e.lines {
		if !slices.Contains(eventProperties, p.name) {
			l.report(p.number, "property", p.name+" does not belong in an event of ours")
		}
		l.parameters(p)
	}
	if n, err := strconv.Atoi(e.value("SEQUENCE")); err != nil || n < 0 {
		l.report(e.at, "sequence", "SEQUENCE must be a number from 0")
	}
	for _, name := range []string{"DTSTAMP", "CREATED", "LAST-MODIFIED"} {
		for _, p := range e.all(name) {
			if !isTime(p.value, utcLayout) {
				l.report(p.number, "utc", name+" must be a UTC time")
			}
		}
	}
	l.times(e)
	l.statuses(e)
	l.people(e)
	l.links(e)
	l.alarms(e)
}

// parameters looks for values that need quotes and have none, and for the
// backslashes with which some serialisers escape in parameters.
func (l *linter) parameters(p line) {
	for _, a := range p.params {
		if len(a.values) > 1 && a.name != "FEATURE" {
			l.report(p.number, "bare-comma", p.name+";"+a.name+" holds a comma outside quotes")
		}
		for _, v := range a.values {
			if strings.Contains(v, `\`) {
				l.report(p.number, "parameter-escape", p.name+";"+a.name+" holds a backslash, which readers show or stumble over")
			}
		}
	}
}

func (l *linter) times(e *part) {
	var at [2]time.Time
	var dated [2]bool
	for i, name := range []string{"DTSTART", "DTEND"} {
		for _, p := range e.all(name) {
			at[i], dated[i] = l.moment(p)
		}
	}
	if at[0].IsZero() || at[1].IsZero() {
		return
	}
	if dated[0] != dated[1] {
		l.report(e.at, "mixed-dates", "DTSTART and DTEND must both be dates or both be times")
	}
	if !at[1].After(at[0]) {
		l.report(e.at, "end-before-start", "DTEND must be after DTSTART")
	}
}

// moment reads a DTSTART or DTEND; the zero time stands for one that is wrong.
func (l *linter) moment(p line) (t time.Time, dated bool) {
	tzid := p.param("TZID")
	_, defined := l.zones[tzid]
	switch {
	case tzid != "" && strings.HasSuffix(p.value, "Z"):
		l.report(p.number, "tzid-utc", p.name+" has a TZID and a UTC time")
		return t, false
	case tzid != "" && !defined:
		l.report(p.number, "tzid-undefined", p.name+" names a zone that has no VTIMEZONE")
		return t, false
	}
	layout := utcLayout
	if p.param("VALUE") == "DATE" {
		layout, dated = dateLayout, true
	}
	loc := time.UTC
	if tzid != "" {
		layout = localLayout
		l.zones[tzid] = true
		// A zone that is defined may still be unknown here; then the wall times
		// are compared as they stand.
		if known, err := time.LoadLocation(tzid); err == nil {
			loc = known
		}
	}
	t, err := time.ParseInLocation(layout, p.value, loc)
	if err != nil {
		l.report(p.number, "time", p.name+" is not a time in UTC, a time with a TZID or a date")
		return time.Time{}, dated
	}
	return t, dated
}

func (l *linter) statuses(e *part) {
	status := e.value("STATUS")
	switch {
	case status != string(Confirmed) && status != string(Cancelled):
		l.report(e.at, "status", "STATUS must be CONFIRMED or CANCELLED")
	case l.method == "CANCEL" && status != string(Cancelled):
		l.report(e.at, "status-method", "a cancellation must say CANCELLED")
	case l.method == "REQUEST" && status != string(Confirmed):
		l.report(e.at, "status-method", "an invitation must say CONFIRMED")
	}
}

func (l *linter) people(e *part) {
	l.exactly(e, 1, "ORGANIZER")
	if l.method == "REQUEST" || l.method == "CANCEL" {
		l.exactly(e, 1, "ATTENDEE")
	} else {
		l.exactly(e, 0, "ATTENDEE")
	}
	for _, p := range append(e.all("ORGANIZER"), e.all("ATTENDEE")...) {
		address, ok := strings.CutPrefix(p.value, "mailto:")
		if !ok || strings.Count(address, "@") != 1 || strings.ContainsAny(address, " ,;\\") {
			l.report(p.number, "address", p.name+" must be one mailto: address")
		}
	}
	for _, p := range e.all("ATTENDEE") {
		if l.method == "REQUEST" && p.param("RSVP") != "TRUE" {
			l.report(p.number, "rsvp", "ATTENDEE needs RSVP=TRUE")
		}
		if p.param("PARTSTAT") == "" || p.param("ROLE") == "" {
			l.report(p.number, "attendee", "ATTENDEE needs a ROLE and a PARTSTAT")
		}
		if strings.EqualFold(p.value, e.value("ORGANIZER")) {
			l.report(p.number, "attendee-self", "the organiser cannot be the attendee")
		}
	}
}

func (l *linter) links(e *part) {
	for _, p := range append(e.all("URL"), e.all("CONFERENCE")...) {
		u, err := url.Parse(p.value)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			l.report(p.number, "link", p.name+" must be a web address")
		}
		if p.name == "CONFERENCE" && p.param("VALUE") != "URI" {
			l.report(p.number, "link", "CONFERENCE needs VALUE=URI")
		}
	}
}

func (l *linter) alarms(e *part) {
	alarms := e.only("VALARM")
	if len(alarms) > 1 || len(alarms) != len(e.parts) {
		l.report(e.at, "alarm-count", "an event holds at most one VALARM and nothing else")
	}
	if len(alarms) > 0 && l.method != "REQUEST" {
		l.report(alarms[0].at, "alarm-method", "only an invitation has an alarm")
	}
	for _, a := range alarms {
		l.exactly(a, 1, "ACTION", "TRIGGER")
		if a.value("ACTION") != "DISPLAY" {
			l.report(a.at, "alarm-action", "the alarm must be a DISPLAY")
		}
		if strings.TrimSpace(a.value("DESCRIPTION")) == "" {
			l.report(a.at, "alarm-description", "a DISPLAY alarm needs a DESCRIPTION")
		}
	}
}

func isTime(s, layout string) bool {
	_, err := time.Parse(layout, s)
	return err == nil
}

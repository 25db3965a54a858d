package calendar

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one reason why a calendar should not be sent.
type Problem struct {
	// Line is the physical line, from 1, on which the property or component begins.
	Line int
	// Rule is a stable word such as "line-length" or "alarm-description".
	Rule string
	// Message says in one sentence what is wrong.
	Message string
}

// String writes the problem on one line.
func (p Problem) String() string { return fmt.Sprintf("line %d: %s: %s", p.Line, p.Rule, p.Message) }

// Lint checks what this package writes, byte by byte and against the rules of
// RFC 5545, 5546 and of the calendars people use. It is strict on purpose and only
// meant for our own output: what others send breaks some rule nearly always.
// Several of its rules are checked by no other validator: line endings and
// lengths, an end before the start, a TZID with a UTC time or without its
// VTIMEZONE, a bare comma in a name, an alarm without text, a cancellation that
// says confirmed, and several identities in one invitation.
func Lint(b []byte) []Problem {
	l := &linter{}
	lines := physical(b, l.report)
	cal := nest(lines, l.report)
	if cal == nil {
		return l.problems
	}
	l.calendar(cal)
	slices.SortStableFunc(l.problems, func(a, b Problem) int { return a.Line - b.Line })
	return l.problems
}

type linter struct {
	problems []Problem
	method   string
	zones    map[string]bool // defined; true when used
}

func (l *linter) report(n int, rule, message string) {
	l.problems = append(l.problems, Problem{n, rule, message})
}

func (l *linter) calendar(cal *part) {
	l.method = cal.value("METHOD")
	l.zones = map[string]bool{}
	if cal.value("VERSION") != "2.0" {
		l.report(cal.at, "version", "VERSION must be 2.0")
	}
	l.exactly(cal, 1, "VERSION", "PRODID")
	l.atMostOne(cal, "METHOD", "CALSCALE", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "SOURCE", "COLOR")
	if !slices.Contains([]string{"", "PUBLISH", "REQUEST", "CANCEL"}, l.method) {
		l.report(cal.at, "method", "METHOD must be PUBLISH, REQUEST, CANCEL or absent")
	}
	for _, z := range cal.only("VTIMEZONE") {
		l.timezone(z)
	}
	events := cal.only("VEVENT")
	for _, e := range events {
		l.event(e)
	}
	if len(cal.parts) != len(events)+len(cal.only("VTIMEZONE")) {
		l.report(cal.at, "component", "only VTIMEZONE and VEVENT belong in a calendar of ours")
	}
	l.identities(cal, events)
	for id, used := range l.zones {
		if !used {
			l.report(cal.at, "tzid-unused", "VTIMEZONE "+id+" is not used")
		}
	}
}

// identities checks how many events there are and how they are told apart.
func (l *linter) identities(cal *part, events []*part) {
	personal := l.method == "REQUEST" || l.method == "CANCEL"
	if len(events) == 0 && l.method != "" {
		l.report(cal.at, "no-event", "there is no VEVENT")
	}
	if personal && len(events) > 1 {
		l.report(events[1].at, "several-events", "an invitation holds exactly one VEVENT")
	}
	seen := map[string]bool{}
	for _, e := range events {
		if id := e.value("UID"); seen[id] {
			l.report(e.at, "uid-twice", "two events have the same UID")
		} else {
			seen[id] = true
		}
	}
}

func (l *linter) timezone(z *part) {
	id := z.value("TZID")
	l.exactly(z, 1, "TZID")
	if _, twice := l.zones[id]; twice {
		l.report(z.at, "tzid-twice", "VTIMEZONE "+id+" is defined twice")
	}
	l.zones[id] = false
	standard, daylight := z.only("STANDARD"), z.only("DAYLIGHT")
	if len(standard) != 1 || len(daylight) > 1 || len(z.parts) != len(standard)+len(daylight) {
		l.report(z.at, "timezone-parts", "a VTIMEZONE has one STANDARD and at most one DAYLIGHT")
		return
	}
	for _, o := range z.parts {
		l.exactly(o, 1, "DTSTART", "TZOFFSETFROM", "TZOFFSETTO")
		l.atMostOne(o, "RRULE", "TZNAME")
		if !isTime(o.value("DTSTART"), localLayout) {
			l.report(o.at, "timezone-start", o.name+" must start at a local time")
		}
		if len(daylight) == 1 && !strings.HasPrefix(o.value("RRULE"), "FREQ=YEARLY;BYMONTH=") {
			l.report(o.at, "timezone-rule", o.name+" must return every year")
		}
	}
}

// exactly reports properties that do not occur n times.
func (l *linter) exactly(p *part, n int, names ...string) {
	for _, name := range names {
		if got := len(p.all(name)); got != n {
			l.report(p.at, "count", fmt.Sprintf("%s has %d %s, not %d", p.name, got, name, n))
		}
	}
}

func (l *linter) atMostOne(p *part, names ...string) {
	for _, name := range names {
		if got := len(p.all(name)); got > 1 {
			l.report(p.at, "count", fmt.Sprintf("%s has %d %s, more than one", p.name, got, name))
		}
	}
}

package calendar

import (
	"time"

	ics "github.com/arran4/golang-ical"
)

const (
	utcLayout   = "20060102T150405Z"
	localLayout = "20060102T150405"
	dateLayout  = "20060102"
)

// prop makes a property. Cleaned text is escaped by the serialiser according to
// the property's type; values of other types must already be safe, which the
// checks see to. The library's setters are not used: they write a TZID together
// with a UTC time, and they let control characters through.
func prop(name, value string, params ...param) ics.IANAProperty {
	p := ics.IANAProperty{BaseProperty: ics.BaseProperty{IANAToken: name, Value: value, ICalParameters: map[string][]string{}}}
	for _, a := range params {
		p.ICalParameters[a.name] = a.values
	}
	return p
}

// A param holds values that need no quotes; the serialiser would escape them with
// backslashes, which the format does not know in parameters.
type param struct {
	name   string
	values []string
}

func with(name string, values ...string) param { return param{name, values} }

// uri makes a property whose value is a checked link. The explicit type keeps the
// serialiser from escaping commas and semicolons in properties that it does not
// know.
func uri(name, link string, params ...param) ics.IANAProperty {
	return prop(name, link, append(params, with("VALUE", "URI"))...)
}

// calAddress makes ORGANIZER or ATTENDEE. Its parameters go into the name itself,
// because the serialiser never quotes a common name, and half of the readers then
// lose the address of an O'Brien. extra begins with a semicolon or is empty.
func calAddress(name, extra, cn, mailto string) ics.IANAProperty {
	return prop(name+extra+`;CN="`+cn+`"`, mailto)
}

func instant(name string, t time.Time) ics.IANAProperty {
	return prop(name, t.UTC().Format(utcLayout))
}

// moment makes DTSTART or DTEND: a date, a wall time with its zone, or UTC when
// zone is nil.
func moment(name string, t time.Time, loc *time.Location, tzid string, allDay bool) ics.IANAProperty {
	switch {
	case allDay:
		return prop(name, t.In(loc).Format(dateLayout), with("VALUE", "DATE"))
	case tzid == "":
		return instant(name, t)
	default:
		return prop(name, t.In(loc).Format(localLayout), with("TZID", tzid))
	}
}

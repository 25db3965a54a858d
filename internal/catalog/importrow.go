package catalog

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"lanyard/internal/fault"
)

// RowProblem says what is wrong with one cell of an import file.
type RowProblem struct {
	Column  string `json:"column"` // empty when it is about the line as a whole
	Message string `json:"message"`
}

// columnOf names the column that a field of an event comes from.
var columnOf = map[string]string{
	"title": colTitle, "mode": colMode, "starts_local": colStartsOn, "ends_local": colEndsOn, "timezone": colTimezone,
	"city": colCity, "country": colCountry, "languages": colLanguages, "topic": colTopic, "website": colURL,
	"code_of_conduct_url": colCodeOfConduct, "call_url": colCallURL, "call_closes_on": colCallClosesOn,
}

// wish is what a record says an event should be.
type wish struct {
	externalID string
	details    Details
	when       When
}

// read turns a record into a wish. Cells of missing columns are empty; apply
// tells them from empty cells.
func (r *importRecord) read(known map[string]int) wish {
	for _, column := range []string{colExternalID, colTitle, colMode, colStartsOn, colEndsOn, colTimezone} {
		if v, ok := r.cells[column]; ok && v == "" {
			r.refuse(column, "is empty")
		}
	}
	w := wish{externalID: r.cells[colExternalID]}
	if len(w.externalID) > maxExternalID {
		r.refuse(colExternalID, "has more than %d characters", maxExternalID)
	}
	if w.externalID != "" {
		if first, ok := known[w.externalID]; ok {
			r.refuse(colExternalID, "is the same as on line %d", first)
		} else {
			known[w.externalID] = r.line
		}
	}
	w.when = When{
		StartsLocal: r.cells[colStartsOn], EndsLocal: r.cells[colEndsOn], Timezone: r.cells[colTimezone], AllDay: true,
	}
	w.details = Details{
		Title: r.cells[colTitle], Mode: Mode(r.cells[colMode]), City: r.cells[colCity], Country: r.cells[colCountry],
		Languages: r.cells[colLanguages], Topic: r.cells[colTopic], Website: webAddress(r.cells[colURL]),
		CodeOfConductURL: webAddress(r.cells[colCodeOfConduct]), CallURL: webAddress(r.cells[colCallURL]),
		CallClosesOn: r.cells[colCallClosesOn], Visibility: Public, RegistrationMode: Open, JoinOpensMinutes: 15,
	}
	if w.details.Website != "" {
		w.details.RegistrationMode = External
	}
	if v := r.cells[colMode]; v != "" && !w.details.Mode.Known() {
		r.refuse(colMode, "is %q; it must be online, in_person or hybrid", short(v))
	}
	return w
}

// webAddress adds the https:// that people leave out, and writes characters that
// an address cannot hold in the form in which it can: "example.org/a b" becomes
// "https://example.org/a%20b". What is no address stays as it is, to be refused.
func webAddress(s string) string {
	if s == "" {
		return ""
	}
	if !strings.Contains(s, ":") && strings.Contains(s, ".") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return s
	}
	if ascii, err := idna.Lookup.ToASCII(u.Host); err == nil {
		u.Host = ascii
	}
	u.RawQuery = escapeRest(u.RawQuery)
	return u.String()
}

// escapeRest writes what a query cannot hold in percent-encoding and leaves the
// encoding that is there alone.
func escapeRest(query string) string {
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// collect adds what the event's own checks say about a record's wish, under the
// names of the columns. Empty cells were reported before.
func (r *importRecord) collect(fields []fault.Field) {
	for _, f := range fields {
		column := columnOf[f.Path]
		if f.Path == "mode" || r.cells[column] == "" && column != "" && f.Rule != "external.website" {
			continue
		}
		r.refuse(column, "%s", f.Message)
	}
}

// fresh makes a new event of a wish, or refuses the record.
func (r *importRecord) fresh(w wish, e Event) Event {
	var p problems
	e.Details, e.ExternalID = w.details, w.externalID
	e.Details.check(&p, "")
	e.Schedule = w.when.resolve(&p, "")
	r.collect(p.fields)
	return e
}

// apply changes an event that is known to what a record wishes. It touches only
// what the file has columns for; times of day that an organiser added stay.
func (r *importRecord) apply(f *ImportFile, w wish, c *edit) {
	e := &c.after
	d := &e.Details
	for column, take := range map[string]func(){
		colTitle: func() { d.Title = w.details.Title }, colMode: func() { d.Mode = w.details.Mode },
		colCity: func() { d.City = w.details.City }, colCountry: func() { d.Country = w.details.Country },
		colLanguages: func() { d.Languages = w.details.Languages }, colTopic: func() { d.Topic = w.details.Topic },
		colURL:           func() { d.Website = w.details.Website },
		colCodeOfConduct: func() { d.CodeOfConductURL = w.details.CodeOfConductURL },
		colCallURL:       func() { d.CallURL = w.details.CallURL },
		colCallClosesOn:  func() { d.CallClosesOn = w.details.CallClosesOn },
	} {
		if f.has(column) {
			take()
		}
	}
	var p problems
	d.check(&p, "")
	wanted := w.when.resolve(&p, "")
	r.collect(p.fields)
	if len(r.problems) == 0 {
		r.reschedule(wanted, c)
	}
}

// reschedule moves the event's only sitting to the wanted days.
func (r *importRecord) reschedule(wanted Schedule, c *edit) {
	e := &c.after
	has := e.Schedule
	from, to := dateOf(wanted.StartsLocal), wanted.LastDay()
	if dateOf(has.StartsLocal).Equal(from) && has.LastDay().Equal(to) && has.Timezone == wanted.Timezone {
		return
	}
	coming := live(e.Sessions)
	if len(coming) > 1 {
		r.refuse(colStartsOn, "is another day than here, where the event has several sessions; move it by hand")
		return
	}
	s := c.session(coming[0].ID)
	if s.AllDay {
		s.Schedule = wanted
	} else {
		s.StartsLocal = s.StartsLocal.Add(from.Sub(dateOf(s.StartsLocal)))
		s.EndsLocal = s.EndsLocal.Add(to.Sub(has.LastDay()))
		s.Timezone = wanted.Timezone
		var p problems
		s.instants(&p, "")
		r.collect(p.fields)
	}
	if len(r.problems) > 0 {
		return
	}
	now, day := c.tx.Now, e.StartsLocal
	e.settle()
	if e.past(now) && c.before.EndsAt.After(now) {
		r.refuse(colStartsOn, "would move the event into the past")
		return
	}
	e.shiftDates(c.before.Schedule, e.StartsLocal.Sub(day))
}

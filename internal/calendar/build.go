package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	ics "github.com/arran4/golang-ical"

	"lanyard/internal/fault"
)

// Build writes one version of an invitation. The same invitation always gives the
// same bytes. Bad input is a fault that names the field.
func Build(i Invite) ([]byte, error) {
	if err := checkInvite(i); err != nil {
		return nil, err
	}
	i = withJoinLink(i)
	zones := zonesOf([]Entry{i.Entry})
	cal := envelope(i.UID, string(i.Method))
	zones.addTo(cal)
	ev, err := inviteEvent(i, zones)
	if err != nil {
		return nil, err
	}
	cal.Components = append(cal.Components, ev)
	return seal(cal)
}

// Download writes a file that anybody may import: each entry is one VEVENT of its
// own, nobody is invited, and nothing in it will ever update.
func Download(entries []Entry) ([]byte, error) {
	if len(entries) == 0 {
		return nil, fault.InvalidField("entries", "calendar.entries", "There is no session to download.")
	}
	cal := envelope(entries[0].UID, "PUBLISH")
	if err := addEntries(cal, entries); err != nil {
		return nil, err
	}
	return seal(cal)
}

// addEntries appends the entries in the order of their start, with their zones.
func addEntries(cal *ics.Calendar, entries []Entry) error {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, byStart)
	seen := map[string]bool{}
	for n, e := range entries {
		if err := checkEntry(e); err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
		if seen[e.UID] {
			return fault.InvalidField("uid", "calendar.uid", "Two sessions have the same calendar identifier.")
		}
		seen[e.UID] = true
	}
	zones := zonesOf(entries)
	zones.addTo(cal)
	for _, e := range entries {
		ev, err := publicEvent(e, zones)
		if err != nil {
			return err
		}
		cal.Components = append(cal.Components, ev)
	}
	return nil
}

func byStart(a, b Entry) int {
	if c := a.Start.Compare(b.Start); c != 0 {
		return c
	}
	return strings.Compare(a.UID, b.UID)
}

func checkInvite(i Invite) error {
	if err := checkEntry(i.Entry); err != nil {
		return err
	}
	switch {
	case i.Method != Request && i.Method != Cancel:
		return fault.InvalidField("method", "calendar.method", "The method must be REQUEST or CANCEL.")
	case i.Method == Request && i.Status == Cancelled:
		return fault.InvalidField("status", "calendar.status", "A cancelled session needs a cancellation, not an invitation.")
	case i.Method == Cancel && i.Sequence == 0:
		return fault.InvalidField("sequence", "calendar.sequence", "A cancellation needs a higher version than the invitation.")
	}
	switch i.PartStat {
	case "", NeedsAction, Accepted, Declined, Tentative:
	default:
		return fault.InvalidField("partstat", "calendar.partstat", "This is not an answer to an invitation.")
	}
	to, err := mailto("attendee.email", i.Attendee.Email)
	if err != nil {
		return err
	}
	if i.JoinURL != "" {
		if _, err := link("join_url", i.JoinURL); err != nil {
			return err
		}
	}
	// Outlook and Google take an attendee with the organiser's address for the
	// organiser, and then show no invitation at all.
	if from, err := mailto("organizer.email", i.Organizer.Email); err != nil || strings.EqualFold(from, to) {
		return fault.InvalidField("attendee.email", "calendar.self", "The sending address cannot be invited to its own event.")
	}
	return nil
}

// withJoinLink makes sure that a request shows the join page where people look.
func withJoinLink(i Invite) Invite {
	if i.JoinURL == "" || i.Method != Request {
		return i
	}
	if cleanLine(i.Location, maxLocation) == "" {
		i.Location = i.JoinURL
	}
	if !strings.Contains(cleanText(i.Description, maxDescription), i.JoinURL) {
		room := maxDescription - len(i.JoinURL) - len("\n\nJoin online:\n")
		i.Description = strings.TrimSpace(cleanText(i.Description, room) + "\n\nJoin online:\n" + i.JoinURL)
	}
	return i
}

// inviteEvent writes the properties of a personal invitation, in a fixed order.
func inviteEvent(i Invite, zones zoneSet) (ics.Component, error) {
	from, err := mailto("organizer.email", i.Organizer.Email)
	if err != nil {
		return nil, err
	}
	to, err := mailto("attendee.email", i.Attendee.Email)
	if err != nil {
		return nil, err
	}
	answer := i.PartStat
	if answer == "" {
		answer = NeedsAction
	}
	role := ";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=" + string(answer)
	if i.Method == Request {
		// Installed Outlook shows no buttons without it, and wants capitals.
		role += ";RSVP=TRUE"
	} else {
		i.Status = Cancelled
	}
	ev := &ics.GeneralComponent{Token: "VEVENT"}
	ev.Properties = append(basics(i.Entry, zones),
		calAddress("ORGANIZER", "", nameOf(i.Organizer), from),
		calAddress("ATTENDEE", role, nameOf(i.Attendee), to))
	if i.Method == Cancel {
		return ev, nil
	}
	place, err := places(i.Entry)
	if err != nil {
		return nil, err
	}
	ev.Properties = append(ev.Properties, place...)
	if i.JoinURL != "" {
		join, err := link("join_url", i.JoinURL)
		if err != nil {
			return nil, err
		}
		ev.Properties = append(ev.Properties, uri("CONFERENCE", join, with("FEATURE", "VIDEO", "AUDIO"), with("LABEL", "Join")))
	}
	ev.Properties = append(ev.Properties,
		prop("CLASS", "PUBLIC"),
		prop("TRANSP", "OPAQUE"),
		prop("X-MICROSOFT-CDO-BUSYSTATUS", "BUSY"),
		prop("X-MICROSOFT-DISALLOW-COUNTER", "TRUE"))
	if !i.AllDay {
		ev.Components = append(ev.Components, alarm(i.Summary))
	}
	return ev, nil
}

// publicEvent writes an entry for everybody, without attendee and without alarm.
func publicEvent(e Entry, zones zoneSet) (ics.Component, error) {
	from, err := mailto("organizer.email", e.Organizer.Email)
	if err != nil {
		return nil, err
	}
	place, err := places(e)
	if err != nil {
		return nil, err
	}
	transp := "OPAQUE"
	if e.Transparent {
		transp = "TRANSPARENT"
	}
	ev := &ics.GeneralComponent{Token: "VEVENT"}
	ev.Properties = append(basics(e, zones), calAddress("ORGANIZER", "", nameOf(e.Organizer), from))
	ev.Properties = append(ev.Properties, place...)
	ev.Properties = append(ev.Properties, prop("CLASS", "PUBLIC"), prop("TRANSP", transp))
	return ev, nil
}

// basics are the properties that every VEVENT has.
func basics(e Entry, zones zoneSet) []ics.IANAProperty {
	loc, tzid := zones.of(e)
	modified, status := e.Modified, e.Status
	if modified.IsZero() {
		modified = e.Stamp
	}
	if status == "" {
		status = Confirmed
	}
	out := []ics.IANAProperty{
		prop("UID", e.UID),
		prop("SEQUENCE", strconv.Itoa(e.Sequence)),
		instant("DTSTAMP", e.Stamp),
	}
	if !e.Created.IsZero() {
		out = append(out, instant("CREATED", e.Created))
	}
	out = append(out,
		instant("LAST-MODIFIED", modified),
		moment("DTSTART", e.Start, loc, tzid, e.AllDay),
		moment("DTEND", e.End, loc, tzid, e.AllDay),
		prop("STATUS", string(status)),
		prop("SUMMARY", cleanLine(e.Summary, maxSummary)))
	if text := cleanText(e.Description, maxDescription); text != "" {
		out = append(out, prop("DESCRIPTION", text))
	}
	return out
}

// places are the properties that say where.
func places(e Entry) ([]ics.IANAProperty, error) {
	var out []ics.IANAProperty
	if where := cleanLine(e.Location, maxLocation); where != "" {
		out = append(out, prop("LOCATION", where))
	}
	if g := e.Geo; g != nil {
		out = append(out, prop("GEO", degrees(g.Latitude)+";"+degrees(g.Longitude)))
	}
	if e.URL != "" {
		u, err := link("url", e.URL)
		if err != nil {
			return nil, err
		}
		out = append(out, prop("URL", u))
	}
	return out, nil
}

func degrees(f float64) string { return strconv.FormatFloat(f, 'f', 6, 64) }

// nameOf is the name as shown; a CN that is empty would look like a mistake.
func nameOf(p Person) string {
	if n := cleanName(p.Name); n != "" {
		return n
	}
	return cleanName(p.Email)
}

func alarm(summary string) ics.Component {
	a := &ics.GeneralComponent{Token: "VALARM"}
	a.Properties = []ics.IANAProperty{
		prop("ACTION", "DISPLAY"),
		prop("TRIGGER", "-PT15M"),
		prop("DESCRIPTION", cleanLine(summary, maxSummary)),
	}
	return a
}

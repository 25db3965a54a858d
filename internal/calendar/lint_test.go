package calendar_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lanyard/internal/calendar"
)

// rules are the names of the rules that b breaks.
func rules(b []byte) []string {
	var out []string
	for _, p := range calendar.Lint(b) {
		out = append(out, p.Rule)
	}
	return out
}

// Scenario 5.
func TestLint_WantsCarriageReturns(t *testing.T) {
	t.Parallel()
	b := mustBuild(t, invitation())
	if got := calendar.Lint(b); len(got) != 0 {
		t.Fatalf("a good file has problems: %v", got)
	}
	bare := []byte(strings.ReplaceAll(string(b), "\r\n", "\n"))
	if got := rules(bare); !slices.Contains(got, "line-ending") {
		t.Errorf("line feeds alone pass: %v", got)
	}
}

// Scenario 15: each mutation of a good file breaks a rule.
func TestLint_RejectsMutations(t *testing.T) {
	t.Parallel()
	hall := invitation()
	hall.Location, hall.JoinURL = "Nottingham", ""
	request := string(mustBuild(t, hall))
	cancel := string(mustBuild(t, calendar.Withdraw(hall, "Ill.", hall.Stamp.Add(time.Hour))))
	published, err := calendar.Download([]calendar.Entry{webinar()})
	if err != nil {
		t.Fatal(err)
	}
	publish := string(published)
	const (
		organizer = "ORGANIZER;CN=\"Midlands Life Sciences\":mailto:hello@events.example.org\r\n"
		attendee  = "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=\r\n TRUE;CN=\"Siân Evans\":mailto:sian@clinic.example\r\n"
		uid       = "UID:5f0c9a52-8f6e-4a0e-9a57-3f9e6a1d2c11@events.example.org\r\n"
		zone      = "TZID:Europe/London\r\n"
		start     = "DTSTART;TZID=Europe/London:20261126T183000\r\n"
		end       = "DTEND;TZID=Europe/London:20261126T200000\r\n"
	)
	event := request[strings.Index(request, "BEGIN:VEVENT"):strings.Index(request, "END:VCALENDAR")]
	timezone := request[strings.Index(request, "BEGIN:VTIMEZONE"):strings.Index(request, "BEGIN:VEVENT")]
	standard := timezone[strings.Index(timezone, "BEGIN:STANDARD"):strings.Index(timezone, "END:VTIMEZONE")]
	alarm := event[strings.Index(event, "BEGIN:VALARM"):strings.Index(event, "END:VEVENT")]

	for name, c := range map[string]struct{ file, old, new, rule string }{
		"no organiser":               {request, organizer, "", "count"},
		"no organiser in a download": {publish, organizer, "", "count"},
		"no attendee":                {request, attendee, "", "count"},
		"two attendees":              {request, attendee, attendee + strings.ReplaceAll(attendee, "sian@", "other@"), "count"},
		"attendee in a download":     {publish, organizer, organizer + attendee, "count"},
		"organiser invited":          {request, "mailto:sian@clinic.example", "mailto:hello@events.example.org", "attendee-self"},
		"no UID":                     {request, uid, "", "count"},
		"no DTSTAMP":                 {request, "DTSTAMP:20261102T091530Z\r\n", "", "count"},
		"local DTSTAMP":              {request, "DTSTAMP:20261102T091530Z", "DTSTAMP:20261102T091530", "utc"},
		"no SEQUENCE":                {request, "SEQUENCE:0\r\n", "", "count"},
		"no SEQUENCE in CANCEL":      {cancel, "SEQUENCE:1\r\n", "", "count"},
		"SEQUENCE is a word":         {request, "SEQUENCE:0", "SEQUENCE:one", "sequence"},
		"no title":                   {request, "SUMMARY:AI Airlock: call for applications\r\n", "", "count"},
		"unknown status":             {request, "STATUS:CONFIRMED", "STATUS:BANANA", "status"},
		"cancel but confirmed":       {cancel, "STATUS:CANCELLED", "STATUS:CONFIRMED", "status-method"},
		"request but cancelled":      {request, "STATUS:CONFIRMED", "STATUS:CANCELLED", "status-method"},
		"ends before start":          {request, end, "DTEND;TZID=Europe/London:20261126T180000\r\n", "end-before-start"},
		"ends at start":              {request, end, strings.Replace(start, "DTSTART", "DTEND", 1), "end-before-start"},
		"no end":                     {request, end, "", "count"},
		"duration as well":           {request, end, end + "DURATION:PT1H\r\n", "property"},
		"date and time mixed":        {request, end, "DTEND;VALUE=DATE:20261127\r\n", "mixed-dates"},
		"zone and UTC":               {request, start, "DTSTART;TZID=Europe/London:20261126T183000Z\r\n", "tzid-utc"},
		"no such zone":               {request, start, "DTSTART;TZID=Europe/Paris:20261126T183000\r\n", "tzid-undefined"},
		"no zone at all":             {request, start, "DTSTART:20261126T183000\r\n", "time"},
		"zone never used":            {request, timezone, timezone + strings.ReplaceAll(timezone, "Europe/London", "Europe/Paris"), "tzid-unused"},
		"zone defined twice":         {request, timezone, timezone + timezone, "tzid-twice"},
		"empty zone":                 {request, timezone, "BEGIN:VTIMEZONE\r\n" + zone + "END:VTIMEZONE\r\n", "timezone-parts"},
		"two STANDARD":               {request, standard, standard + standard, "timezone-parts"},
		"zone without rule":          {request, "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n", "", "timezone-rule"},
		"zone without offset":        {request, "TZOFFSETTO:+0100\r\n", "", "count"},
		"alarm without text":         {request, alarm, strings.ReplaceAll(alarm, "DESCRIPTION:AI Airlock: call for applications\r\n", ""), "alarm-description"},
		"alarm without trigger":      {request, "TRIGGER:-PT15M\r\n", "", "count"},
		"alarm in a download":        {publish, "END:VEVENT", alarm + "END:VEVENT", "alarm-method"},
		"two alarms":                 {request, alarm, alarm + alarm, "alarm-count"},
		"two events in a request":    {request, event, event + strings.ReplaceAll(event, "5f0c", "6f0c"), "several-events"},
		"one UID for two events":     {publish, "END:VCALENDAR", event + "END:VCALENDAR", "uid-twice"},
		"nothing in a download":      {publish, publish[strings.Index(publish, "BEGIN:VTIMEZONE"):strings.Index(publish, "END:VCALENDAR")], "", "no-event"},
		"bare comma in a name":       {request, `CN="Siân Evans"`, "CN=Evans, Siân", "bare-comma"},
		"backslash in a name":        {request, `CN="Siân Evans"`, `CN=O\'Brien`, "parameter-escape"},
		"quote in a name":            {request, `CN="Siân Evans"`, `CN=Siân "S" Evans`, "syntax"},
		"open quote":                 {request, `CN="Siân Evans"`, `CN="Siân Evans`, "syntax"},
		"no RSVP":                    {request, "RSVP=\r\n TRUE;", "X=\r\n 1;", "rsvp"},
		"address without scheme":     {request, "mailto:sian@", "sian@", "address"},
		"script link":                {request, "URL:https://events", "URL:javascript://events", "link"},
		"smuggled property":          {request, "CLASS:PUBLIC", "ATTACH:https://evil.example", "property"},
		"property twice":             {request, "CLASS:PUBLIC\r\n", "CLASS:PUBLIC\r\nCLASS:PUBLIC\r\n", "count"},
		"no PRODID":                  {request, "PRODID:-//events.example.org//Lanyard//EN\r\n", "", "count"},
		"old version":                {request, "VERSION:2.0", "VERSION:1.0", "version"},
		"other method":               {request, "METHOD:REQUEST", "METHOD:COUNTER", "method"},
		"component of no use":        {request, "END:VCALENDAR", "BEGIN:VTODO\r\nUID:1\r\nEND:VTODO\r\nEND:VCALENDAR", "component"},
		"long line":                  {request, "CLASS:PUBLIC", "CLASS:PUBLIC" + strings.Repeat("x", 70), "line-length"},
		"lone carriage return":       {request, "CLASS:PUBLIC", "CLASS:PUB\rLIC", "control"},
		"null":                       {request, "CLASS:PUBLIC", "CLASS:PUB\x00LIC", "control"},
		"split letter":               {request, "Siân", "Si\xc3", "utf-8"},
		"blank line":                 {request, "CLASS:PUBLIC\r\n", "\r\nCLASS:PUBLIC\r\n", "syntax"},
		"space before BEGIN":         {request, "BEGIN:VEVENT", " BEGIN:VEVENT", "nesting"},
		"no colon":                   {request, "CLASS:PUBLIC", "CLASSPUBLIC", "syntax"},
		"never ends":                 {request, "END:VCALENDAR\r\n", "", "nesting"},
		"two calendars":              {request, "END:VCALENDAR\r\n", "END:VCALENDAR\r\n" + request, "nesting"},
		"nothing":                    {request, request, "", "nesting"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(c.file, c.old) {
				t.Fatalf("the file does not hold %q", c.old)
			}
			mutant := strings.Replace(c.file, c.old, c.new, 1)
			if got := rules([]byte(mutant)); !slices.Contains(got, c.rule) {
				t.Errorf("it breaks %v, not %s", got, c.rule)
			}
		})
	}
}

package calendar_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	ical "github.com/emersion/go-ical"

	"lanyard/internal/calendar"
	"lanyard/internal/fault"
)

// Whatever people type, the invitation is refused with a fault, or it passes the
// lint and has exactly the properties that it has with harmless text.
func FuzzBuild(f *testing.F) {
	f.Add("Siân O'Brien, \"Pat\": MBE", "Title", "Text", "Hall", "https://a.example/", "sian@clinic.example")
	f.Add("Eve\r\nATTACH:https://evil.example", "x\r\nEND:VEVENT", "\r\n\r\n", "\x00", "https://a.example/\n", "a@b\r\n.example")
	f.Add("\u2028^n\\\"", "\\n;,", "a\\", "\ufeff", "https://a.example/?a,b;c\"", "a;b,c@d.example")
	f.Fuzz(func(t *testing.T, name, summary, description, location, url, email string) {
		i := invitation()
		i.Attendee = calendar.Person{Name: name, Email: email}
		i.Organizer.Name = name
		i.Summary, i.Description, i.Location, i.URL = summary, description, location, url
		b, err := calendar.Build(i)
		if err != nil {
			if !fault.Is(err, fault.InvalidInput) {
				t.Fatalf("no fault but %v", err)
			}
			return
		}
		if got := calendar.Lint(b); len(got) > 0 {
			t.Fatalf("lint: %v\n%s", got, b)
		}
		c, err := ical.NewDecoder(bytes.NewReader(b)).Decode()
		if err != nil {
			t.Fatalf("the second library refuses it: %v\n%q", err, b)
		}
		var got []string
		for name, props := range c.Events()[0].Props {
			for range props {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		want := []string{
			"ATTENDEE", "CLASS", "CONFERENCE", "CREATED", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "LAST-MODIFIED",
			"LOCATION", "ORGANIZER", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID",
			"X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-DISALLOW-COUNTER",
		}
		if url != "" {
			want = append(want, "URL")
			slices.Sort(want)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("properties %q, want %q", got, want)
		}
	})
}

func FuzzLint(f *testing.F) {
	b, err := calendar.Build(invitation())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("BEGIN:VCALENDAR\r\nX;A=\"b\",c:\r\nEND:VCALENDAR\r\n"))
	f.Add([]byte("BEGIN:VCALENDAR\r\n;\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		// A file that passes is at least whole lines with a calendar around them.
		if len(calendar.Lint(b)) == 0 && (!bytes.HasPrefix(b, []byte("BEGIN:VCALENDAR\r\n")) || !bytes.HasSuffix(b, []byte("END:VCALENDAR\r\n"))) {
			t.Fatalf("passes: %q", b)
		}
	})
}

func FuzzLinks(f *testing.F) {
	f.Add("a & b + c # d", "text", "place", "https://a.example/")
	f.Fuzz(func(t *testing.T, title, details, place, url string) {
		e := webinar()
		e.Summary, e.Description, e.Location, e.URL = title, details, place, url
		e.End = e.Start.Add(time.Hour)
		l := calendar.Links(e)
		for _, s := range []string{l.Google, l.Outlook, l.Microsoft365, l.Yahoo} {
			if len(s) >= 2000 {
				t.Fatalf("%d characters", len(s))
			}
			for i := range len(s) {
				if s[i] <= ' ' || s[i] >= 0x7F || s[i] == '"' || s[i] == '<' {
					t.Fatalf("raw byte %q in %s", s[i], s)
				}
			}
		}
	})
}

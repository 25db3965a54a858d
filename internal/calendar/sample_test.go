package calendar_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	ical "github.com/emersion/go-ical"

	"lanyard/internal/calendar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// webinar is a session as an organisation would publish it.
func webinar() calendar.Entry {
	return calendar.Entry{
		UID:         "5f0c9a52-8f6e-4a0e-9a57-3f9e6a1d2c11@events.example.org",
		Stamp:       time.Date(2026, 11, 2, 9, 15, 30, 0, time.UTC),
		Created:     time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC),
		Organizer:   calendar.Person{Name: "Midlands Life Sciences", Email: "hello@events.example.org"},
		Zone:        "Europe/London",
		Start:       time.Date(2026, 11, 26, 18, 30, 0, 0, time.UTC),
		End:         time.Date(2026, 11, 26, 20, 0, 0, 0, time.UTC),
		Summary:     "AI Airlock: call for applications",
		Description: "How the pilot works, who may apply, and what happens after.\n\nQuestions? Answer the confirmation mail.",
		Location:    "Online",
		URL:         "https://events.example.org/e/ai-airlock",
	}
}

// invitation is webinar for one person.
func invitation() calendar.Invite {
	e := webinar()
	e.Location = ""
	return calendar.Invite{
		Entry:    e,
		Method:   calendar.Request,
		Attendee: calendar.Person{Name: "Siân Evans", Email: "sian@clinic.example"},
		JoinURL:  "https://events.example.org/j/v1.abc.1.def",
	}
}

func mustBuild(t *testing.T, i calendar.Invite) []byte {
	t.Helper()
	b, err := calendar.Build(i)
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	return b
}

// golden compares b with a file, byte by byte.
func golden(t *testing.T, name string, b []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(b)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
}

// decode reads the bytes with a second library.
func decode(t *testing.T, b []byte) *ical.Calendar {
	t.Helper()
	c, err := ical.NewDecoder(bytes.NewReader(b)).Decode()
	if err != nil {
		t.Fatalf("the second library refuses the calendar: %v\n%s", err, b)
	}
	return c
}

// event is the only VEVENT of the bytes, read by the second library.
func event(t *testing.T, b []byte) ical.Event {
	t.Helper()
	events := decode(t, b).Events()
	if len(events) != 1 {
		t.Fatalf("%d events, want 1", len(events))
	}
	return events[0]
}

func text(t *testing.T, e ical.Event, name string) string {
	t.Helper()
	s, err := e.Props.Text(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// unfolded is the content of the bytes with long lines joined again.
func unfolded(b []byte) []string {
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(b), "\r\n ", ""), "\r\n"), "\r\n")
}

// linesOf are the unfolded lines of one property.
func linesOf(b []byte, name string) []string {
	var out []string
	for _, l := range unfolded(b) {
		if strings.HasPrefix(l, name+":") || strings.HasPrefix(l, name+";") {
			out = append(out, l)
		}
	}
	return out
}

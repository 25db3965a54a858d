package mail_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/calendar"
	"lanyard/internal/mail"
)

var update = flag.Bool("update", false, "rewrite the golden files")

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

// ics is an invitation's bytes.
func ics(t testing.TB) []byte {
	t.Helper()
	start := time.Date(2026, 11, 26, 18, 30, 0, 0, time.UTC)
	b, err := calendar.Build(calendar.Invite{
		Method:   calendar.Request,
		Attendee: calendar.Person{Name: "Siân Evans", Email: "sian@clinic.example"},
		JoinURL:  "https://events.example.org/j/v1.abc.1.def",
		Entry: calendar.Entry{
			UID: "5f0c9a52-8f6e-4a0e-9a57-3f9e6a1d2c11@events.example.org", Stamp: start.AddDate(0, 0, -24),
			Organizer: calendar.Person{Name: "Midlands Life Sciences", Email: "hello@events.example.org"},
			Zone:      "Europe/London", Start: start, End: start.Add(90 * time.Minute), Summary: "AI Airlock: call for applications",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// letter is a mail with everything that a mail can have.
func letter(t testing.TB) mail.Message {
	t.Helper()
	return mail.Message{
		ID:            "msg_01k9z3@events.example.org",
		Date:          time.Date(2026, 11, 2, 9, 15, 30, 0, time.UTC),
		From:          mail.Address{Name: "Midlands Life Sciences", Email: "hello@events.example.org"},
		To:            mail.Address{Name: "Siân Evans", Email: "sian@clinic.example"},
		ReplyTo:       mail.Address{Name: "Help, desk", Email: "help@midlands.example"},
		Subject:       "You are in: AI Airlock – call for applications",
		Text:          "Hello Siân,\n\nYour place is booked.\n",
		HTML:          "<p>Hello Siân,</p>\n<p>Your place is booked.</p>\n",
		Unsubscribe:   "https://events.example.org/u/abc?scope=reminders",
		AutoSubmitted: "auto-generated",
		FeedbackID:    "confirmation:midlands:lanyard",
		Invite:        &mail.Invite{Method: calendar.Request, ICS: ics(t), Attach: true},
	}
}

package mail_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/fault"
	"lanyard/internal/mail"
)

// Scenario 16, read back by our own reader.
func TestParse_ShowsWhatWasComposed(t *testing.T) {
	t.Parallel()
	m := letter(t)
	got, err := mail.Parse(mustCompose(t, m))
	if err != nil {
		t.Fatal(err)
	}
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	want := mail.Preview{
		From: "Midlands Life Sciences <hello@events.example.org>", To: "Siân Evans <sian@clinic.example>",
		ReplyTo: "Help, desk <help@midlands.example>", Subject: m.Subject, MessageID: m.ID, Date: m.Date,
		Text: crlf(m.Text), HTML: crlf(m.HTML), Calendar: string(m.Invite.ICS), Method: "REQUEST",
		Attachments: []mail.Attachment{{Name: "invite.ics", ContentType: "application/ics", Bytes: m.Invite.ICS}},
	}
	headers := map[string]string{}
	for _, h := range got.Headers {
		headers[h.Name] = h.Value
	}
	got.Headers = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, value := range map[string]string{
		"List-Unsubscribe": "<" + m.Unsubscribe + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Auto-Submitted": m.AutoSubmitted, "Feedback-Id": m.FeedbackID, "Subject": m.Subject,
	} {
		if headers[name] != value {
			t.Errorf("%s is %q, want %q", name, headers[name], value)
		}
	}
}

func TestParse_BoundsWhatItReads(t *testing.T) {
	t.Parallel()
	part := "--x\r\nContent-Type: text/plain\r\n\r\na\r\n"
	many := "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + strings.Repeat(part, 200) + "--x--\r\n"
	var deep strings.Builder
	for n := range 50 {
		b := strings.Repeat("y", n+1)
		deep.WriteString("Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n")
	}
	for name, raw := range map[string]string{
		"many parts": many, "deep": deep.String(), "long": strings.Repeat("x", 33<<20), "no header": "\xff\xff no header at all",
	} {
		if _, err := mail.Parse([]byte(raw)); err == nil {
			t.Errorf("%s: read without complaint", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(mustCompose(f, letter(f)))
	f.Add([]byte("Subject: =?utf-8?q?=C3?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\n=\xff"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n----\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := mail.Parse(raw)
		if err == nil && len(p.Text)+len(p.HTML)+len(p.Calendar) > 4*len(raw)+1024 {
			t.Fatalf("%d bytes became %d", len(raw), len(p.Text)+len(p.HTML)+len(p.Calendar))
		}
	})
}

// Whatever is put into a message, it is refused with a fault, or it has exactly
// the headers it should have and reads back as it was written.
func FuzzCompose(f *testing.F) {
	f.Add("Siân", "Subject", "text", "sian@clinic.example")
	f.Add("a\r\nX: y", "a\r\n\r\nbody", "--=_\r\n\r\n.\r\n", "a@b\r\n.example")
	f.Add("\"<>(),;:\\", "=?utf-8?q?=0d=0aX:?=", "\x00\r=0A", "a@bücher.example")
	f.Add(strings.Repeat("漢", 90), strings.Repeat("ü ", 200), strings.Repeat("x", 2000), "a@b.example")
	f.Fuzz(func(t *testing.T, name, subject, text, email string) {
		m := letter(t)
		m.From.Name, m.To, m.ReplyTo.Name = name, mail.Address{Name: name, Email: email}, name
		m.Subject, m.Text, m.HTML = subject, text, "<p>"+text
		raw, err := mail.Compose(m)
		if err != nil {
			if !fault.Is(err, fault.InvalidInput) {
				t.Fatalf("no fault but %v", err)
			}
			return
		}
		for _, l := range bytes.Split(bytes.TrimSuffix(raw, []byte("\r\n")), []byte("\r\n")) {
			if len(l) > 998 || bytes.ContainsAny(l, "\r\n\x00") {
				t.Fatalf("line of %d bytes: %.80q", len(l), l)
			}
		}
		p, err := mail.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Headers) != 12 || len(p.Attachments) != 1 || p.Calendar != string(m.Invite.ICS) {
			t.Fatalf("%d headers, %d attachments: %+v", len(p.Headers), len(p.Attachments), p.Headers)
		}
		if want := strings.ToValidUTF8(subject, "\uFFFD"); p.Subject != want {
			t.Fatalf("subject %q, want %q", p.Subject, want)
		}
		if want := strings.ToValidUTF8(name, "\uFFFD") + " <" + m.From.Email + ">"; name != "" && p.From != want {
			t.Fatalf("from %q, want %q", p.From, want)
		}
	})
}

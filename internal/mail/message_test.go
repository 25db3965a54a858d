package mail_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/calendar"
	"lanyard/internal/fault"
	"lanyard/internal/mail"
)

func mustCompose(t testing.TB, m mail.Message) []byte {
	t.Helper()
	raw, err := mail.Compose(m)
	if err != nil {
		t.Fatalf("Compose: %v", err)
	}
	return raw
}

func TestCompose_SameMessageGivesSameBytes(t *testing.T) {
	t.Parallel()
	first := mustCompose(t, letter(t))
	golden(t, "letter.eml", first)
	for range 20 {
		if diff := cmp.Diff(string(first), string(mustCompose(t, letter(t)))); diff != "" {
			t.Fatal(diff)
		}
	}
}

// A leaf is one part of a message that is no multipart.
type leaf struct {
	Path   string // the kinds of the multiparts around it
	Kind   string
	Method string
	Char   string
	Place  string // Content-Disposition
	Body   string
}

// leaves reads a message with the standard library.
func leaves(t *testing.T, path, contentType string, header func(string) string, body io.Reader) []leaf {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		if header("Content-Transfer-Encoding") == "base64" {
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		return []leaf{{path, kind, params["method"], params["charset"], header("Content-Disposition"), string(b)}}
	}
	var out []leaf
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, leaves(t, path+"/"+strings.TrimPrefix(kind, "multipart/"), p.Header.Get("Content-Type"), p.Header.Get, p)...)
	}
}

func leavesOf(t *testing.T, raw []byte) []leaf {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return leaves(t, "", m.Header.Get("Content-Type"), m.Header.Get, m.Body)
}

// Scenario 16, read by the standard library.
func TestCompose_InvitationIsTheLastAlternative(t *testing.T) {
	t.Parallel()
	m := letter(t)
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	body := []leaf{
		{"/mixed/alternative", "text/plain", "", "UTF-8", "", crlf(m.Text)},
		{"/mixed/alternative", "text/html", "", "UTF-8", "", crlf(m.HTML)},
		{"/mixed/alternative", "text/calendar", "REQUEST", "UTF-8", "", string(m.Invite.ICS)},
	}
	file := leaf{"/mixed", "application/ics", "", "", `attachment; filename="invite.ics"`, string(m.Invite.ICS)}
	if diff := cmp.Diff(append(slices.Clone(body), file), leavesOf(t, mustCompose(t, m))); diff != "" {
		t.Errorf("with the file (-want +got):\n%s", diff)
	}

	m.Invite.Attach = false
	for n := range body {
		body[n].Path = "/alternative"
	}
	if diff := cmp.Diff(body, leavesOf(t, mustCompose(t, m))); diff != "" {
		t.Errorf("without the file (-want +got):\n%s", diff)
	}

	cancel := bytes.ReplaceAll(m.Invite.ICS, []byte("METHOD:REQUEST"), []byte("METHOD:CANCEL"))
	m.Invite = &mail.Invite{Method: calendar.Cancel, ICS: cancel}
	if got := leavesOf(t, mustCompose(t, m)); got[2].Method != "CANCEL" || got[2].Body != string(cancel) {
		t.Errorf("a cancellation: %+v", got[2])
	}

	m.Inline = []mail.Attachment{{Name: "qr.png", ContentType: "image/png", Bytes: []byte("png")}}
	pictured := leavesOf(t, mustCompose(t, m))
	if len(pictured) != 4 || pictured[3].Kind != "image/png" || pictured[0].Path != "/related/alternative" {
		t.Errorf("with a picture: %+v", pictured)
	}
	if !bytes.Equal(mustCompose(t, m), mustCompose(t, m)) {
		t.Error("a message with a picture is not the same twice")
	}

	m.Invite, m.Inline = nil, nil
	m.Attachments = []mail.Attachment{{Name: "Ticket für Siân.pdf", ContentType: "application/pdf", Bytes: []byte("%PDF\n\xff")}}
	got := leavesOf(t, mustCompose(t, m))
	if len(got) != 3 || got[2].Kind != "application/pdf" || got[2].Body != "%PDF\n\xff" {
		t.Errorf("with a ticket: %+v", got)
	}
}

// Scenario 16, read by Python.
func TestCompose_PythonAgrees(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("/usr/bin/python3")
	if err != nil {
		t.Skip("there is no Python")
	}
	const program = `
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
json.dump({"subject": m["subject"], "to": m["to"].addresses[0].display_name, "defects": [str(d) for p in m.walk() for d in p.defects],
  "kinds": [p.get_content_type() for p in m.walk()],
  "method": [p.get_param("method") for p in m.walk() if p.get_content_type() == "text/calendar"],
  "ics": [p.get_payload(decode=True).decode() for p in m.walk() if p.get_content_subtype() in ("calendar", "ics")]}, sys.stdout)`
	cmd := exec.Command(python, "-c", program)
	cmd.Stdin = bytes.NewReader(mustCompose(t, letter(t)))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	type answer struct {
		Subject, To                 string
		Defects, Kinds, Method, ICS []string
	}
	var got answer
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	want := answer{
		Subject: letter(t).Subject, To: "Siân Evans", Defects: []string{}, Method: []string{"REQUEST"},
		Kinds: []string{"multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics"},
		ICS:   []string{string(ics(t)), string(ics(t))},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Scenario 35, and everything else that is refused.
func TestCompose_RefusesAndNamesTheField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path  string
		spoil func(*mail.Message)
	}{
		"subject with CR LF":       {"subject", func(m *mail.Message) { m.Subject = "a\r\nBcc: x@y.example" }},
		"subject with LF":          {"subject", func(m *mail.Message) { m.Subject = "a\nBcc: x@y.example" }},
		"subject with CR":          {"subject", func(m *mail.Message) { m.Subject = "a\rb" }},
		"subject with NUL":         {"subject", func(m *mail.Message) { m.Subject = "a\x00b" }},
		"no subject":               {"subject", func(m *mail.Message) { m.Subject = "" }},
		"endless subject":          {"subject", func(m *mail.Message) { m.Subject = strings.Repeat("a", 1000) }},
		"sender's name":            {"from.name", func(m *mail.Message) { m.From.Name = "a\r\nX: y" }},
		"recipient's name":         {"to.name", func(m *mail.Message) { m.To.Name = "a\nX: y" }},
		"reply name":               {"reply_to.name", func(m *mail.Message) { m.ReplyTo.Name = "a\x00" }},
		"sender's address":         {"from.email", func(m *mail.Message) { m.From.Email = "a@b.example\r\nX: y" }},
		"no recipient":             {"to.email", func(m *mail.Message) { m.To.Email = "" }},
		"two recipients":           {"to.email", func(m *mail.Message) { m.To.Email = "a@b.example, c@d.example" }},
		"address in brackets":      {"to.email", func(m *mail.Message) { m.To.Email = "A <a@b.example>" }},
		"local part not ASCII":     {"to.email", func(m *mail.Message) { m.To.Email = "siân@b.example" }},
		"two dots":                 {"to.email", func(m *mail.Message) { m.To.Email = "a..b@c.example" }},
		"quoted local part":        {"to.email", func(m *mail.Message) { m.To.Email = `"a b"@c.example` }},
		"address literal":          {"to.email", func(m *mail.Message) { m.To.Email = "a@[127.0.0.1]" }},
		"underscore in the domain": {"to.email", func(m *mail.Message) { m.To.Email = "a@b_c.example" }},
		"endless address":          {"to.email", func(m *mail.Message) { m.To.Email = strings.Repeat("a", 65) + "@b.example" }},
		"bad reply address":        {"reply_to.email", func(m *mail.Message) { m.ReplyTo.Email = "nobody" }},
		"no id":                    {"message_id", func(m *mail.Message) { m.ID = "" }},
		"id with a line":           {"message_id", func(m *mail.Message) { m.ID = "a@b\r\nX: y" }},
		"id in brackets":           {"message_id", func(m *mail.Message) { m.ID = "<a@b.example>" }},
		"no date":                  {"date", func(m *mail.Message) { m.Date = m.Date.AddDate(-10000, 0, 0); m.Date = mail.Message{}.Date }},
		"feedback with a line":     {"feedback_id", func(m *mail.Message) { m.FeedbackID = "a\nb" }},
		"odd auto-submitted":       {"auto_submitted", func(m *mail.Message) { m.AutoSubmitted = "yes" }},
		"unsubscribe by http":      {"unsubscribe", func(m *mail.Message) { m.Unsubscribe = "http://a.example/" }},
		"unsubscribe with bracket": {"unsubscribe", func(m *mail.Message) { m.Unsubscribe = "https://a.example/>,<mailto:x@y" }},
		"no text":                  {"text", func(m *mail.Message) { m.Text = " \n" }},
		"no page":                  {"text", func(m *mail.Message) { m.HTML = "" }},
		"methods disagree":         {"invite.method", func(m *mail.Message) { m.Invite.Method = calendar.Cancel }},
		"two calendars":            {"invite.method", func(m *mail.Message) { m.Invite.ICS = append(m.Invite.ICS, m.Invite.ICS...) }},
		"calendar as a file": {"attachments[0]", func(m *mail.Message) {
			m.Attachments = []mail.Attachment{{Name: "a.ics", ContentType: "text/calendar"}}
		}},
		"inline name":           {"inline[0]", func(m *mail.Message) { m.Inline = []mail.Attachment{{Name: "a b", ContentType: "image/png"}} }},
		"inline text":           {"inline[0]", func(m *mail.Message) { m.Inline = []mail.Attachment{{Name: "a", ContentType: "text/html"}} }},
		"file without a type":   {"attachments[0]", func(m *mail.Message) { m.Attachments = []mail.Attachment{{Name: "a"}} }},
		"file name with a line": {"attachments[0].name", func(m *mail.Message) { m.Attachments = []mail.Attachment{{Name: "a\r\nb", ContentType: "a/b"}} }},
		"file type with a line": {"attachments[0].content_type", func(m *mail.Message) { m.Attachments = []mail.Attachment{{Name: "a", ContentType: "a/b;\r\n c=d"}} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := letter(t)
			c.spoil(&m)
			raw, err := mail.Compose(m)
			f, ok := fault.As(err)
			if !ok || raw != nil || len(f.Fields) != 1 || f.Fields[0].Path != c.path {
				t.Errorf("got %q, %v; want a fault for %s", raw, err, c.path)
			}
		})
	}
}

func TestCompose_WritesDomainsInASCII(t *testing.T) {
	t.Parallel()
	m := letter(t)
	m.To = mail.Address{Email: "o'brien+a@Bücher.example"}
	p, err := mail.Parse(mustCompose(t, m))
	if err != nil {
		t.Fatal(err)
	}
	if p.To != "o'brien+a@xn--bcher-kva.example" {
		t.Errorf("to %q", p.To)
	}
}

func TestCompose_LeavesOutWhatIsNotGiven(t *testing.T) {
	t.Parallel()
	m := letter(t)
	m.ReplyTo, m.Unsubscribe, m.AutoSubmitted, m.FeedbackID = mail.Address{}, "", "", ""
	p, err := mail.Parse(mustCompose(t, m))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, h := range p.Headers {
		names = append(names, h.Name)
	}
	if want := []string{"Date", "From", "Mime-Version", "Message-Id", "Subject", "To", "Content-Type"}; !slices.Equal(names, want) {
		t.Errorf("headers %q, want %q", names, want)
	}
}

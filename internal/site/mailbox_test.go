package site

import (
	"strings"
	"testing"

	"lanyard/internal/testworld"
)

func TestMailbox_ShowsAMailInAllItsForms(t *testing.T) {
	t.Parallel()
	_, b := posted(t)
	b.askLink("owner@example.org", "")
	b.open("/mailbox/").want(200, "Mailbox", "owner@example.org")
	mail := firstMail(b)

	b.open(mail).want(200, "From", "To", "owner@example.org", "As it looks", "Source")
	if len(find(b.page, "iframe")) != 0 {
		t.Error("the text is shown in a frame")
	}
	b.open(mail + "?show=html").want(200)
	frames := find(b.page, "iframe")
	if len(frames) != 1 || attr(frames[0], "sandbox") == "" || strings.Contains(attr(frames[0], "sandbox"), "allow-scripts") {
		t.Fatal("the HTML is not in a closed frame")
	}
	b.open(attr(frames[0], "src")).want(200)
	policy := b.header.Get("Content-Security-Policy")
	for _, part := range []string{"sandbox", "default-src 'none'", "style-src 'unsafe-inline'", "img-src data:", "frame-ancestors 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the mail's policy %q lacks %s", policy, part)
		}
	}
	if strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") {
		t.Errorf("the mail's policy is %q", policy)
	}
	b.open(mail+"?show=source").want(200, "MIME-Version: 1.0")
	source := b.open(mail + "/message.eml").want(200).body
	if b.header.Get("Content-Type") != "message/rfc822" || !strings.Contains(source, "\r\nTo: ") {
		t.Errorf("the source is\n%s", source)
	}
	b.open(mail + "/parts/0?download=1").want(200)
	if !strings.HasPrefix(b.header.Get("Content-Disposition"), "attachment") {
		t.Error("a part is not downloaded")
	}
	b.open(mail+"/parts/99").want(404, "We cannot find that")
	b.open("/mailbox/msg_00000000000000000000000000").want(404, "We cannot find that")
}

func TestMailbox_SearchesByAddressLiterally(t *testing.T) {
	t.Parallel()
	_, b := posted(t)
	b.askLink("owner@example.org", "")
	for to, found := range map[string]bool{
		"OWNER": true, "owner@example.org": true, "nobody": false, "%": false, "_": false, "' OR 1=1 --": false, `\`: false,
	} {
		b.open("/mailbox/?" + queryOf("to", to)).want(200)
		if got := len(find(b.page, "table")) > 0; got != found {
			t.Errorf("%q: found %v, want %v", to, got, found)
		}
	}
}

func TestMailbox_IsNotThereWhenMailIsReallySent(t *testing.T) {
	t.Parallel()
	b := serve(t, testworld.New(t), func(d *Deps) { d.Mailbox = false })
	b.open("/mailbox/").want(404, "We cannot find that page")
}

func TestReadMail_TakesApartWhatItCan(t *testing.T) {
	t.Parallel()
	nested := "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nZo=C3=AB\r\n" +
		"--b\r\nContent-Type: text/calendar; method=CANCEL\r\nContent-Transfer-Encoding: base64\r\n\r\nQkVHSU4=\r\n--b--\r\n" +
		"--a\r\nContent-Type: application/ics; name=\"../x.ics\"\r\n\r\nx\r\n--a--\r\n"
	m := readMail([]byte(nested))
	if len(m.Parts) != 3 || string(m.Parts[0].Body) != "Zoë" || string(m.Parts[1].Body) != "BEGIN" {
		t.Fatalf("parts: %+v", m.Parts)
	}
	if got := m.Parts[2].name(2); got != "..x.ics" {
		t.Errorf("the file is called %q", got)
	}
	if badge := calendarBadge(m); badge == nil || badge.Text != "Cancellation" {
		t.Errorf("badge: %+v", badge)
	}
}

func FuzzReadMail(f *testing.F) {
	f.Add([]byte("Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n"))
	f.Add([]byte(strings.Repeat("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n", 20)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := readMail(raw)
		if len(m.Parts) > maxMailParts {
			t.Fatalf("%d parts", len(m.Parts))
		}
		for i, p := range m.Parts {
			if name := p.name(i); strings.ContainsAny(name, "/\\\r\n") || name == "" {
				t.Fatalf("a part is called %q", name)
			}
		}
		m.shownHeaders()
		calendarBadge(m)
	})
}

func TestLinked_EscapesEverythingElse(t *testing.T) {
	t.Parallel()
	got := string(linked(`<b> https://x.example/a?b=1&c="2". javascript:alert(1) http://y.example`))
	want := `&lt;b&gt; <a href="https://x.example/a?b=1&amp;c=" rel="noreferrer">https://x.example/a?b=1&amp;c=</a>&#34;2&#34;. javascript:alert(1) <a href="http://y.example" rel="noreferrer">http://y.example</a>`
	if got != want {
		t.Errorf("linked:\n%s", got)
	}
}

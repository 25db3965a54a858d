package mail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dsn is a delivery status notification with one group for each recipient.
func dsn(recipients ...string) string {
	return "From: MAILER-DAEMON@mx.example.net\r\nTo: bounce\r\nSubject: Undelivered Mail\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n" +
		strings.Join(recipients, "\r\n") + "\r\n--b--\r\n"
}

func status(to, action, status string) string {
	return "Final-Recipient: rfc822; " + to + "\r\nAction: " + action + "\r\nStatus: " + status + "\r\n"
}

func TestReadReport_TellsBouncesFromEverythingElse(t *testing.T) {
	t.Parallel()
	const to = "ada@example.org"
	for name, tc := range map[string]struct {
		raw  string
		want Report
	}{
		"an address that does not exist":   {dsn(status(to, "failed", "5.1.1")), Report{Kind: BounceHard, Status: "5.1.1"}},
		"with a comment behind the status": {dsn(status(to, "failed", "5.1.1 (unknown user)")), Report{Kind: BounceHard, Status: "5.1.1"}},
		"a closed mailbox":                 {dsn(status(to, "Failed", "5.2.1")), Report{Kind: BounceHard, Status: "5.2.1"}},
		"spelt with capitals":              {dsn(status("Ada@EXAMPLE.org", "failed", "5.1.1")), Report{Kind: BounceHard, Status: "5.1.1"}},
		"no recipient named":               {dsn("Action: failed\r\nStatus: 5.1.1\r\n"), Report{Kind: BounceHard, Status: "5.1.1"}},
		"one of an alias's addresses":      {dsn(status("old@elsewhere.example", "failed", "5.1.1")), Report{Kind: BounceSoft, Status: "5.1.1"}},
		"behind a forwarding address": {dsn("Original-Recipient: rfc822;" + to + "\r\n" + status("x@elsewhere.example", "failed", "5.1.1")),
			Report{Kind: BounceHard, Status: "5.1.1"}},
		"a full mailbox":                     {dsn(status(to, "failed", "4.2.2")), Report{Kind: BounceSoft, Status: "4.2.2"}},
		"no status that can be read":         {dsn(status(to, "failed", "unknown")), Report{Kind: BounceSoft}},
		"refused as spam":                    {dsn(status(to, "failed", "5.7.1")), Report{Kind: BounceRefused, Status: "5.7.1"}},
		"refused for our own address":        {dsn(status(to, "failed", "5.1.8")), Report{Kind: BounceRefused, Status: "5.1.8"}},
		"the worst of two recipients counts": {dsn(status(to, "failed", "4.4.1"), status(to, "failed", "5.1.1")), Report{Kind: BounceHard, Status: "5.1.1"}},
		"a warning that it takes longer":     {dsn(status(to, "delayed", "4.4.1")), Report{Kind: NoReport}},
		"a receipt":                          {dsn(status(to, "delivered", "2.0.0")), Report{Kind: NoReport}},
		"nobody in it":                       {dsn(), Report{Kind: NoReport}},
		"a holiday reply":                    {"Auto-Submitted: auto-replied\r\nSubject: 5.1.1 Away\r\n\r\nBack on Monday. 5.1.1", Report{Kind: NoReport}},
		"a person's reply":                   {"From: ada@example.org\r\nSubject: Re: Confirmed\r\n\r\nThanks!", Report{Kind: NoReport}},
		"a read receipt": {"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b\r\n" +
			"Content-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822;ada@example.org\r\n--b--\r\n", Report{Kind: NoReport}},
		"a complaint":               {arf("abuse", "<b+msg_1.seal@bounce.example.org>"), Report{Kind: Complaint, Sender: "b+msg_1.seal@bounce.example.org"}},
		"no complaint after all":    {arf("not-spam", "<x@y>"), Report{Kind: NoReport}},
		"a report without its part": {"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b--\r\n", Report{Kind: NoReport}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadReport([]byte(tc.raw), to)
			if err != nil || got != tc.want {
				t.Fatalf("got %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

// arf is a feedback report.
func arf(kind, sender string) string {
	return "From: feedback@mx.example.net\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nA complaint.\r\n" +
		"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: " + kind + "\r\nUser-Agent: Loop/1.0\r\nVersion: 1\r\nOriginal-Mail-From: " + sender + "\r\n" +
		"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: Tomorrow\r\n\r\n\r\n--b--\r\n"
}

func TestReadReport_ReadsWhatMailServersReallyWrite(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]Report{
		"bounce-postfix.eml":  {Kind: BounceHard, Status: "5.1.1"},
		"bounce-exchange.eml": {Kind: BounceHard, Status: "5.1.10"},
		"bounce-full.eml":     {Kind: BounceSoft, Status: "5.2.2"},
		"bounce-delay.eml":    {Kind: NoReport},
	} {
		raw, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadReport(raw, "ada@example.org")
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", file, got, err, want)
		}
	}
}

func TestReadReport_RefusesBytesWithoutEnd(t *testing.T) {
	t.Parallel()
	if _, err := ReadReport(make([]byte, maxReport+1), ""); err == nil {
		t.Fatal("five megabytes were read")
	}
}

func FuzzReadReport(f *testing.F) {
	for _, file := range []string{"bounce-postfix.eml", "bounce-exchange.eml", "bounce-full.eml", "bounce-delay.eml"} {
		raw, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, "ada@example.org")
	}
	f.Add([]byte(arf("abuse", "<b+msg_1.seal@bounce.example.org>")), "")
	f.Add([]byte("Auto-Submitted: auto-replied\r\n\r\nBack on Monday."), "ada@example.org")
	f.Fuzz(func(t *testing.T, raw []byte, to string) {
		r, err := ReadReport(raw, to)
		if err != nil && r.Kind != NoReport {
			t.Fatalf("%v, and yet a report: %+v", err, r)
		}
		if r.Kind == BounceHard && !badAddress(r.Status) {
			t.Fatalf("status %q closed an address", r.Status)
		}
		if !strings.Contains(strings.ToLower(string(raw)), "report") && r.Kind != NoReport {
			t.Fatalf("something that calls itself no report became %+v", r)
		}
	})
}

func TestVERP_NamesTheMessageAndCannotBeForged(t *testing.T) {
	t.Parallel()
	v := VERP{Domain: "bounce.example.org", Key: []byte("key")}
	const id = "msg_01k9zzzzzzzzzzzzzzzzzzzzzz"
	address := v.Address(id)
	if got, ok := v.Read(strings.ToUpper(address)); !ok || got != id {
		t.Fatalf("%s was read as %q, %v", address, got, ok)
	}
	if local, _, _ := strings.Cut(address, "@"); len(local) > 64 {
		t.Errorf("%s is longer than servers take", local)
	}
	for _, bad := range []string{
		"", "ada@example.org", "b+" + id + "@bounce.example.org", "b+" + id + ".@bounce.example.org",
		strings.Replace(address, "01k9", "01ka", 1), strings.Replace(address, "bounce.", "other.", 1),
		VERP{Domain: v.Domain, Key: []byte("another")}.Address(id),
	} {
		if _, ok := v.Read(bad); ok {
			t.Errorf("%s was taken for ours", bad)
		}
		if v.Takes(bad) {
			t.Errorf("mail to %s was taken", bad)
		}
	}
	if !v.Takes("Complaints@bounce.example.org") {
		t.Error("complaints have nowhere to go")
	}
}

package mail_test

import (
	"bytes"
	"context"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/mail"
	"lanyard/internal/mail/smtptest"
)

// sender is connected to a test server that wants a password over TLS.
func sender(t *testing.T, s *smtptest.Server, change func(*mail.SMTPConfig)) *mail.SMTP {
	t.Helper()
	c := mail.SMTPConfig{
		Host: s.Host, Port: s.Port, Security: mail.StartTLS, Username: "lanyard", Password: "secret",
		Hello: "events.example.org", RootCAs: s.RootCAs,
	}
	if change != nil {
		change(&c)
	}
	out, err := mail.NewSMTP(c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var secure = smtptest.Options{StartTLS: true, Username: "lanyard", Password: "secret"}

func envelope(t *testing.T) mail.Envelope {
	t.Helper()
	return mail.Envelope{From: "b+msg_1.abc@bounce.example.org", To: "sian@clinic.example", Raw: mustCompose(t, letter(t))}
}

// sendError sends and wants a failure.
func sendError(t *testing.T, s mail.Sender, e mail.Envelope) *mail.SendError {
	t.Helper()
	err := mail.SendErrorOf(s.Send(t.Context(), e))
	if err == nil {
		t.Fatal("the message was accepted")
	}
	return err
}

func TestSMTP_HandsOverTheExactBytes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options smtptest.Options
		change  func(*mail.SMTPConfig)
	}{
		"STARTTLS, PLAIN": {secure, nil},
		"TLS, PLAIN": {
			smtptest.Options{TLS: true, Username: "lanyard", Password: "secret"},
			func(c *mail.SMTPConfig) { c.Security = mail.TLS },
		},
		"STARTTLS, LOGIN": {smtptest.Options{StartTLS: true, Username: "lanyard", Password: "secret", Login: true}, nil},
		"unprotected, no password": {
			smtptest.Options{},
			func(c *mail.SMTPConfig) { c.Security, c.Username, c.Password = mail.Plain, "", "" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t, c.options)
			e := envelope(t)
			e.Raw = append(e.Raw, ".\r\n..\r\nend\r\n"...)
			if err := sender(t, server, c.change).Send(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			want := []smtptest.Message{{From: e.From, To: e.To, Raw: e.Raw}}
			if diff := cmp.Diff(want, server.Messages()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Scenarios 31 and 32: what each refusal means.
func TestSMTP_TellsFailuresApart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at       smtptest.Step
		code     int
		enhanced [3]int
		want     mail.SendKind
		status   string
		bad      bool
	}{
		"greylisted":             {smtptest.To, 450, [3]int{4, 2, 0}, mail.Temporary, "4.2.0", false},
		"busy":                   {smtptest.From, 451, [3]int{4, 3, 0}, mail.Temporary, "4.3.0", false},
		"full mailbox, for now":  {smtptest.Data, 452, [3]int{4, 2, 2}, mail.Temporary, "4.2.2", false},
		"no such mailbox":        {smtptest.To, 550, [3]int{5, 1, 1}, mail.Recipient, "5.1.1", true},
		"closed mailbox":         {smtptest.To, 550, [3]int{5, 2, 1}, mail.Recipient, "5.2.1", true},
		"refused by policy":      {smtptest.To, 550, [3]int{5, 7, 1}, mail.Recipient, "5.7.1", false},
		"looks like spam":        {smtptest.Data, 554, [3]int{5, 7, 1}, mail.Recipient, "5.7.1", false},
		"sender not allowed":     {smtptest.From, 553, [3]int{5, 7, 1}, mail.Config, "5.7.1", false},
		"password wanted late":   {smtptest.To, 530, [3]int{5, 7, 0}, mail.Config, "5.7.0", false},
		"wrong password":         {smtptest.Auth, 535, [3]int{5, 7, 8}, mail.Config, "5.7.8", false},
		"password check is down": {smtptest.Auth, 454, [3]int{4, 7, 0}, mail.Temporary, "4.7.0", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t, secure)
			server.Refuse(c.at, c.code, c.enhanced)
			s := sender(t, server, nil)

			got := sendError(t, s, envelope(t))
			if got.Kind != c.want || got.Code != c.code || got.Step != string(c.at) || got.Enhanced != c.status || got.BadAddress() != c.bad {
				t.Errorf("kind %s, code %d, step %s, status %s, bad address %v", got.Kind, got.Code, got.Step, got.Enhanced, got.BadAddress())
			}
			if len(server.Messages()) != 0 {
				t.Error("the message was taken all the same")
			}
			if err := s.Send(t.Context(), envelope(t)); err != nil {
				t.Errorf("the next attempt: %v", err)
			}
		})
	}
}

// Scenario 31: nobody knows whether it was taken, so the same bytes go again.
func TestSMTP_DropAfterDataIsTemporary(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, secure)
	server.DropAfterData()
	s, e := sender(t, server, nil), envelope(t)

	got := sendError(t, s, e)
	if got.Kind != mail.Temporary || got.Step != "data" || got.Code != 0 {
		t.Errorf("kind %s, step %s, code %d", got.Kind, got.Step, got.Code)
	}
	if err := s.Send(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	m := server.Messages()
	if len(m) != 2 || !bytes.Equal(m[0].Raw, m[1].Raw) {
		t.Errorf("%d messages, not twice the same", len(m))
	}
}

func TestSMTP_WrongSettingsAreConfig(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options smtptest.Options
		change  func(*mail.SMTPConfig)
	}{
		"wrong password":      {secure, func(c *mail.SMTPConfig) { c.Password = "guess" }},
		"no password":         {secure, func(c *mail.SMTPConfig) { c.Username, c.Password = "", "" }},
		"unknown certificate": {secure, func(c *mail.SMTPConfig) { c.RootCAs = nil }},
		"no STARTTLS offered": {smtptest.Options{Username: "lanyard", Password: "secret"}, nil},
		"no TLS spoken":       {smtptest.Options{}, func(c *mail.SMTPConfig) { c.Security = mail.TLS }},
		"no way to sign in":   {smtptest.Options{StartTLS: true}, nil},
		"no such host":        {secure, func(c *mail.SMTPConfig) { c.Host = "nowhere.invalid" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t, c.options)
			got := sendError(t, sender(t, server, c.change), envelope(t))
			if name == "no such host" && got.Kind == mail.Temporary {
				t.Skipf("the resolver of this machine gives no answer: %v", got)
			}
			if got.Kind != mail.Config {
				t.Errorf("got %v", got)
			}
			if len(server.Messages()) != 0 {
				t.Error("the message was taken")
			}
		})
	}
}

func TestSMTP_RefusesBadEnvelopes(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, secure)
	s := sender(t, server, nil)
	e := envelope(t)
	e.To = "a@b.example>\r\nRCPT TO:<c@d.example"
	if got := sendError(t, s, e); got.Kind != mail.Recipient {
		t.Errorf("got %v", got)
	}
	e = envelope(t)
	e.From = "nobody"
	if got := sendError(t, s, e); got.Kind != mail.Config {
		t.Errorf("got %v", got)
	}
	if server.Sessions() != 0 {
		t.Error("it asked the server")
	}
}

// A server that never says a word must not hold a worker for ever.
func TestSMTP_SilentServerIsTemporary(t *testing.T) {
	t.Parallel()
	for _, security := range []mail.Security{mail.StartTLS, mail.TLS, mail.Plain} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		s, err := mail.NewSMTP(mail.SMTPConfig{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: security, Timeout: 50 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if got := sendError(t, s, envelope(t)); got.Kind != mail.Temporary {
			t.Errorf("%s: %v", security, got)
		}
	}
}

func TestSMTP_NobodyListeningIsTemporary(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	s, err := mail.NewSMTP(mail.SMTPConfig{Host: "127.0.0.1", Port: port, Security: mail.StartTLS})
	if err != nil {
		t.Fatal(err)
	}
	if got := sendError(t, s, envelope(t)); got.Kind != mail.Temporary || got.Step != "connect" {
		t.Errorf("got %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := mail.SendErrorOf(s.Send(ctx, envelope(t))); got == nil || got.Kind != mail.Temporary {
		t.Errorf("cancelled: %v", got)
	}
}

func TestNewSMTP_RefusesUnsafeSettings(t *testing.T) {
	t.Parallel()
	good := mail.SMTPConfig{Host: "a.example", Port: 587, Security: mail.StartTLS}
	for name, spoil := range map[string]func(*mail.SMTPConfig){
		"no host":                 func(c *mail.SMTPConfig) { c.Host = "" },
		"no port":                 func(c *mail.SMTPConfig) { c.Port = 0 },
		"unknown security":        func(c *mail.SMTPConfig) { c.Security = "maybe" },
		"name without password":   func(c *mail.SMTPConfig) { c.Username = "a" },
		"password in the clear":   func(c *mail.SMTPConfig) { c.Security, c.Username, c.Password = mail.Plain, "a", "b" },
		"password without a name": func(c *mail.SMTPConfig) { c.Password = "b" },
	} {
		c := good
		spoil(&c)
		if _, err := mail.NewSMTP(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestMailbox_AcceptsEverything(t *testing.T) {
	t.Parallel()
	var s mail.Sender = mail.Mailbox{}
	if err := s.Send(t.Context(), mail.Envelope{}); err != nil {
		t.Error(err)
	}
}

func TestVERP_ReadsOnlyItsOwnAddresses(t *testing.T) {
	t.Parallel()
	v := mail.VERP{Domain: "bounce.example.org", Key: []byte("k1")}
	id := "msg_01k9z3qf5r8v2c4x6y7z8a9b0c"
	address := v.Address(id)
	if got, err := mail.ASCII(address); err != nil || got != address {
		t.Errorf("%s is no address: %v", address, err)
	}
	for name, c := range map[string]struct {
		address string
		ok      bool
	}{
		"own":            {address, true},
		"in capitals":    {"B+" + address[2:len(address)-11] + "EXAMPLE.ORG", true},
		"other key":      {mail.VERP{Domain: v.Domain, Key: []byte("k2")}.Address(id), false},
		"other domain":   {mail.VERP{Domain: "evil.example", Key: v.Key}.Address(id), false},
		"other id":       {"b+msg_02" + address[8:], false},
		"no seal":        {"b+" + id + "@bounce.example.org", false},
		"something else": {"hello@bounce.example.org", false},
		"nothing":        {"", false},
	} {
		got, ok := v.Read(c.address)
		if ok != c.ok || ok && got != id {
			t.Errorf("%s (%s): %q, %v", name, c.address, got, ok)
		}
	}
}

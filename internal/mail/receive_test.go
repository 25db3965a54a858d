package mail_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"

	"lanyard/internal/mail"
)

// receiver starts a server that takes mail to known@bounce.test, and returns a
// way to send it something.
func receiver(t *testing.T, handle func(to string, raw []byte) error) func(to string, raw string) *mail.SendError {
	t.Helper()
	r := mail.NewReceiver(mail.ReceiverConfig{
		Domain: "bounce.test", Log: slog.New(slog.DiscardHandler),
		Takes:  func(to string) bool { return to == "known@bounce.test" },
		Handle: func(_ context.Context, to string, raw []byte) error { return handle(to, raw) },
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Serve(l) }()
	sender, err := mail.NewSMTP(mail.SMTPConfig{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: mail.Plain})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		_ = l.Close() // Close forgets a listener that Serve has not seen yet
		if err := <-ended; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	return func(to, raw string) *mail.SendError {
		return mail.SendErrorOf(sender.Send(t.Context(), mail.Envelope{From: "mailer@elsewhere.test", To: to, Raw: []byte(raw)}))
	}
}

func TestReceiver_HandsOverWhatIsOursAndRelaysNothing(t *testing.T) {
	t.Parallel()
	var got []string
	send := receiver(t, func(to string, raw []byte) error {
		got = append(got, to+": "+string(raw))
		return nil
	})

	if err := send("known@bounce.test", "Subject: one\r\n\r\nHello\r\n"); err != nil {
		t.Fatal(err)
	}
	for _, stranger := range []string{"unknown@bounce.test", "ada@example.org"} {
		if err := send(stranger, "Subject: two\r\n\r\n"); err == nil || err.Code != 550 {
			t.Errorf("mail to %s: %v, want 550", stranger, err)
		}
	}

	if len(got) != 1 || got[0] != "known@bounce.test: Subject: one\r\n\r\nHello\r\n" {
		t.Fatalf("it took %q", got)
	}
}

func TestReceiver_AsksForMailAgainThatItCouldNotHandle(t *testing.T) {
	t.Parallel()
	calls := 0
	send := receiver(t, func(string, []byte) error {
		if calls++; calls == 1 {
			return errors.New("the database is away")
		}
		return nil
	})
	if err := send("known@bounce.test", "Subject: x\r\n\r\n"); err == nil || err.Code != 451 || err.Kind != mail.Temporary {
		t.Fatalf("the first time: %v, want 451", err)
	}
	if err := send("known@bounce.test", "Subject: x\r\n\r\n"); err != nil {
		t.Fatalf("the second time: %v", err)
	}
}

func TestReceiver_RefusesMailWithoutEnd(t *testing.T) {
	t.Parallel()
	send := receiver(t, func(string, []byte) error { return errors.New("it got this far") })
	err := send("known@bounce.test", "Subject: x\r\n\r\n"+strings.Repeat("x\r\n", 2<<20))
	if err == nil || err.Code/100 != 5 {
		t.Fatalf("six megabytes: %v, want a final no", err)
	}
}

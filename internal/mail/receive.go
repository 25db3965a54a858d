package mail

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

// Receiver is a small mail server for mail that comes back to us. It takes mail to
// addresses that Takes knows, hands it to Handle, and says 451 when that fails, so
// that the other side keeps it and tries again. It relays nothing, offers no way
// to sign in, and never sends anything of its own.
type Receiver struct {
	server *smtp.Server
}

// ReceiverConfig says what a Receiver is for.
type ReceiverConfig struct {
	// Domain is the name with which it answers.
	Domain string
	// Takes reports whether mail to the address is welcome.
	Takes func(to string) bool
	// Handle takes one mail for one address. An error means: not now.
	Handle func(ctx context.Context, to string, raw []byte) error
	// Log hears of mail that could not be handled.
	Log *slog.Logger
}

// receiveTimeout bounds each step of a conversation, and handling one mail.
const receiveTimeout = time.Minute

// NewReceiver makes the server; Serve starts it.
func NewReceiver(c ReceiverConfig) *Receiver {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &receiving{c: c}, nil }))
	s.Domain = c.Domain
	s.MaxRecipients = 20
	s.MaxMessageBytes = maxReport
	s.ReadTimeout, s.WriteTimeout = receiveTimeout, receiveTimeout
	s.ErrorLog = slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn)
	return &Receiver{server: s}
}

// Serve takes mail from l until Close; it returns nil then.
func (r *Receiver) Serve(l net.Listener) error {
	if err := r.server.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Close ends every conversation. What was not acknowledged comes again.
func (r *Receiver) Close() error {
	if err := r.server.Close(); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return err
	}
	return nil
}

// receiving is one conversation.
type receiving struct {
	c  ReceiverConfig
	to []string
}

// Mail takes any sender, the empty one of bounces above all.
func (s *receiving) Mail(string, *smtp.MailOptions) error { return nil }

func (s *receiving) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !s.c.Takes(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such address here"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *receiving) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), receiveTimeout)
	defer cancel()
	for _, to := range s.to {
		if err := s.c.Handle(ctx, to, raw); err != nil {
			s.c.Log.ErrorContext(ctx, "mail that came back has to come again", "error", err)
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Not now, please try again"}
		}
	}
	return nil
}

func (s *receiving) Reset() { s.to = nil }

func (s *receiving) Logout() error { return nil }

package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Security says how the connection to a mail server is protected.
type Security string

// The ways to protect it.
const (
	// StartTLS begins in the clear and insists on TLS before anything is said;
	// usually port 587.
	StartTLS Security = "starttls"
	// TLS is encrypted from the first byte; usually port 465.
	TLS Security = "tls"
	// Plain is never encrypted: only for a server on the same machine, and never
	// with a password.
	Plain Security = "plain"
)

// SMTPConfig says which mail server takes our messages.
type SMTPConfig struct {
	Host     string
	Port     int
	Security Security
	// Username and Password sign in; both may be empty.
	Username, Password string
	// Hello is the name with which we introduce ourselves.
	Hello string
	// Timeout bounds one whole transmission; zero means a minute.
	Timeout time.Duration
	// RootCAs are the authorities to trust; nil means the machine's.
	RootCAs *x509.CertPool
}

// SMTP sends messages through one mail server, over one connection each.
type SMTP struct{ c SMTPConfig }

// NewSMTP checks the settings and makes a sender; it does not connect.
func NewSMTP(c SMTPConfig) (*SMTP, error) {
	switch {
	case c.Host == "" || c.Port < 1 || c.Port > 65535:
		return nil, errors.New("mail server needs a host and a port")
	case c.Security != StartTLS && c.Security != TLS && c.Security != Plain:
		return nil, fmt.Errorf("mail server security must be starttls, tls or plain, not %q", c.Security)
	case (c.Username == "") != (c.Password == ""):
		return nil, errors.New("mail server needs both a user name and a password, or neither")
	case c.Security == Plain && c.Username != "":
		return nil, errors.New("mail server password would travel unprotected; use starttls or tls")
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.Hello == "" {
		c.Hello = "localhost"
	}
	return &SMTP{c: c}, nil
}

// Send hands one message to the server.
func (s *SMTP) Send(ctx context.Context, e Envelope) error {
	to, err := ASCII(e.To)
	if err != nil {
		return &SendError{Kind: Recipient, Step: "to", cause: err}
	}
	from, err := ASCII(e.From)
	if err != nil {
		return &SendError{Kind: Config, Step: "from", cause: err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.c.Timeout)
	defer cancel()
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	// The library knows time-outs but no contexts: closing ends whatever it waits for.
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if err := s.signIn(c); err != nil {
		return err
	}
	if err := c.Mail(from, nil); err != nil {
		return failure("from", Config, err)
	}
	if err := c.Rcpt(to, nil); err != nil {
		return failure("to", Recipient, err)
	}
	w, err := c.Data()
	if err != nil {
		return failure("data", Recipient, err)
	}
	if _, err := w.Write(e.Raw); err != nil {
		return failure("data", Recipient, err)
	}
	if err := w.Close(); err != nil {
		return failure("data", Recipient, err)
	}
	// It is accepted, however the server takes our leave.
	_ = c.Quit()
	return nil
}

// dial connects, protects the connection and says hello.
func (s *SMTP) dial(ctx context.Context) (*smtp.Client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(s.c.Host, strconv.Itoa(s.c.Port)))
	if err != nil {
		kind := Temporary
		if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
			kind = Config
		}
		return nil, &SendError{Kind: kind, Step: "connect", cause: err}
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	settings := &tls.Config{ServerName: s.c.Host, RootCAs: s.c.RootCAs, MinVersion: tls.VersionTLS12}
	var c *smtp.Client
	switch s.c.Security {
	case TLS:
		secure := tls.Client(conn, settings)
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, noConnection("tls", err)
		}
		c = smtp.NewClient(secure)
	case StartTLS:
		if c, err = smtp.NewClientStartTLS(conn, settings); err != nil {
			conn.Close()
			return nil, noConnection("tls", err)
		}
	default:
		c = smtp.NewClient(conn)
	}
	c.CommandTimeout, c.SubmissionTimeout = s.c.Timeout, s.c.Timeout
	if err := c.Hello(s.c.Hello); err != nil {
		c.Close()
		return nil, noConnection("connect", err)
	}
	return c, nil
}

// signIn authenticates with the better of the mechanisms that the server offers.
func (s *SMTP) signIn(c *smtp.Client) error {
	if s.c.Username == "" {
		return nil
	}
	var mechanism sasl.Client
	switch {
	case c.SupportsAuth(sasl.Plain):
		mechanism = sasl.NewPlainClient("", s.c.Username, s.c.Password)
	case c.SupportsAuth(sasl.Login):
		mechanism = sasl.NewLoginClient(s.c.Username, s.c.Password)
	default:
		return &SendError{Kind: Config, Step: "auth", cause: errors.New("the server offers no way to sign in that we know")}
	}
	if err := c.Auth(mechanism); err != nil {
		return failure("auth", Config, err)
	}
	return nil
}

// failure makes a SendError. permanent is what a final refusal at this step means;
// a connection that broke may hold later.
func failure(step string, permanent SendKind, err error) *SendError {
	e := &SendError{Kind: Temporary, Step: step, cause: err}
	reply, ok := errors.AsType[*smtp.SMTPError](err)
	if !ok {
		return e
	}
	e.Code = reply.Code
	if c := reply.EnhancedCode; c[0] > 0 {
		e.Enhanced = fmt.Sprintf("%d.%d.%d", c[0], c[1], c[2])
	}
	switch {
	case reply.Code/100 != 5:
	case reply.Code == 530 || reply.Code == 534 || reply.Code == 535 || reply.Code == 538:
		// Some servers ask for a password only when they hear the recipient.
		e.Kind = Config
	default:
		e.Kind = permanent
	}
	return e
}

// noConnection makes a SendError for the time before the server knows us. What is
// neither a reply nor a broken connection will not heal: a certificate that cannot
// be trusted, a server without STARTTLS, or something that speaks no SMTP.
func noConnection(step string, err error) *SendError {
	e := failure(step, Config, err)
	if e.Code == 0 && !broken(err) {
		e.Kind = Config
	}
	return e
}

// broken reports that the connection failed, not what was said on it.
func broken(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

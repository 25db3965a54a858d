package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"

	"golang.org/x/net/netutil"

	"lanyard/internal/link"
	"lanyard/internal/mail"
)

// mailSettings says how mail leaves, where it goes when it comes back, and who
// signs it.
func (s *Services) mailSettings(cfg *Config, master [32]byte) error {
	s.Notices.Sender = mail.Mailbox{}
	if cfg.SMTPAddress != "" {
		smtp, err := cfg.smtp()
		if err != nil {
			return fmt.Errorf("LANYARD_SMTP_ADDRESS: %w", err)
		}
		s.Notices.Sender = smtp
	}
	var err error
	if s.Notices.Bounces, err = cfg.bounces(master); err != nil {
		return err
	}
	if cfg.DKIMDomain == "" {
		return nil
	}
	text, err := os.ReadFile(cfg.DKIMKeyFile)
	if err != nil {
		return fmt.Errorf("LANYARD_DKIM_KEY_FILE: %w", err)
	}
	key, err := mail.ReadKey(text)
	if err != nil {
		return fmt.Errorf("LANYARD_DKIM_KEY_FILE: %w", err)
	}
	s.Notices.Signer, err = mail.NewSigner(cfg.DKIMDomain, cfg.DKIMSelector, key)
	return err
}

// smtp is the sender for the configured mail server.
func (c *Config) smtp() (*mail.SMTP, error) {
	host, port, err := net.SplitHostPort(c.SMTPAddress)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	return mail.NewSMTP(mail.SMTPConfig{
		Host: host, Port: n, Username: c.SMTPUser, Password: c.SMTPPassword, Security: mail.Security(c.SMTPSecurity),
	})
}

// bounces makes return paths; nil when mail that comes back has nowhere to go.
func (c *Config) bounces(master [32]byte) (*mail.VERP, error) {
	if c.BounceDomain == "" {
		if c.InboundListen != "" {
			return nil, errors.New("LANYARD_INBOUND_MAIL_LISTEN is set, but not for which domain; set LANYARD_BOUNCE_DOMAIN too")
		}
		return nil, nil
	}
	if _, err := mail.ASCII("b@" + c.BounceDomain); err != nil {
		return nil, fmt.Errorf("LANYARD_BOUNCE_DOMAIN: %q is not a mail domain such as bounce.example.org", c.BounceDomain)
	}
	return &mail.VERP{Domain: c.BounceDomain, Key: link.Derive(master, "lanyard bounce address")}, nil
}

// inbound is the small mail server for what comes back, where one is wanted.
type inbound struct {
	listener net.Listener
	receiver *mail.Receiver
}

// mostInbound is how many conversations it has at a time.
const mostInbound = 50

func listenInbound(ctx context.Context, cfg *Config) (*inbound, error) {
	if cfg.InboundListen == "" {
		return nil, nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", cfg.InboundListen)
	if err != nil {
		return nil, fmt.Errorf("LANYARD_INBOUND_MAIL_LISTEN: %w", err)
	}
	return &inbound{listener: netutil.LimitListener(l, mostInbound)}, nil
}

// prepare says whom the mail is for.
func (i *inbound) prepare(s *Services, log *slog.Logger) {
	i.receiver = mail.NewReceiver(mail.ReceiverConfig{
		Domain: s.Notices.Bounces.Domain, Takes: s.Notices.TakesInbound, Log: log,
		Handle: func(ctx context.Context, to string, raw []byte) error {
			_, err := s.Notices.HandleInbound(ctx, to, raw)
			return err
		},
	})
}

// close ends conversations and stops listening.
func (i *inbound) close() error {
	if i == nil {
		return nil
	}
	var err error
	if i.receiver != nil {
		err = i.receiver.Close()
	}
	if closeErr := i.listener.Close(); closeErr != nil && !errors.Is(closeErr, net.ErrClosed) {
		err = errors.Join(err, closeErr)
	}
	return err
}

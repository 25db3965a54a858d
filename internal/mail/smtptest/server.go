// Package smtptest is a mail server for tests: a real one, on a port of this
// machine, that keeps what it is given and fails where it is told to. It belongs
// into test files only.
package smtptest

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Step is a moment in the conversation at which the server can fail.
type Step string

// The steps, in their order.
const (
	Auth Step = "auth"
	From Step = "from"
	To   Step = "to"
	Data Step = "data"
)

// Message is what a client handed over.
type Message struct {
	From string
	To   string
	Raw  []byte
}

// Options say what the server offers.
type Options struct {
	// TLS makes it speak TLS from the first byte.
	TLS bool
	// StartTLS makes it offer STARTTLS.
	StartTLS bool
	// Username and Password, when set, must be given before anything else.
	Username, Password string
	// Login makes it offer the LOGIN mechanism instead of PLAIN.
	Login bool
}

// Server is a running mail server.
type Server struct {
	// Host and Port are where it listens.
	Host string
	Port int
	// RootCAs trusts its certificate; nil without TLS.
	RootCAs *x509.CertPool

	options  Options
	mu       sync.Mutex
	messages []Message
	replies  map[Step][]*smtp.SMTPError
	drops    int
	sessions int
}

// New starts a server that ends with the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{Host: "127.0.0.1", options: o, replies: map[Step][]*smtp.SMTPError{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	if s.Port, err = strconv.Atoi(port); err != nil {
		t.Fatalf("listen: %v", err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sessions++
		return &session{server: s, conn: c}, nil
	}))
	server.Domain = "mail.test"
	server.AllowInsecureAuth = true
	// A connection that we drop is no news.
	server.ErrorLog = log.New(io.Discard, "", 0)
	if o.TLS || o.StartTLS {
		certificate, pool := selfSigned(t)
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
		s.RootCAs = pool
	}
	if o.TLS {
		l = tls.NewListener(l, server.TLSConfig)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// It returns when the listener is closed below.
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		// Close forgets a listener that Serve has not seen yet.
		_ = l.Close()
		<-done
	})
	return s
}

// Refuse makes the next command of a step fail with this reply, such as 550 and
// 5.1.1. Called again, it queues another.
func (s *Server) Refuse(at Step, code int, enhanced [3]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies[at] = append(s.replies[at], &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: "told to refuse"})
}

// DropAfterData makes the server take the next message and then break the
// connection without a word.
func (s *Server) DropAfterData() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops++
}

// Messages are the messages taken so far, in order, dropped ones included.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Sessions is the number of connections that got as far as a greeting.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// next takes the scripted reply of a step, or nil.
func (s *Server) next(at Step) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.replies[at]
	if len(queue) == 0 {
		return nil
	}
	s.replies[at] = queue[1:]
	return queue[0]
}

// session is one connection.
type session struct {
	server   *Server
	conn     *smtp.Conn
	signedIn bool
	message  Message
}

func (s *session) Reset()        { s.message = Message{} }
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string {
	switch {
	case s.server.options.Username == "":
		return nil
	case s.server.options.Login:
		return []string{sasl.Login}
	default:
		return []string{sasl.Plain}
	}
}

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	check := func(username, password string) error {
		if err := s.server.next(Auth); err != nil {
			return err
		}
		if username != s.server.options.Username || password != s.server.options.Password {
			return smtp.ErrAuthFailed
		}
		s.signedIn = true
		return nil
	}
	if mechanism == sasl.Login {
		return &login{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, username, password string) error { return check(username, password) }), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.options.Username != "" && !s.signedIn {
		return smtp.ErrAuthRequired
	}
	s.message.From = from
	return s.server.next(From)
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.message.To = to
	return s.server.next(To)
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.server.next(Data); err != nil {
		return err
	}
	s.message.Raw = raw
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.messages = append(s.server.messages, s.message)
	if s.server.drops > 0 {
		s.server.drops--
		return s.conn.Close()
	}
	return nil
}

// login is the server's side of the LOGIN mechanism: a name, then a password.
type login struct {
	check    func(username, password string) error
	username *string
}

func (l *login) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case response == nil:
		return []byte("Username:"), false, nil
	case l.username == nil:
		name := string(response)
		l.username = &name
		return []byte("Password:"), false, nil
	default:
		return nil, true, l.check(*l.username, string(response))
	}
}

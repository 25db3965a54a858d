package pgtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A Fault is what a Proxy does when it sees a COMMIT.
type Fault int

const (
	// CutBeforeCommit breaks the link instead of passing COMMIT on.
	CutBeforeCommit Fault = iota + 1
	// CutAfterCommit passes COMMIT on and breaks the link at once.
	CutAfterCommit
	// DropCommitReply waits until the server has answered that it committed,
	// and breaks the link instead of passing the answer on.
	DropCommitReply
)

// Proxy stands between a client and PostgreSQL, reads the messages of both and
// breaks the link where a test wants it broken. Without a fault it changes
// nothing.
type Proxy struct {
	url      string
	listener net.Listener
	network  string
	upstream string

	mu     sync.Mutex
	links  map[*link]bool
	fault  Fault
	times  int
	also   func()
	refuse bool
	delay  time.Duration
	flow   chan struct{} // closed while data may pass
}

// A link is one client's connection with its counterpart to the server.
type link struct {
	client, server net.Conn
	closed         chan struct{}
	once           sync.Once
	dropReply      bool // guarded by Proxy.mu
}

func (l *link) cut() {
	l.once.Do(func() {
		close(l.closed)
		l.client.Close()
		l.server.Close()
	})
}

// NewProxy stands before the server at databaseURL until the test ends.
func NewProxy(t testing.TB, databaseURL string) *Proxy {
	t.Helper()
	cfg, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	p := &Proxy{listener: listener, links: map[*link]bool{}, flow: make(chan struct{})}
	close(p.flow)
	p.network, p.upstream = pgconn.NetworkAddress(cfg.Host, cfg.Port)
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(cfg.User, cfg.Password),
		Host:     listener.Addr().String(),
		Path:     "/" + cfg.Database,
		RawQuery: "sslmode=disable",
	}
	p.url = u.String()
	accepting := make(chan struct{})
	go func() {
		defer close(accepting)
		p.accept()
	}()
	t.Cleanup(func() {
		listener.Close()
		<-accepting
		p.BlackHole(false)
		p.CutAll()
	})
	return p
}

// URL is the database's address through the proxy.
func (p *Proxy) URL() string { return p.url }

// OnCommit applies f to the next COMMITs, as many as times says. The function
// also, which may be nil, runs just before the link breaks: a test crashes the
// server there.
func (p *Proxy) OnCommit(f Fault, times int, also func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if also == nil {
		also = func() {}
	}
	p.fault, p.times, p.also = f, times, also
}

// Refuse makes new connections fail while on is true.
func (p *Proxy) Refuse(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = on
}

// Delay holds each message back for d, in both directions.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// BlackHole stops all data while on is true; the links stay open.
func (p *Proxy) BlackHole(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flow:
		if on {
			p.flow = make(chan struct{})
		}
	default:
		if !on {
			close(p.flow)
		}
	}
}

// CutAll breaks every link there is.
func (p *Proxy) CutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.cut()
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // the test is over
		}
		p.mu.Lock()
		refuse := p.refuse
		p.mu.Unlock()
		if refuse {
			client.Close()
			continue
		}
		server, err := (&net.Dialer{}).DialContext(context.Background(), p.network, p.upstream)
		if err != nil {
			client.Close() // what a client of a dead server sees
			continue
		}
		l := &link{client: client, server: server, closed: make(chan struct{})}
		p.mu.Lock()
		p.links[l] = true
		p.mu.Unlock()
		go p.carry(l, p.fromClient)
		go p.carry(l, p.fromServer)
	}
}

func (p *Proxy) carry(l *link, direction func(*link) error) {
	_ = direction(l) // however it ended, the link has
	l.cut()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

// errCut ends a link on purpose.
var errCut = errors.New("cut by the test")

func (p *Proxy) fromClient(l *link) error {
	first, err := readBody(l.client) // the start-up message has no type
	if err != nil {
		return err
	}
	if err := p.pass(l, l.server, first); err != nil {
		return err
	}
	for {
		kind, message, err := readMessage(l.client)
		if err != nil {
			return err
		}
		fault, also := Fault(0), func() {}
		if isCommit(kind, message) {
			fault, also = p.take(l)
		}
		if fault == CutBeforeCommit {
			also()
			return errCut
		}
		if err := p.pass(l, l.server, message); err != nil {
			return err
		}
		if fault == CutAfterCommit {
			also()
			return errCut
		}
	}
}

func (p *Proxy) fromServer(l *link) error {
	for {
		kind, message, err := readMessage(l.server)
		if err != nil {
			return err
		}
		if kind == 'C' && bytes.Equal(message[5:], []byte("COMMIT\x00")) {
			p.mu.Lock()
			drop, also := l.dropReply, p.also
			p.mu.Unlock()
			if drop {
				also()
				return errCut
			}
		}
		if err := p.pass(l, l.client, message); err != nil {
			return err
		}
	}
}

// take uses up one of the armed faults for l; no fault means that none is left.
func (p *Proxy) take(l *link) (Fault, func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.times == 0 {
		return 0, func() {}
	}
	p.times--
	l.dropReply = p.fault == DropCommitReply
	return p.fault, p.also
}

// pass forwards a message, late or not at all when the test says so.
func (p *Proxy) pass(l *link, to net.Conn, message []byte) error {
	p.mu.Lock()
	flow, delay := p.flow, p.delay
	p.mu.Unlock()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-l.closed:
			return errCut
		}
	}
	select {
	case <-flow:
	case <-l.closed:
		return errCut
	}
	_, err := to.Write(message)
	return err
}

// isCommit recognises the statement in both protocols: as a query, and as a
// statement to be prepared under an empty name.
func isCommit(kind byte, message []byte) bool {
	if kind != 'Q' && kind != 'P' {
		return false
	}
	text := strings.Trim(string(message[5:]), "\x00; ")
	return strings.EqualFold(text, "commit")
}

// maxMessage is far above what tests send.
const maxMessage = 64 << 20

// readMessage reads one whole message: its type and all its bytes.
func readMessage(r io.Reader) (byte, []byte, error) {
	var kind [1]byte
	if _, err := io.ReadFull(r, kind[:]); err != nil {
		return 0, nil, err
	}
	body, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	return kind[0], append(kind[:], body...), nil
}

// readBody reads a length and as many bytes as it announces.
func readBody(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size < 4 || size > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes", size)
	}
	body := make([]byte, size)
	copy(body, head[:])
	_, err := io.ReadFull(r, body[4:])
	return body, err
}

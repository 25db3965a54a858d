package stripesim

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"lanyard/internal/clock"
)

// Options say which simulator New makes. The zero value is a British account in
// pounds, on the machine's clock, kept in memory.
type Options struct {
	// Seed decides all ids, secrets and exchange rates.
	Seed uint64
	// Start, when set, is where a clock of the simulator's own begins, which only
	// Advance moves.
	Start time.Time
	// Clock is the time that the simulator goes by when Start is not set; nil is
	// the machine's.
	Clock clock.Clock
	// SignatureClock stamps webhook signatures; nil is the machine's clock, which
	// is what Stripe's libraries compare the stamp with.
	SignatureClock clock.Clock
	// StatePath is a file that keeps the state over a restart; "" keeps it in
	// memory.
	StatePath string
	// Currency is what the account is paid out in, such as "gbp".
	Currency string
	// Country is where the account is, such as "GB".
	Country string
	// Webhooks are told of events from the beginning.
	Webhooks []Endpoint
	// AnyAccount makes an account when it is first spoken of, in a Stripe-Account
	// header or a key. Otherwise there is only the simulator's own.
	AnyAccount bool
	// RefundsNeedBalance leaves refunds pending while the account's balance, with
	// what is not yet available, does not cover them.
	RefundsNeedBalance bool
	// ReturnDisputeFees gives the fee back with a dispute that was won.
	ReturnDisputeFees bool
	// Logger is told what happens; nil is silence.
	Logger *slog.Logger
}

// An Endpoint is an address that webhooks are sent to.
type Endpoint struct {
	// URL is where events are posted.
	URL string
	// Secret signs them; "" lets the simulator choose, see Sim.WebhookSecret.
	Secret string
	// Connect asks for the events of all other accounts instead of its own.
	Connect bool
	// Events are the types wanted; none means all.
	Events []string
}

// A Sim is a simulated Stripe. It is safe for concurrent use.
type Sim struct {
	options Options
	own     string
	log     *slog.Logger
	routes  *http.ServeMux

	mu         sync.Mutex
	moment     time.Time // the time of what is being done
	clockRow   clockRow
	clockMoved bool
	stepping   *clock.Stepping // set when the simulator has its own clock
	accounts   map[string]*account
	order      []string // of the accounts
	due        agenda
	journal    *journal
	cause      eventRequest // of the events that are being made
	hooks      webhookFaults
	faults     []*apiFault
	inFlight   map[string]bool
	base       string
	broken     error // the file could not be written
	requests   int64

	closed     chan struct{}
	close      sync.Once
	delivering sync.Once
	running    sync.WaitGroup
	server     *http.Server
	wake       chan struct{}
}

// New makes a simulator, or takes up the one that is kept at Options.StatePath.
func New(o Options) (*Sim, error) {
	if o.Currency == "" {
		o.Currency = "gbp"
	}
	if o.Country == "" {
		o.Country = "GB"
	}
	o.Currency = strings.ToLower(o.Currency)
	if _, known := currencies[o.Currency]; !known {
		return nil, fmt.Errorf("the simulator does not know the currency %q", o.Currency)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clock.System
	}
	if o.SignatureClock == nil {
		o.SignatureClock = clock.System
	}
	s := &Sim{
		options: o, log: o.Logger, accounts: map[string]*account{}, inFlight: map[string]bool{},
		closed: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	s.own = "acct_" + s.letters(16, "account")
	s.routes = s.router()
	if err := s.load(); err != nil {
		return nil, err
	}
	return s, nil
}

// load reads the file, if there is one, and prepares what is missing.
func (s *Sim) load() error {
	if s.options.StatePath != "" {
		j, err := openJournal(s.options.StatePath, s.apply)
		if err != nil {
			return err
		}
		s.journal = j
	}
	if !s.options.Start.IsZero() {
		s.stepping = clock.NewStepping(s.options.Start.UTC())
		if at := time.Unix(s.clockRow.Moment, 0); at.After(s.options.Start) {
			s.stepping = clock.NewStepping(at)
		}
	}
	for _, id := range s.order {
		s.accounts[id].agenda.each(func(_ string, ap *appointment) bool { s.due.add(ap); return true })
	}
	defer s.enter()()
	if s.find("") == nil {
		s.open(s.own)
	}
	s.registerWebhooks(s.find(""))
	if s.journal == nil {
		return nil
	}
	lines, err := s.lines(true)
	if err != nil {
		return err
	}
	for _, id := range s.order { // everything has just been written
		for _, t := range s.accounts[id].shelves() {
			t.changed()
		}
	}
	return s.journal.rewrite(lines)
}

// enter begins something that needs the state: it locks, lets happen what is due,
// and returns what ends it.
func (s *Sim) enter() (leave func()) {
	s.mu.Lock()
	s.moment = s.present()
	s.catchUp()
	return func() {
		s.cause = eventRequest{}
		if s.journal != nil {
			lines, err := s.lines(false)
			if err == nil && len(lines) > 0 {
				err = s.journal.append(lines)
			}
			if err != nil && s.broken == nil {
				s.broken = err
				s.log.Error("the simulator's state is not kept", "err", err)
			}
		}
		s.mu.Unlock()
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// Listen serves at addr, such as "127.0.0.1:0", and delivers webhooks, until
// Close. It refuses an address that others can reach.
func (s *Sim) Listen(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("the simulator's address: %w", err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("the simulator listens on the loopback interface only, not on %q", addr)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return fmt.Errorf("the simulator's address: %w", err)
	}
	s.mu.Lock()
	s.base = "http://" + listener.Addr().String()
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	s.mu.Unlock()
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the simulator has stopped", "err", err)
		}
	}()
	s.StartDelivery()
	return nil
}

// Close stops listening and delivering, lets hanging requests go and closes the
// file.
func (s *Sim) Close() error {
	var err error
	s.close.Do(func() {
		close(s.closed)
		s.mu.Lock()
		server := s.server
		s.mu.Unlock()
		if server != nil {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			err = server.Shutdown(ctx)
		}
		s.running.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.journal != nil {
			err = errors.Join(err, s.broken, s.journal.file.Close())
			s.journal = nil
		}
	})
	return err
}

// URL is where the simulator listens, without a slash at the end; "" before
// Listen.
func (s *Sim) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base
}

// Account is the id of the simulator's own account.
func (s *Sim) Account() string { return s.own }

// Key is the secret key of the simulator's own account.
func (s *Sim) Key() string { return s.KeyFor(s.own) }

// keyPrefix is what every key of a simulator starts with. No key of Stripe does.
const keyPrefix = "sk_test_sim_"

// KeyFor is the secret key of an account.
func (s *Sim) KeyFor(account string) string { return keyPrefix + strings.TrimPrefix(account, "acct_") }

// WebhookSecret signs the events sent to the first of Options.Webhooks.
func (s *Sim) WebhookSecret() string {
	if len(s.options.Webhooks) > 0 && s.options.Webhooks[0].Secret != "" {
		return s.options.Webhooks[0].Secret
	}
	return "whsec_" + s.letters(32, "webhook", "0")
}

// hash mixes the seed with names.
func (s *Sim) hash(names ...string) [32]byte {
	text := binary.BigEndian.AppendUint64(nil, s.options.Seed)
	for _, name := range names {
		text = append(append(text, name...), 0)
	}
	return sha256.Sum256(text)
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// letters are n letters and digits that follow from the seed and names; at most 32.
func (s *Sim) letters(n int, names ...string) string {
	sum := s.hash(names...)
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[int(sum[i])%len(alphabet)]
	}
	return string(out)
}

// newID makes the next id of an account.
func (s *Sim) newID(a *account, prefix string) string {
	a.Sequence++
	a.touch()
	return prefix + "_" + s.letters(24, a.ID, prefix, strconv.FormatInt(a.Sequence, 10))
}

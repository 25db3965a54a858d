package pgserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// Config says where the server lives.
type Config struct {
	// Dir is the program's data directory; empty means DefaultDir.
	Dir string
	// BinDir holds postgres and initdb; empty means to look for them.
	BinDir string
	// Log hears what happens, in the sentences that people read; nil is silent.
	Log *slog.Logger
	// Volatile trades safety for speed: a crash of the machine loses the data,
	// and there is no ballast. For tests only.
	Volatile bool

	delay []time.Duration // before the first, second, … restart; tests shorten it
}

// Server is a running private PostgreSQL. The program that has it owns the data
// directory until Stop or Done.
type Server struct {
	cfg  Config
	log  *slog.Logger
	at   layout
	bins Binaries
	as   *account
	lock *os.File
	note *os.File // runtime.json, locked while what it says is true
	pass string

	stop     chan struct{} // closed when Stop is called
	stopOnce sync.Once
	hurry    context.Context // ends when Stop loses patience
	hurryNow context.CancelFunc
	done     chan struct{} // closed when the server is gone for good
	failure  error         // why; set before done is closed

	mu    sync.Mutex
	spent bool // the ballast was given up
}

// layout is the set of paths below the data directory.
type layout struct {
	pg   string // …/pg
	home string // …/pg/<major>
	data string // …/pg/<major>/data
	sock string // the directory of the socket
}

func (l layout) file(name string) string { return filepath.Join(l.pg, name) }

// DefaultDir is where an installation keeps its data when nobody says: for root
// /var/lib/lanyard, else $XDG_STATE_HOME/lanyard or ~/.local/state/lanyard.
func DefaultDir() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/lanyard", nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "lanyard"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", unusable("no home directory to keep data in; name one with --data-dir").because(err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support", "lanyard"), nil
	}
	return filepath.Join(home, ".local", "state", "lanyard"), nil
}

// Start makes the cluster if there is none, clears what a crash left behind,
// starts PostgreSQL and waits until it answers. The error is a *StartError when
// the machine or another program is in the way. Cancelling ctx ends the wait;
// afterwards the server lives until Stop, whatever becomes of ctx. If it dies
// it is started again; see Done.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if !supported {
		return nil, unusable("the private PostgreSQL runs on Linux only. Install PostgreSQL (%s) and set DATABASE_URL", installHint)
	}
	s := &Server{
		cfg:  cfg,
		log:  cfg.Log,
		stop: make(chan struct{}),
		done: make(chan struct{}),
	}
	if len(cfg.delay) == 0 {
		s.cfg.delay = []time.Duration{200 * time.Millisecond, time.Second, 5 * time.Second}
	}
	s.hurry, s.hurryNow = context.WithCancel(context.Background())
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.takeDirectory(ctx); err != nil {
		return nil, err
	}
	p, err := s.startFirst(ctx)
	if err != nil {
		_ = s.lock.Close() // gives up the lock; nothing was written to the file
		return nil, err
	}
	go s.supervise(p)
	return s, nil
}

// takeDirectory makes the directory and becomes its only owner.
func (s *Server) takeDirectory(ctx context.Context) error {
	dir := s.cfg.Dir
	if dir == "" {
		var err error
		if dir, err = DefaultDir(); err != nil {
			return err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	s.at.pg = filepath.Join(dir, "pg")
	if err := os.MkdirAll(s.at.pg, 0o755); err != nil {
		return unusable("cannot make %s; name another place with --data-dir", s.at.pg).because(err)
	}
	s.lock, err = takeLock(ctx, s.at.pg)
	return err
}

// startFirst brings up the server for the first time in this program.
func (s *Server) startFirst(ctx context.Context) (*process, error) {
	var err error
	if s.bins, err = choose(ctx, s.at.pg, s.cfg.BinDir); err != nil {
		return nil, err
	}
	s.at.home = filepath.Join(s.at.pg, strconv.Itoa(s.bins.Major))
	s.at.data = filepath.Join(s.at.home, "data")
	if s.as, err = accountFor(s.at.data); err != nil {
		return nil, err
	}
	if err := s.prepareDirs(ctx); err != nil {
		return nil, err
	}
	if err := s.ensureCluster(ctx); err != nil {
		return nil, err
	}
	s.makeBallast()
	p, err := s.launch(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.writeRuntime(); err != nil {
		p.end(context.WithoutCancel(ctx), s.log)
		return nil, err
	}
	if s.as.other {
		s.log.Info(fmt.Sprintf("database: running as root; PostgreSQL runs as user %s (uid %d)", s.as.name, s.as.uid))
	}
	s.log.Info(fmt.Sprintf("database: DATABASE_URL is not set; started private PostgreSQL %s (%s), data in %s, no TCP port",
		s.bins.Version, s.bins.Dir, s.at.home))
	return p, nil
}

// URL is how the program connects: through the socket, as the role that owns
// the database. It contains the password.
func (s *Server) URL() string { return address("lanyard", s.pass, s.at.sock, "lanyard") }

// AdminURL connects to database as the superuser, for backups and upgrades. It
// contains the password.
func (s *Server) AdminURL(database string) string {
	return address("postgres", s.pass, s.at.sock, database)
}

// Version is the server's version, such as "15.18".
func (s *Server) Version() string { return s.bins.Version }

// Done is closed when the server is gone for good: after Stop, or when it died
// more often than it is worth starting again. Err says which.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns why the server is gone for good: nil while it runs and after Stop.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.failure
	default:
		return nil
	}
}

// Stop shuts the server down in an orderly way and gives up the directory.
// Close every connection first. After 30 seconds, or when ctx ends, the server
// is stopped without its final checkpoint, which costs a recovery next time but
// no data.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() { close(s.stop) })
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		s.hurryNow()
		<-s.done
		return fmt.Errorf("database: stopped without a final checkpoint: %w", ctx.Err())
	}
}

func address(user, pass, sock, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(user, pass),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {sock}}.Encode(),
	}
	return u.String()
}

// runtimeInfo is what runtime.json says; the password is in its own file.
type runtimeInfo struct {
	PID     int       `json:"pid"` // of the program that owns the server
	Version string    `json:"version"`
	Socket  string    `json:"socket"`
	Started time.Time `json:"started"`
}

// writeRuntime says how to reach the server. The note is locked before it is
// seen and for as long as it is true: one that nobody holds was left by a
// program that was killed.
func (s *Server) writeRuntime() error {
	text, err := json.MarshalIndent(runtimeInfo{
		PID: os.Getpid(), Version: s.bins.Version, Socket: s.at.sock, Started: time.Now().UTC(),
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	name := s.at.file("runtime.json")
	if err := writeFile(name+".new", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("database: write runtime.json: %w", err)
	}
	if s.note, err = os.Open(name + ".new"); err != nil {
		return fmt.Errorf("database: write runtime.json: %w", err)
	}
	if ok, err := lockFile(s.note); err != nil || !ok {
		s.note.Close()
		return fmt.Errorf("database: lock runtime.json (ours: %t): %v", ok, err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		s.note.Close()
		return fmt.Errorf("database: write runtime.json: %w", err)
	}
	return nil
}

// giveUp releases everything, with the reason when there is one.
func (s *Server) giveUp(reason error) {
	err := os.Remove(s.at.file("runtime.json"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.log.Warn("database: remove runtime.json", "error", err)
	}
	_ = s.note.Close() // gives up the locks; nothing was written that could be lost
	_ = s.lock.Close()
	s.failure = reason
	close(s.done)
}

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// stopPatience is how long an orderly shutdown may take.
	stopPatience = 30 * time.Second
	// recoveryPatience is how long the server may take to answer; it replays its
	// log after a crash.
	recoveryPatience = 10 * time.Minute
	// maxLog is the size at which the log of earlier runs is put aside.
	maxLog = 10 << 20
)

// A process is one run of the postmaster.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it was reaped
	log    string
	offset int64 // where this run begins in the log
}

// launch clears what the last run left, starts PostgreSQL and waits until it
// answers.
func (s *Server) launch(ctx context.Context) (*process, error) {
	deadline := time.Now().Add(stalePatience)
	for {
		if err := clearStale(s.at.data, s.at.sock, s.as); err != nil {
			return nil, err
		}
		p, err := s.start()
		if err != nil {
			return nil, err
		}
		err = s.await(ctx, p)
		if err == nil {
			return p, nil
		}
		p.end(context.WithoutCancel(ctx), s.log)
		// Backends of a killed postmaster take a moment to notice its death, and
		// PostgreSQL rightly refuses to start while they hold its memory.
		if strings.Contains(p.output(), "is still in use") && time.Now().Before(deadline) && ctx.Err() == nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		return nil, err
	}
}

// start forks PostgreSQL from a goroutine that keeps its thread until the
// server is reaped, because the kernel ties the death signal to that thread.
func (s *Server) start() (*process, error) {
	p := &process{exited: make(chan struct{}), log: s.at.file("postgres.log")}
	if info, err := os.Stat(p.log); err == nil && info.Size() > maxLog {
		_ = os.Rename(p.log, p.log+".old") // a log too long is no reason not to start
	}
	log, err := os.OpenFile(p.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, unusable("cannot write %s", p.log).because(err)
	}
	defer log.Close()
	if p.offset, err = log.Seek(0, io.SeekEnd); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	p.cmd = exec.Command(filepath.Join(s.bins.Dir, "postgres"), s.arguments()...)
	p.cmd.Dir = s.at.home
	p.cmd.Env = environment()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	s.as.prepare(p.cmd, true)

	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is in its log
		}
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, unusable("cannot run %s", p.cmd.Path).because(err)
	}
	return p, nil
}

// arguments holds what must not be changed in postgresql.conf; everything else
// is left to it.
func (s *Server) arguments() []string {
	settings := []string{
		"listen_addresses=",
		`unix_socket_directories="` + s.at.sock + `"`,
		"unix_socket_permissions=0700",
		"port=5432",
		"timezone=UTC",
		"log_timezone=UTC",
		"log_destination=stderr",
		"logging_collector=off",
	}
	if sharedMemoryIsSmall() {
		settings = append(settings, "dynamic_shared_memory_type=mmap")
	}
	if s.cfg.Volatile {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off",
			"autovacuum=off", "wal_level=minimal", "max_wal_senders=0", "max_connections=400",
			"shared_buffers=64MB", "max_wal_size=256MB", "checkpoint_timeout=1h")
	}
	args := []string{"-D", s.at.data}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	return args
}

// await returns when the server is ready and lets us in.
func (s *Server) await(ctx context.Context, p *process) error {
	deadline := time.NewTimer(recoveryPatience)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !p.ready(s.at.data) {
		select {
		case <-p.exited:
			return unusable("PostgreSQL did not start: %s (more in %s)", p.lastComplaint(), p.log)
		case <-deadline.C:
			return unusable("PostgreSQL did not become ready: %s (more in %s)", p.lastComplaint(), p.log)
		case <-ctx.Done():
			return fmt.Errorf("database: starting PostgreSQL: %w", ctx.Err())
		case <-tick.C:
		}
	}
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return unusable("PostgreSQL runs but does not let us in; does %s belong to %s?", s.at.file("password"), s.at.data).because(err)
	}
	return conn.Close(ctx)
}

// ready reads the eighth line of postmaster.pid, where the server says so.
func (p *process) ready(dataDir string) bool {
	text, err := os.ReadFile(filepath.Join(dataDir, "postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(text), "\n")
	return len(lines) > 7 && lines[0] == strconv.Itoa(p.cmd.Process.Pid) && strings.TrimSpace(lines[7]) == "ready"
}

// end stops the process: orderly until ctx ends, then without a checkpoint, then
// at once.
func (p *process) end(ctx context.Context, log *slog.Logger) {
	steps := []struct {
		signal syscall.Signal
		wait   time.Duration
	}{
		{syscall.SIGINT, stopPatience}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, time.Minute},
	}
	for i, step := range steps {
		hurry := ctx.Done()
		if i > 0 {
			hurry = nil // a shutdown without a checkpoint is quick enough
		}
		if err := p.cmd.Process.Signal(step.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			log.Warn("database: stop PostgreSQL", "error", err)
		}
		select {
		case <-p.exited:
			return
		case <-time.After(step.wait):
			log.Warn("database: PostgreSQL does not stop; trying harder", "signal", step.signal.String())
		case <-hurry:
		}
	}
}

// output is what this run wrote to its log, at most the last 64 KB.
func (p *process) output() string {
	f, err := os.Open(p.log)
	if err != nil {
		return ""
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return ""
	}
	from := max(p.offset, size-64<<10)
	text, _ := io.ReadAll(io.NewSectionReader(f, from, size-from)) // half a log is better than none
	return string(text)
}

// lastComplaint is the last line that says what went wrong.
func (p *process) lastComplaint() string {
	text := p.output()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		for _, level := range []string{"PANIC:", "FATAL:", "ERROR:"} {
			if _, after, ok := strings.Cut(lines[i], level); ok {
				return strings.TrimSpace(after)
			}
		}
	}
	return lastLine(text)
}

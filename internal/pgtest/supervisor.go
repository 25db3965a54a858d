package pgtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"lanyard/internal/pgserver"
)

// supervisorVar makes a test binary run the server instead of its tests.
const supervisorVar = "LANYARD_PGTEST_SUPERVISOR"

// linger is how long the server outlives its last client.
const linger = 10 * time.Second

func init() {
	if dir := os.Getenv(supervisorVar); dir != "" {
		os.Unsetenv(supervisorVar) // PostgreSQL is not to inherit it
		if err := supervise(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// supervise runs the server until nobody has used it for a while.
func supervise(dir string) error {
	ctx := context.Background()
	cfg := pgserver.Config{
		Dir:      dir,
		BinDir:   os.Getenv("LANYARD_PG_BIN"),
		Log:      slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Volatile: true,
	}
	s, err := pgserver.Start(ctx, cfg)
	if start, ok := errors.AsType[*pgserver.StartError](err); ok && start.Code == pgserver.CodeUnusable {
		// A volatile server may be beyond repair, or of a version that is gone.
		if err := os.RemoveAll(filepath.Join(dir, "pg")); err != nil {
			return err
		}
		s, err = pgserver.Start(ctx, cfg)
	}
	if err != nil {
		return err
	}
	err = untilUnused(filepath.Join(dir, "clients.lock"), s.Done())
	return errors.Join(err, s.Stop(ctx), s.Err())
}

// untilUnused returns, holding the clients' lock, when no client has held it
// for a while. The lock ends with the process, so that a new client waits until
// the server is gone and then starts its own.
func untilUnused(name string, died <-chan struct{}) error {
	patience := linger
	if given := os.Getenv("PGTEST_LINGER"); given != "" {
		d, err := time.ParseDuration(given)
		if err != nil {
			return fmt.Errorf("PGTEST_LINGER: %w", err)
		}
		patience = d
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-died:
			return nil
		case <-tick.C:
		}
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err != nil: // somebody holds it
			last = time.Now()
		case time.Since(last) > patience:
			return nil
		default:
			if err := syscall.Flock(int(f.Fd()), syscall.LOCK_UN); err != nil {
				return err
			}
		}
	}
}

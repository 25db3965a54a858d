package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// Upgrade moves the cluster of cfg.Dir to a newer major version: it starts the
// old server and, beside it, an empty new one by the programs in to, lets carry
// fill the second from the first, stops both and puts the new cluster in its
// place. The old one stays where it was, untouched; removing the new one's
// folder goes back to it. When anything fails, and when the program is killed,
// the old cluster is still the one that is used. It returns the old version.
func Upgrade(ctx context.Context, cfg Config, to Binaries, carry func(ctx context.Context, from, into *Server) error) (string, error) {
	old, err := Start(ctx, Config{Dir: cfg.Dir, Log: cfg.Log})
	if err != nil {
		return "", err
	}
	stopOld := func() error { return old.Stop(context.WithoutCancel(ctx)) }
	if old.bins.Major >= to.Major {
		return "", errors.Join(
			unusable("the data in %s is of PostgreSQL %d and the newest programs found are of %s (%s); there is nothing to upgrade to",
				old.at.home, old.bins.Major, to.Version, to.Dir),
			stopOld())
	}
	beside := old.at.file("upgrade")
	err = old.fillBeside(ctx, beside, Config{Dir: beside, BinDir: to.Dir, Log: cfg.Log, Volatile: cfg.Volatile}, carry)
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(beside), stopOld())
	}
	// The lock is still held, so nobody starts the new cluster in between.
	major := strconv.Itoa(to.Major)
	if err := os.Rename(filepath.Join(beside, "pg", major), old.at.file(major)); err != nil {
		return "", errors.Join(fmt.Errorf("database: put the new cluster in its place: %w", err), os.RemoveAll(beside), stopOld())
	}
	return old.bins.Version, errors.Join(syncDir(old.at.pg), os.RemoveAll(beside), stopOld())
}

// fillBeside makes the new cluster below dir, with the old one's password, and
// has it filled. Afterwards its server is stopped.
func (s *Server) fillBeside(ctx context.Context, dir string, cfg Config, carry func(ctx context.Context, from, into *Server) error) error {
	if err := os.RemoveAll(dir); err != nil { // of an upgrade that was killed
		return fmt.Errorf("database: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "pg"), 0o755); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if err := writeFile(filepath.Join(dir, "pg", "password"), []byte(s.pass+"\n"), 0o600); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	fresh, err := Start(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(carry(ctx, s, fresh), fresh.Stop(context.WithoutCancel(ctx)))
}

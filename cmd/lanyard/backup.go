package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"lanyard/internal/app"
	"lanyard/internal/backup"
	"lanyard/internal/pg"
	"lanyard/internal/pgserver"
)

// backupCommand writes the database into a file.
type backupCommand struct {
	File      string   `arg:"" help:"The file to write; it must not exist."`
	Recipient []string `help:"Encrypt for this public key of age (age1…); may be given several times." env:"LANYARD_BACKUP_RECIPIENT" placeholder:"KEY"`
}

// Run implements the command.
func (c *backupCommand) Run(ctx context.Context, cfg *app.Config) error {
	var to []age.Recipient
	for _, key := range c.Recipient {
		r, err := age.ParseX25519Recipient(strings.TrimSpace(key))
		if err != nil {
			return fmt.Errorf("--recipient: %q is no public key of age (age1…): %w", key, err)
		}
		to = append(to, r)
	}
	return withDatabase(ctx, cfg, func(url string) error {
		size, err := backup.Write(ctx, url, cfg.PGBin, c.File, to)
		if err != nil {
			return err
		}
		fmt.Printf("Wrote %s, %d bytes, and read it back.\n", c.File, size)
		if len(to) == 0 {
			fmt.Println("It is not encrypted and holds personal data; --recipient encrypts it.")
		}
		fmt.Println("The master key is not in it. Keep that apart: without it, no link that was mailed works again.")
		return nil
	})
}

// restoreCommand brings a backup into an empty database.
type restoreCommand struct {
	File     string `arg:"" help:"The backup." type:"existingfile"`
	Identity string `help:"File of the key of age (AGE-SECRET-KEY-1…) when the backup is encrypted." type:"existingfile" placeholder:"FILE"`
}

// Run implements the command. The database that is not empty stays as it is.
func (c *restoreCommand) Run(ctx context.Context, cfg *app.Config) error {
	ids, err := identities(c.Identity)
	if err != nil {
		return err
	}
	return withDatabase(ctx, cfg, func(url string) error {
		if err := backup.Read(ctx, url, cfg.PGBin, c.File, ids); err != nil {
			return err
		}
		if err := report(ctx, url); err != nil {
			return err
		}
		fmt.Println("Put the master key of that installation in place before you start it.")
		fmt.Println("Mail that left after the backup was made may leave once more.")
		return nil
	})
}

// drillCommand tries a backup without touching anything.
type drillCommand struct {
	File     string `arg:"" help:"The backup." type:"existingfile"`
	Identity string `help:"File of the key of age (AGE-SECRET-KEY-1…) when the backup is encrypted." type:"existingfile" placeholder:"FILE"`
}

// Run implements the command: it restores into a server that is gone afterwards.
func (c *drillCommand) Run(ctx context.Context, cfg *app.Config) (err error) {
	ids, err := identities(c.Identity)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lanyard-drill-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil { // root has the server run as another user
		return err
	}
	began := time.Now()
	s, err := pgserver.Start(ctx, pgserver.Config{Dir: dir, BinDir: cfg.PGBin, Volatile: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop(context.WithoutCancel(ctx))) }()
	if err := backup.Read(ctx, s.URL(), cfg.PGBin, c.File, ids); err != nil {
		return err
	}
	if err := report(ctx, s.URL()); err != nil {
		return err
	}
	fmt.Printf("ok    the backup can be restored; it took %s\n", time.Since(began).Round(100*time.Millisecond))
	return nil
}

// dbCommand groups what is done to the private database.
type dbCommand struct {
	Upgrade dbUpgradeCommand `cmd:"" help:"Move the private database to a newer PostgreSQL. The old data stays."`
}

// dbUpgradeCommand moves the private database to a newer major version.
type dbUpgradeCommand struct{}

// Run implements the command.
func (dbUpgradeCommand) Run(ctx context.Context, cfg *app.Config) error {
	if cfg.DatabaseURL != "" {
		return errors.New("DATABASE_URL is set: that database is upgraded by whoever runs it")
	}
	server, err := cfg.Private(app.NewLogger(cfg))
	if err != nil {
		return err
	}
	from, to, carried, err := backup.Upgrade(ctx, server)
	if err != nil {
		return err
	}
	fmt.Printf("Carried %d rows in %d tables from PostgreSQL %s to %s.\n", carried.Rows(), len(carried), from, to)
	major, _, _ := strings.Cut(from, ".")
	fmt.Printf("The old data is still in %s; remove it when you are content.\n", filepath.Join(server.Dir, "pg", major))
	return nil
}

// withDatabase runs fn with the address of the installation's database.
func withDatabase(ctx context.Context, cfg *app.Config, fn func(url string) error) error {
	url, done, err := app.Database(ctx, cfg, app.NewLogger(cfg))
	if err != nil {
		return err
	}
	return errors.Join(fn(url), done())
}

// identities reads the keys of age in a file; an empty name means none.
func identities(file string) ([]age.Identity, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("--identity: %w", err)
	}
	defer f.Close()
	ids, err := age.ParseIdentities(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("--identity: %s: %w", file, err)
	}
	return ids, nil
}

// report says what was restored and whether it is sound.
func report(ctx context.Context, url string) error {
	counts, err := backup.Count(ctx, url)
	if err != nil {
		return err
	}
	fmt.Printf("ok    %d rows in %d tables\n", counts.Rows(), len(counts))
	db, err := pg.Open(ctx, url, pg.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	defer db.Close()
	return diagnose(ctx, db)
}

package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"lanyard/internal/inventory"
	"lanyard/internal/ledger"
	"lanyard/internal/pg"
	"lanyard/internal/pgserver"
)

// Exit codes of the program. pgserver's 3 and 4 pass through.
const (
	codeFailure  = 1
	codeTryAgain = 75 // EX_TEMPFAIL of sysexits.h: mail servers keep the mail then
)

// tryAgain is a failure that is over some time later.
type tryAgain struct{ error }

// Unwrap gives the failure.
func (e tryAgain) Unwrap() error { return e.error }

// TryAgain makes the program end with 75, by which programs that mail servers run
// ask for the mail once more, later.
func TryAgain(err error) error { return tryAgain{err} }

// ExitCode is what the program ends with after err.
func ExitCode(err error) int {
	if _, ok := errors.AsType[tryAgain](err); ok {
		return codeTryAgain
	}
	if e, ok := errors.AsType[*pgserver.StartError](err); ok {
		return e.Code
	}
	return codeFailure
}

// database is an open database and how to let go of it.
type database struct {
	*pg.DB
	// private is the server that this process started; nil otherwise.
	private *pgserver.Server
}

// close lets go of the database, and stops the server if this process started it.
func (d *database) close(ctx context.Context) error {
	d.DB.Close()
	if d.private == nil {
		return nil
	}
	return d.private.Stop(ctx)
}

// waitForDatabase is how long a database that was named may take to answer.
const waitForDatabase = time.Minute

// serveDatabase opens the database to serve from: the one that was named, or a
// private one that it starts.
func serveDatabase(ctx context.Context, cfg *Config, log *slog.Logger) (*database, error) {
	if cfg.DatabaseURL != "" {
		db, err := awaitDatabase(ctx, cfg, log)
		return &database{DB: db}, err
	}
	server, err := cfg.Private(log)
	if err != nil {
		return nil, err
	}
	private, err := pgserver.Start(ctx, server)
	if err != nil {
		return nil, err
	}
	db, err := pg.Open(ctx, private.URL(), pg.Options{MaxConns: cfg.MaxConns, Logger: log})
	if err != nil {
		return nil, errors.Join(err, private.Stop(ctx))
	}
	return &database{DB: db, private: private}, nil
}

// awaitDatabase gives a database that starts beside this program time to do so.
func awaitDatabase(ctx context.Context, cfg *Config, log *slog.Logger) (*pg.DB, error) {
	deadline := time.Now().Add(waitForDatabase)
	for told := false; ; told = true {
		db, err := pg.Open(ctx, cfg.DatabaseURL, pg.Options{MaxConns: cfg.MaxConns, Logger: log})
		if err == nil {
			return db, nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return nil, err
		}
		if !told {
			log.WarnContext(ctx, "database does not answer yet; waiting up to a minute", "error", err)
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// commandDatabase opens the database for a command: the one that was named, that
// of a running "lanyard serve", or a private one for as long as the command takes.
func commandDatabase(ctx context.Context, cfg *Config, log *slog.Logger) (*database, error) {
	if cfg.DatabaseURL != "" {
		return serveDatabase(ctx, cfg, log)
	}
	dir, err := cfg.dataDir()
	if err != nil {
		return nil, err
	}
	running, err := pgserver.Attach(dir)
	if err != nil {
		return serveDatabase(ctx, cfg, log)
	}
	db, err := pg.Open(ctx, running.URL(), pg.Options{MaxConns: cfg.MaxConns, Logger: log})
	if err != nil {
		return nil, fmt.Errorf("attach to the running server: %w", err)
	}
	return &database{DB: db}, nil
}

// Database gives a command the address of the database that it should work on,
// which it does not open otherwise: the one that was named, that of a running
// "lanyard serve", or a private one for as long as the command takes. The caller
// ends with the function.
func Database(ctx context.Context, cfg *Config, log *slog.Logger) (url string, done func() error, err error) {
	if err := cfg.readFiles(); err != nil {
		return "", nil, err
	}
	none := func() error { return nil }
	if cfg.DatabaseURL != "" {
		return cfg.DatabaseURL, none, nil
	}
	server, err := cfg.Private(log)
	if err != nil {
		return "", nil, err
	}
	if running, err := pgserver.Attach(server.Dir); err == nil {
		return running.URL(), none, nil
	}
	private, err := pgserver.Start(ctx, server)
	if err != nil {
		return "", nil, err
	}
	return private.URL(), func() error { return private.Stop(context.WithoutCancel(ctx)) }, nil
}

// Private says where the private server lives.
func (c *Config) Private(log *slog.Logger) (pgserver.Config, error) {
	dir, err := c.dataDir()
	return pgserver.Config{Dir: dir, BinDir: c.PGBin, Log: log}, err
}

// Check looks for what must never be: pools that count wrongly, journals that do
// not add up. It returns a sentence for each thing that is right and one for each
// that is wrong, and repairs nothing.
func Check(ctx context.Context, q pg.Querier) (right, wrong []string, err error) {
	drifts, err := inventory.Check(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range drifts {
		wrong = append(wrong, fmt.Sprintf("pool %s counts %d sold and %d held; its claims are %d and %d", d.ID, d.Sold, d.Held, d.CountedSold, d.CountedHeld))
	}
	if len(drifts) == 0 {
		right = append(right, "every pool counts what its claims say")
	}
	unbalanced, err := ledger.Check(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	for _, j := range unbalanced {
		wrong = append(wrong, fmt.Sprintf("journal %s has %d lines in %q that add up to %d", j.Journal, j.Lines, j.Currency, j.Sum))
	}
	if len(unbalanced) == 0 {
		right = append(right, "every journal adds up to zero")
	}
	return right, wrong, nil
}

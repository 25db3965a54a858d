package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"

	"lanyard/internal/pgserver"
)

// Copy fills the empty database at into from the one at from and compares the
// number of rows in each table afterwards. Nobody may write to either meanwhile.
func Copy(ctx context.Context, from, into, binDir string) (Counts, error) {
	major, err := serverMajor(ctx, from)
	if err != nil {
		return nil, err
	}
	tool, err := pgserver.Tool(ctx, binDir, "pg_dump", major)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out, in := io.Pipe()
	loaded := make(chan error, 1)
	go func() {
		err := load(ctx, filepath.Join(filepath.Dir(tool), "pg_restore"), into, out)
		out.CloseWithError(errors.Join(err, io.ErrClosedPipe))
		loaded <- err
	}()
	err = client(ctx, tool, from, nil, in, "--format=custom", "--no-owner", "--no-privileges")
	in.CloseWithError(err)
	if err := errors.Join(<-loaded, err); err != nil {
		return nil, fmt.Errorf("copy the database: %w", err)
	}
	old, err := Count(ctx, from)
	if err != nil {
		return nil, err
	}
	fresh, err := Count(ctx, into)
	if err != nil {
		return nil, err
	}
	if !maps.Equal(old, fresh) {
		return nil, fmt.Errorf("copy the database: %d rows in %d tables became %d rows in %d tables", old.Rows(), len(old), fresh.Rows(), len(fresh))
	}
	return fresh, nil
}

// Upgrade moves the private database in dir to the newest PostgreSQL programs
// found, or to those in binDir when one is named. The old cluster stays beside
// the new one. Nothing may run on dir meanwhile. It returns both versions and
// what was carried over.
func Upgrade(ctx context.Context, cfg pgserver.Config) (from, to string, carried Counts, err error) {
	found, _ := pgserver.Find(ctx, cfg.BinDir)
	if len(found) == 0 {
		return "", "", nil, errors.New("no PostgreSQL to upgrade to was found")
	}
	from, err = pgserver.Upgrade(ctx, cfg, found[0], func(ctx context.Context, old, fresh *pgserver.Server) error {
		var err error
		carried, err = Copy(ctx, old.URL(), fresh.URL(), cfg.BinDir)
		return err
	})
	return from, found[0].Version, carried, err
}

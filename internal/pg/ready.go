package pg

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
)

const sqlSchemaVersion = `SELECT coalesce(max(version), 0) FROM schema_migration`

// Ready reports whether the database takes writes now and has this program's
// schema or a newer one. It begins a transaction that writes, as a request
// would, and so notices a standby and a server that is shutting down.
func (d *DB) Ready(ctx context.Context) error {
	want, err := newestMigration()
	if err != nil {
		return err
	}
	return d.InTx(ctx, func(tx *Tx) error {
		var have int
		if err := tx.QueryRow(ctx, sqlSchemaVersion).Scan(&have); err != nil {
			return fmt.Errorf("database: read the schema's version: %w", err)
		}
		if have < want {
			return fmt.Errorf("database: the schema is at version %d and this program needs %d", have, want)
		}
		return nil
	})
}

// newestMigration is the number of the last embedded migration.
var newestMigration = sync.OnceValues(func() (int, error) {
	dir, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return 0, fmt.Errorf("open the embedded migrations: %w", err)
	}
	steps, err := readMigrations(dir)
	return len(steps), err
})

package pg

import (
	"context"
	"io/fs"
	"time"
)

// MigrateFrom runs the migrations of a directory that a test made up.
func MigrateFrom(ctx context.Context, db *DB, dir fs.FS) error { return migrate(ctx, db, dir) }

// SetWaits shortens the bounds on waiting for COMMIT and for its outcome.
func SetWaits(db *DB, commit, settle time.Duration) {
	db.wait = waits{commit: commit, settle: settle}
}

// ServerLife is the query that names the server's present life.
const ServerLife = sqlServerLife

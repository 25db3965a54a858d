package pg

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"regexp"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var embedded embed.FS

// migrationLock is the advisory lock that one migrating program holds; the
// number only has to be the same in every release.
const migrationLock = 7_241_905_318_622_047

// maxMigrationTries bounds how often one migration waits two seconds for a lock
// that running requests hold.
const maxMigrationTries = 10

// A migration is one numbered step of the schema.
type migration struct {
	number   int
	name     string // the file name
	sql      string
	checksum string // SHA-256 of the file, in hex
}

// Migrate brings the schema up to this program's, then River's tables. Programs
// that start together take turns. It refuses to touch a schema that is newer
// than the program, or one made by a file that has changed since; then nothing
// has happened. It needs a direct connection: a session lock does not work
// through pgbouncer in transaction mode.
func Migrate(ctx context.Context, db *DB) error {
	dir, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return fmt.Errorf("open the embedded migrations: %w", err)
	}
	return migrate(ctx, db, dir)
}

// SchemaHash identifies the schema that Migrate makes: the same value means the
// same migrations, River's included.
func SchemaHash() (string, error) {
	dir, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return "", fmt.Errorf("open the embedded migrations: %w", err)
	}
	steps, err := readMigrations(dir)
	if err != nil {
		return "", err
	}
	river, err := rivermigrate.New(riverpgxv5.New(nil), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return "", fmt.Errorf("read River's migrations: %w", err)
	}
	h := sha256.New()
	for _, m := range steps {
		fmt.Fprintln(h, m.name, m.checksum)
	}
	for _, m := range river.AllVersions() {
		fmt.Fprintln(h, "river", m.Version, m.SQLUp)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func migrate(ctx context.Context, db *DB, dir fs.FS) error {
	steps, err := readMigrations(dir)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, db.pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("database: connect to migrate: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) // which also releases the lock

	if _, err := conn.Exec(ctx, sqlLockMigrations, int64(migrationLock)); err != nil {
		return fmt.Errorf("database: wait for another program's migration: %w", err)
	}
	done, err := appliedMigrations(ctx, conn)
	if err != nil {
		return err
	}
	if err := compare(steps, done); err != nil {
		return err
	}
	for _, m := range steps[len(done):] {
		if err := apply(ctx, conn, m); err != nil {
			return err
		}
		db.log.InfoContext(ctx, "migrated", "file", m.name)
	}
	return migrateRiver(ctx, db)
}

const sqlLockMigrations = `SELECT pg_advisory_lock($1)`

var fileName = regexp.MustCompile(`^([0-9]{4})_[a-z0-9_]+\.sql$`)

// readMigrations reads dir in order. Numbers run from 1 without gaps, so that
// two branches that add the same number are seen when they meet.
func readMigrations(dir fs.FS) ([]migration, error) {
	names, err := fs.Glob(dir, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list the migrations: %w", err)
	}
	var steps []migration
	for i, name := range names { // Glob sorts
		match := fileName.FindStringSubmatch(path.Base(name))
		if match == nil {
			return nil, fmt.Errorf("migration %s: the name must look like 0001_some_words.sql", name)
		}
		number, err := strconv.Atoi(match[1])
		if err != nil || number != i+1 {
			return nil, fmt.Errorf("migration %s: expected number %04d here; numbers run without gaps or repeats", name, i+1)
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		sum := sha256.Sum256(text)
		steps = append(steps, migration{number, name, string(text), hex.EncodeToString(sum[:])})
	}
	return steps, nil
}

// A record is a row of schema_migration.
type record struct {
	Version  int
	Name     string
	Checksum string
}

const sqlMakeMigrationTable = `
CREATE TABLE IF NOT EXISTS schema_migration (
    version    integer     NOT NULL CONSTRAINT schema_migration_pk PRIMARY KEY,
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT transaction_timestamp()
)`

const sqlAppliedMigrations = `
SELECT version, name, checksum
  FROM schema_migration
 ORDER BY version`

func appliedMigrations(ctx context.Context, conn *pgx.Conn) ([]record, error) {
	rows, _ := conn.Query(ctx, sqlAppliedMigrations) // CollectRows reports the error
	done, err := pgx.CollectRows(rows, pgx.RowToStructByName[record])
	if code(err) == codeUndefinedTable {
		if _, err := conn.Exec(ctx, sqlMakeMigrationTable); err != nil {
			return nil, fmt.Errorf("database: make the table of migrations: %w", err)
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("database: read the table of migrations: %w", err)
	}
	return done, nil
}

// compare checks that what was applied is the beginning of what we have.
func compare(steps []migration, done []record) error {
	for i, d := range done {
		if i >= len(steps) {
			return fmt.Errorf("database: the schema is at version %d (%s) and this program knows %d: it was last used by a newer Lanyard; run that one or newer",
				done[len(done)-1].Version, done[len(done)-1].Name, len(steps))
		}
		if d.Version != steps[i].number || d.Checksum != steps[i].checksum {
			return fmt.Errorf("database: migration %s has changed since it was applied here (as %s); nothing was done. Run the Lanyard that made this database, or a newer release",
				steps[i].name, d.Name)
		}
	}
	return nil
}

const sqlLimitLockWait = `SELECT set_config('lock_timeout', '2s', true)`

const sqlRecordMigration = `
INSERT INTO schema_migration (version, name, checksum)
VALUES (@version, @name, @checksum)`

// apply runs one migration in a transaction. It waits two seconds at most for
// each lock, so that requests do not queue up behind it, and then tries again.
func apply(ctx context.Context, conn *pgx.Conn, m migration) error {
	for try := 1; ; try++ {
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, sqlLimitLockWait); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, m.sql); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, sqlRecordMigration,
				pgx.StrictNamedArgs{"version": m.number, "name": m.name, "checksum": m.checksum})
			return err
		})
		if err == nil {
			return nil
		}
		if !conflicts(err) || try == maxMigrationTries {
			return fmt.Errorf("database: migration %s: %w", m.name, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("database: migration %s: %w", m.name, ctx.Err())
		case <-time.After(time.Second):
		}
	}
}

func migrateRiver(ctx context.Context, db *DB) error {
	m, err := rivermigrate.New(riverpgxv5.New(db.pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("database: prepare the job queue's migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("database: migrate the job queue: %w", err)
	}
	return nil
}

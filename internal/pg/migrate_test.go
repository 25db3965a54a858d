package pg_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
)

// steps makes a directory of migrations: names and texts in turn.
func steps(pairs ...string) fs.FS {
	dir := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		dir[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return dir
}

// tables lists ours: neither the runner's nor the job queue's.
func tables(t *testing.T, db *pg.DB) []string {
	t.Helper()
	rows, _ := db.Pool().Query(t.Context(), `
		SELECT tablename::text FROM pg_tables
		 WHERE schemaname = 'public' AND tablename !~ '^(river|schema_migration)' ORDER BY 1`) // CollectRows reports the error
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestMigrate_AppliesEachStepOnce(t *testing.T) {
	t.Parallel()
	db := openURL(t, pgtest.EmptyURL(t), 4)
	first := steps("0001_one.sql", "CREATE TABLE one (id int); CREATE TABLE uno (id int);")
	both := steps("0001_one.sql", "CREATE TABLE one (id int); CREATE TABLE uno (id int);", "0002_two.sql", "CREATE TABLE two (id int);")
	for _, dir := range []fs.FS{first, first, both, both} {
		if err := pg.MigrateFrom(t.Context(), db, dir); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"one", "two", "uno"}, tables(t, db)); diff != "" {
		t.Error(diff)
	}
	if n := count(t, db.Pool(), "schema_migration"); n != 2 {
		t.Errorf("%d steps are recorded, want 2", n)
	}
	if n := count(t, db.Pool(), "river_job"); n != 0 {
		t.Errorf("%d jobs", n)
	}
}

func TestMigrate_Refuses(t *testing.T) {
	t.Parallel()
	const one = "CREATE TABLE one (id int)"
	for _, tc := range []struct {
		name string
		dir  fs.FS
		says string
		left []string
	}{
		{"a changed step", steps("0001_one.sql", "CREATE TABLE other (id int)"), "migration 0001_one.sql has changed since it was applied here", []string{"one"}},
		{"a schema newer than the program", steps(), "the schema is at version 1 (0001_one.sql) and this program knows 0", []string{"one"}},
		{"a gap", steps("0001_one.sql", one, "0003_three.sql", one), "0003_three.sql: expected number 0002", []string{"one"}},
		{"a number used twice", steps("0001_one.sql", one, "0001_uno.sql", one), "0001_uno.sql: expected number 0002", []string{"one"}},
		{"a name without a number", steps("0001_one.sql", one, "two.sql", one), "two.sql: the name must look like", []string{"one"}},
		{"half a step", steps("0001_one.sql", one, "0002_two.sql", "CREATE TABLE two (id int); SELECT 1/0"), "migration 0002_two.sql: ERROR: division by zero", []string{"one"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			db := openURL(t, pgtest.EmptyURL(t), 4)
			if err := pg.MigrateFrom(t.Context(), db, steps("0001_one.sql", one)); err != nil {
				t.Fatal(err)
			}
			err := pg.MigrateFrom(t.Context(), db, tc.dir)
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want %q", err, tc.says)
			}
			if diff := cmp.Diff(tc.left, tables(t, db)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMigrate_ProgramsTakeTurns(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	dir := steps("0001_one.sql", "CREATE TABLE one (id int)", "0002_two.sql", "CREATE TABLE two (id int)")
	const programs = 4
	results := make(chan error, programs)
	for range programs {
		db := openURL(t, url, 2)
		go func() { results <- pg.MigrateFrom(t.Context(), db, dir) }()
	}
	for range programs {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// TestMigrate_DoesNotQueueBehindALongTransaction: waiting for a lock makes
// everybody else wait behind it, so a step waits briefly and tries again.
func TestMigrate_DoesNotQueueBehindALongTransaction(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	db := openURL(t, url, 4)
	exec(t, db.Pool(), `CREATE TABLE one (id int)`)
	holder, err := db.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	exec(t, holder, `LOCK TABLE one IN ACCESS SHARE MODE`)
	result := make(chan error, 1)
	go func() {
		result <- pg.MigrateFrom(t.Context(), db, steps("0001_one.sql", "ALTER TABLE one ADD COLUMN more int"))
	}()
	await := func(waiting bool) {
		for seen := !waiting; seen != waiting; {
			err := db.Pool().QueryRow(t.Context(), `
				SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'one'::regclass)`).Scan(&seen)
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	await(true)
	await(false) // it gave way by itself
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Fatal(err)
	}
}

func TestMigrate_OwnSchemaIsComplete(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(os.DirFS("migrations"), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.New(t)
	if n := count(t, db.Pool(), "schema_migration"); n != len(files) {
		t.Errorf("%d steps are recorded, want %d", n, len(files))
	}
	var applied time.Time
	if err := db.Pool().QueryRow(t.Context(), `SELECT max(applied_at) FROM schema_migration`).Scan(&applied); err != nil || applied.IsZero() {
		t.Errorf("applied at %v (%v)", applied, err)
	}
	if err := pg.Migrate(t.Context(), db); err != nil {
		t.Errorf("a second run: %v", err)
	}
}

package pgtest_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/clock"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
)

func TestNew_IsMigratedAndEmpty(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var migrations, jobs int
	err := db.Pool().QueryRow(t.Context(),
		`SELECT (SELECT count(*) FROM schema_migration), (SELECT count(*) FROM river_job)`).Scan(&migrations, &jobs)
	if err != nil {
		t.Fatal(err)
	}
	if migrations == 0 || jobs != 0 {
		t.Fatalf("%d migrations and %d jobs, want some and none", migrations, jobs)
	}
}

func TestNew_BelongsToOneTest(t *testing.T) {
	t.Parallel()
	a, b := pgtest.New(t), pgtest.New(t)
	if _, err := a.Pool().Exec(t.Context(), `CREATE TABLE mine (x int)`); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Pool().Exec(t.Context(), `SELECT x FROM mine`); err == nil {
		t.Fatal("one test sees another's table")
	}
}

func TestNew_ConnectsWithoutPrivileges(t *testing.T) {
	if os.Getenv("TEST_DATABASE_URL") != "" {
		t.Skip("the role of TEST_DATABASE_URL is not ours to judge")
	}
	t.Parallel()
	var super bool
	err := pgtest.New(t).Pool().QueryRow(t.Context(),
		`SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user`).Scan(&super)
	if err != nil || super {
		t.Fatalf("privileged: %t, error: %v; tests must meet the rights that the program has", super, err)
	}
}

func TestNewAt_ReplacesTheClock(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)
	clk := clock.NewStepping(day)
	db := pgtest.NewAt(t, clk.Now)
	for _, want := range []time.Time{day, day.Add(time.Hour)} {
		err := db.InTx(t.Context(), func(tx *pg.Tx) error {
			if !tx.Now.Equal(want) {
				t.Errorf("now is %s, want %s", tx.Now, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		clk.Advance(time.Hour)
	}
}

// TestNew_KeepsTheDatabaseOfAFailedTest runs this binary again with a test that
// fails, and reads what that test left behind.
func TestNew_KeepsTheDatabaseOfAFailedTest(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFailsOnPurpose$", "-test.v")
	cmd.Env = append(os.Environ(), "PGTEST_FAIL_ON_PURPOSE=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the failing test passed:\n%s", out)
	}
	match := regexp.MustCompile(`psql '([^']+)'`).FindSubmatch(out)
	if match == nil {
		t.Fatalf("no database is named:\n%s", out)
	}
	conn, err := pgx.Connect(t.Context(), string(match[1]))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	defer conn.Close(t.Context())
	var note, name string
	if err := conn.QueryRow(t.Context(), `SELECT note, current_database() FROM evidence`).Scan(&note, &name); err != nil {
		t.Fatal(err)
	}
	if note != "left behind" || !strings.HasPrefix(name, "failed_") {
		t.Fatalf("%q in %s", note, name)
	}
}

func TestFailsOnPurpose(t *testing.T) {
	if os.Getenv("PGTEST_FAIL_ON_PURPOSE") == "" {
		t.Skip("runs only as part of TestNew_KeepsTheDatabaseOfAFailedTest")
	}
	db := pgtest.New(t)
	if _, err := db.Pool().Exec(t.Context(), `CREATE TABLE evidence AS SELECT 'left behind' AS note`); err != nil {
		t.Fatal(err)
	}
	t.Fail()
}

func TestURL_WorksAsAnAddress(t *testing.T) {
	t.Parallel()
	db, err := pg.Open(t.Context(), pgtest.URL(t), pg.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
}

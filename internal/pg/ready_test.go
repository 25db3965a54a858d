package pg_test

import (
	"strings"
	"testing"

	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
)

func TestReady_OnlyWhenWritesWouldSucceed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url, sql, want string
	}{
		"a migrated database": {pgtest.URL(t), "SELECT 1", ""},
		"an older schema":     {pgtest.URL(t), "DELETE FROM schema_migration WHERE version = (SELECT max(version) FROM schema_migration)", "this program needs"},
		"a newer schema":      {pgtest.URL(t), "INSERT INTO schema_migration (version, name, checksum) VALUES (9999, 'x', 'x')", ""},
		"an empty database":   {pgtest.EmptyURL(t), "SELECT 1", "schema"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change(t, c.url, c.sql)
			db, err := pg.Open(t.Context(), c.url, pg.Options{MaxConns: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			err = db.Ready(t.Context())
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// change runs one statement on a connection that is closed before the test goes on.
func change(t *testing.T, url, sql string) {
	t.Helper()
	db, err := pg.Open(t.Context(), url, pg.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Pool().Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

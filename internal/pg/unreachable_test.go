package pg_test

import (
	"fmt"
	"testing"

	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
)

func TestUnreachable_TellsAnOutageFromAMistake(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	_, mistake := db.Pool().Exec(t.Context(), "SELECT nonsense")
	if mistake == nil || pg.Unreachable(mistake) || pg.Unreachable(nil) {
		t.Errorf("%v counts as an outage", mistake)
	}
	_, ended := db.Pool().Exec(t.Context(), "SELECT pg_terminate_backend(pg_backend_pid())")
	if ended == nil || !pg.Unreachable(fmt.Errorf("read: %w", ended)) {
		t.Errorf("%v does not count as an outage", ended)
	}
	_, refused := pg.Open(t.Context(), "host=/nowhere/at/all user=lanyard dbname=lanyard", pg.Options{})
	if refused == nil || !pg.Unreachable(refused) {
		t.Errorf("%v does not count as an outage", refused)
	}
	db.Close()
	_, closed := db.Pool().Exec(t.Context(), "SELECT 1")
	if closed == nil || !pg.Unreachable(closed) {
		t.Errorf("%v does not count as an outage", closed)
	}
}

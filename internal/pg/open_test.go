package pg_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
)

func TestOpen_ReadsTimesInUTC(t *testing.T) {
	t.Parallel()
	db := openEmpty(t)
	var one time.Time
	var null *time.Time
	var several []time.Time
	var span pgtype.Range[time.Time]
	err := db.Pool().QueryRow(t.Context(), `
		SELECT '2026-07-01 12:00:00.123456+02'::timestamptz, NULL::timestamptz,
		       ARRAY['2026-07-01 12:00+02'::timestamptz],
		       tstzrange('2026-07-01 12:00+02', '2026-07-01 13:00+02')`).Scan(&one, &null, &several, &span)
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 7, 1, 10, 0, 0, 123456000, time.UTC); one != want || null != nil {
		t.Errorf("got %v and %v, want %v and nothing", one, null, want)
	}
	if want := time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC); several[0] != want || span.Lower != want {
		t.Errorf("got %v in an array and %v in a range, want %v", several[0], span.Lower, want)
	}
}

func TestOpen_BoundsThePool(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	for _, tc := range []struct {
		name, url string
		given     int32
		ok        func(int32) bool
	}{
		{"as told", url + "&pool_max_conns=9", 3, func(n int32) bool { return n == 3 }},
		{"by the address", url + "&pool_max_conns=9", 0, func(n int32) bool { return n == 9 }},
		{"four per processor", url, 0, func(n int32) bool { return n >= 4 && n%4 == 0 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if n := openURL(t, tc.url, tc.given).Pool().Config().MaxConns; !tc.ok(n) {
				t.Errorf("%d connections", n)
			}
		})
	}
}

func TestOpen_FailsWithoutThePassword(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"no such address": "postgres://someone:sesame@127.0.0.1:1/lanyard?connect_timeout=1",
		"not an address":  "postgres://someone:sesame@host:port:port/",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pg.Open(t.Context(), url, pg.Options{})
			if err == nil || !strings.HasPrefix(err.Error(), "database: ") {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "sesame") {
				t.Errorf("the password is in the message: %v", err)
			}
		})
	}
}

func TestErrors_AreRecognisedThroughWrapping(t *testing.T) {
	t.Parallel()
	db := openEmpty(t)
	exec(t, db.Pool(), `CREATE TABLE seat (id int CONSTRAINT seat_positive CHECK (id > 0))`)
	_, err := db.Pool().Exec(t.Context(), `INSERT INTO seat VALUES (-1)`)
	if got := pg.Constraint(errors.Join(errors.New("sell"), err)); got != "seat_positive" {
		t.Errorf("constraint %q", got)
	}
	if pg.Constraint(nil) != "" || pg.Constraint(context.Canceled) != "" {
		t.Error("found a constraint where there is none")
	}
	if !pg.IsNoRows(errors.Join(pgx.ErrNoRows)) || pg.IsNoRows(err) || pg.IsNoRows(nil) {
		t.Error("no rows is not told from other errors")
	}
}

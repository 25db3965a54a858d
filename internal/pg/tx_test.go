package pg_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
)

// openEmpty is a database without tables whose pool has one connection, so that
// a transaction that does not give it back is noticed.
func openEmpty(t *testing.T) *pg.DB {
	t.Helper()
	return openURL(t, pgtest.EmptyURL(t), 1)
}

func openURL(t *testing.T, url string, conns int32) *pg.DB {
	t.Helper()
	db, err := pg.Open(t.Context(), url, pg.Options{MaxConns: conns})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func exec(t *testing.T, q pg.Querier, sql string) {
	t.Helper()
	if _, err := q.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, q pg.Querier, table string) (n int) {
	t.Helper()
	if err := q.QueryRow(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestInTx_ErrorOfTheFunctionUndoesEverything(t *testing.T) {
	t.Parallel()
	db := openEmpty(t)
	exec(t, db.Pool(), `CREATE TABLE sale (id int)`)
	own := fault.Precondition(fault.SoldOut, "Sold out.")
	err := db.InTx(t.Context(), func(tx *pg.Tx) error {
		exec(t, tx, `INSERT INTO sale VALUES (1)`)
		return own
	})
	if !errors.Is(err, own) {
		t.Errorf("got %v, want the function's own error", err)
	}
	if n := count(t, db.Pool(), "sale"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

func TestInTx_RunsAgainAfterACollision(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, code string
		runs       int
	}{
		{"serialisation failure", "40001", 2},
		{"deadlock", "40P01", 2},
		{"lock not available", "55P03", 2},
		{"unique violation is no collision", "23505", 1},
		{"statement timeout is no collision", "57014", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			db := openEmpty(t)
			exec(t, db.Pool(), `CREATE TABLE sale (id int)`)
			runs := 0
			err := db.InTx(t.Context(), func(tx *pg.Tx) error {
				exec(t, tx, `INSERT INTO sale VALUES (1)`)
				if runs++; runs > 1 {
					return nil
				}
				_, err := tx.Exec(t.Context(), `DO $$ BEGIN RAISE 'made up' USING ERRCODE = '`+tc.code+`'; END $$`)
				return fmt.Errorf("sell: %w", err)
			})
			if runs != tc.runs || (err == nil) != (tc.runs == 2) || count(t, db.Pool(), "sale") != tc.runs-1 {
				t.Fatalf("error %v after %d runs and %d rows, want %d runs", err, runs, count(t, db.Pool(), "sale"), tc.runs)
			}
		})
	}
}

func TestInTx_SaysBusyWhenCollisionsDoNotEnd(t *testing.T) {
	t.Parallel()
	runs := 0
	err := openEmpty(t).InTx(t.Context(), func(tx *pg.Tx) error {
		runs++
		_, err := tx.Exec(t.Context(), `DO $$ BEGIN RAISE 'made up' USING ERRCODE = '40001'; END $$`)
		return err
	})
	if !fault.Is(err, fault.Busy) || runs != 5 {
		t.Fatalf("got %v after %d runs, want BUSY after 5", err, runs)
	}
}

// TestInTx_RealDeadlock lets two transactions lock two rows in opposite order.
func TestInTx_RealDeadlock(t *testing.T) {
	t.Parallel()
	db := openURL(t, pgtest.EmptyURL(t), 2)
	exec(t, db.Pool(), `CREATE TABLE seat (id int PRIMARY KEY, n int); INSERT INTO seat VALUES (1, 0), (2, 0)`)
	var meet sync.WaitGroup
	meet.Add(2)
	work := func(first, second int) error {
		attempt := 0
		return db.InTx(t.Context(), func(tx *pg.Tx) error {
			if _, err := tx.Exec(t.Context(), `UPDATE seat SET n = n + 1 WHERE id = $1`, first); err != nil {
				return err
			}
			if attempt++; attempt == 1 {
				meet.Done()
				meet.Wait()
			}
			_, err := tx.Exec(t.Context(), `UPDATE seat SET n = n + 1 WHERE id = $1`, second)
			return err
		})
	}
	other := make(chan error, 1)
	go func() { other <- work(2, 1) }()
	if err := errors.Join(work(1, 2), <-other); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.Pool().QueryRow(t.Context(), `SELECT sum(n) FROM seat`).Scan(&n); err != nil || n != 4 {
		t.Fatalf("sum %d (%v), want each of the two transactions once: 4", n, err)
	}
}

func TestInTx_LimitsAreLocal(t *testing.T) {
	t.Parallel()
	db := openEmpty(t)
	limits := func(q pg.Querier) map[string]string {
		got := map[string]string{}
		for _, name := range []string{"lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "transaction_isolation"} {
			var value string
			if err := q.QueryRow(t.Context(), `SELECT current_setting($1)`, name).Scan(&value); err != nil {
				t.Fatal(err)
			}
			got[name] = value
		}
		return got
	}
	err := db.InTx(t.Context(), func(tx *pg.Tx) error {
		want := map[string]string{"lock_timeout": "2s", "statement_timeout": "5s",
			"idle_in_transaction_session_timeout": "10s", "transaction_isolation": "read committed"}
		if diff := cmp.Diff(want, limits(tx)); diff != "" {
			t.Errorf("inside: %s", diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"lock_timeout": "0", "statement_timeout": "0",
		"idle_in_transaction_session_timeout": "0", "transaction_isolation": "read committed"}
	if diff := cmp.Diff(want, limits(db.Pool())); diff != "" {
		t.Errorf("outside: %s", diff)
	}
}

func TestInTx_NowIsTheDatabasesAndUTC(t *testing.T) {
	t.Parallel()
	db := openEmpty(t)
	err := db.InTx(t.Context(), func(tx *pg.Tx) error {
		var begun time.Time
		if err := tx.QueryRow(t.Context(), `SELECT transaction_timestamp()`).Scan(&begun); err != nil {
			return err
		}
		if tx.Now != begun || tx.Now.Location() != time.UTC {
			t.Errorf("now is %v, want %v in UTC", tx.Now, begun)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestInTx_CancelledBetweenStatementsKeepsTheConnection(t *testing.T) {
	t.Parallel()
	db := openEmpty(t)
	exec(t, db.Pool(), `CREATE TABLE sale (id int)`)
	ctx, cancel := context.WithCancel(t.Context())
	var inside, after int
	err := db.InTx(ctx, func(tx *pg.Tx) error {
		if err := tx.QueryRow(ctx, `INSERT INTO sale VALUES (1) RETURNING pg_backend_pid()`).Scan(&inside); err != nil {
			return err
		}
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want a cancelled transaction that does not commit", err)
	}
	if err := db.Pool().QueryRow(t.Context(), `SELECT pg_backend_pid()`).Scan(&after); err != nil {
		t.Fatal(err)
	}
	if inside != after || count(t, db.Pool(), "sale") != 0 {
		t.Fatalf("connection %d became %d; %d rows", inside, after, count(t, db.Pool(), "sale"))
	}
}

func TestInTx_CancelledInAStatementDoesNotRunAgain(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	db, other := openURL(t, url, 1), openURL(t, url, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for asleep := false; !asleep; {
			err := other.Pool().QueryRow(t.Context(), `
				SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database())`).Scan(&asleep)
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	runs := 0
	err := db.InTx(ctx, func(tx *pg.Tx) error {
		runs++
		_, err := tx.Exec(ctx, `SELECT pg_sleep(60)`)
		return err
	})
	if !errors.Is(err, context.Canceled) || runs != 1 {
		t.Fatalf("got %v after %d runs", err, runs)
	}
}

func TestInTx_PanicRollsBack(t *testing.T) {
	t.Parallel()
	db := openEmpty(t)
	exec(t, db.Pool(), `CREATE TABLE sale (id int)`)
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("the panic was swallowed")
			}
		}()
		_ = db.InTx(t.Context(), func(tx *pg.Tx) error { // it panics before it returns
			exec(t, tx, `INSERT INTO sale VALUES (1)`)
			panic("boom")
		})
	}()
	if n := count(t, db.Pool(), "sale"); n != 0 {
		t.Fatalf("%d rows are left", n)
	}
}

func TestInTx_IgnoredStatementErrorIsNoSuccess(t *testing.T) {
	t.Parallel()
	err := openEmpty(t).InTx(t.Context(), func(tx *pg.Tx) error {
		_, _ = tx.Exec(t.Context(), `SELECT 1/0`) // the mistake under test
		return nil
	})
	if !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Fatalf("got %v, want an error that says that nothing was committed", err)
	}
}

func TestInTx_RefusesToLetTheFunctionCommit(t *testing.T) {
	t.Parallel()
	db := openEmpty(t)
	exec(t, db.Pool(), `CREATE TABLE sale (id int)`)
	err := db.InTx(t.Context(), func(tx *pg.Tx) error {
		exec(t, tx, `INSERT INTO sale VALUES (1)`)
		if err := tx.Commit(t.Context()); err == nil {
			t.Error("Commit worked")
		}
		if err := tx.Rollback(t.Context()); err == nil {
			t.Error("Rollback worked")
		}
		return nil
	})
	if err != nil || count(t, db.Pool(), "sale") != 1 {
		t.Fatalf("error %v, %d rows", err, count(t, db.Pool(), "sale"))
	}
}

func TestInTx_DeferredConstraintNamesItself(t *testing.T) {
	t.Parallel()
	db := openEmpty(t)
	exec(t, db.Pool(), `CREATE TABLE sale (id int CONSTRAINT sale_once UNIQUE DEFERRABLE INITIALLY DEFERRED)`)
	runs := 0
	err := db.InTx(t.Context(), func(tx *pg.Tx) error {
		runs++
		exec(t, tx, `INSERT INTO sale VALUES (1), (1)`)
		return nil
	})
	if pg.Constraint(err) != "sale_once" || runs != 1 {
		t.Fatalf("got %v after %d runs, want a violation of sale_once", err, runs)
	}
}

func TestInTx_EndedBackendRunsAgain(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	db, other := openURL(t, url, 1), openURL(t, url, 1)
	exec(t, db.Pool(), `CREATE TABLE sale (id int)`)
	runs := 0
	err := db.InTx(t.Context(), func(tx *pg.Tx) error {
		runs++
		if _, err := tx.Exec(t.Context(), `INSERT INTO sale VALUES (1)`); err != nil {
			return err
		}
		if runs == 1 {
			exec(t, other.Pool(), fmt.Sprintf(`SELECT pg_terminate_backend(%d, 60000)`, tx.Conn().PgConn().PID()))
		}
		_, err := tx.Exec(t.Context(), `SELECT 1`)
		return err
	})
	if err != nil || runs != 2 || count(t, db.Pool(), "sale") != 1 {
		t.Fatalf("error %v after %d runs and %d rows, want none, two, one", err, runs, count(t, db.Pool(), "sale"))
	}
}

// TestInTx_ForgetsAPoolOfDeadConnections: after a restart of the server every
// idle connection is dead, and trying one after the other would take too long.
func TestInTx_ForgetsAPoolOfDeadConnections(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	db, other := openURL(t, url, 6), openURL(t, url, 1)
	exec(t, db.Pool(), `CREATE TABLE sale (id int)`)
	var idle []*pgxpool.Conn
	for range 6 {
		conn, err := db.Pool().Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, conn)
	}
	for _, conn := range idle {
		exec(t, other.Pool(), fmt.Sprintf(`SELECT pg_terminate_backend(%d, 60000)`, conn.Conn().PgConn().PID()))
		conn.Release() // the pool does not know that it is dead
	}
	err := db.InTx(t.Context(), func(tx *pg.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO sale VALUES (1)`)
		return err
	})
	if err != nil || count(t, db.Pool(), "sale") != 1 {
		t.Fatalf("error %v", err)
	}
}

func TestInTx_ReadOnlyRefusesWritesAndLetsReadsGoOn(t *testing.T) {
	t.Parallel()
	db := openEmpty(t)
	exec(t, db.Pool(), `CREATE TABLE sale (n int)`)
	write := func() error {
		return db.InTx(t.Context(), func(tx *pg.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO sale VALUES (1)`)
			return err
		})
	}
	db.SetReadOnly(true)
	if err := write(); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("got %v, want UNAVAILABLE", err)
	}
	var n int
	err := db.InTx(t.Context(), func(tx *pg.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT count(*) FROM sale`).Scan(&n)
	})
	if err != nil || n != 0 {
		t.Fatalf("%d rows were read, %v", n, err)
	}
	db.SetReadOnly(false)
	if err := write(); err != nil {
		t.Fatalf("it does not write again: %v", err)
	}
}

func TestInTx_SaysUnavailableWhenNobodyAnswers(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	proxy := pgtest.NewProxy(t, url)
	db := openURL(t, proxy.URL(), 2)
	proxy.Refuse(true)
	proxy.CutAll()
	db.Pool().Reset()
	err := db.InTx(t.Context(), func(*pg.Tx) error { return nil })
	if !fault.Is(err, fault.Unavailable) {
		t.Fatalf("got %v, want UNAVAILABLE", err)
	}
	proxy.Refuse(false)
	if err := db.InTx(t.Context(), func(*pg.Tx) error { return nil }); err != nil {
		t.Fatalf("it does not recover: %v", err)
	}
}

func TestInTx_BlackHoleEndsWithTheCallersPatience(t *testing.T) {
	t.Parallel()
	proxy := pgtest.NewProxy(t, pgtest.EmptyURL(t))
	db := openURL(t, proxy.URL(), 2)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.InTx(ctx, func(tx *pg.Tx) error {
		proxy.BlackHole(true)
		go cancel()
		_, err := tx.Exec(ctx, `SELECT 1`)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	proxy.BlackHole(false)
	if err := db.InTx(t.Context(), func(*pg.Tx) error { return nil }); err != nil {
		t.Fatalf("it does not recover: %v", err)
	}
}

func TestInTx_WorksOverASlowLink(t *testing.T) {
	t.Parallel()
	s := openShop(t, pgtest.EmptyURL(t))
	s.proxy.Delay(20 * time.Millisecond)
	if runs, err := s.sell(t.Context(), 1); err != nil || runs != 1 {
		t.Fatalf("error %v, %d runs", err, runs)
	}
}

func TestInTx_SavepointsWork(t *testing.T) {
	t.Parallel()
	db := openEmpty(t)
	exec(t, db.Pool(), `CREATE TABLE sale (id int)`)
	err := db.InTx(t.Context(), func(tx *pg.Tx) error {
		exec(t, tx, `INSERT INTO sale VALUES (1)`)
		inner, err := tx.Begin(t.Context())
		if err != nil {
			return err
		}
		exec(t, inner, `INSERT INTO sale VALUES (2)`)
		return inner.Rollback(t.Context())
	})
	if n := count(t, db.Pool(), "sale"); n != 1 {
		t.Fatalf("%d rows (%v), want the outer one", n, err)
	}
}

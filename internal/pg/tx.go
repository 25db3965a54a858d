package pg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"lanyard/internal/fault"
)

const (
	// maxConflicts bounds how often one InTx runs fn because of collisions.
	maxConflicts = 5
	// maxCuts bounds how often one InTx starts again after a lost connection:
	// once for a broken link, once more for a pool full of them.
	maxCuts = 2
	// rollbackWait bounds a rollback; the connection is dropped after it.
	rollbackWait = 2 * time.Second
)

// Tx is a running transaction with the one moment that everything in it shares.
type Tx struct {
	pgx.Tx
	// Now is the instant the transaction began, by the database's clock, in UTC
	// with microseconds. Statements take it as @now and never call now().
	Now time.Time

	id string // the transaction's 64-bit id, in decimal
}

// Commit always fails: InTx commits when its function returns nil.
func (t *Tx) Commit(context.Context) error {
	return errors.New("pg: InTx owns the commit; return nil from its function instead")
}

// Rollback always fails: InTx rolls back when its function returns an error.
func (t *Tx) Rollback(context.Context) error {
	return errors.New("pg: InTx owns the rollback; return an error from its function instead")
}

// verdict says what became of one run of a transaction.
type verdict uint8

const (
	final    verdict = iota // the error, or nil for committed, is the answer
	conflict                // rolled back by a collision; fn may run again
	cut                     // the link broke and nothing was committed; fn may run again
)

// InTx runs fn in a READ COMMITTED transaction and commits when fn returns nil.
// It returns nil exactly when the transaction is in the database.
//
// fn may run several times: after a serialisation failure, a deadlock, a lock
// that was not to be had within two seconds, a link that broke before COMMIT,
// or a COMMIT that the server says it did not carry out. So fn changes nothing
// outside its transaction, and starts from scratch each time. Inside, a
// statement may take five seconds and a pause ten.
//
// Errors of fn come back unchanged. InTx's own are faults: BUSY when collisions
// do not end, UNAVAILABLE when the database does not answer or takes no writes
// (see SetReadOnly), OUTCOME_UNKNOWN
// when nobody can say whether the commit happened; the caller then repeats the
// request with the same request id. Cancelling ctx stops fn's statements; once
// COMMIT is sent it is seen through.
func (d *DB) InTx(ctx context.Context, fn func(tx *Tx) error) error {
	conflictCount, cutCount := 0, 0
	for {
		v, err := d.run(ctx, fn)
		switch v {
		case conflict:
			if conflictCount++; conflictCount >= maxConflicts {
				return fault.Conflict(fault.Busy, "Too many people are changing this at once. Please try again.").Because(err)
			}
		case cut:
			if cutCount++; cutCount > maxCuts {
				return unavailable(err)
			}
			if cutCount == maxCuts {
				d.pool.Reset() // the server restarted: every idle connection is dead
			}
		default:
			return err
		}
		d.log.WarnContext(ctx, "transaction runs again", "conflicts", conflictCount, "cuts", cutCount, "error", err)
		if err := pause(ctx, conflictCount); err != nil {
			return fmt.Errorf("wait to repeat a transaction: %w", err)
		}
	}
}

// run is one attempt, from borrowing a connection to a known outcome.
func (d *DB) run(ctx context.Context, fn func(tx *Tx) error) (verdict, error) {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return final, fmt.Errorf("wait for a database connection: %w", err)
		}
		return final, unavailable(err)
	}
	defer conn.Release()

	tx, err := d.begin(ctx, conn)
	if err != nil {
		return d.failed(ctx, conn, err)
	}
	open := true
	defer func() { // also when fn panics
		if open {
			rollback(ctx, tx)
		}
	}()
	if err := fn(tx); err != nil {
		return d.failed(ctx, conn, err)
	}
	if err := ctx.Err(); err != nil {
		return final, fmt.Errorf("before commit: %w", err)
	}
	open = false
	return d.commit(ctx, conn, tx)
}

// failed judges an error from before COMMIT: nothing of it can be in the database.
func (d *DB) failed(ctx context.Context, conn *pgxpool.Conn, err error) (verdict, error) {
	switch {
	case ctx.Err() != nil:
		return final, err
	case conflicts(err):
		return conflict, err
	case conn.Conn().IsClosed():
		return cut, err
	case code(err) == codeReadOnly:
		return final, fault.Down(fault.Unavailable, "Nothing can be changed just now; everything can still be read. Please try again later.").Because(err)
	case code(err) == codeQueryCanceled: // statement_timeout; the caller did not cancel
		return final, unavailable(err)
	}
	return final, err
}

const sqlBegin = `
SELECT pg_current_xact_id()::text,
       transaction_timestamp(),
       set_config('lock_timeout', '2s', true),
       set_config('statement_timeout', '5s', true),
       set_config('idle_in_transaction_session_timeout', '10s', true)`

// begin opens the transaction. The limits are local to it and travel in the
// statement that reads its id and time, which costs no round trip of their own.
func (d *DB) begin(ctx context.Context, conn *pgxpool.Conn) (*Tx, error) {
	access := pgx.ReadWrite
	if d.readOnly.Load() {
		access = pgx.ReadOnly
	}
	inner, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: access})
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	tx := &Tx{Tx: inner}
	var lock, statement, idle string
	err = inner.QueryRow(ctx, sqlBegin).Scan(&tx.id, &tx.Now, &lock, &statement, &idle)
	if err != nil {
		rollback(ctx, tx)
		return nil, fmt.Errorf("begin: %w", err)
	}
	if d.clk != nil {
		tx.Now = d.clk()
	}
	return tx, nil
}

// commit sends COMMIT and finds out what became of it, even when the caller has
// gone away or the reply is lost.
func (d *DB) commit(ctx context.Context, conn *pgxpool.Conn, tx *Tx) (verdict, error) {
	life, _ := conn.Conn().PgConn().CustomData()[lifeKey].(string)
	cctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.wait.commit)
	defer cancel()
	err := tx.Tx.Commit(cctx)
	switch {
	case err == nil:
		return final, nil
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return final, fmt.Errorf("a statement failed and its error was ignored: %w", err)
	case refused(err) && conflicts(err):
		return conflict, err
	case refused(err): // a deferred constraint, for one
		return final, err
	}
	return d.settle(ctx, tx.id, life, err)
}

// rollback is detached from ctx, because a rollback on a cancelled context
// closes the connection.
func rollback(ctx context.Context, tx *Tx) {
	rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackWait)
	defer cancel()
	_ = tx.Tx.Rollback(rctx) // on failure the driver closes the connection, which rolls back too
}

// pause waits a short random time that grows with n, so that two transactions
// that collided do not collide again in step.
func pause(ctx context.Context, n int) error {
	t := time.NewTimer(time.Duration(1+rand.IntN(10*(n+1))) * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func unavailable(err error) error {
	return fault.Down(fault.Unavailable, "The database does not answer. Please try again in a moment.").Because(err)
}

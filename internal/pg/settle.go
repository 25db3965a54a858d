package pg

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
)

const (
	// settlePoll is the pause between two questions.
	settlePoll = 50 * time.Millisecond

	// lifeKey is where a connection keeps the server's life it belongs to.
	lifeKey = "lanyard/life"
)

// sqlServerLife names the server's present life: it changes when PostgreSQL is
// started, and when it recovers from the crash of one of its processes, which
// discards its statistics. After a crash a transaction id that had not reached
// the disk is given out again, so an answer about an id counts as "committed"
// only within the life in which the id was drawn.
const sqlServerLife = `
SELECT concat_ws(' ', pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time())`

const sqlOutcome = `
SELECT coalesce(pg_xact_status($1::text::xid8), 'forgotten'),
       pg_is_in_recovery(),
       concat_ws(' ', pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time())`

// settle asks the server, on connections of its own, what became of transaction
// id, whose COMMIT failed with cause. The pool is not used: it may be full of
// callers who wait for the same answer.
func (d *DB) settle(ctx context.Context, id, life string, cause error) (verdict, error) {
	sctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.wait.settle)
	defer cancel()
	for {
		outcome, err := d.outcome(sctx, id, life)
		switch outcome {
		case "committed":
			d.log.WarnContext(ctx, "the reply to COMMIT was lost; the transaction is committed", "xid", id, "error", cause)
			return final, nil
		case "aborted":
			d.log.WarnContext(ctx, "the reply to COMMIT was lost; the transaction is rolled back", "xid", id, "error", cause)
			return cut, cause
		case "unknowable":
			return final, unknown(id, cause)
		}
		select {
		case <-sctx.Done():
			if err != nil {
				cause = fmt.Errorf("%w; and then: %w", cause, err)
			}
			return final, unknown(id, cause)
		case <-time.After(settlePoll):
		}
	}
}

// outcome asks once: committed, aborted, unknowable, or "" to ask again.
func (d *DB) outcome(ctx context.Context, id, life string) (string, error) {
	conn, err := pgx.ConnectConfig(ctx, d.pool.Config().ConnConfig)
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))

	var status, lifeNow string
	var standby bool
	err = conn.QueryRow(ctx, sqlOutcome, id).Scan(&status, &standby, &lifeNow)
	switch {
	case code(err) == codeInvalidParameter:
		// "transaction ID … is in the future": the server lost it in a crash.
		// A standby may merely lag, so only a primary's word counts.
		return d.lostInCrash(ctx, conn)
	case err != nil:
		return "", fmt.Errorf("ask for the outcome: %w", err)
	case standby || status == "in progress":
		return "", nil
	case status == "aborted":
		return "aborted", nil
	case status == "committed" && lifeNow == life:
		return "committed", nil
	}
	return "unknowable", nil
}

const sqlIsStandby = `SELECT pg_is_in_recovery()`

func (d *DB) lostInCrash(ctx context.Context, conn *pgx.Conn) (string, error) {
	var standby bool
	if err := conn.QueryRow(ctx, sqlIsStandby).Scan(&standby); err != nil {
		return "", fmt.Errorf("ask whether this is a standby: %w", err)
	}
	if standby {
		return "", nil
	}
	return "aborted", nil
}

func unknown(id string, cause error) error {
	return fault.Down(fault.OutcomeUnknown,
		"We could not find out whether this was saved. Please retry with the same request id: nothing will be done twice.",
	).Because(fmt.Errorf("outcome of transaction %s: %w", id, cause))
}

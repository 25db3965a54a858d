// Package replay gives the first answer again when a request is repeated.
//
// A client that lost the reply sends the same request with the same request id.
// The answer is kept in table replay, written in the transaction that did the
// work, so a request takes effect once or not at all. The same id with another
// request is refused, and an id is only known to the caller who used it.
package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
)

// Key identifies one request of one caller. The zero Key remembers nothing;
// command line and jobs use it.
type Key struct {
	// Scope is who asked for what: an actor's id and a procedure.
	Scope string
	// RequestID is what the client made up.
	RequestID string
	// Hash is the SHA-256 of the request without its id.
	Hash [32]byte
}

const sqlReserve = `
INSERT INTO replay (scope, request_id, request_hash, answer, created_at)
VALUES (@scope, @request_id, @hash, '', @now)
ON CONFLICT ON CONSTRAINT replay_pk DO NOTHING`

const sqlAnswer = `
SELECT request_hash, answer
  FROM replay
 WHERE scope = @scope
   AND request_id = @request_id`

const sqlKeep = `
UPDATE replay
   SET answer = @answer
 WHERE scope = @scope
   AND request_id = @request_id`

// InTx runs fn in a transaction of its own and gives its answer, or the one that
// was kept; see Do. Like the function of pg.InTx, fn may run several times: it
// changes nothing that it did not make.
func InTx[T any](ctx context.Context, db *pg.DB, key Key, fn func(tx *pg.Tx) (T, error)) (T, error) {
	var answer T
	err := db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		answer, err = Do(ctx, tx, key, func() (T, error) { return fn(tx) })
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return answer, nil
}

// Act is InTx for what answers nothing.
func Act(ctx context.Context, db *pg.DB, key Key, fn func(tx *pg.Tx) error) error {
	_, err := InTx(ctx, db, key, func(tx *pg.Tx) (struct{}, error) { return struct{}{}, fn(tx) })
	return err
}

// Do runs fn in the caller's transaction and keeps its answer as JSON, or
// returns the answer that was kept. Two requests with one key run one after the
// other: the second waits for the first one's transaction. It fails with
// IDEMPOTENCY_MISMATCH when the id was used with another request.
func Do[T any](ctx context.Context, tx *pg.Tx, key Key, fn func() (T, error)) (T, error) {
	var zero T
	if key.RequestID == "" {
		return fn()
	}
	args := pgx.StrictNamedArgs{"scope": key.Scope, "request_id": key.RequestID}
	tag, err := tx.Exec(ctx, sqlReserve, pgx.StrictNamedArgs{
		"scope": key.Scope, "request_id": key.RequestID, "hash": key.Hash[:], "now": tx.Now,
	})
	if err != nil {
		return zero, fmt.Errorf("reserve request id: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return repeat[T](ctx, tx, key, args)
	}
	v, err := fn()
	if err != nil {
		return zero, err
	}
	answer, err := json.Marshal(v)
	if err != nil {
		return zero, fmt.Errorf("encode answer: %w", err)
	}
	_, err = tx.Exec(ctx, sqlKeep, pgx.StrictNamedArgs{
		"scope": key.Scope, "request_id": key.RequestID, "answer": answer,
	})
	if err != nil {
		return zero, fmt.Errorf("keep answer: %w", err)
	}
	return v, nil
}

func repeat[T any](ctx context.Context, tx *pg.Tx, key Key, args pgx.StrictNamedArgs) (T, error) {
	var v T
	var hash, answer []byte
	err := tx.QueryRow(ctx, sqlAnswer, args).Scan(&hash, &answer)
	if errors.Is(err, pgx.ErrNoRows) {
		return v, fault.Conflict(fault.Busy, "This request is being carried out already. Please try again.")
	}
	if err != nil {
		return v, fmt.Errorf("read kept answer: %w", err)
	}
	if [32]byte(hash) != key.Hash {
		return v, Mismatch()
	}
	if err := json.Unmarshal(answer, &v); err != nil {
		return v, fmt.Errorf("decode kept answer: %w", err)
	}
	return v, nil
}

// Mismatch is the refusal of a request id that was used with another request.
func Mismatch() error {
	return &fault.Error{
		Kind:    fault.KindExists,
		Reason:  fault.IdempotencyMismatch,
		Message: "This request id was used before with another request.",
		Fields:  []fault.Field{{Path: "request_id", Rule: "request_id.reused", Message: "was used before with another request; make a new one"}},
	}
}

const sqlForget = `DELETE FROM replay WHERE created_at < @before`

// Forget removes answers that were kept before the given instant and returns
// how many; a periodic job calls it. Answers are promised for 48 hours.
func Forget(ctx context.Context, tx *pg.Tx, before time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, sqlForget, pgx.StrictNamedArgs{"before": before})
	if err != nil {
		return 0, fmt.Errorf("forget kept answers: %w", err)
	}
	return tag.RowsAffected(), nil
}

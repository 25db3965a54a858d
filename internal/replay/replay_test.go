package replay_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
)

type answer struct{ N int64 }

func TestDo_RunsOnceHoweverOftenAndAtOnceItIsAsked(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	key := replay.Key{Scope: "somebody", RequestID: "asked-many-times-01", Hash: [32]byte{1}}
	var ran, wrong atomic.Int64

	failed := testworld.Race(20, func(int) error {
		var got answer
		err := db.InTx(t.Context(), func(tx *pg.Tx) error {
			var err error
			got, err = replay.Do(t.Context(), tx, key, func() (answer, error) { return answer{ran.Add(1)}, nil })
			return err
		})
		if err == nil && got.N != 1 {
			wrong.Add(1)
		}
		return err
	})

	if len(failed) > 0 || wrong.Load() > 0 || ran.Load() != 1 {
		t.Fatalf("ran %d times, %d other answers, failures %v", ran.Load(), wrong.Load(), failed)
	}
}

func TestDo_KnowsARequestByItsCallerAndItsContent(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	do := func(scope string, hash byte, n int64) (answer, error) {
		var got answer
		err := db.InTx(t.Context(), func(tx *pg.Tx) error {
			var err error
			key := replay.Key{Scope: scope, RequestID: "the-same-request-id", Hash: [32]byte{hash}}
			got, err = replay.Do(t.Context(), tx, key, func() (answer, error) { return answer{n}, nil })
			return err
		})
		return got, err
	}
	if got, err := do("a", 1, 1); err != nil || got.N != 1 {
		t.Fatal(got, err)
	}
	if got, err := do("a", 1, 2); err != nil || got.N != 1 {
		t.Errorf("the repeat got %v, %v; want the first answer", got, err)
	}
	if _, err := do("a", 2, 3); !fault.Is(err, fault.IdempotencyMismatch) {
		t.Errorf("another content got %v, want IDEMPOTENCY_MISMATCH", err)
	}
	if got, err := do("b", 2, 4); err != nil || got.N != 4 { // A15: another caller's id is not known
		t.Errorf("another caller got %v, %v; want an answer of its own", got, err)
	}
}

func TestDo_ForgetsWhatFailedAndWhatIsOld(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	key := replay.Key{Scope: "a", RequestID: "fails-the-first-time"}
	run := func(fail error) (answer, error) {
		var got answer
		err := db.InTx(t.Context(), func(tx *pg.Tx) error {
			var err error
			got, err = replay.Do(t.Context(), tx, key, func() (answer, error) { return answer{7}, fail })
			return err
		})
		return got, err
	}
	boom := errors.New("boom")
	if _, err := run(boom); !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	if got, err := run(nil); err != nil || got.N != 7 {
		t.Fatalf("after a failure the request got %v, %v", got, err)
	}
	err := db.InTx(t.Context(), func(tx *pg.Tx) error {
		n, err := replay.Forget(t.Context(), tx, tx.Now.Add(time.Hour))
		if err == nil && n != 1 {
			t.Errorf("%d answers were forgotten, want 1", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

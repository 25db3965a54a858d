package ledger_test

import (
	"errors"
	"testing"

	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/pg"
)

func TestClose_AndReopenTakeOrderAndTwoPeople(t *testing.T) {
	t.Parallel()
	b := setup(t)
	april := march(31).AddDate(0, 0, 1)
	b.mustPost(b.capture("pay:1", march(3), 1200), b.capture("pay:2", april, 1))

	if err := b.Close(t.Context(), b.ada, b.org, april); !fault.Is(err, fault.WrongState) {
		t.Errorf("April before March: %v, want WRONG_STATE", err)
	}
	if err := b.Close(t.Context(), b.ada, b.org, march(17)); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(t.Context(), b.ada, b.org, march(1)); !fault.Is(err, fault.WrongState) {
		t.Errorf("March again: %v, want WRONG_STATE", err)
	}
	if err := b.Close(t.Context(), b.ada, b.org, april.AddDate(9, 0, 0)); !fault.Is(err, fault.NoSuchThing) {
		t.Errorf("a month that was never used: %v, want NOT_FOUND", err)
	}
	if _, err := b.Reopen(t.Context(), b.ada, b.org, april); !fault.Is(err, fault.WrongState) {
		t.Errorf("an open month: %v, want WRONG_STATE", err)
	}
	if opened, err := b.Reopen(t.Context(), b.ada, b.org, march(1)); err != nil || opened {
		t.Errorf("the first person: %v, %v", opened, err)
	}
	if _, err := b.Reopen(t.Context(), b.ada, b.org, march(1)); !fault.Is(err, fault.WrongState) {
		t.Errorf("the same person: %v, want WRONG_STATE", err)
	}
	if opened, err := b.Reopen(t.Context(), b.ben, b.org, march(1)); err != nil || !opened {
		t.Errorf("the second person: %v, %v", opened, err)
	}
	if err := b.Close(t.Context(), b.ben, b.org, march(1)); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(t.Context(), b.ben, b.org, april); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Reopen(t.Context(), b.ada, b.org, march(1)); !fault.Is(err, fault.WrongState) {
		t.Errorf("March while April is closed: %v, want WRONG_STATE", err)
	}
	periods, err := b.Periods(t.Context(), b.db.Pool(), b.org)
	if err != nil || len(periods) != 2 || !periods[1].Closed || periods[1].ClosedBy != b.ben.ID() || periods[1].ReopenAskedBy != "" || len(periods[1].Snapshot) != 64 {
		t.Errorf("periods: %+v, %v", periods, err)
	}
}

func TestCloseTx_StopsAtAFailedProof(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustPost(b.capture("pay:1", march(3), 1200))
	open := errors.New("one payment is unexplained")

	err := b.db.InTx(t.Context(), func(tx *pg.Tx) error {
		return b.CloseTx(t.Context(), tx, b.ada, b.org, march(1), func() error { return open })
	})

	if !errors.Is(err, open) {
		t.Errorf("got %v", err)
	}
	if posted, err := b.post(b.capture("pay:2", march(3), 1)); err != nil || !posted[0] || b.bySource("pay:2").Memo != "" {
		t.Errorf("the month is not open any more: %v", err)
	}
}

func TestSnapshot_IsTheSameForTheSamePostingsInAnyOrder(t *testing.T) {
	t.Parallel()
	var hashes []string
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		b := setup(t)
		js := []ledger.Journal{b.capture("pay:1", march(3), 1200), b.capture("pay:2", march(4), 1)}
		for _, i := range order {
			b.mustPost(js[i])
		}
		hash, err := b.snapshot()
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, hash)
		b.mustPost(b.capture("pay:3", march(4), 1))
		if after, err := b.snapshot(); err != nil || after == hash {
			t.Errorf("one more posting does not show: %v", err)
		}
	}
	if hashes[0] != hashes[1] {
		t.Errorf("%v differ", hashes)
	}
}

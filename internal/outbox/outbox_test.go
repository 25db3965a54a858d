package outbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
	"lanyard/internal/uid"
)

// relay works on one fact's job.
func relay(t *testing.T, db *pg.DB, args outbox.RelayArgs, s ...outbox.Subscriber) error {
	t.Helper()
	w := &outbox.RelayWorker{DB: db, Subscribers: s}
	return w.Work(t.Context(), &river.Job[outbox.RelayArgs]{JobRow: &rivertype.JobRow{}, Args: args})
}

func appended(t *testing.T, db *pg.DB, facts ...outbox.Fact) outbox.RelayArgs {
	t.Helper()
	box, err := outbox.NewBox(db.Pool())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.InTx(t.Context(), func(tx *pg.Tx) error { return box.AppendTx(t.Context(), tx, facts...) }); err != nil {
		t.Fatal(err)
	}
	args := outbox.RelayArgs{Org: facts[0].Org}
	if err := db.Pool().QueryRow(t.Context(), `SELECT array_agg(id ORDER BY id) FROM fact`).Scan(&args.Facts); err != nil {
		t.Fatal(err)
	}
	return args
}

func TestRelay_HandsEachFactOnOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	org := uid.New[uid.Org]()
	args := appended(t, db, outbox.Fact{Org: org, Kind: "a", Subject: [16]byte{1}}, outbox.Fact{Org: org, Kind: "b", Subject: [16]byte{2}, Detail: map[string]int{"n": 3}})
	var heard []string
	listen := func(_ context.Context, _ *pg.Tx, f outbox.Recorded) error {
		heard = append(heard, f.Kind+string(f.Detail))
		return nil
	}

	for range 2 {
		if err := relay(t, db, args, listen); err != nil {
			t.Fatal(err)
		}
	}

	if len(heard) != 2 || heard[0] != "a{}" || heard[1] != `b{"n": 3}` {
		t.Fatalf("heard %v", heard)
	}
}

func TestRelay_OneThatFailsHoldsUpNoOtherAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	org := uid.New[uid.Org]()
	args := appended(t, db, outbox.Fact{Org: org, Kind: "bad", Subject: [16]byte{1}}, outbox.Fact{Org: org, Kind: "good", Subject: [16]byte{2}})
	boom := errors.New("boom")
	fail := true
	heard := map[string]int{}
	listen := func(_ context.Context, _ *pg.Tx, f outbox.Recorded) error {
		if f.Kind == "bad" && fail {
			return boom
		}
		heard[f.Kind]++
		return nil
	}

	if err := relay(t, db, args, listen); !errors.Is(err, boom) {
		t.Fatalf("the job ended with %v, want the failure so that it runs again", err)
	}
	fail = false
	if err := relay(t, db, args, listen); err != nil {
		t.Fatal(err)
	}

	if heard["bad"] != 1 || heard["good"] != 1 {
		t.Fatalf("heard %v, want each once", heard)
	}
}

func TestSweep_FindsFactsWhoseJobWasLost(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	org := uid.New[uid.Org]()
	appended(t, db, outbox.Fact{Org: org, Kind: "a", Subject: [16]byte{1}})
	box, err := outbox.NewBox(db.Pool())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool().Exec(t.Context(), `DELETE FROM river_job`); err != nil {
		t.Fatal(err)
	}

	err = db.InTx(t.Context(), func(tx *pg.Tx) error {
		n, err := box.SweepTx(t.Context(), tx, tx.Now.Add(time.Minute))
		if err == nil && n != 1 {
			t.Errorf("%d facts were found, want 1", n)
		}
		return err
	})

	var jobs int
	if err := errors.Join(err, db.Pool().QueryRow(t.Context(), `SELECT count(*) FROM river_job`).Scan(&jobs)); err != nil || jobs != 1 {
		t.Fatalf("%d jobs wait, %v", jobs, err)
	}
}

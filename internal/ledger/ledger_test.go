package ledger_test

import (
	"context"
	"testing"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/pgtest"
	"lanyard/internal/uid"
)

// books is a ledger of one organisation.
type books struct {
	testing.TB
	*ledger.Service
	db  *pg.DB
	org uid.Org
	// ada and ben keep the books.
	ada, ben account.Actor
}

func setup(t testing.TB) *books {
	t.Helper()
	db := pgtest.New(t)
	box, err := outbox.NewBox(db.Pool())
	if err != nil {
		t.Fatal(err)
	}
	b := &books{TB: t, Service: ledger.New(db, box), db: db}
	b.ada, b.ben = account.PersonActor(uid.New[uid.Person]()), account.PersonActor(uid.New[uid.Person]())
	b.org = b.organisation("northern")
	return b
}

func (b *books) organisation(slug string) uid.Org {
	b.Helper()
	org := uid.New[uid.Org]()
	_, err := b.db.Pool().Exec(b.Context(), `
		INSERT INTO organisation (id, slug, name, timezone, contact_email, created_at)
		VALUES ($1, $2, $2, 'Europe/London', 'books@example.org', '2026-01-01')`, org, slug)
	if err != nil {
		b.Fatal(err)
	}
	return org
}

// march is a day of March 2026.
func march(day int) time.Time { return time.Date(2026, time.March, day, 0, 0, 0, 0, time.UTC) }

func gbp(minor int64) money.Amount { return money.New(minor, money.GBP) }

// capture is a balanced journal: J2 of some charge.
func (b *books) capture(key string, on time.Time, minor int64) ledger.Journal {
	return ledger.Captured(ledger.Source{Org: b.org, Key: key, On: on, Actor: "system"}, "ord_1", "ch_"+key, gbp(minor))
}

func (b *books) post(js ...ledger.Journal) ([]bool, error) {
	b.Helper()
	var posted []bool
	err := b.db.InTx(b.Context(), func(tx *pg.Tx) error {
		var err error
		posted, err = b.PostTx(b.Context(), tx, js...)
		return err
	})
	return posted, err
}

func (b *books) mustPost(js ...ledger.Journal) {
	b.Helper()
	if _, err := b.post(js...); err != nil {
		b.Fatal(err)
	}
}

// bySource is the one journal of a key.
func (b *books) bySource(key string) ledger.Posted {
	b.Helper()
	found, err := b.JournalsBySource(b.Context(), b.db.Pool(), b.org, key)
	if err != nil || len(found) != 1 {
		b.Fatalf("%d journals of %s, want 1: %v", len(found), key, err)
	}
	return found[0]
}

func (b *books) balance(account ledger.Account, ref string) int64 {
	b.Helper()
	sums, err := b.Balance(b.Context(), b.db.Pool(), b.org, account, ref)
	if err != nil {
		b.Fatal(err)
	}
	return sums[money.GBP]
}

// run executes statements in one transaction, as an attacker with the program's
// own access would, and returns the first error, the commit's included.
func (b *books) run(statements ...string) error {
	b.Helper()
	ctx := context.WithoutCancel(b.Context())
	tx, err := b.db.Pool().Begin(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer tx.Rollback(ctx) // after a commit it does nothing
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

// Package outbox carries facts from the transaction that made them true to the
// work that follows from them.
//
// A domain appends facts to table fact in its own transaction, together with
// one River job that names them; nothing is sent, mailed or called before the
// commit, and nothing is forgotten after it. The job hands each fact to the
// subscribers in a transaction of its own, which also marks the fact as relayed:
// whatever the subscribers write happens once per fact. A periodic sweep looks
// for facts whose job was lost.
//
// Facts hold ids and old values that the rows no longer keep. They never hold
// personal data, because job rows and logs must not.
package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Fact is something that became true.
type Fact struct {
	// Org is the organisation it is about.
	Org uid.Org
	// Kind is a dotted word such as "event.moved"; the domain that appends it owns it.
	Kind string
	// Subject is the id of what it is about; its type follows from the kind.
	Subject [16]byte
	// Detail is marshalled to JSON: ids and old values, never personal data.
	Detail any
}

// Recorded is a fact as a subscriber gets it.
type Recorded struct {
	Org     uid.Org
	ID      uid.Fact
	Kind    string
	Subject [16]byte
	Detail  json.RawMessage
	At      time.Time
}

// Box appends facts. It is safe for concurrent use.
type Box struct{ jobs *river.Client[pgx.Tx] }

// Silent is a box that takes facts and forgets them: for a sample's past, of which
// nobody is to be told.
func Silent() *Box { return &Box{} }

// NewBox makes a box that inserts its jobs through an insert-only River client.
func NewBox(pool *pgxpool.Pool) (*Box, error) {
	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("river client: %w", err)
	}
	return &Box{jobs: jobs}, nil
}

const sqlAppend = `
INSERT INTO fact (org_id, id, kind, subject, detail, at)
SELECT org_id, id, kind, subject, detail, @now
  FROM unnest(@org_ids::uuid[], @ids::uuid[], @kinds::text[], @subjects::uuid[], @details::jsonb[])
    AS f (org_id, id, kind, subject, detail)`

// AppendTx appends facts and the jobs that relay them, in the caller's transaction.
func (b *Box) AppendTx(ctx context.Context, tx *pg.Tx, facts ...Fact) error {
	if len(facts) == 0 || b.jobs == nil {
		return nil
	}
	n := len(facts)
	orgs, ids, kinds := make([]uid.Org, n), make([]uid.Fact, n), make([]string, n)
	subjects, details := make([][16]byte, n), make([]string, n)
	byOrg := map[uid.Org][]uid.Fact{}
	for i, f := range facts {
		detail := []byte("{}")
		if f.Detail != nil {
			var err error
			if detail, err = json.Marshal(f.Detail); err != nil {
				return fmt.Errorf("encode fact %s: %w", f.Kind, err)
			}
		}
		orgs[i], ids[i], kinds[i], subjects[i], details[i] = f.Org, uid.New[uid.Fact](), f.Kind, f.Subject, string(detail)
		byOrg[f.Org] = append(byOrg[f.Org], ids[i])
	}
	_, err := tx.Exec(ctx, sqlAppend, pgx.StrictNamedArgs{
		"org_ids": orgs, "ids": ids, "kinds": kinds, "subjects": subjects, "details": details, "now": tx.Now,
	})
	if err != nil {
		return fmt.Errorf("append facts: %w", err)
	}
	jobs := make([]river.InsertManyParams, 0, len(byOrg))
	for org, ids := range byOrg {
		for part := range slices.Chunk(ids, factsPerJob) {
			jobs = append(jobs, river.InsertManyParams{Args: RelayArgs{Org: org, Facts: part}})
		}
	}
	if _, err := b.jobs.InsertManyFastTx(ctx, tx.Tx, jobs); err != nil {
		return fmt.Errorf("insert relay jobs: %w", err)
	}
	return nil
}

// Queue is River's queue for relaying.
const Queue = "outbox"

// factsPerJob keeps jobs short, so that others get their turn between them.
const factsPerJob = 16

// RelayArgs names facts to relay.
type RelayArgs struct {
	Org   uid.Org    `json:"org"`
	Facts []uid.Fact `json:"facts"`
}

// Kind is River's name for the job.
func (RelayArgs) Kind() string { return "outbox_relay" }

// InsertOpts puts the jobs into their queue.
func (RelayArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: Queue} }

// Subscriber does what follows from a fact, in the transaction that marks it as
// relayed. It ignores kinds it does not know.
type Subscriber func(ctx context.Context, tx *pg.Tx, f Recorded) error

// RelayWorker hands facts to the subscribers.
type RelayWorker struct {
	river.WorkerDefaults[RelayArgs]
	DB          *pg.DB
	Subscribers []Subscriber
}

// Work relays each fact of the job. One that fails does not hold up the others;
// the job then runs again for what is left.
func (w *RelayWorker) Work(ctx context.Context, job *river.Job[RelayArgs]) error {
	var errs []error
	for _, id := range job.Args.Facts {
		if err := w.relay(ctx, job.Args.Org, id); err != nil {
			errs = append(errs, fmt.Errorf("relay %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

const sqlTakeFact = `
UPDATE fact
   SET relayed_at = @now
 WHERE org_id = @org_id
   AND id = @id
   AND relayed_at IS NULL
RETURNING kind, subject, detail, at`

func (w *RelayWorker) relay(ctx context.Context, org uid.Org, id uid.Fact) error {
	return w.DB.InTx(ctx, func(tx *pg.Tx) error {
		f := Recorded{Org: org, ID: id}
		err := tx.QueryRow(ctx, sqlTakeFact, pgx.StrictNamedArgs{"org_id": org, "id": id, "now": tx.Now}).
			Scan(&f.Kind, &f.Subject, &f.Detail, &f.At)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // relayed already
		}
		if err != nil {
			return fmt.Errorf("take fact: %w", err)
		}
		for _, s := range w.Subscribers {
			if err := s(ctx, tx, f); err != nil {
				return fmt.Errorf("%s: %w", f.Kind, err)
			}
		}
		return nil
	})
}

const sqlForgotten = `
SELECT org_id, id
  FROM fact
 WHERE relayed_at IS NULL
   AND at < @before
 ORDER BY at
 LIMIT 1000`

// SweepTx makes new jobs for facts that were appended before the given instant
// and not relayed; it returns how many it found. More than none means that jobs
// were lost or keep failing.
func (b *Box) SweepTx(ctx context.Context, tx *pg.Tx, before time.Time) (int, error) {
	rows, err := tx.Query(ctx, sqlForgotten, pgx.StrictNamedArgs{"before": before})
	if err != nil {
		return 0, fmt.Errorf("look for forgotten facts: %w", err)
	}
	type row struct {
		OrgID uid.Org
		ID    uid.Fact
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return 0, fmt.Errorf("look for forgotten facts: %w", err)
	}
	jobs := make([]river.InsertManyParams, len(found))
	for i, f := range found {
		jobs[i] = river.InsertManyParams{Args: RelayArgs{Org: f.OrgID, Facts: []uid.Fact{f.ID}}}
	}
	if len(jobs) == 0 {
		return 0, nil
	}
	if _, err := b.jobs.InsertManyFastTx(ctx, tx.Tx, jobs); err != nil {
		return 0, fmt.Errorf("insert relay jobs: %w", err)
	}
	return len(found), nil
}

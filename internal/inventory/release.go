package inventory

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlClaimedPools = `
SELECT DISTINCT pool_id
  FROM claim
 WHERE org_id = @org_id
   AND registration_id = ANY (@registrations)`

const sqlRelease = `
DELETE FROM claim
 WHERE org_id = @org_id
   AND registration_id = ANY (@registrations)
   AND pool_id = ANY (@pools)
RETURNING pool_id, expires_at`

// ReleaseTx gives back every seat that the registrations have, held or sold. It
// is fine when they have none. It returns how many seats became free.
func (s *Service) ReleaseTx(ctx context.Context, tx *pg.Tx, org uid.Org, regs ...uid.Registration) (int, error) {
	rows, err := tx.Query(ctx, sqlClaimedPools, pgx.StrictNamedArgs{"org_id": org, "registrations": regs})
	if err != nil {
		return 0, fmt.Errorf("find claimed pools: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uid.Pool])
	if err != nil {
		return 0, fmt.Errorf("find claimed pools: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	t := &taking{ctx: ctx, tx: tx, org: org, pools: map[uid.Pool]*stock{}}
	for _, id := range ids {
		t.pools[id] = nil
	}
	if err := t.lockPools(); err != nil {
		return 0, err
	}
	rows, err = tx.Query(ctx, sqlRelease, pgx.StrictNamedArgs{"org_id": org, "registrations": regs, "pools": ids})
	if err != nil {
		return 0, fmt.Errorf("release claims: %w", err)
	}
	freed := 0
	var pool uid.Pool
	var expires *time.Time
	_, err = pgx.ForEachRow(rows, []any{&pool, &expires}, func() error {
		freed++
		t.pools[pool].release(expires != nil)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("release claims: %w", err)
	}
	s.full.clear()
	return freed, t.write()
}

// release counts one seat back. A ceiling that stood above the size sinks with it.
func (p *stock) release(held bool) {
	if held {
		p.held--
	} else {
		p.sold--
	}
	if p.size != nil {
		ceiling := max(*p.size, p.sold+p.held)
		p.ceiling = &ceiling
	}
}

const sqlHandOver = `
UPDATE claim
   SET registration_id = @to
 WHERE org_id = @org_id
   AND registration_id = @from`

// HandOverTx gives one registration's seats to another. Counts do not change, so
// nobody else can take the seat on the way.
func (s *Service) HandOverTx(ctx context.Context, tx *pg.Tx, org uid.Org, from, to uid.Registration) error {
	if _, err := tx.Exec(ctx, sqlHandOver, pgx.StrictNamedArgs{"org_id": org, "from": from, "to": to}); err != nil {
		return fmt.Errorf("hand over claims: %w", err)
	}
	return nil
}

// Drift is a pool whose counts differ from its claims.
type Drift struct {
	OrgID               uid.Org
	ID                  uid.Pool
	Sold, CountedSold   int
	Held, CountedHeld   int
	BeyondWhatIsAllowed bool
}

const sqlDrift = `
SELECT q.org_id, q.id, q.sold, c.sold AS counted_sold, q.held, c.held AS counted_held,
       q.sold + q.held > q.ceiling AS beyond_what_is_allowed
  FROM pool q
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE expires_at IS NULL)::int AS sold,
              count(*) FILTER (WHERE expires_at IS NOT NULL)::int AS held
         FROM claim
        WHERE claim.org_id = q.org_id
          AND claim.pool_id = q.id) c
 WHERE q.sold <> c.sold
    OR q.held <> c.held
    OR q.sold + q.held > q.ceiling
 ORDER BY q.org_id, q.id`

// Check returns every pool whose counts are not those of its claims. There are
// none unless the program or the database is broken; nothing repairs them
// silently.
func Check(ctx context.Context, q pg.Querier) ([]Drift, error) {
	rows, err := q.Query(ctx, sqlDrift)
	if err != nil {
		return nil, fmt.Errorf("compare counts with claims: %w", err)
	}
	type row struct {
		OrgID               uid.Org
		ID                  uid.Pool
		Sold, CountedSold   int
		Held, CountedHeld   int
		BeyondWhatIsAllowed *bool
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return nil, fmt.Errorf("compare counts with claims: %w", err)
	}
	drifts := make([]Drift, len(found))
	for i, r := range found {
		drifts[i] = Drift{r.OrgID, r.ID, r.Sold, r.CountedSold, r.Held, r.CountedHeld, r.BeyondWhatIsAllowed != nil && *r.BeyondWhatIsAllowed}
	}
	return drifts, nil
}

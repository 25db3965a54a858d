package inventory

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// PoolInput is what an organiser says about a pool.
type PoolInput struct {
	Org     uid.Org
	Event   uid.Event
	Session uid.Session // only when the pool is made
	Title   string
	Size    *int // nil: no limit
	Closed  bool
}

// maxSize is the largest pool, one million seats; the database has the same bound.
const maxSize = 1_000_000

func (in PoolInput) check() error {
	if in.Size != nil && (*in.Size < 0 || *in.Size > maxSize) {
		return fault.InvalidField("details.size", "int32.gte_lte", "must be from 0 to %d", maxSize)
	}
	return checkTitle(in.Title)
}

const sqlCreatePool = `
INSERT INTO pool (org_id, id, event_id, session_id, title, size, ceiling, closed, created_at)
VALUES (@org_id, @id, @event_id, @session_id, @title, @size, @size, @closed, @now)`

// CreatePool adds a pool. A session's pool is drawn on by every product that
// includes the session, from now on.
func (s *Service) CreatePool(ctx context.Context, actor account.Actor, key replay.Key, in PoolInput) (Pool, error) {
	if err := in.check(); err != nil {
		return Pool{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Pool, error) {
		id, err := s.createPoolTx(ctx, tx, actor, in)
		if err != nil {
			return Pool{}, err
		}
		return s.poolTx(ctx, tx, in.Org, in.Event, id)
	})
}

func (s *Service) createPoolTx(ctx context.Context, tx *pg.Tx, actor account.Actor, in PoolInput) (uid.Pool, error) {
	id := uid.New[uid.Pool]()
	if !in.Session.IsZero() {
		if err := s.ownsSessionsTx(ctx, tx, in.Org, in.Event, []uid.Session{in.Session}, "details.session_id"); err != nil {
			return id, err
		}
	}
	_, err := tx.Exec(ctx, sqlCreatePool, pgx.StrictNamedArgs{
		"org_id": in.Org, "id": id, "event_id": in.Event, "session_id": in.Session,
		"title": in.Title, "size": in.Size, "closed": in.Closed, "now": tx.Now,
	})
	switch pg.Constraint(err) {
	case "pool_event_fk":
		return id, fault.NotFound("event")
	case "pool_session_fk":
		return id, fault.NotFound("session")
	}
	if err != nil {
		return id, fmt.Errorf("create pool: %w", err)
	}
	if err := s.implyTx(ctx, tx, in.Org, in.Event); err != nil {
		return id, err
	}
	return id, auditTx(ctx, tx, in.Org, actor, "pool.create", id.String(), nil, in.audited())
}

// audited is what the audit log keeps of a pool.
func (in PoolInput) audited() map[string]any {
	return map[string]any{"title": in.Title, "size": in.Size, "closed": in.Closed}
}

const sqlUpdatePool = `
UPDATE pool
   SET title = @title,
       size = @size,
       ceiling = greatest(@size::int, CASE WHEN @size::int IS NOT NULL THEN sold + held END),
       closed = @closed,
       version = version + 1
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id = @id
   AND version = @version`

// UpdatePool replaces a pool's title, size and closed flag. A size below what
// is taken is allowed and cancels nobody: the pool is then over.
func (s *Service) UpdatePool(ctx context.Context, actor account.Actor, key replay.Key, id uid.Pool, version int64, in PoolInput) (Pool, error) {
	if err := in.check(); err != nil {
		return Pool{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Pool, error) {
		before, err := s.poolTx(ctx, tx, in.Org, in.Event, id)
		if err != nil {
			return Pool{}, err
		}
		tag, err := tx.Exec(ctx, sqlUpdatePool, pgx.StrictNamedArgs{
			"org_id": in.Org, "event_id": in.Event, "id": id, "version": version,
			"title": in.Title, "size": in.Size, "closed": in.Closed,
		})
		if err != nil {
			return Pool{}, fmt.Errorf("update pool: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return Pool{}, stale("pool")
		}
		s.full.clear()
		was := PoolInput{Title: before.Title, Size: before.Size, Closed: before.Closed}
		if err := auditTx(ctx, tx, in.Org, actor, "pool.update", id.String(), was.audited(), in.audited()); err != nil {
			return Pool{}, err
		}
		return s.poolTx(ctx, tx, in.Org, in.Event, id)
	})
}

const sqlDeletePool = `
DELETE FROM pool
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id = @id
   AND version = @version
   AND sold = 0
   AND held = 0`

// DeletePool removes a pool that no product draws on and from which no seat is
// taken.
func (s *Service) DeletePool(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, id uid.Pool, version int64) error {
	err := replay.Act(ctx, s.db, key, func(tx *pg.Tx) error {
		before, err := s.poolTx(ctx, tx, org, event, id)
		if err != nil {
			return err
		}
		if before.Version != version {
			return stale("pool")
		}
		tag, err := tx.Exec(ctx, sqlDeletePool, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "id": id, "version": version})
		inUse := pg.Constraint(err) == "product_pool_pool_fk"
		if inUse || (err == nil && tag.RowsAffected() == 0) {
			return fault.Precondition(fault.WrongState, "A pool that products draw on, or that has seats taken, cannot be removed. Close it instead.")
		}
		if err != nil {
			return fmt.Errorf("delete pool: %w", err)
		}
		was := PoolInput{Title: before.Title, Size: before.Size, Closed: before.Closed}
		return auditTx(ctx, tx, org, actor, "pool.delete", id.String(), was.audited(), nil)
	})
	return err
}

func (s *Service) poolTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event, id uid.Pool) (Pool, error) {
	pools, err := s.poolsTx(ctx, tx, org, event)
	if err != nil {
		return Pool{}, err
	}
	return poolByID(pools, id)
}

func stale(what string) error {
	return fault.Conflict(fault.StaleVersion, "Somebody else changed this %s meanwhile. Please look at it again.", what)
}

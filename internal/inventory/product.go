package inventory

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// ProductInput is what an organiser says about a product.
type ProductInput struct {
	Org         uid.Org
	Event       uid.Event
	Title       string
	Description string
	Sessions    []uid.Session // none: all of the event's
	Pools       []uid.Pool
	MaxPerOrder int
	Online      bool
}

func (in ProductInput) check() error {
	if in.MaxPerOrder < 1 || in.MaxPerOrder > 50 {
		return fault.InvalidField("details.max_per_order", "int32.gte_lte", "must be from 1 to 50")
	}
	return checkTitle(in.Title)
}

func checkTitle(title string) error {
	switch {
	case strings.TrimSpace(title) == "":
		return fault.InvalidField("details.title", "required", "is missing")
	case utf8.RuneCountInString(title) > 120:
		return fault.InvalidField("details.title", "string.max_len", "has more than 120 characters")
	case strings.ContainsFunc(title, unicode.IsControl):
		return fault.InvalidField("details.title", "string.pattern", "contains a line break or another control character")
	}
	return nil
}

const sqlCreateProduct = `
INSERT INTO product (org_id, id, event_id, title, description, max_per_order, online, position, created_at)
SELECT @org_id, @id, @event_id, @title, @description, @max_per_order, @online,
       coalesce(max(position), 0) + 1, @now
  FROM product
 WHERE org_id = @org_id
   AND event_id = @event_id`

// CreateProduct adds a product behind the others.
func (s *Service) CreateProduct(ctx context.Context, actor account.Actor, key replay.Key, in ProductInput) (Product, error) {
	if err := in.check(); err != nil {
		return Product{}, err
	}
	return change(ctx, s.db, key, func(tx *pg.Tx) (Product, error) {
		id, err := s.createProductTx(ctx, tx, actor, in)
		if err != nil {
			return Product{}, err
		}
		return s.productTx(ctx, tx, in.Org, in.Event, id)
	})
}

func (s *Service) createProductTx(ctx context.Context, tx *pg.Tx, actor account.Actor, in ProductInput) (uid.Product, error) {
	id := uid.New[uid.Product]()
	_, err := tx.Exec(ctx, sqlCreateProduct, pgx.StrictNamedArgs{
		"org_id": in.Org, "id": id, "event_id": in.Event, "title": in.Title, "description": in.Description,
		"max_per_order": in.MaxPerOrder, "online": in.Online, "now": tx.Now,
	})
	if pg.Constraint(err) == "product_event_fk" {
		return id, fault.NotFound("event")
	}
	if err != nil {
		return id, fmt.Errorf("create product: %w", err)
	}
	if err := s.linkTx(ctx, tx, id, in); err != nil {
		return id, err
	}
	return id, auditTx(ctx, tx, in.Org, actor, "product.create", id.String(), nil, in.audited())
}

func (in ProductInput) audited() map[string]any {
	return map[string]any{
		"title": in.Title, "description": in.Description, "sessions": in.Sessions, "pools": in.Pools,
		"max_per_order": in.MaxPerOrder, "online": in.Online,
	}
}

const sqlUpdateProduct = `
UPDATE product
   SET title = @title,
       description = @description,
       max_per_order = @max_per_order,
       online = @online,
       version = version + 1
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id = @id
   AND version = @version
   AND archived_at IS NULL`

// UpdateProduct replaces a product's details. Seats that are taken stay in the
// pools they were taken from.
func (s *Service) UpdateProduct(ctx context.Context, actor account.Actor, key replay.Key, id uid.Product, version int64, in ProductInput) (Product, error) {
	if err := in.check(); err != nil {
		return Product{}, err
	}
	return change(ctx, s.db, key, func(tx *pg.Tx) (Product, error) {
		before, err := s.productTx(ctx, tx, in.Org, in.Event, id)
		if err != nil {
			return Product{}, err
		}
		tag, err := tx.Exec(ctx, sqlUpdateProduct, pgx.StrictNamedArgs{
			"org_id": in.Org, "event_id": in.Event, "id": id, "version": version, "title": in.Title,
			"description": in.Description, "max_per_order": in.MaxPerOrder, "online": in.Online,
		})
		if err != nil {
			return Product{}, fmt.Errorf("update product: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return Product{}, stale("product")
		}
		if err := s.linkTx(ctx, tx, id, in); err != nil {
			return Product{}, err
		}
		if err := auditTx(ctx, tx, in.Org, actor, "product.update", id.String(), before.input().audited(), in.audited()); err != nil {
			return Product{}, err
		}
		return s.productTx(ctx, tx, in.Org, in.Event, id)
	})
}

func (p Product) input() ProductInput {
	return ProductInput{
		Org: p.Org, Event: p.Event, Title: p.Title, Description: p.Description,
		Sessions: p.Sessions, Pools: p.Pools, MaxPerOrder: p.MaxPerOrder, Online: p.Online,
	}
}

const sqlArchiveProduct = `
UPDATE product
   SET archived_at = coalesce(archived_at, @now),
       version = version + 1
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id = @id
   AND version = @version`

// ArchiveProduct stops a product from being offered; its registrations stay.
func (s *Service) ArchiveProduct(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, id uid.Product, version int64) (Product, error) {
	return change(ctx, s.db, key, func(tx *pg.Tx) (Product, error) {
		before, err := s.productTx(ctx, tx, org, event, id)
		if err != nil {
			return Product{}, err
		}
		tag, err := tx.Exec(ctx, sqlArchiveProduct, pgx.StrictNamedArgs{
			"org_id": org, "event_id": event, "id": id, "version": version, "now": tx.Now,
		})
		if err != nil {
			return Product{}, fmt.Errorf("archive product: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return Product{}, stale("product")
		}
		err = auditTx(ctx, tx, org, actor, "product.archive", id.String(),
			map[string]any{"archived": before.Archived}, map[string]any{"archived": true})
		if err != nil {
			return Product{}, err
		}
		return s.productTx(ctx, tx, org, event, id)
	})
}

func (s *Service) productTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event, id uid.Product) (Product, error) {
	products, err := s.Products(ctx, tx, org, event)
	if err != nil {
		return Product{}, err
	}
	return productByID(products, id)
}

const sqlUnlink = `
WITH sessions AS (
  DELETE FROM product_session
   WHERE org_id = @org_id
     AND product_id = @id)
DELETE FROM product_pool
 WHERE org_id = @org_id
   AND product_id = @id`

const sqlLinkSessions = `
INSERT INTO product_session (org_id, product_id, session_id)
SELECT @org_id, @id, unnest(@sessions::uuid[])`

const sqlLinkPools = `
INSERT INTO product_pool (org_id, product_id, pool_id, implied)
SELECT org_id, @id, id, false
  FROM pool
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND session_id IS NULL
   AND id = ANY (@pools)`

// linkTx replaces the sessions and pools of a product.
func (s *Service) linkTx(ctx context.Context, tx *pg.Tx, id uid.Product, in ProductInput) error {
	if err := s.ownsSessionsTx(ctx, tx, in.Org, in.Event, in.Sessions, "details.session_ids"); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlUnlink, pgx.StrictNamedArgs{"org_id": in.Org, "id": id}); err != nil {
		return fmt.Errorf("unlink product: %w", err)
	}
	_, err := tx.Exec(ctx, sqlLinkSessions, pgx.StrictNamedArgs{"org_id": in.Org, "id": id, "sessions": in.Sessions})
	if err != nil {
		return fmt.Errorf("link sessions: %w", err)
	}
	tag, err := tx.Exec(ctx, sqlLinkPools, pgx.StrictNamedArgs{"org_id": in.Org, "event_id": in.Event, "id": id, "pools": in.Pools})
	if err != nil {
		return fmt.Errorf("link pools: %w", err)
	}
	if int(tag.RowsAffected()) != len(in.Pools) {
		return fault.InvalidField("details.pool_ids", "pool.unknown", "names a pool that this event does not have, or a session's own pool")
	}
	return s.implyTx(ctx, tx, in.Org, in.Event)
}

const sqlImply = `
INSERT INTO product_pool (org_id, product_id, pool_id, implied)
SELECT p.org_id, p.id, q.id, true
  FROM product p
  JOIN pool q ON q.org_id = p.org_id AND q.event_id = p.event_id AND q.session_id IS NOT NULL
 WHERE p.org_id = @org_id
   AND p.event_id = @event_id
   AND (EXISTS (SELECT 1 FROM product_session ps
                 WHERE ps.org_id = p.org_id AND ps.product_id = p.id AND ps.session_id = q.session_id)
        OR NOT EXISTS (SELECT 1 FROM product_session ps
                        WHERE ps.org_id = p.org_id AND ps.product_id = p.id))
ON CONFLICT ON CONSTRAINT product_pool_pk DO NOTHING`

// implyTx makes every product draw on the pools of the sessions it includes.
func (s *Service) implyTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event) error {
	if _, err := tx.Exec(ctx, sqlImply, pgx.StrictNamedArgs{"org_id": org, "event_id": event}); err != nil {
		return fmt.Errorf("imply session pools: %w", err)
	}
	return nil
}

const sqlOwnsSessions = `
SELECT count(*)
  FROM session
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id = ANY (@sessions)`

// ownsSessionsTx fails, naming the field, unless all sessions are the event's.
func (s *Service) ownsSessionsTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event, sessions []uid.Session, field string) error {
	if len(sessions) == 0 {
		return nil
	}
	var n int
	err := tx.QueryRow(ctx, sqlOwnsSessions, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "sessions": sessions}).Scan(&n)
	if err != nil {
		return fmt.Errorf("look up sessions: %w", err)
	}
	if n != len(sessions) {
		return fault.InvalidField(field, "session.unknown", "names a session that this event does not have")
	}
	return nil
}

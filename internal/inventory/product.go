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
	Terms
}

// check refuses what no product can be, and fills in what the terms leave out.
func (in *ProductInput) check() error {
	in.Terms = in.Terms.normal()
	if in.MaxPerOrder < 1 || in.MaxPerOrder > 50 {
		return fault.InvalidField("details.max_per_order", "int32.gte_lte", "must be from 1 to 50")
	}
	if in.Kind == Donation && len(in.Pools) > 0 {
		return fault.InvalidField("details.pool_ids", "pool.donation", "must be empty: a donation takes no seat")
	}
	if err := checkTitle(in.Title); err != nil {
		return err
	}
	return in.Terms.check(in.MaxPerOrder)
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

// The event's currency moves with its only priced product. The foreign key from
// the products' currency keeps two of them from differing, whoever races.
const sqlCreateProduct = `
WITH priced AS (
  INSERT INTO event_currency (org_id, event_id, currency)
  SELECT @org_id, @event_id, @currency::char(3)
   WHERE @currency::char(3) IS NOT NULL
  ON CONFLICT ON CONSTRAINT event_currency_pk DO UPDATE
     SET currency = excluded.currency
   WHERE event_currency.currency <> excluded.currency
     AND NOT EXISTS (SELECT 1 FROM product p
                      WHERE p.org_id = @org_id
                        AND p.event_id = @event_id
                        AND p.id <> @id
                        AND p.live_currency <> excluded.currency))
INSERT INTO product (org_id, id, event_id, title, description, max_per_order, online, kind, pricing, currency, price_minor,
                     minimum_minor, member_minor, vat_rate, vat_category, min_per_order, hidden, sells_from_local,
                     sells_until_local, group_from, group_percent, position, created_at)
SELECT @org_id, @id, @event_id, @title, @description, @max_per_order, @online, @kind, @pricing, @currency::char(3), @price_minor,
       @minimum_minor, @member_minor, @vat_rate, @vat_category, @min_per_order, @hidden, @sells_from_local,
       @sells_until_local, @group_from, @group_percent, coalesce(max(position), 0) + 1, @now
  FROM product
 WHERE org_id = @org_id
   AND event_id = @event_id`

// CreateProduct adds a product behind the others.
func (s *Service) CreateProduct(ctx context.Context, actor account.Actor, key replay.Key, in ProductInput) (Product, error) {
	if err := in.check(); err != nil {
		return Product{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Product, error) {
		id, err := s.createProductTx(ctx, tx, actor, in)
		if err != nil {
			return Product{}, err
		}
		return s.productTx(ctx, tx, in.Org, in.Event, id)
	})
}

func (s *Service) createProductTx(ctx context.Context, tx *pg.Tx, actor account.Actor, in ProductInput) (uid.Product, error) {
	id := uid.New[uid.Product]()
	args := in.args(id)
	args["now"] = tx.Now
	if _, err := tx.Exec(ctx, sqlCreateProduct, args); err != nil {
		return id, explainProduct("create product", err)
	}
	if err := s.linkTx(ctx, tx, id, in); err != nil {
		return id, err
	}
	return id, auditTx(ctx, tx, in.Org, actor, "product.create", id.String(), nil, in.audited())
}

// args are the columns of a product.
func (in ProductInput) args(id uid.Product) pgx.StrictNamedArgs {
	t := in.Terms
	args := pgx.StrictNamedArgs{
		"org_id": in.Org, "id": id, "event_id": in.Event, "title": in.Title, "description": in.Description,
		"max_per_order": in.MaxPerOrder, "online": in.Online, "kind": string(t.Kind), "pricing": string(t.Pricing), "currency": nil,
		"price_minor": t.Price, "minimum_minor": t.Minimum, "member_minor": t.Member, "vat_rate": int32(t.VATRate),
		"vat_category": t.VATCategory, "min_per_order": t.MinPerOrder, "hidden": t.Hidden,
		"sells_from_local": wall(t.SellsFrom, false), "sells_until_local": wall(t.SellsUntil, true),
		"group_from": nil, "group_percent": nil,
	}
	if t.Currency != "" {
		args["currency"] = string(t.Currency)
	}
	if t.GroupFrom != 0 {
		args["group_from"], args["group_percent"] = t.GroupFrom, int32(t.GroupPercent)
	}
	return args
}

// explainProduct says what a refused row means.
func explainProduct(doing string, err error) error {
	switch pg.Constraint(err) {
	case "product_event_fk", "event_currency_event_fk":
		return fault.NotFound("event")
	case "product_currency_fk":
		return fault.InvalidField("details.currency", "currency.mixed", "must be that of the event's other prices")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// audited is what the audit log keeps of a product.
func (in ProductInput) audited() map[string]any {
	m := map[string]any{
		"title": in.Title, "description": in.Description, "sessions": in.Sessions, "pools": in.Pools,
		"max_per_order": in.MaxPerOrder, "online": in.Online, "kind": in.Kind, "pricing": in.Pricing,
	}
	if in.Pricing == Free {
		return m
	}
	m["currency"], m["price_minor"], m["minimum_minor"], m["member_minor"] = in.Currency, in.Price, in.Minimum, in.Member
	m["vat_rate"], m["vat_category"], m["phases"] = in.VATRate, in.VATCategory, in.Phases
	m["group_from"], m["group_percent"] = in.GroupFrom, in.GroupPercent
	return m
}

const sqlUpdateProduct = `
WITH priced AS (
  INSERT INTO event_currency (org_id, event_id, currency)
  SELECT @org_id, @event_id, @currency::char(3)
   WHERE @currency::char(3) IS NOT NULL
  ON CONFLICT ON CONSTRAINT event_currency_pk DO UPDATE
     SET currency = excluded.currency
   WHERE event_currency.currency <> excluded.currency
     AND NOT EXISTS (SELECT 1 FROM product p
                      WHERE p.org_id = @org_id
                        AND p.event_id = @event_id
                        AND p.id <> @id
                        AND p.live_currency <> excluded.currency))
UPDATE product
   SET title = @title,
       description = @description,
       max_per_order = @max_per_order,
       online = @online,
       kind = @kind,
       pricing = @pricing,
       currency = @currency::char(3),
       price_minor = @price_minor,
       minimum_minor = @minimum_minor,
       member_minor = @member_minor,
       vat_rate = @vat_rate,
       vat_category = @vat_category,
       min_per_order = @min_per_order,
       hidden = @hidden,
       sells_from_local = @sells_from_local,
       sells_until_local = @sells_until_local,
       group_from = @group_from,
       group_percent = @group_percent,
       version = version + 1
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id = @id
   AND version = @version
   AND archived_at IS NULL`

// UpdateProduct replaces a product's details. Seats that are taken stay in the
// pools they were taken from, and what was sold keeps its price.
func (s *Service) UpdateProduct(ctx context.Context, actor account.Actor, key replay.Key, id uid.Product, version int64, in ProductInput) (Product, error) {
	if err := in.check(); err != nil {
		return Product{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Product, error) {
		before, err := s.productTx(ctx, tx, in.Org, in.Event, id)
		if err != nil {
			return Product{}, err
		}
		args := in.args(id)
		args["version"] = version
		tag, err := tx.Exec(ctx, sqlUpdateProduct, args)
		if err != nil {
			return Product{}, explainProduct("update product", err)
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
		Sessions: p.Sessions, Pools: p.Pools, MaxPerOrder: p.MaxPerOrder, Online: p.Online, Terms: p.Terms,
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
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Product, error) {
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
     AND product_id = @id),
needs AS (
  DELETE FROM product_needs
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

const sqlLinkNeeds = `
INSERT INTO product_needs (org_id, product_id, ticket_id)
SELECT org_id, @id, id
  FROM product
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND kind = 'ticket'
   AND archived_at IS NULL
   AND id = ANY (@needs)`

// linkTx replaces what belongs to a product: sessions, pools, tickets it goes
// with, phases.
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
	tag, err = tx.Exec(ctx, sqlLinkNeeds, pgx.StrictNamedArgs{"org_id": in.Org, "event_id": in.Event, "id": id, "needs": in.Needs})
	if err != nil {
		return fmt.Errorf("link needed tickets: %w", err)
	}
	if int(tag.RowsAffected()) != len(in.Needs) {
		return fault.InvalidField("details.needs_product_ids", "needs.unknown", "names something that is no ticket on offer at this event")
	}
	if err := s.savePhasesTx(ctx, tx, in.Org, id, in.Phases); err != nil {
		return err
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
   AND p.kind = 'ticket'
   AND (EXISTS (SELECT 1 FROM product_session ps
                 WHERE ps.org_id = p.org_id AND ps.product_id = p.id AND ps.session_id = q.session_id)
        OR NOT EXISTS (SELECT 1 FROM product_session ps
                        WHERE ps.org_id = p.org_id AND ps.product_id = p.id))
ON CONFLICT ON CONSTRAINT product_pool_pk DO NOTHING`

// implyTx makes every ticket draw on the pools of the sessions it includes.
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

package inventory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Product is something people can have: a ticket type, an add-on, a donation.
type Product struct {
	Org         uid.Org
	ID          uid.Product
	Event       uid.Event
	Title       string
	Description string
	Terms
	// Sessions are the sittings it is a place in; none means all of the event's.
	Sessions []uid.Session
	// Pools are what one place takes a seat from, implied ones left out.
	Pools       []uid.Pool
	MaxPerOrder int
	// Online says that holders take part by their join page.
	Online   bool
	Archived bool
	Version  int64
}

// Pool is a number of seats.
type Pool struct {
	Org     uid.Org
	ID      uid.Pool
	Event   uid.Event
	Session uid.Session // zero for pools that are not a session's room
	Title   string
	// Size is the number of seats; nil means no limit.
	Size   *int
	Closed bool
	// Sold and Held count seats; lapsed holds are not in Held.
	Sold, Held int
	Version    int64
}

// Left is how many seats can be had: 0 when closed or full, -1 without a limit.
func (p Pool) Left() int {
	switch {
	case p.Closed:
		return 0
	case p.Size == nil:
		return -1
	}
	return max(0, *p.Size-p.Sold-p.Held)
}

// Over is how many more seats are taken than there are.
func (p Pool) Over() int {
	if p.Size == nil {
		return 0
	}
	return max(0, p.Sold+p.Held-*p.Size)
}

// Service keeps products and pools. It is safe for concurrent use.
type Service struct {
	db   *pg.DB
	full soldOut
}

// New returns a service on db.
func New(db *pg.DB) *Service {
	return &Service{db: db, full: soldOut{until: map[uid.Product]time.Time{}}}
}

const sqlProducts = `
SELECT p.id, p.title, p.description, p.max_per_order, p.online,
       p.kind, p.pricing, coalesce(p.currency, ''), p.price_minor, p.minimum_minor, p.member_minor, p.vat_rate, p.vat_category,
       p.min_per_order, p.hidden, p.sells_from_local, p.sells_until_local, coalesce(p.group_from, 0), coalesce(p.group_percent, 0),
       ARRAY(SELECT n.ticket_id FROM product_needs n
              WHERE n.org_id = p.org_id AND n.product_id = p.id ORDER BY n.ticket_id) AS needs,
       p.archived_at IS NOT NULL AS archived, p.version,
       ARRAY(SELECT ps.session_id FROM product_session ps
              WHERE ps.org_id = p.org_id AND ps.product_id = p.id ORDER BY ps.session_id) AS sessions,
       ARRAY(SELECT pp.pool_id FROM product_pool pp
              WHERE pp.org_id = p.org_id AND pp.product_id = p.id AND NOT pp.implied ORDER BY pp.pool_id) AS pools
  FROM product p
 WHERE p.org_id = @org_id
   AND p.event_id = @event_id
 ORDER BY p.position, p.id`

const sqlPhases = `
SELECT ph.product_id, ph.id, ph.title, ph.price_minor, ph.ends_local, ph.places, ph.taken
  FROM price_phase ph
  JOIN product p ON p.org_id = ph.org_id AND p.id = ph.product_id
 WHERE p.org_id = @org_id
   AND p.event_id = @event_id
 ORDER BY ph.product_id, ph.position`

// Products lists an event's products in the order shown to attendees, archived
// ones included.
func (s *Service) Products(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event) ([]Product, error) {
	args := pgx.StrictNamedArgs{"org_id": org, "event_id": event}
	rows, err := q.Query(ctx, sqlProducts, args)
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	at := map[uid.Product]int{}
	products, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Product, error) {
		p := Product{Org: org, Event: event}
		var from, until *time.Time
		err := row.Scan(&p.ID, &p.Title, &p.Description, &p.MaxPerOrder, &p.Online, &p.Kind, &p.Pricing, &p.Currency, &p.Price,
			&p.Minimum, &p.Member, &p.VATRate, &p.VATCategory, &p.MinPerOrder, &p.Hidden, &from, &until, &p.GroupFrom,
			&p.GroupPercent, &p.Needs, &p.Archived, &p.Version, &p.Sessions, &p.Pools)
		p.SellsFrom, p.SellsUntil = sayWall(from, false), sayWall(until, true)
		at[p.ID] = len(at)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	if !slices.ContainsFunc(products, func(p Product) bool { return p.Pricing == Fixed }) {
		return products, nil // nothing else has phases
	}
	if rows, err = q.Query(ctx, sqlPhases, args); err != nil {
		return nil, fmt.Errorf("list price phases: %w", err)
	}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (uid.PricePhase, error) {
		var product uid.Product
		var ph Phase
		var ends *time.Time
		err := row.Scan(&product, &ph.ID, &ph.Title, &ph.Price, &ends, &ph.Places, &ph.Taken)
		ph.Ends = sayWall(ends, true)
		if i, ok := at[product]; ok { // one made between the two statements waits for the next look
			products[i].Phases = append(products[i].Phases, ph)
		}
		return ph.ID, err
	})
	if err != nil {
		return nil, fmt.Errorf("list price phases: %w", err)
	}
	return products, nil
}

const sqlPools = `
SELECT q.id, q.session_id, q.title, q.size, q.closed, q.sold,
       q.held - (SELECT count(*)::int FROM claim c
                  WHERE c.org_id = q.org_id AND c.pool_id = q.id AND c.expires_at <= @now) AS held,
       q.version
  FROM pool q
 WHERE q.org_id = @org_id
   AND q.event_id = @event_id
 ORDER BY q.title, q.id`

// Pools lists an event's pools by title.
func (s *Service) Pools(ctx context.Context, org uid.Org, event uid.Event) ([]Pool, error) {
	var pools []Pool
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		pools, err = s.poolsTx(ctx, tx, org, event)
		return err
	})
	return pools, err
}

func (s *Service) poolsTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event) ([]Pool, error) {
	rows, err := tx.Query(ctx, sqlPools, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "now": tx.Now})
	if err != nil {
		return nil, fmt.Errorf("list pools: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Pool, error) {
		p := Pool{Org: org, Event: event}
		err := row.Scan(&p.ID, &p.Session, &p.Title, &p.Size, &p.Closed, &p.Sold, &p.Held, &p.Version)
		return p, err
	})
}

// Inventory returns an event's products and pools.
func (s *Service) Inventory(ctx context.Context, org uid.Org, event uid.Event) ([]Product, []Pool, error) {
	products, err := s.Products(ctx, s.db.Pool(), org, event)
	if err != nil {
		return nil, nil, err
	}
	pools, err := s.Pools(ctx, org, event)
	return products, pools, err
}

func productByID(products []Product, id uid.Product) (Product, error) {
	for _, p := range products {
		if p.ID == id {
			return p, nil
		}
	}
	return Product{}, fault.NotFound("product")
}

func poolByID(pools []Pool, id uid.Pool) (Pool, error) {
	for _, p := range pools {
		if p.ID == id {
			return p, nil
		}
	}
	return Pool{}, fault.NotFound("pool")
}

// auditTx records a change of a product or pool.
func auditTx(ctx context.Context, tx *pg.Tx, org uid.Org, actor account.Actor, action, subject string, before, after any) error {
	return account.AuditTx(ctx, tx, account.Audit{
		Org: org, Actor: actor.ID(), Action: action, Subject: subject, Before: before, After: after,
	})
}

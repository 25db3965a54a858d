package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// OrderFilter says which orders to list.
type OrderFilter struct {
	Org   uid.Org
	Event uid.Event  // zero: of all events
	Query string     // words in buyer, company and order code
	State OrderState // empty: all but baskets, lapsed baskets left out
	// Overdue lists confirmed orders on invoice whose day has passed.
	Overdue bool
}

// AfterOrder is where a page of orders starts: behind this one.
type AfterOrder struct {
	PlacedAt time.Time `json:"placed_at"`
	ID       uid.Order `json:"id"`
}

const sqlOrderList = `
SELECT o.id, o.placed_at
  FROM orders o
  JOIN order_terms t ON t.org_id = o.org_id AND t.order_id = o.id
 WHERE o.org_id = @org_id
   AND o.placed_at IS NOT NULL
   AND (@any_event OR o.event_id = @event_id)
   AND (@state = '' OR o.state = @state)
   AND (NOT @overdue OR (o.state = 'confirmed' AND t.on_invoice AND t.due_at < @now))
   AND (@words = '' OR to_tsvector('simple', t.search) @@ to_tsquery('simple', @words))
   AND (@first OR (o.placed_at, o.id) < (@after_at, @after_id::uuid))
 ORDER BY o.placed_at DESC, o.id DESC
 LIMIT @size`

// Orders returns a page of orders that cost something, latest first, and where
// the next one starts; nil is the first page and what follows the last.
func (s *Service) Orders(ctx context.Context, f OrderFilter, after *AfterOrder, size int) ([]Order, *AfterOrder, error) {
	from := AfterOrder{}
	if after != nil {
		from = *after
	}
	var orders []Order
	var next *AfterOrder
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		orders, next = nil, nil
		rows, err := tx.Query(ctx, sqlOrderList, pgx.StrictNamedArgs{
			"org_id": f.Org, "any_event": f.Event.IsZero(), "event_id": f.Event, "state": string(f.State), "overdue": f.Overdue,
			"words": prefixes(f.Query), "first": after == nil, "after_at": from.PlacedAt, "after_id": from.ID, "size": size + 1, "now": tx.Now,
		})
		if err != nil {
			return fmt.Errorf("list orders: %w", err)
		}
		found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (AfterOrder, error) {
			var a AfterOrder
			return a, row.Scan(&a.ID, &a.PlacedAt)
		})
		if err != nil {
			return fmt.Errorf("list orders: %w", err)
		}
		if len(found) > size {
			found = found[:size]
			next = &found[size-1]
		}
		for _, a := range found {
			o, err := s.OrderTx(ctx, tx, f.Org, a.ID)
			if err != nil {
				return err
			}
			orders = append(orders, o)
		}
		return nil
	})
	return orders, next, err
}

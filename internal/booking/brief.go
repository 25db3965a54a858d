package booking

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/uid"
)

// Brief is what a list elsewhere says of an order: no people, no money.
type Brief struct {
	ID         uid.Order
	Code       string
	EventTitle string
}

const sqlBriefs = `
SELECT o.id, o.code, e.title AS event_title
  FROM orders o
  JOIN event e ON e.org_id = o.org_id AND e.id = o.event_id
 WHERE o.org_id = @org_id
   AND o.id = ANY(@ids)`

// Briefs reads the codes and events of orders; those that do not exist are left out.
func (s *Service) Briefs(ctx context.Context, org uid.Org, ids []uid.Order) (map[uid.Order]Brief, error) {
	rows, _ := s.db.Pool().Query(ctx, sqlBriefs, pgx.StrictNamedArgs{"org_id": org, "ids": ids}) // CollectRows reports the error
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Brief])
	if err != nil {
		return nil, fmt.Errorf("read codes of orders: %w", err)
	}
	briefs := make(map[uid.Order]Brief, len(found))
	for _, b := range found {
		briefs[b.ID] = b
	}
	return briefs, nil
}

package booking

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlOrderPlaces = `
SELECT id
  FROM registration
 WHERE org_id = @org_id
   AND order_id = @order_id
   AND state = 'confirmed'
 ORDER BY line, id`

// MyTickets returns the confirmed places of the order behind the buyer's secret
// link, in the order of its lines. Places that were handed over are those of who
// has them now.
func (s *Service) MyTickets(ctx context.Context, secret string) ([]Mine, error) {
	ref, err := s.openOrder(ctx, secret)
	if err != nil {
		return nil, err
	}
	var out []Mine
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		out = nil
		rows, _ := tx.Query(ctx, sqlOrderPlaces, pgx.StrictNamedArgs{"org_id": ref.Org, "order_id": uid.Order(ref.ID)}) // CollectRows reports the error
		ids, err := pgx.CollectRows(rows, pgx.RowTo[uid.Registration])
		if err != nil {
			return fmt.Errorf("read the order's places: %w", err)
		}
		for _, id := range ids {
			r, err := readRegistration(ctx, tx, ref.Org, id)
			if err != nil {
				return err
			}
			m, err := s.mineTx(ctx, tx, r)
			if err != nil {
				return err
			}
			out = append(out, m)
		}
		return nil
	})
	return out, err
}

package booking

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/fold"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

const sqlEraseBuyer = `
UPDATE order_terms
   SET buyer_name = '',
       buyer_email = '',
       payer = '{}',
       prove_email = '',
       search = @search,
       link_version = link_version + 1
 WHERE org_id = @org_id
   AND order_id = @id`

const sqlErasePlaces = `
UPDATE registration
   SET name = '',
       email = '',
       organisation = '',
       timezone = '',
       answers = '{}',
       note = '',
       search = @search,
       link_version = link_version + 1,
       changed_at = @now,
       version = version + 1
 WHERE org_id = @org_id
   AND order_id = @id`

// EraseOrder takes the buyer's and the attendees' personal data out of an order
// that is over and even, and ends its links. Its code, prices and money stay, and so
// do its invoices and the books: the law wants them kept for six years, and that
// outweighs the wish.
func (s *Service) EraseOrder(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, id uid.Order, reason string) (Order, error) {
	return s.changeSale(ctx, key, org, id, func(tx *pg.Tx, o *sale) error {
		over, err := eventOverTx(ctx, tx, *o)
		if err != nil {
			return err
		}
		if o.State == OrderPlaced || o.State == OrderConfirmed && !over {
			return fault.Precondition(fault.WrongState, "This order is still needed: its event is to come. Cancel its places first.")
		}
		owed, err := s.owedTx(ctx, tx, *o)
		if err != nil {
			return err
		}
		if owed != 0 && (o.State == OrderConfirmed || o.State == OrderCancelled) || o.Disputed {
			return fault.Precondition(fault.WrongState, "Money is still open between the buyer and you. Settle it first.")
		}
		args := pgx.StrictNamedArgs{"org_id": org, "id": id, "search": fold.Text(o.Code)}
		if _, err := tx.Exec(ctx, sqlEraseBuyer, args); err != nil {
			return fmt.Errorf("erase the buyer: %w", err)
		}
		args["now"] = tx.Now
		if _, err := tx.Exec(ctx, sqlErasePlaces, args); err != nil {
			return fmt.Errorf("erase the attendees: %w", err)
		}
		return s.auditSaleTx(ctx, tx, *o, actor, "order.erase", map[string]any{"reason": reason})
	})
}

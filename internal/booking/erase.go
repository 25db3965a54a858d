package booking

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/fold"
	"lanyard/internal/outbox"
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

// EraseInput asks for the people of an order to be erased.
type EraseInput struct {
	Org   uid.Org
	Order uid.Order
	// Code is the order's, typed again by whoever asks, in either case.
	Code   string
	Reason string
}

// groupless takes out what people put between the groups of a code.
var groupless = strings.NewReplacer("-", "", " ", "", "\t", "")

// EraseOrder takes the buyer's and the attendees' personal data out of an order
// that is over and even, with the mails to them, and ends its links. Its code,
// prices and money stay, and so do its invoices and the books: the law wants them
// kept for six years, and that outweighs the wish.
func (s *Service) EraseOrder(ctx context.Context, actor account.Actor, key replay.Key, in EraseInput) (Order, error) {
	return s.changeSale(ctx, key, in.Org, in.Order, func(tx *pg.Tx, o *sale) error {
		if !strings.EqualFold(groupless.Replace(in.Code), o.Code) {
			return fault.InvalidField("order_code", "order_code", "is not the code of this order, %s", o.Code)
		}
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
		spare, _, err := s.spareTx(ctx, tx, *o)
		if err != nil {
			return err
		}
		if spare > 0 || owed != 0 && (o.State == OrderConfirmed || o.State == OrderCancelled) || o.Disputed {
			return fault.Precondition(fault.WrongState, "Money is still open between the buyer and you. Settle it first.")
		}
		args := pgx.StrictNamedArgs{"org_id": in.Org, "id": in.Order, "search": fold.Text(o.Code)}
		if _, err := tx.Exec(ctx, sqlEraseBuyer, args); err != nil {
			return fmt.Errorf("erase the buyer: %w", err)
		}
		args["now"] = tx.Now
		if _, err := tx.Exec(ctx, sqlErasePlaces, args); err != nil {
			return fmt.Errorf("erase the attendees: %w", err)
		}
		if err := s.pay.ForgetBuyerTx(ctx, tx, in.Org, in.Order); err != nil {
			return err
		}
		if err := s.box.AppendTx(ctx, tx, outbox.Fact{Org: in.Org, Kind: FactOrderErased, Subject: in.Order}); err != nil {
			return err
		}
		return s.auditSaleTx(ctx, tx, *o, actor, "order.erase", map[string]any{"reason": in.Reason})
	})
}

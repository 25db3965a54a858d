package booking

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// sellAtDoorTx sells a walk-in's place on account: a tablet takes no cards, so the
// order is confirmed with its money due.
func (s *Service) sellAtDoorTx(ctx context.Context, tx *pg.Tx, in WalkInInput, quote inventory.Quote) (WalkedIn, error) {
	o := sale{
		Org: in.Org, ID: uid.New[uid.Order](), Event: in.Event, Code: newOrderCode(), State: OrderBasket, ExpiresAt: &tx.Now,
		Currency: quote.Currency, Choices: []BasketChoice{{Product: in.Product, Quantity: 1}}, PhasesTaken: true,
	}
	var err error
	if o.Lines, err = linesOf(quote, []unit{{wanted: inventory.Wanted{Product: in.Product}}}); err != nil {
		return WalkedIn{}, err
	}
	o.Lines[0].Registration = in.ID
	if err := s.stock.TakePhasesTx(ctx, tx, o.Org, quote); err != nil {
		return WalkedIn{}, err
	}
	if err := insertSaleTx(ctx, tx, o, walkInRequest(in), sha256.Sum256(in.ID[:])); err != nil {
		return WalkedIn{}, err
	}
	if _, err := tx.Exec(ctx, sqlNameSeat, in.Attendee.seatArgs(o, in.ID, "{}", tx.Now)); err != nil {
		return WalkedIn{}, fmt.Errorf("name walk-in: %w", err)
	}
	o.Buyer = Buyer{Name: in.Attendee.Name, Email: in.Attendee.Email}
	out := WalkedIn{OrderCode: o.Code, Price: o.due()}
	out.OverCapacity, err = s.onAccountTx(ctx, tx, &o)
	return out, err
}

// onAccountTx confirms a locked order with its money due at once, beyond the
// pools' sizes where need be.
func (s *Service) onAccountTx(ctx context.Context, tx *pg.Tx, o *sale) (over bool, err error) {
	o.OnInvoice, o.DueAt = true, &tx.Now
	if err := writeCheckoutTx(ctx, tx, *o); err != nil {
		return false, err
	}
	err = s.confirmTx(ctx, tx, o, confirming{})
	if _, shown := fault.As(err); !shown {
		return false, err
	}
	return true, s.confirmTx(ctx, tx, o, confirming{over: true}) // it was refused before it wrote anything
}

const sqlOrderOfPlace = `
SELECT r.order_id
  FROM registration r
  JOIN order_terms t ON t.org_id = r.org_id AND t.order_id = r.order_id
 WHERE r.org_id = @org_id
   AND r.id = @id`

// CashTx notes that the money for a place was taken at the door. An order that
// still waits for its payment is confirmed on account, so that whoever paid has a
// place and the books say who owes what until the cash is handed in. Places that
// cost nothing are left alone. It fails with PAYMENT_PENDING while a bank payment
// is under way.
func (s *Service) CashTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, id uid.Registration) error {
	var order uid.Order
	err := tx.QueryRow(ctx, sqlOrderOfPlace, pgx.StrictNamedArgs{"org_id": org, "id": id}).Scan(&order)
	if pg.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the order of a place: %w", err)
	}
	o, err := lockSaleTx(ctx, tx, org, order)
	if err != nil {
		return err
	}
	due := money.New(0, o.Currency)
	for _, l := range o.live() {
		if l.Registration == id {
			due.Minor += l.Due().Minor
		}
	}
	if o.State == OrderPlaced && o.ExpiresAt != nil {
		if o.Frozen {
			return fault.Precondition(fault.PaymentPending, "A bank payment for this order is on its way.")
		}
		if _, err := s.onAccountTx(ctx, tx, &o); err != nil {
			return err
		}
	}
	return account.AuditTx(ctx, tx, account.Audit{
		Org: org, Actor: actor.ID(), Action: "order.cash_at_door", Subject: o.ID.String(),
		After: map[string]any{"registration": id, "amount_minor": due.Minor, "currency": due.Currency, "order": o.Code},
	})
}

package booking

import (
	"context"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// decideSaleTx decides an application that costs something, all its places
// together. Approval takes the seats and gives the buyer time to pay; where
// nothing is due, or on invoice, it confirms at once.
func (s *Service) decideSaleTx(ctx context.Context, tx *pg.Tx, actor account.Actor, in DecideInput, id uid.Order) (State, error) {
	o, err := lockSaleTx(ctx, tx, in.Org, id)
	if err != nil {
		return "", err
	}
	if !in.Approve {
		if err := s.endSaleTx(ctx, tx, &o, OrderDeclined); err != nil {
			return "", err
		}
		if err := s.auditSaleTx(ctx, tx, o, actor, "order.decline", map[string]any{"note": in.Note}); err != nil {
			return "", err
		}
		return StateDeclined, s.tellTx(ctx, tx, o, FactDeclined)
	}
	if err := s.auditSaleTx(ctx, tx, o, actor, "order.approve", map[string]any{"note": in.Note, "over_capacity": in.OverCapacity}); err != nil {
		return "", err
	}
	if o.due().Minor == 0 || o.OnInvoice {
		return StateConfirmed, s.confirmTx(ctx, tx, &o, confirming{over: in.OverCapacity})
	}
	sales, err := readSales(ctx, tx, o.Org, o.Event)
	if err != nil {
		return "", err
	}
	ask := o.ask()
	ask.Expires, ask.Over = untilReleased, in.OverCapacity
	if err := s.takeTx(ctx, tx, o.Org, ask); err != nil {
		return "", err
	}
	until := tx.Now.Add(max(sales.PayWindow, time.Hour))
	if err := moveTx(ctx, tx, &o, OrderPlaced, StateAwaitingPayment, &until); err != nil {
		return "", err
	}
	return StateAwaitingPayment, s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderPlaced, Subject: o.ID, Detail: PlacedDetail{Approved: true}})
}

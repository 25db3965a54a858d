package booking

import (
	"context"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
)

// RefundedTx is told how a refund stands. Money that went back by another way than
// ours, at Stripe's dashboard or to forestall a dispute, leaves an order that still
// costs it: staff are asked. It is a hook of package payment.
func (s *Service) RefundedTx(ctx context.Context, tx *pg.Tx, r payment.Refund) error {
	if r.Order.IsZero() {
		return nil
	}
	o, err := lockSaleTx(ctx, tx, r.Org, r.Order)
	if err != nil || o.Currency != r.Amount.Currency {
		return err
	}
	if err := s.lessKeptTx(ctx, tx, o); err != nil {
		return err
	}
	owed, err := s.owedTx(ctx, tx, o)
	if err != nil {
		return err
	}
	if owed <= 0 || o.State != OrderConfirmed && o.State != OrderCancelled && o.State != OrderClosed {
		return s.nothingOwedTx(ctx, tx, o)
	}
	if r.State != payment.RefundPending && r.State != payment.RefundSucceeded {
		return nil
	}
	return s.pay.OpenTaskTx(ctx, tx, payment.Task{
		Org: o.Org, Order: o.ID, Kind: payment.TaskRefundUncredited, Key: string(payment.TaskRefundUncredited) + ":" + r.ID.String(),
		Payment: r.Payment, Refund: r.ID, Amount: money.New(min(owed, r.Amount.Minor), o.Currency),
		Sentence: "Money went back, but the order still costs it. Issue a credit note, cancel places, or ask the buyer to pay again.",
	})
}

// CreditTx lowers an order's price by money that has gone back already. It is a hook
// of package payment.
func (s *Service) CreditTx(ctx context.Context, tx *pg.Tx, c payment.Credit) error {
	o, err := lockSaleTx(ctx, tx, c.Org, c.Order)
	if err != nil {
		return err
	}
	owed, err := s.owedTx(ctx, tx, o)
	if err != nil {
		return err
	}
	return s.creditBackTx(ctx, tx, &o, min(c.Amount.Minor, owed), c.Reason, c.Actor)
}

// creditBackTx lowers the price of a sold order by money that went back already.
func (s *Service) creditBackTx(ctx context.Context, tx *pg.Tx, o *sale, amount int64, reason string, actor account.Actor) error {
	if amount <= 0 || o.State != OrderConfirmed && o.State != OrderCancelled {
		return nil
	}
	if _, err := s.reduceTx(ctx, tx, o, amount, RefundInput{Reason: reason}, actor); err != nil {
		return err
	}
	return s.auditSaleTx(ctx, tx, *o, actor, "order.credit", map[string]any{"amount": amount, "reason": reason})
}

// GaveBackTx is told that money goes back because a task was settled so, and tells
// the buyer. After a fraud warning the sale goes back with it: a credit note, and an
// end to the places, unless somebody has used one or they are paid otherwise. It is a
// hook of package payment.
func (s *Service) GaveBackTx(ctx context.Context, tx *pg.Tx, g payment.GivenBack) error {
	o, err := lockSaleTx(ctx, tx, g.Org, g.Order)
	if fault.Is(err, fault.NoSuchThing) {
		return nil // money that names no order of ours
	}
	if err != nil {
		return err
	}
	if g.Kind == payment.TaskEarlyFraudWarning {
		if err := s.unsellTx(ctx, tx, &o, g); err != nil {
			return err
		}
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderRefunded, Subject: o.ID, Detail: RefundedDetail{Minor: g.Amount.Minor}})
}

// unpaidReason is what the attendees are told; fraud is a suspicion, and not theirs.
const unpaidReason = "The payment for it was given back."

func (s *Service) unsellTx(ctx context.Context, tx *pg.Tx, o *sale, g payment.GivenBack) error {
	owed, err := s.owedTx(ctx, tx, *o)
	if err != nil {
		return err
	}
	if err := s.creditBackTx(ctx, tx, o, min(g.Amount.Minor, owed), g.Reason, g.Actor); err != nil {
		return err
	}
	if o.State != OrderConfirmed || o.due().Minor > 0 {
		return nil
	}
	over, used, err := usedTx(ctx, tx, *o)
	if err != nil || over || used {
		return err
	}
	return s.endLinesTx(ctx, tx, o, o.live(), cancelling{reason: unpaidReason, by: "staff"})
}

// spareTx is what came in for an order beyond what it costs: everything, as long as
// nothing was sold, which its invoice would say.
func (s *Service) spareTx(ctx context.Context, tx *pg.Tx, o sale) (spare int64, sold bool, err error) {
	m, err := s.pay.OfOrder(ctx, tx, o.Org, o.ID)
	if err != nil {
		return 0, false, err
	}
	kept := m.Paid(o.Currency) - m.Refunded(o.Currency)
	issued, err := s.books.Documents(ctx, tx, o.Org, o.ID)
	if err != nil {
		return 0, false, err
	}
	if len(issued) == 0 {
		return max(kept, 0), false, nil
	}
	return max(kept-o.due().Minor, 0), true, nil
}

// lessKeptTx closes the tasks that ask for money to be given back, once it has gone
// by whatever way, so that nobody gives it back twice.
func (s *Service) lessKeptTx(ctx context.Context, tx *pg.Tx, o sale) error {
	spare, sold, err := s.spareTx(ctx, tx, o)
	if err != nil || spare > 0 {
		return err
	}
	closes := []payment.TaskKind{payment.TaskOverpaid}
	if !sold {
		closes = append(closes, payment.TaskUnderpaid, payment.TaskLateMoney)
	}
	for _, kind := range closes {
		if err := s.pay.CloseOrderTasksTx(ctx, tx, o.Org, kind, o.ID, "The money has gone back."); err != nil {
			return err
		}
	}
	return nil
}

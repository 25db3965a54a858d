package booking

import (
	"context"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// RefundInput gives money back and leaves the places as they are.
type RefundInput struct {
	Org    uid.Org
	Order  uid.Order
	Amount int64 // minor units
	// Lines are those whose price goes down; none spreads it over all.
	Lines  []uid.Line
	Reason string
}

// RefundOrder gives money back and leaves the places as they are. What was paid
// too much goes first, which is everything where nothing was sold; the rest lowers
// the lines' prices and is credited.
func (s *Service) RefundOrder(ctx context.Context, actor account.Actor, key replay.Key, in RefundInput) (Order, error) {
	return s.changeSale(ctx, key, in.Org, in.Order, func(tx *pg.Tx, o *sale) error {
		spare, _, err := s.spareTx(ctx, tx, *o)
		if err != nil {
			return err
		}
		over := min(spare, in.Amount)
		if over > 0 {
			if err := s.refundTx(ctx, tx, *o, over, in.Reason, payment.FromOverpaid, actor); err != nil {
				return err
			}
		}
		if rest := in.Amount - over; rest > 0 {
			sent, err := s.reduceTx(ctx, tx, o, rest, in, actor)
			if err != nil {
				return err
			}
			if sent != rest {
				return fault.InvalidField("amount_minor", "amount", "is more than the %s that was paid and not given back yet", money.New(over+sent, o.Currency).Format())
			}
		}
		return s.auditSaleTx(ctx, tx, *o, actor, "order.refund", map[string]any{"amount": in.Amount, "reason": in.Reason})
	})
}

// reduceTx credits an amount over lines, sends back what was paid too much by then,
// and returns how much that is.
func (s *Service) reduceTx(ctx context.Context, tx *pg.Tx, o *sale, amount int64, in RefundInput, actor account.Actor) (int64, error) {
	lines := o.Lines
	if len(in.Lines) > 0 {
		var err error
		if lines, err = o.pick(in.Lines); err != nil {
			return 0, err
		}
	}
	weights := make([]int64, len(lines))
	var most int64
	for i, l := range lines {
		weights[i] = l.Due().Minor
		most += weights[i]
	}
	if amount > most || o.State != OrderConfirmed && o.State != OrderCancelled {
		return 0, fault.InvalidField("amount_minor", "amount", "is more than the %s that can be given back", money.New(most, o.Currency).Format())
	}
	return s.creditTx(ctx, tx, o, crediting{lines: lines, shares: money.Split(amount, weights), reason: in.Reason, source: payment.FromStaff, actor: actor})
}

// refundTx asks payment to send money back. What came from bank to bank goes back
// so, by somebody's hand.
func (s *Service) refundTx(ctx context.Context, tx *pg.Tx, o sale, amount int64, reason string, source payment.Source, actor account.Actor) error {
	byCard, err := s.byCardTx(ctx, tx, o, amount)
	if err != nil {
		return err
	}
	if byCard > 0 {
		_, err := s.pay.RequestRefundTx(ctx, tx, payment.RefundInput{
			Org: o.Org, Order: o.ID, Amount: money.New(byCard, o.Currency), Reason: reason, Source: source, Actor: actor,
			SourceKey: string(source) + ":" + uid.New[uid.Fact]().String(),
		})
		if err != nil {
			return err
		}
	}
	if err := s.lessKeptTx(ctx, tx, o); err != nil {
		return err
	}
	if amount > byCard {
		if err := s.sendBackTx(ctx, tx, o, amount-byCard); err != nil {
			return err
		}
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderRefunded, Subject: o.ID, Detail: RefundedDetail{Minor: amount}})
}

// bySource turns who cancelled into a refund's source.
var bySource = map[string]payment.Source{"attendee": payment.FromSelfService, "staff": payment.FromStaff}

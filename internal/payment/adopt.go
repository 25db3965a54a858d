package payment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// syncCharge fetches every refund of a charge, whoever made it, and applies what
// they are. It is the one way in which a refund's state becomes ours.
func (s *Service) syncCharge(ctx context.Context, account, charge string) error {
	p, err := s.ensurePayment(ctx, account, charge, "")
	if err != nil {
		return err
	}
	return s.refetch(ctx, account, charge, func(version int64) (bool, error) {
		got, err := s.gw.Refunds(ctx, account, charge)
		if err != nil {
			return false, err
		}
		o := seen{account, charge, kindCharge, fmt.Sprintf("%d refunds", len(got)), version}
		applied := false
		err = s.db.InTx(ctx, func(tx *pg.Tx) (err error) {
			applied, err = s.applyRefundsTx(ctx, tx, o, p, got)
			return err
		})
		return applied, err
	})
}

const sqlRefundsOfPayment = `
SELECT ` + refundColumns + `
  FROM payment_refund
 WHERE org_id = @org_id
   AND payment_id = @payment_id
 ORDER BY requested_at, id
   FOR UPDATE`

func (s *Service) applyRefundsTx(ctx context.Context, tx *pg.Tx, o seen, p paymentRow, got []stripegw.Refund) (bool, error) {
	if applied, err := s.replaceTx(ctx, tx, o, p.OrgID); err != nil || !applied {
		return applied, err
	}
	if _, err := s.lockTx(ctx, tx, p.OrgID, p.OrderID); err != nil {
		return false, err
	}
	if err := s.lockPaymentTx(ctx, tx, p); err != nil {
		return false, err
	}
	args := pgx.StrictNamedArgs{"org_id": p.OrgID, "payment_id": p.ID}
	known, err := manyRows[refundRow](ctx, tx, sqlRefundsOfPayment, args, "read a payment's refunds")
	if err != nil {
		return false, err
	}
	for _, g := range got {
		if err := s.applyRefundTx(ctx, tx, p, known, g); err != nil {
			return false, fmt.Errorf("refund %s: %w", g.ID, err)
		}
	}
	return true, nil
}

const sqlLockPayment = `
SELECT id
  FROM payment
 WHERE org_id = @org_id
   AND id = @id
   FOR UPDATE`

func (s *Service) lockPaymentTx(ctx context.Context, tx *pg.Tx, p paymentRow) error {
	if _, err := tx.Exec(ctx, sqlLockPayment, pgx.StrictNamedArgs{"org_id": p.OrgID, "id": p.ID}); err != nil {
		return fmt.Errorf("lock a payment: %w", err)
	}
	return nil
}

// which finds our row of a refund: by Stripe's id, or by the mark that we left on it
// unless that row was given up, since what Stripe has made is a fact.
func which(known []refundRow, g stripegw.Refund) (refundRow, bool) {
	i := slices.IndexFunc(known, func(r refundRow) bool { return r.RefundID != nil && *r.RefundID == g.ID })
	if i < 0 {
		mark := g.Marks[stripegw.MarkRefund]
		i = slices.IndexFunc(known, func(r refundRow) bool {
			return r.RefundID == nil && mark != "" && r.ID.String() == mark && r.AmountMinor == g.Amount.Minor && !r.State.over()
		})
	}
	if i < 0 {
		return refundRow{}, false
	}
	return known[i], true
}

// states are Stripe's words for a refund's state and ours.
var states = map[string]RefundState{
	"pending": RefundPending, "requires_action": RefundRequiresAction, "succeeded": RefundSucceeded, "failed": RefundFailed, "canceled": RefundCanceled,
}

// sent reports whether money of a refund in this state is on its way, or there.
func (s RefundState) sent() bool {
	return s == RefundPending || s == RefundRequiresAction || s == RefundSucceeded
}

// over reports whether a refund in this state brought nothing and never will.
func (s RefundState) over() bool { return s == RefundFailed || s == RefundCanceled }

func (s *Service) applyRefundTx(ctx context.Context, tx *pg.Tx, p paymentRow, known []refundRow, g stripegw.Refund) error {
	state, understood := states[g.Status]
	if !understood {
		return s.OpenTaskTx(ctx, tx, Task{
			Org: p.OrgID, Kind: TaskUnknownObject, Key: string(TaskUnknownObject) + ":" + g.ID, Order: p.OrderID, Payment: p.ID, Amount: g.Amount,
			Sentence: fmt.Sprintf("Stripe calls the refund %s %q, which this program does not know. Look at it at Stripe.", g.ID, g.Status),
		})
	}
	r, found := which(known, g)
	if !found {
		return s.adoptTx(ctx, tx, p, g, state)
	}
	if r.State == state || r.State.over() || r.State == RefundSucceeded && !state.over() {
		return nil // known, or older than what we know
	}
	row, err := s.moveRefundTx(ctx, tx, r, g, state)
	if err != nil {
		return err
	}
	return s.followRefundTx(ctx, tx, p, r.State, row, g)
}

const sqlMoveRefund = `
UPDATE payment_refund
   SET state = @state,
       refund_id = @refund_id,
       stripe_at = @stripe_at,
       blocked = '',
       failure = @failure,
       settled_at = CASE WHEN @state IN ('succeeded', 'failed', 'canceled') THEN @now::timestamptz END,
       next_look_at = @look_at
 WHERE org_id = @org_id
   AND id = @id
RETURNING ` + refundColumns

func (s *Service) moveRefundTx(ctx context.Context, tx *pg.Tx, r refundRow, g stripegw.Refund, state RefundState) (refundRow, error) {
	row, _, err := oneRow[refundRow](ctx, tx, sqlMoveRefund, pgx.StrictNamedArgs{
		"org_id": r.OrgID, "id": r.ID, "state": state, "refund_id": g.ID, "stripe_at": g.Created, "failure": g.Failure, "now": tx.Now,
		"look_at": tx.Now.Add(time.Hour),
	}, "move a refund")
	return row, err
}

// adoptTx takes in a refund that somebody made at Stripe. It is a fact, so it is
// kept even where it gives back more than was captured, and people look at it then.
func (s *Service) adoptTx(ctx context.Context, tx *pg.Tx, p paymentRow, g stripegw.Refund, state RefundState) error {
	row, _, err := oneRow[refundRow](ctx, tx, sqlInsertRefund, pgx.StrictNamedArgs{
		"org_id": p.OrgID, "id": uid.New[uid.Refund](), "payment_id": p.ID, "order_id": p.OrderID, "amount": g.Amount.Minor,
		"currency": g.Amount.Currency, "state": state, "source": FromDashboard, "reason": "Made at Stripe", "source_key": "re:" + g.ID,
		"actor": "stripe", "account": p.Account, "livemode": p.Livemode, "charge": p.ChargeID, "refund_id": g.ID, "stripe_at": g.Created,
		"now": tx.Now, "look_at": tx.Now.Add(time.Hour),
	}, "adopt a refund")
	if err != nil {
		return err
	}
	if err := s.tooMuchTx(ctx, tx, p, row); err != nil {
		return err
	}
	return s.followRefundTx(ctx, tx, p, RefundRequested, row, g)
}

const sqlActiveRefunds = `
SELECT COALESCE(sum(amount_minor), 0)::bigint
  FROM payment_refund
 WHERE org_id = @org_id
   AND payment_id = @payment_id
   AND state NOT IN ('failed', 'canceled')`

// tooMuchTx looks whether a refund made at Stripe, with those that we still mean
// to send, gives back more than came in.
func (s *Service) tooMuchTx(ctx context.Context, tx *pg.Tx, p paymentRow, r refundRow) error {
	var sum int64
	if err := tx.QueryRow(ctx, sqlActiveRefunds, pgx.StrictNamedArgs{"org_id": p.OrgID, "payment_id": p.ID}).Scan(&sum); err != nil {
		return fmt.Errorf("sum up refunds: %w", err)
	}
	if sum <= p.AmountMinor {
		return nil
	}
	return s.OpenTaskTx(ctx, tx, Task{
		Org: p.OrgID, Kind: TaskRefundOver, Key: string(TaskRefundOver) + ":" + p.ID.String(), Order: p.OrderID, Payment: p.ID, Refund: r.ID, Amount: r.amount(),
		Sentence: fmt.Sprintf("A refund of %s was made at Stripe while others of the same payment were on their way here: together they are more than the %s that came in. Stripe refuses what does not fit; check what the buyer got.",
			r.amount().Format(), p.amount().Format()),
	})
}

// followRefundTx books a refund's change and tells of it.
func (s *Service) followRefundTx(ctx context.Context, tx *pg.Tx, p paymentRow, before RefundState, r refundRow, g stripegw.Refund) error {
	zone, err := account.Zone(ctx, tx, p.OrgID)
	if err != nil {
		return err
	}
	order := owes(p.OrderID, p.ChargeID)
	source := ledger.Source{Org: p.OrgID, Key: "refund:" + g.ID, On: ledger.Day(g.Created, zone), Actor: r.Actor, Memo: "Refund " + g.ID}
	switch {
	case r.State.sent() && !before.sent():
		_, err = s.books.PostTx(ctx, tx, ledger.RefundSent(source, order, g.ID, r.amount()))
	case r.State.over() && before.sent():
		source.Key, source.On, source.Actor = "refund-failed:"+g.ID, ledger.Day(tx.Now, zone), "system"
		source.Memo = "Refund " + g.ID + " failed"
		_, err = s.books.PostTx(ctx, tx, ledger.RefundFailed(source, order, g.ID, r.amount()))
	}
	if err != nil {
		return fmt.Errorf("book a refund: %w", err)
	}
	if r.State.over() {
		if err := s.refundFailedTaskTx(ctx, tx, r); err != nil {
			return err
		}
	}
	return s.refundedTx(ctx, tx, r)
}

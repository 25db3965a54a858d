package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// RefundArgs names a refund to send.
type RefundArgs struct {
	Org    uid.Org    `json:"org"`
	Refund uid.Refund `json:"refund"`
}

// Kind is River's name for the job.
func (RefundArgs) Kind() string { return "stripe_refund" }

// InsertOpts puts the jobs into a queue of their own, which limits how many are
// sent at a time when an event is cancelled.
func (RefundArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: RefundQueue, MaxAttempts: 20}
}

const sqlSubmit = `
UPDATE payment_refund
   SET state = 'submitting',
       blocked = '',
       submitted_at = COALESCE(submitted_at, @now),
       next_look_at = @look_at
 WHERE org_id = @org_id
   AND id = @id
   AND state IN ('requested', 'submitting')
RETURNING ` + refundColumns

const sqlBlock = `
UPDATE payment_refund
   SET blocked = @blocked,
       next_look_at = @look_at
 WHERE org_id = @org_id
   AND id = @id
   AND state = 'requested'`

const sqlRefund = `
SELECT ` + refundColumns + `
  FROM payment_refund
 WHERE org_id = @org_id
   AND id = @id`

const blockedByDispute = "The buyer's bank disputes this payment. Stripe sends no refund until that is decided."

// keyLife is how long Stripe surely remembers an idempotency key. After that the
// refund is looked for before it is sent again.
const keyLife = 20 * time.Hour

// SendRefund sends a refund to Stripe, or again when it is not known whether it
// arrived; the key is the same, so it arrives once.
func (s *Service) SendRefund(ctx context.Context, org uid.Org, id uid.Refund) error {
	r, blocked, err := s.submit(ctx, org, id)
	if err != nil || blocked || r.ID.IsZero() {
		return err
	}
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	if now.Sub(*r.SubmittedAt) > keyLife {
		if err := s.syncCharge(ctx, r.Account, r.ChargeID); err != nil {
			return err
		}
		if r, _, err = s.refundRow(ctx, org, id); err != nil || r.State != RefundSubmitting {
			return err
		}
	}
	marks := map[string]string{
		stripegw.MarkOrg: r.OrgID.String(), stripegw.MarkOrder: owes(r.OrderID, r.ChargeID), stripegw.MarkRefund: r.ID.String(),
	}
	_, err = s.gw.CreateRefund(ctx, r.Account, r.ID.String(), r.ChargeID, r.AmountMinor, marks)
	switch {
	case stripegw.MayRetry(err):
		return err
	case stripegw.Is(err, stripegw.Disputed):
		return s.refuse(ctx, r, "charge_disputed")
	case err != nil && !stripegw.Is(err, stripegw.AlreadyRefunded):
		return s.refuse(ctx, r, err.Error())
	}
	refusal := err
	if err := s.syncCharge(context.WithoutCancel(ctx), r.Account, r.ChargeID); err != nil {
		return err
	}
	if refusal == nil {
		return nil
	}
	// Nothing was left to refund. What others refunded is adopted now; ours, unless it
	// was among that, did not happen.
	if r, _, err = s.refundRow(ctx, org, id); err != nil || r.State != RefundSubmitting {
		return err
	}
	return s.refuse(ctx, r, "already_refunded")
}

func (s *Service) refundRow(ctx context.Context, org uid.Org, id uid.Refund) (refundRow, bool, error) {
	return oneRow[refundRow](ctx, s.db.Pool(), sqlRefund, pgx.StrictNamedArgs{"org_id": org, "id": id}, "read a refund")
}

// submit says in its row that a refund is going out, or why it is not.
func (s *Service) submit(ctx context.Context, org uid.Org, id uid.Refund) (r refundRow, blocked bool, err error) {
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		blocked = false
		var found bool
		if r, found, err = oneRow[refundRow](ctx, tx, sqlRefund, pgx.StrictNamedArgs{"org_id": org, "id": id}, "read a refund"); err != nil || !found {
			return err
		}
		if r.State == RefundRequested {
			if blocked, err = s.disputedTx(ctx, tx, r.OrgID, r.PaymentID); err != nil {
				return err
			}
		}
		if blocked {
			_, err := tx.Exec(ctx, sqlBlock, pgx.StrictNamedArgs{
				"org_id": org, "id": id, "blocked": blockedByDispute, "look_at": tx.Now.Add(time.Hour),
			})
			return err
		}
		args := pgx.StrictNamedArgs{"org_id": org, "id": id, "now": tx.Now, "look_at": tx.Now.Add(2 * time.Minute)}
		r, _, err = oneRow[refundRow](ctx, tx, sqlSubmit, args, "submit a refund")
		return err
	})
	return r, blocked, err
}

const sqlRefuse = `
UPDATE payment_refund
   SET state = 'failed',
       failure = @failure,
       blocked = '',
       settled_at = @now
 WHERE org_id = @org_id
   AND id = @id
   AND state IN ('requested', 'submitting')
RETURNING ` + refundColumns

// refuse ends a refund that Stripe never made, so that its amount is free again.
func (s *Service) refuse(ctx context.Context, r refundRow, failure string) error {
	return s.db.InTx(context.WithoutCancel(ctx), func(tx *pg.Tx) error {
		if _, err := s.lockTx(ctx, tx, r.OrgID, r.OrderID); err != nil {
			return err
		}
		return s.refuseTx(ctx, tx, r, failure)
	})
}

func (s *Service) refuseTx(ctx context.Context, tx *pg.Tx, r refundRow, failure string) error {
	args := pgx.StrictNamedArgs{"org_id": r.OrgID, "id": r.ID, "failure": failure, "now": tx.Now}
	row, found, err := oneRow[refundRow](ctx, tx, sqlRefuse, args, "refuse a refund")
	if err != nil || !found {
		return err
	}
	if err := s.refundFailedTaskTx(ctx, tx, row); err != nil {
		return err
	}
	return s.refundedTx(ctx, tx, row)
}

func (s *Service) refundedTx(ctx context.Context, tx *pg.Tx, r refundRow) error {
	if s.hooks.Refunded == nil {
		return nil
	}
	if err := s.hooks.Refunded(ctx, tx, r.refund()); err != nil {
		return fmt.Errorf("tell of a refund: %w", err)
	}
	return nil
}

func (s *Service) refundFailedTaskTx(ctx context.Context, tx *pg.Tx, r refundRow) error {
	sentence := fmt.Sprintf("The refund of %s did not reach the buyer (%s). It is owed again: refund it anew, or pay it another way and say so.",
		r.amount().Format(), failureWords(r.Failure))
	if r.Failure == "already_refunded" {
		sentence = fmt.Sprintf("The refund of %s was not needed: the payment had been refunded at Stripe before. Check that the order agrees.", r.amount().Format())
	}
	return s.OpenTaskTx(ctx, tx, Task{
		Org: r.OrgID, Kind: TaskRefundFailed, Key: string(TaskRefundFailed) + ":" + r.ID.String(), Order: r.OrderID, Payment: r.PaymentID, Refund: r.ID,
		Amount: r.amount(), Sentence: sentence, DueAt: tx.Now.Add(3 * 24 * time.Hour),
	})
}

// failureWords says Stripe's word for a failure in words for people.
func failureWords(code string) string {
	switch code {
	case "lost_or_stolen_card":
		return "the card was lost or stolen"
	case "expired_or_canceled_card":
		return "the card has expired or was cancelled"
	case "charge_for_pending_refund_disputed", "charge_disputed":
		return "the buyer's bank disputes the payment"
	case "lost_dispute":
		return "the buyer's bank has taken the money back in a dispute"
	case "insufficient_funds":
		return "the Stripe balance did not cover it"
	case "declined":
		return "the bank refused it"
	case "merchant_request":
		return "it was cancelled at Stripe"
	}
	return "for a reason that Stripe does not name"
}

const sqlRefundsToLookAt = `
SELECT ` + refundColumns + `
  FROM payment_refund
 WHERE state IN ('requested', 'submitting', 'pending', 'requires_action')
   AND livemode = @livemode
   AND next_look_at <= @now
 ORDER BY next_look_at, id
 LIMIT 200`

const sqlRefundLooked = `
UPDATE payment_refund
   SET next_look_at = @look_at
 WHERE org_id = @org_id
   AND id = @id
   AND next_look_at <= @now`

// pollRefunds sends what was left lying and looks at what is pending.
func (s *Service) pollRefunds(ctx context.Context, now time.Time) error {
	args := pgx.StrictNamedArgs{"livemode": s.gw.Livemode(), "now": now}
	due, err := manyRows[refundRow](ctx, s.db.Pool(), sqlRefundsToLookAt, args, "list refunds to look at")
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range due {
		wait := time.Hour
		if r.State == RefundRequested || r.State == RefundSubmitting {
			wait = 5 * time.Minute
			err = s.SendRefund(ctx, r.OrgID, r.ID)
		} else {
			err = s.syncCharge(ctx, r.Account, r.ChargeID)
		}
		if err != nil {
			s.log.WarnContext(ctx, "look at a refund", "refund", r.ID, "error", err)
		}
		_, err := s.db.Pool().Exec(ctx, sqlRefundLooked, pgx.StrictNamedArgs{"org_id": r.OrgID, "id": r.ID, "look_at": now.Add(wait), "now": now})
		if err != nil {
			errs = append(errs, fmt.Errorf("put a refund off: %w", err))
		}
	}
	return errors.Join(errs...)
}

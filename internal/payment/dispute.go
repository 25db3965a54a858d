package payment

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/money"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// disputeRow is a row of payment_dispute.
type disputeRow struct {
	OrgID       uid.Org
	ID          uid.Dispute
	PaymentID   uid.Payment
	OrderID     uid.Order
	AmountMinor int64
	Currency    money.Currency
	Status      string
	Reason      string
	Inquiry     bool
	Refundable  bool
	DisputeID   string
	ChargeID    string
	OpenedAt    time.Time
	DueBy       *time.Time
	ClosedAt    *time.Time
}

const disputeColumns = `org_id, id, payment_id, order_id, amount_minor, currency, status, reason, inquiry, refundable, dispute_id,
       charge_id, opened_at, due_by, closed_at`

func (r disputeRow) dispute() Dispute {
	return Dispute{
		Org: r.OrgID, ID: r.ID, Payment: r.PaymentID, Order: r.OrderID, Amount: money.New(r.AmountMinor, r.Currency), Status: r.Status,
		Reason: r.Reason, Inquiry: r.Inquiry, Refundable: r.Refundable, StripeID: r.DisputeID, Charge: r.ChargeID, OpenedAt: r.OpenedAt,
		DueBy: orZero(r.DueBy), ClosedAt: orZero(r.ClosedAt),
	}
}

const sqlDisputed = `
SELECT EXISTS (SELECT 1
                 FROM payment_dispute
                WHERE org_id = @org_id
                  AND payment_id = @payment_id
                  AND closed_at IS NULL
                  AND NOT refundable)`

// disputedTx reports whether a payment's refunds have to wait for a dispute.
func (s *Service) disputedTx(ctx context.Context, tx *pg.Tx, org uid.Org, payment uid.Payment) (disputed bool, err error) {
	err = tx.QueryRow(ctx, sqlDisputed, pgx.StrictNamedArgs{"org_id": org, "payment_id": payment}).Scan(&disputed)
	if err != nil {
		return false, fmt.Errorf("look for a payment's disputes: %w", err)
	}
	return disputed, nil
}

// syncDispute fetches a dispute and applies what it is. Its money is booked from
// Stripe's balance rows and not here.
func (s *Service) syncDispute(ctx context.Context, account, id string) error {
	return s.refetch(ctx, account, id, func(version int64) (bool, error) {
		got, err := s.gw.Dispute(ctx, account, id)
		if err != nil {
			return false, err
		}
		p, err := s.ensurePayment(ctx, account, got.Charge, got.Intent)
		if err != nil {
			return false, err
		}
		o := seen{account, id, kindDispute, got.Status, version}
		applied := false
		err = s.db.InTx(ctx, func(tx *pg.Tx) (err error) {
			applied, err = s.applyDisputeTx(ctx, tx, o, p, got)
			return err
		})
		return applied, err
	})
}

const sqlLockDispute = `
SELECT ` + disputeColumns + `
  FROM payment_dispute
 WHERE account = @account
   AND livemode = @livemode
   AND dispute_id = @dispute
   FOR UPDATE`

const sqlPutDispute = `
INSERT INTO payment_dispute AS d (org_id, id, payment_id, order_id, account, livemode, dispute_id, charge_id, amount_minor, currency,
                                  status, reason, inquiry, refundable, opened_at, due_by, closed_at)
VALUES (@org_id, @id, @payment_id, @order_id, @account, @livemode, @dispute, @charge, @amount, @currency,
        @status, @reason, @inquiry, @refundable, @opened_at, @due_by, CASE WHEN @closed THEN @now::timestamptz END)
ON CONFLICT (account, livemode, dispute_id) DO UPDATE
   SET amount_minor = excluded.amount_minor,
       currency = excluded.currency,
       status = excluded.status,
       reason = excluded.reason,
       inquiry = excluded.inquiry,
       refundable = excluded.refundable,
       due_by = excluded.due_by,
       closed_at = CASE WHEN @closed THEN COALESCE(d.closed_at, @now) END
RETURNING ` + disputeColumns

// decided reports whether a dispute of this status is over. Of won and lost there
// is no way back.
func decided(status string) bool {
	return status == "won" || status == "lost" || status == "warning_closed" || status == "charge_refunded" || status == "prevented"
}

// familiar are the statuses that this program knows.
var familiar = []string{"warning_needs_response", "warning_under_review", "warning_closed", "needs_response", "under_review", "charge_refunded", "won", "lost", "prevented"}

func (s *Service) applyDisputeTx(ctx context.Context, tx *pg.Tx, o seen, p paymentRow, got stripegw.Dispute) (bool, error) {
	if applied, err := s.replaceTx(ctx, tx, o, p.OrgID); err != nil || !applied {
		return applied, err
	}
	if _, err := s.lockTx(ctx, tx, p.OrgID, p.OrderID); err != nil {
		return false, err
	}
	if err := s.lockPaymentTx(ctx, tx, p); err != nil {
		return false, err
	}
	args := pgx.StrictNamedArgs{"account": p.Account, "livemode": p.Livemode, "dispute": got.ID}
	before, known, err := oneRow[disputeRow](ctx, tx, sqlLockDispute, args, "read a dispute")
	if err != nil || known && (before.Status == "won" || before.Status == "lost") {
		return err == nil, err
	}
	row, _, err := oneRow[disputeRow](ctx, tx, sqlPutDispute, pgx.StrictNamedArgs{
		"org_id": p.OrgID, "id": uid.New[uid.Dispute](), "payment_id": p.ID, "order_id": p.OrderID, "account": p.Account,
		"livemode": p.Livemode, "dispute": got.ID, "charge": got.Charge, "amount": got.Amount.Minor, "currency": got.Amount.Currency,
		"status": got.Status, "reason": got.Reason, "inquiry": strings.HasPrefix(got.Status, "warning_"), "refundable": got.Refundable,
		"opened_at": got.Created, "due_by": timeOrNull(got.DueBy), "closed": decided(got.Status), "now": tx.Now,
	}, "keep a dispute")
	if err != nil {
		return false, err
	}
	if known && before.dispute() == row.dispute() {
		return true, nil
	}
	return true, s.followDisputeTx(ctx, tx, p, row)
}

// followDisputeTx does what a changed dispute asks for: a task, and waiting refunds
// that may go on or never will.
func (s *Service) followDisputeTx(ctx context.Context, tx *pg.Tx, p paymentRow, row disputeRow) error {
	d := row.dispute()
	key := string(TaskDispute) + ":" + d.ID.String()
	switch {
	case d.Open():
		t := Task{
			Org: d.Org, Kind: TaskDispute, Key: key, Order: d.Order, Payment: d.Payment, Dispute: d.ID, Amount: d.Amount, DueAt: d.DueBy,
			Sentence: disputeSentence(d, p),
		}
		if err := s.OpenTaskTx(ctx, tx, t); err != nil {
			return err
		}
		if err := s.twiceBackTx(ctx, tx, p, d); err != nil {
			return err
		}
	default:
		if err := s.settleTaskTx(ctx, tx, d.Org, key, "The dispute is over: "+d.Status+"."); err != nil {
			return err
		}
		if err := s.releaseRefundsTx(ctx, tx, d); err != nil {
			return err
		}
	}
	if s.hooks.Disputed == nil {
		return nil
	}
	if err := s.hooks.Disputed(ctx, tx, d); err != nil {
		return fmt.Errorf("tell of a dispute: %w", err)
	}
	return nil
}

// twiceBackTx looks whether what the bank took, with what was refunded before, is
// more than came in: the buyer may have the same money twice.
func (s *Service) twiceBackTx(ctx context.Context, tx *pg.Tx, p paymentRow, d Dispute) error {
	if d.Inquiry || d.Amount.Currency != p.Currency {
		return nil
	}
	var sent int64
	if err := tx.QueryRow(ctx, sqlActiveRefunds, pgx.StrictNamedArgs{"org_id": p.OrgID, "payment_id": p.ID}).Scan(&sent); err != nil {
		return fmt.Errorf("sum up refunds: %w", err)
	}
	if sent == 0 || sent+d.Amount.Minor <= p.AmountMinor {
		return nil
	}
	return s.OpenTaskTx(ctx, tx, Task{
		Org: d.Org, Kind: TaskRefundOver, Key: string(TaskRefundOver) + ":" + d.ID.String(), Order: d.Order, Payment: d.Payment, Dispute: d.ID, Amount: d.Amount,
		Sentence: fmt.Sprintf("The bank took %s back of a payment of %s, of which %s was refunded before. Send the bank the proof of the refund, or the buyer has it twice.",
			d.Amount.Format(), p.amount().Format(), money.New(sent, p.Currency).Format()),
	})
}

func disputeSentence(d Dispute, p paymentRow) string {
	var b strings.Builder
	switch {
	case !slices.Contains(familiar, d.Status):
		fmt.Fprintf(&b, "Stripe calls this dispute %q, which this program does not know. Look at it at Stripe.", d.Status)
	case d.Inquiry:
		fmt.Fprintf(&b, "The buyer's bank asks about a payment of %s (%s). No money was taken. Answer, or refund the buyer, which ends it.", d.Amount.Format(), disputeWords(d.Reason))
	case d.Status == "under_review":
		fmt.Fprintf(&b, "The buyer's bank looks at the evidence for %s (%s). There is nothing to do until it decides.", d.Amount.Format(), disputeWords(d.Reason))
	default:
		fmt.Fprintf(&b, "The buyer's bank took %s back (%s). Send evidence at Stripe, or accept it there.", d.Amount.Format(), disputeWords(d.Reason))
	}
	if d.Amount != p.amount() {
		fmt.Fprintf(&b, " The payment was %s.", p.amount().Format())
	}
	return b.String()
}

// disputeWords says Stripe's reason in words for people.
func disputeWords(reason string) string {
	switch reason {
	case "fraudulent":
		return "the cardholder says they did not pay"
	case "duplicate":
		return "paid twice"
	case "product_not_received":
		return "nothing was received"
	case "product_unacceptable":
		return "not as described"
	case "credit_not_processed":
		return "a refund did not come"
	case "subscription_canceled":
		return "cancelled before"
	case "unrecognized":
		return "the cardholder does not know the payment"
	}
	return "no particular reason"
}

const sqlWaitingRefunds = `
SELECT ` + refundColumns + `
  FROM payment_refund
 WHERE org_id = @org_id
   AND payment_id = @payment_id
   AND state = 'requested'
 ORDER BY requested_at, id
   FOR UPDATE`

// releaseRefundsTx sends the refunds that waited for a dispute, unless it was lost:
// then the bank has given the money back already.
func (s *Service) releaseRefundsTx(ctx context.Context, tx *pg.Tx, d Dispute) error {
	args := pgx.StrictNamedArgs{"org_id": d.Org, "payment_id": d.Payment}
	waiting, err := manyRows[refundRow](ctx, tx, sqlWaitingRefunds, args, "list waiting refunds")
	if err != nil {
		return err
	}
	for _, r := range waiting {
		if d.Lost() {
			err = s.refuseTx(ctx, tx, r, "lost_dispute")
		} else {
			_, err = s.jobs.InsertTx(ctx, tx.Tx, RefundArgs{Org: r.OrgID, Refund: r.ID}, nil)
		}
		if err != nil {
			return fmt.Errorf("release a refund: %w", err)
		}
	}
	return nil
}

// warned makes a task of an early fraud warning. There is no money in it.
func (s *Service) warned(ctx context.Context, account, id string) error {
	w, err := s.gw.Warning(ctx, account, id)
	if err != nil {
		return err
	}
	p, err := s.ensurePayment(ctx, account, w.Charge, w.Intent)
	if err != nil {
		return err
	}
	key := string(TaskEarlyFraudWarning) + ":" + w.ID
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		if !w.Actionable {
			return s.settleTaskTx(ctx, tx, p.OrgID, key, "There is nothing to do about it any more.")
		}
		var sent int64
		if err := tx.QueryRow(ctx, sqlActiveRefunds, pgx.StrictNamedArgs{"org_id": p.OrgID, "payment_id": p.ID}).Scan(&sent); err != nil {
			return fmt.Errorf("sum up refunds: %w", err)
		}
		return s.OpenTaskTx(ctx, tx, Task{
			Org: p.OrgID, Kind: TaskEarlyFraudWarning, Key: key, Order: p.OrderID, Payment: p.ID, Amount: money.New(max(p.AmountMinor-sent, 0), p.Currency),
			Sentence: fmt.Sprintf("The card's issuer suspects that the payment of %s is fraud. Refunding it now avoids a dispute and its fee.", p.amount().Format()),
			DueAt:    w.Created.Add(3 * 24 * time.Hour),
		})
	})
}

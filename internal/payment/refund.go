package payment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// refundRow is a row of payment_refund.
type refundRow struct {
	OrgID       uid.Org
	ID          uid.Refund
	PaymentID   uid.Payment
	OrderID     uid.Order
	AmountMinor int64
	Currency    money.Currency
	State       RefundState
	Source      Source
	Reason      string
	SourceKey   string
	Actor       string
	Account     string
	ChargeID    string
	RefundID    *string
	Blocked     string
	Failure     string
	RequestedAt time.Time
	SubmittedAt *time.Time
	SettledAt   *time.Time
}

const refundColumns = `org_id, id, payment_id, order_id, amount_minor, currency, state, source, reason, source_key, actor, account,
       charge_id, refund_id, blocked, failure, requested_at, submitted_at, settled_at`

func (r refundRow) amount() money.Amount { return money.New(r.AmountMinor, r.Currency) }

func (r refundRow) refund() Refund {
	out := Refund{
		Org: r.OrgID, ID: r.ID, Payment: r.PaymentID, Order: r.OrderID, Amount: r.amount(), State: r.State, Source: r.Source, Reason: r.Reason,
		Blocked: r.Blocked, Failure: r.Failure, SourceKey: r.SourceKey, Actor: r.Actor, RequestedAt: r.RequestedAt, SettledAt: orZero(r.SettledAt),
	}
	if r.RefundID != nil {
		out.StripeID = *r.RefundID
	}
	return out
}

func refunds(rows []refundRow) []Refund {
	out := make([]Refund, len(rows))
	for i, r := range rows {
		out[i] = r.refund()
	}
	return out
}

const sqlRefundsOfSource = `
SELECT ` + refundColumns + `
  FROM payment_refund
 WHERE org_id = @org_id
   AND (source_key = @key OR starts_with(source_key, @key || '#'))
 ORDER BY requested_at, source_key`

// RequestRefundTx puts refunds down, to be sent after the commit; it takes the
// money from one payment, or from the order's, the newest first. Asked again with
// the same SourceKey it returns what it made. It refuses more than what is left of
// what was captured, also when two ask at once. The caller has locked the order.
func (s *Service) RequestRefundTx(ctx context.Context, tx *pg.Tx, in RefundInput) ([]Refund, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	from, err := s.refundable(ctx, tx, in)
	if err != nil {
		return nil, err
	}
	args := pgx.StrictNamedArgs{"org_id": in.Org, "key": in.SourceKey}
	made, err := manyRows[refundRow](ctx, tx, sqlRefundsOfSource, args, "read a cause's refunds")
	if err != nil || len(made) > 0 {
		return refunds(made), err
	}
	rest := in.Amount.Minor
	for i, p := range from {
		part := min(rest, p.Left)
		if part <= 0 {
			continue
		}
		one := in
		one.Amount.Minor = part
		if i > 0 && len(made) > 0 {
			one.SourceKey = fmt.Sprintf("%s#%d", in.SourceKey, len(made)+1)
		}
		row, err := s.insertRefundTx(ctx, tx, one, p)
		if err != nil {
			return nil, err
		}
		made = append(made, row)
		rest -= part
	}
	if rest > 0 {
		return nil, tooMuch(money.New(in.Amount.Minor-rest, in.Amount.Currency))
	}
	return refunds(made), nil
}

func tooMuch(left money.Amount) error {
	if left.Minor == 0 {
		return fault.Precondition(fault.WrongState, "Nothing is left to refund by card.")
	}
	return fault.Precondition(fault.WrongState, "Only %s is left to refund by card.", left.Format())
}

func (in RefundInput) check() error {
	switch {
	case in.Amount.Minor <= 0 || !in.Amount.Currency.Valid():
		return fault.InvalidField("amount", "positive", "must be more than nothing")
	case in.Amount.Minor%in.Amount.Currency.Multiple() != 0:
		return fault.InvalidField("amount", "multiple", "cannot be paid in %s", in.Amount.Currency)
	case strings.TrimSpace(in.Reason) == "":
		return fault.InvalidField("reason", "required", "is missing")
	case in.SourceKey == "" || strings.Contains(in.SourceKey, "#"):
		return fmt.Errorf("payment: %q is no source key", in.SourceKey)
	case in.Order.IsZero() && in.Payment.IsZero():
		return errors.New("payment: a refund of no order and no payment")
	}
	return nil
}

// refundableRow is a payment with what is left of it.
type refundableRow struct {
	ID       uid.Payment
	OrderID  uid.Order
	Account  string
	Livemode bool
	ChargeID string
	Left     int64
}

const sqlRefundable = `
SELECT p.id, p.order_id, p.account, p.livemode, p.charge_id,
       p.amount_minor - COALESCE((SELECT sum(r.amount_minor)
                                    FROM payment_refund r
                                   WHERE r.org_id = p.org_id
                                     AND r.payment_id = p.id
                                     AND r.state NOT IN ('failed', 'canceled')), 0)::bigint
                     - COALESCE((SELECT sum(d.amount_minor)
                                   FROM payment_dispute d
                                  WHERE d.org_id = p.org_id
                                    AND d.payment_id = p.id
                                    AND d.currency = p.currency
                                    AND d.status = 'lost'), 0)::bigint AS left
  FROM payment p
 WHERE p.org_id = @org_id
   AND p.id = ANY(@ids)
 ORDER BY p.captured_at DESC, p.id DESC`

const sqlLockPayments = `
SELECT id
  FROM payment
 WHERE org_id = @org_id
   AND (@payment_id::uuid IS NULL OR id = @payment_id)
   AND (@order_id::uuid IS NULL OR order_id = @order_id)
   AND currency = @currency
 ORDER BY id
   FOR UPDATE`

// refundable locks the payments and then counts, so that refunds which others
// asked for until just now are seen.
func (s *Service) refundable(ctx context.Context, tx *pg.Tx, in RefundInput) ([]refundableRow, error) {
	rows, _ := tx.Query(ctx, sqlLockPayments, pgx.StrictNamedArgs{ // CollectRows reports the error
		"org_id": in.Org, "payment_id": in.Payment, "order_id": in.Order, "currency": in.Amount.Currency,
	})
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uid.Payment])
	if err != nil {
		return nil, fmt.Errorf("lock payments: %w", err)
	}
	return manyRows[refundableRow](ctx, tx, sqlRefundable, pgx.StrictNamedArgs{"org_id": in.Org, "ids": ids}, "read what is left of payments")
}

const sqlInsertRefund = `
INSERT INTO payment_refund (org_id, id, payment_id, order_id, amount_minor, currency, state, source, reason, source_key, actor,
                            account, livemode, charge_id, refund_id, stripe_at, requested_at, next_look_at)
VALUES (@org_id, @id, @payment_id, @order_id, @amount, @currency, @state, @source, @reason, @source_key, @actor,
        @account, @livemode, @charge, @refund_id, @stripe_at, @now, @look_at)
RETURNING ` + refundColumns

func (s *Service) insertRefundTx(ctx context.Context, tx *pg.Tx, in RefundInput, p refundableRow) (refundRow, error) {
	row, _, err := oneRow[refundRow](ctx, tx, sqlInsertRefund, pgx.StrictNamedArgs{
		"org_id": in.Org, "id": uid.New[uid.Refund](), "payment_id": p.ID, "order_id": p.OrderID, "amount": in.Amount.Minor,
		"currency": in.Amount.Currency, "state": RefundRequested, "source": in.Source, "reason": in.Reason, "source_key": in.SourceKey,
		"actor": in.Actor.ID(), "account": p.Account, "livemode": p.Livemode, "charge": p.ChargeID, "refund_id": nil, "stripe_at": nil,
		"now": tx.Now, "look_at": tx.Now.Add(redriveAfter),
	}, "put a refund down")
	switch pg.Constraint(err) {
	case "payment_refund_covered":
		return row, tooMuch(money.New(0, in.Amount.Currency))
	case "payment_refund_source_unique":
		return row, fault.Conflict(fault.Busy, "This refund is being made already.").Because(err)
	}
	if err != nil {
		return row, err
	}
	if _, err := s.jobs.InsertTx(ctx, tx.Tx, RefundArgs{Org: in.Org, Refund: row.ID}, nil); err != nil {
		return row, fmt.Errorf("insert the job for a refund: %w", err)
	}
	return row, nil
}

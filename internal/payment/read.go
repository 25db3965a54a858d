package payment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlAttemptsOfOrder = `
SELECT ` + attemptColumns + `
  FROM payment_attempt
 WHERE org_id = @org_id
   AND order_id = @order_id
 ORDER BY created_at, id`

const sqlPaymentsOfOrder = `
SELECT ` + paymentColumns + `
  FROM payment
 WHERE org_id = @org_id
   AND order_id = @order_id
 ORDER BY captured_at, id`

const sqlRefundsOfOrder = `
SELECT ` + refundColumns + `
  FROM payment_refund
 WHERE org_id = @org_id
   AND order_id = @order_id
 ORDER BY requested_at, id`

const sqlDisputesOfOrder = `
SELECT ` + disputeColumns + `
  FROM payment_dispute
 WHERE org_id = @org_id
   AND order_id = @order_id
 ORDER BY opened_at, id`

// OfOrder returns everything about an order's money, the oldest first.
func (s *Service) OfOrder(ctx context.Context, q pg.Querier, org uid.Org, order uid.Order) (Money, error) {
	args := pgx.StrictNamedArgs{"org_id": org, "order_id": order}
	attempts, err := manyRows[attemptRow](ctx, q, sqlAttemptsOfOrder, args, "list an order's attempts")
	if err != nil {
		return Money{}, err
	}
	payments, err := manyRows[paymentRow](ctx, q, sqlPaymentsOfOrder, args, "list an order's payments")
	if err != nil {
		return Money{}, err
	}
	back, err := manyRows[refundRow](ctx, q, sqlRefundsOfOrder, args, "list an order's refunds")
	if err != nil {
		return Money{}, err
	}
	disputes, err := manyRows[disputeRow](ctx, q, sqlDisputesOfOrder, args, "list an order's disputes")
	if err != nil {
		return Money{}, err
	}
	transfers, err := s.books.Transfers(ctx, q, org, order.String())
	if err != nil {
		return Money{}, err
	}
	m := Money{Refunds: refunds(back), Transfers: transfers}
	for _, a := range attempts {
		m.Attempts = append(m.Attempts, a.attempt())
	}
	for _, p := range payments {
		m.Payments = append(m.Payments, p.payment())
	}
	for _, d := range disputes {
		m.Disputes = append(m.Disputes, d.dispute())
	}
	return m, nil
}

const sqlDisputes = `
SELECT ` + disputeColumns + `
  FROM payment_dispute
 WHERE org_id = @org_id
   AND (NOT @open OR closed_at IS NULL)
 ORDER BY closed_at IS NOT NULL, due_by NULLS LAST, opened_at DESC, id
 LIMIT 200`

// Disputes lists an organisation's disputes, the undecided ones that are due first
// at the head.
func (s *Service) Disputes(ctx context.Context, org uid.Org, onlyOpen bool) ([]Dispute, error) {
	rows, err := manyRows[disputeRow](ctx, s.db.Pool(), sqlDisputes, pgx.StrictNamedArgs{"org_id": org, "open": onlyOpen}, "list disputes")
	if err != nil {
		return nil, err
	}
	out := make([]Dispute, len(rows))
	for i, r := range rows {
		out[i] = r.dispute()
	}
	return out, nil
}

const sqlDispute = `
SELECT ` + disputeColumns + `
  FROM payment_dispute
 WHERE org_id = @org_id
   AND id = @id`

const sqlPayment = `
SELECT ` + paymentColumns + `
  FROM payment
 WHERE org_id = @org_id
   AND id = @id`

// Evidence is the text to send to the bank in a dispute: what was paid how and
// when, what was refunded, and what the owner of the order knows.
func (s *Service) Evidence(ctx context.Context, org uid.Org, id uid.Dispute) (string, error) {
	row, found, err := oneRow[disputeRow](ctx, s.db.Pool(), sqlDispute, pgx.StrictNamedArgs{"org_id": org, "id": id}, "read a dispute")
	if err != nil {
		return "", err
	}
	if !found {
		return "", fault.NotFound("dispute")
	}
	d := row.dispute()
	p, _, err := oneRow[paymentRow](ctx, s.db.Pool(), sqlPayment, pgx.StrictNamedArgs{"org_id": org, "id": d.Payment}, "read a payment")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Dispute %s over %s, opened %s: %s.\n", d.StripeID, d.Amount.Format(), stamp(d.OpenedAt), disputeWords(d.Reason))
	fmt.Fprintf(&b, "Payment %s of %s, captured %s, by %s.\n", p.ChargeID, p.amount().Format(), stamp(p.CapturedAt), strings.TrimSpace(p.Method+" "+p.Detail))
	if d.Amount != p.amount() {
		fmt.Fprintf(&b, "The disputed amount differs from the payment's.\n")
	}
	m, err := s.OfOrder(ctx, s.db.Pool(), org, d.Order)
	if err != nil {
		return "", err
	}
	for _, r := range m.Refunds {
		if r.Payment == p.ID {
			fmt.Fprintf(&b, "Refund %s of %s, asked for %s: %s.\n", r.StripeID, r.Amount.Format(), stamp(r.RequestedAt), r.State)
		}
	}
	if s.hooks.Evidence != nil && !d.Order.IsZero() {
		text, err := s.hooks.Evidence(ctx, org, d.Order)
		if err != nil {
			return "", fmt.Errorf("evidence of the order: %w", err)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func stamp(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

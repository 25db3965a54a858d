package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Transfer is money for an order that came, or went back, from bank to bank.
type Transfer struct {
	// Order is the reference of the receivable.
	Order string
	// Amount is above zero for money that came in.
	Amount money.Amount
	// On is the day it is booked on.
	On time.Time
	// SourceKey is the journal's.
	SourceKey string
}

const sqlTransfers = `
SELECT p.ref, p.currency, -p.amount, j.effective_on, j.source_key
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
 WHERE p.org_id = @org_id
   AND p.account = 'receivable'
   AND p.ref = ANY (@orders)
   AND j.kind IN ('bank', 'bank_match')
   AND NOT EXISTS (SELECT 1
                     FROM journal r
                    WHERE r.org_id = j.org_id
                      AND r.reverses = j.id)
 ORDER BY j.effective_on, j.id, p.line`

// Transfers lists what bank lines have settled of orders, the oldest first; what
// was taken back is left out.
func (s *Service) Transfers(ctx context.Context, q pg.Querier, org uid.Org, orders ...string) ([]Transfer, error) {
	rows, err := q.Query(ctx, sqlTransfers, pgx.StrictNamedArgs{"org_id": org, "orders": orders})
	if err != nil {
		return nil, fmt.Errorf("list transfers: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Transfer, error) {
		var t Transfer
		return t, row.Scan(&t.Order, &t.Amount.Currency, &t.Amount.Minor, &t.On, &t.SourceKey)
	})
	if err != nil {
		return nil, fmt.Errorf("list transfers: %w", err)
	}
	return list, nil
}

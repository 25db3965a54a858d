package reconcile

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Matching is how many rows of Stripe's balance, of one sort and currency, have
// their counterpart here: a charge its payment, a refund and a dispute theirs, a
// payout its own.
type Matching struct {
	// Sort is "charge", "refund", "dispute", "payout" or "other"; other rows are
	// matched when they are booked and not in suspense.
	Sort     string
	Currency money.Currency
	// Rows and Gross are of all rows. Matched have a counterpart of the same
	// amount, Differing one of another amount, and Missing none.
	Rows, Matched, Differing, Missing int
	Gross                             int64
}

// One pass over the rows with a join for each sort, however many there are. What a
// buyer paid in another currency is compared in that one.
const sqlMatching = `
SELECT sort, currency, count(*)::int AS rows,
       count(*) FILTER (WHERE there AND same)::int AS matched,
       count(*) FILTER (WHERE there AND NOT same)::int AS differing,
       count(*) FILTER (WHERE NOT there)::int AS missing,
       sum(gross)::bigint AS gross
  FROM (SELECT CASE WHEN r.category = 'charge' THEN 'charge'
                    WHEN r.category IN ('refund', 'refund_failure') THEN 'refund'
                    WHEN r.category IN ('dispute', 'dispute_reversal') THEN 'dispute'
                    WHEN r.category IN ('payout', 'payout_reversal') THEN 'payout'
                    ELSE 'other' END AS sort,
               r.currency, r.gross,
               CASE WHEN r.booked = 'stripe_pending' THEN p.id IS NOT NULL
                    WHEN r.booked = 'refund_pending' THEN f.id IS NOT NULL
                    WHEN r.booked = 'dispute_held' THEN d.id IS NOT NULL
                    WHEN r.booked = 'payout_transit' THEN o.id IS NOT NULL
                    ELSE r.booked <> 'stripe_suspense' END AS there,
               coalesce(CASE WHEN r.booked = 'stripe_pending' THEN p.amount_minor = CASE WHEN p.currency = r.currency THEN r.gross ELSE r.charged_minor END
                             WHEN r.booked = 'refund_pending' THEN f.amount_minor = abs(CASE WHEN f.currency = r.currency THEN r.gross ELSE r.charged_minor END)
                             WHEN r.booked = 'dispute_held' THEN d.amount_minor = abs(CASE WHEN d.currency = r.currency THEN r.gross ELSE r.charged_minor END)
                             WHEN r.booked = 'payout_transit' THEN o.amount = abs(r.gross)
                             ELSE true END, false) AS same
          FROM stripe_row r
          LEFT JOIN payment p ON r.booked = 'stripe_pending' AND p.charge_id = r.source_id AND p.account = r.account AND p.livemode = r.livemode
          LEFT JOIN payment_refund f ON r.booked = 'refund_pending' AND f.refund_id = r.source_id AND f.account = r.account AND f.livemode = r.livemode
          LEFT JOIN payment_dispute d ON r.booked = 'dispute_held' AND d.dispute_id = r.source_id AND d.account = r.account AND d.livemode = r.livemode
          LEFT JOIN stripe_payout o ON r.booked = 'payout_transit' AND o.id = r.source_id AND o.account = r.account AND o.livemode = r.livemode
         WHERE r.org_id = @org_id
           AND (@from::date IS NULL OR r.day >= @from)
           AND (@until::date IS NULL OR r.day < @until)) AS compared
 GROUP BY sort, currency
 ORDER BY sort, currency`

// Matching compares the rows of the days from one on and before another (zero:
// without bound) with what is known here about the same objects.
func (s *Service) Matching(ctx context.Context, org uid.Org, from, until time.Time) ([]Matching, error) {
	return s.matching(ctx, s.db.Pool(), org, from, until)
}

func (s *Service) matching(ctx context.Context, q pg.Querier, org uid.Org, from, until time.Time) ([]Matching, error) {
	return many[Matching](ctx, q, sqlMatching, pgx.StrictNamedArgs{"org_id": org, "from": dayOrNull(from), "until": dayOrNull(until)}, "match rows of Stripe's balance")
}

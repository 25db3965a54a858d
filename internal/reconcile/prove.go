package reconcile

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
)

// Closed months are hashed, so that P1 looks at the month's journals one by one,
// and at all before by their sum.
const sqlUnbalanced = `
SELECT j.source_key AS ref, 'This entry does not balance.' AS says, p.currency, 0::bigint AS want, sum(p.amount)::bigint AS got
  FROM journal j
  JOIN posting p ON p.org_id = j.org_id AND p.journal_id = j.id
 WHERE j.org_id = @org_id
   AND j.period = @month
 GROUP BY j.id, j.source_key, p.currency
HAVING sum(p.amount) <> 0
 UNION ALL
SELECT 'all', 'The books up to the end of the month do not add up to nothing.', p.currency, 0, sum(p.amount)::bigint
  FROM journal j
  JOIN posting p ON p.org_id = j.org_id AND p.journal_id = j.id
 WHERE j.org_id = @org_id
   AND j.effective_on < @until
 GROUP BY p.currency
HAVING sum(p.amount) <> 0
 ORDER BY ref, currency
 LIMIT 1200`

const sqlCountJournals = `
SELECT count(*)::int
  FROM journal
 WHERE org_id = @org_id
   AND period = @month`

func (s *Service) proveBalanced(ctx context.Context, q pg.Querier, sp span) (int, []Contradiction, error) {
	checked, err := counted(ctx, q, sqlCountJournals, pgx.StrictNamedArgs{"org_id": sp.org, "month": sp.month})
	if err != nil {
		return 0, nil, err
	}
	all, err := s.against(ctx, q, "journal", "", sqlUnbalanced, sp.with("month"))
	return checked, all, err
}

const sqlPayoutsByHand = `
SELECT currency, count(*)::int AS number, sum(amount)::bigint AS amount
  FROM stripe_payout
 WHERE org_id = @org_id
   AND created_at < @ends_at
   AND created_at >= @begins_at
   AND NOT automatic
 GROUP BY currency
 ORDER BY currency`

// payoutNotes says which payouts P3 cannot look into.
func (s *Service) payoutNotes(ctx context.Context, q pg.Querier, sp span) (notes []string, err error) {
	before, err := spanOf(ctx, q, sp.org, sp.month.AddDate(0, 0, -1))
	if err != nil {
		return nil, err
	}
	type row struct {
		Currency money.Currency
		Number   int
		Amount   int64
	}
	rows, err := many[row](ctx, q, sqlPayoutsByHand, pgx.StrictNamedArgs{"org_id": sp.org, "ends_at": sp.endsAt, "begins_at": before.endsAt}, "count payouts made by hand")
	for _, r := range rows {
		notes = append(notes, fmt.Sprintf("Payouts that somebody started by hand are not looked into here: %d, %s in all. Stripe does not say which rows they are made of. P2 proves the balance that they left, and each payout's page has its running balance.",
			r.Number, money.New(r.Amount, r.Currency).Format()))
	}
	return notes, err
}

const sqlVATDiffers = `
WITH documents AS (
  SELECT l.rate || ':' || l.category AS ref, d.currency, sum(CASE WHEN d.kind = 'credit_note' THEN -l.vat ELSE l.vat END)::bigint AS vat
    FROM document d
    JOIN document_line l ON l.org_id = d.org_id AND l.document_id = d.id
   WHERE d.org_id = @org_id
     AND d.period = @month
   GROUP BY l.rate, l.category, d.currency
), books AS (
  SELECT p.ref, p.currency, -sum(p.amount)::bigint AS vat
    FROM posting p
    JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
   WHERE p.org_id = @org_id
     AND p.account = 'vat_output'
     AND j.period = @month
   GROUP BY p.ref, p.currency
)
SELECT ref, 'The VAT booked at this rate is not that of the documents.' AS says, currency, coalesce(d.vat, 0) AS want, coalesce(b.vat, 0) AS got
  FROM documents d
  FULL JOIN books b USING (ref, currency)
 WHERE coalesce(d.vat, 0) <> coalesce(b.vat, 0)
 ORDER BY ref, currency`

const sqlCountDocuments = `
SELECT count(*)::int
  FROM document
 WHERE org_id = @org_id
   AND period = @month`

func (s *Service) proveVAT(ctx context.Context, q pg.Querier, sp span) (int, []Contradiction, error) {
	args := pgx.StrictNamedArgs{"org_id": sp.org, "month": sp.month}
	checked, err := counted(ctx, q, sqlCountDocuments, args)
	if err != nil {
		return 0, nil, err
	}
	all, err := s.against(ctx, q, "rate", ledger.VATOutput, sqlVATDiffers, args)
	return checked, all, err
}

const sqlUnexplained = openItems + `
SELECT account || ' ' || ref AS ref, CASE WHEN label <> '' THEN label || ': open since ' ELSE 'Open since ' END || to_char(since, 'FMDD FMMonth YYYY') || ', and nobody has said why.' AS says, currency,
       0::bigint AS want, CASE WHEN account = 'bank_suspense' THEN -amount ELSE amount END AS got
  FROM aged
 WHERE days > 7
   AND band = 'exception'
   AND sentence IS NULL
   AND since < @until
 ORDER BY since, account, ref, currency
 LIMIT 1200`

const sqlCountItems = openItems + `
SELECT count(*)::int
  FROM aged
 WHERE since < @until`

func (s *Service) proveExplained(ctx context.Context, q pg.Querier, sp span) (int, []Contradiction, error) {
	checked, err := counted(ctx, q, sqlCountItems, sp.with("as_of"))
	if err != nil {
		return 0, nil, err
	}
	all, err := s.against(ctx, q, "item", "", sqlUnexplained, sp.with("as_of"))
	return checked, all, err
}

const sqlGaps = `
SELECT s.series || '-' || n AS ref, 'No document has this number.' AS says, '' AS currency, 0::bigint AS want, 0::bigint AS got
  FROM document_series s
 CROSS JOIN LATERAL generate_series(1, s.last) AS n
 WHERE s.org_id = @org_id
   AND NOT EXISTS (SELECT FROM document d WHERE d.org_id = s.org_id AND d.series = s.series AND d.sequence = n)
 UNION ALL
SELECT d.number, 'This number was never given out by its series.', '', 0, 0
  FROM document d
  LEFT JOIN document_series s ON s.org_id = d.org_id AND s.series = d.series
 WHERE d.org_id = @org_id
   AND (s.last IS NULL OR d.sequence > s.last)
 ORDER BY ref
 LIMIT 1200`

const sqlCountNumbers = `
SELECT coalesce(sum(last), 0)::int
  FROM document_series
 WHERE org_id = @org_id`

func (s *Service) proveNumbers(ctx context.Context, q pg.Querier, sp span) (int, []Contradiction, error) {
	args := pgx.StrictNamedArgs{"org_id": sp.org}
	checked, err := counted(ctx, q, sqlCountNumbers, args)
	if err != nil {
		return 0, nil, err
	}
	all, err := s.against(ctx, q, "number", "", sqlGaps, args)
	return checked, all, err
}

const sqlNotReleased = `
SELECT d.ref, e.title || ' is over, and its income is still deferred.' AS says, d.currency, 0::bigint AS want, d.amount AS got
  FROM (SELECT p.ref, p.currency, sum(p.amount)::bigint AS amount
          FROM posting p
          JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
         WHERE p.org_id = @org_id
           AND p.account = 'deferred_income'
           AND j.effective_on < @until
         GROUP BY p.ref, p.currency
        HAVING sum(p.amount) <> 0) AS d
  JOIN event e ON e.org_id = @org_id AND e.id = ref_uuid(d.ref)
 WHERE e.ends_at <= @ends_at
   AND e.state <> 'postponed'
 ORDER BY d.ref, d.currency
 LIMIT 1200`

const sqlCountEvents = `
SELECT count(DISTINCT ref)::int
  FROM posting
 WHERE org_id = @org_id
   AND account = 'deferred_income'`

func (s *Service) proveReleased(ctx context.Context, q pg.Querier, sp span) (int, []Contradiction, error) {
	checked, err := counted(ctx, q, sqlCountEvents, pgx.StrictNamedArgs{"org_id": sp.org})
	if err != nil {
		return 0, nil, err
	}
	all, err := s.against(ctx, q, "event", ledger.DeferredIncome, sqlNotReleased, sp.with("ends_at"))
	return checked, all, err
}

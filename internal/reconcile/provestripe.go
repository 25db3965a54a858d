package reconcile

import (
	"context"
	"slices"

	"lanyard/internal/ledger"
	"lanyard/internal/pg"
)

// The month's rows one by one against the entry each was booked with; an entry on
// the Stripe balance that is of no row; and the whole up to the cut-off, where
// rows that were late and are booked in a later month count there. Rows and
// entries meet in a full join, which is never row by row: a month's statistics may
// not have been taken yet.
const sqlRowsNotBooked = `
WITH booked AS (
  SELECT j.source_key, CASE WHEN starts_with(j.source_key, 'bt:') THEN substr(j.source_key, 4) END AS row_id,
         j.effective_on, p.currency, sum(p.amount)::bigint AS amount
    FROM journal j
    JOIN posting p ON p.org_id = j.org_id AND p.journal_id = j.id AND p.account = 'stripe_balance'
   WHERE j.org_id = @org_id
     AND j.effective_on >= @month
   GROUP BY j.source_key, j.effective_on, p.currency
), late AS (
  SELECT r.currency, sum(r.net)::bigint AS net
    FROM booked b
    JOIN stripe_row r ON r.org_id = @org_id AND r.id = b.row_id
   WHERE b.effective_on >= @until
     AND r.day < @until
   GROUP BY r.currency
), mirror AS (
  SELECT r.currency, sum(r.net)::bigint AS net
    FROM stripe_row r
   WHERE r.org_id = @org_id
     AND r.day < @until
   GROUP BY r.currency
), books AS (
  SELECT p.currency, sum(p.amount)::bigint AS amount
    FROM posting p
    JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
   WHERE p.org_id = @org_id
     AND p.account = 'stripe_balance'
     AND j.effective_on < @until
   GROUP BY p.currency
)
SELECT coalesce(r.id, b.source_key) AS ref,
       CASE WHEN r.id IS NULL THEN 'This entry moves the Stripe balance, and is of no row of it.'
            ELSE 'This row of Stripe''s balance is not booked as it is.' END AS says,
       coalesce(r.currency, b.currency) AS currency, coalesce(r.net, 0) AS want, coalesce(b.amount, 0) AS got
  FROM (SELECT id, currency, net FROM stripe_row WHERE org_id = @org_id AND day >= @month AND day < @until) r
  FULL JOIN booked b ON b.row_id = r.id AND b.currency = r.currency
 WHERE r.net <> coalesce(b.amount, 0)
    OR r.id IS NULL
   AND b.effective_on < @until
   AND b.amount <> 0
   AND NOT EXISTS (SELECT FROM stripe_row o WHERE o.org_id = @org_id AND o.id = b.row_id)
 UNION ALL
SELECT 'all', 'The books'' Stripe balance at the end of the month is not what the rows come to.', currency,
       coalesce(m.net, 0) - coalesce(l.net, 0), coalesce(k.amount, 0)
  FROM mirror m
  FULL JOIN books k USING (currency)
  LEFT JOIN late l USING (currency)
 WHERE coalesce(m.net, 0) - coalesce(l.net, 0) <> coalesce(k.amount, 0)
 ORDER BY ref, currency
 LIMIT 1200`

// The first comparison after the month's end is what Stripe's balance was, since
// every row before has its day.
const sqlStripeDiffers = `
SELECT a.account || ' ' || a.currency AS ref,
       CASE WHEN c.at IS NULL THEN 'Stripe''s balance was not compared yet after the end of the month.'
            ELSE 'Stripe says that it has another balance than the rows come to.' END AS says,
       a.currency, coalesce(c.stripe, 0) AS want, coalesce(c.mirrored, 0) AS got
  FROM (SELECT DISTINCT account, livemode, currency FROM stripe_row WHERE org_id = @org_id AND day < @until) AS a
  LEFT JOIN LATERAL (
       SELECT b.at, b.stripe, b.mirrored
         FROM stripe_balance_seen b
        WHERE b.account = a.account
          AND b.livemode = a.livemode
          AND b.currency = a.currency
          AND b.at >= @ends_at
        ORDER BY b.at DESC
        LIMIT 1) AS c ON true
 WHERE c.at IS NULL
    OR c.stripe <> c.mirrored
 ORDER BY ref`

const sqlCountRows = `
SELECT count(*)::int
  FROM stripe_row
 WHERE org_id = @org_id
   AND day >= @month
   AND day < @until`

func (s *Service) proveStripeBalance(ctx context.Context, q pg.Querier, sp span) (int, []Contradiction, error) {
	checked, err := counted(ctx, q, sqlCountRows, sp.with("month"))
	if err != nil {
		return 0, nil, err
	}
	rows, err := s.against(ctx, q, "row", ledger.StripeBalance, sqlRowsNotBooked, sp.with("month"))
	if err != nil {
		return 0, nil, err
	}
	theirs, err := s.against(ctx, q, "stripe", ledger.StripeBalance, sqlStripeDiffers, sp.with("ends_at"))
	return checked, slices.Concat(theirs, rows), err
}

const sqlPayoutsNotExplained = `
SELECT p.id AS ref,
       CASE WHEN p.complete THEN 'The rows of this payout do not add up to it.' ELSE 'The rows of this payout are not all here yet.' END AS says,
       p.currency, p.amount AS want, x.net AS got
  FROM stripe_payout p
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(r.net), 0)::bigint AS net
         FROM stripe_row r
        WHERE r.org_id = p.org_id
          AND r.payout_id = p.id
          AND r.source_id <> p.id) AS x
 WHERE p.org_id = @org_id
   AND p.created_at < @ends_at
   AND p.listable
   AND (NOT p.complete OR p.created_at >= @month::timestamptz - interval '14 days')
   AND (NOT p.complete OR p.amount <> x.net)
 ORDER BY p.id
 LIMIT 1200`

const sqlCountPayouts = `
SELECT count(*)::int
  FROM stripe_payout
 WHERE org_id = @org_id
   AND created_at < @ends_at
   AND listable
   AND (NOT complete OR created_at >= @month::timestamptz - interval '14 days')`

func (s *Service) provePayouts(ctx context.Context, q pg.Querier, sp span) (int, []Contradiction, error) {
	args := sp.with("month", "ends_at")
	delete(args, "until")
	checked, err := counted(ctx, q, sqlCountPayouts, args)
	if err != nil {
		return 0, nil, err
	}
	all, err := s.against(ctx, q, "payout", ledger.StripeBalance, sqlPayoutsNotExplained, args)
	return checked, all, err
}

const sqlMirrorDiffers = `
WITH fresh AS (
  SELECT account, livemode, id, currency, net
    FROM stripe_recount_row
   WHERE org_id = @org_id
     AND month = @month
), here AS (
  SELECT r.account, r.livemode, r.id, r.currency, r.net
    FROM stripe_row r
    JOIN stripe_recount c ON c.org_id = r.org_id AND c.month = @month AND c.account = r.account AND c.livemode = r.livemode
   WHERE r.org_id = @org_id
     AND r.day >= @month
     AND r.day < @until
)
SELECT f.id AS ref, CASE WHEN h.id IS NULL THEN 'Stripe lists this row, and it is not here.' ELSE 'Stripe lists this row with another amount.' END AS says,
       f.currency, f.net AS want, coalesce(h.net, 0) AS got
  FROM fresh f
  LEFT JOIN here h USING (account, livemode, id)
 WHERE h.id IS NULL
    OR (h.net, h.currency) IS DISTINCT FROM (f.net, f.currency)
 UNION ALL
SELECT h.id, 'This row is here, and Stripe does not list it.', h.currency, 0, h.net
  FROM here h
 WHERE NOT EXISTS (SELECT FROM fresh f WHERE f.account = h.account AND f.livemode = h.livemode AND f.id = h.id)
 UNION ALL
SELECT r.id, 'This row is not booked.', r.currency, r.net, 0
  FROM stripe_row r
 WHERE r.org_id = @org_id
   AND r.day >= @month
   AND r.day < @until
   AND (r.gross <> 0 OR r.fee <> 0)
   AND NOT EXISTS (SELECT FROM journal j WHERE j.org_id = r.org_id AND j.source_key = 'bt:' || r.id)
 UNION ALL
SELECT a.account, 'Stripe''s rows of this account have not been listed afresh since the month ended.', '', 0, 0
  FROM payment_account a
  JOIN stripe_scan s ON s.account = a.account AND s.livemode = a.livemode AND s.org_id = a.org_id
  LEFT JOIN stripe_recount c ON c.org_id = a.org_id AND c.month = @month AND c.account = a.account AND c.livemode = a.livemode
 WHERE a.org_id = @org_id
   AND a.disconnected_at IS NULL
   AND (c.counted_at IS NULL OR c.counted_at < @ends_at)
 ORDER BY ref
 LIMIT 1200`

func (s *Service) proveMirror(ctx context.Context, q pg.Querier, sp span) (int, []Contradiction, error) {
	checked, err := counted(ctx, q, sqlCountRows, sp.with("month"))
	if err != nil {
		return 0, nil, err
	}
	all, err := s.against(ctx, q, "row", ledger.StripeBalance, sqlMirrorDiffers, sp.with("month", "ends_at"))
	return checked, all, err
}

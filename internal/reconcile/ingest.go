package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/money"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const (
	// overlap is how much of the window before is listed again: rows that Stripe
	// was late to show, and clocks that differ.
	overlap = 48 * time.Hour
	// batchPages is how many pages are taken in one transaction.
	batchPages = 10
)

const sqlFeeds = `
SELECT org_id, account
  FROM payment_account
 WHERE livemode = @livemode
   AND simulated = @simulated
   AND disconnected_at IS NULL
   AND (@org_id::uuid IS NULL OR org_id = @org_id)
 ORDER BY org_id`

func (s *Service) feeds(ctx context.Context, org uid.Org) ([]feed, error) {
	if s.gw == nil || !s.gw.Configured() {
		return nil, nil
	}
	return many[feed](ctx, s.db.Pool(), sqlFeeds, pgx.StrictNamedArgs{
		"livemode": s.gw.Livemode(), "simulated": s.gw.Simulated(), "org_id": org,
	}, "list Stripe accounts")
}

// Ingest brings the mirror of every connected account up to date: rows, payouts,
// what payouts are made of; then it releases the income of events that are over
// and settles what has become clear. It goes on where the round before stopped.
func (s *Service) Ingest(ctx context.Context) error { return s.ingest(ctx, uid.Org{}) }

// IngestOrg is Ingest for one organisation.
func (s *Service) IngestOrg(ctx context.Context, org uid.Org) error { return s.ingest(ctx, org) }

func (s *Service) ingest(ctx context.Context, org uid.Org) error {
	feeds, err := s.feeds(ctx, org)
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range feeds {
		if err := s.ingestFeed(ctx, f); err != nil {
			errs = append(errs, fmt.Errorf("account %q: %w", f.Account, err))
		}
	}
	return errors.Join(append(errs, s.settle(ctx, org))...)
}

func (s *Service) ingestFeed(ctx context.Context, f feed) error {
	if err := s.scan(ctx, f); err != nil {
		return err
	}
	if err := s.mirrorPayouts(ctx, f); err != nil {
		return err
	}
	return s.compareBalance(ctx, f)
}

type scanRow struct {
	DoneUntil   *time.Time
	WindowFrom  *time.Time
	WindowUntil *time.Time
	AfterID     string
}

const sqlScan = `
SELECT done_until, window_from, window_until, after_id
  FROM stripe_scan
 WHERE account = @account
   AND livemode = @livemode`

const sqlKeepScan = `
INSERT INTO stripe_scan (account, livemode, org_id, done_until, window_from, window_until, after_id, touched_at)
VALUES (@account, @livemode, @org_id, @done_until, @window_from, @window_until, @after_id, @now)
ON CONFLICT (account, livemode) DO UPDATE
   SET org_id = excluded.org_id,
       done_until = excluded.done_until,
       window_from = excluded.window_from,
       window_until = excluded.window_until,
       after_id = excluded.after_id,
       touched_at = excluded.touched_at`

// scan lists an account's rows from the newest back to where the last finished
// round began, less the overlap, and takes them batch by batch. What it has come
// to is kept in the same transaction as the rows, so that it goes on there.
func (s *Service) scan(ctx context.Context, f feed) error {
	row, err := s.scanRow(ctx, f)
	if err != nil {
		return err
	}
	if row.WindowUntil == nil {
		now, err := s.now(ctx)
		if err != nil {
			return err
		}
		from := time.Unix(0, 0).UTC()
		if row.DoneUntil != nil {
			from = row.DoneUntil.Add(-overlap)
		}
		row.WindowFrom, row.WindowUntil, row.AfterID = &from, &now, ""
	}
	for more := true; more; {
		var batch []stripegw.BalanceRow
		if batch, more, err = s.list(ctx, f, stripegw.RowPage{Since: *row.WindowFrom, After: row.AfterID}); err != nil {
			return err
		}
		if len(batch) > 0 {
			row.AfterID = batch[len(batch)-1].ID
		}
		if !more {
			row = scanRow{DoneUntil: row.WindowUntil}
		}
		err = s.db.InTx(ctx, func(tx *pg.Tx) error {
			if _, err := s.takeTx(ctx, tx, f, batch, ""); err != nil {
				return err
			}
			return s.keepScanTx(ctx, tx, f, row)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// list reads several pages. When Stripe fails after the first, what came before
// is returned as if there was more, so that it is taken and not asked for again.
func (s *Service) list(ctx context.Context, f feed, p stripegw.RowPage) (batch []stripegw.BalanceRow, more bool, err error) {
	for page := range batchPages {
		rows, more, err := s.gw.Rows(ctx, f.Account, p)
		if err != nil && page > 0 {
			return batch, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		batch = append(batch, rows...)
		if !more || len(rows) == 0 {
			return batch, false, nil
		}
		p.After = rows[len(rows)-1].ID
	}
	return batch, true, nil
}

func (s *Service) scanRow(ctx context.Context, f feed) (scanRow, error) {
	rows, err := many[scanRow](ctx, s.db.Pool(), sqlScan, pgx.StrictNamedArgs{"account": f.Account, "livemode": s.gw.Livemode()}, "read how far the mirror is")
	if err != nil || len(rows) == 0 {
		return scanRow{}, err
	}
	return rows[0], nil
}

func (s *Service) keepScanTx(ctx context.Context, tx *pg.Tx, f feed, row scanRow) error {
	_, err := tx.Exec(ctx, sqlKeepScan, pgx.StrictNamedArgs{
		"account": f.Account, "livemode": s.gw.Livemode(), "org_id": f.OrgID, "done_until": row.DoneUntil,
		"window_from": row.WindowFrom, "window_until": row.WindowUntil, "after_id": row.AfterID, "now": tx.Now,
	})
	if err != nil {
		return fmt.Errorf("note how far the mirror is: %w", err)
	}
	return nil
}

// now is the database's clock.
func (s *Service) now(ctx context.Context) (now time.Time, err error) {
	err = s.db.InTx(ctx, func(tx *pg.Tx) error { now = tx.Now; return nil })
	return now, err
}

const sqlMirrored = `
SELECT currency, sum(net)::bigint
  FROM stripe_row
 WHERE account = @account
   AND livemode = @livemode
 GROUP BY currency`

const sqlSeeBalance = `
INSERT INTO stripe_balance_seen (account, livemode, currency, at, org_id, stripe, mirrored)
SELECT @account, @livemode, currency, @now, @org_id, stripe, mirrored
  FROM unnest(@currencies::text[], @stripe::bigint[], @mirrored::bigint[]) AS b (currency, stripe, mirrored)
    ON CONFLICT (account, livemode, currency, at) DO NOTHING`

// compareBalance asks Stripe what the account has and keeps it beside what the
// mirror adds up to. Rows that came in between are fetched, once.
func (s *Service) compareBalance(ctx context.Context, f feed) error {
	for try := range 2 {
		at, err := s.gw.Balance(ctx, f.Account)
		if err != nil {
			return err
		}
		differs := false
		err = s.db.InTx(ctx, func(tx *pg.Tx) error {
			mirrored, err := s.mirrored(ctx, tx, f)
			if err != nil {
				return err
			}
			var currencies []string
			var theirs, ours []int64
			for c := range union(at, mirrored) {
				currencies, theirs, ours = append(currencies, string(c)), append(theirs, at[c]), append(ours, mirrored[c])
				differs = differs || at[c] != mirrored[c]
			}
			if differs && try == 0 {
				return nil
			}
			_, err = tx.Exec(ctx, sqlSeeBalance, pgx.StrictNamedArgs{
				"account": f.Account, "livemode": s.gw.Livemode(), "org_id": f.OrgID, "now": tx.Now,
				"currencies": currencies, "stripe": theirs, "mirrored": ours,
			})
			if err != nil {
				return fmt.Errorf("keep Stripe's balance: %w", err)
			}
			return nil
		})
		if err != nil || !differs {
			return err
		}
		if err := s.scan(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) mirrored(ctx context.Context, q pg.Querier, f feed) (map[money.Currency]int64, error) {
	rows, err := q.Query(ctx, sqlMirrored, pgx.StrictNamedArgs{"account": f.Account, "livemode": s.gw.Livemode()})
	if err != nil {
		return nil, fmt.Errorf("add up the mirror: %w", err)
	}
	sums := map[money.Currency]int64{}
	var c money.Currency
	var n int64
	if _, err := pgx.ForEachRow(rows, []any{&c, &n}, func() error { sums[c] = n; return nil }); err != nil {
		return nil, fmt.Errorf("add up the mirror: %w", err)
	}
	return sums, nil
}

func union(a, b map[money.Currency]int64) map[money.Currency]bool {
	all := map[money.Currency]bool{}
	for c := range a {
		all[c] = true
	}
	for c := range b {
		all[c] = true
	}
	return all
}

package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlForgetRecount = `
DELETE FROM stripe_recount_row
 WHERE org_id = @org_id
   AND month = @month
   AND account = @account
   AND livemode = @livemode`

const sqlRecountRows = `
INSERT INTO stripe_recount_row (org_id, month, account, livemode, id, currency, net)
SELECT @org_id, @month, @account, @livemode, id, currency, net
  FROM unnest(@ids::text[], @currencies::text[], @net::bigint[]) AS r (id, currency, net)
    ON CONFLICT (org_id, month, account, livemode, id) DO NOTHING`

const sqlRecounted = `
INSERT INTO stripe_recount (org_id, month, account, livemode, counted_at)
VALUES (@org_id, @month, @account, @livemode, @now)
ON CONFLICT (org_id, month, account, livemode) DO UPDATE
   SET counted_at = excluded.counted_at`

// Recount lists a month's rows at Stripe afresh, and its balance, for P2 and P7.
// What it lists is kept beside the mirror and not mixed into it.
func (s *Service) Recount(ctx context.Context, org uid.Org, month time.Time) error {
	feeds, err := s.feeds(ctx, org)
	if err != nil {
		return err
	}
	sp, err := spanOf(ctx, s.db.Pool(), org, month)
	if err != nil {
		return err
	}
	from, err := s.startsAt(ctx, sp)
	if err != nil {
		return err
	}
	for _, f := range feeds {
		if err := s.recount(ctx, f, sp, from); err != nil {
			return fmt.Errorf("recount account %q: %w", f.Account, err)
		}
		if err := s.compareBalance(ctx, f); err != nil {
			return fmt.Errorf("account %q: %w", f.Account, err)
		}
	}
	return nil
}

// CheckMonth brings the mirror up to date, lists an open month afresh and returns
// its proofs as they are then, without closing it.
func (s *Service) CheckMonth(ctx context.Context, org uid.Org, month time.Time) (Month, []Proof, error) {
	m, err := s.Month(ctx, org, month)
	if err != nil {
		return Month{}, nil, err
	}
	if m.Closed {
		return Month{}, nil, fault.Precondition(fault.WrongState, "%s is closed; its proofs are those of the closing.", m.Month.Format("January 2006"))
	}
	if err := s.askAgain(ctx, org, m.Month); err != nil {
		return Month{}, nil, err
	}
	if m, err = s.Month(ctx, org, m.Month); err != nil {
		return Month{}, nil, err
	}
	proofs, err := s.Proofs(ctx, org, m.Month)
	return m, proofs, err
}

// askAgain brings everything from Stripe that the proofs of a month need.
func (s *Service) askAgain(ctx context.Context, org uid.Org, month time.Time) error {
	err := s.IngestOrg(ctx, org)
	if err == nil {
		err = s.Recount(ctx, org, month)
	}
	if stripegw.Is(err, stripegw.Unreachable, stripegw.Limited) {
		return fault.Down(fault.Unavailable, "Stripe does not answer. The proofs need its rows once more; try again later.").Because(err)
	}
	return err
}

const sqlCheckedAt = `
SELECT CASE WHEN count(*) = count(c.counted_at) THEN min(c.counted_at) END
  FROM payment_account a
  JOIN stripe_scan s ON s.account = a.account AND s.livemode = a.livemode AND s.org_id = a.org_id
  LEFT JOIN stripe_recount c ON c.org_id = a.org_id AND c.month = @month AND c.account = a.account AND c.livemode = a.livemode
 WHERE a.org_id = @org_id
   AND a.disconnected_at IS NULL`

// checkedAt is when the rows of a month were last listed afresh for every
// account; zero where that has never been.
func (s *Service) checkedAt(ctx context.Context, org uid.Org, month time.Time) (time.Time, error) {
	var at *time.Time
	if err := s.db.Pool().QueryRow(ctx, sqlCheckedAt, pgx.StrictNamedArgs{"org_id": org, "month": month}).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("read when a month was checked: %w", err)
	}
	if at == nil {
		return time.Time{}, nil
	}
	return *at, nil
}

// startsAt is the moment at which the month begins where the organisation is.
func (s *Service) startsAt(ctx context.Context, sp span) (time.Time, error) {
	before, err := spanOf(ctx, s.db.Pool(), sp.org, sp.month.AddDate(0, 0, -1))
	return before.endsAt, err
}

func (s *Service) recount(ctx context.Context, f feed, sp span, from time.Time) error {
	var rows []stripegw.BalanceRow
	for after, more := "", true; more; {
		var page []stripegw.BalanceRow
		var err error
		page, more, err = s.gw.Rows(ctx, f.Account, stripegw.RowPage{Since: from, Until: sp.endsAt, After: after})
		if err != nil {
			return err
		}
		for _, r := range page { // only what is compared is kept, so that a big month fits
			rows = append(rows, stripegw.BalanceRow{ID: r.ID, Currency: r.Currency, Net: r.Net})
			after = r.ID
		}
	}
	ids, currencies, net := make([]string, len(rows)), make([]string, len(rows)), make([]int64, len(rows))
	for i, r := range rows {
		ids[i], currencies[i], net[i] = r.ID, string(r.Currency), r.Net
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		which := func() pgx.StrictNamedArgs {
			return pgx.StrictNamedArgs{"org_id": sp.org, "month": sp.month, "account": f.Account, "livemode": s.gw.Livemode()}
		}
		if _, err := tx.Exec(ctx, sqlForgetRecount, which()); err != nil {
			return fmt.Errorf("forget the last recount: %w", err)
		}
		args := which()
		args["ids"], args["currencies"], args["net"] = ids, currencies, net
		if _, err := tx.Exec(ctx, sqlRecountRows, args); err != nil {
			return fmt.Errorf("keep the recount: %w", err)
		}
		args = which()
		args["now"] = tx.Now
		if _, err := tx.Exec(ctx, sqlRecounted, args); err != nil {
			return fmt.Errorf("keep the recount: %w", err)
		}
		return nil
	})
}

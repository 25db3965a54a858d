package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// payoutsSince is how far back payouts are looked at again: one that was shown as
// paid may still fail days later.
const payoutsSince = 45 * 24 * time.Hour

const sqlKeepPayouts = `
INSERT INTO stripe_payout AS p (account, livemode, id, org_id, currency, amount, status, automatic, listable, complete, created_at, arrives_on,
                                method, descriptor, failure, mirrored_at)
SELECT @account, @livemode, id, @org_id, currency, amount, status, automatic, listable, false, created_at, arrives_on, method, descriptor, failure, @now
  FROM unnest(@ids::text[], @currencies::text[], @amounts::bigint[], @statuses::text[], @automatic::boolean[], @listable::boolean[],
              @created::timestamptz[], @arrives::date[], @methods::text[], @descriptors::text[], @failures::text[])
    AS n (id, currency, amount, status, automatic, listable, created_at, arrives_on, method, descriptor, failure)
 ORDER BY id
    ON CONFLICT (account, livemode, id) DO UPDATE
   SET status = excluded.status,
       listable = excluded.listable,
       arrives_on = excluded.arrives_on,
       failure = excluded.failure,
       mirrored_at = excluded.mirrored_at
 WHERE (p.status, p.listable, p.arrives_on, p.failure) IS DISTINCT FROM (excluded.status, excluded.listable, excluded.arrives_on, excluded.failure)`

func (s *Service) keepPayouts(ctx context.Context, f feed, payouts []stripegw.Payout) error {
	if len(payouts) == 0 {
		return nil
	}
	n := len(payouts)
	ids, currencies, statuses, methods := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	descriptors, failures, amounts := make([]string, n), make([]string, n), make([]int64, n)
	automatic, listable := make([]bool, n), make([]bool, n)
	created, arrives := make([]time.Time, n), make([]time.Time, n)
	for i, p := range payouts {
		ids[i], currencies[i], statuses[i], methods[i] = p.ID, string(p.Amount.Currency), p.Status, p.Method
		descriptors[i], failures[i], amounts[i] = p.Descriptor, p.Failure, p.Amount.Minor
		automatic[i], listable[i] = p.Automatic, p.Automatic && p.Complete
		created[i], arrives[i] = p.Created, p.ArrivesOn
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := tx.Exec(ctx, sqlKeepPayouts, pgx.StrictNamedArgs{
			"account": f.Account, "livemode": s.gw.Livemode(), "org_id": f.OrgID, "now": tx.Now, "ids": ids, "currencies": currencies,
			"amounts": amounts, "statuses": statuses, "automatic": automatic, "listable": listable, "created": created, "arrives": arrives,
			"methods": methods, "descriptors": descriptors, "failures": failures,
		})
		if err != nil {
			return fmt.Errorf("keep payouts: %w", err)
		}
		return nil
	})
}

const sqlAnyPayout = `
SELECT EXISTS (SELECT 1 FROM stripe_payout WHERE account = @account AND livemode = @livemode)`

// mirrorPayouts lists payouts and then what those are made of that Stripe has
// become able to tell.
func (s *Service) mirrorPayouts(ctx context.Context, f feed) error {
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	var some bool
	if err := s.db.Pool().QueryRow(ctx, sqlAnyPayout, pgx.StrictNamedArgs{"account": f.Account, "livemode": s.gw.Livemode()}).Scan(&some); err != nil {
		return fmt.Errorf("look for payouts: %w", err)
	}
	since := time.Time{}
	if some {
		since = now.Add(-payoutsSince)
	}
	for after, more := "", true; more; {
		var page []stripegw.Payout
		if page, more, err = s.gw.Payouts(ctx, f.Account, since, after); err != nil {
			return err
		}
		if err := s.keepPayouts(ctx, f, page); err != nil {
			return err
		}
		if len(page) > 0 {
			after = page[len(page)-1].ID
		}
	}
	return s.completePayouts(ctx, f)
}

type todoRow struct {
	ID        string
	RowsAfter string
}

const sqlPayoutsToList = `
SELECT id, rows_after
  FROM stripe_payout
 WHERE account = @account
   AND livemode = @livemode
   AND listable
   AND NOT complete
 ORDER BY id`

const sqlListedPayout = `
UPDATE stripe_payout
   SET rows_after = @after,
       complete = @complete
 WHERE account = @account
   AND livemode = @livemode
   AND id = @id
   AND NOT complete`

// completePayouts lists the rows of payouts, page by page, each page and the place
// to go on from in one transaction.
func (s *Service) completePayouts(ctx context.Context, f feed) error {
	todo, err := many[todoRow](ctx, s.db.Pool(), sqlPayoutsToList, pgx.StrictNamedArgs{"account": f.Account, "livemode": s.gw.Livemode()}, "list payouts to explain")
	if err != nil {
		return err
	}
	for _, p := range todo {
		for more := true; more; {
			var rows []stripegw.BalanceRow
			if rows, more, err = s.gw.Rows(ctx, f.Account, stripegw.RowPage{Payout: p.ID, After: p.RowsAfter}); err != nil {
				return err
			}
			if len(rows) > 0 {
				p.RowsAfter = rows[len(rows)-1].ID
			}
			err = s.db.InTx(ctx, func(tx *pg.Tx) error {
				if _, err := s.takeTx(ctx, tx, f, rows, p.ID); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, sqlListedPayout, pgx.StrictNamedArgs{
					"account": f.Account, "livemode": s.gw.Livemode(), "id": p.ID, "after": p.RowsAfter, "complete": !more,
				})
				if err != nil {
					return fmt.Errorf("note a payout's rows: %w", err)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// PayoutMoved looks at a payout that Stripe says has changed. It is payment's hook.
func (s *Service) PayoutMoved(ctx context.Context, org uid.Org, account, id string) error {
	if org.IsZero() {
		return nil
	}
	f := feed{org, account}
	p, err := s.gw.Payout(ctx, account, id)
	if err != nil {
		return err
	}
	if err := s.keepPayouts(ctx, f, []stripegw.Payout{p}); err != nil {
		return err
	}
	return s.completePayouts(ctx, f)
}

package reconcile

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/money"
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

// Payout is money on its way from Stripe to the bank.
type Payout struct {
	// ID is "po_…"; Account is Stripe's account.
	ID, Account string
	Amount      money.Amount
	// Status is Stripe's word: pending, in_transit, paid, failed, canceled.
	Status string
	// Automatic payouts say which rows they are made of; the others do not.
	Automatic bool
	Created   time.Time
	// ArrivesOn is the day on which it should be at the bank.
	ArrivesOn time.Time
	// Complete is true once all of its rows are here.
	Complete bool
	// Rows is how many rows it is made of, and Gross, Fees and Net what they add up
	// to; Net equals Amount when join C holds.
	Rows             int
	Gross, Fees, Net money.Amount
	// Sales, Refunds, Disputes and Others split Net by what the rows are.
	Sales, Refunds, Disputes, Others money.Amount
	// Banked is what statements have shown of it, and BankedOn the day of the last
	// such line; zero while none has.
	Banked   money.Amount
	BankedOn time.Time
	// Failure is in words why the bank refused it.
	Failure string
}

// Matched reports whether the rows explain the payout.
func (p Payout) Matched() bool { return p.Complete && p.Net == p.Amount }

// PayoutFilter narrows the list of payouts; its zero value is all of them.
type PayoutFilter struct {
	// From and Until bound the day of arrival; Until is exclusive.
	From, Until time.Time
	// Status keeps one of Stripe's statuses.
	Status string
	// After is the next that came with the page before.
	After string
	// Limit is how many at most; zero is 100.
	Limit int
}

// payoutColumns reads payouts with what their rows add up to.
const payoutColumns = `
SELECT p.id, p.account, p.currency, p.amount, p.status, p.automatic, p.complete, p.created_at, p.arrives_on, p.failure,
       x.rows, x.gross, x.fees, x.net, x.sales, x.refunds, x.disputes, b.banked, b.banked_on
  FROM stripe_payout p
 CROSS JOIN LATERAL (
       SELECT count(*)::int AS rows, coalesce(sum(r.gross), 0)::bigint AS gross, coalesce(sum(r.fee), 0)::bigint AS fees, coalesce(sum(r.net), 0)::bigint AS net,
              coalesce(sum(r.net) FILTER (WHERE r.category = 'charge'), 0)::bigint AS sales,
              coalesce(sum(r.net) FILTER (WHERE r.category LIKE 'refund%'), 0)::bigint AS refunds,
              coalesce(sum(r.net) FILTER (WHERE r.category LIKE 'dispute%'), 0)::bigint AS disputes
         FROM stripe_row r
        WHERE r.org_id = p.org_id
          AND r.payout_id = p.id
          AND r.source_id <> p.id) AS x
 CROSS JOIN LATERAL (
       SELECT -coalesce(sum(t.amount), 0)::bigint AS banked, max(j.effective_on) AS banked_on
         FROM posting t
         JOIN journal j ON j.org_id = t.org_id AND j.id = t.journal_id
        WHERE t.org_id = p.org_id
          AND t.account = 'payout_transit'
          AND t.ref = p.id
          AND t.currency = p.currency
          AND j.kind NOT IN ('payout')) AS b
 WHERE p.org_id = @org_id`

const sqlPayouts = payoutColumns + `
   AND (@from::date IS NULL OR p.arrives_on >= @from)
   AND (@until::date IS NULL OR p.arrives_on < @until)
   AND (@status = '' OR p.status = @status)
   AND (@after_day::date IS NULL OR (p.arrives_on, p.id) < (@after_day, @after))
 ORDER BY p.arrives_on DESC, p.id DESC
 LIMIT @limit`

const sqlPayoutsByID = payoutColumns + `
   AND p.id = ANY (@ids)
 ORDER BY p.arrives_on DESC, p.id DESC`

type payoutLine struct {
	ID, Account              string
	Currency                 money.Currency
	Amount                   int64
	Status                   string
	Automatic, Complete      bool
	CreatedAt, ArrivesOn     time.Time
	Failure                  string
	Rows                     int
	Gross, Fees, Net         int64
	Sales, Refunds, Disputes int64
	Banked                   int64
	BankedOn                 *time.Time
}

func (l payoutLine) payout() Payout {
	in := func(minor int64) money.Amount { return money.New(minor, l.Currency) }
	p := Payout{
		ID: l.ID, Account: l.Account, Amount: in(l.Amount), Status: l.Status, Automatic: l.Automatic, Complete: l.Complete, Created: l.CreatedAt,
		ArrivesOn: l.ArrivesOn, Rows: l.Rows, Gross: in(l.Gross), Fees: in(l.Fees), Net: in(l.Net), Sales: in(l.Sales), Refunds: in(l.Refunds),
		Disputes: in(l.Disputes), Others: in(l.Net - l.Sales - l.Refunds - l.Disputes), Banked: in(l.Banked), Failure: l.Failure,
	}
	if l.BankedOn != nil {
		p.BankedOn = *l.BankedOn
	}
	return p
}

// Payouts lists payouts, the latest first. Next is the After of the next page;
// empty when this is the last.
func (s *Service) Payouts(ctx context.Context, org uid.Org, f PayoutFilter) (payouts []Payout, next string, err error) {
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 100
	}
	args := pgx.StrictNamedArgs{
		"org_id": org, "from": dayOrNull(f.From), "until": dayOrNull(f.Until), "status": f.Status, "after_day": nil, "after": "", "limit": f.Limit + 1,
	}
	if f.After != "" {
		day, id, _ := strings.Cut(f.After, " ")
		on, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return nil, "", fault.InvalidField("page_token", "page.token", "is not one that was given").Because(err)
		}
		args["after_day"], args["after"] = on, id
	}
	lines, err := many[payoutLine](ctx, s.db.Pool(), sqlPayouts, args, "list payouts")
	if err != nil {
		return nil, "", err
	}
	if len(lines) > f.Limit {
		lines = lines[:f.Limit]
		last := lines[f.Limit-1]
		next = last.ArrivesOn.Format(time.DateOnly) + " " + last.ID
	}
	for _, l := range lines {
		payouts = append(payouts, l.payout())
	}
	return payouts, next, nil
}

func dayOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Payout returns one payout with the rows it is made of, at most 10,000.
func (s *Service) Payout(ctx context.Context, org uid.Org, id string) (Payout, []Row, error) {
	found, err := s.payoutsByID(ctx, org, []string{id})
	if err != nil {
		return Payout{}, nil, err
	}
	if len(found) == 0 {
		return Payout{}, nil, fault.NotFound("payout")
	}
	rows, err := s.rows(ctx, sqlRowsOfPayout, pgx.StrictNamedArgs{"org_id": org, "payout": id})
	return found[0], rows, err
}

func (s *Service) payoutsByID(ctx context.Context, org uid.Org, ids []string) ([]Payout, error) {
	lines, err := many[payoutLine](ctx, s.db.Pool(), sqlPayoutsByID, pgx.StrictNamedArgs{"org_id": org, "ids": ids}, "read payouts")
	if err != nil {
		return nil, err
	}
	payouts := make([]Payout, len(lines))
	for i, l := range lines {
		payouts[i] = l.payout()
	}
	return payouts, nil
}

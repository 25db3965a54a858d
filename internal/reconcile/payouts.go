package reconcile

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

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
	// Running explains a payout that is not automatic, by the balance; nil for the
	// others, and in lists.
	Running *Running
}

// Running is how Stripe's balance came to what a payout was taken from: what is
// known of a payout of which Stripe does not say its rows.
type Running struct {
	// Since is when the payout before it left; zero without one.
	Since time.Time
	// Opening is what that one left on the balance; Sales, Refunds, Disputes and
	// Others are what came after it, less fees; Before is what they come to.
	Opening, Sales, Refunds, Disputes, Others, Before money.Amount
	// Fees are those within the movements, and After what stays on the balance.
	Fees, After money.Amount
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
	p := found[0]
	if !p.Automatic {
		r, err := s.running(ctx, org, p)
		if err != nil {
			return Payout{}, nil, err
		}
		p.Running = &r
		return p, nil, nil
	}
	rows, err := s.rows(ctx, sqlRowsOfPayout, pgx.StrictNamedArgs{"org_id": org, "payout": id})
	return p, rows, err
}

// What happened in the second of a payout counts as before it.
const sqlRunning = `
WITH before AS (
  SELECT max(created_at) AS at
    FROM stripe_payout
   WHERE org_id = @org_id
     AND account = @account
     AND currency = @currency
     AND (created_at, id) < (@at, @id)
)
SELECT b.at AS since,
       coalesce(sum(r.net) FILTER (WHERE r.created_at <= b.at), 0)::bigint AS opening,
       coalesce(sum(r.net) FILTER (WHERE n.new AND r.category = 'charge'), 0)::bigint AS sales,
       coalesce(sum(r.net) FILTER (WHERE n.new AND r.category LIKE 'refund%'), 0)::bigint AS refunds,
       coalesce(sum(r.net) FILTER (WHERE n.new AND r.category LIKE 'dispute%'), 0)::bigint AS disputes,
       coalesce(sum(r.fee) FILTER (WHERE n.new), 0)::bigint AS fees,
       coalesce(sum(r.net), 0)::bigint AS total
  FROM before b
  LEFT JOIN stripe_row r ON r.org_id = @org_id AND r.account = @account AND r.currency = @currency AND r.created_at <= @at AND r.source_id <> @id
 CROSS JOIN LATERAL (SELECT b.at IS NULL OR r.created_at > b.at AS new) AS n
 GROUP BY b.at`

func (s *Service) running(ctx context.Context, org uid.Org, p Payout) (Running, error) {
	type row struct {
		Since                                          *time.Time
		Opening, Sales, Refunds, Disputes, Fees, Total int64
	}
	c := p.Amount.Currency
	rows, err := many[row](ctx, s.db.Pool(), sqlRunning, pgx.StrictNamedArgs{
		"org_id": org, "account": p.Account, "currency": c, "at": p.Created, "id": p.ID,
	}, "read the running balance of a payout")
	if err != nil {
		return Running{}, err
	}
	r := rows[0]
	run := Running{
		Opening: money.New(r.Opening, c), Sales: money.New(r.Sales, c), Refunds: money.New(r.Refunds, c), Disputes: money.New(r.Disputes, c),
		Others: money.New(r.Total-r.Opening-r.Sales-r.Refunds-r.Disputes, c), Before: money.New(r.Total, c), Fees: money.New(r.Fees, c),
		After: money.New(r.Total-p.Amount.Minor, c),
	}
	if r.Since != nil {
		run.Since = *r.Since
	}
	return run, nil
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

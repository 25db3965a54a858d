package reconcile

import (
	"github.com/jackc/pgx/v5"

	"context"
	"fmt"
	"time"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// JoinID names one of the four joins.
type JoinID string

// The joins, from the order to the bank.
const (
	JoinOrders JoinID = "A" // order and payment
	JoinStripe JoinID = "B" // payment and Stripe
	JoinPayout JoinID = "C" // Stripe and payout
	JoinBank   JoinID = "D" // payout and bank
)

// Band is how worrying an open item's age is.
type Band string

// The bands, by days since the item's first posting.
const (
	Timing    Band = "timing"    // 0 to 2 days: it will settle by itself
	Watch     Band = "watch"     // 3 to 7 days
	Exception Band = "exception" // more than 7 days, or nothing will settle it
)

// Heap is how many things there are, and what they come to in each currency.
type Heap struct {
	Count   int
	Amounts []money.Amount
}

// Join is one column of the finance screen.
type Join struct {
	ID JoinID
	// Title is for people: "Orders and payments".
	Title string
	// Matched is what came to zero, by its larger side. For join C it is the
	// payouts whose rows add up to them.
	Matched Heap
	// Timing, Watch and Exception are the open items; their amounts are balances,
	// so that what is owed and what is due back are set off within a currency.
	Timing, Watch, Exception Heap
	// Explained is how many of the exceptions somebody has explained.
	Explained int
}

// Feed is how far the mirror of a Stripe account has come.
type Feed struct {
	// Account is Stripe's; "" is the operator's own.
	Account string
	// Until is the moment up to which every row is here; zero before the first
	// round is done.
	Until time.Time
	// Running is true while a round is not finished.
	Running bool
	// Rows is how many are here.
	Rows int
	// Balance is what Stripe says, and Mirrored what the rows here add up to, at
	// CheckedAt.
	Balance, Mirrored []money.Amount
	CheckedAt         time.Time
}

// Overview is the finance screen: the joins side by side.
type Overview struct {
	Org uid.Org
	// AsOf is the day on which ages are counted.
	AsOf  time.Time
	Joins []Join
	Feeds []Feed
	// StripeBalance and InTransit are what lies at Stripe and what is on its way.
	StripeBalance, InTransit []money.Amount
	// Month is the earliest month that is not closed; zero when there is none.
	Month time.Time
}

// accounts are the clearing accounts whose references a join brings to zero.
var accountsOf = map[JoinID][]ledger.Account{
	JoinOrders: {ledger.Receivable},
	JoinStripe: {ledger.StripePending, ledger.RefundPending, ledger.DisputeHeld, ledger.StripeSuspense},
	JoinPayout: {ledger.StripeBalance},
	JoinBank:   {ledger.PayoutTransit, ledger.BankSuspense},
}

var joinTitles = []struct {
	id    JoinID
	title string
}{
	{JoinOrders, "Orders and payments"}, {JoinStripe, "Payments and Stripe"}, {JoinPayout, "Stripe and payouts"}, {JoinBank, "Payouts and bank"},
}

func joinOf(a ledger.Account) JoinID {
	for id, accounts := range accountsOf {
		for _, account := range accounts {
			if account == a {
				return id
			}
		}
	}
	return ""
}

const sqlMatched = `
SELECT account, currency, count(*)::int AS count, sum(side)::bigint AS amount
  FROM (SELECT account, currency, sum(amount) FILTER (WHERE amount > 0) AS side
          FROM posting
         WHERE org_id = @org_id
           AND account = ANY (@accounts)
         GROUP BY account, ref, currency
        HAVING sum(amount) = 0) AS m
 GROUP BY account, currency
 UNION ALL
SELECT 'stripe_balance', currency, count(*)::int, sum(amount)::bigint
  FROM stripe_payout
 WHERE org_id = @org_id
   AND complete
   AND amount = (SELECT coalesce(sum(r.net), 0)
                   FROM stripe_row r
                  WHERE r.org_id = stripe_payout.org_id
                    AND r.payout_id = stripe_payout.id
                    AND r.source_id <> stripe_payout.id)
 GROUP BY currency
 ORDER BY 1, 2`

type heapRow struct {
	Account  ledger.Account
	Currency money.Currency
	Count    int
	Amount   int64
}

const sqlItemSums = openItems + `
SELECT account, currency, band, (sentence IS NOT NULL) AS explained, count(*)::int AS count, sum(amount)::bigint AS amount
  FROM aged
 GROUP BY account, currency, band, (sentence IS NOT NULL)
 ORDER BY account, currency, band, explained`

type itemSum struct {
	heapRow
	Band      Band
	Explained bool
}

const sqlFeedStates = `
SELECT s.account, coalesce(s.done_until, '0001-01-01'::timestamptz) AS until, s.window_until IS NOT NULL AS running,
       (SELECT count(*) FROM stripe_row r WHERE r.account = s.account AND r.livemode = s.livemode)::int AS rows
  FROM stripe_scan s
 WHERE s.org_id = @org_id
 ORDER BY s.account`

const sqlSeen = `
SELECT DISTINCT ON (account, livemode, currency) account, currency, at, stripe, mirrored
  FROM stripe_balance_seen
 WHERE org_id = @org_id
 ORDER BY account, livemode, currency, at DESC`

const sqlBalances = `
SELECT account, currency, 0 AS count, sum(amount)::bigint AS amount
  FROM posting
 WHERE org_id = @org_id
   AND account IN ('stripe_balance', 'payout_transit')
 GROUP BY account, currency
 ORDER BY account, currency`

const sqlFirstOpen = `
SELECT min(month)
  FROM acct_period
 WHERE org_id = @org_id
   AND state = 'open'`

// Overview sums up where an organisation's money is.
func (s *Service) Overview(ctx context.Context, org uid.Org) (Overview, error) {
	o := Overview{Org: org}
	q := s.db.Pool()
	var err error
	if o.AsOf, err = s.today(ctx, org); err != nil {
		return o, err
	}
	if o.Joins, err = s.joins(ctx, q, org, o.AsOf); err != nil {
		return o, err
	}
	if o.Feeds, err = s.feedStates(ctx, q, org); err != nil {
		return o, err
	}
	balances, err := many[heapRow](ctx, q, sqlBalances, pgx.StrictNamedArgs{"org_id": org}, "read balances")
	if err != nil {
		return o, err
	}
	for _, b := range balances {
		if b.Account == ledger.StripeBalance {
			o.StripeBalance = append(o.StripeBalance, money.New(b.Amount, b.Currency))
		} else {
			o.InTransit = append(o.InTransit, money.New(b.Amount, b.Currency))
		}
	}
	var first *time.Time
	if err := q.QueryRow(ctx, sqlFirstOpen, pgx.StrictNamedArgs{"org_id": org}).Scan(&first); err != nil {
		return o, fmt.Errorf("find the first open month: %w", err)
	}
	if first != nil {
		o.Month = *first
	}
	return o, nil
}

// today is the day where the organisation is.
func (s *Service) today(ctx context.Context, org uid.Org) (day time.Time, err error) {
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		day, err = ledger.TodayTx(ctx, tx, org)
		return err
	})
	return day, err
}

func (h *Heap) add(count int, amount int64, c money.Currency) {
	h.Count += count
	for i, a := range h.Amounts {
		if a.Currency == c {
			h.Amounts[i].Minor += amount
			return
		}
	}
	h.Amounts = append(h.Amounts, money.New(amount, c))
}

func (s *Service) joins(ctx context.Context, q pg.Querier, org uid.Org, asOf time.Time) ([]Join, error) {
	at := map[JoinID]*Join{}
	joins := make([]Join, len(joinTitles))
	for i, j := range joinTitles {
		joins[i] = Join{ID: j.id, Title: j.title}
		at[j.id] = &joins[i]
	}
	clearing := []ledger.Account{}
	for _, id := range []JoinID{JoinOrders, JoinStripe, JoinBank} {
		clearing = append(clearing, accountsOf[id]...)
	}
	matched, err := many[heapRow](ctx, q, sqlMatched, pgx.StrictNamedArgs{"org_id": org, "accounts": clearing}, "count what is matched")
	if err != nil {
		return nil, err
	}
	for _, m := range matched {
		at[joinOf(m.Account)].Matched.add(m.Count, m.Amount, m.Currency)
	}
	open, err := many[itemSum](ctx, q, sqlItemSums, pgx.StrictNamedArgs{"org_id": org, "as_of": asOf}, "count what is open")
	if err != nil {
		return nil, err
	}
	for _, o := range open {
		j := at[joinOf(o.Account)]
		heap := map[Band]*Heap{Timing: &j.Timing, Watch: &j.Watch, Exception: &j.Exception}[o.Band]
		heap.add(o.Count, o.Amount, o.Currency)
		if o.Explained && o.Band == Exception {
			j.Explained += o.Count
		}
	}
	return joins, nil
}

type seenRow struct {
	Account          string
	Currency         money.Currency
	At               time.Time
	Stripe, Mirrored int64
}

func (s *Service) feedStates(ctx context.Context, q pg.Querier, org uid.Org) ([]Feed, error) {
	type state struct {
		Account string
		Until   time.Time
		Running bool
		Rows    int
	}
	states, err := many[state](ctx, q, sqlFeedStates, pgx.StrictNamedArgs{"org_id": org}, "read how far the mirror is")
	if err != nil {
		return nil, err
	}
	seen, err := many[seenRow](ctx, q, sqlSeen, pgx.StrictNamedArgs{"org_id": org}, "read Stripe's balance")
	if err != nil {
		return nil, err
	}
	var feeds []Feed
	for _, st := range states {
		f := Feed{Account: st.Account, Running: st.Running, Rows: st.Rows}
		if st.Until.Year() > 1 {
			f.Until = st.Until
		}
		for _, b := range seen {
			if b.Account == st.Account {
				f.Balance, f.Mirrored = append(f.Balance, money.New(b.Stripe, b.Currency)), append(f.Mirrored, money.New(b.Mirrored, b.Currency))
				f.CheckedAt = b.At
			}
		}
		feeds = append(feeds, f)
	}
	return feeds, nil
}

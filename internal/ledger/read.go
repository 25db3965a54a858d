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

const sqlBalance = `
SELECT currency, sum(amount)::bigint
  FROM posting
 WHERE org_id = @org_id
   AND account = @account
   AND (@ref = '' OR ref = @ref)
 GROUP BY currency`

// Balance is what an account comes to by currency, in minor units, for one
// reference or, with an empty ref, in all.
func (s *Service) Balance(ctx context.Context, q pg.Querier, org uid.Org, account Account, ref string) (map[money.Currency]int64, error) {
	rows, err := q.Query(ctx, sqlBalance, pgx.StrictNamedArgs{"org_id": org, "account": account, "ref": ref})
	if err != nil {
		return nil, fmt.Errorf("read the balance of %s: %w", account, err)
	}
	sums := map[money.Currency]int64{}
	var c money.Currency
	var amount int64
	if _, err := pgx.ForEachRow(rows, []any{&c, &amount}, func() error { sums[c] = amount; return nil }); err != nil {
		return nil, fmt.Errorf("read the balance of %s: %w", account, err)
	}
	return sums, nil
}

const sqlReceivables = `
SELECT ref, currency, sum(amount)::bigint
  FROM posting
 WHERE org_id = @org_id
   AND account = 'receivable'
   AND ref = ANY (@refs)
 GROUP BY ref, currency`

// Receivables is what each of many orders owes, by order and currency: above
// zero owed, below zero due back. Orders without postings are missing.
func (s *Service) Receivables(ctx context.Context, q pg.Querier, org uid.Org, refs []string) (map[string]map[money.Currency]int64, error) {
	rows, err := q.Query(ctx, sqlReceivables, pgx.StrictNamedArgs{"org_id": org, "refs": refs})
	if err != nil {
		return nil, fmt.Errorf("read receivables: %w", err)
	}
	owed := map[string]map[money.Currency]int64{}
	var ref string
	var c money.Currency
	var amount int64
	_, err = pgx.ForEachRow(rows, []any{&ref, &c, &amount}, func() error {
		if owed[ref] == nil {
			owed[ref] = map[money.Currency]int64{}
		}
		owed[ref][c] = amount
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read receivables: %w", err)
	}
	return owed, nil
}

// OpenItem is a reference of a clearing account that does not come to zero.
type OpenItem struct {
	Account Account
	Ref     string
	Amount  money.Amount
	// Since is the day of its first posting, and Last that of its latest.
	Since, Last time.Time
}

// OpenFilter narrows a list of open items; its zero value is all of them.
type OpenFilter struct {
	Accounts []Account
	// Before keeps items whose first posting is of an earlier day.
	Before time.Time
	Limit  int
}

const sqlOpenItems = `
SELECT account, ref, currency, amount, since, last_on
  FROM open_item
 WHERE org_id = @org_id
   AND (cardinality(@accounts::text[]) = 0 OR account = ANY (@accounts))
   AND (@before::date IS NULL OR since < @before)
 ORDER BY since, account, ref, currency
 LIMIT @limit`

// OpenItems lists open items, oldest first.
func (s *Service) OpenItems(ctx context.Context, q pg.Querier, org uid.Org, f OpenFilter) ([]OpenItem, error) {
	accounts := f.Accounts
	if accounts == nil {
		accounts = []Account{}
	}
	var before *time.Time
	if !f.Before.IsZero() {
		before = &f.Before
	}
	var limit *int
	if f.Limit > 0 {
		limit = &f.Limit
	}
	rows, err := q.Query(ctx, sqlOpenItems, pgx.StrictNamedArgs{"org_id": org, "accounts": accounts, "before": before, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("read open items: %w", err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (OpenItem, error) {
		var o OpenItem
		return o, row.Scan(&o.Account, &o.Ref, &o.Amount.Currency, &o.Amount.Minor, &o.Since, &o.Last)
	})
	if err != nil {
		return nil, fmt.Errorf("read open items: %w", err)
	}
	return items, nil
}

// Sum is what was booked on an account for one reference.
type Sum struct {
	Account Account
	Ref     string
	Amount  money.Amount
}

// SumFilter says which postings are summed: of these accounts (none: all), from
// a day on and before another (zero: without bound).
type SumFilter struct {
	Accounts    []Account
	From, Until time.Time
}

const sqlSums = `
SELECT p.account, p.ref, p.currency, sum(p.amount)::bigint
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
 WHERE p.org_id = @org_id
   AND (cardinality(@accounts::text[]) = 0 OR p.account = ANY (@accounts))
   AND (@from::date IS NULL OR j.effective_on >= @from)
   AND (@until::date IS NULL OR j.effective_on < @until)
 GROUP BY p.account, p.ref, p.currency
 ORDER BY p.account, p.ref, p.currency`

// Sums adds postings up by account, reference and currency; sums of zero are
// among them. It is what month-end proofs and event summaries read.
func (s *Service) Sums(ctx context.Context, q pg.Querier, org uid.Org, f SumFilter) ([]Sum, error) {
	accounts := f.Accounts
	if accounts == nil {
		accounts = []Account{}
	}
	var from, until *time.Time
	if !f.From.IsZero() {
		from = &f.From
	}
	if !f.Until.IsZero() {
		until = &f.Until
	}
	rows, err := q.Query(ctx, sqlSums, pgx.StrictNamedArgs{"org_id": org, "accounts": accounts, "from": from, "until": until})
	if err != nil {
		return nil, fmt.Errorf("sum postings: %w", err)
	}
	sums, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Sum, error) {
		var u Sum
		return u, row.Scan(&u.Account, &u.Ref, &u.Amount.Currency, &u.Amount.Minor)
	})
	if err != nil {
		return nil, fmt.Errorf("sum postings: %w", err)
	}
	return sums, nil
}

// Lists of journals share their columns: one row per posting.
const journalColumns = `
SELECT j.org_id, j.id, j.source_key, j.kind, j.effective_on, j.posted_at, j.actor, j.memo, j.reverses,
       p.account, p.currency, p.amount, p.ref
  FROM journal j
  JOIN posting p ON p.org_id = j.org_id AND p.journal_id = j.id
 WHERE j.org_id = @org_id`

const journalOrder = `
 ORDER BY j.effective_on, j.id, p.line`

const sqlJournalsByID = journalColumns + `
   AND j.id = ANY (@ids)` + journalOrder

const sqlJournalsBySource = journalColumns + `
   AND j.source_key = ANY (@sources)` + journalOrder

const sqlJournalsByRef = journalColumns + `
   AND j.id IN (
         SELECT journal_id
           FROM posting
          WHERE org_id = @org_id
            AND account = ANY (@accounts)
            AND ref = @ref)` + journalOrder

// JournalsBySource finds journals by what they were made of.
func (s *Service) JournalsBySource(ctx context.Context, q pg.Querier, org uid.Org, sources ...string) ([]Posted, error) {
	return s.journals(ctx, q, sqlJournalsBySource, pgx.StrictNamedArgs{"org_id": org, "sources": sources})
}

// JournalsByRef finds the journals with a line about ref, oldest first, each
// with all of its lines. Of accounts, only those given are looked at, all when
// none is.
func (s *Service) JournalsByRef(ctx context.Context, q pg.Querier, org uid.Org, ref string, accounts ...Account) ([]Posted, error) {
	if len(accounts) == 0 {
		for _, e := range Chart() {
			accounts = append(accounts, e.Account)
		}
	}
	return s.journals(ctx, q, sqlJournalsByRef, pgx.StrictNamedArgs{"org_id": org, "ref": ref, "accounts": accounts})
}

func (s *Service) journals(ctx context.Context, q pg.Querier, sql string, args pgx.StrictNamedArgs) ([]Posted, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	var all []Posted
	var j Posted
	var p Posting
	_, err = pgx.ForEachRow(rows, []any{
		&j.Org, &j.ID, &j.SourceKey, &j.Kind, &j.On, &j.PostedAt, &j.Actor, &j.Memo, &j.Reverses,
		&p.Account, &p.Amount.Currency, &p.Amount.Minor, &p.Ref,
	}, func() error {
		if len(all) == 0 || all[len(all)-1].ID != j.ID {
			all = append(all, j)
		}
		last := &all[len(all)-1]
		last.Postings = append(last.Postings, p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	return all, nil
}

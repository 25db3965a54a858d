package bank

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Closing compares a bank account with its statements at the end of a day. It is
// what the proof of the bank's balance reads.
type Closing struct {
	Account uid.BankAccount
	Name    string
	// On is the last day that a statement covers, up to the day asked for.
	On time.Time
	// Stated is what the account has then by the statement; Booked is what the ledger
	// has on it, with the balance from before the first statement.
	Stated, Booked money.Amount
	// Before is what the account had before the first statement, which the ledger
	// does not know.
	Before money.Amount
	// Unstated is true where no statement of the account says a balance. Then
	// Stated is what the statements' lines come to and Before is nothing: whether a
	// line is missing between two statements nobody can tell.
	Unstated bool
	// Lines is how many lines Stated was added up from, where it is Unstated, and
	// Gaps are the days from the first statement to On that no statement covers.
	Lines int
	Gaps  []Gap
}

// Gap is days that no statement covers, the last one included.
type Gap struct{ From, To time.Time }

type closingRow struct {
	ID           uid.BankAccount
	Name         string
	Currency     money.Currency
	OpeningMinor int64
	On           time.Time
	StatedMinor  int64
}

// A statement that goes on after the day says what the account had on the day,
// too: its lines of later days are taken off.
const sqlClosings = `
SELECT x.id, x.name, x.currency, x.opening_minor, x.on, (x.closing_minor - coalesce(l.later, 0))::bigint AS stated_minor
  FROM (SELECT DISTINCT ON (a.id) a.org_id, a.id, a.name, a.currency, a.opening_minor, least(s.to_on, @until::date) AS on, s.to_on, s.closing_minor
          FROM bank_account a
          JOIN bank_statement s ON s.org_id = a.org_id AND s.account_id = a.id
         WHERE a.org_id = @org_id
           AND a.opening_minor IS NOT NULL
           AND s.closing_minor IS NOT NULL
           AND s.from_on <= @until
         ORDER BY a.id, least(s.to_on, @until::date) DESC, s.to_on, s.imported_at DESC, s.id DESC) AS x
  LEFT JOIN LATERAL (
       SELECT sum(b.amount_minor) AS later
         FROM bank_line b
        WHERE b.org_id = x.org_id
          AND b.account_id = x.id
          AND b.booked_on > x.on
          AND b.booked_on <= x.to_on) AS l ON true
 ORDER BY x.id`

// A line of a closed month is booked in the next one; it counts on its own day here.
const sqlBooked = `
SELECT coalesce(sum(p.amount), 0)::bigint
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
  LEFT JOIN bank_line l ON l.org_id = p.org_id AND j.source_key = 'bank:' || l.ref
 WHERE p.org_id = @org_id
   AND p.account = 'bank'
   AND p.ref = @ref
   AND coalesce(l.booked_on, j.effective_on) <= @until`

// Closings compares each bank account with the latest statement that begins on a
// day or before, as of that day. Accounts without any are left out.
func (s *Service) Closings(ctx context.Context, q pg.Querier, org uid.Org, until time.Time) ([]Closing, error) {
	rows, err := many[closingRow](ctx, q, sqlClosings, pgx.StrictNamedArgs{"org_id": org, "until": until}, "list closing balances")
	if err != nil {
		return nil, err
	}
	list := make([]Closing, len(rows))
	for i, r := range rows {
		list[i] = Closing{
			Account: r.ID, Name: r.Name, On: r.On, Stated: money.New(r.StatedMinor, r.Currency), Before: money.New(r.OpeningMinor, r.Currency),
		}
	}
	more, err := s.unstated(ctx, q, org, until)
	if err != nil {
		return nil, err
	}
	list = append(list, more...)
	for i := range list {
		c := &list[i]
		var booked int64
		err := q.QueryRow(ctx, sqlBooked, pgx.StrictNamedArgs{"org_id": org, "ref": c.Account.String(), "until": c.On}).Scan(&booked)
		if err != nil {
			return nil, fmt.Errorf("sum what is booked at the bank: %w", err)
		}
		c.Booked = money.New(c.Before.Minor+booked, c.Stated.Currency)
	}
	return list, nil
}

type unstatedRow struct {
	ID       uid.BankAccount
	Name     string
	Currency money.Currency
	Froms    []time.Time
	Tos      []time.Time
}

const sqlUnstated = `
SELECT a.id, a.name, a.currency, array_agg(s.from_on ORDER BY s.from_on, s.to_on) AS froms, array_agg(s.to_on ORDER BY s.from_on, s.to_on) AS tos
  FROM bank_account a
  JOIN bank_statement s ON s.org_id = a.org_id AND s.account_id = a.id
 WHERE a.org_id = @org_id
   AND a.opening_minor IS NULL
   AND s.from_on <= @until
 GROUP BY a.id, a.name, a.currency
 ORDER BY a.id`

const sqlLinesUntil = `
SELECT count(*)::int, coalesce(sum(amount_minor), 0)::bigint
  FROM bank_line
 WHERE org_id = @org_id
   AND account_id = @account_id
   AND booked_on <= @until`

// unstated are the accounts whose statements say no balances.
func (s *Service) unstated(ctx context.Context, q pg.Querier, org uid.Org, until time.Time) ([]Closing, error) {
	rows, err := many[unstatedRow](ctx, q, sqlUnstated, pgx.StrictNamedArgs{"org_id": org, "until": until}, "list accounts without balances")
	if err != nil {
		return nil, err
	}
	list := make([]Closing, len(rows))
	for i, r := range rows {
		c := Closing{Account: r.ID, Name: r.Name, Before: money.New(0, r.Currency), Unstated: true}
		c.On, c.Gaps = covered(r.Froms, r.Tos, until)
		var sum int64
		err := q.QueryRow(ctx, sqlLinesUntil, pgx.StrictNamedArgs{"org_id": org, "account_id": r.ID, "until": c.On}).Scan(&c.Lines, &sum)
		if err != nil {
			return nil, fmt.Errorf("sum bank lines: %w", err)
		}
		c.Stated = money.New(sum, r.Currency)
		list[i] = c
	}
	return list, nil
}

// covered is up to when statements, sorted by their first days, cover an account,
// and the days before that none of them does.
func covered(froms, tos []time.Time, until time.Time) (on time.Time, gaps []Gap) {
	for i, from := range froms {
		if next := on.AddDate(0, 0, 1); i > 0 && from.After(next) {
			gaps = append(gaps, Gap{next, from.AddDate(0, 0, -1)})
		}
		if tos[i].After(on) {
			on = tos[i]
		}
	}
	if on.After(until) {
		on = until
	}
	return on, gaps
}

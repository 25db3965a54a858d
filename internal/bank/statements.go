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

// statementRow is a row of bank_statement with its account's currency.
type statementRow struct {
	ID           uid.Statement
	AccountID    uid.BankAccount
	Format       string
	FileName     string
	Number       string
	FromOn       time.Time
	ToOn         time.Time
	OpeningMinor *int64
	ClosingMinor *int64
	Currency     money.Currency
	Checked      bool
	Lines        int
	NewLines     int
	ImportedAt   time.Time
	ImportedBy   string
}

const sqlStatements = `
SELECT s.id, s.account_id, s.format, s.file_name, s.number, s.from_on, s.to_on, s.opening_minor, s.closing_minor, a.currency, s.checked,
       s.lines, s.new_lines, s.imported_at, s.imported_by
  FROM bank_statement s
  JOIN bank_account a ON a.org_id = s.org_id AND a.id = s.account_id
 WHERE s.org_id = @org_id
   AND (@account_id::uuid IS NULL OR s.account_id = @account_id)
 ORDER BY s.to_on DESC, s.id DESC
 LIMIT 500`

// Statements lists imported statements, of one account or, with the zero id, of
// all, the latest first.
func (s *Service) Statements(ctx context.Context, org uid.Org, id uid.BankAccount) ([]Statement, error) {
	rows, err := many[statementRow](ctx, s.db.Pool(), sqlStatements, pgx.StrictNamedArgs{"org_id": org, "account_id": id}, "list statements")
	if err != nil {
		return nil, err
	}
	list := make([]Statement, len(rows))
	for i, r := range rows {
		list[i] = Statement{
			ID: r.ID, Account: r.AccountID, Format: r.Format, FileName: r.FileName, Number: r.Number, From: r.FromOn, To: r.ToOn,
			Checked: r.Checked, Lines: r.Lines, New: r.NewLines, ImportedAt: r.ImportedAt, ImportedBy: r.ImportedBy,
		}
		if r.ClosingMinor != nil {
			list[i].Opening, list[i].Closing = money.New(*r.OpeningMinor, r.Currency), money.New(*r.ClosingMinor, r.Currency)
		}
	}
	return list, nil
}

// Closing compares a bank account with its statements at the end of a day. It is
// what the proof of the bank's balance reads.
type Closing struct {
	Account uid.BankAccount
	Name    string
	// On is the last day that a statement covers, up to the day asked for.
	On time.Time
	// Stated is the closing balance of that statement; Booked is what the ledger has
	// on the account up to then, with the balance from before the first statement.
	Stated, Booked money.Amount
	// Before is what the account had before the first statement, which the ledger
	// does not know.
	Before money.Amount
}

type closingRow struct {
	ID           uid.BankAccount
	Name         string
	Currency     money.Currency
	OpeningMinor int64
	ToOn         time.Time
	ClosingMinor int64
}

const sqlClosings = `
SELECT DISTINCT ON (a.id) a.id, a.name, a.currency, a.opening_minor, s.to_on, s.closing_minor
  FROM bank_account a
  JOIN bank_statement s ON s.org_id = a.org_id AND s.account_id = a.id
 WHERE a.org_id = @org_id
   AND a.opening_minor IS NOT NULL
   AND s.closing_minor IS NOT NULL
   AND s.to_on <= @until
 ORDER BY a.id, s.to_on DESC, s.imported_at DESC, s.id DESC`

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

// Closings compares each bank account with the latest statement that ends on a
// day or before; accounts whose statements say no balances are left out.
func (s *Service) Closings(ctx context.Context, q pg.Querier, org uid.Org, until time.Time) ([]Closing, error) {
	rows, err := many[closingRow](ctx, q, sqlClosings, pgx.StrictNamedArgs{"org_id": org, "until": until}, "list closing balances")
	if err != nil {
		return nil, err
	}
	list := make([]Closing, len(rows))
	for i, r := range rows {
		var booked int64
		err := q.QueryRow(ctx, sqlBooked, pgx.StrictNamedArgs{"org_id": org, "ref": r.ID.String(), "until": r.ToOn}).Scan(&booked)
		if err != nil {
			return nil, fmt.Errorf("sum what is booked at the bank: %w", err)
		}
		list[i] = Closing{
			Account: r.ID, Name: r.Name, On: r.ToOn, Stated: money.New(r.ClosingMinor, r.Currency), Booked: money.New(r.OpeningMinor+booked, r.Currency),
			Before: money.New(r.OpeningMinor, r.Currency),
		}
	}
	return list, nil
}

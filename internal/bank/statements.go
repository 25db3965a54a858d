package bank

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/money"
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

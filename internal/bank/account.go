package bank

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/statement"
	"lanyard/internal/uid"
)

// AccountInput makes or changes a bank account.
type AccountInput struct {
	Org uid.Org
	// ID is zero for a new one, and Version then 0.
	ID      uid.BankAccount
	Version int64
	Name    string
	// Number is an IBAN, or a sort code and an account number; spaces and dashes do
	// not matter. It and the currency stay as they are once a statement is imported.
	Number   string
	Currency string
	Archived bool
	// CSVColumns says what the columns of the bank's CSV files are, as
	// statement.ParseProfile reads it; empty tries the known ones.
	CSVColumns string
}

func (in AccountInput) check() (AccountInput, money.Currency, error) {
	var bad []fault.Field
	in.Name = strings.TrimSpace(in.Name)
	if n := len([]rune(in.Name)); n < 1 || n > 100 {
		bad = append(bad, fault.Field{Path: "name", Rule: "string.length", Message: "needs 1 to 100 characters"})
	}
	number := statement.CleanAccount(in.Number)
	letters := len(number) > 1 && number[0] >= 'A' && number[1] >= 'A'
	switch {
	case letters && !statement.IsIBAN(number):
		bad = append(bad, fault.Field{Path: "number", Rule: "iban", Message: "is not an IBAN: its check digits do not fit"})
	case !letters && (len(number) < 6 || len(number) > 34):
		bad = append(bad, fault.Field{Path: "number", Rule: "number", Message: "is an IBAN, or a sort code and an account number"})
	}
	in.Number = number
	currency, err := money.ParseCurrency(in.Currency)
	if err != nil {
		bad = append(bad, fault.Field{Path: "currency", Rule: "currency", Message: err.Error()})
	}
	if in.CSVColumns = strings.TrimSpace(in.CSVColumns); in.CSVColumns != "" {
		if _, err := statement.ParseProfile(in.CSVColumns); err != nil {
			bad = append(bad, fault.Field{Path: "csv_columns", Rule: "profile", Message: err.Error()})
		}
	}
	if len(bad) > 0 {
		return in, "", fault.Invalid(bad...)
	}
	return in, currency, nil
}

const sqlInsertAccount = `
INSERT INTO bank_account (org_id, id, name, number, currency, csv_columns, created_at)
VALUES (@org_id, @id, @name, @number, @currency, @csv_columns, @now)`

const sqlUpdateAccount = `
UPDATE bank_account a
   SET name = @name,
       number = @number,
       currency = @currency,
       csv_columns = @csv_columns,
       archived_at = CASE WHEN @archived THEN coalesce(archived_at, @now) END,
       version = version + 1
 WHERE a.org_id = @org_id
   AND a.id = @id
   AND a.version = @version
   AND ((number, currency) = (@number, @currency)
        OR NOT EXISTS (SELECT 1 FROM bank_statement s WHERE s.org_id = a.org_id AND s.account_id = a.id))`

// SaveAccount makes a bank account, or changes one.
func (s *Service) SaveAccount(ctx context.Context, actor account.Actor, key replay.Key, in AccountInput) (Account, error) {
	in, currency, err := in.check()
	if err != nil {
		return Account{}, err
	}
	var saved Account
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		saved, err = replay.Do(ctx, tx, key, func() (Account, error) {
			id, action := in.ID, "bank_account.update"
			args := pgx.StrictNamedArgs{"org_id": in.Org, "name": in.Name, "number": in.Number, "currency": currency, "csv_columns": in.CSVColumns, "now": tx.Now}
			if id.IsZero() {
				id, action = uid.New[uid.BankAccount](), "bank_account.create"
				args["id"] = id
				_, err = tx.Exec(ctx, sqlInsertAccount, args)
			} else {
				args["id"], args["version"], args["archived"] = id, in.Version, in.Archived
				err = s.updateAccountTx(ctx, tx, args)
			}
			if pg.Constraint(err) == "bank_account_unique" {
				return Account{}, fault.Exists("There is an account with this number and currency already.")
			}
			if err != nil {
				return Account{}, fmt.Errorf("save bank account: %w", err)
			}
			err = account.AuditTx(ctx, tx, account.Audit{Org: in.Org, Actor: actor.ID(), Action: action, Subject: id.String(), After: in})
			if err != nil {
				return Account{}, err
			}
			return s.accountTx(ctx, tx, in.Org, id)
		})
		return err
	})
	return saved, err
}

func (s *Service) updateAccountTx(ctx context.Context, tx *pg.Tx, args pgx.StrictNamedArgs) error {
	tag, err := tx.Exec(ctx, sqlUpdateAccount, args)
	if err != nil || tag.RowsAffected() == 1 {
		return err
	}
	now, err := lockAccountTx(ctx, tx, args["org_id"].(uid.Org), args["id"].(uid.BankAccount))
	if err != nil {
		return err
	}
	if now.Version != args["version"] {
		return fault.Conflict(fault.StaleVersion, "Somebody else has changed this account. Please look again.")
	}
	return fault.InvalidField("number", "fixed", "stays as it is, and so does the currency, since statements of it are imported")
}

// accountRow is a row of bank_account.
type accountRow struct {
	OrgID        uid.Org
	ID           uid.BankAccount
	Name         string
	Number       string
	Currency     money.Currency
	OpeningMinor *int64
	OpeningOn    *time.Time
	CoveredUntil *time.Time
	CsvColumns   string
	ArchivedAt   *time.Time
	Version      int64
}

const accountColumns = `org_id, id, name, number, currency, opening_minor, opening_on, covered_until, csv_columns, archived_at, version`

const sqlLockAccount = `
SELECT ` + accountColumns + `
  FROM bank_account
 WHERE org_id = @org_id
   AND id = @id
   FOR UPDATE`

func lockAccountTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.BankAccount) (accountRow, error) {
	row, found, err := one[accountRow](ctx, tx, sqlLockAccount, pgx.StrictNamedArgs{"org_id": org, "id": id}, "lock a bank account")
	if err == nil && !found {
		err = fault.NotFound("bank account")
	}
	return row, err
}

const sqlAccounts = `
SELECT ` + accountColumns + `
  FROM bank_account
 WHERE org_id = @org_id
 ORDER BY archived_at IS NOT NULL, name, id`

// openOf is what is not explained on one bank account.
type openOf struct {
	AccountID uid.BankAccount
	Lines     int
	Minor     int64
}

const sqlOpenOfAccounts = `
SELECT l.account_id, count(*)::int AS lines, sum(-o.amount)::bigint AS minor
  FROM open_item o
  JOIN bank_line l ON l.org_id = o.org_id AND l.ref = o.ref
 WHERE o.org_id = @org_id
   AND o.account = 'bank_suspense'
 GROUP BY l.account_id`

// Accounts lists the organisation's bank accounts, archived ones last.
func (s *Service) Accounts(ctx context.Context, org uid.Org) ([]Account, error) {
	return s.accounts(ctx, s.db.Pool(), org)
}

func (s *Service) accounts(ctx context.Context, q pg.Querier, org uid.Org) ([]Account, error) {
	rows, err := many[accountRow](ctx, q, sqlAccounts, pgx.StrictNamedArgs{"org_id": org}, "list bank accounts")
	if err != nil {
		return nil, err
	}
	return s.dress(ctx, q, org, rows)
}

func (s *Service) accountTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.BankAccount) (Account, error) {
	row, err := lockAccountTx(ctx, tx, org, id)
	if err != nil {
		return Account{}, err
	}
	dressed, err := s.dress(ctx, tx, org, []accountRow{row})
	if err != nil {
		return Account{}, err
	}
	return dressed[0], nil
}

// dress adds what the ledger knows of bank accounts.
func (s *Service) dress(ctx context.Context, q pg.Querier, org uid.Org, rows []accountRow) ([]Account, error) {
	sums, err := s.books.Sums(ctx, q, org, ledger.SumFilter{Accounts: []ledger.Account{ledger.Bank}})
	if err != nil {
		return nil, err
	}
	booked := map[string]int64{}
	for _, sum := range sums {
		booked[sum.Ref] = sum.Amount.Minor
	}
	left, err := many[openOf](ctx, q, sqlOpenOfAccounts, pgx.StrictNamedArgs{"org_id": org}, "sum open bank lines")
	if err != nil {
		return nil, err
	}
	open := map[uid.BankAccount]openOf{}
	for _, o := range left {
		open[o.AccountID] = o
	}
	list := make([]Account, len(rows))
	for i, r := range rows {
		list[i] = Account{
			Org: r.OrgID, ID: r.ID, Name: r.Name, Number: r.Number, Currency: r.Currency, Archived: r.ArchivedAt != nil, Version: r.Version,
			Balance: money.New(booked[r.ID.String()], r.Currency), CoveredUntil: orZero(r.CoveredUntil), CSVColumns: r.CsvColumns,
			Open: open[r.ID].Lines, OpenAmount: money.New(open[r.ID].Minor, r.Currency),
		}
		if r.OpeningMinor != nil {
			list[i].Known = true
			list[i].Balance.Minor += *r.OpeningMinor
		}
	}
	return list, nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

package bank

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/statement"
	"lanyard/internal/uid"
)

const sqlLinesComeTo = `
SELECT coalesce(sum(amount_minor), 0)::bigint
  FROM bank_line
 WHERE org_id = @org_id
   AND account_id = @account_id`

const sqlInsertStatement = `
INSERT INTO bank_statement (org_id, id, account_id, format, file_name, sha256, number, from_on, to_on, opening_minor, closing_minor,
                            checked, lines, new_lines, imported_at, imported_by)
VALUES (@org_id, @id, @account_id, @format, @file_name, @sha256, @number, @from_on, @to_on, @opening, @closing,
        @checked, @lines, @new_lines, @now, @actor)`

const sqlCover = `
UPDATE bank_account
   SET opening_minor = @opening,
       opening_on = @opening_on,
       covered_until = @covered
 WHERE org_id = @org_id
   AND id = @id`

// finish ends a statement: it must go on where the ones before ended.
func (j *importJob) finish(ctx context.Context, st statement.Statement) error {
	if err := j.flush(ctx); err != nil {
		return err
	}
	var total int64
	err := j.tx.QueryRow(ctx, sqlLinesComeTo, pgx.StrictNamedArgs{"org_id": j.in.Org, "account_id": j.on.ID}).Scan(&total)
	if err != nil {
		return fmt.Errorf("sum bank lines: %w", err)
	}
	notes, err := j.chain(st, total)
	if err != nil {
		return err
	}
	args := pgx.StrictNamedArgs{
		"org_id": j.in.Org, "id": j.id, "account_id": j.on.ID, "format": j.file.Format, "file_name": j.in.FileName, "sha256": j.sum[:],
		"number": st.Number, "from_on": st.From, "to_on": st.To, "opening": nil, "closing": nil, "checked": st.Checked,
		"lines": st.Lines, "new_lines": j.fresh, "now": j.tx.Now, "actor": j.actor,
	}
	done := ImportedStatement{
		ID: j.id, Account: j.on.ID, AccountName: j.on.Name, Number: st.Number, From: st.From, To: st.To, Checked: st.Checked,
		Lines: st.Lines, New: j.fresh, Pending: st.Pending, Notes: notes,
	}
	if st.Closing != nil {
		args["opening"], args["closing"] = st.Opening.Minor, st.Closing.Minor
		done.Opening, done.Closing = money.New(st.Opening.Minor, st.Currency), money.New(st.Closing.Minor, st.Currency)
	}
	if _, err := j.tx.Exec(ctx, sqlInsertStatement, args); err != nil {
		return fmt.Errorf("keep a statement: %w", err)
	}
	_, err = j.tx.Exec(ctx, sqlCover, pgx.StrictNamedArgs{
		"org_id": j.in.Org, "id": j.on.ID, "opening": j.on.OpeningMinor, "opening_on": j.on.OpeningOn, "covered": j.on.CoveredUntil,
	})
	if err != nil {
		return fmt.Errorf("note what statements cover: %w", err)
	}
	if j.preview {
		done.ID = uid.Statement{}
	}
	j.out.Statements = append(j.out.Statements, done)
	j.out.New, j.out.Known = j.out.New+j.fresh, j.out.Known+j.old
	return nil
}

// chain compares a statement with what was imported before. Total is what all
// lines of the account come to, the statement's new ones included. Statements may
// overlap in any way; what tells whether a line is missing or there twice is that
// the balance before the first line and all lines come to the closing balance of
// the latest statement.
func (j *importJob) chain(st statement.Statement, total int64) (notes []string, err error) {
	a := j.on
	covered := orZero(a.CoveredUntil)
	latest := a.CoveredUntil == nil || !st.To.Before(covered)
	defer func() {
		if err == nil && latest {
			a.CoveredUntil = &st.To
		}
	}()
	if st.Closing == nil {
		return j.unbalanced(st, covered), nil
	}
	if a.OpeningMinor == nil {
		if !latest {
			return []string{"Statements of later days were imported without balances, so nobody can tell whether lines are missing."}, nil
		}
		opening := st.Closing.Minor - total
		a.OpeningMinor, a.OpeningOn = &opening, &st.From
		return nil, nil
	}
	if !st.To.After(*a.OpeningOn) && j.old == 0 && st.Closing.Minor == *a.OpeningMinor { // it comes before all others
		a.OpeningMinor, a.OpeningOn = &st.Opening.Minor, &st.From
		return nil, nil
	}
	show := func(minor int64) string { return money.New(minor, a.Currency).Format() }
	before := *a.OpeningMinor + total - j.freshSum
	switch {
	case latest && *a.OpeningMinor+total == st.Closing.Minor, !latest && j.fresh == 0:
		return nil, nil
	case !latest:
		return nil, refused("has %s on days up to %s that the statements imported before do not have; one of the two is not complete",
			count(j.fresh, "line", "lines"), dayText(st.To))
	case j.old == 0 && st.Opening.Minor != before:
		return nil, refused("begins with %s on %s, but the statements before end with %s on %s: a statement between them is missing",
			show(st.Opening.Minor), dayText(st.From), show(before), dayText(covered))
	}
	return nil, refused("does not fit what was imported before: with its new lines the account comes to %s, and the statement says %s",
		show(*a.OpeningMinor+total), show(st.Closing.Minor))
}

// unbalanced says what a statement without balances leaves open.
func (j *importJob) unbalanced(st statement.Statement, covered time.Time) []string {
	notes := []string{"The file says no balances, so nobody can tell whether lines are missing."}
	if !covered.IsZero() && st.From.After(covered.AddDate(0, 0, 1)) {
		notes = append(notes, fmt.Sprintf("No statement covers the days from %s to %s.",
			dayText(covered.AddDate(0, 0, 1)), dayText(st.From.AddDate(0, 0, -1))))
	}
	return notes
}

func refused(format string, args ...any) error {
	return fault.InvalidField("content", "balance", format, args...)
}

func dayText(t time.Time) string { return t.Format("2 January 2006") }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

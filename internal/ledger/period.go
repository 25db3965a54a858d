package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Period is one calendar month of an organisation's books.
type Period struct {
	// Month is its first day.
	Month  time.Time
	Closed bool
	// ClosedAt and ClosedBy say who closed it last; zero for a month never closed.
	ClosedAt time.Time
	ClosedBy string
	// Snapshot is the SHA-256, in hexadecimal, of its postings when it was closed.
	Snapshot string
	// ReopenAskedBy is who wants it open again; a second person has to agree.
	ReopenAskedBy string
}

const sqlOpenMonths = `
SELECT month, state = 'closed'
  FROM acct_period
 WHERE org_id = @org_id
   AND month = ANY (@months)
 ORDER BY month
   FOR SHARE`

const sqlClosedUntil = `
SELECT (max(month) + interval '1 month')::date
  FROM acct_period
 WHERE org_id = @org_id
   AND state = 'closed'`

const sqlMakeMonths = `
INSERT INTO acct_period (org_id, month)
SELECT @org_id, month
  FROM unnest(@months::date[]) AS m (month)
 WHERE NOT EXISTS (SELECT FROM acct_period p WHERE p.org_id = @org_id AND p.month = m.month)
 ORDER BY month
    ON CONFLICT (org_id, month) DO NOTHING`

// openDaysTx maps each day to itself, or, when its month is closed or lies
// before a closed one, to the first day after the closed months. The months of
// the answers exist and stay open until the transaction ends.
func (s *Service) openDaysTx(ctx context.Context, tx *pg.Tx, org uid.Org, days []time.Time) (map[time.Time]time.Time, error) {
	answer := map[time.Time]time.Time{}
	if ok, err := s.shareMonthsTx(ctx, tx, org, days); err != nil {
		return nil, err
	} else if ok {
		for _, d := range days {
			answer[d] = d
		}
		return answer, nil
	}
	var closedUntil *time.Time
	if err := tx.QueryRow(ctx, sqlClosedUntil, pgx.StrictNamedArgs{"org_id": org}).Scan(&closedUntil); err != nil {
		return nil, fmt.Errorf("find the first open period: %w", err)
	}
	moved := make([]time.Time, len(days))
	for i, d := range days {
		if moved[i] = d; closedUntil != nil && d.Before(*closedUntil) {
			moved[i] = *closedUntil
		}
		answer[d] = moved[i]
	}
	if _, err := tx.Exec(ctx, sqlMakeMonths, pgx.StrictNamedArgs{"org_id": org, "months": months(moved)}); err != nil {
		if pg.Constraint(err) == "L7_in_order" {
			return nil, closingNow(err)
		}
		return nil, fmt.Errorf("make periods: %w", err)
	}
	ok, err := s.shareMonthsTx(ctx, tx, org, moved)
	if err == nil && !ok {
		err = closingNow(nil)
	}
	return answer, err
}

func closingNow(err error) error {
	return fault.Conflict(fault.Busy, "The books are just being closed. Please try again.").Because(err)
}

// shareMonthsTx keeps the days' months from being closed, and says whether all
// of them are there and open.
func (s *Service) shareMonthsTx(ctx context.Context, tx *pg.Tx, org uid.Org, days []time.Time) (bool, error) {
	want := months(days)
	rows, err := tx.Query(ctx, sqlOpenMonths, pgx.StrictNamedArgs{"org_id": org, "months": want})
	if err != nil {
		return false, fmt.Errorf("lock periods: %w", err)
	}
	open := 0
	var month time.Time
	var closed bool
	_, err = pgx.ForEachRow(rows, []any{&month, &closed}, func() error {
		if !closed {
			open++
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("lock periods: %w", err)
	}
	return open == len(want), nil
}

// months are the distinct months of days, in order.
func months(days []time.Time) []time.Time {
	all := make([]time.Time, len(days))
	for i, d := range days {
		all[i] = Month(d)
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// EnsureTx makes the period of a day when there is none, and returns the day on
// which something of that day is booked: itself, or the first open one.
func (s *Service) EnsureTx(ctx context.Context, tx *pg.Tx, org uid.Org, day time.Time) (time.Time, error) {
	days, err := s.openDaysTx(ctx, tx, org, []time.Time{day})
	return days[day], err
}

const sqlPeriods = `
SELECT month, state = 'closed', closed_at, coalesce(closed_by, ''), coalesce(snapshot, ''), coalesce(reopen_asked_by, '')
  FROM acct_period
 WHERE org_id = @org_id
 ORDER BY month DESC`

// Periods lists the months that have been used, latest first.
func (s *Service) Periods(ctx context.Context, q pg.Querier, org uid.Org) ([]Period, error) {
	rows, err := q.Query(ctx, sqlPeriods, pgx.StrictNamedArgs{"org_id": org})
	if err != nil {
		return nil, fmt.Errorf("list periods: %w", err)
	}
	periods, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Period, error) {
		var p Period
		var closedAt *time.Time
		err := row.Scan(&p.Month, &p.Closed, &closedAt, &p.ClosedBy, &p.Snapshot, &p.ReopenAskedBy)
		if closedAt != nil {
			p.ClosedAt = *closedAt
		}
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("list periods: %w", err)
	}
	return periods, nil
}

const sqlLockPeriod = `
SELECT state = 'closed', coalesce(reopen_asked_by, '')
  FROM acct_period
 WHERE org_id = @org_id
   AND month = @month
   FOR UPDATE`

// lockTx waits for those who are posting into the month and keeps others out.
func (s *Service) lockTx(ctx context.Context, tx *pg.Tx, org uid.Org, month time.Time) (closed bool, askedBy string, err error) {
	err = tx.QueryRow(ctx, sqlLockPeriod, pgx.StrictNamedArgs{"org_id": org, "month": Month(month)}).Scan(&closed, &askedBy)
	if pg.IsNoRows(err) {
		return false, "", fault.NotFound("period")
	}
	if err != nil {
		return false, "", fmt.Errorf("lock the period: %w", err)
	}
	return closed, askedBy, nil
}

// The snapshot is over text that does not depend on the order of inserts.
const sqlSnapshot = `
SELECT encode(sha256(convert_to(coalesce(string_agg(
         concat_ws('|', j.source_key, j.effective_on, p.line, p.account, p.currency, p.amount, p.ref),
         E'\n' ORDER BY j.source_key COLLATE "C", p.line), ''), 'UTF8')), 'hex')
  FROM journal j
  JOIN posting p ON p.org_id = j.org_id AND p.journal_id = j.id
 WHERE j.org_id = @org_id
   AND j.period = @month`

// SnapshotTx is the hash over a month's postings, by which a closed month shows
// that it has not changed.
func (s *Service) SnapshotTx(ctx context.Context, tx *pg.Tx, org uid.Org, month time.Time) (string, error) {
	var hash string
	err := tx.QueryRow(ctx, sqlSnapshot, pgx.StrictNamedArgs{"org_id": org, "month": Month(month)}).Scan(&hash)
	if err != nil {
		return "", fmt.Errorf("hash the period: %w", err)
	}
	return hash, nil
}

const sqlClose = `
UPDATE acct_period
   SET state = 'closed',
       closed_at = @now,
       closed_by = @actor,
       snapshot = @snapshot,
       reopen_asked_by = NULL,
       reopen_asked_at = NULL,
       reopened_by = NULL
 WHERE org_id = @org_id
   AND month = @month`

// CloseTx closes a month, after those have finished who are posting into it. It
// fails with WRONG_STATE while an earlier month is open. Whoever wants proofs
// first runs check, which sees the month as it will stay.
func (s *Service) CloseTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, month time.Time, check func() error) error {
	closed, _, err := s.lockTx(ctx, tx, org, month)
	if err != nil {
		return err
	}
	if closed {
		return fault.Precondition(fault.WrongState, "%s is closed already.", month.Format("January 2006"))
	}
	if check != nil {
		if err := check(); err != nil {
			return err
		}
	}
	hash, err := s.SnapshotTx(ctx, tx, org, month)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlClose, pgx.StrictNamedArgs{
		"org_id": org, "month": Month(month), "actor": actor.ID(), "snapshot": hash, "now": tx.Now,
	})
	if pg.Constraint(err) == "L7_in_order" {
		return fault.Precondition(fault.WrongState, "An earlier month is still open. Months are closed in their order.").Because(err)
	}
	if err != nil {
		return fmt.Errorf("close the period: %w", err)
	}
	return s.auditPeriodTx(ctx, tx, actor, org, month, "period.close", hash)
}

const sqlAskReopen = `
UPDATE acct_period
   SET reopen_asked_by = @actor,
       reopen_asked_at = @now
 WHERE org_id = @org_id
   AND month = @month`

const sqlReopen = `
UPDATE acct_period
   SET state = 'open',
       reopened_by = @actor,
       closed_at = NULL,
       closed_by = NULL,
       snapshot = NULL
 WHERE org_id = @org_id
   AND month = @month`

// ReopenTx asks for the latest closed month to be opened again, or, when
// somebody else has asked, opens it; opened says which.
func (s *Service) ReopenTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, month time.Time) (opened bool, err error) {
	closed, askedBy, err := s.lockTx(ctx, tx, org, month)
	if err != nil {
		return false, err
	}
	if !closed {
		return false, fault.Precondition(fault.WrongState, "%s is open.", month.Format("January 2006"))
	}
	var until time.Time
	if err := tx.QueryRow(ctx, sqlClosedUntil, pgx.StrictNamedArgs{"org_id": org}).Scan(&until); err != nil {
		return false, fmt.Errorf("find the latest closed period: %w", err)
	}
	if !until.Equal(Month(month).AddDate(0, 1, 0)) {
		return false, fault.Precondition(fault.WrongState, "A later month is closed. Only the latest closed month can be opened again.")
	}
	sql, action := sqlReopen, "period.reopen"
	switch askedBy {
	case "":
		sql, action = sqlAskReopen, "period.ask_reopen"
	case actor.ID():
		return false, fault.Precondition(fault.WrongState, "You asked for this yourself. Another person has to agree.")
	}
	args := pgx.StrictNamedArgs{"org_id": org, "month": Month(month), "actor": actor.ID()}
	if askedBy == "" {
		args["now"] = tx.Now
	}
	if _, err := tx.Exec(ctx, sql, args); err != nil {
		return false, fmt.Errorf("reopen the period: %w", err)
	}
	return askedBy != "", s.auditPeriodTx(ctx, tx, actor, org, month, action, "")
}

// Close is CloseTx without proofs, in a transaction of its own.
func (s *Service) Close(ctx context.Context, actor account.Actor, org uid.Org, month time.Time) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error { return s.CloseTx(ctx, tx, actor, org, month, nil) })
}

// Reopen is ReopenTx in a transaction of its own.
func (s *Service) Reopen(ctx context.Context, actor account.Actor, org uid.Org, month time.Time) (opened bool, err error) {
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		opened, err = s.ReopenTx(ctx, tx, actor, org, month)
		return err
	})
	return opened, err
}

func (s *Service) auditPeriodTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, month time.Time, action, snapshot string) error {
	var after any
	if snapshot != "" {
		after = map[string]string{"snapshot": snapshot}
	}
	return account.AuditTx(ctx, tx, account.Audit{
		Org: org, Actor: actor.ID(), Action: action, Subject: month.Format("2006-01"), After: after,
	})
}

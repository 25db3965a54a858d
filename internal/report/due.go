package report

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Mailing is a scheduled report on its way to people.
type Mailing struct {
	Org    uid.Org
	Export uid.Export
	To     []string
	Title  string
	// From and Last are the first and the last day that it tells of.
	From, Last time.Time
	Rows       int
	FileName   string
	File       []byte
}

// DueArgs is the periodic work of mailing scheduled reports.
type DueArgs struct{}

// Kind is River's name for the job.
func (DueArgs) Kind() string { return "report_due" }

// DueEvery is how often schedules are looked at.
const DueEvery = 10 * time.Minute

// dueWorker mails what is due.
type dueWorker struct {
	river.WorkerDefaults[DueArgs]
	s *Service
}

// Work does one round.
func (w *dueWorker) Work(ctx context.Context, _ *river.Job[DueArgs]) error { return w.s.MailDue(ctx) }

// AddWorkers tells River who does the work.
func (s *Service) AddWorkers(workers *river.Workers) { river.AddWorker(workers, &dueWorker{s: s}) }

const sqlDue = `
SELECT org_id, id
  FROM report_schedule
 WHERE NOT paused
   AND next_at <= @now
 ORDER BY next_at, id
 LIMIT 100`

const sqlTakeDue = scheduleColumns + `
 WHERE org_id = @org_id
   AND id = @id
   AND NOT paused
   AND next_at <= @now
   FOR UPDATE SKIP LOCKED`

const sqlDone = `
UPDATE report_schedule
   SET last_at = @now, next_at = @next_at
 WHERE org_id = @org_id
   AND id = @id`

type dueRow struct {
	Org uid.Org
	ID  uid.Schedule
}

// MailDue makes and mails the reports whose turn it is, each in a transaction of
// its own, so that one that fails does not hold up the others. A turn that was
// missed is made up for once.
func (s *Service) MailDue(ctx context.Context) error {
	if s.Mail == nil {
		return nil
	}
	var due []dueRow
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		rows, err := tx.Query(ctx, sqlDue, pgx.StrictNamedArgs{"now": tx.Now})
		if err == nil {
			due, err = pgx.CollectRows(rows, pgx.RowToStructByPos[dueRow])
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("find schedules that are due: %w", err)
	}
	var errs []error
	for _, d := range due {
		if err := s.mailOne(ctx, d); err != nil {
			errs = append(errs, fmt.Errorf("mail %s: %w", d.ID, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Service) mailOne(ctx context.Context, d dueRow) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		rows, err := tx.Query(ctx, sqlTakeDue, pgx.StrictNamedArgs{"org_id": d.Org, "id": d.ID, "now": tx.Now})
		if err != nil {
			return err
		}
		c, err := pgx.CollectExactlyOneRow(rows, scanSchedule)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // somebody else has it, or has paused it
		}
		if err != nil {
			return err
		}
		zone, err := account.Zone(ctx, tx, d.Org)
		if err != nil {
			return err
		}
		if err := s.mailTx(ctx, tx, d.Org, c, ledger.Day(c.NextAt, zone)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlDone, pgx.StrictNamedArgs{"org_id": d.Org, "id": d.ID, "now": tx.Now, "next_at": c.after(tx.Now, zone)})
		return err
	})
}

func (s *Service) mailTx(ctx context.Context, tx *pg.Tx, org uid.Org, c Schedule, on time.Time) error {
	in := ReportInput{Filter: Filter{Org: org}, Report: c.Report, Format: c.Format}
	in.From, in.Until = c.period(on)
	table, err := s.Report(ctx, in.Report, in.Filter)
	if err != nil {
		return err
	}
	id, err := s.keepReportTx(ctx, tx, account.System, in, table, c.ID)
	if err != nil {
		return err
	}
	e, bytes, err := file(ctx, tx, org, id)
	if err != nil {
		return err
	}
	return s.Mail(ctx, tx, Mailing{
		Org: org, Export: id, To: c.Recipients, Title: table.Title, From: in.From, Last: in.Until.AddDate(0, 0, -1), Rows: e.Rows,
		FileName: e.FileName, File: bytes,
	})
}

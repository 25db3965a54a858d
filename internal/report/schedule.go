package report

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// Every is how often a report is mailed.
type Every string

// The rhythms. A report of the first tells of the week before, Monday to Sunday;
// one of the second of the calendar month before.
const (
	EveryWeek  Every = "week"
	EveryMonth Every = "month"
)

// Schedule is a report that is mailed by itself, at six in the morning where the
// organisation is.
type Schedule struct {
	ID     uid.Schedule
	Report Name
	Format Format
	Every  Every
	// Day is of the week (1 is Monday) or of the month (1 to 28).
	Day int
	// Recipients are mail addresses.
	Recipients []string
	Paused     bool
	NextAt     time.Time
	// LastAt is zero before the first.
	LastAt  time.Time
	Version int64
}

// hour is when reports are mailed, where the organisation is.
const hour = 6

// after is the first turn of a schedule after a moment.
func (c Schedule) after(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	at := func(d int) time.Time { return time.Date(y, m, d, hour, 0, 0, 0, zone) }
	if c.Every == EveryWeek {
		for ; ; d++ {
			if next := at(d); next.After(t) && (int(next.Weekday())+6)%7+1 == c.Day {
				return next
			}
		}
	}
	if next := at(c.Day); next.After(t) {
		return next
	}
	m++
	return at(c.Day)
}

// period is what a report on a day tells of.
func (c Schedule) period(on time.Time) (from, until time.Time) {
	y, m, d := on.Date()
	if c.Every == EveryMonth {
		until = time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
		return until.AddDate(0, -1, 0), until
	}
	monday := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	monday = monday.AddDate(0, 0, -((int(monday.Weekday()) + 6) % 7))
	return monday.AddDate(0, 0, -7), monday
}

func (c *Schedule) check() error {
	var fields []fault.Field
	refuse := func(path, rule, message string) {
		fields = append(fields, fault.Field{Path: "details." + path, Rule: rule, Message: message})
	}
	if !slices.Contains(Names(), c.Report) {
		refuse("report", "report.unknown", "is no report")
	}
	if !slices.Contains([]Format{FormatCSV, FormatPlainCSV, FormatXLSX}, c.Format) {
		refuse("format", "format.unknown", "is no kind of file that we write")
	}
	switch c.Every {
	case EveryWeek:
		if c.Day < 1 || c.Day > 7 {
			refuse("day", "schedule.weekday", "must be from 1, Monday, to 7, Sunday")
		}
	case EveryMonth:
		if c.Day < 1 || c.Day > 28 {
			refuse("day", "schedule.day", "must be from 1 to 28, which every month has")
		}
	default:
		refuse("every", "schedule.every", "must be each week or each month")
	}
	if len(c.Recipients) < 1 || len(c.Recipients) > 10 {
		refuse("recipients", "repeated.items", "must be one to ten addresses")
	}
	for i, r := range c.Recipients {
		r = strings.ToLower(strings.TrimSpace(r))
		if a, err := netmail.ParseAddress(r); err != nil || a.Address != r {
			refuse(fmt.Sprintf("recipients[%d]", i), "string.email", "is not an e-mail address")
		}
		c.Recipients[i] = r
	}
	if len(fields) > 0 {
		return fault.Invalid(fields...)
	}
	slices.Sort(c.Recipients)
	c.Recipients = slices.Compact(c.Recipients)
	return nil
}

const sqlAddSchedule = `
INSERT INTO report_schedule (org_id, id, report, format, every, day, recipients, paused, next_at, created_by)
VALUES (@org_id, @id, @report, @format, @every, @day, @recipients, @paused, @next_at, @actor)
RETURNING version`

const sqlChangeSchedule = `
UPDATE report_schedule
   SET report = @report, format = @format, every = @every, day = @day, recipients = @recipients, paused = @paused, next_at = @next_at,
       version = version + 1
 WHERE org_id = @org_id
   AND id = @id
   AND version = @version
RETURNING version`

// SaveSchedule makes a schedule, when it has no ID yet, or changes it. It fails
// with STALE_VERSION when somebody else has changed it meanwhile.
func (s *Service) SaveSchedule(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, c Schedule) (Schedule, error) {
	if err := c.check(); err != nil {
		return c, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Schedule, error) { return saveScheduleTx(ctx, tx, actor, org, c) })
}

func saveScheduleTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, c Schedule) (Schedule, error) {
	zone, err := account.Zone(ctx, tx, org)
	if err != nil {
		return c, err
	}
	c.NextAt = c.after(tx.Now, zone).UTC()
	args := pgx.StrictNamedArgs{
		"org_id": org, "id": c.ID, "report": c.Report, "format": c.Format, "every": c.Every, "day": c.Day, "recipients": c.Recipients,
		"paused": c.Paused, "next_at": c.NextAt,
	}
	sql := sqlChangeSchedule
	if c.ID.IsZero() {
		c.ID = uid.New[uid.Schedule]()
		sql, args["id"], args["actor"] = sqlAddSchedule, c.ID, actor.ID()
	} else {
		args["version"] = c.Version
	}
	err = tx.QueryRow(ctx, sql, args).Scan(&c.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, fault.Conflict(fault.StaleVersion, "Somebody else has changed or removed this schedule meanwhile. Please look at it again.")
	}
	if err != nil {
		return c, fmt.Errorf("save a schedule: %w", err)
	}
	return c, account.AuditTx(ctx, tx, account.Audit{
		Org: org, Actor: actor.ID(), Action: "schedule.save", Subject: c.ID.String(),
		After: map[string]any{"report": c.Report, "every": c.Every, "day": c.Day, "recipients": len(c.Recipients), "paused": c.Paused},
	})
}

const sqlDropSchedule = `
DELETE FROM report_schedule
 WHERE org_id = @org_id
   AND id = @id`

// DropSchedule ends a schedule; what it made stays. One that is gone already is no
// fault.
func (s *Service) DropSchedule(ctx context.Context, actor account.Actor, org uid.Org, id uid.Schedule) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		tag, err := tx.Exec(ctx, sqlDropSchedule, pgx.StrictNamedArgs{"org_id": org, "id": id})
		if err != nil {
			return fmt.Errorf("drop a schedule: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "schedule.drop", Subject: id.String()})
	})
}

const scheduleColumns = `
SELECT id, report, format, every, day, recipients, paused, next_at, last_at, version
  FROM report_schedule`

const sqlSchedules = scheduleColumns + `
 WHERE org_id = @org_id
 ORDER BY report, id`

func scanSchedule(row pgx.CollectableRow) (Schedule, error) {
	var c Schedule
	var last *time.Time
	err := row.Scan(&c.ID, &c.Report, &c.Format, &c.Every, &c.Day, &c.Recipients, &c.Paused, &c.NextAt, &last, &c.Version)
	c.LastAt = orZero(last)
	return c, err
}

// Schedules lists an organisation's schedules.
func (s *Service) Schedules(ctx context.Context, org uid.Org) ([]Schedule, error) {
	rows, err := s.db.Pool().Query(ctx, sqlSchedules, pgx.StrictNamedArgs{"org_id": org})
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanSchedule)
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	return found, nil
}

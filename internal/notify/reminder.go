package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/link"
	"lanyard/internal/mail"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// RemindArgs asks for the reminders that are due.
type RemindArgs struct{}

// Kind is River's name for the job.
func (RemindArgs) Kind() string { return "remind" }

// RemindWorker makes the reminders that are due. Nothing is planned ahead: each
// round looks at when sessions start now, so that a session that moved is
// reminded of at its new time, and again if it was before.
type RemindWorker struct {
	river.WorkerDefaults[RemindArgs]
	Service *Service
}

// lead is one sort of reminder.
type lead struct {
	mail.Lead
	before   time.Duration // the start, from when it is due
	lastly   time.Duration // the start, from when it is of no use any more
	online   bool          // only for places with a join page
	allDay   bool          // also for sessions without times
	urgently urgency
}

var leads = []lead{
	{Lead: mail.LeadDay, before: 24 * time.Hour, lastly: 3 * time.Hour, allDay: true, urgently: bulk},
	{Lead: mail.LeadHour, before: time.Hour, lastly: 20 * time.Minute, urgently: bulk},
	{Lead: mail.LeadNow, before: 10 * time.Minute, lastly: -15 * time.Minute, online: true, urgently: urgent},
}

// Work makes the reminders of every sort.
func (w *RemindWorker) Work(ctx context.Context, _ *river.Job[RemindArgs]) error {
	_, err := w.Service.Remind(ctx)
	return err
}

// due is one person to be reminded of one session.
type due struct {
	OrgID        uid.Org
	Registration uid.Registration
	Session      uid.Session
}

// The key is built here as in remindTx: lead, registration, session, start.
const sqlDue = `
SELECT r.org_id, r.id AS registration, s.id AS session
  FROM session s
  JOIN event e ON e.org_id = s.org_id AND e.id = s.event_id
  JOIN registration r ON r.org_id = s.org_id AND r.event_id = s.event_id
 WHERE s.cancelled_at IS NULL
   AND s.starts_at > @from
   AND s.starts_at <= @to
   AND (@all_day OR NOT s.all_day)
   AND e.state IN ('published', 'sales_closed')
   AND r.state = 'confirmed'
   AND r.registered_at < s.starts_at - @before::interval
   AND (NOT EXISTS (SELECT 1 FROM product_session ps WHERE ps.org_id = r.org_id AND ps.product_id = r.product_id)
        OR EXISTS (SELECT 1 FROM product_session ps
                    WHERE ps.org_id = r.org_id AND ps.product_id = r.product_id AND ps.session_id = s.id))
   AND (NOT @online
        OR e.mode = 'online'
        OR e.mode = 'hybrid' AND (SELECT p.online FROM product p WHERE p.org_id = r.org_id AND p.id = r.product_id))
   AND NOT EXISTS (
         SELECT 1 FROM suppression x
          WHERE x.org_id = r.org_id AND x.email = lower(r.email))
   AND NOT EXISTS (
         SELECT 1 FROM message m
          WHERE m.org_id = r.org_id
            AND m.dedupe_key = 'reminder:' || @lead || ':' || r.id || ':' || s.id || ':' || extract(epoch FROM s.starts_at)::bigint)
 ORDER BY s.starts_at, s.id, r.id
 LIMIT @limit`

// dueAtOnce is how many people are looked up at a time.
const dueAtOnce = 500

// Remind makes the reminders that are due and returns how many.
func (s *Service) Remind(ctx context.Context) (int, error) {
	made := 0
	for _, l := range leads {
		for {
			people, err := s.due(ctx, l)
			if err != nil {
				return made, err
			}
			for _, p := range people {
				if err := s.db.InTx(ctx, func(tx *pg.Tx) error { return s.remindTx(ctx, tx, l, p) }); err != nil {
					return made, fmt.Errorf("remind %s: %w", p.Registration, err)
				}
				made++
			}
			if len(people) < dueAtOnce {
				break
			}
		}
	}
	return made, nil
}

func (s *Service) due(ctx context.Context, l lead) ([]due, error) {
	var people []due
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		rows, err := tx.Query(ctx, sqlDue, pgx.StrictNamedArgs{
			"from": tx.Now.Add(l.lastly), "to": tx.Now.Add(l.before), "before": l.before, "lead": string(l.Lead),
			"online": l.online, "all_day": l.allDay, "limit": dueAtOnce,
		})
		if err != nil {
			return fmt.Errorf("look for due reminders: %w", err)
		}
		people, err = pgx.CollectRows(rows, pgx.RowToStructByName[due])
		return err
	})
	return people, err
}

func (s *Service) remindTx(ctx context.Context, tx *pg.Tx, l lead, p due) error {
	x, err := s.readTx(ctx, tx, p.OrgID, p.Registration)
	if err != nil {
		return err
	}
	r := x.registration
	for _, session := range x.place.Sessions {
		if session.ID != p.Session || r.State != booking.StateConfirmed {
			continue
		}
		frame := s.frame(x)
		token := s.keys.Make(link.Unsubscribe, r.Org, r.ID, r.LinkVersion)
		frame.UnsubscribeURL = s.url("u", token)
		key := fmt.Sprintf("reminder:%s:%s:%s:%d", l.Lead, r.ID.UUID(), session.ID.UUID(), session.StartsAt.Unix())
		o := s.about(x, mail.KindReminder, key, mail.Reminder{
			Frame: frame, Occasion: s.occasion(x, []catalog.Session{session}), Name: r.Attendee.Name,
			Lead: l.Lead, ManageURL: s.manageURL(r), Bring: bring(x.event),
		})
		o.urgency, o.notAfter = l.urgently, session.StartsAt.Add(-l.lastly)
		if frame.UnsubscribeURL[:5] == "https" {
			o.unsubscribe = frame.UnsubscribeURL
		}
		_, err := s.postTx(ctx, tx, o)
		return err
	}
	return nil
}

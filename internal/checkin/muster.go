package checkin

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Tick is one person found in a roll-call, or not.
type Tick struct {
	ID     string
	List   uid.CheckInList
	Ticket uid.Registration
	Safe   bool
	Clock  Clock
}

const sqlTick = `
INSERT INTO roll_call_tick (org_id, list_id, id, registration_id, safe, device_id, effective_at, received_at)
SELECT @org_id, @list_id, @id, r.id, @safe, @device_id, @at, @now
  FROM registration r
 WHERE r.org_id = @org_id
   AND r.event_id = @event_id
   AND r.id = @ticket_id
ON CONFLICT ON CONSTRAINT roll_call_tick_pk DO NOTHING`

// RollCall takes ticks; those of lists that are not the tablet's are dropped.
func (s *Service) RollCall(ctx context.Context, d *account.Device, ticks []Tick) error {
	if len(ticks) == 0 {
		return nil
	}
	c, err := s.config(ctx, d.Org, d.Event)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		for _, t := range ticks {
			if !d.Reaches(t.List) {
				continue
			}
			at, _ := effective(t.Clock, tx.Now, c.startsAt)
			_, err := tx.Exec(ctx, sqlTick, pgx.StrictNamedArgs{
				"org_id": d.Org, "event_id": d.Event, "list_id": t.List, "id": t.ID, "ticket_id": t.Ticket, "safe": t.Safe,
				"device_id": d.ID, "at": at, "now": tx.Now,
			})
			if err != nil {
				return fmt.Errorf("store tick: %w", err)
			}
		}
		return nil
	})
}

// MusterEntry is one person inside.
type MusterEntry struct {
	Ticket       uid.Registration
	Name         string
	Organisation string
	Since        time.Time
	Gate         string
	Safe         bool
	// SafeAt is nil for those who were not found.
	SafeAt *time.Time
}

// A tick counts for the present stay only: whoever came in after it is missing
// until found again.
const sqlMuster = `
SELECT a.registration_id AS ticket, r.name, r.organisation, a.last_at AS since, a.first_gate AS gate,
       coalesce(t.safe, false) AS safe, CASE WHEN t.safe THEN t.effective_at END AS safe_at
  FROM admission a
  JOIN registration r ON r.org_id = a.org_id AND r.id = a.registration_id
  LEFT JOIN LATERAL (SELECT x.safe, x.effective_at
                       FROM roll_call_tick x
                      WHERE x.org_id = a.org_id AND x.list_id = a.list_id AND x.registration_id = a.registration_id AND x.effective_at >= a.last_at
                      ORDER BY x.effective_at DESC, x.id DESC
                      LIMIT 1) t ON true
 WHERE a.org_id = @org_id
   AND a.event_id = @event_id
   AND a.list_id = @list_id
   AND a.day = @day
   AND a.inside
 ORDER BY r.name, a.registration_id`

// Muster returns who is inside now, by name.
func (s *Service) Muster(ctx context.Context, org uid.Org, event uid.Event, list uid.CheckInList) ([]MusterEntry, error) {
	l, err := readList(ctx, s.db.Pool(), org, event, list)
	if err != nil {
		return nil, err
	}
	c, err := s.config(ctx, org, event)
	if err != nil {
		return nil, err
	}
	rows, _ := s.db.Pool().Query(ctx, sqlMuster, pgx.StrictNamedArgs{ // CollectRows reports the error
		"org_id": org, "event_id": event, "list_id": list, "day": l.Mode.Period(s.Now(), c.zone),
	})
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByName[MusterEntry])
	if err != nil {
		return nil, fmt.Errorf("read who is inside: %w", err)
	}
	return entries, nil
}

// DoorMuster is Muster for a tablet, on one of its lists.
func (s *Service) DoorMuster(ctx context.Context, d *account.Device, list uid.CheckInList) ([]MusterEntry, error) {
	if err := s.reach(ctx, d, list); err != nil {
		return nil, err
	}
	return s.Muster(ctx, d.Org, d.Event, list)
}

// Attendance is one expected person's line.
type Attendance struct {
	Ticket       uid.Registration
	Name         string
	Email        string
	Organisation string
	Product      string
	OrderCode    string
	// FirstAt is nil for those who did not come; Days and Entries are then 0.
	FirstAt *time.Time
	Gate    string
	Days    int
	Entries int
}

const sqlAttendance = `
SELECT r.id AS ticket, r.name, r.email, r.organisation, p.title AS product, o.code AS order_code,
       min(a.first_at) AS first_at,
       coalesce((array_agg(a.first_gate ORDER BY a.first_at) FILTER (WHERE a.first_at IS NOT NULL))[1], '') AS gate,
       count(a.day)::int AS days, coalesce(sum(a.entries), 0)::int AS entries
  FROM registration r
  JOIN orders o ON o.org_id = r.org_id AND o.id = r.order_id
  JOIN product p ON p.org_id = r.org_id AND p.id = r.product_id
  LEFT JOIN admission a ON a.org_id = r.org_id AND a.registration_id = r.id AND a.list_id = @list_id
 WHERE r.org_id = @org_id
   AND r.event_id = @event_id
   AND (a.list_id IS NOT NULL
        OR r.state = 'confirmed'
           AND EXISTS (SELECT 1 FROM check_in_list_product x WHERE x.org_id = r.org_id AND x.list_id = @list_id AND x.product_id = r.product_id))
 GROUP BY r.id, r.name, r.email, r.organisation, p.title, o.code
 ORDER BY r.name, r.id`

// Attendance returns who came by a list and who was expected, by name.
func (s *Service) Attendance(ctx context.Context, org uid.Org, event uid.Event, list uid.CheckInList) ([]Attendance, error) {
	if _, err := readList(ctx, s.db.Pool(), org, event, list); err != nil {
		return nil, err
	}
	rows, _ := s.db.Pool().Query(ctx, sqlAttendance, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "list_id": list}) // CollectRows reports the error
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByName[Attendance])
	if err != nil {
		return nil, fmt.Errorf("read attendance: %w", err)
	}
	return lines, nil
}

// NoShows are those of Attendance who have not come.
func (s *Service) NoShows(ctx context.Context, org uid.Org, event uid.Event, list uid.CheckInList) ([]Attendance, error) {
	lines, err := s.Attendance(ctx, org, event, list)
	var out []Attendance
	for _, l := range lines {
		if l.FirstAt == nil {
			out = append(out, l)
		}
	}
	return out, err
}

package checkin

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/booking"
	"lanyard/internal/uid"
)

// LoggedScan is one row of the scan log.
type LoggedScan struct {
	ID           string
	Kind         Kind
	List         uid.CheckInList
	Mode         Mode
	Day          string
	Ticket       uid.Registration
	Name         string
	Device       uid.Device
	DeviceName   string
	Gate         string
	Staff        string
	Sequence     int64
	EffectiveAt  time.Time
	ReceivedAt   time.Time
	Told         Outcome
	Outcome      Outcome
	Basis        Basis
	Conflict     Conflict
	Voids        string
	Reason       string
	Voided       bool
	Doubtful     bool
	CashTaken    bool
	WithdrawnAt  time.Time
	TabletWallAt time.Time
}

// ScanFilter chooses from the log; zero fields choose everything.
type ScanFilter struct {
	Org     uid.Org
	Event   uid.Event
	List    uid.CheckInList
	Device  uid.Device
	Ticket  uid.Registration
	Refused bool
	// NoTicket chooses scans whose code was no ticket of the event.
	NoTicket bool
}

// ScanCursor is the last scan of a page.
type ScanCursor struct {
	At time.Time `json:"at"`
	ID string    `json:"id"`
}

const sqlScans = `
SELECT s.id, s.kind, s.list_id, coalesce(l.mode, ''), s.day, s.registration_id, coalesce(r.name, ''), coalesce(r.state, ''), r.changed_at,
       s.device_id, coalesce(d.name, ''), s.gate, s.staff, s.sequence, s.effective_at, s.received_at, s.told, s.outcome, s.basis, s.conflict,
       s.voids, s.reason, s.clock_doubtful, s.cash_taken, s.wall_at,
       EXISTS (SELECT 1
                 FROM scan v
                WHERE v.org_id = s.org_id AND v.event_id = s.event_id AND v.voids = s.id AND v.voids <> '' AND v.outcome = 'VOIDED')
  FROM scan s
  LEFT JOIN check_in_list l ON l.org_id = s.org_id AND l.id = s.list_id
  LEFT JOIN registration r ON r.org_id = s.org_id AND r.id = s.registration_id
  LEFT JOIN device d ON d.org_id = s.org_id AND d.id = s.device_id
 WHERE s.org_id = @org_id
   AND s.event_id = @event_id
   AND (@list_id::uuid IS NULL OR s.list_id = @list_id)
   AND (@device_id::uuid IS NULL OR s.device_id = @device_id)
   AND (@ticket_id::uuid IS NULL OR s.registration_id = @ticket_id)
   AND (NOT @no_ticket OR s.registration_id IS NULL)
   AND (NOT @refused OR s.outcome NOT IN ('ADMITTED', 'ADMITTED_AGAIN', 'ADMITTED_UNCONFIRMED', 'ADMITTED_OFFLINE_CONFLICT', 'EXITED', 'VOIDED'))
   AND (@after_at::timestamptz IS NULL OR (s.received_at, s.id) < (@after_at, @after_id))
 ORDER BY s.received_at DESC, s.id DESC
 LIMIT @size`

// Scans returns a page of the scan log, the latest first, refused attempts
// included.
func (s *Service) Scans(ctx context.Context, f ScanFilter, after *ScanCursor, size int) ([]LoggedScan, *ScanCursor, error) {
	args := pgx.StrictNamedArgs{
		"org_id": f.Org, "event_id": f.Event, "list_id": f.List, "device_id": f.Device, "ticket_id": f.Ticket, "no_ticket": f.NoTicket,
		"refused": f.Refused, "after_at": nil, "after_id": "", "size": size + 1,
	}
	if after != nil {
		args["after_at"], args["after_id"] = after.At, after.ID
	}
	rows, _ := s.db.Pool().Query(ctx, sqlScans, args) // CollectRows reports the error
	log, err := pgx.CollectRows(rows, scanLogged)
	if err != nil {
		return nil, nil, fmt.Errorf("read scan log: %w", err)
	}
	if len(log) <= size {
		return log, nil, nil
	}
	last := log[size-1]
	return log[:size], &ScanCursor{last.ReceivedAt, last.ID}, nil
}

func scanLogged(row pgx.CollectableRow) (LoggedScan, error) {
	var l LoggedScan
	var state booking.State
	var changed *time.Time
	err := row.Scan(&l.ID, &l.Kind, &l.List, &l.Mode, &l.Day, &l.Ticket, &l.Name, &state, &changed, &l.Device, &l.DeviceName, &l.Gate, &l.Staff,
		&l.Sequence, &l.EffectiveAt, &l.ReceivedAt, &l.Told, &l.Outcome, &l.Basis, &l.Conflict, &l.Voids, &l.Reason, &l.Doubtful,
		&l.CashTaken, &l.TabletWallAt, &l.Voided)
	if err == nil && changed != nil {
		l.WithdrawnAt = withdrawnAt(state, *changed)
	}
	return l, err
}

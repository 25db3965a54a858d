package checkin

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// spot names one admission: a list, a ticket and a day.
type spot struct {
	org    uid.Org
	event  uid.Event
	list   uid.CheckInList
	ticket uid.Registration
	day    string
}

func (p spot) args() pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{"org_id": p.org, "list_id": p.list, "registration_id": p.ticket, "day": p.day}
}

// admission is what a ticket did at one spot.
type admission struct {
	inside      bool
	entries     int
	firstAt     time.Time
	firstGate   string
	firstDevice uid.Device
	firstScan   string
	lastAt      time.Time
	lastDevice  uid.Device
	lastExit    bool
}

// passage is one scan that went through the door.
type passage struct {
	scan     string
	exit     bool
	conflict bool
	device   uid.Device
	gate     string
	sequence int64
	at       time.Time
}

// order sorts passages as they happened.
func order(ps []passage) {
	slices.SortFunc(ps, func(a, b passage) int {
		return cmp.Or(a.at.Compare(b.at), bytes.Compare(a.device[:], b.device[:]), cmp.Compare(a.sequence, b.sequence), cmp.Compare(a.scan, b.scan))
	})
}

// follow works out an admission from the passages that made it, whatever the
// order in which the server heard of them; false when nobody came in.
func follow(mode Mode, ps []passage) (admission, bool) {
	order(ps)
	var a admission
	for _, p := range ps {
		if p.exit {
			a.inside = false
		} else {
			if a.firstScan == "" {
				a.firstAt, a.firstGate, a.firstDevice, a.firstScan = p.at, p.gate, p.device, p.scan
			}
			if a.entries == 0 || mode == ModeFree || mode == ModeReEntry && !a.inside {
				a.entries++
			}
			a.inside = true
		}
		a.lastAt, a.lastDevice, a.lastExit = p.at, p.device, p.exit
	}
	return a, a.firstScan != ""
}

const sqlAdmission = `
SELECT inside, entries, first_at, first_gate, first_device, first_scan, last_at, last_device, last_exit
  FROM admission
 WHERE org_id = @org_id
   AND list_id = @list_id
   AND registration_id = @registration_id
   AND day = @day`

const sqlLockAdmission = sqlAdmission + `
   FOR UPDATE`

func scanAdmission(row pgx.Row) (admission, bool, error) {
	var a admission
	err := row.Scan(&a.inside, &a.entries, &a.firstAt, &a.firstGate, &a.firstDevice, &a.firstScan, &a.lastAt, &a.lastDevice, &a.lastExit)
	if pg.IsNoRows(err) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("read admission: %w", err)
	}
	return a, true, nil
}

// sqlAdmit decides between two gates: one of two entries at the same moment
// inserts, the other waits and finds the row. Lists that let people in again say
// so in the WHERE.
const sqlAdmit = `
INSERT INTO admission (org_id, list_id, registration_id, day, event_id, inside, entries, first_at, first_gate, first_device, first_scan,
                       last_at, last_device, last_exit)
VALUES (@org_id, @list_id, @registration_id, @day, @event_id, true, 1, @at, @gate, @device_id, @scan_id, @at, @device_id, false)
ON CONFLICT ON CONSTRAINT admission_pk
DO UPDATE SET inside = true, entries = admission.entries + 1, last_at = excluded.last_at, last_device = excluded.last_device, last_exit = false
    WHERE @mode = 'free'
       OR @mode = 're_entry' AND NOT admission.inside
RETURNING first_scan = @scan_id AS first`

// enterTx lets a ticket in; false when the list's mode forbids another entry.
// first says that it is the ticket's first.
func enterTx(ctx context.Context, tx *pg.Tx, p spot, mode Mode, by passage) (entered, first bool, err error) {
	args := p.args()
	args["event_id"], args["at"], args["gate"], args["device_id"], args["scan_id"], args["mode"] = p.event, by.at, by.gate, by.device, by.scan, string(mode)
	err = tx.QueryRow(ctx, sqlAdmit, args).Scan(&first)
	if pg.IsNoRows(err) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("admit: %w", err)
	}
	return true, first, nil
}

const sqlLeave = `
UPDATE admission
   SET inside = false,
       last_at = @at,
       last_device = @device_id,
       last_exit = true
 WHERE org_id = @org_id
   AND list_id = @list_id
   AND registration_id = @registration_id
   AND day = @day
   AND inside`

// leaveTx lets a ticket out; false when it was not inside.
func leaveTx(ctx context.Context, tx *pg.Tx, p spot, by passage) (bool, error) {
	args := p.args()
	args["at"], args["device_id"] = by.at, by.device
	tag, err := tx.Exec(ctx, sqlLeave, args)
	if err != nil {
		return false, fmt.Errorf("let out: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// sqlPassages finds the scans that went through the door and were not taken back.
const sqlPassages = `
SELECT s.id, s.kind = 'exit', s.outcome = 'ADMITTED_OFFLINE_CONFLICT', s.device_id, s.gate, s.sequence, s.effective_at
  FROM scan s
 WHERE s.org_id = @org_id
   AND s.event_id = @event_id
   AND s.list_id = @list_id
   AND s.registration_id = @registration_id
   AND s.day = @day
   AND s.outcome IN ('ADMITTED', 'ADMITTED_UNCONFIRMED', 'ADMITTED_OFFLINE_CONFLICT', 'EXITED')
   AND NOT EXISTS (SELECT 1
                     FROM scan v
                    WHERE v.org_id = s.org_id AND v.event_id = s.event_id AND v.voids = s.id AND v.voids <> '' AND v.outcome = 'VOIDED')`

const sqlForgetAdmission = `
DELETE FROM admission
 WHERE org_id = @org_id
   AND list_id = @list_id
   AND registration_id = @registration_id
   AND day = @day`

const sqlKeepAdmission = `
INSERT INTO admission (org_id, list_id, registration_id, day, event_id, inside, entries, first_at, first_gate, first_device, first_scan,
                       last_at, last_device, last_exit)
VALUES (@org_id, @list_id, @registration_id, @day, @event_id, @inside, @entries, @first_at, @first_gate, @first_device, @first_scan,
        @last_at, @last_device, @last_exit)
ON CONFLICT ON CONSTRAINT admission_pk
DO UPDATE SET inside = excluded.inside, entries = excluded.entries, first_at = excluded.first_at, first_gate = excluded.first_gate,
              first_device = excluded.first_device, first_scan = excluded.first_scan, last_at = excluded.last_at,
              last_device = excluded.last_device, last_exit = excluded.last_exit`

// settleTx works an admission out anew from its scans. The caller holds its lock,
// by sqlLockAdmission or because it wrote the row.
func settleTx(ctx context.Context, tx *pg.Tx, p spot, mode Mode) error {
	args := p.args()
	args["event_id"] = p.event
	rows, _ := tx.Query(ctx, sqlPassages, args) // CollectRows reports the error
	passages, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (passage, error) {
		var x passage
		err := row.Scan(&x.scan, &x.exit, &x.conflict, &x.device, &x.gate, &x.sequence, &x.at)
		return x, err
	})
	if err != nil {
		return fmt.Errorf("read passages: %w", err)
	}
	a, came := follow(mode, passages)
	if !came {
		if _, err := tx.Exec(ctx, sqlForgetAdmission, p.args()); err != nil {
			return fmt.Errorf("forget admission: %w", err)
		}
		return nil
	}
	args["inside"], args["entries"], args["first_at"], args["first_gate"] = a.inside, a.entries, a.firstAt, a.firstGate
	args["first_device"], args["first_scan"], args["last_at"] = a.firstDevice, a.firstScan, a.lastAt
	args["last_device"], args["last_exit"] = a.lastDevice, a.lastExit
	if _, err := tx.Exec(ctx, sqlKeepAdmission, args); err != nil {
		return fmt.Errorf("settle admission: %w", err)
	}
	return nil
}

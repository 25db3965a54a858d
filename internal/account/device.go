package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// How long a tablet's secrets last.
const (
	// PairingLife is how long a pairing code can be used.
	PairingLife = 10 * time.Minute
	// DeviceAfterEvent is how long a tablet's access outlasts its event.
	DeviceAfterEvent = 24 * time.Hour
	// DeviceTokenLife is after how long a tablet asks for a new token.
	DeviceTokenLife = 24 * time.Hour
	// DeviceTokenOverlap is how long a token works after its successor was first used.
	DeviceTokenOverlap = time.Hour
)

// DeviceMode is what a tablet is for.
type DeviceMode string

// The modes.
const (
	DeviceDoor         DeviceMode = "door"
	DeviceKiosk        DeviceMode = "kiosk"
	DevicePrintStation DeviceMode = "print_station"
)

// StaffRole is what somebody at a tablet may do.
type StaffRole string

// The roles at the door.
const (
	// Steward scans, and takes back what was scanned in the last minutes.
	Steward StaffRole = "steward"
	// Lead also searches, undoes and registers walk-ins.
	Lead StaffRole = "lead"
)

// Alarm is something about a tablet that the organiser should look into.
type Alarm string

// The alarms.
const (
	AlarmCodeReused     Alarm = "code_reused"
	AlarmTokenReused    Alarm = "token_reused"
	AlarmUsedAfterEnd   Alarm = "used_after_end"
	AlarmUnknownTickets Alarm = "unknown_tickets"
	AlarmClockJumped    Alarm = "clock_jumped"
	AlarmOtherList      Alarm = "other_list"
)

// DeviceDetails is what an organiser says about a tablet.
type DeviceDetails struct {
	Name string `json:"name"`
	// Gate is where it stands; may be empty.
	Gate string `json:"gate"`
	// Lists are the only check-in lists that it reaches.
	Lists          []uid.CheckInList `json:"list_ids"`
	Mode           DeviceMode        `json:"mode"`
	RoleWithoutPin StaffRole         `json:"role_without_pin"`
}

// Place is what people call where the tablet stands: its gate, or its name.
func (d DeviceDetails) Place() string {
	if d.Gate != "" {
		return d.Gate
	}
	return d.Name
}

// Device is a tablet at the door.
type Device struct {
	Org   uid.Org
	ID    uid.Device
	Event uid.Event
	DeviceDetails
	CreatedAt  time.Time
	PairedAt   *time.Time
	RevokedAt  *time.Time
	LastSeenAt *time.Time
	// ExpiresAt follows the event, wherever it is moved.
	ExpiresAt time.Time
	// PairingUntil is until when its pairing code can be used; nil without an open one.
	PairingUntil *time.Time
	Alarms       []Alarm
	// Queued and AppVersion are from its last report.
	Queued     int
	AppVersion string
	// TokenIssuedAt is the age of the token that was shown; zero in lists.
	TokenIssuedAt time.Time

	tokenHash []byte
}

// Reaches reports whether the tablet may use a check-in list.
func (d Device) Reaches(list uid.CheckInList) bool { return slices.Contains(d.Lists, list) }

// deviceFrom reads tablets; scanDevice reads its rows.
const deviceFrom = `
SELECT d.org_id, d.id, d.event_id, d.name, d.gate, d.list_ids, d.mode, d.role_without_pin, d.created_at, d.paired_at,
       d.revoked_at, d.last_seen_at, e.ends_at,
       (SELECT max(p.expires_at) FROM device_pairing p WHERE p.org_id = d.org_id AND p.device_id = d.id AND p.spent_at IS NULL),
       d.alarms, d.queued, d.app_version
  FROM device d
  JOIN event e ON e.org_id = d.org_id AND e.id = d.event_id`

func scanDevice(row pgx.CollectableRow) (Device, error) {
	var d Device
	err := row.Scan(&d.Org, &d.ID, &d.Event, &d.Name, &d.Gate, &d.Lists, &d.Mode, &d.RoleWithoutPin, &d.CreatedAt, &d.PairedAt,
		&d.RevokedAt, &d.LastSeenAt, &d.ExpiresAt, &d.PairingUntil, &d.Alarms, &d.Queued, &d.AppVersion)
	d.ExpiresAt = d.ExpiresAt.Add(DeviceAfterEvent)
	return d, err
}

const sqlDevices = deviceFrom + `
 WHERE d.org_id = @org_id
   AND d.event_id = @event_id
 ORDER BY d.id`

// Devices returns an event's tablets in the order of their making.
func (s *Service) Devices(ctx context.Context, org uid.Org, event uid.Event) ([]Device, error) {
	rows, _ := s.db.Pool().Query(ctx, sqlDevices, pgx.StrictNamedArgs{"org_id": org, "event_id": event}) // CollectRows reports the error
	devices, err := pgx.CollectRows(rows, scanDevice)
	if err != nil {
		return nil, fmt.Errorf("read tablets: %w", err)
	}
	return devices, nil
}

const sqlDevice = deviceFrom + `
 WHERE d.org_id = @org_id
   AND d.event_id = @event_id
   AND d.id = @id
   FOR UPDATE OF d`

// deviceTx reads a tablet and keeps others from changing it.
func deviceTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event, id uid.Device) (Device, error) {
	rows, _ := tx.Query(ctx, sqlDevice, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "id": id}) // CollectExactlyOneRow reports the error
	d, err := pgx.CollectExactlyOneRow(rows, scanDevice)
	if pg.IsNoRows(err) {
		return Device{}, fault.NotFound("tablet")
	}
	if err != nil {
		return Device{}, fmt.Errorf("read tablet: %w", err)
	}
	return d, nil
}

const sqlInsertDevice = `
INSERT INTO device (org_id, id, event_id, name, gate, list_ids, mode, role_without_pin, created_at)
VALUES (@org_id, @id, @event_id, @name, @gate, @list_ids, @mode, @role, @now)`

// CreateDevice makes a tablet known. The caller has checked that the lists are
// the event's. A pairing code follows from RenewPairing: it is no part of this
// answer, because answers are kept for repeats and codes are kept nowhere.
func (s *Service) CreateDevice(ctx context.Context, actor Actor, key replay.Key, org uid.Org, event uid.Event, in DeviceDetails) (uid.Device, error) {
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (uid.Device, error) {
		id := uid.New[uid.Device]()
		_, err := tx.Exec(ctx, sqlInsertDevice, pgx.StrictNamedArgs{
			"org_id": org, "id": id, "event_id": event, "name": in.Name, "gate": in.Gate, "list_ids": in.Lists,
			"mode": in.Mode, "role": in.RoleWithoutPin, "now": tx.Now,
		})
		if pg.Constraint(err) == "device_event_fk" {
			return id, fault.NotFound("event").Because(err)
		}
		if err != nil {
			return id, fmt.Errorf("insert tablet: %w", err)
		}
		return id, AuditTx(ctx, tx, Audit{Org: org, Actor: actor.ID(), Action: "device.create", Subject: id.String(), After: in})
	})
}

const sqlRevokeDevice = `
UPDATE device
   SET revoked_at = coalesce(revoked_at, @now)
 WHERE org_id = @org_id
   AND id = @id`

// RevokeDevice ends a tablet's access: its next call is refused and it wipes its
// copy. An ended tablet can be paired anew.
func (s *Service) RevokeDevice(ctx context.Context, actor Actor, key replay.Key, org uid.Org, event uid.Event, id uid.Device) (Device, error) {
	err := replay.Act(ctx, s.db, key, func(tx *pg.Tx) error {
		d, err := deviceTx(ctx, tx, org, event, id)
		if err != nil || d.RevokedAt != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlRevokeDevice, pgx.StrictNamedArgs{"org_id": org, "id": id, "now": tx.Now}); err != nil {
			return fmt.Errorf("end tablet: %w", err)
		}
		return AuditTx(ctx, tx, Audit{Org: org, Actor: actor.ID(), Action: "device.revoke", Subject: id.String()})
	})
	if err != nil {
		return Device{}, err
	}
	return s.device(ctx, org, event, id)
}

func (s *Service) device(ctx context.Context, org uid.Org, event uid.Event, id uid.Device) (Device, error) {
	var d Device
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		d, err = deviceTx(ctx, tx, org, event, id)
		return err
	})
	return d, err
}

const sqlAlarm = `
UPDATE device
   SET alarms = alarms || @alarm::text
 WHERE org_id = @org_id
   AND id = @id
   AND NOT alarms @> ARRAY[@alarm::text]`

// AlarmTx notes that something about a tablet should be looked into, once in the
// list of tablets and each time in the audit log.
func AlarmTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Device, alarm Alarm, detail any) error {
	if _, err := tx.Exec(ctx, sqlAlarm, pgx.StrictNamedArgs{"org_id": org, "id": id, "alarm": string(alarm)}); err != nil {
		return fmt.Errorf("note alarm: %w", err)
	}
	return AuditTx(ctx, tx, Audit{
		Org: org, Actor: id.String(), Action: "device.alarm", Subject: id.String(), After: map[string]any{"alarm": alarm, "detail": detail},
	})
}

// Alarm is AlarmTx in a transaction of its own, for calls that are refused.
func (s *Service) Alarm(ctx context.Context, org uid.Org, id uid.Device, alarm Alarm, detail any) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error { return AlarmTx(ctx, tx, org, id, alarm, detail) })
}

const sqlReport = `
UPDATE device
   SET queued = @queued,
       app_version = @app_version
 WHERE org_id = @org_id
   AND id = @id
   AND (queued, app_version) IS DISTINCT FROM (@queued, @app_version)`

// Report keeps what a tablet says about itself.
func (s *Service) Report(ctx context.Context, d *Device, queued int, appVersion string) error {
	if d.Queued == queued && d.AppVersion == appVersion {
		return nil
	}
	_, err := s.db.Pool().Exec(ctx, sqlReport, pgx.StrictNamedArgs{
		"org_id": d.Org, "id": d.ID, "queued": queued, "app_version": appVersion,
	})
	if err != nil {
		return fmt.Errorf("keep report of tablet: %w", err)
	}
	return nil
}

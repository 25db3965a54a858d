package account

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Pairing is a fresh pairing code.
type Pairing struct {
	Device Device
	// Code is for the QR; it is kept nowhere.
	Code      string
	ExpiresAt time.Time
}

const sqlForgetPairings = `
DELETE FROM device_pairing
 WHERE org_id = @org_id
   AND device_id = @id
   AND spent_at IS NULL`

const sqlInsertPairing = `
INSERT INTO device_pairing (code_hash, org_id, device_id, expires_at)
VALUES (@code_hash, @org_id, @id, @expires_at)`

const sqlEndTokens = `
UPDATE device_token
   SET ends_at = least(ends_at, @now)
 WHERE org_id = @org_id
   AND device_id = @id`

const sqlUnpair = `
UPDATE device
   SET paired_at = NULL,
       revoked_at = NULL
 WHERE org_id = @org_id
   AND id = @id`

// RenewPairing makes a pairing code for a tablet. Its older codes and its tokens
// end: whoever holds the tablet now scans the new code.
func (s *Service) RenewPairing(ctx context.Context, actor Actor, org uid.Org, event uid.Event, id uid.Device) (Pairing, error) {
	p := Pairing{Code: NewSecret()}
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		d, err := deviceTx(ctx, tx, org, event, id)
		if err != nil {
			return err
		}
		if !tx.Now.Before(d.ExpiresAt) {
			return fault.Precondition(fault.WrongState, "The event ended more than a day ago, so no tablet can be paired for it.")
		}
		p.ExpiresAt = tx.Now.Add(PairingLife)
		args := pgx.StrictNamedArgs{"org_id": org, "id": id}
		for _, sql := range []string{sqlForgetPairings, sqlUnpair} {
			if _, err := tx.Exec(ctx, sql, args); err != nil {
				return fmt.Errorf("renew pairing: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, sqlEndTokens, pgx.StrictNamedArgs{"org_id": org, "id": id, "now": tx.Now}); err != nil {
			return fmt.Errorf("end tokens: %w", err)
		}
		_, err = tx.Exec(ctx, sqlInsertPairing, pgx.StrictNamedArgs{
			"code_hash": hash(p.Code), "org_id": org, "id": id, "expires_at": p.ExpiresAt,
		})
		if err != nil {
			return fmt.Errorf("insert pairing code: %w", err)
		}
		if p.Device, err = deviceTx(ctx, tx, org, event, id); err != nil {
			return err
		}
		return AuditTx(ctx, tx, Audit{Org: org, Actor: actor.ID(), Action: "device.pairing_code", Subject: id.String()})
	})
	return p, err
}

const sqlSpendPairing = `
UPDATE device_pairing
   SET spent_at = @now
 WHERE code_hash = @code_hash
   AND spent_at IS NULL
   AND expires_at > @now
RETURNING org_id, device_id`

const sqlPairingOf = `
SELECT org_id, device_id
  FROM device_pairing
 WHERE code_hash = @code_hash`

const sqlInsertToken = `
INSERT INTO device_token (token_hash, org_id, device_id, issued_at)
VALUES (@token_hash, @org_id, @id, @now)`

const sqlPaired = `
UPDATE device
   SET paired_at = @now,
       last_seen_at = @now,
       app_version = @app_version
 WHERE org_id = @org_id
   AND id = @id
   AND revoked_at IS NULL
RETURNING event_id`

// Pair spends a pairing code and returns the tablet with its first token. A code
// works once and for ten minutes; whoever tries it later is refused and the
// organiser sees that it was tried.
func (s *Service) Pair(ctx context.Context, code, appVersion string) (string, Device, error) {
	token := NewSecret()
	var d Device
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var org uid.Org
		var id uid.Device
		err := tx.QueryRow(ctx, sqlSpendPairing, pgx.StrictNamedArgs{"code_hash": hash(code), "now": tx.Now}).Scan(&org, &id)
		if pg.IsNoRows(err) {
			return errPairing()
		}
		if err != nil {
			return fmt.Errorf("spend pairing code: %w", err)
		}
		var event uid.Event
		err = tx.QueryRow(ctx, sqlPaired, pgx.StrictNamedArgs{"org_id": org, "id": id, "now": tx.Now, "app_version": appVersion}).Scan(&event)
		if pg.IsNoRows(err) { // it was ended while its code was open
			return errPairing()
		}
		if err != nil {
			return fmt.Errorf("pair tablet: %w", err)
		}
		_, err = tx.Exec(ctx, sqlInsertToken, pgx.StrictNamedArgs{"token_hash": hash(token), "org_id": org, "id": id, "now": tx.Now})
		if err != nil {
			return fmt.Errorf("insert token: %w", err)
		}
		if d, err = deviceTx(ctx, tx, org, event, id); err != nil {
			return err
		}
		d.TokenIssuedAt, d.tokenHash = tx.Now, hash(token)
		return AuditTx(ctx, tx, Audit{Org: org, Actor: id.String(), Action: "device.pair", Subject: id.String()})
	})
	if fault.Is(err, fault.PairingCodeInvalid) {
		return "", Device{}, s.warnOfCode(ctx, code, err)
	}
	return token, d, err
}

func errPairing() error {
	f := fault.Precondition(fault.PairingCodeInvalid, "This pairing code was used before or has run out. Ask for a new one.")
	return f
}

// warnOfCode tells the organiser that a dead code was tried.
func (s *Service) warnOfCode(ctx context.Context, code string, refusal error) error {
	var org uid.Org
	var id uid.Device
	err := s.db.Pool().QueryRow(ctx, sqlPairingOf, pgx.StrictNamedArgs{"code_hash": hash(code)}).Scan(&org, &id)
	switch {
	case pg.IsNoRows(err):
		return refusal
	case err != nil:
		return fmt.Errorf("look for pairing code: %w", err)
	}
	if err := s.Alarm(ctx, org, id, AlarmCodeReused, nil); err != nil {
		return err
	}
	return refusal
}

// sqlDeviceActor finds the tablet behind a token, and writes down that it was
// seen when that was not done lately.
const sqlDeviceActor = `
WITH shown AS (
  SELECT t.org_id, t.device_id, t.issued_at, t.first_used_at, t.ends_at
    FROM device_token t
   WHERE t.token_hash = @token_hash
), touched AS (
  UPDATE device d
     SET last_seen_at = @now
    FROM shown
   WHERE d.org_id = shown.org_id
     AND d.id = shown.device_id
     AND d.revoked_at IS NULL
     AND d.last_seen_at < @touched_before
)
SELECT d.org_id, d.id, d.event_id, d.name, d.gate, d.list_ids, d.mode, d.role_without_pin, d.created_at, d.paired_at,
       d.revoked_at, d.last_seen_at, e.ends_at, NULL::timestamptz, d.alarms, d.queued, d.app_version,
       shown.issued_at, shown.first_used_at, shown.ends_at
  FROM shown
  JOIN device d ON d.org_id = shown.org_id AND d.id = shown.device_id
  JOIN event e ON e.org_id = d.org_id AND e.id = d.event_id`

// DeviceActor returns the tablet behind a token. A token whose tablet was ended,
// has expired, or has long had a newer token belongs to nobody, and the actor
// says so by DeviceEnded; one that was never made here is just nobody.
func (s *Service) DeviceActor(ctx context.Context, token string) (Actor, error) {
	if !looksLikeSecret(token) {
		return Actor{}, nil
	}
	now := s.now()
	d := Device{tokenHash: hash(token)}
	var first, ends *time.Time
	err := s.db.Pool().QueryRow(ctx, sqlDeviceActor, pgx.StrictNamedArgs{
		"token_hash": d.tokenHash, "now": now, "touched_before": now.Add(-touchEvery),
	}).Scan(&d.Org, &d.ID, &d.Event, &d.Name, &d.Gate, &d.Lists, &d.Mode, &d.RoleWithoutPin, &d.CreatedAt, &d.PairedAt,
		&d.RevokedAt, &d.LastSeenAt, &d.ExpiresAt, &d.PairingUntil, &d.Alarms, &d.Queued, &d.AppVersion,
		&d.TokenIssuedAt, &first, &ends)
	if pg.IsNoRows(err) {
		return Actor{}, nil
	}
	if err != nil {
		return Actor{}, fmt.Errorf("look up tablet: %w", err)
	}
	d.ExpiresAt = d.ExpiresAt.Add(DeviceAfterEvent)
	switch {
	case d.RevokedAt != nil:
		return Actor{DeviceEnded: true}, s.alarmOnce(ctx, &d, AlarmUsedAfterEnd)
	case !now.Before(d.ExpiresAt):
		return Actor{DeviceEnded: true}, nil
	case ends != nil && !now.Before(*ends):
		return Actor{DeviceEnded: true}, s.alarmOnce(ctx, &d, AlarmTokenReused)
	case first == nil:
		if err := s.firstUse(ctx, &d); err != nil {
			return Actor{}, err
		}
	}
	return Actor{Device: &d}, nil
}

// alarmOnce raises an alarm that is not up yet: a dead tablet asks every second.
func (s *Service) alarmOnce(ctx context.Context, d *Device, alarm Alarm) error {
	for _, a := range d.Alarms {
		if a == alarm {
			return nil
		}
	}
	return s.Alarm(ctx, d.Org, d.ID, alarm, nil)
}

const sqlFirstUse = `
UPDATE device_token
   SET first_used_at = @now
 WHERE token_hash = @token_hash
   AND first_used_at IS NULL`

const sqlEndOlder = `
UPDATE device_token
   SET ends_at = @ends_at
 WHERE org_id = @org_id
   AND device_id = @id
   AND token_hash <> @token_hash
   AND ends_at IS NULL`

// firstUse notes that a token reached its tablet, which starts the end of the
// tokens before it.
func (s *Service) firstUse(ctx context.Context, d *Device) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		tag, err := tx.Exec(ctx, sqlFirstUse, pgx.StrictNamedArgs{"token_hash": d.tokenHash, "now": tx.Now})
		if err != nil {
			return fmt.Errorf("note first use of token: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil // another call of the same tablet was faster
		}
		_, err = tx.Exec(ctx, sqlEndOlder, pgx.StrictNamedArgs{
			"org_id": d.Org, "id": d.ID, "token_hash": d.tokenHash, "ends_at": tx.Now.Add(DeviceTokenOverlap),
		})
		if err != nil {
			return fmt.Errorf("end older tokens: %w", err)
		}
		return nil
	})
}

const sqlForgetUnused = `
DELETE FROM device_token
 WHERE org_id = @org_id
   AND device_id = @id
   AND token_hash <> @token_hash
   AND first_used_at IS NULL`

const sqlEnding = `
SELECT ends_at IS NOT NULL
  FROM device_token
 WHERE token_hash = @token_hash`

// RotateToken gives a tablet a new token. Tokens that were made before and never
// reached it are forgotten, so a lost answer costs nothing. Whoever rotates with
// a token that has a successor in use is a second holder: that raises an alarm.
func (s *Service) RotateToken(ctx context.Context, d *Device) (string, time.Time, error) {
	token := NewSecret()
	var issued time.Time
	second := false
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		if _, err := deviceTx(ctx, tx, d.Org, d.Event, d.ID); err != nil { // one rotation at a time
			return err
		}
		err := tx.QueryRow(ctx, sqlEnding, pgx.StrictNamedArgs{"token_hash": d.tokenHash}).Scan(&second)
		if pg.IsNoRows(err) {
			return fault.Unauthenticated("This tablet was paired anew.")
		}
		if err != nil {
			return fmt.Errorf("read token: %w", err)
		}
		if second {
			return AlarmTx(ctx, tx, d.Org, d.ID, AlarmTokenReused, nil)
		}
		args := pgx.StrictNamedArgs{"org_id": d.Org, "id": d.ID, "token_hash": d.tokenHash}
		if _, err := tx.Exec(ctx, sqlForgetUnused, args); err != nil {
			return fmt.Errorf("forget unused tokens: %w", err)
		}
		issued = tx.Now
		_, err = tx.Exec(ctx, sqlInsertToken, pgx.StrictNamedArgs{"token_hash": hash(token), "org_id": d.Org, "id": d.ID, "now": tx.Now})
		if err != nil {
			return fmt.Errorf("insert token: %w", err)
		}
		return nil
	})
	if err == nil && second {
		err = fault.Precondition(fault.WrongState, "A newer token of this tablet is in use.")
	}
	return token, issued, err
}

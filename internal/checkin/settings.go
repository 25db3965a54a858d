package checkin

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// pinRounds makes each guess at a PIN cost a tablet about a tenth of a second. A
// PIN keeps guests out, not somebody who takes the tablet home: that is what
// ending its access is for.
const pinRounds = 100_000

// Pin is a PIN for the people at the door.
type Pin struct {
	Label string            `json:"label"`
	Role  account.StaffRole `json:"role"`
	// Digits set it; empty keeps the digits of the PIN with this label. Never read back.
	Digits string `json:"-"`

	Salt       []byte `json:"-"`
	Iterations int    `json:"-"`
	// Verifier is SHA-256 of the key that PBKDF2 makes of the digits.
	Verifier []byte `json:"-"`
}

// Kiosk is how kiosks behave.
type Kiosk struct {
	Welcome     string `json:"welcome"`
	AllowLookup bool   `json:"allow_lookup"`
	// IdleSeconds of rest start it afresh.
	IdleSeconds int `json:"idle_seconds"`
}

// Paper is the size of one badge in millimetres.
type Paper struct {
	Width  int `json:"width_mm"`
	Height int `json:"height_mm"`
}

// Settings are an event's settings for the door.
type Settings struct {
	Pins  []Pin
	Kiosk Kiosk
	// Paper is what badges are printed on; SavePaper sets it.
	Paper Paper
}

// defaultPaper is a label that every badge printer takes.
var defaultPaper = Paper{Width: 62, Height: 100}

const defaultIdle = 15

const sqlPins = `
SELECT label, role, '' AS digits, salt, iterations, verifier
  FROM staff_pin
 WHERE org_id = @org_id
   AND event_id = @event_id
 ORDER BY label`

const sqlDoorSettings = `
SELECT welcome, allow_lookup, idle_seconds, badge_width_mm, badge_height_mm
  FROM door_settings
 WHERE org_id = @org_id
   AND event_id = @event_id`

func readSettings(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event) (Settings, error) {
	args := pgx.StrictNamedArgs{"org_id": org, "event_id": event}
	rows, _ := q.Query(ctx, sqlPins, args) // CollectRows reports the error
	pins, err := pgx.CollectRows(rows, pgx.RowToStructByName[Pin])
	if err != nil {
		return Settings{}, fmt.Errorf("read PINs: %w", err)
	}
	k, paper := Kiosk{AllowLookup: true}, defaultPaper
	err = q.QueryRow(ctx, sqlDoorSettings, args).Scan(&k.Welcome, &k.AllowLookup, &k.IdleSeconds, &paper.Width, &paper.Height)
	if err != nil && !pg.IsNoRows(err) {
		return Settings{}, fmt.Errorf("read door settings: %w", err)
	}
	if k.IdleSeconds == 0 {
		k.IdleSeconds = defaultIdle
	}
	return Settings{Pins: pins, Kiosk: k, Paper: paper}, nil
}

// Settings returns an event's settings for the door.
func (s *Service) Settings(ctx context.Context, org uid.Org, event uid.Event) (Settings, error) {
	return readSettings(ctx, s.db.Pool(), org, event)
}

const sqlDeletePins = `
DELETE FROM staff_pin
 WHERE org_id = @org_id
   AND event_id = @event_id`

const sqlInsertPin = `
INSERT INTO staff_pin (org_id, event_id, label, role, salt, iterations, verifier)
VALUES (@org_id, @event_id, @label, @role, @salt, @iterations, @verifier)`

const sqlSaveKiosk = `
INSERT INTO door_settings (org_id, event_id, welcome, allow_lookup, idle_seconds)
VALUES (@org_id, @event_id, @welcome, @allow_lookup, @idle_seconds)
ON CONFLICT ON CONSTRAINT door_settings_pk
DO UPDATE SET welcome = excluded.welcome, allow_lookup = excluded.allow_lookup, idle_seconds = excluded.idle_seconds`

// SaveSettings replaces an event's PINs and its kiosks' settings; a PIN that is
// left out ends.
func (s *Service) SaveSettings(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, in Settings) (Settings, error) {
	defer s.forget(event)
	err := replay.Act(ctx, s.db, key, func(tx *pg.Tx) error {
		if _, err := s.events.GetTx(ctx, tx, org, event); err != nil {
			return err
		}
		before, err := readSettings(ctx, tx, org, event)
		if err != nil {
			return err
		}
		in.Paper = before.Paper
		pins, err := hashPins(in.Pins, before.Pins)
		if err != nil {
			return err
		}
		if err := storeSettingsTx(ctx, tx, org, event, pins, in.Kiosk); err != nil {
			return err
		}
		return account.AuditTx(ctx, tx, account.Audit{
			Org: org, Actor: actor.ID(), Action: "door_settings.save", Subject: event.String(), Before: before, After: in,
		})
	})
	if err != nil {
		return Settings{}, err
	}
	return s.Settings(ctx, org, event)
}

func storeSettingsTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event, pins []Pin, k Kiosk) error {
	args := pgx.StrictNamedArgs{"org_id": org, "event_id": event}
	if _, err := tx.Exec(ctx, sqlDeletePins, args); err != nil {
		return fmt.Errorf("replace PINs: %w", err)
	}
	for _, p := range pins {
		_, err := tx.Exec(ctx, sqlInsertPin, pgx.StrictNamedArgs{
			"org_id": org, "event_id": event, "label": p.Label, "role": p.Role, "salt": p.Salt, "iterations": p.Iterations, "verifier": p.Verifier,
		})
		if err != nil {
			return fmt.Errorf("insert PIN: %w", err)
		}
	}
	_, err := tx.Exec(ctx, sqlSaveKiosk, pgx.StrictNamedArgs{
		"org_id": org, "event_id": event, "welcome": k.Welcome, "allow_lookup": k.AllowLookup, "idle_seconds": k.IdleSeconds,
	})
	if err != nil {
		return fmt.Errorf("save kiosk settings: %w", err)
	}
	return nil
}

const sqlSavePaper = `
INSERT INTO door_settings (org_id, event_id, badge_width_mm, badge_height_mm)
VALUES (@org_id, @event_id, @width, @height)
ON CONFLICT ON CONSTRAINT door_settings_pk
DO UPDATE SET badge_width_mm = excluded.badge_width_mm, badge_height_mm = excluded.badge_height_mm`

// SavePaper says what an event's badges are printed on.
func (s *Service) SavePaper(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, p Paper) (Paper, error) {
	defer s.forget(event)
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Paper, error) {
		if _, err := s.events.GetTx(ctx, tx, org, event); err != nil {
			return Paper{}, err
		}
		before, err := readSettings(ctx, tx, org, event)
		if err != nil {
			return Paper{}, err
		}
		_, err = tx.Exec(ctx, sqlSavePaper, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "width": p.Width, "height": p.Height})
		if err != nil {
			return Paper{}, fmt.Errorf("save badge paper: %w", err)
		}
		return p, account.AuditTx(ctx, tx, account.Audit{
			Org: org, Actor: actor.ID(), Action: "badge_paper.save", Subject: event.String(), Before: before.Paper, After: p,
		})
	})
}

// hashPins turns new digits into verifiers and keeps the old ones where there are
// none. Two PINs with the same digits would make one of them pointless, but who
// types which cannot be told from the other then; that is the organiser's affair.
func hashPins(pins, before []Pin) ([]Pin, error) {
	old := map[string]Pin{}
	for _, p := range before {
		old[p.Label] = p
	}
	var out []Pin
	var bad []fault.Field
	seen := map[string]bool{}
	for i, p := range pins {
		p.Label = strings.TrimSpace(p.Label)
		path := fmt.Sprintf("pins[%d]", i)
		kept, known := old[p.Label]
		switch {
		case seen[p.Label]:
			bad = append(bad, fault.Field{Path: path + ".label", Rule: "pin.twice", Message: "is there twice"})
		case p.Digits == "" && !known:
			bad = append(bad, fault.Field{Path: path + ".pin", Rule: "pin.missing", Message: "must be given for a new PIN"})
		case p.Digits == "":
			p.Salt, p.Iterations, p.Verifier = kept.Salt, kept.Iterations, kept.Verifier
		default:
			p.Salt, p.Iterations = make([]byte, 16), pinRounds
			_, _ = rand.Read(p.Salt) // never fails, by its documentation
			key, err := PinKey(p.Digits, p.Salt, p.Iterations)
			if err != nil {
				return nil, err
			}
			sum := sha256.Sum256(key)
			p.Verifier = sum[:]
		}
		seen[p.Label] = true
		out = append(out, p)
	}
	if len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	return out, nil
}

// PinKey is the key that follows from a PIN: what a tablet sends with requests
// that need a role.
func PinKey(digits string, salt []byte, iterations int) ([]byte, error) {
	key, err := pbkdf2.Key(sha256.New, digits, salt, iterations, 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key of a PIN: %w", err)
	}
	return key, nil
}

// staff is whoever holds the tablet just now.
type staff struct {
	label string
	role  account.StaffRole
}

// staffOf says who holds the tablet, by the key of a PIN; without one it is the
// tablet's own role.
func staffOf(d *account.Device, pins []Pin, key []byte) staff {
	sum := sha256.Sum256(key)
	for _, p := range pins {
		if len(key) > 0 && subtle.ConstantTimeCompare(sum[:], p.Verifier) == 1 {
			return staff{p.Label, p.Role}
		}
	}
	return staff{role: d.RoleWithoutPin}
}

// needLead refuses everybody but shift leads.
func (s *Service) needLead(ctx context.Context, d *account.Device, key []byte) (staff, error) {
	c, err := s.config(ctx, d.Org, d.Event)
	if err != nil {
		return staff{}, err
	}
	who := staffOf(d, c.settings.Pins, key)
	if who.role != account.Lead {
		return who, errLead()
	}
	return who, nil
}

func errLead() error {
	return &fault.Error{Kind: fault.KindDenied, Reason: fault.LeadNeeded, Message: "Only a shift lead may do this."}
}

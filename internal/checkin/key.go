package checkin

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/ticketcode"
	"lanyard/internal/uid"
)

// Key is one of the keys that an event's tickets were signed with.
type Key struct {
	ID int `json:"id"`
	// Public is what tablets check with.
	Public ed25519.PublicKey `json:"public"`
	// Retired keys are refused.
	Retired bool `json:"retired"`
}

const sqlKeys = `
SELECT id, retired_at IS NOT NULL
  FROM ticket_key
 WHERE org_id = @org_id
   AND event_id = @event_id
 ORDER BY id`

// keys returns an event's keys; the last one signs.
func (s *Service) keys(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event) ([]Key, error) {
	rows, _ := q.Query(ctx, sqlKeys, pgx.StrictNamedArgs{"org_id": org, "event_id": event}) // ForEachRow reports the error
	var k Key
	var keys []Key
	_, err := pgx.ForEachRow(rows, []any{&k.ID, &k.Retired}, func() error {
		keys = append(keys, k)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read ticket keys: %w", err)
	}
	if len(keys) == 0 {
		keys = []Key{{ID: 1}}
	}
	for i := range keys {
		keys[i].Public = s.mint.Signer(org, event, byte(keys[i].ID)).PublicKey()
	}
	return keys, nil
}

// Keys returns an event's keys.
func (s *Service) Keys(ctx context.Context, org uid.Org, event uid.Event) ([]Key, error) {
	return s.keys(ctx, s.db.Pool(), org, event)
}

// The first rotation writes down key 1 too, which an event has without a row.
const sqlInsertKeys = `
INSERT INTO ticket_key (org_id, event_id, id, created_at)
SELECT @org_id, @event_id, x.id, @now
  FROM unnest(@ids::int[]) AS x (id)
ON CONFLICT ON CONSTRAINT ticket_key_pk DO NOTHING`

const sqlRetireKeys = `
UPDATE ticket_key
   SET retired_at = @now
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id < @next
   AND retired_at IS NULL`

// RotateKey signs tickets with a new key from now on. With retire, tickets that
// were signed before are refused: their holders' pages and mails show new ones.
func (s *Service) RotateKey(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, retire bool) ([]Key, error) {
	defer s.forget(event)
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) ([]Key, error) {
		if _, err := s.events.GetTx(ctx, tx, org, event); err != nil {
			return nil, err
		}
		before, err := s.keys(ctx, tx, org, event)
		if err != nil {
			return nil, err
		}
		last := before[len(before)-1].ID
		if last == 255 {
			return nil, fault.Precondition(fault.WrongState, "This event has had all the keys that there are.")
		}
		args := pgx.StrictNamedArgs{"org_id": org, "event_id": event, "ids": []int{last, last + 1}, "now": tx.Now}
		if _, err := tx.Exec(ctx, sqlInsertKeys, args); err != nil {
			return nil, fmt.Errorf("add ticket key: %w", err)
		}
		if retire {
			_, err := tx.Exec(ctx, sqlRetireKeys, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "next": last + 1, "now": tx.Now})
			if err != nil {
				return nil, fmt.Errorf("retire ticket keys: %w", err)
			}
		}
		err = account.AuditTx(ctx, tx, account.Audit{
			Org: org, Actor: actor.ID(), Action: "ticket_key.rotate", Subject: event.String(), After: map[string]any{"key": last + 1, "retired_old": retire},
		})
		if err != nil {
			return nil, err
		}
		return s.keys(ctx, tx, org, event)
	})
}

// Codes are what a ticket's QRs say.
type Codes struct {
	// Signed is for pages, mails and PDFs.
	Signed string
	// Short is for badges.
	Short string
}

// Codes returns the codes of a registration's ticket.
func (s *Service) Codes(ctx context.Context, org uid.Org, event uid.Event, id uid.Registration) (Codes, error) {
	return s.codes(ctx, s.db.Pool(), org, event, id)
}

// CodesTx is Codes in the caller's transaction.
func (s *Service) CodesTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event, id uid.Registration) (Codes, error) {
	return s.codes(ctx, tx, org, event, id)
}

func (s *Service) codes(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event, id uid.Registration) (Codes, error) {
	keys, err := s.keys(ctx, q, org, event)
	if err != nil {
		return Codes{}, err
	}
	number := s.mint.Numbers(org).Of(id)
	return Codes{
		Signed: s.mint.Signer(org, event, byte(keys[len(keys)-1].ID)).Sign(number), Short: number.Short(),
	}, nil
}

// signature judges a code's signature by an event's keys.
func signature(c ticketcode.Code, keys []Key) SignatureState {
	if !c.Signed {
		return NoSignature
	}
	for _, k := range keys {
		if k.ID == int(c.KeyID) && !k.Retired && c.Verify(k.Public) {
			return ValidSignature
		}
	}
	return InvalidSignature
}

package checkin

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/fold"
	"lanyard/internal/replay"
	"lanyard/internal/ticketcode"
	"lanyard/internal/uid"
)

// CreateDevice makes a tablet known and gives its first pairing code. A repeat
// gives another code for the same tablet: codes are kept nowhere.
func (s *Service) CreateDevice(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, in account.DeviceDetails) (account.Pairing, error) {
	in.Name, in.Gate = strings.TrimSpace(in.Name), strings.TrimSpace(in.Gate)
	lists, err := s.Lists(ctx, org, event)
	if err != nil {
		return account.Pairing{}, err
	}
	for i, id := range in.Lists {
		if !hasList(lists, id) {
			return account.Pairing{}, fault.InvalidField(fmt.Sprintf("details.list_ids[%d]", i), "device.list", "must be a list of this event that is not archived")
		}
	}
	id, err := s.accounts.CreateDevice(ctx, actor, key, org, event, in)
	if err != nil {
		return account.Pairing{}, err
	}
	return s.accounts.RenewPairing(ctx, actor, org, event, id)
}

func hasList(lists []List, id uid.CheckInList) bool {
	for _, l := range lists {
		if l.ID == id && !l.Archived {
			return true
		}
	}
	return false
}

const sqlFind = `
SELECT r.id, r.name
  FROM registration r
  JOIN orders o ON o.org_id = r.org_id AND o.id = r.order_id
 WHERE r.org_id = @org_id
   AND r.event_id = @event_id
   AND o.code = @code
   AND r.state NOT IN ('held', 'lapsed')
 ORDER BY r.line, r.id`

// Find looks a ticket up by order code and surname, for somebody who stands at a
// kiosk without one. It answers not_found alike for a wrong code and a wrong name.
func (s *Service) Find(ctx context.Context, d *account.Device, code, surname string) (ticketcode.Number, *Ticket, error) {
	none := fault.NotFound("ticket")
	r, err := s.run(ctx, d)
	if err != nil {
		return ticketcode.Number{}, nil, err
	}
	if d.Mode == account.DeviceKiosk && !r.c.settings.Kiosk.AllowLookup {
		return ticketcode.Number{}, nil, none
	}
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	rows, _ := s.db.Pool().Query(ctx, sqlFind, pgx.StrictNamedArgs{"org_id": d.Org, "event_id": d.Event, "code": code}) // ForEachRow reports the error
	var id, found uid.Registration
	var name string
	wanted := fold.Words(surname)
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		if found.IsZero() && endsWith(fold.Words(name), wanted) {
			found = id
		}
		return nil
	})
	if err != nil {
		return ticketcode.Number{}, nil, fmt.Errorf("look for order: %w", err)
	}
	if found.IsZero() {
		return ticketcode.Number{}, nil, none
	}
	t, err := r.c.ticket(ctx, s.db.Pool(), r.numbers, d.Lists, found)
	if err != nil || t == nil {
		return ticketcode.Number{}, nil, err
	}
	return r.numbers.Of(found), t, nil
}

// endsWith reports whether the name's last words are the wanted ones.
func endsWith(name, wanted []string) bool {
	if len(wanted) == 0 || len(wanted) > len(name) {
		return false
	}
	tail := name[len(name)-len(wanted):]
	for i := range wanted {
		if tail[i] != wanted[i] {
			return false
		}
	}
	return true
}

// Seal closes what a kiosk may show of a ticket, so that nobody reads it before
// the ticket is shown.
func Seal(n ticketcode.Number, plain []byte) ([]byte, error) {
	key := SealKey(n)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("seal ticket: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal ticket: %w", err)
	}
	nonce := make([]byte, gcm.NonceSize())
	_, _ = rand.Read(nonce) // never fails, by its documentation
	return gcm.Seal(nonce, nonce, plain, nil), nil
}

// Number is the number of an organisation's ticket.
func (s *Service) Number(org uid.Org, id uid.Registration) ticketcode.Number {
	return s.mint.Numbers(org).Of(id)
}

package booking

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/link"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Sitting is one session that somebody has a place in.
type Sitting struct {
	Registration Registration
	Event        catalog.Event
	Session      catalog.Session
	// JoinToken is for /j/{token}/{session}; empty without a join page.
	JoinToken string
}

// TakesPlace reports whether the sitting will happen or did.
func (x Sitting) TakesPlace() bool {
	switch x.Event.State {
	case catalog.StateCancelled, catalog.StatePostponed:
		return false
	}
	return x.Session.Live() && x.Registration.State == StateConfirmed
}

const sqlFeed = registrationFrom + `
 WHERE r.org_id = @org_id
   AND r.email = @email
   AND r.state = 'confirmed'
 ORDER BY r.registered_at DESC, r.id DESC
 LIMIT 200`

// Feed returns what the address behind a feed link is registered for at the
// organisation. The link is only ever mailed, so whoever has it reads that
// address's mail; it ends when the registration it was made for is handed over.
func (s *Service) Feed(ctx context.Context, token string) ([]Sitting, error) {
	ref, ok := s.keys.Read(link.Feed, token)
	if !ok {
		return nil, fault.NotFound("calendar")
	}
	var sittings []Sitting
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		sittings = nil
		owner, err := readRegistration(ctx, tx, ref.Org, uid.Registration(ref.ID))
		if err != nil {
			return err
		}
		if ref.Version != owner.LinkVersion {
			return fault.NotFound("calendar")
		}
		rows, err := tx.Query(ctx, sqlFeed, pgx.StrictNamedArgs{"org_id": ref.Org, "email": owner.Attendee.Email})
		if err != nil {
			return fmt.Errorf("read registrations: %w", err)
		}
		found, err := pgx.CollectRows(rows, scanRegistration)
		if err != nil {
			return fmt.Errorf("read registrations: %w", err)
		}
		for _, r := range found {
			own, err := s.sittingsTx(ctx, tx, r)
			if err != nil {
				return err
			}
			sittings = append(sittings, own...)
		}
		return nil
	})
	return sittings, err
}

func (s *Service) sittingsTx(ctx context.Context, tx *pg.Tx, r Registration) ([]Sitting, error) {
	e, err := s.events.GetTx(ctx, tx, r.Org, r.Event)
	if err != nil {
		return nil, err
	}
	place, err := PlaceOf(ctx, tx, e, r.Product)
	if err != nil {
		return nil, err
	}
	var out []Sitting
	for _, session := range place.Sessions {
		x := Sitting{Registration: r, Event: e, Session: session}
		if place.Online {
			x.JoinToken = s.keys.Make(link.Join, r.Org, r.ID, r.LinkVersion)
		}
		out = append(out, x)
	}
	return out, nil
}

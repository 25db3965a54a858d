package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/link"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// Mine is a registration as its holder sees it.
type Mine struct {
	Registration Registration
	Event        catalog.PublicEvent
	// GoodToKnow is what the organiser tells those who come.
	GoodToKnow   string
	ProductTitle string
	// Sessions are those of the product, by start, cancelled ones included.
	Sessions  []catalog.Session
	Questions []Question
	// ChangesUntil is until when details can be corrected and the place handed
	// over or given up; CanChange says whether that is so now.
	ChangesUntil time.Time
	CanChange    bool
	// JoinToken is for /j/{token}/{session}; empty for places without a join page.
	JoinToken string
	// Bought is what giving the place up means for its order; nil when it was not
	// bought, or ended already.
	Bought *Bought
}

const sqlPlace = `
SELECT p.online,
       ARRAY(SELECT ps.session_id FROM product_session ps WHERE ps.org_id = p.org_id AND ps.product_id = p.id)
  FROM product p
 WHERE p.org_id = @org_id
   AND p.id = @product_id`

// Place is what a product is a place in.
type Place struct {
	// Online says that the holder gets a join page.
	Online bool
	// Sessions are its sittings by start, cancelled ones included.
	Sessions []catalog.Session
}

// PlaceOf says what a product of an event is a place in.
func PlaceOf(ctx context.Context, q pg.Querier, e catalog.Event, product uid.Product) (Place, error) {
	var marked bool
	var only []uid.Session
	err := q.QueryRow(ctx, sqlPlace, pgx.StrictNamedArgs{"org_id": e.Org, "product_id": product}).Scan(&marked, &only)
	if err != nil {
		return Place{}, fmt.Errorf("read product: %w", err)
	}
	p := Place{Online: takesPartOnline(e.Mode, marked)}
	for _, session := range e.Sessions {
		if len(only) == 0 || contains(only, session.ID) {
			p.Sessions = append(p.Sessions, session)
		}
	}
	return p, nil
}

func contains(ids []uid.Session, id uid.Session) bool {
	for _, x := range ids {
		if x == id {
			return true
		}
	}
	return false
}

// Mine returns the registration behind a secret link. A link that was replaced
// is not found, except that whoever handed a place over still sees that they did.
func (s *Service) Mine(ctx context.Context, secret string) (Mine, error) {
	ref, ok := s.keys.Read(link.Registration, secret)
	if !ok {
		return Mine{}, fault.NotFound("registration")
	}
	var m Mine
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		r, err := readRegistration(ctx, tx, ref.Org, uid.Registration(ref.ID))
		if err != nil {
			return err
		}
		if !opens(ref, r) {
			return fault.NotFound("registration")
		}
		m, err = s.mineTx(ctx, tx, r)
		return err
	})
	return m, err
}

func opens(ref link.Ref, r Registration) bool {
	return ref.Version == r.LinkVersion || r.State == StateTransferred
}

func (s *Service) mineTx(ctx context.Context, tx *pg.Tx, r Registration) (Mine, error) {
	public, err := s.events.PublicEventByIDTx(ctx, tx, r.Org, r.Event)
	if err != nil {
		return Mine{}, err
	}
	e, err := s.events.GetTx(ctx, tx, r.Org, r.Event)
	if err != nil {
		return Mine{}, err
	}
	place, err := PlaceOf(ctx, tx, e, r.Product)
	if err != nil {
		return Mine{}, err
	}
	questions, err := questionsOf(ctx, tx, r.Org, []uid.Event{r.Event})
	if err != nil {
		return Mine{}, err
	}
	m := Mine{
		Registration: r, Event: public, GoodToKnow: e.GoodToKnow, ProductTitle: r.ProductTitle, Sessions: place.Sessions,
		Questions: asked(questions[r.Event]), ChangesUntil: changesUntil(e, place),
	}
	m.CanChange = r.Live() && e.State != catalog.StateCancelled && tx.Now.Before(m.ChangesUntil)
	if place.Online && r.State == StateConfirmed {
		m.JoinToken = s.keys.Make(link.Join, r.Org, r.ID, r.LinkVersion)
	}
	if r.Live() {
		m.Bought, err = s.boughtTx(ctx, tx, r)
	}
	return m, err
}

// changesUntil is the start of the first sitting that the place is for; online
// it is the end of the last one, because nobody waits at a door.
func changesUntil(e catalog.Event, p Place) time.Time {
	until := e.StartsAt
	if p.Online {
		until = e.EndsAt
	}
	for _, session := range p.Sessions {
		if session.Live() && !p.Online {
			return session.StartsAt
		}
	}
	return until
}

// changeMine runs a holder's change on the locked registration, once per key.
func (s *Service) changeMine(ctx context.Context, key replay.Key, secret string, fn func(tx *pg.Tx, r *Registration, m Mine) error) (Mine, error) {
	ref, ok := s.keys.Read(link.Registration, secret)
	if !ok {
		return Mine{}, fault.NotFound("registration")
	}
	key.Scope += " " + uid.Registration(ref.ID).String()
	var after Mine
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (struct{}, error) {
			r, err := lockTx(ctx, tx, ref.Org, uid.Registration(ref.ID))
			if err != nil {
				return struct{}{}, err
			}
			if !opens(ref, r) {
				return struct{}{}, fault.NotFound("registration")
			}
			m, err := s.mineTx(ctx, tx, r)
			if err != nil {
				return struct{}{}, err
			}
			return struct{}{}, fn(tx, &r, m)
		})
		if err != nil {
			return err
		}
		r, err := readRegistration(ctx, tx, ref.Org, uid.Registration(ref.ID))
		if err != nil {
			return err
		}
		after, err = s.mineTx(ctx, tx, r)
		return err
	})
	return after, err
}

// mayChange says why a holder cannot change the registration, if so.
func (m Mine) mayChange() error {
	switch m.Registration.State {
	case StateCancelled:
		return fault.Precondition(fault.AlreadyCancelled, "This place was given up already.")
	case StateTransferred:
		return fault.Precondition(fault.WrongState, "This place was handed over to somebody else.")
	case StateDeclined:
		return fault.Precondition(fault.WrongState, "This application was declined.")
	}
	if m.Event.State == catalog.StateCancelled {
		return fault.Precondition(fault.WrongState, "This event is cancelled.")
	}
	if !m.CanChange {
		return fault.Precondition(fault.DeadlinePassed, "The event has begun, so this can no longer be changed here.")
	}
	return nil
}

const sqlCorrect = `
UPDATE registration
   SET name = @name,
       email = @email,
       organisation = @organisation,
       segment = @segment,
       timezone = @timezone,
       answers = @answers,
       search = @search,
       changed_at = @now,
       version = version + 1
 WHERE org_id = @org_id
   AND id = @id`

// Correct replaces the details of the same person. Version is the one that was
// read; another one fails with STALE_VERSION.
func (s *Service) Correct(ctx context.Context, key replay.Key, secret string, version int64, a Attendee) (Mine, error) {
	return s.changeMine(ctx, key, secret, func(tx *pg.Tx, r *Registration, m Mine) error {
		answers, err := m.checkChange(version, &a)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlCorrect, pgx.StrictNamedArgs{
			"org_id": r.Org, "id": r.ID, "name": a.Name, "email": a.Email, "organisation": a.Organisation, "segment": a.Segment,
			"timezone": a.Timezone, "answers": answers, "search": a.searchText(r.OrderCode), "now": tx.Now,
		})
		if err != nil {
			return fmt.Errorf("correct registration: %w", err)
		}
		if err := s.auditMine(ctx, tx, *r, "registration.correct", r.Attendee.audited(), a.audited()); err != nil {
			return err
		}
		return s.box.AppendTx(ctx, tx, outbox.Fact{
			Org: r.Org, Kind: FactCorrected, Subject: r.ID, Detail: CorrectedDetail{EmailChanged: a.Email != r.Attendee.Email},
		})
	})
}

// checkChange cleans and checks new details for a registration, and returns its
// answers encoded.
func (m Mine) checkChange(version int64, a *Attendee) (string, error) {
	if err := m.mayChange(); err != nil {
		return "", err
	}
	if version != m.Registration.Version {
		return "", fault.Conflict(fault.StaleVersion, "This registration was changed meanwhile. Please look at it again.")
	}
	*a = a.clean()
	bad := a.check("attendee")
	kept, problems := checkAnswers(m.Questions, a.Answers, "attendee")
	if bad = append(bad, problems...); len(bad) > 0 {
		return "", fault.Invalid(bad...)
	}
	a.Answers = kept
	return encodeAnswers(kept)
}

// audited is what the audit log keeps of an attendee: that fields changed can be
// seen from it, and answers stay out.
func (a Attendee) audited() map[string]any {
	return map[string]any{"name": a.Name, "email": a.Email, "organisation": a.Organisation, "segment": a.Segment}
}

func (s *Service) auditMine(ctx context.Context, tx *pg.Tx, r Registration, action string, before, after any) error {
	return account.AuditTx(ctx, tx, account.Audit{
		Org: r.Org, Actor: account.AttendeeActor(r.ID).ID(), Action: action, Subject: r.ID.String(), Before: before, After: after,
	})
}

const sqlSucceed = `
INSERT INTO registration (org_id, id, order_id, event_id, product_id, line, state, name, email, organisation,
                          segment, timezone, answers, search, predecessor, registered_at, changed_at)
SELECT org_id, @successor, order_id, event_id, product_id, line, 'confirmed', @name, @email, @organisation,
       @segment, @timezone, @answers, @search, id, @now, @now
  FROM registration
 WHERE org_id = @org_id
   AND id = @id`

// HandOver gives the place to somebody else, who gets a registration and a link
// of their own by mail; this link ends. It returns the new person's address. The
// seat stays taken throughout.
func (s *Service) HandOver(ctx context.Context, key replay.Key, secret string, version int64, a Attendee) (string, error) {
	_, err := s.changeMine(ctx, key, secret, func(tx *pg.Tx, r *Registration, m Mine) error {
		if r.State == StateAwaitingApproval {
			return fault.Precondition(fault.WrongState, "An application belongs to the person who made it. Please withdraw it; your colleague can apply.")
		}
		answers, err := m.checkChange(version, &a)
		if err != nil {
			return err
		}
		successor := uid.New[uid.Registration]()
		_, err = tx.Exec(ctx, sqlSucceed, pgx.StrictNamedArgs{
			"org_id": r.Org, "id": r.ID, "successor": successor, "name": a.Name, "email": a.Email, "organisation": a.Organisation,
			"segment": a.Segment, "timezone": a.Timezone, "answers": answers, "search": a.searchText(r.OrderCode), "now": tx.Now,
		})
		if err != nil {
			return fmt.Errorf("make successor: %w", err)
		}
		if err := s.stock.HandOverTx(ctx, tx, r.Org, r.ID, successor); err != nil {
			return err
		}
		if err := s.handOverLinesTx(ctx, tx, *r, successor, a); err != nil {
			return err
		}
		before := r.Attendee
		if err := setStateTx(ctx, tx, r, StateTransferred, "", true); err != nil {
			return err
		}
		if err := s.auditMine(ctx, tx, *r, "registration.hand_over", before.audited(), a.audited()); err != nil {
			return err
		}
		return s.box.AppendTx(ctx, tx, outbox.Fact{
			Org: r.Org, Kind: FactHandedOver, Subject: successor, Detail: HandedOverDetail{Predecessor: r.ID},
		})
	})
	return a.clean().Email, err
}

// CancelMine gives the place up, or withdraws the application. The seat is free
// for others at once. With an expected refund, in minor units as it was shown, it
// fails with PRICE_CHANGED when it is another one by now.
func (s *Service) CancelMine(ctx context.Context, key replay.Key, secret string, expected *int64) (Mine, error) {
	return s.changeMine(ctx, key, secret, func(tx *pg.Tx, r *Registration, m Mine) error {
		if err := m.mayGiveUp(); err != nil {
			return err
		}
		return s.cancelTx(ctx, tx, r, cancelling{actor: account.AttendeeActor(r.ID), by: "attendee", expected: expected})
	})
}

// cancelTx ends a locked registration and gives its seats back.
func (s *Service) cancelTx(ctx context.Context, tx *pg.Tx, r *Registration, c cancelling) error {
	if o, err := lockSaleTx(ctx, tx, r.Org, r.Order); err == nil {
		c.refund, c.source = RefundPolicy, bySource[c.by]
		return s.cancelPlaceTx(ctx, tx, &o, r.ID, c)
	} else if !fault.Is(err, fault.NoSuchThing) {
		return err
	}
	was := r.State
	if err := setStateTx(ctx, tx, r, StateCancelled, c.reason, false); err != nil {
		return err
	}
	if _, err := s.stock.ReleaseTx(ctx, tx, r.Org, r.ID); err != nil {
		return err
	}
	err := account.AuditTx(ctx, tx, account.Audit{
		Org: r.Org, Actor: c.actor.ID(), Action: "registration.cancel", Subject: r.ID.String(),
		Before: map[string]any{"state": was}, After: map[string]any{"state": StateCancelled, "note": c.reason},
	})
	if err != nil {
		return err
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: r.Org, Kind: FactCancelled, Subject: r.ID, Detail: CancelledDetail{By: c.by, Was: was}})
}

package booking

import (
	"context"
	"fmt"

	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/link"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// Seat is one seat of somebody's order, as whoever was sent its link sees it:
// nothing of the order's money, and nothing of who has the other seats.
type Seat struct {
	Event        catalog.PublicEvent
	ProductTitle string
	// BookedBy is the buyer's name.
	BookedBy string
	// Questions are asked of whoever takes the seat.
	Questions []Question
	// Closed says in a sentence why nobody can be named any more; empty while the
	// seat is free.
	Closed string
}

// seatSecret is the link with which somebody names themselves for a line's seat;
// empty when there is nobody to name.
func (s *Service) seatSecret(o sale, l Line) string {
	open := o.State == OrderConfirmed || o.State == OrderPlaced && o.ExpiresAt != nil
	if !open || l.Kind != inventory.Ticket || l.Cancelled || l.Attendee != "" {
		return ""
	}
	return s.keys.Make(link.Seat, o.Org, o.ID, l.Position+1)
}

// readSeat finds the order and the line that a seat's link names.
func (s *Service) readSeat(secret string) (link.Ref, error) {
	ref, ok := s.keys.Read(link.Seat, secret)
	if !ok {
		return ref, fault.NotFound("seat")
	}
	return ref, nil
}

// seatOf is the place on a line of an order.
func (o sale) seatOf(ref link.Ref) (Line, bool) {
	for _, l := range o.Lines {
		if l.Position == ref.Version-1 && l.Kind == inventory.Ticket {
			return l, true
		}
	}
	return Line{}, false
}

// Seat returns the seat behind a link that a buyer passed on.
func (s *Service) Seat(ctx context.Context, secret string) (Seat, error) {
	ref, err := s.readSeat(secret)
	if err != nil {
		return Seat{}, err
	}
	var seat Seat
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		o, err := readSale(ctx, tx, ref.Org, uid.Order(ref.ID))
		if err != nil {
			return notFoundAs(err, "seat")
		}
		l, ok := o.seatOf(ref)
		if !ok {
			return fault.NotFound("seat")
		}
		r, err := readRegistration(ctx, tx, o.Org, l.Registration)
		if err != nil {
			return err
		}
		public, err := s.events.PublicEventByIDTx(ctx, tx, o.Org, o.Event)
		if err != nil {
			return err
		}
		questions, err := questionsOf(ctx, tx, o.Org, []uid.Event{o.Event})
		if err != nil {
			return err
		}
		seat = Seat{Event: public, ProductTitle: l.Title, BookedBy: o.Buyer.Name, Questions: asked(questions[o.Event])}
		closed := s.seatClosedTx(ctx, tx, o, r)
		if f, shown := fault.As(closed); shown {
			seat.Closed = f.Message
			return nil
		}
		return closed
	})
	return seat, err
}

// seatClosedTx says why nobody can be named for a seat, if so.
func (s *Service) seatClosedTx(ctx context.Context, tx *pg.Tx, o sale, r Registration) error {
	e, err := s.events.GetTx(ctx, tx, o.Org, o.Event)
	if err != nil {
		return err
	}
	switch {
	case e.State == catalog.StateCancelled:
		return fault.Precondition(fault.WrongState, "This event is cancelled.")
	case r.Attendee.Email != "":
		return fault.Precondition(fault.WrongState, "This seat has a name already. Its holder can hand it over.")
	case r.State != StateConfirmed && r.State != StateAwaitingPayment:
		return fault.Precondition(fault.WrongState, "This seat was given up.")
	case !tx.Now.Before(e.EndsAt):
		return fault.Precondition(fault.DeadlinePassed, "The event is over.")
	}
	return nil
}

// FillSeat puts whoever was sent a seat's link on that seat. It returns the secret
// of their own page, /r/{secret}.
func (s *Service) FillSeat(ctx context.Context, key replay.Key, secret string, a Attendee) (string, error) {
	ref, err := s.readSeat(secret)
	if err != nil {
		return "", err
	}
	id := uid.Order(ref.ID)
	key.Scope += fmt.Sprintf(" %s/%d", id, ref.Version)
	var own string
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		reg, err := replay.Do(ctx, tx, key, func() (uid.Registration, error) {
			o, err := lockSaleTx(ctx, tx, ref.Org, id)
			if err != nil {
				return uid.Registration{}, notFoundAs(err, "seat")
			}
			l, ok := o.seatOf(ref)
			if !ok {
				return uid.Registration{}, fault.NotFound("seat")
			}
			return l.Registration, s.nameSeatTx(ctx, tx, o, l.Registration, a)
		})
		own = s.keys.Make(link.Registration, ref.Org, reg, 1)
		return err
	})
	if err != nil {
		return "", err
	}
	return own, nil
}

// AssignSeat says who comes on a seat of the buyer's order that nobody was named for.
func (s *Service) AssignSeat(ctx context.Context, key replay.Key, secret string, reg uid.Registration, a Attendee) (Order, error) {
	ref, err := s.openOrder(ctx, secret)
	if err != nil {
		return Order{}, err
	}
	return s.changeSale(ctx, key, ref.Org, uid.Order(ref.ID), func(tx *pg.Tx, o *sale) error {
		return s.nameSeatTx(ctx, tx, *o, reg, a)
	})
}

// nameSeatTx puts a person on a seat of a locked order that has no name yet. They
// hear of it as soon as the order is confirmed.
func (s *Service) nameSeatTx(ctx context.Context, tx *pg.Tx, o sale, reg uid.Registration, a Attendee) error {
	r, err := lockTx(ctx, tx, o.Org, reg)
	if err != nil {
		return err
	}
	if r.Order != o.ID {
		return fault.NotFound("registration")
	}
	if err := s.seatClosedTx(ctx, tx, o, r); err != nil {
		return err
	}
	a = a.clean()
	bad := a.check("attendee")
	questions, err := questionsOf(ctx, tx, o.Org, []uid.Event{o.Event})
	if err != nil {
		return err
	}
	kept, problems := checkAnswers(questions[o.Event], a.Answers, "attendee")
	if bad := append(bad, problems...); len(bad) > 0 {
		return fault.Invalid(bad...)
	}
	answers, err := encodeAnswers(kept)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlNameSeat, a.seatArgs(o, reg, answers, tx.Now)); err != nil {
		return fmt.Errorf("name a seat: %w", err)
	}
	if r.State != StateConfirmed {
		return nil
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactConfirmed, Subject: reg})
}

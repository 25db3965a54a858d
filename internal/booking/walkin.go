package booking

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// WalkInInput is somebody who stands at the door without a registration.
type WalkInInput struct {
	Org     uid.Org
	Event   uid.Event
	Product uid.Product
	// ID is the registration's, set aside beforehand, so that a badge could be
	// printed without a network.
	ID uid.Registration
	// Attendee may lack an address; then nothing is mailed.
	Attendee Attendee
}

// WalkedIn is the result.
type WalkedIn struct {
	OrderCode string
	// OverCapacity says that this took more places than there are.
	OverCapacity bool
	// Price is what it costs; zero for a place that is free.
	Price money.Amount
}

const sqlWalkInOrder = `
INSERT INTO orders (org_id, id, event_id, code, state, request_id, request_hash, created_at, placed_at)
VALUES (@org_id, @id, @event_id, @code, 'confirmed', @request_id, @request_hash, @now, @now)`

const sqlWalkIn = `
INSERT INTO registration (org_id, id, order_id, event_id, product_id, line, state, name, email, organisation, segment, timezone,
                          answers, search, registered_at, changed_at)
VALUES (@org_id, @id, @order_id, @event_id, @product_id, 0, 'confirmed', @name, @email, @organisation, @segment, '',
        '{}', @search, @now, @now)`

// WalkInTx registers somebody who is there already. It asks no questions, minds
// no closing time, and takes a place even where none is left, because the person
// may long be inside when a tablet without network reports it; the result and the
// audit log say so. A place that has a price is sold on account: its invoice is
// due at once; CashTx notes what was paid at the door.
func (s *Service) WalkInTx(ctx context.Context, tx *pg.Tx, actor account.Actor, in WalkInInput) (WalkedIn, error) {
	a := in.Attendee.clean()
	if a.Name == "" {
		return WalkedIn{}, fault.InvalidField("walk_in.name", "string.min_len", "must be given")
	}
	in.Attendee = a
	quote, err := s.stock.QuoteTx(ctx, tx, inventory.QuoteInput{
		Org: in.Org, Event: in.Event, Units: []inventory.Wanted{{Product: in.Product}}, Taking: true, AtDoor: true,
	})
	if f, shown := fault.As(err); shown && f.Kind == fault.KindInvalid || err == nil && quote.Units[0].Kind != inventory.Ticket {
		return WalkedIn{}, fault.InvalidField("walk_in.product_id", "product.at_door", "cannot be sold by itself at the door").Because(err)
	}
	if err != nil {
		return WalkedIn{}, err
	}
	var out WalkedIn
	if quote.Total.Minor > 0 {
		out, err = s.sellAtDoorTx(ctx, tx, in, quote)
	} else {
		out, err = s.giveAtDoorTx(ctx, tx, in)
	}
	if err != nil {
		return WalkedIn{}, err
	}
	return out, account.AuditTx(ctx, tx, account.Audit{
		Org: in.Org, Actor: actor.ID(), Action: "registration.walk_in", Subject: in.ID.String(),
		After: map[string]any{"name": a.Name, "product": in.Product, "over_capacity": out.OverCapacity},
	})
}

// giveAtDoorTx registers for a place that costs nothing.
func (s *Service) giveAtDoorTx(ctx context.Context, tx *pg.Tx, in WalkInInput) (WalkedIn, error) {
	a := in.Attendee
	seat := inventory.Ask{Parts: []inventory.Part{{Product: in.Product, Registrations: []uid.Registration{in.ID}}}}
	over, err := s.seatTx(ctx, tx, in.Org, seat)
	if err != nil {
		return WalkedIn{}, err
	}
	order, code := uid.New[uid.Order](), newOrderCode()
	hash := sha256.Sum256(in.ID[:])
	_, err = tx.Exec(ctx, sqlWalkInOrder, pgx.StrictNamedArgs{
		"org_id": in.Org, "id": order, "event_id": in.Event, "code": code, "request_id": walkInRequest(in),
		"request_hash": hash[:], "now": tx.Now,
	})
	if err != nil {
		return WalkedIn{}, fmt.Errorf("insert order of walk-in: %w", err)
	}
	_, err = tx.Exec(ctx, sqlWalkIn, pgx.StrictNamedArgs{
		"org_id": in.Org, "id": in.ID, "order_id": order, "event_id": in.Event, "product_id": in.Product, "name": a.Name, "email": a.Email,
		"organisation": a.Organisation, "segment": a.Segment, "search": a.searchText(code), "now": tx.Now,
	})
	if pg.Constraint(err) == "registration_product_fk" {
		return WalkedIn{}, fault.NotFound("product").Because(err)
	}
	if err != nil {
		return WalkedIn{}, fmt.Errorf("insert walk-in: %w", err)
	}
	out := WalkedIn{OrderCode: code, OverCapacity: over}
	if a.Email == "" {
		return out, nil
	}
	return out, s.box.AppendTx(ctx, tx, outbox.Fact{Org: in.Org, Kind: FactConfirmed, Subject: in.ID})
}

// walkInRequest names a walk-in's order as its request: there is one for each
// spare ticket.
func walkInRequest(in WalkInInput) string { return "walk-in-" + in.ID.String() }

// seatTx takes a seat, beyond the pool's size where need be.
func (s *Service) seatTx(ctx context.Context, tx *pg.Tx, org uid.Org, seat inventory.Ask) (over bool, err error) {
	for range 2 {
		refusals, err := s.stock.TakeTx(ctx, tx, org, []inventory.Ask{seat})
		switch {
		case err != nil:
			return false, err
		case refusals[0] == nil:
			return seat.Over, nil
		case seat.Over:
			return false, refusals[0]
		}
		seat.Over = true
	}
	return false, nil
}

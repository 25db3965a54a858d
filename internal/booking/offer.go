package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/link"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// OfferState is whether a product can be had.
type OfferState string

// The states of an offer.
const (
	OfferAvailable    OfferState = "available"
	OfferSoldOut      OfferState = "sold_out"
	OfferAllInBaskets OfferState = "all_in_baskets"
	OfferClosed       OfferState = "closed"
	OfferNotSellable  OfferState = "not_sellable"
)

// fewLeft is up to how many places the number left is told.
const fewLeft = 10

// Offer is a product as an attendee sees it.
type Offer struct {
	Product     uid.Product
	Title       string
	Description string
	State       OfferState
	// FewLeft is how many are left, when that is few enough to say; else 0.
	FewLeft int
	// LookAgainAt is when the next basket lapses, with OfferAllInBaskets.
	LookAgainAt time.Time
	MaxPerOrder int
	// Online says that holders take part by their join page.
	Online bool
	// Limited says that places are held while the form is filled in.
	Limited bool
	// Price is what it costs at present.
	Price inventory.PriceNow
}

// Form is what somebody who wants to register needs to see.
type Form struct {
	Org       uid.Org
	Event     uid.Event
	Mode      catalog.RegistrationMode
	Offers    []Offer
	Questions []Question
	// ClosedMessage says why nothing can be had; empty while something may be.
	ClosedMessage string
}

const sqlFormEvent = `
SELECT state, registration_mode, registration_closes_at, mode
  FROM event
 WHERE org_id = @org_id
   AND id = @event_id
   AND state NOT IN ('draft', 'archived')`

// RegistrationForm returns what can be had at a published event and what is
// asked. It promises nothing: only Hold and PlaceOrder do.
func (s *Service) RegistrationForm(ctx context.Context, org uid.Org, event uid.Event) (Form, error) {
	f := Form{Org: org, Event: event}
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var e eventFacts
		var mode catalog.Mode
		err := tx.QueryRow(ctx, sqlFormEvent, pgx.StrictNamedArgs{"org_id": org, "event_id": event}).
			Scan(&e.State, &e.RegistrationMode, &e.ClosesAt, &mode)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.NotFound("event")
		}
		if err != nil {
			return fmt.Errorf("read event: %w", err)
		}
		f.Mode = catalog.RegistrationMode(e.RegistrationMode)
		if refusal, ok := fault.As(salesClosed(e, tx.Now, false)); ok {
			f.ClosedMessage = refusal.Message
		}
		questions, err := questionsOf(ctx, tx, org, []uid.Event{event})
		if err != nil {
			return err
		}
		f.Questions = asked(questions[event])
		f.Offers, err = s.offersTx(ctx, tx, org, event, f, mode)
		return err
	})
	return f, err
}

func (s *Service) offersTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event, f Form, mode catalog.Mode) ([]Offer, error) {
	products, err := s.stock.Products(ctx, tx, org, event)
	if err != nil {
		return nil, err
	}
	rooms, err := s.stock.RoomsTx(ctx, tx, org, event)
	if err != nil {
		return nil, err
	}
	prices, err := s.stock.PricesTx(ctx, tx, org, event)
	if err != nil {
		return nil, err
	}
	var offers []Offer
	for _, p := range products {
		if p.Archived {
			continue
		}
		o := Offer{
			Product: p.ID, Title: p.Title, Description: p.Description, MaxPerOrder: p.MaxPerOrder, Online: takesPartOnline(mode, p.Online),
			Price: prices[p.ID],
		}
		o.judge(rooms[p.ID], f.Mode == catalog.Approval)
		if f.ClosedMessage != "" {
			o.State = OfferClosed
		}
		offers = append(offers, o)
	}
	return offers, nil
}

// takesPartOnline decides, from the event's mode and the product's mark, whether
// a holder gets a join page.
func takesPartOnline(mode catalog.Mode, marked bool) bool {
	return mode == catalog.Online || mode == catalog.Hybrid && marked
}

// judge turns room into a state. Applications take no seat, so a full pool does
// not stop them.
func (o *Offer) judge(r inventory.Room, byApproval bool) {
	switch {
	case o.Price.Kind == inventory.Donation:
		o.State = OfferAvailable
	case r.Pools == 0:
		o.State = OfferNotSellable
	case r.Closed:
		o.State = OfferClosed
	case byApproval || !r.Limited:
		o.State = OfferAvailable
	case r.Left > 0:
		o.State, o.Limited = OfferAvailable, true
		if r.Left <= fewLeft {
			o.FewLeft = r.Left
		}
	case r.Basketed > 0:
		o.State, o.Limited, o.LookAgainAt = OfferAllInBaskets, true, r.NextFree
	default:
		o.State, o.Limited = OfferSoldOut, true
	}
}

const sqlOpenHold = `
SELECT o.event_id, o.state, o.expires_at, count(r.id)::int, (array_agg(r.product_id))[1]
  FROM orders o
  JOIN registration r ON r.org_id = o.org_id AND r.order_id = o.id
 WHERE o.org_id = @org_id
   AND o.id = @id
   AND o.expires_at IS NOT NULL
 GROUP BY o.org_id, o.id`

// OpenHold returns the basket behind a secret. It fails with HOLD_EXPIRED when
// its time is over, and with WRONG_STATE when it was placed.
func (s *Service) OpenHold(ctx context.Context, secret string) (Hold, error) {
	h := Hold{Secret: secret}
	ref, ok := s.keys.Read(link.Hold, secret)
	if !ok {
		return h, fault.NotFound("basket")
	}
	h.Org = ref.Org
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var state string
		err := tx.QueryRow(ctx, sqlOpenHold, pgx.StrictNamedArgs{"org_id": ref.Org, "id": uid.Order(ref.ID)}).
			Scan(&h.Event, &state, &h.ExpiresAt, &h.Quantity, &h.Product)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return fault.NotFound("basket")
		case err != nil:
			return fmt.Errorf("read basket: %w", err)
		case state != "basket" && state != "expired":
			return fault.Precondition(fault.WrongState, "This basket was used already.")
		case state == "expired" || !h.ExpiresAt.After(tx.Now):
			return fault.Precondition(fault.HoldExpired, "Your places were kept until a moment ago. Please start again.")
		}
		return nil
	})
	return h, err
}

const sqlReleaseHold = `
UPDATE orders
   SET state = 'expired'
 WHERE org_id = @org_id
   AND id = @id
   AND state = 'basket'`

const sqlLapseBasket = `
UPDATE registration
   SET state = 'lapsed',
       changed_at = @now
 WHERE org_id = @org_id
   AND order_id = ANY (@orders)
   AND state = 'held'
RETURNING id`

// ReleaseHold gives a basket's places back at once. Doing so twice, or after it
// lapsed, is fine.
func (s *Service) ReleaseHold(ctx context.Context, secret string) error {
	ref, ok := s.keys.Read(link.Hold, secret)
	if !ok {
		return fault.NotFound("basket")
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		id := uid.Order(ref.ID)
		tag, err := tx.Exec(ctx, sqlReleaseHold, pgx.StrictNamedArgs{"org_id": ref.Org, "id": id})
		if err != nil {
			return fmt.Errorf("release basket: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return s.lapseTx(ctx, tx, ref.Org, []uid.Order{id})
	})
}

// lapseTx ends the lines of baskets and gives their seats back.
func (s *Service) lapseTx(ctx context.Context, tx *pg.Tx, org uid.Org, orders []uid.Order) error {
	if err := s.giveBackPhasesTx(ctx, tx, org, orders); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, sqlLapseBasket, pgx.StrictNamedArgs{"org_id": org, "orders": orders, "now": tx.Now})
	if err != nil {
		return fmt.Errorf("lapse basket: %w", err)
	}
	regs, err := pgx.CollectRows(rows, pgx.RowTo[uid.Registration])
	if err != nil {
		return fmt.Errorf("lapse basket: %w", err)
	}
	_, err = s.stock.ReleaseTx(ctx, tx, org, regs...)
	return err
}

const sqlLapsePriced = `
UPDATE order_terms
   SET phases_taken = false
 WHERE org_id = @org_id
   AND order_id = ANY (@orders)
   AND phases_taken
RETURNING order_id, currency`

// giveBackPhasesTx returns what baskets with prices took besides their tickets'
// seats: the add-ons' seats and the places of price phases.
func (s *Service) giveBackPhasesTx(ctx context.Context, tx *pg.Tx, org uid.Org, orders []uid.Order) error {
	rows, err := tx.Query(ctx, sqlLapsePriced, pgx.StrictNamedArgs{"org_id": org, "orders": orders})
	if err != nil {
		return fmt.Errorf("lapse baskets with prices: %w", err)
	}
	currencies := map[uid.Order]money.Currency{}
	var id uid.Order
	var currency money.Currency
	if _, err := pgx.ForEachRow(rows, []any{&id, &currency}, func() error { currencies[id] = currency; return nil }); err != nil {
		return fmt.Errorf("lapse baskets with prices: %w", err)
	}
	counts := map[uid.PricePhase]int{}
	var addOns []uid.Registration
	for id, currency := range currencies {
		lines, err := readOrderLines(ctx, tx, org, currency, id)
		if err != nil {
			return err
		}
		for phase, n := range phases(lines) {
			counts[phase] += n
		}
		for _, l := range lines {
			if l.Kind == inventory.AddOn {
				addOns = append(addOns, l.seat())
			}
		}
	}
	if len(currencies) == 0 {
		return nil
	}
	if _, err := s.stock.ReleaseTx(ctx, tx, org, addOns...); err != nil {
		return err
	}
	return s.stock.ReturnPhasesTx(ctx, tx, org, counts)
}

const sqlLapsedBaskets = `
SELECT org_id, id
  FROM orders
 WHERE state = 'basket'
   AND expires_at <= @now
 ORDER BY expires_at
 LIMIT 500`

const sqlExpireBaskets = `
UPDATE orders
   SET state = 'expired'
 WHERE org_id = @org_id
   AND id = ANY (@orders)
   AND state = 'basket'
   AND expires_at <= @now
RETURNING id`

// SweepBaskets marks baskets whose time is over; a periodic job calls it. It is
// cosmetic: lapsed seats are free for others before it runs.
func (s *Service) SweepBaskets(ctx context.Context) (int, error) {
	byOrg := map[uid.Org][]uid.Order{}
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		clear(byOrg)
		rows, err := tx.Query(ctx, sqlLapsedBaskets, pgx.StrictNamedArgs{"now": tx.Now})
		if err != nil {
			return fmt.Errorf("find lapsed baskets: %w", err)
		}
		var org uid.Org
		var id uid.Order
		_, err = pgx.ForEachRow(rows, []any{&org, &id}, func() error {
			byOrg[org] = append(byOrg[org], id)
			return nil
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	swept := 0
	for org, orders := range byOrg {
		err := s.db.InTx(ctx, func(tx *pg.Tx) error {
			rows, err := tx.Query(ctx, sqlExpireBaskets, pgx.StrictNamedArgs{"org_id": org, "orders": orders, "now": tx.Now})
			if err != nil {
				return fmt.Errorf("expire baskets: %w", err)
			}
			gone, err := pgx.CollectRows(rows, pgx.RowTo[uid.Order])
			if err != nil {
				return fmt.Errorf("expire baskets: %w", err)
			}
			swept += len(gone)
			return s.lapseTx(ctx, tx, org, gone)
		})
		if err != nil {
			return swept, err
		}
	}
	return swept, nil
}

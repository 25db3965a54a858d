package booking

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/link"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// holdFor is how long a basket keeps its seats.
const holdFor = 20 * time.Minute

// maxPerOrder is the most attendees of any order; products say less.
const maxPerOrder = 50

// OrderInput is a request to register attendees.
type OrderInput struct {
	Org       uid.Org
	Event     uid.Event
	Product   uid.Product
	Attendees []Attendee
	// HoldSecret continues a basket; empty without one.
	HoldSecret string
}

// Placed is an order that was placed.
type Placed struct {
	Order         uid.Order
	Code          string
	Registrations []PlacedRegistration
}

// PlacedRegistration is one attendee's result.
type PlacedRegistration struct {
	ID uid.Registration
	// LinkSecret is the last part of /r/{secret}.
	LinkSecret string
	// State is confirmed or awaiting_approval.
	State State
}

// HoldInput is a request to keep places.
type HoldInput struct {
	Org      uid.Org
	Event    uid.Event
	Product  uid.Product
	Quantity int
}

// Hold is a basket.
type Hold struct {
	// Secret continues it, on any device.
	Secret    string
	Org       uid.Org
	Event     uid.Event
	Product   uid.Product
	Quantity  int
	ExpiresAt time.Time
}

// wish is one request to the committer: to place an order, or to hold places
// when attendees is nil.
type wish struct {
	requestID string
	hash      [32]byte
	event     uid.Event
	product   uid.Product
	attendees []Attendee
	quantity  int
	basket    uid.Order // the basket to place; zero without one
}

// holds reports that the wish is for a basket.
func (w wish) holds() bool { return w.attendees == nil }

// result answers a wish.
type result struct {
	placed Placed
	hold   Hold
}

// PlaceOrder registers attendees: at once where registration is open, as
// applications where a person decides. All get a place, or none. A repeat with
// the same key returns the same order.
//
// It fails with SOLD_OUT, ALL_IN_BASKETS, SALES_CLOSED, NOT_SELLABLE or
// HOLD_EXPIRED (the basket lapsed and its seats went to others), with UNAVAILABLE
// while Paused, and with field problems under attendees[i].
func (s *Service) PlaceOrder(ctx context.Context, key replay.Key, in OrderInput) (Placed, error) {
	if err := checkQuantity("attendees", len(in.Attendees)); err != nil {
		return Placed{}, err
	}
	attendees := make([]Attendee, len(in.Attendees))
	var bad []fault.Field
	for i, a := range in.Attendees {
		attendees[i] = a.clean()
		bad = append(bad, attendees[i].check(fmt.Sprintf("attendees[%d]", i))...)
	}
	w := wish{requestID: requestID(key), hash: key.Hash, event: in.Event, product: in.Product, attendees: attendees, quantity: len(attendees)}
	if in.HoldSecret != "" {
		ref, ok := s.keys.Read(link.Hold, in.HoldSecret)
		if !ok || ref.Org != in.Org {
			return Placed{}, fault.NotFound("basket")
		}
		w.basket = uid.Order(ref.ID)
	}
	if len(bad) > 0 {
		return Placed{}, fault.Invalid(bad...)
	}
	if err := s.refused(ctx, in.Org, w); err != nil {
		return Placed{}, err
	}
	r, err := s.seats.Do(ctx, in.Org, in.Event, w)
	return r.placed, err
}

// Hold keeps places in a basket for twenty minutes, so that a form can be
// filled in without hurry. It fails like PlaceOrder.
func (s *Service) Hold(ctx context.Context, key replay.Key, in HoldInput) (Hold, error) {
	if err := checkQuantity("quantity", in.Quantity); err != nil {
		return Hold{}, err
	}
	w := wish{requestID: requestID(key), hash: key.Hash, event: in.Event, product: in.Product, quantity: in.Quantity}
	if err := s.refused(ctx, in.Org, w); err != nil {
		return Hold{}, err
	}
	r, err := s.seats.Do(ctx, in.Org, in.Event, w)
	return r.hold, err
}

func checkQuantity(field string, n int) error {
	if n < 1 || n > maxPerOrder {
		return fault.InvalidField(field, "quantity", "must be from 1 to %d", maxPerOrder)
	}
	return nil
}

// requestID is the client's, or a fresh one for callers that have none.
func requestID(key replay.Key) string {
	if key.RequestID != "" {
		return key.RequestID
	}
	return uid.New[uid.Fact]().String()
}

// orderAlphabet is Crockford's base32 in upper case: no I, L, O or U.
const orderAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newOrderCode makes 60 random bits that a person can read out.
func newOrderCode() string {
	var raw [12]byte
	_, _ = rand.Read(raw[:]) // never fails, by its documentation
	for i, b := range raw {
		raw[i] = orderAlphabet[b&31]
	}
	return string(raw[:])
}

package booking

import (
	"context"
	"strings"

	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/pg"
)

// Bought is what giving a place up means for the order that it was bought with.
type Bought struct {
	// Refund is what goes back now for the place and what goes with it.
	Refund money.Amount
	// Owed says that the order is not paid yet, so that less is owed instead.
	Owed bool
	// AddOns are the titles of what goes with the place.
	AddOns []string
	// ByHolder says that the holder is also the buyer, to whom the money goes.
	ByHolder bool
	// SelfService says that the place can be given up without asking the organiser.
	SelfService bool
}

// boughtTx says what a registration's order has to do with giving it up; nil for
// places that no order was made for.
func (s *Service) boughtTx(ctx context.Context, tx *pg.Tx, r Registration) (*Bought, error) {
	o, err := s.OrderTx(ctx, tx, r.Org, r.Order)
	if fault.Is(err, fault.NoSuchThing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b := &Bought{
		Refund:      money.New(0, o.Currency),
		Owed:        o.Balance.Minor > 0,
		ByHolder:    strings.EqualFold(o.Buyer.Email, r.Attendee.Email),
		SelfService: o.SelfService || o.State != OrderConfirmed, // nothing was sold yet: it is withdrawn
	}
	var mine []Line
	for _, l := range o.Lines {
		if l.Cancelled || l.Registration != r.ID {
			continue
		}
		if mine = append(mine, l); l.Kind == inventory.AddOn {
			b.AddOns = append(b.AddOns, l.Title)
		}
	}
	b.Refund = o.RefundFor(mine)
	return b, nil
}

// RefundFor is what giving lines up brings back now. Of what was not paid yet
// nothing comes back; it is owed no longer.
func (o Order) RefundFor(lines []Line) money.Amount {
	shares := money.New(0, o.Currency)
	for _, l := range lines {
		shares.Minor += l.RefundNow.Minor
	}
	has := o.Paid.Minor - o.Refunded.Minor
	after := o.Total.Minor - shares.Minor
	return money.New(max(0, min(shares.Minor, has-after)), o.Currency)
}

// CanGiveUp reports whether the holder can give the place up now.
func (m Mine) CanGiveUp() bool { return m.mayGiveUp() == nil }

// mayGiveUp says why a holder cannot give the place up, if so.
func (m Mine) mayGiveUp() error {
	if err := m.mayChange(); err != nil {
		return err
	}
	if m.Bought != nil && !m.Bought.SelfService {
		return fault.Precondition(fault.NotAllowed, "Please ask the organiser to cancel.")
	}
	return nil
}

package inventory

import (
	"context"
	"time"

	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// PriceNow is what one unit of a product costs at present, for showing.
type PriceNow struct {
	Kind    Kind
	Pricing Pricing
	// Price is the present one; when open, the suggestion. List is the full price,
	// above Price during an early phase.
	Price, List money.Amount
	// Minimum is the least that may be named, when open.
	Minimum money.Amount
	// PhaseTitle names the present phase; empty at the full price.
	PhaseTitle string
	// PhaseEndsAt is when it ends at the latest; zero: after a number of places only.
	PhaseEndsAt time.Time
	// PhaseLeft is how many places it has left; nil: it ends by time only.
	PhaseLeft *int
	// MemberPrice is what people of member companies pay; nil when they pay no less.
	MemberPrice *money.Amount
	Rate        money.Rate
	Category    string
	Hidden      bool
	// Needs are the tickets that an add-on goes with; none: any.
	Needs       []uid.Product
	MinPerOrder int
	MaxPerOrder int
	// SellsFrom and SellsUntil bound its sale; zero: no bound.
	SellsFrom, SellsUntil time.Time
	// GroupFrom tickets of one order bring GroupPercent off; zero: no such rule.
	GroupFrom    int
	GroupPercent money.Rate
}

// PricesTx says what each live product of an event costs at present. It promises
// nothing: only a basket does.
func (s *Service) PricesTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event) (map[uid.Product]PriceNow, error) {
	products, err := readPricedTx(ctx, tx, org, event)
	if err != nil {
		return nil, err
	}
	prices := make(map[uid.Product]PriceNow, len(products))
	for id, p := range products {
		prices[id] = p.priceAt(tx.Now)
	}
	return prices, nil
}

func (p *priced) priceAt(now time.Time) PriceNow {
	t := p.Terms
	n := PriceNow{
		Kind: t.Kind, Pricing: t.Pricing, Price: money.New(t.Price, t.Currency), List: money.New(t.Price, t.Currency),
		Minimum: money.New(t.Minimum, t.Currency), Rate: t.VATRate, Category: t.VATCategory, Hidden: t.Hidden, Needs: t.Needs,
		MinPerOrder: t.MinPerOrder, MaxPerOrder: p.MaxPerOrder, SellsFrom: p.SellsFrom, SellsUntil: p.SellsUntil,
		GroupFrom: t.GroupFrom, GroupPercent: t.GroupPercent,
	}
	for _, ph := range p.phases {
		left := ph.left(now)
		if left <= 0 {
			continue
		}
		n.Price.Minor, n.PhaseTitle, n.PhaseEndsAt = ph.Price, ph.Title, ph.EndsAt
		n.List.Minor = max(t.Price, ph.Price)
		if ph.Places != nil {
			n.PhaseLeft = &left
		}
		break
	}
	if t.Member != nil && *t.Member < n.Price.Minor {
		member := money.New(*t.Member, t.Currency)
		n.MemberPrice = &member
	}
	return n
}

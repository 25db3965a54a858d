package inventory

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Wanted is one unit of a product.
type Wanted struct {
	Product uid.Product
	// Choice is the place of the buyer's choice in the request: what is wrong with
	// it is reported under "choices[Choice]".
	Choice int
	// Amount is what the buyer names, in minor units of the event's currency; only
	// for open prices.
	Amount int64
}

// QuoteInput asks what units cost together.
type QuoteInput struct {
	Org   uid.Org
	Event uid.Event
	Units []Wanted
	// Code is a discount or access code as it was typed; empty without one.
	Code string
	// Company is the one whose mailbox the buyer has proved to own; zero without.
	Company uid.Company
	// Taking says that this transaction goes on to TakePhasesTx: the products'
	// phases are locked, so that their places cannot go to others in between.
	Taking bool
	// AtDoor prices what is sold over the counter while people wait: dates of sale,
	// hidden marks and least quantities do not count, and an open price is its minimum.
	AtDoor bool
}

// The reasons of discounts, in the order in which they apply.
const (
	OffByPhase  = "phase"
	OffByMember = "member"
	OffByCode   = "code"
	OffByGroup  = "group"
)

// Discount is why a price is below the list price.
type Discount struct {
	Reason string
	Label  string
	Off    money.Amount
}

// Quoted is what one unit costs and why: List less Discounts is Gross, and Gross
// is Net and VAT.
type Quoted struct {
	Product         uid.Product
	Kind            Kind
	Title           string
	Phase           uid.PricePhase // zero at the full price
	PhaseTitle      string
	List            money.Amount
	Gross, Net, VAT money.Amount
	Rate            money.Rate
	Category        string
	Discounts       []Discount
}

// Quote is what units cost together. The parts always add up.
type Quote struct {
	// Currency is empty when nothing has a price.
	Currency money.Currency
	Units    []Quoted
	// Code is the code that did something: lowered a price, or opened a hidden
	// product. It is zero where other discounts are better, although CodeText then
	// still says what was typed.
	Code     uid.Code
	CodeText string
	// CodeOff is how much the code took off in all, for UseCodeTx and ReturnCodeTx.
	CodeOff    money.Amount
	Total, VAT money.Amount
}

// priced is a product as quoting needs it.
type priced struct {
	ID                    uid.Product
	Title                 string
	Terms                 Terms
	MaxPerOrder           int
	SellsFrom, SellsUntil time.Time // zero: no bound
	phases                []livePhase
}

type livePhase struct {
	Phase
	EndsAt time.Time // zero: none
}

// left is how many places a phase has at a moment; a phase that ended has none.
func (ph livePhase) left(now time.Time) int {
	switch {
	case !ph.EndsAt.IsZero() && !now.Before(ph.EndsAt):
		return 0
	case ph.Places == nil:
		return maxUnits
	}
	return max(0, *ph.Places-ph.Taken)
}

// QuoteTx prices units: phase, then member price, then code, then group rule,
// then VAT. Nothing is taken. One code counts in an order; whether it adds to
// member price and group rule is for the code to say, else each product gets what
// is better for the buyer. Open prices and donations stay as they were named.
//
// Faults name the field: choices[i].product_id, .quantity or .amount_minor,
// "choices" or "code". The reasons are INVALID_INPUT, SALES_NOT_OPEN,
// SALES_CLOSED, CODE_INVALID, CODE_USED_UP and BELOW_MINIMUM.
//
// Whoever quotes a basket anew gives back first what the old one took.
func (s *Service) QuoteTx(ctx context.Context, tx *pg.Tx, in QuoteInput) (Quote, error) {
	if len(in.Units) == 0 || len(in.Units) > maxUnits {
		return Quote{}, fault.InvalidField("choices", "quantity", "must be from 1 to %d in all", maxUnits)
	}
	ids := make([]uid.Product, len(in.Units))
	for i, u := range in.Units {
		ids[i] = u.Product
	}
	if in.Taking {
		if err := lockPhasesTx(ctx, tx, in.Org, ids); err != nil {
			return Quote{}, err
		}
	}
	products, err := readPricedTx(ctx, tx, in.Org, in.Event)
	if err != nil {
		return Quote{}, err
	}
	if in.AtDoor {
		in.Units = atDoor(products, in.Units)
	}
	r := reckoning{now: tx.Now, products: products, units: in.Units}
	if in.Code != "" {
		if r.code, err = codeTx(ctx, tx, in.Org, in.Event, in.Code); err != nil {
			return Quote{}, err
		}
	}
	if !in.Company.IsZero() {
		if r.company, err = companyNameTx(ctx, tx, in.Org, in.Company); err != nil {
			return Quote{}, err
		}
	}
	return r.reckon()
}

// atDoor lifts what keeps products from being sold just now.
func atDoor(products map[uid.Product]*priced, units []Wanted) []Wanted {
	out := make([]Wanted, len(units))
	for i, u := range units {
		if p, ok := products[u.Product]; ok {
			p.SellsFrom, p.SellsUntil, p.Terms.Hidden, p.Terms.MinPerOrder = time.Time{}, time.Time{}, false, 1
			if p.Terms.Pricing == Open {
				u.Amount = p.Terms.Minimum
			}
		}
		out[i] = u
	}
	return out
}

const sqlPriced = `
SELECT p.id, p.title, p.kind, p.pricing, coalesce(p.currency, '') AS currency, p.price_minor, p.minimum_minor,
       p.member_minor, p.vat_rate, p.vat_category, p.min_per_order, p.max_per_order, p.hidden,
       p.sells_from_local AT TIME ZONE e.timezone AS sells_from,
       p.sells_until_local AT TIME ZONE e.timezone AS sells_until,
       coalesce(p.group_from, 0) AS group_from, coalesce(p.group_percent, 0) AS group_percent,
       ARRAY(SELECT n.ticket_id FROM product_needs n
              WHERE n.org_id = p.org_id AND n.product_id = p.id ORDER BY n.ticket_id) AS needs
  FROM product p
  JOIN event e ON e.org_id = p.org_id AND e.id = p.event_id
 WHERE p.org_id = @org_id
   AND p.event_id = @event_id
   AND p.archived_at IS NULL
 ORDER BY p.position, p.id`

const sqlLivePhases = `
SELECT ph.product_id, ph.id, ph.title, ph.price_minor, ph.places, ph.taken,
       ph.ends_local AT TIME ZONE e.timezone AS ends_at
  FROM price_phase ph
  JOIN product p ON p.org_id = ph.org_id AND p.id = ph.product_id
  JOIN event e ON e.org_id = p.org_id AND e.id = p.event_id
 WHERE p.org_id = @org_id
   AND p.event_id = @event_id
   AND p.archived_at IS NULL
 ORDER BY ph.product_id, ph.position`

// readPricedTx reads the live products of an event with their phases.
func readPricedTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event) (map[uid.Product]*priced, error) {
	rows, err := tx.Query(ctx, sqlPriced, pgx.StrictNamedArgs{"org_id": org, "event_id": event})
	if err != nil {
		return nil, fmt.Errorf("read prices: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*priced, error) {
		p := &priced{}
		t := &p.Terms
		var from, until *time.Time
		err := row.Scan(&p.ID, &p.Title, &t.Kind, &t.Pricing, &t.Currency, &t.Price, &t.Minimum, &t.Member, &t.VATRate,
			&t.VATCategory, &t.MinPerOrder, &p.MaxPerOrder, &t.Hidden, &from, &until, &t.GroupFrom, &t.GroupPercent, &t.Needs)
		p.SellsFrom, p.SellsUntil = orZero(from), orZero(until)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("read prices: %w", err)
	}
	products := make(map[uid.Product]*priced, len(list))
	for _, p := range list {
		products[p.ID] = p
	}
	rows, err = tx.Query(ctx, sqlLivePhases, pgx.StrictNamedArgs{"org_id": org, "event_id": event})
	if err != nil {
		return nil, fmt.Errorf("read price phases: %w", err)
	}
	var product uid.Product
	var ph livePhase
	var ends *time.Time
	_, err = pgx.ForEachRow(rows, []any{&product, &ph.ID, &ph.Title, &ph.Price, &ph.Places, &ph.Taken, &ends}, func() error {
		next := ph
		if ph.Places != nil { // the next row is scanned into the same place
			places := *ph.Places
			next.Places = &places
		}
		next.EndsAt = orZero(ends)
		products[product].phases = append(products[product].phases, next)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read price phases: %w", err)
	}
	return products, nil
}

func orZero(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

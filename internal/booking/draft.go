package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// eventFacts is what deciding about an order needs to know of its event.
type eventFacts struct {
	State            string
	RegistrationMode string
	ClosesAt         time.Time
}

// productFacts is the same of a product.
type productFacts struct {
	Event       uid.Event
	MaxPerOrder int
}

// FOR SHARE makes a cancellation wait for the registrations that are under way,
// so that none slips in behind the list of people to tell.
const sqlEventFacts = `
SELECT id, state, registration_mode, registration_closes_at
  FROM event
 WHERE org_id = @org_id
   AND id = ANY (@events)
 ORDER BY id
   FOR SHARE`

const sqlProductFacts = `
SELECT id, event_id, max_per_order
  FROM product
 WHERE org_id = @org_id
   AND id = ANY (@products)
   AND archived_at IS NULL`

// readFacts reads, once for the batch, what its wishes are judged by.
func (b *batch) readFacts(ctx context.Context, tx *pg.Tx) error {
	events, products, orders := b.named()
	b.events, b.products = map[uid.Event]eventFacts{}, map[uid.Product]productFacts{}
	b.baskets, b.used = map[uid.Order]knownOrder{}, map[uid.Order]bool{}

	batch := &pgx.Batch{}
	batch.Queue(sqlEventFacts, pgx.StrictNamedArgs{"org_id": b.org, "events": events}).Query(func(rows pgx.Rows) error {
		var id uid.Event
		var e eventFacts
		_, err := pgx.ForEachRow(rows, []any{&id, &e.State, &e.RegistrationMode, &e.ClosesAt}, func() error {
			b.events[id] = e
			return nil
		})
		return err
	})
	batch.Queue(sqlProductFacts, pgx.StrictNamedArgs{"org_id": b.org, "products": products}).Query(func(rows pgx.Rows) error {
		var id uid.Product
		var p productFacts
		_, err := pgx.ForEachRow(rows, []any{&id, &p.Event, &p.MaxPerOrder}, func() error {
			b.products[id] = p
			return nil
		})
		return err
	})
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("read events and products: %w", err)
	}
	var err error
	if b.questions, err = questionsOf(ctx, tx, b.org, events); err != nil {
		return err
	}
	if len(orders) == 0 {
		return nil
	}
	args := pgx.StrictNamedArgs{"org_id": b.org, "orders": orders}
	return b.readOrders(ctx, tx, sqlBaskets, args, func(_ string, o knownOrder) { b.baskets[o.ID] = o })
}

// named lists the events, products and baskets that the open wishes name.
func (b *batch) named() (events []uid.Event, products []uid.Product, orders []uid.Order) {
	seenEvent, seenProduct := map[uid.Event]bool{}, map[uid.Product]bool{}
	for i, w := range b.wishes {
		if b.done[i] {
			continue
		}
		if !seenEvent[w.event] {
			seenEvent[w.event] = true
			events = append(events, w.event)
		}
		if !seenProduct[w.product] {
			seenProduct[w.product] = true
			products = append(products, w.product)
		}
		if !w.basket.IsZero() {
			orders = append(orders, w.basket)
		}
	}
	return events, products, orders
}

// draft checks a wish against the facts and makes its ids. The error is a fault.
func (b *batch) draft(i int, w wish) (*line, error) {
	e, ok := b.events[w.event]
	if !ok || e.State == "draft" || e.State == "archived" {
		return nil, fault.NotFound("event")
	}
	p, ok := b.products[w.product]
	if !ok || p.Event != w.event {
		return nil, fault.NotFound("product")
	}
	l := &line{wish: i, product: w.product, order: uid.New[uid.Order](), state: StateConfirmed}
	if e.RegistrationMode == "approval" {
		l.state = StateAwaitingApproval
	}
	liveBasket, err := b.continueBasket(l, w)
	if err != nil {
		return nil, err
	}
	if err := salesClosed(e, b.now, liveBasket); err != nil {
		return nil, err
	}
	if w.quantity > p.MaxPerOrder && !l.fromBasket {
		return nil, fault.InvalidField(quantityField(w), "repeated.max_items", "are more than the %d that fit in one order", p.MaxPerOrder)
	}
	if w.holds() {
		return l, b.draftBasket(l, w)
	}
	return l, b.draftPlaced(l, w)
}

func quantityField(w wish) string {
	if w.holds() {
		return "quantity"
	}
	return "attendees"
}

// draftBasket gives a basket its lines.
func (b *batch) draftBasket(l *line, w wish) error {
	if l.state == StateAwaitingApproval {
		return fault.Precondition(fault.WrongState, "Applications need no basket: nothing is taken before a decision.")
	}
	l.state, l.code, l.expires = StateHeld, newOrderCode(), b.now.Add(holdFor)
	for range w.quantity {
		l.registrations = append(l.registrations, uid.New[uid.Registration]())
	}
	return nil
}

// draftPlaced checks the answers and gives the order its lines.
func (b *batch) draftPlaced(l *line, w wish) error {
	var bad []fault.Field
	for i, a := range w.attendees {
		kept, problems := checkAnswers(b.questions[w.event], a.Answers, fmt.Sprintf("attendees[%d]", i))
		l.answers = append(l.answers, kept)
		bad = append(bad, problems...)
	}
	if len(bad) > 0 {
		return fault.Invalid(bad...)
	}
	if !l.fromBasket {
		l.code = newOrderCode()
		for range w.attendees {
			l.registrations = append(l.registrations, uid.New[uid.Registration]())
		}
	}
	return nil
}

// continueBasket takes over the lines of the wish's basket, and reports whether
// its time is not over yet. A lapsed basket may still be placed, as far as there
// are seats.
func (b *batch) continueBasket(l *line, w wish) (live bool, err error) {
	if w.basket.IsZero() {
		return false, nil
	}
	o, ok := b.baskets[w.basket]
	if !ok || o.Event != w.event || o.Product != w.product {
		return false, fault.NotFound("basket")
	}
	if o.State != "basket" && o.State != "expired" || b.used[w.basket] {
		return false, fault.Precondition(fault.WrongState, "This basket was used already.")
	}
	if w.quantity > len(o.Registrations) {
		return false, fault.InvalidField("attendees", "repeated.max_items", "are more than the %d places in the basket", len(o.Registrations))
	}
	b.used[w.basket] = true
	l.fromBasket, l.order, l.code = true, o.ID, o.Code
	l.registrations, l.unused = o.Registrations[:w.quantity], o.Registrations[w.quantity:]
	live = o.State == "basket" && o.ExpiresAt.After(b.now)
	l.lapsed = !live
	return live, nil
}

// salesClosed says why nothing can be had; a live basket outlasts the closing time.
func salesClosed(e eventFacts, now time.Time, liveBasket bool) error {
	switch e.State {
	case "published":
	case "cancelled":
		return fault.Precondition(fault.SalesClosed, "This event is cancelled.")
	case "postponed":
		return fault.Precondition(fault.SalesClosed, "This event is postponed. Registration opens again when it has a new date.")
	default:
		return fault.Precondition(fault.SalesClosed, "Registration is closed.")
	}
	if e.RegistrationMode == "external" {
		return fault.Precondition(fault.NotSellable, "Registration for this event is on its own website.")
	}
	if !now.Before(e.ClosesAt) && !liveBasket {
		return fault.Precondition(fault.SalesClosed, "Registration is closed.")
	}
	return nil
}

package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/link"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// batch is one transaction's work: wishes of one organisation and what has been
// found out about each.
type batch struct {
	s        *Service
	org      uid.Org
	wishes   []wish
	outcomes []inventory.Outcome[result]
	done     []bool
	sameAs   []int // the earlier wish with the same request id, or -1

	// Read inside the transaction.
	events    map[uid.Event]eventFacts
	products  map[uid.Product]productFacts
	questions map[uid.Event][]Question
	baskets   map[uid.Order]knownOrder
	used      map[uid.Order]bool // baskets that an earlier wish of this batch places
	now       time.Time
}

// commit carries out a batch of wishes; see inventory.Committer.
func (s *Service) commit(ctx context.Context, org uid.Org, wishes []wish) ([]inventory.Outcome[result], error) {
	b := &batch{s: s, org: org, wishes: wishes}
	if err := b.answerRepeats(ctx, s.db.Pool()); err != nil {
		return nil, err
	}
	if b.finished() {
		return b.outcomes, nil
	}
	kept, done := b.outcomes, b.done
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		b.outcomes, b.done = append(kept[:0:0], kept...), append(done[:0:0], done...)
		return b.carryOutTx(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	for i, first := range b.sameAs {
		if first >= 0 {
			b.outcomes[i] = b.outcomes[first]
		}
	}
	return b.outcomes, nil
}

func (b *batch) settle(i int, r result, err error) {
	b.outcomes[i], b.done[i] = inventory.Outcome[result]{Answer: r, Err: err}, true
}

func (b *batch) finished() bool {
	for i, done := range b.done {
		if !done && b.sameAs[i] < 0 {
			return false
		}
	}
	return true
}

// answerRepeats settles, without a transaction, wishes that took effect before,
// and refuses those for a product that was sold out a moment ago. It pairs
// wishes of the batch that are one and the same request.
func (b *batch) answerRepeats(ctx context.Context, q pg.Querier) error {
	n := len(b.wishes)
	b.outcomes, b.done, b.sameAs = make([]inventory.Outcome[result], n), make([]bool, n), make([]int, n)
	ids := make([]string, n)
	for i, w := range b.wishes {
		ids[i] = w.requestID
	}
	known, err := b.known(ctx, q, ids)
	if err != nil {
		return err
	}
	first := map[string]int{}
	for i, w := range b.wishes {
		b.sameAs[i] = -1
		if o, ok := known[w.requestID]; ok {
			r, err := b.repeat(w, o)
			b.settle(i, r, err)
			continue
		}
		if j, ok := first[w.requestID]; ok {
			if b.wishes[j].hash != w.hash {
				b.settle(i, result{}, replay.Mismatch())
				continue
			}
			b.sameAs[i] = j
			continue
		}
		first[w.requestID] = i
		if w.basket.IsZero() && b.s.stock.SoldOut(w.product) {
			b.settle(i, result{}, fault.Precondition(fault.SoldOut, "All places are taken."))
		}
	}
	return nil
}

// knownOrder is an order that exists.
type knownOrder struct {
	ID            uid.Order
	Event         uid.Event
	Code          string
	State         string
	RequestHash   []byte
	PlaceID       *string
	PlaceHash     []byte
	ExpiresAt     *time.Time
	Registrations []uid.Registration
	States        []State
	Product       uid.Product
}

// Two plain look-ups, one index each: an OR over the columns would read the whole
// table, and so would a join that the planner has no statistics for.
const sqlKnown = `
SELECT request_id, place_id, id, event_id, code, state, request_hash, place_hash, expires_at
  FROM orders
 WHERE org_id = @org_id
   AND request_id = ANY (@requests)
UNION ALL
SELECT request_id, place_id, id, event_id, code, state, request_hash, place_hash, expires_at
  FROM orders
 WHERE org_id = @org_id
   AND place_id IS NOT NULL
   AND place_id = ANY (@requests)`

const sqlBaskets = `
SELECT request_id, place_id, id, event_id, code, state, request_hash, place_hash, expires_at
  FROM orders
 WHERE org_id = @org_id
   AND id = ANY (@orders)`

const sqlLines = `
SELECT order_id, id, state, product_id
  FROM registration
 WHERE org_id = @org_id
   AND order_id = ANY (@orders)
   AND predecessor IS NULL
 ORDER BY order_id, line`

// known reads orders by the request that made or placed them.
func (b *batch) known(ctx context.Context, q pg.Querier, requests []string) (map[string]knownOrder, error) {
	found := map[string]knownOrder{}
	args := pgx.StrictNamedArgs{"org_id": b.org, "requests": requests}
	err := b.readOrders(ctx, q, sqlKnown, args, func(request string, o knownOrder) {
		found[request] = o
		if o.PlaceID != nil {
			found[*o.PlaceID] = o
		}
	})
	return found, err
}

func (b *batch) readOrders(ctx context.Context, q pg.Querier, sql string, args pgx.StrictNamedArgs, each func(request string, o knownOrder)) error {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return fmt.Errorf("look for known orders: %w", err)
	}
	requests := map[uid.Order]string{}
	orders := map[uid.Order]*knownOrder{}
	var ids []uid.Order
	for rows.Next() {
		o := &knownOrder{}
		var request string
		if err := rows.Scan(&request, &o.PlaceID, &o.ID, &o.Event, &o.Code, &o.State, &o.RequestHash, &o.PlaceHash, &o.ExpiresAt); err != nil {
			return fmt.Errorf("look for known orders: %w", err)
		}
		requests[o.ID], orders[o.ID] = request, o
		ids = append(ids, o.ID)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("look for known orders: %w", err)
	}
	if len(ids) == 0 {
		return nil
	}
	if err := b.readLines(ctx, q, ids, orders); err != nil {
		return err
	}
	for id, o := range orders {
		each(requests[id], *o)
	}
	return nil
}

// readLines adds the orders' registrations, successors of handed-over places left
// out: they are nobody's business here.
func (b *batch) readLines(ctx context.Context, q pg.Querier, ids []uid.Order, orders map[uid.Order]*knownOrder) error {
	rows, err := q.Query(ctx, sqlLines, pgx.StrictNamedArgs{"org_id": b.org, "orders": ids})
	if err != nil {
		return fmt.Errorf("read lines of known orders: %w", err)
	}
	var order uid.Order
	var id uid.Registration
	var state State
	var product uid.Product
	_, err = pgx.ForEachRow(rows, []any{&order, &id, &state, &product}, func() error {
		o := orders[order]
		o.Registrations, o.States, o.Product = append(o.Registrations, id), append(o.States, state), product
		return nil
	})
	if err != nil {
		return fmt.Errorf("read lines of known orders: %w", err)
	}
	return nil
}

// repeat gives the answer that the wish got the first time.
func (b *batch) repeat(w wish, o knownOrder) (result, error) {
	hash := o.RequestHash
	if !w.holds() && o.PlaceID != nil && *o.PlaceID == w.requestID {
		hash = o.PlaceHash
	}
	if [32]byte(hash) != w.hash {
		return result{}, replay.Mismatch()
	}
	if w.holds() {
		return result{hold: b.hold(o.ID, w, *o.ExpiresAt)}, nil
	}
	p := Placed{Order: o.ID, Code: o.Code}
	state := StateConfirmed
	for i, id := range o.Registrations {
		switch o.States[i] {
		case StateLapsed, StateHeld:
			continue // a basket's line that was not used
		case StateAwaitingApproval, StateDeclined:
			state = StateAwaitingApproval
		}
		p.Registrations = append(p.Registrations, b.placed(id, state))
	}
	return result{placed: p}, nil
}

func (b *batch) placed(id uid.Registration, state State) PlacedRegistration {
	return PlacedRegistration{ID: id, LinkSecret: b.s.keys.Make(link.Registration, b.org, id, 1), State: state}
}

func (b *batch) hold(id uid.Order, w wish, expires time.Time) Hold {
	return Hold{
		Secret: b.s.keys.Make(link.Hold, b.org, id, 1), Org: b.org, Event: w.event, Product: w.product,
		Quantity: w.quantity, ExpiresAt: expires,
	}
}

// carryOutTx settles the rest of the batch: checks, takes seats, writes rows,
// appends facts.
func (b *batch) carryOutTx(ctx context.Context, tx *pg.Tx) error {
	b.now = tx.Now
	if err := b.readFacts(ctx, tx); err != nil {
		return err
	}
	rows := &rows{org: b.org, now: tx.Now}
	var asks []inventory.Ask
	var asking []*line
	for i, w := range b.wishes {
		if b.done[i] || b.sameAs[i] >= 0 {
			continue
		}
		l, err := b.draft(i, w)
		if err != nil {
			if _, shown := fault.As(err); !shown {
				return err
			}
			b.settle(i, result{}, err)
			continue
		}
		if l.state == StateAwaitingApproval {
			b.accept(l, rows)
			continue
		}
		asks, asking = append(asks, l.ask()), append(asking, l)
	}
	if len(asks) > 0 {
		refusals, err := b.s.stock.TakeTx(ctx, tx, b.org, asks)
		if err != nil {
			return err
		}
		for i, refusal := range refusals {
			if refusal != nil {
				b.settle(asking[i].wish, result{}, asking[i].explain(refusal))
				continue
			}
			b.accept(asking[i], rows)
		}
	}
	return b.writeTx(ctx, tx, rows)
}

func (b *batch) writeTx(ctx context.Context, tx *pg.Tx, rows *rows) error {
	if err := rows.writeTx(ctx, tx); err != nil {
		return err
	}
	if len(rows.unused) > 0 {
		if _, err := b.s.stock.ReleaseTx(ctx, tx, b.org, rows.unused...); err != nil {
			return err
		}
	}
	return b.s.box.AppendTx(ctx, tx, rows.facts...)
}

// accept notes what is to be written for a wish and settles it.
func (b *batch) accept(l *line, rows *rows) {
	w := b.wishes[l.wish]
	if w.holds() {
		rows.addBasket(l, w)
		b.settle(l.wish, result{hold: b.hold(l.order, w, l.expires)}, nil)
		return
	}
	rows.addPlaced(l, w)
	p := Placed{Order: l.order, Code: l.code}
	kind := FactConfirmed
	if l.state == StateAwaitingApproval {
		kind = FactApplied
	}
	for _, id := range l.registrations {
		p.Registrations = append(p.Registrations, b.placed(id, l.state))
		rows.facts = append(rows.facts, outbox.Fact{Org: b.org, Kind: kind, Subject: id})
	}
	b.settle(l.wish, result{placed: p}, nil)
}

// line is a wish on its way to becoming rows.
type line struct {
	wish          int
	order         uid.Order
	code          string
	state         State
	registrations []uid.Registration
	unused        []uid.Registration // the basket's lines that were not needed
	answers       []map[uid.Question][]string
	expires       time.Time
	product       uid.Product
	lapsed        bool // the basket's time was over
	fromBasket    bool
}

func (l *line) ask() inventory.Ask {
	return inventory.Ask{Parts: []inventory.Part{{Product: l.product, Registrations: l.registrations}}, Expires: l.expires}
}

// explain says of a lapsed basket's refusal what happened.
func (l *line) explain(refusal error) error {
	var f *fault.Error
	if l.lapsed && errors.As(refusal, &f) {
		g := fault.Precondition(fault.HoldExpired, "Your places were kept until a moment ago and have gone to other people. %s", f.Message)
		g.RetryAfter = f.RetryAfter
		return g
	}
	return refusal
}

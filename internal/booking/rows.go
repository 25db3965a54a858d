package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"lanyard/internal/fault"
	"lanyard/internal/outbox"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// rows gathers what a batch writes, column by column, so that each table takes
// one statement whatever the batch's size.
type rows struct {
	org uid.Org
	now time.Time

	orders  orderColumns
	people  registrationColumns
	placed  placedColumns
	filled  registrationColumns
	unused  []uid.Registration
	facts   []outbox.Fact
	failure error
}

type orderColumns struct {
	ids       []uid.Order
	events    []uid.Event
	codes     []string
	states    []string
	requests  []string
	hashes    [][]byte
	expiries  []*time.Time
	placedAts []*time.Time
}

type placedColumns struct {
	ids      []uid.Order
	states   []string
	requests []string
	hashes   [][]byte
}

type registrationColumns struct {
	ids       []uid.Registration
	orders    []uid.Order
	events    []uid.Event
	products  []uid.Product
	lines     []int
	states    []string
	names     []string
	emails    []string
	orgs      []string
	segments  []string
	timezones []string
	answers   []string
	searches  []string
}

func (r *rows) addBasket(l *line, w wish) {
	r.addOrder(l, w, "basket", &l.expires, nil)
	for n, id := range l.registrations {
		r.failure = first(r.failure, r.people.add(id, l, w, n, Attendee{}, nil))
	}
}

func (r *rows) addPlaced(l *line, w wish) {
	state := "confirmed"
	if l.state == StateAwaitingApproval {
		state = "placed"
	}
	columns := &r.people
	if l.fromBasket {
		columns = &r.filled
		r.placed.ids = append(r.placed.ids, l.order)
		r.placed.states = append(r.placed.states, state)
		r.placed.requests = append(r.placed.requests, w.requestID)
		r.placed.hashes = append(r.placed.hashes, w.hash[:])
		r.unused = append(r.unused, l.unused...)
	} else {
		r.addOrder(l, w, state, nil, &r.now)
	}
	for n, id := range l.registrations {
		r.failure = first(r.failure, columns.add(id, l, w, n, w.attendees[n], l.answers[n]))
	}
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (r *rows) addOrder(l *line, w wish, state string, expires, placedAt *time.Time) {
	c := &r.orders
	c.ids = append(c.ids, l.order)
	c.events = append(c.events, w.event)
	c.codes = append(c.codes, l.code)
	c.states = append(c.states, state)
	c.requests = append(c.requests, w.requestID)
	c.hashes = append(c.hashes, w.hash[:])
	c.expiries = append(c.expiries, expires)
	c.placedAts = append(c.placedAts, placedAt)
}

func (c *registrationColumns) add(id uid.Registration, l *line, w wish, n int, a Attendee, answers map[uid.Question][]string) error {
	encoded, err := encodeAnswers(answers)
	if err != nil {
		return err
	}
	c.ids = append(c.ids, id)
	c.orders = append(c.orders, l.order)
	c.events = append(c.events, w.event)
	c.products = append(c.products, w.product)
	c.lines = append(c.lines, n)
	c.states = append(c.states, string(l.state))
	c.names = append(c.names, a.Name)
	c.emails = append(c.emails, a.Email)
	c.orgs = append(c.orgs, a.Organisation)
	c.segments = append(c.segments, a.Segment)
	c.timezones = append(c.timezones, a.Timezone)
	c.answers = append(c.answers, encoded)
	c.searches = append(c.searches, a.searchText(l.code))
	return nil
}

func encodeAnswers(answers map[uid.Question][]string) (string, error) {
	if len(answers) == 0 {
		return "{}", nil
	}
	b, err := json.Marshal(answers)
	if err != nil {
		return "", fmt.Errorf("encode answers: %w", err)
	}
	return string(b), nil
}

const sqlAddOrders = `
INSERT INTO orders (org_id, id, event_id, code, state, request_id, request_hash, expires_at, created_at, placed_at)
SELECT @org_id, id, event_id, code, state, request_id, request_hash, expires_at, @now, placed_at
  FROM unnest(@ids::uuid[], @events::uuid[], @codes::text[], @states::text[], @requests::text[], @hashes::bytea[],
              @expiries::timestamptz[], @placed_ats::timestamptz[])
    AS o (id, event_id, code, state, request_id, request_hash, expires_at, placed_at)`

const sqlAddRegistrations = `
INSERT INTO registration (org_id, id, order_id, event_id, product_id, line, state, name, email, organisation,
                          segment, timezone, answers, search, registered_at, changed_at)
SELECT @org_id, id, order_id, event_id, product_id, line, state, name, email, organisation,
       segment, timezone, answers, search, @now, @now
  FROM unnest(@ids::uuid[], @orders::uuid[], @events::uuid[], @products::uuid[], @lines::int[], @states::text[],
              @names::text[], @emails::text[], @organisations::text[], @segments::text[], @timezones::text[],
              @answers::jsonb[], @searches::text[])
    AS r (id, order_id, event_id, product_id, line, state, name, email, organisation, segment, timezone, answers, search)`

const sqlPlaceBaskets = `
UPDATE orders o
   SET state = p.state,
       place_id = p.place_id,
       place_hash = p.place_hash,
       placed_at = @now
  FROM unnest(@ids::uuid[], @states::text[], @requests::text[], @hashes::bytea[]) AS p (id, state, place_id, place_hash)
 WHERE o.org_id = @org_id
   AND o.id = p.id
   AND o.state IN ('basket', 'expired')`

const sqlFillRegistrations = `
UPDATE registration r
   SET state = f.state,
       name = f.name,
       email = f.email,
       organisation = f.organisation,
       segment = f.segment,
       timezone = f.timezone,
       answers = f.answers,
       search = f.search,
       registered_at = @now,
       changed_at = @now
  FROM unnest(@ids::uuid[], @states::text[], @names::text[], @emails::text[], @organisations::text[],
              @segments::text[], @timezones::text[], @answers::jsonb[], @searches::text[])
    AS f (id, state, name, email, organisation, segment, timezone, answers, search)
 WHERE r.org_id = @org_id
   AND r.id = f.id`

const sqlLapseUnused = `
UPDATE registration
   SET state = 'lapsed',
       changed_at = @now
 WHERE org_id = @org_id
   AND id = ANY (@ids)`

// errBasketTaken fails a batch in which a basket was placed by somebody else
// since it was read; each of its wishes is then tried alone and sees the truth.
var errBasketTaken = fault.Precondition(fault.WrongState, "This basket was used already.")

// writeTx sends everything in one round trip.
func (r *rows) writeTx(ctx context.Context, tx *pg.Tx) error {
	if r.failure != nil {
		return r.failure
	}
	batch := &pgx.Batch{}
	if c := r.orders; len(c.ids) > 0 {
		batch.Queue(sqlAddOrders, pgx.StrictNamedArgs{
			"org_id": r.org, "now": r.now, "ids": c.ids, "events": c.events, "codes": c.codes, "states": c.states,
			"requests": c.requests, "hashes": c.hashes, "expiries": c.expiries, "placed_ats": c.placedAts,
		})
	}
	if c := r.people; len(c.ids) > 0 {
		batch.Queue(sqlAddRegistrations, pgx.StrictNamedArgs{
			"org_id": r.org, "now": r.now, "ids": c.ids, "orders": c.orders, "events": c.events, "products": c.products,
			"lines": c.lines, "states": c.states, "names": c.names, "emails": c.emails, "organisations": c.orgs,
			"segments": c.segments, "timezones": c.timezones, "answers": c.answers, "searches": c.searches,
		})
	}
	if c := r.placed; len(c.ids) > 0 {
		batch.Queue(sqlPlaceBaskets, pgx.StrictNamedArgs{
			"org_id": r.org, "now": r.now, "ids": c.ids, "states": c.states, "requests": c.requests, "hashes": c.hashes,
		}).Exec(func(tag pgconn.CommandTag) error {
			if int(tag.RowsAffected()) != len(c.ids) {
				return errBasketTaken
			}
			return nil
		})
	}
	if c := r.filled; len(c.ids) > 0 {
		batch.Queue(sqlFillRegistrations, pgx.StrictNamedArgs{
			"org_id": r.org, "now": r.now, "ids": c.ids, "states": c.states, "names": c.names, "emails": c.emails,
			"organisations": c.orgs, "segments": c.segments, "timezones": c.timezones, "answers": c.answers, "searches": c.searches,
		})
	}
	if len(r.unused) > 0 {
		batch.Queue(sqlLapseUnused, pgx.StrictNamedArgs{"org_id": r.org, "now": r.now, "ids": r.unused})
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write orders: %w", err)
	}
	return nil
}

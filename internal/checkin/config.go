package checkin

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/booking"
	"lanyard/internal/clock"
	"lanyard/internal/pg"
	"lanyard/internal/ticketcode"
	"lanyard/internal/uid"
)

// configLife is how long a copy of an event's settings serves scans. Changes made
// by this package count at once; those of products and of the event a moment later.
const configLife = time.Second

// config is everything about an event that its scans depend on, apart from the
// tickets.
type config struct {
	org       uid.Org
	event     uid.Event
	title     string
	timezone  string
	zone      *time.Location
	startsAt  time.Time
	endsAt    time.Time
	mark      [4]byte
	lists     []List
	keys      []Key
	settings  Settings
	products  []Product
	sessions  []Slot
	questions []booking.Question
	others    []OtherEvent
}

// Product is a product as the door needs it.
type Product struct {
	ID    uid.Product
	Title string
	// Sessions are those that it is for; empty means all.
	Sessions []uid.Session
}

// OtherEvent is an event of the same organisation for which a ticket may be.
type OtherEvent struct {
	ID    uid.Event
	Mark  [4]byte
	Title string
}

func (c *config) list(id uid.CheckInList) (List, bool) {
	for _, l := range c.lists {
		if l.ID == id {
			return l, true
		}
	}
	return List{}, false
}

func (l List) admits(p uid.Product) bool {
	for _, id := range l.Admits {
		if id == p {
			return true
		}
	}
	return false
}

// configs keeps copies for a moment.
type configs struct {
	sync.Mutex
	byEvent map[uid.Event]*kept
}

// kept is a copy of an event's settings.
type kept struct {
	once sync.Mutex // one reader at a time
	last atomic.Pointer[reading]
}

// reading is what was read, and when.
type reading struct {
	config *config
	at     time.Time
}

// young returns the copy when it is the organisation's and younger than life.
func (k *kept) young(org uid.Org, life time.Duration) *config {
	if r := k.last.Load(); r != nil && r.config.org == org && time.Since(r.at) < life {
		return r.config
	}
	return nil
}

// forget makes the next scan read the event's settings anew.
func (s *Service) forget(event uid.Event) {
	s.configs.Lock()
	defer s.configs.Unlock()
	delete(s.configs.byEvent, event)
}

// config returns an event's settings, a second old or, while another call reads
// them anew, two.
func (s *Service) config(ctx context.Context, org uid.Org, event uid.Event) (*config, error) {
	s.configs.Lock()
	if s.configs.byEvent == nil || len(s.configs.byEvent) > 1000 {
		s.configs.byEvent = map[uid.Event]*kept{}
	}
	k := s.configs.byEvent[event]
	if k == nil {
		k = &kept{}
		s.configs.byEvent[event] = k
	}
	s.configs.Unlock()
	if c := k.young(org, configLife); c != nil {
		return c, nil
	}
	if !k.once.TryLock() {
		if c := k.young(org, 2*configLife); c != nil {
			return c, nil
		}
		k.once.Lock()
	}
	defer k.once.Unlock()
	if c := k.young(org, configLife); c != nil {
		return c, nil
	}
	began := time.Now()
	c, err := s.readConfig(ctx, org, event)
	if err != nil {
		return nil, err
	}
	k.last.Store(&reading{c, began})
	return c, nil
}

const sqlDoorProducts = `
SELECT p.id, p.title, ARRAY(SELECT x.session_id
                              FROM product_session x
                             WHERE x.org_id = p.org_id AND x.product_id = p.id
                             ORDER BY x.session_id)
  FROM product p
 WHERE p.org_id = @org_id
   AND p.event_id = @event_id
 ORDER BY p.position, p.id`

const sqlDoorSessions = `
SELECT id, starts_at, ends_at
  FROM session
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND cancelled_at IS NULL
 ORDER BY starts_at, id`

// Other events are named on tablets only when they are public knowledge.
const sqlOtherEvents = `
SELECT id, title
  FROM event
 WHERE org_id = @org_id
   AND id <> @event_id
   AND state IN ('published', 'sales_closed', 'postponed')
   AND visibility = 'public'
   AND starts_at BETWEEN @from AND @until
 ORDER BY starts_at, id
 LIMIT 200`

func (s *Service) readConfig(ctx context.Context, org uid.Org, event uid.Event) (*config, error) {
	e, err := s.events.Get(ctx, org, event)
	if err != nil {
		return nil, err
	}
	zone, err := clock.Zone(e.Timezone)
	if err != nil {
		return nil, fmt.Errorf("zone of event: %w", err)
	}
	c := &config{
		org: org, event: event, title: e.Title, timezone: e.Timezone, zone: zone, startsAt: e.StartsAt, endsAt: e.EndsAt,
		mark: ticketcode.EventMark(event),
	}
	q := s.db.Pool()
	if c.lists, err = readLists(ctx, q, org, event); err != nil {
		return nil, err
	}
	if c.keys, err = s.keys(ctx, q, org, event); err != nil {
		return nil, err
	}
	if c.settings, err = readSettings(ctx, q, org, event); err != nil {
		return nil, err
	}
	form, err := s.bookings.EventForm(ctx, org, event)
	if err != nil {
		return nil, err
	}
	c.questions = form.Questions
	return c, c.readRows(ctx, q)
}

func (c *config) readRows(ctx context.Context, q pg.Querier) error {
	rows, _ := q.Query(ctx, sqlDoorProducts, pgx.StrictNamedArgs{"org_id": c.org, "event_id": c.event}) // CollectRows reports the error
	products, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Product])
	if err != nil {
		return fmt.Errorf("read products: %w", err)
	}
	c.products = products
	rows, _ = q.Query(ctx, sqlDoorSessions, pgx.StrictNamedArgs{"org_id": c.org, "event_id": c.event}) // CollectRows reports the error
	if c.sessions, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Slot]); err != nil {
		return fmt.Errorf("read sessions: %w", err)
	}
	rows, _ = q.Query(ctx, sqlOtherEvents, pgx.StrictNamedArgs{ // ForEachRow reports the error
		"org_id": c.org, "event_id": c.event, "from": c.startsAt.AddDate(0, -1, 0), "until": c.endsAt.AddDate(0, 1, 0),
	})
	var o OtherEvent
	_, err = pgx.ForEachRow(rows, []any{&o.ID, &o.Title}, func() error {
		o.Mark = ticketcode.EventMark(o.ID)
		c.others = append(c.others, o)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read other events: %w", err)
	}
	return nil
}

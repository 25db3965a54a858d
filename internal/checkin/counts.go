package checkin

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/uid"
)

// ListCounts are the numbers of one list.
type ListCounts struct {
	List     uid.CheckInList
	Expected int
	Admitted int
	Inside   int
	Refused  int
	Gates    []GateCount
	Products []ProductCount
	// Arrivals are first admissions in periods of ten minutes.
	Arrivals []ArrivalCount
}

// GateCount is how many first came in at one gate.
type GateCount struct {
	Gate     string `json:"gate"`
	Admitted int    `json:"admitted"`
}

// ProductCount is how many of one product came, of how many.
type ProductCount struct {
	Product  uid.Product
	Expected int
	Admitted int
}

// ArrivalCount is how many first came in during ten minutes.
type ArrivalCount struct {
	From     time.Time
	Admitted int
}

// arrivalPeriod is the step of the arrival curve.
const arrivalPeriod = 10 * time.Minute

// People who come on three days are three admissions in the curve and one person
// among the admitted.
const sqlProductCounts = `
SELECT x.list_id, x.product_id, count(r.id) FILTER (WHERE r.state = 'confirmed' OR a.came), count(r.id) FILTER (WHERE a.came)
  FROM check_in_list_product x
  JOIN check_in_list l ON l.org_id = x.org_id AND l.id = x.list_id AND l.archived_at IS NULL
  LEFT JOIN registration r ON r.org_id = x.org_id AND r.event_id = x.event_id AND r.product_id = x.product_id
  LEFT JOIN LATERAL (SELECT true AS came
                       FROM admission a
                      WHERE a.org_id = x.org_id AND a.list_id = x.list_id AND a.registration_id = r.id
                      LIMIT 1) a ON true
 WHERE x.org_id = @org_id
   AND x.event_id = @event_id
 GROUP BY x.list_id, x.product_id
 ORDER BY x.list_id, x.product_id`

const sqlGateCounts = `
SELECT a.list_id, a.first_gate, count(*)
  FROM admission a
 WHERE a.org_id = @org_id
   AND a.list_id = ANY (@lists)
 GROUP BY a.list_id, a.first_gate
 ORDER BY a.list_id, a.first_gate`

const sqlArrivalCounts = `
SELECT a.list_id, to_timestamp(floor(extract(epoch FROM a.first_at) / @seconds::int) * @seconds::int), count(*)
  FROM admission a
 WHERE a.org_id = @org_id
   AND a.list_id = ANY (@lists)
 GROUP BY 1, 2
 ORDER BY 1, 2`

const sqlInsideCounts = `
SELECT a.list_id, count(*)
  FROM admission a
  JOIN check_in_list l ON l.org_id = a.org_id AND l.id = a.list_id
 WHERE a.org_id = @org_id
   AND a.list_id = ANY (@lists)
   AND a.inside
   AND (l.mode <> 'once_per_day' OR a.day = @today)
 GROUP BY a.list_id`

const sqlRefusedCounts = `
SELECT s.list_id, count(*)
  FROM scan s
 WHERE s.org_id = @org_id
   AND s.event_id = @event_id
   AND s.outcome NOT IN ('ADMITTED', 'ADMITTED_AGAIN', 'ADMITTED_UNCONFIRMED', 'ADMITTED_OFFLINE_CONFLICT', 'EXITED', 'VOIDED', 'QUESTION_NEEDED')
 GROUP BY s.list_id`

// readCounts counts everything anew.
func (s *Service) readCounts(ctx context.Context, org uid.Org, event uid.Event) ([]ListCounts, error) {
	c, err := s.config(ctx, org, event)
	if err != nil {
		return nil, err
	}
	var ids []uid.CheckInList
	byList := map[uid.CheckInList]*ListCounts{}
	var out []*ListCounts
	for _, l := range c.lists {
		if !l.Archived {
			n := &ListCounts{List: l.ID}
			ids, byList[l.ID], out = append(ids, l.ID), n, append(out, n)
		}
	}
	of := func(id uid.CheckInList) *ListCounts {
		if n, ok := byList[id]; ok {
			return n
		}
		return &ListCounts{} // archived a moment ago
	}
	var list uid.CheckInList
	var p ProductCount
	err = s.each(ctx, sqlProductCounts, pgx.StrictNamedArgs{"org_id": org, "event_id": event}, []any{&list, &p.Product, &p.Expected, &p.Admitted}, func() {
		n := of(list)
		n.Products, n.Expected, n.Admitted = append(n.Products, p), n.Expected+p.Expected, n.Admitted+p.Admitted
	})
	if err != nil {
		return nil, err
	}
	var g GateCount
	args := pgx.StrictNamedArgs{"org_id": org, "lists": ids}
	if err = s.each(ctx, sqlGateCounts, args, []any{&list, &g.Gate, &g.Admitted}, func() { of(list).Gates = append(of(list).Gates, g) }); err != nil {
		return nil, err
	}
	var a ArrivalCount
	args = pgx.StrictNamedArgs{"org_id": org, "lists": ids, "seconds": int(arrivalPeriod.Seconds())}
	if err = s.each(ctx, sqlArrivalCounts, args, []any{&list, &a.From, &a.Admitted}, func() { of(list).Arrivals = append(of(list).Arrivals, a) }); err != nil {
		return nil, err
	}
	var n int
	args = pgx.StrictNamedArgs{"org_id": org, "lists": ids, "today": ModeOncePerDay.Period(s.Now(), c.zone)}
	if err = s.each(ctx, sqlInsideCounts, args, []any{&list, &n}, func() { of(list).Inside = n }); err != nil {
		return nil, err
	}
	args = pgx.StrictNamedArgs{"org_id": org, "event_id": event}
	if err = s.each(ctx, sqlRefusedCounts, args, []any{&list, &n}, func() { of(list).Refused = n }); err != nil {
		return nil, err
	}
	counts := make([]ListCounts, len(out))
	for i, n := range out {
		counts[i] = *n
	}
	return counts, nil
}

func (s *Service) each(ctx context.Context, sql string, args pgx.StrictNamedArgs, into []any, fn func()) error {
	rows, _ := s.db.Pool().Query(ctx, sql, args) // ForEachRow reports the error
	_, err := pgx.ForEachRow(rows, into, func() error { fn(); return nil })
	if err != nil {
		return fmt.Errorf("count admissions: %w", err)
	}
	return nil
}

// Counts returns the numbers of an event's lists as they are now.
func (s *Service) Counts(ctx context.Context, org uid.Org, event uid.Event) ([]ListCounts, error) {
	return s.readCounts(ctx, org, event)
}

// CountsFor returns the numbers of a tablet's lists, up to a second old: every
// tablet asks every few seconds.
func (s *Service) CountsFor(ctx context.Context, d *account.Device) ([]ListCounts, error) {
	all, err := s.counts.get(ctx, d.Org, d.Event)
	return slices.DeleteFunc(slices.Clone(all), func(c ListCounts) bool { return !d.Reaches(c.List) }), err
}

// How long counted numbers serve everybody who asks, and how long they do so
// although scans went on.
const (
	countLife = time.Second
	countGap  = 250 * time.Millisecond
)

// counter shares one count among all who look, and wakes those who watch.
type counter struct {
	read func(ctx context.Context, org uid.Org, event uid.Event) ([]ListCounts, error)

	mu     sync.Mutex
	events map[eventKey]*counted
}

// eventKey has the organisation too: an event's numbers must not be had by
// naming another organisation.
type eventKey struct {
	org   uid.Org
	event uid.Event
}

type counted struct {
	once     sync.Mutex // one count at a time
	at       time.Time
	took     time.Duration
	stale    bool
	counts   []ListCounts
	watchers map[chan struct{}]bool
}

func (c *counter) of(key eventKey) *counted {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.events == nil {
		c.events = map[eventKey]*counted{}
	}
	if c.events[key] == nil {
		c.events[key] = &counted{watchers: map[chan struct{}]bool{}}
	}
	return c.events[key]
}

// moved notes that numbers changed and wakes the watchers.
func (c *counter) moved(org uid.Org, event uid.Event) {
	e := c.of(eventKey{org, event})
	c.mu.Lock()
	defer c.mu.Unlock()
	e.stale = true
	for w := range e.watchers {
		select {
		case w <- struct{}{}:
		default: // it is awake already
		}
	}
}

// get returns numbers that are at most countLife old, and countGap where this
// process knows of a change. While somebody counts, the others get the numbers of
// before: no scan waits for them. Counting takes a tenth of the time at most.
func (c *counter) get(ctx context.Context, org uid.Org, event uid.Event) ([]ListCounts, error) {
	e := c.of(eventKey{org, event})
	c.mu.Lock()
	counts, age := e.counts, time.Since(e.at)
	known := !e.at.IsZero()
	gap := max(countGap, 10*e.took)
	fresh := known && age < max(countLife, gap) && (!e.stale || age < gap)
	c.mu.Unlock()
	switch {
	case fresh:
		return counts, nil
	case !known:
		e.once.Lock()
	case !e.once.TryLock():
		return counts, nil
	}
	defer e.once.Unlock()
	c.mu.Lock()
	if !known && !e.at.IsZero() { // somebody counted while this call waited
		defer c.mu.Unlock()
		return e.counts, nil
	}
	e.stale = false
	c.mu.Unlock()
	began := time.Now()
	counts, err := c.read(ctx, org, event)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e.counts, e.at, e.took = counts, began, time.Since(began)
	return counts, nil
}

// maxWatchers bounds the open streams of one event.
const maxWatchers = 500

// watch registers a channel that wakes when numbers change, until stop is called.
func (c *counter) watch(org uid.Org, event uid.Event) (wake chan struct{}, stop func(), err error) {
	e := c.of(eventKey{org, event})
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(e.watchers) >= maxWatchers {
		return nil, nil, fault.TooMany(fault.Busy, time.Minute, "Too many screens are watching this event. Please try again in a minute.")
	}
	wake = make(chan struct{}, 1)
	e.watchers[wake] = true
	return wake, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(e.watchers, wake)
	}, nil
}

// How often a stream sends: at most once a second, and at least so often that
// numbers which another process moved are seen and a dead line is noticed.
const (
	watchPace = time.Second
	watchRest = 5 * time.Second
)

// Watch calls send with the numbers now and after each change, until ctx ends or
// send fails.
func (s *Service) Watch(ctx context.Context, org uid.Org, event uid.Event, send func([]ListCounts) error) error {
	if _, err := s.config(ctx, org, event); err != nil { // before anything is kept for it
		return err
	}
	wake, stop, err := s.counts.watch(org, event)
	if err != nil {
		return err
	}
	defer stop()
	for {
		counts, err := s.counts.get(ctx, org, event)
		if err == nil {
			err = send(counts)
		}
		if err != nil {
			return err
		}
		if !pause(ctx, wake) {
			return nil
		}
	}
}

// pause waits for the next moment to send; false when ctx ended.
func pause(ctx context.Context, wake <-chan struct{}) bool {
	rest := time.NewTimer(watchRest)
	defer rest.Stop()
	pace := time.NewTimer(watchPace)
	defer pace.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-pace.C:
	}
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-rest.C:
	}
	return true
}

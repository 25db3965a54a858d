package booking

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fold"
	"lanyard/internal/uid"
)

// ListFilter says which registrations of an event to list.
type ListFilter struct {
	Org     uid.Org
	Event   uid.Event
	Query   string  // words in name, address, organisation, order code
	State   State   // empty: every state but baskets
	Segment Segment // empty: every segment
}

// After is where a page of registrations starts: behind this one.
type After struct {
	RegisteredAt time.Time        `json:"registered_at"`
	ID           uid.Registration `json:"id"`
}

// listed starts the choice of a page. The page is chosen before anything is joined
// to it: a hundred thousand registrations are sorted without their orders.
const listed = `
WITH page AS MATERIALIZED (
  SELECT l.org_id, l.id
    FROM registration l
   WHERE l.org_id = @org_id
     AND l.event_id = @event_id
     AND (CASE WHEN @state = '' THEN l.state NOT IN ('held', 'lapsed') ELSE l.state = @state END)
     AND (@segment = '' OR l.segment = @segment)
     AND (@first OR (l.registered_at, l.id) < (@after_at, @after_id::uuid))`

const pageOf = `
   ORDER BY l.registered_at DESC, l.id DESC
   LIMIT @size
)` + registrationFrom + `
  JOIN page ON page.org_id = r.org_id AND page.id = r.id
 ORDER BY r.registered_at DESC, r.id DESC`

const sqlList = listed + pageOf

// sqlSearch is a statement of its own, so that no plan made for listing reads every
// registration where the index of words knows the few.
const sqlSearch = listed + `
     AND to_tsvector('simple', l.search) @@ to_tsquery('simple', @words)` + pageOf

// List returns a page of an event's registrations, latest first, and where the
// next one starts; nil is the first page and what follows the last.
func (s *Service) List(ctx context.Context, f ListFilter, after *After, size int) ([]Registration, *After, error) {
	from := After{}
	if after != nil {
		from = *after
	}
	sql, args := sqlList, pgx.StrictNamedArgs{
		"org_id": f.Org, "event_id": f.Event, "state": string(f.State), "segment": f.Segment,
		"first": after == nil, "after_at": from.RegisteredAt, "after_id": from.ID, "size": size + 1,
	}
	if words := prefixes(f.Query); words != "" {
		sql, args["words"] = sqlSearch, words
	}
	rows, err := s.db.Pool().Query(ctx, sql, args)
	if err != nil {
		return nil, nil, fmt.Errorf("list registrations: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanRegistration)
	if err != nil {
		return nil, nil, fmt.Errorf("list registrations: %w", err)
	}
	if len(found) <= size {
		return found, nil, nil
	}
	last := found[size-1]
	return found[:size], &After{last.RegisteredAt, last.ID}, nil
}

// prefixes turns what somebody typed into a query for words that begin so. The
// folded words hold letters and digits only, so nothing in it is an operator. An
// order code is found in the groups that it is read out in, too.
func prefixes(query string) string {
	words := strings.Fields(fold.Text(query))
	code := strings.Join(words, "")
	for i, w := range words {
		words[i] = w + ":*"
	}
	all := strings.Join(words, " & ")
	if grouped.MatchString(query) {
		return code + ":* | " + all
	}
	return all
}

// grouped is an order code, or the beginning of one, in groups of four.
var grouped = regexp.MustCompile(`^\s*[0-9A-Za-z]{4}(?:[ \-][0-9A-Za-z]{4})?[ \-][0-9A-Za-z]{1,4}\s*$`)

const sqlCounts = `
SELECT state, count(*)::int
  FROM registration
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND state NOT IN ('held', 'lapsed')
 GROUP BY state`

// Counting a hundred thousand registrations costs more than finding one of them, so
// the counts of an event with at least manyRegistrations serve everybody for
// countsLife. Those of smaller events are always as they are now.
const (
	manyRegistrations = 20_000
	countsLife        = 2 * time.Second
)

// keptCounts are the counts of large events, for a moment.
type keptCounts struct {
	mu     sync.Mutex
	events map[countsKey]*countedEvent
}

type countsKey struct {
	org   uid.Org
	event uid.Event
}

type countedEvent struct {
	counts map[State]int
	until  time.Time
}

// get returns kept counts. When they have run out it returns none to one caller,
// who counts, and the old ones to others until that is done.
func (k *keptCounts) get(key countsKey) map[State]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	e := k.events[key]
	if e == nil {
		return nil
	}
	if now := time.Now(); now.After(e.until) {
		e.until = now.Add(countsLife)
		return nil
	}
	return e.counts
}

// keep keeps counts that are large, and forgets an event that has become small.
func (k *keptCounts) keep(key countsKey, counts map[State]int) {
	n := 0
	for _, c := range counts {
		n += c
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if n < manyRegistrations {
		delete(k.events, key)
		return
	}
	if k.events == nil || len(k.events) >= 1000 {
		k.events = map[countsKey]*countedEvent{}
	}
	k.events[key] = &countedEvent{counts, time.Now().Add(countsLife)}
}

// Counts says how many registrations of an event are in each state; where there
// are very many, up to some seconds ago. The caller leaves the map as it is.
func (s *Service) Counts(ctx context.Context, org uid.Org, event uid.Event) (map[State]int, error) {
	key := countsKey{org, event}
	if counts := s.kept.get(key); counts != nil {
		return counts, nil
	}
	rows, err := s.db.Pool().Query(ctx, sqlCounts, pgx.StrictNamedArgs{"org_id": org, "event_id": event})
	if err != nil {
		return nil, fmt.Errorf("count registrations: %w", err)
	}
	counts := map[State]int{}
	var state State
	var n int
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		counts[state] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count registrations: %w", err)
	}
	s.kept.keep(key, counts)
	return counts, nil
}

const sqlProductCounts = `
SELECT product_id, count(*)::int
  FROM registration
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND state = 'confirmed'
 GROUP BY product_id`

// ProductCounts says how many people have each of an event's products.
func (s *Service) ProductCounts(ctx context.Context, org uid.Org, event uid.Event) (map[uid.Product]int, error) {
	rows, err := s.db.Pool().Query(ctx, sqlProductCounts, pgx.StrictNamedArgs{"org_id": org, "event_id": event})
	if err != nil {
		return nil, fmt.Errorf("count products: %w", err)
	}
	counts := map[uid.Product]int{}
	var id uid.Product
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error {
		counts[id] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count products: %w", err)
	}
	return counts, nil
}

const sqlEventCounts = `
SELECT event_id,
       (count(*) FILTER (WHERE state = 'confirmed'))::int,
       (count(*) FILTER (WHERE state = 'awaiting_approval'))::int
  FROM registration
 WHERE org_id = @org_id
   AND event_id = ANY (@events)
   AND state IN ('confirmed', 'awaiting_approval')
 GROUP BY event_id`

// Numbers is how many people come to an event and how many want to.
type Numbers struct{ Confirmed, AwaitingApproval int }

// EventNumbers returns the numbers of several events; events without any are
// left out.
func (s *Service) EventNumbers(ctx context.Context, org uid.Org, events []uid.Event) (map[uid.Event]Numbers, error) {
	rows, err := s.db.Pool().Query(ctx, sqlEventCounts, pgx.StrictNamedArgs{"org_id": org, "events": events})
	if err != nil {
		return nil, fmt.Errorf("count registrations: %w", err)
	}
	counts := map[uid.Event]Numbers{}
	var id uid.Event
	var n Numbers
	_, err = pgx.ForEachRow(rows, []any{&id, &n.Confirmed, &n.AwaitingApproval}, func() error {
		counts[id] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count registrations: %w", err)
	}
	return counts, nil
}

const sqlMessages = `
SELECT kind, subject, state, coalesce(sent_at, created_at) AS at
  FROM message
 WHERE org_id = @org_id
   AND registration_id = @id
 ORDER BY created_at DESC, id DESC
 LIMIT 100`

// SentMessage is one mail about a registration.
type SentMessage struct {
	Kind    string
	Subject string
	State   string // waiting, sent, failed, skipped
	At      time.Time
}

// History returns one registration of an event, what its answers belong to, and
// the mails about it, latest first.
func (s *Service) History(ctx context.Context, org uid.Org, event uid.Event, id uid.Registration) (Registration, []Question, []SentMessage, error) {
	r, err := s.registrationOf(ctx, org, event, id)
	if err != nil {
		return r, nil, nil, err
	}
	form, err := s.EventForm(ctx, org, event)
	if err != nil {
		return r, nil, nil, err
	}
	rows, err := s.db.Pool().Query(ctx, sqlMessages, pgx.StrictNamedArgs{"org_id": org, "id": id})
	if err != nil {
		return r, nil, nil, fmt.Errorf("list mails: %w", err)
	}
	messages, err := pgx.CollectRows(rows, pgx.RowToStructByName[SentMessage])
	if err != nil {
		return r, nil, nil, fmt.Errorf("list mails: %w", err)
	}
	return r, form.Questions, messages, nil
}

package booking

import (
	"context"
	"fmt"
	"strings"
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

const sqlList = registrationFrom + `
 WHERE r.org_id = @org_id
   AND r.event_id = @event_id
   AND (CASE WHEN @state = '' THEN r.state NOT IN ('held', 'lapsed') ELSE r.state = @state END)
   AND (@segment = '' OR r.segment = @segment)
   AND (@words = '' OR to_tsvector('simple', r.search) @@ to_tsquery('simple', @words))
   AND (@first OR (r.registered_at, r.id) < (@after_at, @after_id::uuid))
 ORDER BY r.registered_at DESC, r.id DESC
 LIMIT @size`

// List returns a page of an event's registrations, latest first, and where the
// next one starts; nil is the first page and what follows the last.
func (s *Service) List(ctx context.Context, f ListFilter, after *After, size int) ([]Registration, *After, error) {
	from := After{}
	if after != nil {
		from = *after
	}
	rows, err := s.db.Pool().Query(ctx, sqlList, pgx.StrictNamedArgs{
		"org_id": f.Org, "event_id": f.Event, "state": string(f.State), "segment": f.Segment, "words": prefixes(f.Query),
		"first": after == nil, "after_at": from.RegisteredAt, "after_id": from.ID, "size": size + 1,
	})
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
// folded words hold letters and digits only, so nothing in it is an operator.
func prefixes(query string) string {
	words := strings.Fields(fold.Text(query))
	for i, w := range words {
		words[i] = w + ":*"
	}
	return strings.Join(words, " & ")
}

const sqlCounts = `
SELECT state, count(*)::int
  FROM registration
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND state NOT IN ('held', 'lapsed')
 GROUP BY state`

// Counts says how many registrations of an event are in each state.
func (s *Service) Counts(ctx context.Context, org uid.Org, event uid.Event) (map[State]int, error) {
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

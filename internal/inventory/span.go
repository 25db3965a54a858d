package inventory

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// PriceSpan is what the tickets of an event cost, from the cheapest to the dearest
// that everybody is shown and can have just now.
type PriceSpan struct {
	Least, Most money.Amount
	// Open says that buyers name the price of a ticket, from its minimum.
	Open bool
}

// EventOf names an event with its organisation.
type EventOf struct {
	Org   uid.Org
	Event uid.Event
}

// Whether a ticket has room is decided as in the view event_room.
const sqlPriceSpans = `
SELECT t.event_id, max(t.currency) AS currency, min(t.price) AS least, max(t.price) AS most, bool_or(t.open) AS open
  FROM (
    SELECT p.event_id, coalesce(p.currency, '') AS currency, p.pricing = 'open' AS open,
           CASE p.pricing
             WHEN 'fixed' THEN coalesce(ph.price_minor, p.price_minor)
             WHEN 'open' THEN p.minimum_minor
             ELSE 0
           END AS price
      FROM unnest(@orgs::uuid[], @events::uuid[]) AS w (org_id, event_id)
      JOIN event e ON e.org_id = w.org_id AND e.id = w.event_id
      JOIN product p ON p.org_id = w.org_id AND p.event_id = w.event_id
      LEFT JOIN LATERAL (
             SELECT f.price_minor
               FROM price_phase f
              WHERE f.org_id = p.org_id
                AND f.product_id = p.id
                AND (f.ends_local IS NULL OR f.ends_local AT TIME ZONE e.timezone > @now)
                AND (f.places IS NULL OR f.taken < f.places)
              ORDER BY f.position
              LIMIT 1) ph ON p.pricing = 'fixed'
     WHERE p.archived_at IS NULL
       AND p.kind = 'ticket'
       AND NOT p.hidden
       AND (p.sells_from_local IS NULL OR p.sells_from_local AT TIME ZONE e.timezone <= @now)
       AND (p.sells_until_local IS NULL OR p.sells_until_local AT TIME ZONE e.timezone > @now)
       AND EXISTS (SELECT 1 FROM product_pool pp WHERE pp.org_id = p.org_id AND pp.product_id = p.id)
       AND NOT EXISTS (
             SELECT 1
               FROM product_pool pp
               JOIN pool q ON q.org_id = pp.org_id AND q.id = pp.pool_id
              WHERE pp.org_id = p.org_id
                AND pp.product_id = p.id
                AND (q.closed OR q.sold + q.held >= q.size))) t
 GROUP BY t.event_id`

// PriceSpans says what the tickets of many events cost at a moment, in one query.
// An event of which none can be had is not in the answer. It promises nothing:
// only a basket does.
func (s *Service) PriceSpans(ctx context.Context, now time.Time, of []EventOf) (map[uid.Event]PriceSpan, error) {
	spans := make(map[uid.Event]PriceSpan, len(of))
	if len(of) == 0 {
		return spans, nil
	}
	orgs, events := make([]uid.Org, len(of)), make([]uid.Event, len(of))
	for i, e := range of {
		orgs[i], events[i] = e.Org, e.Event
	}
	rows, err := s.db.Pool().Query(ctx, sqlPriceSpans, pgx.StrictNamedArgs{"orgs": orgs, "events": events, "now": now})
	if err != nil {
		return nil, fmt.Errorf("read the span of prices: %w", err)
	}
	var event uid.Event
	var currency money.Currency
	var least, most int64
	var open bool
	_, err = pgx.ForEachRow(rows, []any{&event, &currency, &least, &most, &open}, func() error {
		spans[event] = PriceSpan{Least: money.New(least, currency), Most: money.New(most, currency), Open: open}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the span of prices: %w", err)
	}
	return spans, nil
}

package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/uid"
)

// ListFilter chooses among one organisation's events.
type ListFilter struct {
	Org   uid.Org
	Query string // words to look for
	// State is the only state; empty means all but archived.
	State State
	// Past lists what is over, latest first, otherwise what is to come, soonest
	// first. It only chooses the order with a State of ended, cancelled or
	// archived. Postponed events are to come.
	Past bool
	// Only limits the list to these events; nil does not.
	Only []uid.Event
}

// List returns a page of an organisation's events, without their sessions and
// descriptions, and where the next page begins.
func (s *Service) List(ctx context.Context, f ListFilter, p Page) ([]Event, *Cursor, error) {
	now := s.now()
	q := newQuery()
	q.and("e.org_id = @org_id", pgx.StrictNamedArgs{"org_id": f.Org})
	if f.Only != nil {
		q.and("e.id = ANY (@only)", pgx.StrictNamedArgs{"only": f.Only})
	}
	at := pgx.StrictNamedArgs{"now": now}
	split := true
	switch f.State {
	case "":
		q.and("e.state <> 'archived'", nil)
	case StateEnded:
		q.and("e.state IN ('published', 'sales_closed') AND e.ends_at <= @now", at)
		split = false
	case StatePublished, StateSalesClosed:
		q.and("e.state = @state AND e.ends_at > @now", pgx.StrictNamedArgs{"now": now, "state": f.State})
		split = false
	default:
		q.and("e.state = @state", pgx.StrictNamedArgs{"state": f.State})
		split = f.State == StateDraft
	}
	if split && f.Past {
		q.and("e.ends_at <= @now AND e.state <> 'postponed'", at)
	} else if split {
		q.and("(e.ends_at > @now OR e.state = 'postponed')", at)
	}
	q.search(f.Query)
	order := q.from(p, f.Past)

	sql := "SELECT " + listColumns + `
  FROM event e
  JOIN organisation o ON o.id = e.org_id` + q.where() + order
	rows, err := s.db.Pool().Query(ctx, sql, planEach, q.args)
	if err != nil {
		return nil, nil, fmt.Errorf("list events: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[eventRow])
	if err != nil {
		return nil, nil, fmt.Errorf("list events: %w", err)
	}
	list, next := cut(list, p, func(r eventRow) Cursor { return Cursor{r.StartsAt, r.ID} })
	events := make([]Event, len(list))
	for i, r := range list {
		events[i] = r.event().at(now)
	}
	return events, next, nil
}

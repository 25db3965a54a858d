package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// PublicEvent is one event as everybody may see it, with its sessions.
type PublicEvent struct {
	Listed
	// Former is true when it was asked for by an address that it had before;
	// visitors are sent on to Slug.
	Former bool
}

const sqlPublicEvent = `
SELECT ` + publicColumns + `
  FROM organisation o
  JOIN event_slug a ON a.org_id = o.id
  JOIN event e ON e.org_id = a.org_id AND e.id = a.event_id
 WHERE o.slug = @org_slug
   AND a.slug = @event_slug
   AND e.state IN ('published', 'sales_closed', 'postponed', 'cancelled')`

// PublicEvent returns an event by its address, present or former, listed or not,
// with its sessions. It answers not found for drafts and archived events.
func (s *Service) PublicEvent(ctx context.Context, orgSlug, eventSlug string) (PublicEvent, error) {
	if !storable(orgSlug + eventSlug) {
		return PublicEvent{}, fault.NotFound("event")
	}
	now := s.now()
	args := pgx.StrictNamedArgs{"org_slug": orgSlug, "event_slug": eventSlug, "now": now}
	e, err := public(ctx, s.db.Pool(), now, sqlPublicEvent, args)
	e.Former = err == nil && e.Slug != eventSlug
	return e, err
}

const sqlPublicEventByID = `
SELECT ` + publicColumns + `
  FROM event e
  JOIN organisation o ON o.id = e.org_id
 WHERE e.org_id = @org_id
   AND e.id = @id`

// PublicEventByIDTx returns an event as those who have a place in it may see it:
// what everybody sees, in any state.
func (s *Service) PublicEventByIDTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Event) (PublicEvent, error) {
	return public(ctx, tx, tx.Now, sqlPublicEventByID, pgx.StrictNamedArgs{"org_id": org, "id": id, "now": tx.Now})
}

func public(ctx context.Context, q pg.Querier, now time.Time, sql string, args pgx.StrictNamedArgs) (PublicEvent, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return PublicEvent{}, fmt.Errorf("read public event: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[publicRow])
	if pg.IsNoRows(err) {
		return PublicEvent{}, fault.NotFound("event")
	}
	if err != nil {
		return PublicEvent{}, fmt.Errorf("read public event: %w", err)
	}
	e := PublicEvent{Listed: r.listed(now)}
	if e.Event, err = complete(ctx, q, e.Event); err != nil {
		return PublicEvent{}, err
	}
	for i := range e.Sessions {
		e.Sessions[i].JoinAddress = ""
	}
	return e, nil
}

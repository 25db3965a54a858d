package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/uid"
)

const sqlPublicBetween = `
SELECT ` + listedColumns + `
  FROM event e
  JOIN organisation o ON o.id = e.org_id
 WHERE ` + onProgramme + `
   AND o.slug = @org_slug
   AND e.ends_at > @from
   AND e.starts_at < @until
 ORDER BY e.starts_at, e.id
 LIMIT @most`

const sqlSessionsBetween = `
SELECT event_id, id, title, place, '' AS join_address, timezone, all_day, starts_local, ends_local, starts_second,
       ends_second, starts_at, ends_at, cancelled_at, version
  FROM session
 WHERE org_id = @org_id
   AND event_id = ANY (@events)
 ORDER BY starts_at, id`

// PublicBetween returns the events of an organisation's programme that touch the
// time between two instants, soonest first and most at most, with their sessions,
// cancelled ones included, and without descriptions.
func (s *Service) PublicBetween(ctx context.Context, orgSlug string, from, until time.Time, most int) ([]PublicEvent, error) {
	now := s.now()
	rows, err := s.db.Pool().Query(ctx, sqlPublicBetween, pgx.StrictNamedArgs{
		"org_slug": orgSlug, "from": from, "until": until, "most": most, "now": now,
	})
	if err != nil {
		return nil, fmt.Errorf("read events between: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[publicRow])
	if err != nil || len(list) == 0 {
		return nil, err
	}
	out := make([]PublicEvent, len(list))
	ids, at := make([]uid.Event, len(list)), map[uid.Event]int{}
	for i, r := range list {
		out[i] = PublicEvent{Listed: r.listed(now)}
		ids[i], at[r.ID] = r.ID, i
	}
	rows, err = s.db.Pool().Query(ctx, sqlSessionsBetween, pgx.StrictNamedArgs{"org_id": out[0].Org, "events": ids})
	if err != nil {
		return nil, fmt.Errorf("read sessions between: %w", err)
	}
	sittings, err := pgx.CollectRows(rows, pgx.RowToStructByName[sessionBetween])
	if err != nil {
		return nil, fmt.Errorf("read sessions between: %w", err)
	}
	for _, x := range sittings {
		e := &out[at[x.EventID]]
		e.Sessions = append(e.Sessions, x.Session)
	}
	return out, nil
}

// sessionBetween is a session with its event.
type sessionBetween struct {
	EventID uid.Event
	Session
}

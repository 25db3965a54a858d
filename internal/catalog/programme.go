package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
)

// Filter chooses among the events of the public programme. Zero values do not
// limit it.
type Filter struct {
	OrgSlug string
	Query   string // words to look for in title, summary, topic, place, organisation
	Mode    Mode
	Topic   string
	Country string
	Month   string // "2026-11": events that touch this month on their own calendar
	// PlacesLeft leaves only events in which a place can be had here and now.
	PlacesLeft bool
	// IncludePast adds what is over.
	IncludePast bool
}

// Listed is an event as everybody may see it. The addresses at which it takes
// place online are left empty, in the sittings too; the event's own does not even
// leave the database.
type Listed struct {
	Event
	// PlacesLeft is true when a place can be had here and now: registration is
	// open and some product has room. It is false for External registration.
	PlacesLeft bool
}

type publicRow struct {
	eventRow
	PlacesLeft bool
}

// What everybody sees leaves out the address of the meeting. Both need @now.
const (
	publicColumns = commonColumns + `, e.description, '' AS join_address, (` + hasPlaces + `) AS places_left`
	listedColumns = commonColumns + `, '' AS description, '' AS join_address, (` + hasPlaces + `) AS places_left`
)

// A place can be had, as far as can be told without taking one, when placesOpen
// is true and the event has room. placesLeft, for conditions, lets the planner
// choose how to look; hasPlaces, for columns, makes it look for each row alone:
// OFFSET 0 keeps it from looking for all events at once.
const (
	placesOpen = `e.state = 'published'
        AND e.registration_mode <> 'external'
        AND e.registration_closes_at > @now`
	placesLeft = placesOpen + `
        AND EXISTS (SELECT 1 FROM event_room r WHERE r.org_id = e.org_id AND r.event_id = e.id)`
	hasPlaces = placesOpen + `
        AND EXISTS (SELECT 1 FROM event_room r WHERE r.org_id = e.org_id AND r.event_id = e.id OFFSET 0)`
)

func (r publicRow) listed(now time.Time) Listed {
	return Listed{Event: r.event().at(now), PlacesLeft: r.PlacesLeft}
}

// onProgramme is what makes an event part of the public lists; the partial index
// event_programme_idx has the same words.
const onProgramme = "e.state IN ('published', 'sales_closed', 'cancelled') AND e.visibility = 'public'"

// Programme returns a page of the public programme, soonest first and without
// sessions and descriptions, and where the next page begins. It is one query.
func (s *Service) Programme(ctx context.Context, f Filter, p Page) ([]Listed, *Cursor, error) {
	now := s.now()
	q, err := f.query(now)
	if err != nil {
		return nil, nil, err
	}
	order := q.from(p, false)
	// The page is chosen first, so that the rest is worked out for its rows alone.
	sql := `
WITH page AS (
  SELECT e.org_id, e.id
    FROM event e` + q.where() + order + `)
SELECT ` + listedColumns + `
  FROM page
  JOIN event e ON e.org_id = page.org_id AND e.id = page.id
  JOIN organisation o ON o.id = e.org_id
 ORDER BY e.starts_at, e.id`
	rows, err := s.db.Pool().Query(ctx, sql, planEach, q.args)
	if err != nil {
		return nil, nil, fmt.Errorf("list programme: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[publicRow])
	if err != nil {
		return nil, nil, fmt.Errorf("list programme: %w", err)
	}
	list, next := cut(list, p, func(r publicRow) Cursor { return Cursor{r.StartsAt, r.ID} })
	out := make([]Listed, len(list))
	for i, r := range list {
		out[i] = r.listed(now)
	}
	return out, next, nil
}

// query is the filter as conditions; the select list needs @now in any case.
func (f Filter) query(now time.Time) (*query, error) {
	q := newQuery()
	q.args["now"] = now
	if !storable(f.OrgSlug + f.Topic + f.Country + string(f.Mode)) {
		q.and("false", nil)
		return q, nil
	}
	q.and(onProgramme, nil)
	if !f.IncludePast {
		q.and("e.ends_at > @now", nil)
	}
	if f.OrgSlug != "" {
		q.and("e.org_id = (SELECT id FROM organisation WHERE slug = @org_slug)", pgx.StrictNamedArgs{"org_slug": f.OrgSlug})
	}
	if f.Mode != "" {
		q.and("e.mode = @mode", pgx.StrictNamedArgs{"mode": f.Mode})
	}
	if f.Topic != "" {
		q.and("lower(e.topic) = lower(@topic)", pgx.StrictNamedArgs{"topic": f.Topic})
	}
	if f.Country != "" {
		q.and("lower(e.country) = lower(@country)", pgx.StrictNamedArgs{"country": f.Country})
	}
	if f.Month != "" {
		first, err := time.Parse("2006-01", f.Month)
		if err != nil {
			return nil, fault.InvalidField("month", "string.pattern", "must be a month, such as 2026-11")
		}
		q.and("e.starts_local < @month_end AND e.ends_local > @month_start",
			pgx.StrictNamedArgs{"month_start": first, "month_end": first.AddDate(0, 1, 0)})
	}
	if f.PlacesLeft {
		q.and(placesLeft, nil)
	}
	q.search(f.Query)
	return q, nil
}

package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/clock"
)

// Facets are the values that the programme can be filtered by, with the number
// of events that have each. Topics and countries that differ only in case are one,
// in the spelling that most events have.
type Facets struct {
	Topics    []Facet // by number, then name
	Countries []Facet // by number, then name
	Months    []Facet // "2026-11", by time; an event counts in each month it touches
}

// Facet is one value of a filter.
type Facet struct {
	Value string
	Count int
}

const sqlFacets = `
WITH listed AS (
  SELECT e.topic, e.country, e.starts_local, e.ends_local
    FROM event e
   WHERE e.state IN ('published', 'sales_closed', 'cancelled')
     AND e.visibility = 'public'
     AND (@past OR e.ends_at > @now)
     AND (@org_slug = '' OR e.org_id = (SELECT id FROM organisation WHERE slug = @org_slug)))
SELECT 'topic' AS kind, mode() WITHIN GROUP (ORDER BY topic) AS value,
       NULL::timestamp AS first, NULL::timestamp AS last, count(*) AS count
  FROM listed
 WHERE topic <> ''
 GROUP BY lower(topic)
UNION ALL
SELECT 'country', mode() WITHIN GROUP (ORDER BY country), NULL, NULL, count(*)
  FROM listed
 WHERE country <> ''
 GROUP BY lower(country)
UNION ALL
SELECT 'months', '', date_trunc('month', starts_local) AS first,
       date_trunc('month', ends_local - interval '1 microsecond') AS last, count(*)
  FROM listed
 GROUP BY first, last
 ORDER BY kind, count DESC, value`

// Facets returns the filter values of one organisation's programme, or of all
// with an empty slug; past adds events that are over. The answer may be half a
// minute old when another process changed the programme.
func (s *Service) Facets(ctx context.Context, orgSlug string, past bool) (Facets, error) {
	if !storable(orgSlug) {
		return Facets{}, nil
	}
	key := facetKey{orgSlug, past}
	if f, ok := s.facets.get(key); ok {
		return f, nil
	}
	asked := s.facets.generation()
	rows, err := s.db.Pool().Query(ctx, sqlFacets, pgx.StrictNamedArgs{"org_slug": orgSlug, "past": past, "now": s.now()})
	if err != nil {
		return Facets{}, fmt.Errorf("read facets: %w", err)
	}
	var f Facets
	months := map[string]int{}
	var kind string
	var facet Facet
	var first, last *time.Time
	_, err = pgx.ForEachRow(rows, []any{&kind, &facet.Value, &first, &last, &facet.Count}, func() error {
		switch kind {
		case "topic":
			f.Topics = append(f.Topics, facet)
		case "country":
			f.Countries = append(f.Countries, facet)
		default:
			for m := *first; !m.After(*last); m = m.AddDate(0, 1, 0) {
				months[m.Format("2006-01")] += facet.Count
			}
		}
		return nil
	})
	if err != nil {
		return Facets{}, fmt.Errorf("read facets: %w", err)
	}
	for _, m := range slices.Sorted(maps.Keys(months)) {
		f.Months = append(f.Months, Facet{m, months[m]})
	}
	s.facets.put(key, f, asked)
	return f, nil
}

const (
	facetLife = 30 * time.Second
	// maxFacets bounds what strangers can make the cache hold by asking for
	// organisations that do not exist.
	maxFacets = 1000
)

type facetKey struct {
	orgSlug string
	past    bool
}

type facetEntry struct {
	facets Facets
	until  time.Time
}

// facetCache keeps answers for a short time, because every view of the programme
// asks. Changes made by this process empty it.
type facetCache struct {
	now clock.Clock

	mu      sync.Mutex
	gen     int
	entries map[facetKey]facetEntry
}

func newFacetCache(now clock.Clock) *facetCache {
	return &facetCache{now: now, entries: map[facetKey]facetEntry{}}
}

func (c *facetCache) get(k facetKey) (Facets, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[k]
	return e.facets, ok && c.now().Before(e.until)
}

// generation is a number that changes whenever the programme may have changed.
func (c *facetCache) generation() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gen
}

// put keeps an answer, unless something changed since it was asked for.
func (c *facetCache) put(k facetKey, f Facets, asked int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if asked != c.gen {
		return
	}
	if len(c.entries) >= maxFacets {
		clear(c.entries)
	}
	c.entries[k] = facetEntry{f, c.now().Add(facetLife)}
}

func (c *facetCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen++
	clear(c.entries)
}

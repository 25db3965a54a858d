package clock

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // so that zones are known on machines without a zone database
)

// Resolution says how a wall time stands to the instants of its zone.
type Resolution uint8

// The resolutions.
const (
	// Exact means that the wall time happens once.
	Exact Resolution = iota
	// Gap means that the clocks skip the wall time, as they do in spring.
	Gap
	// Repeated means that the wall time happens twice, as it does in autumn.
	Repeated
)

// zoneName is what names of the IANA database look like. Names without a slash
// are left out on purpose, UTC excepted: they are abbreviations such as EST,
// which say nothing about summer time, or old names that have a better one.
// Lower-case directories hold copies with another notion of time.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){1,2}$`)

var zones sync.Map // name -> *time.Location, only names that exist

// Zone returns the IANA time zone with this name, such as "Europe/London" or
// "UTC". It refuses abbreviations ("BST"), offsets ("GMT+1") and "Local".
func Zone(name string) (*time.Location, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	if name != "UTC" && !zoneName.MatchString(name) {
		return nil, fmt.Errorf("not the name of a time zone, such as Europe/London")
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("unknown time zone: %w", err)
	}
	zones.Store(name, z)
	return z, nil
}

// Resolve finds the instant, in UTC, at which clocks in the zone show the wall
// time; wall's own location does not matter. Where they show it twice, second
// chooses the later one. Where they skip it, the instant is the wall time moved
// forward by what the clocks skip, and the caller decides whether that will do.
// The error means that there is no such zone.
func Resolve(wall time.Time, zone string, second bool) (time.Time, Resolution, error) {
	loc, err := Zone(zone)
	if err != nil {
		return time.Time{}, Exact, err
	}
	wall = asUTC(wall)
	spells := offsetsAround(wall, loc)
	var hits []time.Time
	for _, s := range spells {
		at := wall.Add(-s.offset)
		if !at.Before(s.from) && at.Before(s.until) {
			hits = append(hits, at)
		}
	}
	slices.SortFunc(hits, time.Time.Compare)
	switch len(hits) {
	case 1:
		return hits[0], Exact, nil
	case 0:
		return forward(wall, spells), Gap, nil
	}
	if second {
		return hits[len(hits)-1], Repeated, nil
	}
	return hits[0], Repeated, nil
}

// Wall returns what clocks in the zone show at the instant, as a time whose
// location is UTC.
func Wall(at time.Time, zone string) (time.Time, error) {
	loc, err := Zone(zone)
	if err != nil {
		return time.Time{}, err
	}
	return asUTC(at.In(loc)), nil
}

// asUTC keeps what the clock shows and drops where it hangs.
func asUTC(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// A spell is a time during which a zone keeps one offset from UTC.
type spell struct {
	from, until time.Time
	offset      time.Duration
}

// reach covers every offset there ever was (under 16 hours) and the day that
// some islands left out when they crossed the date line.
const reach = 48 * time.Hour

// offsetsAround lists the zone's spells near the wall time, in order.
func offsetsAround(wall time.Time, loc *time.Location) []spell {
	var out []spell
	for at := wall.Add(-reach); at.Before(wall.Add(reach)); {
		local := at.In(loc)
		_, offset := local.Zone()
		from, until := local.ZoneBounds()
		if from.IsZero() {
			from = wall.Add(-2 * reach)
		}
		if until.IsZero() {
			until = wall.Add(2 * reach)
		}
		next := spell{from.UTC(), until.UTC(), time.Duration(offset) * time.Second}
		at = until
		if n := len(out); n > 0 {
			// Where a zone's table of changes ends and its rule begins, the library
			// reports spells that overlap or that are followed by the same offset.
			if out[n-1].offset == next.offset {
				out[n-1].until = next.until
				continue
			}
			next.from = out[n-1].until
		}
		out = append(out, next)
	}
	return out
}

// forward reads a skipped wall time with the offset from before the change.
func forward(wall time.Time, spells []spell) time.Time {
	for i, s := range spells[:len(spells)-1] {
		stopped, resumed := s.until.Add(s.offset), s.until.Add(spells[i+1].offset)
		if !wall.Before(stopped) && wall.Before(resumed) {
			return wall.Add(-s.offset)
		}
	}
	panic(fmt.Sprintf("wall time %s is neither in a spell nor between two", wall))
}

package clock_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lanyard/internal/clock"
)

const wallFormat = "2006-01-02T15:04:05"

func wall(t *testing.T, s string) time.Time {
	t.Helper()
	w, err := time.Parse(wallFormat, s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestResolve_KnownCases(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, wall, zone string
		second           bool
		want             string
		how              clock.Resolution
	}{
		{"winter in London", "2026-11-26T18:30:00", "Europe/London", false, "2026-11-26T18:30:00", clock.Exact},
		{"summer in London", "2026-07-01T18:30:00", "Europe/London", false, "2026-07-01T17:30:00", clock.Exact},
		{"repeated hour, first", "2026-10-25T01:30:00", "Europe/London", false, "2026-10-25T00:30:00", clock.Repeated},
		{"repeated hour, second", "2026-10-25T01:30:00", "Europe/London", true, "2026-10-25T01:30:00", clock.Repeated},
		{"last moment before the repeated hour", "2026-10-25T00:59:59", "Europe/London", true, "2026-10-24T23:59:59", clock.Exact},
		{"first moment after the repeated hour", "2026-10-25T02:00:00", "Europe/London", false, "2026-10-25T02:00:00", clock.Exact},
		{"skipped hour moves forward", "2026-03-29T01:30:00", "Europe/London", false, "2026-03-29T01:30:00", clock.Gap},
		{"first skipped moment", "2026-03-29T01:00:00", "Europe/London", true, "2026-03-29T01:00:00", clock.Gap},
		{"first moment after the skipped hour", "2026-03-29T02:00:00", "Europe/London", false, "2026-03-29T01:00:00", clock.Exact},
		{"half an hour is skipped", "2026-10-04T02:15:00", "Australia/Lord_Howe", false, "2026-10-03T15:45:00", clock.Gap},
		{"midnight is skipped", "2026-04-24T00:00:00", "Africa/Cairo", false, "2026-04-23T22:00:00", clock.Gap},
		{"midnight is repeated", "2026-11-01T00:30:00", "America/Havana", true, "2026-11-01T05:30:00", clock.Repeated},
		{"a whole day is skipped", "2011-12-30T12:00:00", "Pacific/Apia", false, "2011-12-30T22:00:00", clock.Gap},
		{"winter time that counts as the exception", "2026-01-15T12:00:00", "Europe/Dublin", false, "2026-01-15T12:00:00", clock.Exact},
		{"UTC", "2026-06-01T12:00:00", "UTC", false, "2026-06-01T12:00:00", clock.Exact},
		{"far future follows the rule", "2150-07-01T12:00:00", "Europe/London", false, "2150-07-01T11:00:00", clock.Exact},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, how, err := clock.Resolve(wall(t, c.wall), c.zone, c.second)
			if err != nil {
				t.Fatal(err)
			}
			if got != wall(t, c.want) || how != c.how {
				t.Errorf("got %s, %d; want %s, %d", got.Format(wallFormat), how, c.want, c.how)
			}
		})
	}
}

func TestResolve_IgnoresTheLocationOfTheWallTime(t *testing.T) {
	t.Parallel()
	tokyo := time.Date(2026, 7, 1, 18, 30, 0, 0, time.FixedZone("JST", 9*3600))
	got, _, err := clock.Resolve(tokyo, "Europe/London", false)
	if err != nil || got != wall(t, "2026-07-01T17:30:00") {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestZone_RefusesWhatIsNoZone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "BST", "EST", "GMT", "GMT+1", "Local", "local", "utc", "EST5EDT", "Z", "+01:00",
		"Europe/Londinium", "europe/london", "Europe/", "/Europe/London", "../etc/passwd",
		"Europe/../Europe/London", "posix/Europe/London", "right/Europe/London", "Europe/London\n",
		"Europe/London\x00", "Asia/Kolkata; DROP TABLE event",
	} {
		if _, err := clock.Zone(name); err == nil {
			t.Errorf("Zone(%q) is accepted", name)
		}
		if _, _, err := clock.Resolve(time.Unix(0, 0), name, false); err == nil {
			t.Errorf("Resolve in %q is accepted", name)
		}
		if _, err := clock.Wall(time.Unix(0, 0), name); err == nil {
			t.Errorf("Wall in %q is accepted", name)
		}
	}
}

var manyZones = []string{
	"UTC", "Europe/London", "Europe/Dublin", "Europe/Berlin", "Atlantic/Azores", "America/New_York",
	"America/St_Johns", "America/Havana", "America/Santiago", "America/Nuuk", "America/Sao_Paulo",
	"America/Argentina/San_Luis", "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Asia/Kolkata",
	"Asia/Kathmandu", "Asia/Tehran", "Asia/Gaza", "Asia/Jerusalem", "Asia/Beirut", "Asia/Pyongyang",
	"Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham",
	"Pacific/Kiritimati", "Antarctica/Troll", "Etc/GMT+12", "Etc/GMT-14",
}

// drawWall draws seconds between 1990 and 2040, half of them next to a change of the clocks.
func drawWall(t *rapid.T, loc *time.Location) time.Time {
	at := time.Unix(rapid.Int64Range(631152000, 2208988800).Draw(t, "unix"), 0)
	if _, until := at.In(loc).ZoneBounds(); !until.IsZero() && rapid.Bool().Draw(t, "near a change") {
		at = until.Add(time.Duration(rapid.IntRange(-90_000, 90_000).Draw(t, "seconds")) * time.Second)
	}
	l := at.In(loc)
	shift := time.Duration(rapid.IntRange(-7200, 7200).Draw(t, "shift")) * time.Second
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), 0, time.UTC).Add(shift)
}

// The answer is right by the definition: it shows the wall time exactly when
// the answer is not Gap, and by brute force over every offset near it, no more
// and no fewer instants show it.
func TestResolve_AgreesWithTryingEveryOffset(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(manyZones).Draw(t, "zone")
		loc, err := clock.Zone(zone)
		if err != nil {
			t.Fatal(err)
		}
		w := drawWall(t, loc)
		first, how, err := clock.Resolve(w, zone, false)
		if err != nil {
			t.Fatal(err)
		}
		second, _, _ := clock.Resolve(w, zone, true)

		var shows []time.Time
		for quarter := 16 * 4; quarter >= -16*4; quarter-- { // earliest instant first
			at := w.Add(-time.Duration(quarter) * 15 * time.Minute)
			if back, _ := clock.Wall(at, zone); back.Equal(w) {
				shows = append(shows, at)
			}
		}
		switch {
		case len(shows) == 0 && how == clock.Gap:
			back, _ := clock.Wall(first, zone)
			if !back.After(w) || first != second {
				t.Fatalf("%s in %s is skipped; moved to %s, which is not later", w, zone, back)
			}
		case len(shows) == 1 && how == clock.Exact && first == shows[0] && second == shows[0]:
		case len(shows) == 2 && how == clock.Repeated && first == shows[0] && second == shows[1]:
		default:
			t.Fatalf("%s in %s: got %s / %s, %d; the clocks show it at %v", w, zone, first, second, how, shows)
		}
	})
}

// Every instant comes back from the wall time it shows.
func TestResolve_UndoesWall(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(manyZones).Draw(t, "zone")
		at := time.Unix(rapid.Int64Range(631152000, 2208988800).Draw(t, "unix"), 0).UTC()
		w, err := clock.Wall(at, zone)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := clock.Resolve(w, zone, false)
		second, _, _ := clock.Resolve(w, zone, true)
		if first != at && second != at {
			t.Fatalf("%s shows %s in %s, which resolves to %s or %s", at, w, zone, first, second)
		}
	})
}

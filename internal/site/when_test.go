package site

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/catalog"
	"lanyard/internal/clock"
)

// schedule makes one from wall times.
func schedule(t *testing.T, from, to, zone string, allDay bool) catalog.Schedule {
	t.Helper()
	s := catalog.Schedule{Timezone: zone, AllDay: allDay}
	for _, f := range []struct {
		text string
		wall *time.Time
		at   *time.Time
	}{{from, &s.StartsLocal, &s.StartsAt}, {to, &s.EndsLocal, &s.EndsAt}} {
		wall, err := time.Parse("2006-01-02 15:04", f.text)
		if err != nil {
			t.Fatal(err)
		}
		at, _, err := clock.Resolve(wall, zone, false)
		if err != nil {
			t.Fatal(err)
		}
		*f.wall, *f.at = wall, at
	}
	return s
}

func TestSayWhen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, from, to, zone string
		allDay               bool
		want                 [6]string // day, time, zone, offset, start, end
	}{
		{"a morning in summer", "2026-07-23 10:00", "2026-07-23 11:30", "Europe/London", false,
			[6]string{"Thursday 23 July 2026", "10:00 to 11:30", "UK time", "UTC+1", "2026-07-23T10:00:00+01:00", "2026-07-23T11:30:00+01:00"}},
		{"until midnight is one day", "2026-07-23 20:00", "2026-07-24 00:00", "Europe/London", false,
			[6]string{"Thursday 23 July 2026", "20:00 to 00:00", "UK time", "UTC+1", "2026-07-23T20:00:00+01:00", "2026-07-24T00:00:00+01:00"}},
		{"several days in one month", "2026-07-28 09:30", "2026-07-30 16:00", "Asia/Kolkata", false,
			[6]string{"Tuesday 28 to Thursday 30 July 2026", "From 09:30", "Kolkata time", "UTC+5:30", "2026-07-28T09:30:00+05:30", "2026-07-30T16:00:00+05:30"}},
		{"all day over a change of month", "2026-07-30 00:00", "2026-08-02 00:00", "America/New_York", true,
			[6]string{"Thursday 30 July to Saturday 1 August 2026", "", "New York time", "UTC−4", "2026-07-30", "2026-08-01"}},
		{"all day over a change of year", "2026-12-31 00:00", "2027-01-02 00:00", "Etc/UTC", true,
			[6]string{"Thursday 31 December 2026 to Friday 1 January 2027", "", "UTC", "", "2026-12-31", "2027-01-01"}},
		{"a fixed offset is its own name", "2026-07-23 10:00", "2026-07-23 11:00", "Etc/GMT+3", false,
			[6]string{"Thursday 23 July 2026", "10:00 to 11:00", "UTC−3", "", "2026-07-23T10:00:00-03:00", "2026-07-23T11:00:00-03:00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := sayWhen(schedule(t, c.from, c.to, c.zone, c.allDay))
			got := [6]string{w.Day, w.Time, w.Zone, w.Offset, w.Start, w.End}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDateTile_JoinsDays(t *testing.T) {
	t.Parallel()
	got := dateTile(schedule(t, "2026-07-30 00:00", "2026-08-02 00:00", "Europe/Paris", true))
	want := tile{Weekday: "Thu to Sat", Day: "30–1", Month: "Jul–Aug", Date: "2026-07-30"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLength(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		50 * time.Minute: "50 min", time.Hour: "1 h", 90 * time.Minute: "1 h 30 min", time.Minute: "1 min",
	} {
		if got := length(d); got != want {
			t.Errorf("length(%v) = %q, want %q", d, got, want)
		}
	}
}

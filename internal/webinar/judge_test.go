package webinar_test

import (
	"testing"
	"time"

	"lanyard/internal/webinar"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	opens, ends := start.Add(-15*time.Minute), start.Add(time.Hour)
	for _, c := range []struct {
		name string
		at   time.Time
		with func(*webinar.Facts)
		want webinar.State
	}{
		{"a moment before it opens", opens.Add(-time.Microsecond), nil, webinar.TooEarly},
		{"when it opens", opens, nil, webinar.Open},
		{"at the very end", ends, nil, webinar.Open},
		{"after the end", ends.Add(time.Microsecond), nil, webinar.Ended},
		{"without an address", start, func(f *webinar.Facts) { f.HasAddress = false }, webinar.NoRoom},
		{"without an address, early", start.Add(-time.Hour), func(f *webinar.Facts) { f.HasAddress = false }, webinar.TooEarly},
		{"session cancelled", start, func(f *webinar.Facts) { f.SessionCancelled = true }, webinar.Cancelled},
		{"event cancelled, long before", start.Add(-48 * time.Hour), func(f *webinar.Facts) { f.Event = "cancelled" }, webinar.Cancelled},
		{"event postponed", start, func(f *webinar.Facts) { f.Event = "postponed" }, webinar.Postponed},
		{"registration closed", start, func(f *webinar.Facts) { f.Event = "sales_closed" }, webinar.Open},
		{"place given up, event cancelled", start, func(f *webinar.Facts) { f.Registration, f.Event = "cancelled", "cancelled" }, webinar.NotConfirmed},
		{"place handed over", start, func(f *webinar.Facts) { f.Registration = "transferred" }, webinar.Replaced},
		{"older link", start, func(f *webinar.Facts) { f.LinkVersion = 4 }, webinar.Replaced},
		{"newer link than is in force", start, func(f *webinar.Facts) { f.LinkVersion = 2 }, webinar.Replaced},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := webinar.Facts{
				TokenVersion: 3, LinkVersion: 3, Registration: "confirmed", Event: "published",
				HasAddress: true, OpensAt: opens, EndsAt: ends,
			}
			if c.with != nil {
				c.with(&f)
			}
			if got := webinar.Judge(f, c.at); got != c.want {
				t.Errorf("judged %s, want %s", got, c.want)
			}
		})
	}
}

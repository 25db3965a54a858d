package catalog_test

import (
	"slices"
	"testing"
	"time"

	"lanyard/internal/catalog"
)

func TestPublicBetween_ListsWhatTouchesTheTime(t *testing.T) {
	t.Parallel()
	w := listing(t)
	day := func(month time.Month, d int) time.Time { return time.Date(2026, month, d, 0, 0, 0, 0, time.UTC) }
	for name, tc := range map[string]struct {
		from, until time.Time
		most        int
		want        []string
	}{
		"a day with what runs and what is over":     {day(11, 2), day(11, 24), 50, []string{"Past", "Running"}},
		"the second day of two":                     {day(12, 1), day(12, 2), 50, []string{"Expo"}},
		"an end on the dot is outside":              {time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC), day(11, 24), 50, nil},
		"a start on the dot is outside":             {day(11, 1), time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC), 50, nil},
		"neither unlisted ones nor those of others": {day(12, 2), day(12, 31), 50, nil},
		"the soonest where there are more":          {day(11, 1), day(12, 31), 2, []string{"Past", "Running"}},
	} {
		list, err := w.events.PublicBetween(w.ctx, "bioriver", tc.from, tc.until, tc.most)
		w.must(err)
		var got []string
		for _, e := range list {
			got = append(got, e.Title)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
	if list, err := w.events.PublicBetween(w.ctx, "nobody", day(1, 1), day(12, 31), 50); err != nil || len(list) != 0 {
		t.Errorf("an organisation that does not exist has %v, %v", list, err)
	}
}

func TestPublicBetween_BringsSessionsButNoMeetingAddress(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.publish(w.create(func(in *catalog.CreateInput) { in.Details.JoinAddress = "https://meet.example.org/secret" }))
	list, err := w.events.PublicBetween(w.ctx, "bioriver", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 12, 31, 0, 0, 0, 0, time.UTC), 5)
	w.must(err)
	if len(list) != 1 || len(list[0].Sessions) != 1 {
		t.Fatalf("got %+v", list)
	}
	if s := list[0].Sessions[0]; s.JoinAddress != "" || s.StartsAt.IsZero() {
		t.Errorf("the session is %+v", s)
	}
}

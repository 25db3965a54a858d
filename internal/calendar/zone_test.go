package calendar

import (
	"archive/zip"
	"bytes"
	"fmt"
	"go/build"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
)

// allZones lists every zone that Go knows by name.
func allZones(t *testing.T) []string {
	t.Helper()
	r, err := zip.OpenReader(filepath.Join(build.Default.GOROOT, "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Skipf("no list of zones: %v", err)
	}
	defer r.Close()
	var out []string
	for _, f := range r.File {
		if !strings.HasSuffix(f.Name, "/") && f.Name != "Factory" {
			out = append(out, f.Name)
		}
	}
	if len(out) < 500 {
		t.Fatalf("only %d zones", len(out))
	}
	return out
}

// The three years of the oracle.
var (
	oracleFrom = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	oracleTo   = time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)
)

// emitted is the VTIMEZONE of a zone for an event in the oracle's years, or nil
// when the zone is written as UTC.
func emitted(t *testing.T, name string) (*part, []byte, *time.Location) {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	rule, ok := ruleFor(loc, oracleFrom, oracleTo)
	if !ok {
		return nil, nil, loc
	}
	cal := &ics.Calendar{Components: []ics.Component{rule.component(name)}}
	var b bytes.Buffer
	if err := cal.SerializeTo(&b, ics.WithNewLineWindows); err != nil {
		t.Fatal(err)
	}
	root := nest(physical(b.Bytes(), func(n int, rule, message string) {
		t.Errorf("%s: line %d: %s: %s", name, n, rule, message)
	}), func(n int, rule, message string) { t.Fatalf("%s: line %d: %s", name, n, message) })
	return root.only("VTIMEZONE")[0], b.Bytes(), loc
}

// Scenario 10, against a reader of our own that knows nothing of the generator.
func TestZones_RulesSayWhatGoSays(t *testing.T) {
	t.Parallel()
	var irregular []string
	probes, ambiguous := 0, 0
	for _, name := range allZones(t) {
		z, _, loc := emitted(t, name)
		if z == nil {
			irregular = append(irregular, name)
			continue
		}
		if s, d := len(z.only("STANDARD")), len(z.only("DAYLIGHT")); s != 1 || d > 1 {
			t.Errorf("%s has %d STANDARD and %d DAYLIGHT", name, s, d)
		}
		read := newReader(t, z)
		for at := oracleFrom; at.Before(oracleTo); at = at.Add(6 * time.Hour) {
			_, want := at.In(loc).Zone()
			wall := at.Add(time.Duration(want) * time.Second)
			probes++
			if got := read.offset(wall); got != want {
				// A wall time that comes twice has two right answers.
				if _, other := wall.Add(-time.Duration(got) * time.Second).In(loc).Zone(); other != got {
					t.Errorf("%s at %v: offset %d, want %d", name, at, got, want)
				}
				ambiguous++
			}
		}
	}
	t.Logf("%d probes, %d of them in an hour that comes twice; written as UTC: %v", probes, ambiguous, irregular)
	for _, name := range []string{"Africa/Casablanca", "America/Santiago", "Asia/Jerusalem"} {
		if !slices.Contains(irregular, name) {
			t.Errorf("%s has no simple rule but got one", name)
		}
	}
	if len(irregular) > 30 {
		t.Errorf("%d zones are written as UTC, that is too many", len(irregular))
	}
}

// Scenario 11.
func TestZones_DublinSummerIsDaylight(t *testing.T) {
	t.Parallel()
	z, _, _ := emitted(t, "Europe/Dublin")
	d := z.only("DAYLIGHT")[0]
	if to, rule := d.value("TZOFFSETTO"), d.value("RRULE"); to != "+0100" || rule != "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU" {
		t.Errorf("daylight time is %s from %s", to, rule)
	}
}

func TestZones_BytesStayTheSameFromYearToYear(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Mexico_City"} {
		loc, err := Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		first, _ := ruleFor(loc, oracleFrom, oracleFrom)
		for year := 2027; year < 2040; year++ {
			at := time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)
			if r, ok := ruleFor(loc, at, at); !ok || r != first {
				t.Errorf("%s in %d: %+v, want %+v", name, year, r, first)
			}
		}
	}
}

// A reader evaluates a VTIMEZONE for wall times in the oracle's years.
type reader struct {
	fixed   int
	changes []struct {
		wall time.Time // by the clock before the change
		to   int
	}
}

func newReader(t *testing.T, z *part) *reader {
	t.Helper()
	r := &reader{}
	for _, o := range z.parts {
		to := readOffset(t, o.value("TZOFFSETTO"))
		start, err := time.Parse(localLayout, o.value("DTSTART"))
		if err != nil {
			t.Fatal(err)
		}
		rule := o.value("RRULE")
		if rule == "" {
			r.fixed = to
			continue
		}
		var month, week int
		var day string
		if _, err := fmt.Sscanf(rule, "FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", &month, &week, &day); err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		for year := oracleFrom.Year() - 1; year <= oracleTo.Year(); year++ {
			wall := dayOf(year, time.Month(month), week, day).Add(start.Sub(start.Truncate(24 * time.Hour)))
			r.changes = append(r.changes, struct {
				wall time.Time
				to   int
			}{wall, to})
		}
	}
	slices.SortFunc(r.changes, func(a, b struct {
		wall time.Time
		to   int
	}) int {
		return a.wall.Compare(b.wall)
	})
	return r
}

func (r *reader) offset(wall time.Time) int {
	to := r.fixed
	for _, c := range r.changes {
		if c.wall.After(wall) {
			break
		}
		to = c.to
	}
	return to
}

// dayOf counts the days of a month one by one.
func dayOf(year int, month time.Month, week int, day string) time.Time {
	var hits []time.Time
	for d := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC); d.Month() == month; d = d.AddDate(0, 0, 1) {
		if strings.EqualFold(d.Weekday().String()[:2], day) {
			hits = append(hits, d)
		}
	}
	if week < 0 {
		return hits[len(hits)+week]
	}
	return hits[week-1]
}

func readOffset(t *testing.T, s string) int {
	t.Helper()
	hours, err1 := strconv.Atoi(s[1:3])
	minutes, err2 := strconv.Atoi(s[3:5])
	if err1 != nil || err2 != nil || len(s) != 5 {
		t.Fatalf("offset %q", s)
	}
	n := hours*3600 + minutes*60
	if s[0] == '-' {
		n = -n
	}
	return n
}

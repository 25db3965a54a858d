package calendar

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// icaljs runs testdata/read.mjs, which reads calendars as Thunderbird does.
func icaljs(t *testing.T, in, out any) {
	t.Helper()
	library, err := filepath.Abs("../../web/node_modules/ical.js")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(library); err != nil {
		t.Skip("ical.js is not installed; run npm ci in web")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node")
	}
	question, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "testdata/read.mjs", library)
	cmd.Stdin = bytes.NewReader(question)
	cmd.Stderr = os.Stderr
	answer, err := cmd.Output()
	if err != nil {
		t.Fatalf("read.mjs: %v", err)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatal(err)
	}
}

// Scenario 1 and 5, as seen by a reader in another language.
func TestIcalJS_ReadsEveryGoldenFile(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.ics")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	in := map[string]map[string]string{"files": {}}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		in["files"][filepath.Base(f)] = string(b)
	}
	name := `Siân O'Brien, "Pat": MBE`
	b, err := Build(Invite{
		Method:   Request,
		Attendee: Person{Name: name, Email: "sian.o'brien@clinic.example"},
		Entry: Entry{
			UID: "1@events.example.org", Stamp: oracleFrom, Zone: "Europe/Dublin", Summary: "A, b; c\\n",
			Start: oracleFrom, End: oracleFrom.Add(time.Hour), Organizer: Person{Email: "hello@events.example.org"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	in["files"]["name.ics"] = string(b)

	var out struct {
		Files map[string]struct {
			Method string
			Events []struct{ UID, Summary, Start, End, Attendee, CN, Organizer string }
		}
	}
	icaljs(t, in, &out)

	e := out.Files["name.ics"].Events[0]
	if e.Attendee != "mailto:sian.o'brien@clinic.example" || e.CN != "Siân O'Brien, \u201DPat\u201D: MBE" || e.Summary != "A, b; c\\n" {
		t.Errorf("got %+v", e)
	}
	for file, want := range map[string][2]string{
		"request-online.ics": {"REQUEST", "2026-11-26T18:30:00.000Z"},
		"request-utc.ics":    {"REQUEST", "2026-11-26T18:30:00.000Z"},
		"cancel.ics":         {"CANCEL", "2026-11-26T18:30:00.000Z"},
		"download.ics":       {"PUBLISH", "2026-11-26T18:30:00.000Z"},
	} {
		got := out.Files[file]
		if len(got.Events) != 1 || got.Method != want[0] || got.Events[0].Start != want[1] {
			t.Errorf("%s: got %+v, want %v", file, got, want)
		}
	}
	for file, n := range map[string]int{"course.ics": 3, "feed.ics": 3} {
		if got := len(out.Files[file].Events); got != n {
			t.Errorf("%s: %d events, want %d", file, got, n)
		}
	}
	if got := out.Files["course.ics"].Events[1].Start; got != "2026-12-03T18:30:00.000Z" {
		t.Errorf("the session in New York starts at %s", got)
	}
}

// Scenario 10, as seen by a reader in another language.
func TestIcalJS_ZonesSayWhatGoSays(t *testing.T) {
	t.Parallel()
	type change struct {
		At     int64 `json:"at"` // unix seconds
		Offset int   `json:"offset"`
	}
	type zone struct {
		Name    string   `json:"name"`
		Text    string   `json:"text"`
		Changes []change `json:"changes"`
	}
	in := struct {
		Zones []zone `json:"zones"`
		From  int64  `json:"from"`
		To    int64  `json:"to"`
		Step  int64  `json:"step"`
	}{From: oracleFrom.Unix(), To: oracleTo.Unix(), Step: 6 * 3600}
	// Most zones share their rules with others under a different name; each set of
	// rules is read once.
	seen := map[string]bool{}
	names := regexp.MustCompile(`(TZID|TZNAME):.*`)
	for _, name := range allZones(t) {
		part, text, loc := emitted(t, name)
		if part == nil {
			continue
		}
		z := zone{Name: name, Text: string(text)}
		for at := oracleFrom; at.Before(oracleTo); {
			_, offset := at.In(loc).Zone()
			z.Changes = append(z.Changes, change{at.Unix(), offset})
			next, ok := nextBound(loc, at)
			if !ok {
				break
			}
			at = next
		}
		if key := names.ReplaceAllString(z.Text, "") + fmt.Sprint(z.Changes); !seen[key] {
			seen[key] = true
			in.Zones = append(in.Zones, z)
		}
	}

	var out struct {
		Probes    int
		Ambiguous int
		Wrong     []string
	}
	icaljs(t, in, &out)
	t.Logf("%d sets of rules, %d probes, %d of them in an hour that comes twice", len(in.Zones), out.Probes, out.Ambiguous)
	if want := len(in.Zones) * int((in.To-in.From)/in.Step); len(out.Wrong) > 0 || out.Probes != want || want < 100_000 {
		t.Errorf("%d probes of %d, wrong: %v", out.Probes, want, out.Wrong)
	}
}

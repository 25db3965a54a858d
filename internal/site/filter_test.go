package site

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadFilter_TakesWhatMakesSense(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]filter{
		"":                                   {},
		"q=+ai+airlock+&mode=hybrid":         {Query: "ai airlock", Mode: "hybrid"},
		"mode=teleport&month=2026-13&past=0": {},
		"month=2026-11&places=1&past=1":      {Month: "2026-11", Places: true, Past: true},
		"topic=a%00b&country=%ff%feUK":       {Topic: "ab", Country: "UK"},
		"q=" + strings.Repeat("é", 150):      {Query: strings.Repeat("é", 100)},
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, readFilter(q)); diff != "" {
			t.Errorf("%q: -want +got:\n%s", query, diff)
		}
	}
}

func TestFilter_ChipsEachLeaveOneOut(t *testing.T) {
	t.Parallel()
	f := filter{Query: "data", Mode: "online", Topic: "trade", Month: "2026-11", Country: "Chile", Places: true, Past: true, After: "x"}
	got := map[string]string{}
	for _, c := range f.chips("/o/x") {
		got[c.Label] = c.Path
	}
	want := map[string]string{
		"“data”":          "/o/x?country=Chile&mode=online&month=2026-11&past=1&places=1&topic=trade",
		"Online":          "/o/x?country=Chile&month=2026-11&past=1&places=1&q=data&topic=trade",
		"Trade":           "/o/x?country=Chile&mode=online&month=2026-11&past=1&places=1&q=data",
		"November 2026":   "/o/x?country=Chile&mode=online&past=1&places=1&q=data&topic=trade",
		"Chile":           "/o/x?mode=online&month=2026-11&past=1&places=1&q=data&topic=trade",
		"Places left":     "/o/x?country=Chile&mode=online&month=2026-11&past=1&q=data&topic=trade",
		"Past events too": "/o/x?country=Chile&mode=online&month=2026-11&places=1&q=data&topic=trade",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// FuzzReadFilter: what was read is written and read again the same, so that
// every list has one address.
func FuzzReadFilter(f *testing.F) {
	f.Add("q=a&mode=online&month=2026-11&places=1")
	f.Add("q=%00%ff&after=1.evt_0")
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Skip()
		}
		once := readFilter(q)
		u, err := url.Parse(once.address("/"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(once, readFilter(u.Query())); diff != "" {
			t.Errorf("-first +second:\n%s", diff)
		}
	})
}

// FuzzReadCursor: any token is refused or is a place that is written the same.
func FuzzReadCursor(f *testing.F) {
	f.Add("")
	f.Add("frv5u2ds2w0.evt_01k9xk3g7mf0r8rz5k3s9q7h2p")
	f.Add("-zzzzzzzzzzzz.evt_00000000000000000000000000")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := readCursor(token)
		if err != nil || c == nil {
			return
		}
		again, err := readCursor(cursorToken(*c))
		if err != nil || *again != *c {
			t.Errorf("%q: %v became %v, %v", token, c, again, err)
		}
	})
}

func TestLanguages_AreNamed(t *testing.T) {
	t.Parallel()
	for codes, want := range map[string]string{
		"": "", "EN": "English", "EN,FR": "English, French", "pt-BR; de": "Brazilian Portuguese, German", "Klingon": "Klingon", "zz": "zz", " ,": "",
	} {
		if got := languages(codes); got != want {
			t.Errorf("%q: %q, want %q", codes, got, want)
		}
	}
}

package site

import (
	"net/url"
	"strings"
	"time"

	"lanyard/internal/catalog"
)

// filter is what a reader of the programme asked for, as the address says it.
type filter struct {
	Query, Mode, Topic, Month, Country string
	Places, Past                       bool
	After                              string // page token
}

// readFilter takes from the address what makes sense and leaves out the rest:
// an old or mistyped link shows more events instead of an error.
func readFilter(q url.Values) filter {
	f := filter{
		Query: cut(strings.TrimSpace(q.Get("q")), 200), Topic: cut(q.Get("topic"), 120), Country: cut(q.Get("country"), 120),
		Places: q.Get("places") == "1", Past: q.Get("past") == "1", After: cut(q.Get("after"), 500),
	}
	if m := catalog.Mode(q.Get("mode")); m.Known() {
		f.Mode = string(m)
	}
	if _, err := time.Parse("2006-01", q.Get("month")); err == nil {
		f.Month = q.Get("month")
	}
	return f
}

// cut keeps the first n bytes, whole letters only, and no NUL, which the
// database does not take.
func cut(s string, n int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// set reports whether anything is filtered; the page token is no filter.
func (f filter) set() bool {
	f.After = ""
	return f != filter{}
}

// refined reports whether anything but the search words is filtered.
func (f filter) refined() bool {
	f.Query = ""
	return f.set()
}

// address is the path with the filter, always spelt the same way.
func (f filter) address(path string) string {
	q := url.Values{}
	for _, p := range [][2]string{
		{"q", f.Query}, {"mode", f.Mode}, {"topic", f.Topic}, {"month", f.Month}, {"country", f.Country}, {"after", f.After},
	} {
		if p[1] != "" {
			q.Set(p[0], p[1])
		}
	}
	if f.Places {
		q.Set("places", "1")
	}
	if f.Past {
		q.Set("past", "1")
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// chip is one filter that is set, with the list without it.
type chip struct{ Label, Path string }

func (f filter) chips(path string) []chip {
	f.After = ""
	var out []chip
	add := func(label string, without func(*filter)) {
		rest := f
		without(&rest)
		out = append(out, chip{Label: label, Path: rest.address(path)})
	}
	if f.Query != "" {
		add("“"+f.Query+"”", func(f *filter) { f.Query = "" })
	}
	if f.Mode != "" {
		add(modeWord(catalog.Mode(f.Mode)), func(f *filter) { f.Mode = "" })
	}
	if f.Topic != "" {
		add(topicWord(f.Topic), func(f *filter) { f.Topic = "" })
	}
	if f.Month != "" {
		add(monthWord(f.Month), func(f *filter) { f.Month = "" })
	}
	if f.Country != "" {
		add(f.Country, func(f *filter) { f.Country = "" })
	}
	if f.Places {
		add("Places left", func(f *filter) { f.Places = false })
	}
	if f.Past {
		add("Past events too", func(f *filter) { f.Past = false })
	}
	return out
}

// catalog is the filter as the catalogue understands it.
func (f filter) catalog(org string) catalog.Filter {
	return catalog.Filter{
		OrgSlug: org, Query: f.Query, Mode: catalog.Mode(f.Mode), Topic: f.Topic, Month: f.Month, Country: f.Country,
		PlacesLeft: f.Places, IncludePast: f.Past,
	}
}

// modeWord names how people take part.
func modeWord(m catalog.Mode) string {
	switch m {
	case catalog.Online:
		return "Online"
	case catalog.InPerson:
		return "In person"
	case catalog.Hybrid:
		return "Hybrid"
	}
	return ""
}

// modeIcon is the icon beside modeWord.
func modeIcon(m catalog.Mode) string {
	switch m {
	case catalog.Online:
		return "online"
	case catalog.InPerson:
		return "place"
	case catalog.Hybrid:
		return "hybrid"
	}
	return "place"
}

// topicWord writes a topic with a capital, as imports often lack it.
func topicWord(topic string) string {
	for i, r := range topic {
		if i == 0 {
			return strings.ToUpper(string(r)) + topic[len(string(r)):]
		}
	}
	return topic
}

// monthWord is "July 2026" for "2026-07".
func monthWord(month string) string {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return t.Format("January 2006")
}

package calendar

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// AddLinks open a new entry in somebody's web calendar. What is added this way is
// a copy and never updates; say so next to the buttons.
type AddLinks struct {
	Google       string
	Outlook      string // outlook.com
	Microsoft365 string
	Yahoo        string
}

// SubscribeLinks open a feed in a calendar program.
type SubscribeLinks struct {
	Webcal    string
	Google    string
	Microsoft string
}

// maxLink is the length below which every browser, mail program and proxy passes
// an address on unharmed.
const maxLink = 2000

// Links makes the add-to-calendar links of an entry. It puts only public things
// into them: never a personal join link, because these addresses are logged by
// whoever serves them. Long texts are cut so that each link works.
func Links(e Entry) AddLinks {
	loc, err := Zone(e.Zone)
	if err != nil {
		loc = time.UTC
	}
	return AddLinks{
		Google:       fit(e, func(t linkText) string { return googleLink(e, loc, t) }),
		Outlook:      fit(e, func(t linkText) string { return outlookLink("https://outlook.live.com", e, loc, t) }),
		Microsoft365: fit(e, func(t linkText) string { return outlookLink("https://outlook.office.com", e, loc, t) }),
		Yahoo:        fit(e, func(t linkText) string { return yahooLink(e, loc, t) }),
	}
}

// Subscribe makes the links for a feed at an https address.
func Subscribe(feedURL, name string) SubscribeLinks {
	webcal := "webcal://" + strings.TrimPrefix(strings.TrimPrefix(feedURL, "https://"), "http://")
	return SubscribeLinks{
		Webcal:    webcal,
		Google:    "https://calendar.google.com/calendar/u/0/r?" + query("cid", webcal),
		Microsoft: "https://outlook.office.com/calendar/0/addfromweb?" + query("url", feedURL, "name", cleanLine(name, maxSummary)),
	}
}

type linkText struct{ title, details, place string }

// fit cuts the texts until the link is short enough: first the details, then the
// place, and only then the title.
func fit(e Entry, build func(linkText) string) string {
	t := linkText{
		title:   cleanLine(e.Summary, maxSummary),
		details: cleanText(e.Description, maxDescription),
		place:   cleanLine(e.Location, maxLocation),
	}
	if u, err := link("url", e.URL); err == nil && !strings.Contains(t.details, u) {
		t.details = strings.TrimSpace(u + "\n\n" + t.details)
	}
	for _, text := range []*string{&t.details, &t.place, &t.title} {
		for *text != "" {
			if s := build(t); len(s) < maxLink {
				return s
			}
			n := utf8.RuneCountInString(*text) * 3 / 4
			if n < 8 {
				*text = ""
				break
			}
			*text = shorten(*text, n)
		}
	}
	return build(t)
}

func googleLink(e Entry, loc *time.Location, t linkText) string {
	layout, in := utcLayout, time.UTC
	if e.AllDay {
		layout, in = dateLayout, loc
	}
	dates := e.Start.In(in).Format(layout) + "/" + e.End.In(in).Format(layout)
	return "https://calendar.google.com/calendar/render?" +
		query("action", "TEMPLATE", "text", t.title, "dates", dates, "ctz", e.Zone, "details", t.details, "location", t.place)
}

func outlookLink(base string, e Entry, loc *time.Location, t linkText) string {
	layout, in, allDay := time.RFC3339, time.UTC, ""
	if e.AllDay {
		layout, in, allDay = time.DateOnly, loc, "true"
	}
	return base + "/calendar/0/deeplink/compose?" +
		query("path", "/calendar/action/compose", "rru", "addevent",
			"startdt", e.Start.In(in).Format(layout), "enddt", e.End.In(in).Format(layout), "allday", allDay,
			"subject", t.title, "location", t.place, "body", t.details)
}

func yahooLink(e Entry, loc *time.Location, t linkText) string {
	st, et, dur := e.Start.UTC().Format(utcLayout), e.End.UTC().Format(utcLayout), ""
	if e.AllDay {
		// Yahoo's end date is the last day, not the day after it.
		last := date(e.End, loc).AddDate(0, 0, -1)
		st, et, dur = e.Start.In(loc).Format(dateLayout), last.Format(dateLayout), "allday"
	}
	return "https://calendar.yahoo.com/?" +
		query("v", "60", "title", t.title, "st", st, "et", et, "dur", dur, "desc", t.details, "in_loc", t.place)
}

// query encodes pairs in the order given, leaving out empty values. Spaces become
// %20, because Outlook shows a plus sign as a plus sign.
func query(pairs ...string) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			parts = append(parts, pairs[i]+"="+strings.ReplaceAll(url.QueryEscape(pairs[i+1]), "+", "%20"))
		}
	}
	return strings.Join(parts, "&")
}

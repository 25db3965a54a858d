package calendar_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"lanyard/internal/calendar"
)

// Scenario 22.
func TestLinks_TitlesSurviveTheAddressBar(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*calendar.Entry){
		"signs":            func(e *calendar.Entry) { e.Summary = `R&D + "C#" 100% = 😀/ü?` },
		"long description": func(e *calendar.Entry) { e.Description = strings.Repeat("漢字 & more, ", 300) },
		"long place":       func(e *calendar.Entry) { e.Location = strings.Repeat("漢", 500) },
	} {
		e := webinar()
		spoil(&e)
		links := calendar.Links(e)
		for _, c := range []struct{ name, link, title, host string }{
			{"Google", links.Google, "text", "calendar.google.com"},
			{"Outlook", links.Outlook, "subject", "outlook.live.com"},
			{"Microsoft 365", links.Microsoft365, "subject", "outlook.office.com"},
			{"Yahoo", links.Yahoo, "title", "calendar.yahoo.com"},
		} {
			u, err := url.Parse(c.link)
			if err != nil {
				t.Fatal(err)
			}
			if got := u.Query().Get(c.title); got != e.Summary || u.Host != c.host {
				t.Errorf("%s, %s: title %q at %s", name, c.name, got, u.Host)
			}
			if len(c.link) >= 2000 || strings.Contains(c.link, "+") || u.Fragment != "" {
				t.Errorf("%s, %s: %d characters: %s", name, c.name, len(c.link), c.link)
			}
		}
	}
}

func TestLinks_EvenAnEndlessTitleFits(t *testing.T) {
	t.Parallel()
	e := webinar()
	e.Summary = strings.Repeat("漢", 250)
	if got := calendar.Links(e).Google; len(got) >= 2000 {
		t.Errorf("%d characters", len(got))
	}
}

func TestLinks_TimesAreRight(t *testing.T) {
	t.Parallel()
	timed := webinar()
	days := webinar()
	days.AllDay, days.Zone = true, "Asia/Shanghai"
	days.Start = time.Date(2027, 3, 12, 16, 0, 0, 0, time.UTC)
	days.End = time.Date(2027, 3, 17, 16, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		link string
		want map[string]string
	}{
		{calendar.Links(timed).Google, map[string]string{"dates": "20261126T183000Z/20261126T200000Z", "ctz": "Europe/London"}},
		{calendar.Links(timed).Outlook, map[string]string{"startdt": "2026-11-26T18:30:00Z", "enddt": "2026-11-26T20:00:00Z", "allday": ""}},
		{calendar.Links(timed).Yahoo, map[string]string{"st": "20261126T183000Z", "et": "20261126T200000Z", "dur": ""}},
		{calendar.Links(days).Google, map[string]string{"dates": "20270313/20270318"}},
		{calendar.Links(days).Microsoft365, map[string]string{"startdt": "2027-03-13", "enddt": "2027-03-18", "allday": "true"}},
		{calendar.Links(days).Yahoo, map[string]string{"st": "20270313", "et": "20270317", "dur": "allday"}},
	} {
		u, err := url.Parse(c.link)
		if err != nil {
			t.Fatal(err)
		}
		for key, want := range c.want {
			if got := u.Query().Get(key); got != want {
				t.Errorf("%s of %s is %q, want %q", key, u.Host, got, want)
			}
		}
	}
}

func TestSubscribe_KeepsTheFeedAddress(t *testing.T) {
	t.Parallel()
	feed := "https://events.example.org/f/abc.ics?x=1&y=2"
	s := calendar.Subscribe(feed, "My events & more")
	if want := "webcal://events.example.org/f/abc.ics?x=1&y=2"; s.Webcal != want {
		t.Errorf("got %s", s.Webcal)
	}
	for link, want := range map[string][2]string{s.Google: {"cid", s.Webcal}, s.Microsoft: {"url", feed}} {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		if got := u.Query().Get(want[0]); got != want[1] {
			t.Errorf("%s holds %q, want %q", link, got, want[1])
		}
	}
}

package calendar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/calendar"
	"lanyard/internal/fault"
)

func TestBuild_Golden(t *testing.T) {
	t.Parallel()
	online := invitation()

	hall := invitation()
	hall.JoinURL = ""
	hall.Location = "BioCity, Pennyfoot Street, Nottingham NG1 1GF"
	hall.Geo = &calendar.Geo{Latitude: 52.9509, Longitude: -1.1388}

	hybrid := hall
	hybrid.Location += " or online"
	hybrid.JoinURL = invitation().JoinURL

	days := invitation()
	days.AllDay, days.JoinURL, days.Location = true, "", "Shanghai"
	days.Summary, days.Zone = "Explore the Chinese Market", "Asia/Shanghai"
	days.Start = time.Date(2027, 3, 12, 16, 0, 0, 0, time.UTC) // midnight of the 13th in Shanghai
	days.End = time.Date(2027, 3, 17, 16, 0, 0, 0, time.UTC)

	odd := invitation()
	odd.Zone = "Africa/Casablanca"

	for name, i := range map[string]calendar.Invite{
		"request-online.ics":  online,
		"request-hall.ics":    hall,
		"request-hybrid.ics":  hybrid,
		"request-all-day.ics": days,
		"request-utc.ics":     odd,
		"cancel.ics":          calendar.Withdraw(online, "The speaker is ill. We are sorry.", online.Stamp.Add(time.Hour)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mustBuild(t, i)
			event(t, b)
			golden(t, name, b)
		})
	}
}

// Scenario 1.
func TestBuild_NameWithQuotesAndCommasKeepsTheAddress(t *testing.T) {
	t.Parallel()
	i := invitation()
	i.Attendee = calendar.Person{Name: `Siân O'Brien, "Pat": MBE`, Email: "sian.o'brien@clinic.example"}

	p := event(t, mustBuild(t, i)).Props.Get("ATTENDEE")

	if p.Value != "mailto:sian.o'brien@clinic.example" {
		t.Errorf("address %q", p.Value)
	}
	if cn := p.Params.Get("CN"); cn != "Siân O'Brien, \u201DPat\u201D: MBE" {
		t.Errorf("name %q", cn)
	}
}

// Scenario 2.
func TestBuild_NameCannotAddAProperty(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"Eve\r\nATTACH:https://evil.example",
		"Eve\nATTACH:https://evil.example",
		"Eve\rATTACH:https://evil.example",
		"Eve\u2028ATTACH:https://evil.example",
		"Eve\":mailto:eve@evil.example\r\nATTACH:https://evil.example",
		"Eve\x00\x0b\x0c\x85ATTACH:https://evil.example",
	} {
		i := invitation()
		i.Attendee.Name, i.Summary, i.Location, i.Description = name, name, name, name
		b := mustBuild(t, i)
		if got := linesOf(b, "ATTACH"); len(got) != 0 {
			t.Errorf("%q added %q", name, got)
		}
		if got, want := len(unfolded(b)), len(unfolded(mustBuild(t, invitation()))); got != want {
			t.Errorf("%q: %d lines, want %d", name, got, want)
		}
	}
}

// Scenario 3, and every other value that is refused because it cannot be cleaned.
func TestBuild_RefusesWhatCannotBeCleaned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path  string
		spoil func(*calendar.Invite)
	}{
		"url with a newline":     {"url", func(i *calendar.Invite) { i.URL = "https://a.example/\r\nATTACH:x" }},
		"script url":             {"url", func(i *calendar.Invite) { i.URL = "javascript:alert(1)" }},
		"relative url":           {"url", func(i *calendar.Invite) { i.URL = "/e/1" }},
		"url with a password":    {"url", func(i *calendar.Invite) { i.URL = "https://me:secret@a.example/" }},
		"endless url":            {"url", func(i *calendar.Invite) { i.URL = "https://a.example/" + strings.Repeat("a", 2000) }},
		"join url with a space":  {"join_url", func(i *calendar.Invite) { i.JoinURL = "https://a.example/ x" }},
		"address with a newline": {"attendee.email", func(i *calendar.Invite) { i.Attendee.Email = "a@b.example\r\nX:y" }},
		"address without domain": {"attendee.email", func(i *calendar.Invite) { i.Attendee.Email = "a@" }},
		"two addresses":          {"attendee.email", func(i *calendar.Invite) { i.Attendee.Email = "a@b.example,c@d.example" }},
		"no organiser":           {"organizer.email", func(i *calendar.Invite) { i.Organizer.Email = "" }},
		"invites itself":         {"attendee.email", func(i *calendar.Invite) { i.Attendee.Email = "Hello@Events.example.org" }},
		"abbreviated zone":       {"zone", func(i *calendar.Invite) { i.Zone = "BST" }},
		"offset as zone":         {"zone", func(i *calendar.Invite) { i.Zone = "GMT+1" }},
		"zone of the machine":    {"zone", func(i *calendar.Invite) { i.Zone = "Local" }},
		"unknown zone":           {"zone", func(i *calendar.Invite) { i.Zone = "Europe/Atlantis" }},
		"zone with a path":       {"zone", func(i *calendar.Invite) { i.Zone = "../Europe/London" }},
		"end at start":           {"end", func(i *calendar.Invite) { i.End = i.Start }},
		"end within the second":  {"end", func(i *calendar.Invite) { i.End = i.Start.Add(time.Millisecond) }},
		"all day without a day":  {"end", func(i *calendar.Invite) { i.AllDay = true }},
		"no start":               {"start", func(i *calendar.Invite) { i.Start = time.Time{} }},
		"blank title":            {"summary", func(i *calendar.Invite) { i.Summary = " \x00\n" }},
		"uid with a newline":     {"uid", func(i *calendar.Invite) { i.UID = "a\nb" }},
		"no uid":                 {"uid", func(i *calendar.Invite) { i.UID = "" }},
		"negative version":       {"sequence", func(i *calendar.Invite) { i.Sequence = -1 }},
		"no stamp":               {"stamp", func(i *calendar.Invite) { i.Stamp = time.Time{} }},
		"unknown status":         {"status", func(i *calendar.Invite) { i.Status = "BANANA" }},
		"request for cancelled":  {"status", func(i *calendar.Invite) { i.Status = calendar.Cancelled }},
		"unknown answer":         {"partstat", func(i *calendar.Invite) { i.PartStat = "X;Y" }},
		"unknown method":         {"method", func(i *calendar.Invite) { i.Method = "PUBLISH" }},
		"first version cancels":  {"sequence", func(i *calendar.Invite) { i.Method = calendar.Cancel }},
		"beyond the pole":        {"geo", func(i *calendar.Invite) { i.Geo = &calendar.Geo{Latitude: 91} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := invitation()
			c.spoil(&i)
			b, err := calendar.Build(i)
			f, ok := fault.As(err)
			if !ok || b != nil || len(f.Fields) != 1 || f.Fields[0].Path != c.path {
				t.Errorf("got %q, %v; want a fault for %s", b, err, c.path)
			}
		})
	}
}

// Scenario 4.
func TestBuild_LongForeignTextRoundTrips(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"line ends":  {"one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"},
		"controls":   {"a\x00b\tc\x1bd\x7fe\u0085f\u2028g", "ab cde\nf\ng"},
		"escapes":    {`a,b;c\d\n "e" : f`, `a,b;c\d\n "e" : f`},
		"emoji":      {strings.Repeat("👩🏽‍🔬", 100), strings.Repeat("👩🏽‍🔬", 100)},
		"2000 runes": {strings.Repeat("漢字", 1000), strings.Repeat("漢字", 1000)},
		"no spaces":  {strings.Repeat("x", 3000), strings.Repeat("x", 3000)},
		"composed":   {"Sia\u0302n", "Siân"},
		"too long":   {strings.Repeat("ab", 3000), strings.Repeat("ab", 1999) + "a\u2026"},
		"not utf-8":  {"a\xffb", "a\uFFFDb"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := invitation()
			i.JoinURL, i.Location, i.Description = "", "Online", c.in
			b := mustBuild(t, i)
			for _, l := range strings.Split(strings.TrimSuffix(string(b), "\r\n"), "\r\n") {
				if len(l) > 75 {
					t.Errorf("line of %d octets: %q", len(l), l)
				}
			}
			if got := text(t, event(t, b), "DESCRIPTION"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestBuild_JoinLinkIsWherePeopleLook(t *testing.T) {
	t.Parallel()
	i := invitation()
	i.Description = strings.Repeat("word ", 2000)
	e := event(t, mustBuild(t, i))
	if got := text(t, e, "DESCRIPTION"); !slices.Contains(strings.Split(got, "\n"), i.JoinURL) {
		t.Errorf("no line of the description is the link: …%q", got[len(got)-100:])
	}
	if got := text(t, e, "LOCATION"); got != i.JoinURL {
		t.Errorf("location %q", got)
	}

	i.Description = "Come in at " + i.JoinURL
	if got := text(t, event(t, mustBuild(t, i)), "DESCRIPTION"); got != i.Description {
		t.Errorf("the link was added again: %q", got)
	}
}

// Scenario 8.
func TestBuild_SameVersionGivesSameBytes(t *testing.T) {
	t.Parallel()
	first := mustBuild(t, invitation())
	for range 20 {
		if diff := cmp.Diff(string(first), string(mustBuild(t, invitation()))); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestBuild_SecondOccurrenceOfAnHourIsUTC(t *testing.T) {
	t.Parallel()
	i := invitation()
	i.Start = time.Date(2026, 10, 25, 0, 45, 0, 0, time.UTC) // 01:45 BST
	i.End = time.Date(2026, 10, 25, 1, 15, 0, 0, time.UTC)   // 01:15 GMT, after the clocks went back
	b := mustBuild(t, i)
	if got := linesOf(b, "DTEND"); !slices.Equal(got, []string{"DTEND:20261025T011500Z"}) {
		t.Errorf("got %q", got)
	}
	if got := linesOf(b, "TZID"); len(got) != 0 {
		t.Errorf("a zone is defined that nothing uses: %q", got)
	}
}

func TestBuild_EncodesForeignAddresses(t *testing.T) {
	t.Parallel()
	i := invitation()
	i.Attendee.Email = "eléni&co@παράδειγμα.example"
	i.URL = "https://bücher.example/ä?q=a,b;c|d"
	e := event(t, mustBuild(t, i))
	if got, want := e.Props.Get("ATTENDEE").Value, "mailto:el%C3%A9ni%26co@xn--hxajbheg2az3al.example"; got != want {
		t.Errorf("address %q, want %q", got, want)
	}
	if got, want := e.Props.Get("URL").Value, "https://xn--bcher-kva.example/%C3%A4?q=a,b;c%7Cd"; got != want {
		t.Errorf("url %q, want %q", got, want)
	}
}

// Scenario 14.
func TestDownload_InvitesNobody(t *testing.T) {
	t.Parallel()
	b, err := calendar.Download([]calendar.Entry{webinar()})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "download.ics", b)
	if got := linesOf(b, "METHOD"); !slices.Equal(got, []string{"METHOD:PUBLISH"}) {
		t.Errorf("method %q", got)
	}
	if got := linesOf(b, "ATTENDEE"); len(got) != 0 {
		t.Errorf("it invites %q", got)
	}
	if strings.Contains(string(b), "/j/") {
		t.Error("it holds a personal link")
	}
}

// course is three sessions of one event; the second is in another zone.
func course() []calendar.Entry {
	var out []calendar.Entry
	for n, zone := range []string{"Europe/London", "America/New_York", "Europe/London"} {
		e := webinar()
		e.UID = fmt.Sprintf("session-%d@events.example.org", n+1)
		e.Summary = fmt.Sprintf("Regulation course, part %d", n+1)
		e.Zone, e.Start, e.End = zone, e.Start.AddDate(0, 0, 7*n), e.End.AddDate(0, 0, 7*n)
		out = append(out, e)
	}
	return out
}

// Scenario 19, as far as it concerns values.
func TestCourse_SessionsAreIndependent(t *testing.T) {
	t.Parallel()
	sessions := course()
	b, err := calendar.Download([]calendar.Entry{sessions[2], sessions[0], sessions[1]})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "course.ics", b)
	var uids []string
	for _, e := range decode(t, b).Events() {
		uids = append(uids, text(t, e, "UID"))
	}
	if want := []string{"session-1@events.example.org", "session-2@events.example.org", "session-3@events.example.org"}; !slices.Equal(uids, want) {
		t.Errorf("got %q, want %q", uids, want)
	}

	second := invitation()
	second.Entry = sessions[1]
	cancel := event(t, mustBuild(t, calendar.Withdraw(second, "", second.Stamp)))
	if got := text(t, cancel, "UID"); got != sessions[1].UID {
		t.Errorf("the cancellation is for %s", got)
	}
}

func TestDownload_RefusesTheSameSessionTwice(t *testing.T) {
	t.Parallel()
	if b, err := calendar.Download([]calendar.Entry{webinar(), webinar()}); !fault.Is(err, fault.InvalidInput) {
		t.Errorf("got %q, %v", b, err)
	}
	if b, err := calendar.Download(nil); !fault.Is(err, fault.InvalidInput) {
		t.Errorf("got %q, %v", b, err)
	}
}

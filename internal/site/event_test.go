package site

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file in testdata, or rewrites the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: -want +got:\n%s", name, diff)
	}
}

// details changes what is said about an event.
func details(change func(*catalog.Details)) testworld.EventOption {
	return func(in *catalog.CreateInput) { change(&in.Details) }
}

// which names an event's present version.
func which(e testworld.Event) catalog.Which {
	return catalog.Which{Org: e.Org, Event: e.ID, Version: e.Version}
}

func (b *bundle) page(t *testing.T, e testworld.Event) string {
	t.Helper()
	w := b.get(t, "/o/northern/"+e.Slug)
	if w.Code != http.StatusOK {
		t.Fatalf("the page of %s answered %d", e.Title, w.Code)
	}
	return body(t, w)
}

var (
	headOf = regexp.MustCompile(`(?s)<head>(.*)</head>`)
	built  = regexp.MustCompile(`\s*<(link rel="stylesheet"|script type="module")[^\n]*`) // names change with each build
	ldOf   = regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`)
)

// structuredOf is the page's JSON-LD, indented.
func structuredOf(t *testing.T, html string) string {
	t.Helper()
	m := ldOf.FindStringSubmatch(html)
	if m == nil {
		t.Fatal("the page has no JSON-LD")
	}
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(strings.TrimSpace(m[1])), "", "  "); err != nil {
		t.Fatalf("the JSON-LD is no JSON: %v", err)
	}
	return out.String() + "\n"
}

func TestEvent_HeadForSearchEnginesAndSharedLinks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.Event(testworld.Titled("AI Airlock “pilot”: call & launch"), testworld.Capacity(40), details(func(d *catalog.Details) {
		d.Mode, d.JoinAddress = catalog.Hybrid, "https://meet.example.org/secret-room"
		d.Address, d.Languages, d.Topic = "Millennium Square 1", "EN,CY", "regulation"
	}))
	html := b.page(t, e)
	head := headOf.FindStringSubmatch(html)[1]
	golden(t, "event-head.html", ldOf.ReplaceAllString(built.ReplaceAllString(head, ""), ""))
	golden(t, "event-hybrid.json", structuredOf(t, html))
	if strings.Contains(html, "secret-room") {
		t.Error("the page gives the meeting's address away")
	}
}

func TestEvent_StructuredDataByState(t *testing.T) {
	t.Parallel()
	b := setup(t)
	online := b.Event(testworld.Titled("Webinar"), testworld.Online("https://meet.example.org/1"), testworld.At("2026-07-01T10:00", "2026-07-01T11:00"),
		func(in *catalog.CreateInput) {
			in.When = catalog.When{StartsLocal: "2027-07-01", EndsLocal: "2027-07-02", Timezone: "Asia/Tokyo", AllDay: true}
		})
	golden(t, "event-all-day.json", structuredOf(t, b.page(t, online)))
	gone := b.Event(testworld.Titled("Gone"))
	if _, err := b.Events.Cancel(t.Context(), b.Owner, replay.Key{}, which(gone), "Ill."); err != nil {
		t.Fatal(err)
	}
	golden(t, "event-cancelled.json", structuredOf(t, b.page(t, gone)))
	full := b.Event(testworld.Titled("Full"), testworld.Capacity(1))
	b.Registered(full)
	for e, want := range map[string]string{
		b.page(t, full): "https://schema.org/SoldOut",
		b.page(t, b.Event(testworld.Titled("Few"), testworld.Capacity(3))): "https://schema.org/LimitedAvailability",
		b.page(t, b.Event(testworld.Titled("Many"))):                       "https://schema.org/InStock",
	} {
		if got := structuredOf(t, e); !strings.Contains(got, want) {
			t.Errorf("the offer is not %s: %s", want, got)
		}
	}
}

func TestEvent_SaysWhatCanBeHad(t *testing.T) {
	t.Parallel()
	b := setup(t)
	full := b.Event(testworld.Titled("Full"), testworld.Capacity(1))
	b.Registered(full)
	baskets := b.Event(testworld.Titled("Baskets"), testworld.Capacity(1))
	if _, err := b.Bookings.Hold(t.Context(), replay.Key{}, holdOf(baskets)); err != nil {
		t.Fatal(err)
	}
	soon := b.Event(testworld.Titled("Soon over"), testworld.At("2026-11-19T12:30", "2026-11-19T13:00"))
	late := b.Event(testworld.Titled("Late"), details(func(d *catalog.Details) { d.RegistrationClosesLocal = "2026-11-19T12:10" }))
	elsewhere := b.Event(testworld.Titled("Elsewhere"), details(func(d *catalog.Details) {
		d.RegistrationMode, d.Website = catalog.External, "https://conference.example.org/"
	}))
	closed := b.Event(testworld.Titled("Closed"))
	if _, err := b.Events.CloseSales(t.Context(), b.Owner, replay.Key{}, which(closed)); err != nil {
		t.Fatal(err)
	}
	gone := b.Event(testworld.Titled("Gone"))
	if _, err := b.Events.Cancel(t.Context(), b.Owner, replay.Key{}, which(gone), "The speaker is ill."); err != nil {
		t.Fatal(err)
	}
	later := b.Event(testworld.Titled("Later"))
	if _, err := b.Events.Postpone(t.Context(), b.Owner, replay.Key{}, which(later), "Rail strike."); err != nil {
		t.Fatal(err)
	}
	check := func(e testworld.Event, present []string, absent ...string) {
		t.Helper()
		html := b.page(t, e)
		for _, want := range present {
			if !strings.Contains(html, want) {
				t.Errorf("%s: lacks %q", e.Title, want)
			}
		}
		for _, no := range append(absent, "ZgotmplZ") {
			if strings.Contains(html, no) {
				t.Errorf("%s: has %q", e.Title, no)
			}
		}
	}
	register, hold := "/register?product=", "/hold"
	check(b.Event(testworld.Titled("Open")), []string{"Free", "Places left", register, "Registration closes"}, hold)
	check(b.Event(testworld.Titled("Few"), testworld.Capacity(4)), []string{"4 places left", `action="/o/northern/few/hold"`}, register)
	check(b.Event(testworld.Titled("Chosen"), testworld.ByApproval), []string{"By application", "Apply", "Applications close", register}, hold)
	check(full, []string{"Sold out"}, register, hold)
	check(baskets, []string{"All places are in baskets", "Look again in 20 minutes"}, "Sold out", register, hold)
	check(elsewhere, []string{`href="https://conference.example.org/"`, "Register on the event’s website"}, register, hold)
	check(closed, []string{"Registration is closed"}, register, hold)
	check(gone, []string{"This event is cancelled", "The speaker is ill."}, register, hold, "Add to calendar")
	check(later, []string{"This event is postponed", "Rail strike.", "New date to be announced"}, register, hold, "26 November", "Add to calendar")
	b.World.Clock.Advance(15 * 60e9)
	check(late, []string{"Registration is closed"}, register, hold)
	b.World.Clock.Advance(60 * 60e9)
	check(soon, []string{"This event is over"}, register, hold, "Add to calendar")
}

func TestEvent_AddressesThatDoNotLeadHere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	draft := b.Draft(testworld.Titled("Draft"))
	e := b.Event(testworld.Titled("Old name"))
	d := e.Details
	d.Slug = "new-name"
	if _, err := b.Events.Update(t.Context(), b.Owner, replay.Key{}, catalog.UpdateInput{
		Org: e.Org, Event: e.ID, Version: e.Version, Details: d, Fields: []string{"slug"},
	}); err != nil {
		t.Fatal(err)
	}
	hidden := b.Event(testworld.Titled("Hidden"), details(func(d *catalog.Details) { d.Visibility = catalog.Unlisted }))
	for path, want := range map[string]int{
		"/o/northern/" + draft.Slug:  404,
		"/o/northern/none":           404,
		"/o/none/new-name":           404,
		"/o/northern/new-name":       200,
		"/o/northern/old-name":       301,
		"/o/northern/" + hidden.Slug: 200,
	} {
		w := b.get(t, path)
		if w.Code != want {
			t.Errorf("%s answered %d, want %d", path, w.Code, want)
		}
		if want == 301 && w.Header().Get("Location") != "/o/northern/new-name" {
			t.Errorf("%s leads to %q", path, w.Header().Get("Location"))
		}
	}
	if html := b.page(t, hidden); !strings.Contains(html, `<meta name="robots" content="noindex">`) {
		t.Error("an unlisted event is offered to search engines")
	}
	for _, path := range []string{"/", "/o/northern", "/o/northern/events.ics", "/sitemap.xml"} {
		if strings.Contains(body(t, b.get(t, path)), "northern/hidden") {
			t.Errorf("%s lists an unlisted event", path)
		}
	}
}

// hostile is what a page must show as text, or not at all.
const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'><svg onload=alert(3)>`

func TestEvent_HostileTextStaysText(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.Event(details(func(d *catalog.Details) {
		d.Title, d.Summary, d.Venue, d.Topic = "T"+hostile, "S"+hostile, "V"+hostile, "P</script><script>alert(1)</script>"
		d.Description = "# D\n\n" + hostile + "\n\n[a](javascript:alert(4)) [b](data:text/html,x) [c](//evil.example) ![d](https://evil.example/pixel)\n\n" +
			"<style>*{display:none}</style>\n\n<a href=\"x\" style=\"position:fixed\">e</a> \u202eevil\u202c"
	}))
	for _, path := range []string{"/o/northern/" + e.Slug, "/o/northern", "/"} {
		html := body(t, b.get(t, path))
		page := built.ReplaceAllString(ldOf.ReplaceAllString(html, ""), "")
		for _, no := range []string{"<script", "<img", "<svg", "<style", "onerror=alert(2)>\"", "javascript:", "data:text", "evil.example", " style="} {
			if strings.Contains(page, no) {
				t.Errorf("%s has %q", path, no)
			}
		}
	}
	var ld struct{ Name string }
	if err := json.Unmarshal([]byte(structuredOf(t, b.page(t, e))), &ld); err != nil || ld.Name != "T"+hostile {
		t.Errorf("the JSON-LD says %q, %v", ld.Name, err)
	}
}

func TestEvent_LinksLeadOnlyToWebPages(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://example.org/": "https://example.org/", "HTTP://example.org": "HTTP://example.org",
		"javascript:alert(1)": "", "data:text/html,x": "", " https://example.org": "", "//example.org": "", "": "",
	} {
		if got := webLink(address); got != want {
			t.Errorf("webLink(%q) = %q", address, got)
		}
	}
}

func TestEvent_FileIsForEverybody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.Event(testworld.Titled("Webinar"), testworld.Online("https://meet.example.org/secret-room"))
	w := b.get(t, "/o/northern/"+e.Slug+"/event.ics")
	file := body(t, w)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/calendar; charset=utf-8" {
		t.Fatalf("answered %d as %s", w.Code, w.Header().Get("Content-Type"))
	}
	for _, want := range []string{"METHOD:PUBLISH\r\n", "SUMMARY:Webinar\r\n", "URL:https://events.example.org/o/northern/webinar\r\n", "STATUS:CONFIRMED\r\n"} {
		if !strings.Contains(file, want) {
			t.Errorf("the file lacks %q", want)
		}
	}
	for _, no := range []string{"secret-room", "ATTENDEE"} {
		if strings.Contains(file, no) {
			t.Errorf("the file has %q", no)
		}
	}
}

func TestEvent_ShareImageIsMadeOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.Event(testworld.Titled("Picture"))
	image := regexp.MustCompile(`property="og:image" content="https://events.example.org([^"]+)"`).FindStringSubmatch(b.page(t, e))[1]
	for range 2 {
		w := b.get(t, image)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/png" || !bytes.HasPrefix(w.Body.Bytes(), []byte("\x89PNG")) {
			t.Fatalf("%s answered %d as %s", image, w.Code, w.Header().Get("Content-Type"))
		}
	}
	b.get(t, "/o/northern/picture/share.png?v=attacker-made-1")
	if n := len(b.shares.kept); n != 1 {
		t.Errorf("%d pictures are kept, want 1", n)
	}
	if w := b.get(t, "/o/northern/none/share.png"); w.Code != http.StatusNotFound {
		t.Errorf("a picture of nothing answered %d", w.Code)
	}
}

func holdOf(e testworld.Event) booking.HoldInput {
	return booking.HoldInput{Org: e.Org, Event: e.ID, Product: e.Product, Quantity: 1}
}

// TestEvent_LinksLeadOn follows every link of the programme and of an event to
// a page of ours, as a browser without scripts does.
func TestEvent_LinksLeadOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.Event(testworld.Titled("Launch"))
	href := regexp.MustCompile(`href="(/[^"]*)"`)
	for _, path := range []string{"/", "/o/northern", "/o/northern/" + e.Slug, "/no/such/page"} {
		for _, m := range href.FindAllStringSubmatch(body(t, b.get(t, path)), -1) {
			target, err := url.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
			if err != nil {
				t.Fatal(err)
			}
			if w := b.get(t, target.String()); w.Code != http.StatusOK && w.Code != http.StatusSeeOther {
				t.Errorf("%s links to %s, which answers %d", path, target, w.Code)
			}
		}
	}
}

func TestTell_WritesAnAddressThatMailProgramsRead(t *testing.T) {
	t.Parallel()
	links := tell(`R&D "day" + lunch?`, "https://events.example.org/o/a/b")
	u, err := url.Parse(links.Mail)
	if err != nil || u.Scheme != "mailto" || strings.Contains(links.Mail, "+") {
		t.Fatalf("%s, %v", links.Mail, err)
	}
	want := "R&D \"day\" + lunch?\r\nhttps://events.example.org/o/a/b"
	if got := u.Query().Get("body"); got != want {
		t.Errorf("the mail says %q, want %q", got, want)
	}
}

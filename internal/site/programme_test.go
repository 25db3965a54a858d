package site

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/catalog"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
)

var cardTitle = regexp.MustCompile(`(?s)<h3 class="event-card__title"><a href="[^"]+">(.*?)</a>`)

// titles lists the events on a page, in order.
func titles(html string) []string {
	var out []string
	for _, m := range cardTitle.FindAllStringSubmatch(html, -1) {
		out = append(out, m[1])
	}
	return out
}

// topic sets the topic of an event.
func topic(word string) testworld.EventOption {
	return func(in *catalog.CreateInput) { in.Details.Topic = word }
}

func TestProgramme_FiltersAreInTheAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Event(testworld.Titled("Airlock"), testworld.Online("https://meet.example.org/1"), topic("regulation"), testworld.At("2026-11-20T10:00", "2026-11-20T11:00"))
	full := b.Event(testworld.Titled("Masterclass"), testworld.Capacity(1), topic("trade"), testworld.At("2026-12-03T10:00", "2026-12-03T11:00"))
	b.Registered(full)
	b.Event(testworld.Titled("Challenge"), testworld.ByApproval, testworld.At("2026-12-04T10:00", "2026-12-04T11:00"))
	b.Draft(testworld.Titled("Secret draft"))
	for query, want := range map[string][]string{
		"":                          {"Airlock", "Masterclass", "Challenge"},
		"?mode=online":              {"Airlock"},
		"?topic=trade":              {"Masterclass"},
		"?month=2026-12":            {"Masterclass", "Challenge"},
		"?country=United+Kingdom":   {"Airlock", "Masterclass", "Challenge"},
		"?q=airl":                   {"Airlock"},
		"?q=nothing+like+it":        nil,
		"?mode=nonsense&month=soon": {"Airlock", "Masterclass", "Challenge"},
		"?after=nonsense":           {"Airlock", "Masterclass", "Challenge"},
	} {
		for _, path := range []string{"/", "/o/northern"} {
			w := b.get(t, path+query)
			if diff := cmp.Diff(want, titles(body(t, w))); diff != "" || w.Code != http.StatusOK {
				t.Errorf("%s%s answered %d: -want +got:\n%s", path, query, w.Code, diff)
			}
		}
	}
	if got := titles(body(t, b.get(t, "/?places=1"))); len(got) == 0 || got[0] != "Airlock" || strings.Contains(strings.Join(got, " "), "Masterclass") {
		t.Errorf("with places left: %v", got)
	}
}

func TestProgramme_PagesByKeyset(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const events = 2*programmePage + 3
	var want []string
	for i := range events {
		title := "Event " + strconv.Itoa(100+i)
		want = append(want, title)
		day := testworld.Noon.AddDate(0, 0, 1+i/4).Format("2006-01-02")
		b.Event(testworld.Titled(title), testworld.At(day+"T10:00", day+"T11:00"))
	}
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`)
	var got []string
	path, pages := "/o/northern", 0
	for path != "" {
		html := body(t, b.get(t, path))
		got = append(got, titles(html)...)
		path = ""
		if m := next.FindStringSubmatch(html); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
		if pages++; pages > 5 {
			t.Fatal("the pages never end")
		}
	}
	if pages != 3 {
		t.Errorf("there were %d pages, want 3", pages)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestProgramme_SaysWhyItIsEmpty(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, want := range map[string]string{"/o/northern": "Nothing on the programme yet", "/o/northern?q=x": "No event matches"} {
		if html := body(t, b.get(t, path)); !strings.Contains(html, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
	if w := b.get(t, "/o/nobody"); w.Code != http.StatusNotFound {
		t.Errorf("an unknown organisation answered %d", w.Code)
	}
}

func TestProgramme_SearchWordsComeBackAsText(t *testing.T) {
	t.Parallel()
	b := setup(t)
	html := body(t, b.get(t, `/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&topic=%27%3B+DROP+TABLE+event%3B--`))
	if strings.Contains(html, "<script>alert") || !strings.Contains(html, "&lt;script&gt;alert(1)") {
		t.Error("the search words are not escaped")
	}
	if !strings.Contains(html, `content="noindex"`) {
		t.Error("a filtered list is offered to search engines")
	}
}

func TestProgramme_MarksWhatIsCancelledFullOrByApplication(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Event(testworld.Titled("Open"))
	full := b.Event(testworld.Titled("Full"), testworld.Capacity(1))
	b.Registered(full)
	b.Event(testworld.Titled("Chosen"), testworld.ByApproval)
	gone := b.Event(testworld.Titled("Gone"))
	if _, err := b.Events.Cancel(t.Context(), b.Owner, replay.Key{}, catalog.Which{Org: gone.Org, Event: gone.ID, Version: gone.Version}, "The speaker is ill."); err != nil {
		t.Fatal(err)
	}
	places := regexp.MustCompile(`(?s)event-card__title"><a[^>]*>([^<]*)<.*?class="places[^"]*">(?:<span[^>]*></span>)?([^<]*)<`)
	got := map[string]string{}
	for _, m := range places.FindAllStringSubmatch(body(t, b.get(t, "/")), -1) {
		got[m[1]] = m[2]
	}
	want := map[string]string{"Open": "Places left", "Full": "None left", "Chosen": "By application", "Gone": "Cancelled"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestProgramme_SaysWhatTicketsCostWhereSomeCanBeHad(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Event(testworld.Titled("Gratis"))
	sell(t, b.World, testworld.Titled("Summit"))
	b.Price(b.Event(testworld.Titled("Chosen"), testworld.ByApproval), 2400, money.GBP)
	full := b.Event(testworld.Titled("Full"), testworld.Capacity(1))
	b.Price(full, 2400, money.GBP)
	b.Basket(full, 1)
	gone := b.Event(testworld.Titled("Gone"))
	b.Price(gone, 2400, money.GBP)
	if _, err := b.Events.Cancel(t.Context(), b.Owner, replay.Key{}, catalog.Which{Org: gone.Org, Event: gone.ID, Version: gone.Version}, "The speaker is ill."); err != nil {
		t.Fatal(err)
	}
	card := regexp.MustCompile(`(?s)<article class="event-card.*?</article>`)
	price := regexp.MustCompile(`event-card__price">([^<]*)<`)
	got := map[string]string{}
	for _, c := range card.FindAllString(body(t, b.get(t, "/")), -1) {
		got[titles(c)[0]] = ""
		if m := price.FindStringSubmatch(c); m != nil {
			got[titles(c)[0]] = m[1]
		}
	}
	want := map[string]string{"Gratis": "Free", "Summit": "£96.00", "Chosen": "£24.00", "Full": "", "Gone": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSpanWords_AreShort(t *testing.T) {
	t.Parallel()
	pounds := func(n int64) money.Amount { return money.New(n*100, money.GBP) }
	for want, span := range map[string]inventory.PriceSpan{
		"Free":              {},
		"£24.00":            {Least: pounds(24), Most: pounds(24)},
		"From £24.00":       {Least: pounds(24), Most: pounds(90)},
		"Free and paid":     {Least: pounds(0), Most: pounds(90)},
		"From £5.00":        {Least: pounds(5), Most: pounds(5), Open: true},
		"Pay what you want": {Least: pounds(0), Most: pounds(0), Open: true},
	} {
		if got := spanWords(span); got != want {
			t.Errorf("%+v is %q, want %q", span, got, want)
		}
	}
}

func TestProgramme_IsKeptForItsShortLifeOnly(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.PageLife = 2e9 })
	b.get(t, "/o/northern")
	b.Event(testworld.Titled("Fresh"))
	if got := titles(body(t, b.get(t, "/o/northern"))); len(got) != 0 {
		t.Errorf("within its life the page changed to %v", got)
	}
	if got := titles(body(t, b.get(t, "/o/northern", "Cookie", b.signedIn(t, b.Owner)))); len(got) != 1 {
		t.Errorf("the organiser who published it sees %v", got)
	}
	b.World.Clock.Advance(2e9)
	w := b.get(t, "/o/northern")
	if got := titles(body(t, w)); len(got) != 1 {
		t.Errorf("after its life the page shows %v", got)
	}
	if w := b.get(t, "/o/northern", "If-None-Match", w.Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("a browser that has the page got %d", w.Code)
	}
}

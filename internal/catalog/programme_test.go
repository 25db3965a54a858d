package catalog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/account"
	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// listing is a world with a few published events, told apart by their titles.
func listing(t testing.TB) *world {
	w := setup(t)
	stock := inventory.New(w.db)
	w.events.StockTx = func(ctx context.Context, tx *pg.Tx, a account.Actor, e catalog.Event, places int) error {
		if places == 7 { // this one is left without a pool
			return nil
		}
		return stock.StockTx(ctx, tx, a, e.Org, e.ID, places, e.Mode.HasRoom(), e.Mode.HasJoinPage())
	}
	other := w.organisation("other", "Ælfric Académie")
	for _, c := range []struct {
		title  string
		change func(*catalog.CreateInput)
	}{
		{"Past", func(in *catalog.CreateInput) {
			in.When.StartsLocal, in.When.EndsLocal = "2026-11-02T10:00", "2026-11-02T11:00"
		}},
		{"Running", func(in *catalog.CreateInput) {
			in.When.StartsLocal, in.When.EndsLocal = "2026-11-23T11:00", "2026-11-23T13:00"
		}},
		{"Launch", func(in *catalog.CreateInput) { in.Details.Summary = "Künstliche Intelligenz" }},
		{"Expo", func(in *catalog.CreateInput) {
			in.Details.Mode, in.Details.Venue, in.Details.City, in.Details.Country = catalog.InPerson, "Principality Stadium", "Cardiff", "Wales"
			in.When = catalog.When{StartsLocal: "2026-11-30", EndsLocal: "2026-12-01", Timezone: "Europe/London", AllDay: true}
			in.Details.Topic = "trade"
		}},
		{"Hybrid", func(in *catalog.CreateInput) {
			in.Details.Mode, in.Details.Country, in.Details.Topic = catalog.Hybrid, "Japan", "trade"
			in.When = catalog.When{StartsLocal: "2027-01-01T08:00", EndsLocal: "2027-01-01T20:00", Timezone: "Asia/Tokyo"}
		}},
		{"Elsewhere", func(in *catalog.CreateInput) {
			in.Details.RegistrationMode, in.Details.Website = catalog.External, "https://example.org"
		}},
		{"Poolless", func(in *catalog.CreateInput) { in.Places = 7 }},
		{"Closed", func(in *catalog.CreateInput) { in.Details.RegistrationClosesLocal = "2026-11-22" }},
		{"Foreign", func(in *catalog.CreateInput) { in.Org = other }},
		{"Unlisted", func(in *catalog.CreateInput) { in.Details.Visibility = catalog.Unlisted }},
	} {
		w.publish(w.create(func(in *catalog.CreateInput) {
			in.Details.Title = c.title
			c.change(in)
		}))
	}
	w.create(func(in *catalog.CreateInput) { in.Details.Title = "Draft" })
	return w
}

func (w *world) programme(f catalog.Filter) []string {
	w.t.Helper()
	list, next, err := w.events.Programme(w.ctx, f, catalog.Page{})
	w.must(err)
	if next != nil {
		w.t.Errorf("a short list has another page")
	}
	out := []string{}
	for _, e := range list {
		out = append(out, e.Title)
	}
	return out
}

func TestProgramme_Filters(t *testing.T) {
	t.Parallel()
	w := listing(t)
	thursday := []string{"Launch", "Elsewhere", "Poolless", "Closed", "Foreign"} // all start together; ids decide
	all := append(append([]string{"Running"}, thursday...), "Expo", "Hybrid")
	for _, c := range []struct {
		name string
		f    catalog.Filter
		want []string
	}{
		{"nothing", catalog.Filter{}, all},
		{"past too", catalog.Filter{IncludePast: true}, append([]string{"Past"}, all...)},
		{"one organisation", catalog.Filter{OrgSlug: "other"}, []string{"Foreign"}},
		{"no such organisation", catalog.Filter{OrgSlug: "nobody"}, []string{}},
		{"mode", catalog.Filter{Mode: catalog.InPerson}, []string{"Expo"}},
		{"topic", catalog.Filter{Topic: "trade"}, []string{"Expo", "Hybrid"}},
		{"country", catalog.Filter{Country: "Japan"}, []string{"Hybrid"}},
		{"the month of its first day", catalog.Filter{Month: "2026-11", Topic: "trade"}, []string{"Expo"}},
		{"the month of its last day", catalog.Filter{Month: "2026-12"}, []string{"Expo"}},
		{"the month on its own calendar", catalog.Filter{Month: "2027-01"}, []string{"Hybrid"}},
		{"a month without any", catalog.Filter{Month: "2027-02"}, []string{}},
		{"places left", catalog.Filter{PlacesLeft: true}, []string{"Running", "Launch", "Foreign", "Expo", "Hybrid"}},
		{"a word of the title", catalog.Filter{Query: "expo"}, []string{"Expo"}},
		{"the beginning of a word, without its accent", catalog.Filter{Query: "kunst"}, []string{"Launch"}},
		{"a word with an accent that is not there", catalog.Filter{Query: "cárdiff"}, []string{"Expo"}},
		{"words in any order", catalog.Filter{Query: "wales principality"}, []string{"Expo"}},
		{"the middle of a word", catalog.Filter{Query: "xpo"}, []string{}},
		{"the organisation's name", catalog.Filter{Query: "aelfric acad"}, []string{"Foreign"}},
		{"spaces alone", catalog.Filter{Query: "  ", Topic: "trade"}, []string{"Expo", "Hybrid"}},
		{"signs alone", catalog.Filter{Query: "%_!&|"}, []string{}},
		{"several at once", catalog.Filter{OrgSlug: "bioriver", Query: "hyb", Mode: catalog.Hybrid, Topic: "trade", Country: "Japan", Month: "2027-01", PlacesLeft: true}, []string{"Hybrid"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, w.programme(c.f)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	_, _, err := w.events.Programme(w.ctx, catalog.Filter{Month: "2026-13"}, catalog.Page{})
	if got := refused(t, err, fault.InvalidInput); !cmp.Equal(got, []string{"month string.pattern"}) {
		t.Errorf("month 13 is refused with %v", got)
	}
}

// Signs that mean something to SQL, LIKE or to_tsquery mean nothing in a filter.
func TestProgramme_TakesFiltersLiterally(t *testing.T) {
	t.Parallel()
	w := listing(t)
	for _, evil := range []string{
		`' OR '1'='1`, `'; DROP TABLE event; --`, `%`, `_`, `\`, `launch' & '`, `launch:*`, `!launch`, `launch | expo`,
		`(launch`, `<->`, `$1`, `@now`, `@words`, `"launch"`, "launch\u0000", "launch\xff", `launch\`,
	} {
		for _, f := range []catalog.Filter{{Topic: evil}, {Country: evil}, {OrgSlug: evil}} {
			if got := w.programme(f); len(got) > 0 {
				t.Errorf("%+v found %v", f, got)
			}
		}
		got := w.programme(catalog.Filter{Query: evil})
		if want := strings.Contains(evil, "launch") && !strings.Contains(evil, "expo"); (len(got) == 1 && got[0] == "Launch") != want {
			t.Errorf("query %q found %v", evil, got)
		}
	}
}

func TestProgramme_Pages(t *testing.T) {
	t.Parallel()
	w := listing(t)
	want := w.programme(catalog.Filter{})
	for size := 1; size <= len(want)+1; size++ {
		var got []string
		page := catalog.Page{Size: size}
		for {
			list, next, err := w.events.Programme(w.ctx, catalog.Filter{}, page)
			w.must(err)
			for _, e := range list {
				got = append(got, e.Title)
			}
			if next == nil {
				break
			}
			if len(list) != size {
				t.Fatalf("a page of %d holds %d", size, len(list))
			}
			page.After = next
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %d (-want +got):\n%s", size, diff)
		}
	}
}

// An event that appears or goes while somebody turns the pages neither repeats
// nor hides another one.
func TestProgramme_PagesStandStillWhileEventsChange(t *testing.T) {
	t.Parallel()
	w := listing(t)
	want := w.programme(catalog.Filter{})
	first, next, err := w.events.Programme(w.ctx, catalog.Filter{}, catalog.Page{Size: 3})
	w.must(err)
	_, err = w.events.Postpone(w.ctx, w.actor, replay.Key{}, which(first[0].Event), "Strikes")
	w.must(err)
	rest, _, err := w.events.Programme(w.ctx, catalog.Filter{}, catalog.Page{After: next})
	w.must(err)
	var got []string
	for _, e := range slices.Concat(first, rest) {
		got = append(got, e.Title)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProgramme_ShowsStatesAsTheyAre(t *testing.T) {
	t.Parallel()
	w := setup(t)
	shown := map[catalog.State]bool{
		catalog.StatePublished: true, catalog.StateSalesClosed: true, catalog.StateCancelled: true, catalog.StateEnded: true,
	}
	byAddress := map[catalog.State]bool{catalog.StatePostponed: true}
	for _, state := range []catalog.State{
		catalog.StateDraft, catalog.StatePublished, catalog.StateSalesClosed, catalog.StatePostponed,
		catalog.StateCancelled, catalog.StateEnded, catalog.StateArchived,
	} {
		e := w.bring(state)
		list, _, err := w.events.Programme(w.ctx, catalog.Filter{IncludePast: true}, catalog.Page{})
		w.must(err)
		at := slices.IndexFunc(list, func(l catalog.Listed) bool { return l.ID == e.ID })
		if (at >= 0) != shown[state] || at >= 0 && list[at].State != state {
			t.Errorf("an event that is %s is listed: %v", state, at >= 0)
		}
		got, err := w.events.PublicEvent(w.ctx, "bioriver", e.Slug)
		if want := shown[state] || byAddress[state]; (err == nil) != want || want && got.State != state {
			t.Errorf("an event that is %s by its address: %s, %v", state, got.State, err)
		}
		if err != nil {
			refused(t, err, fault.NoSuchThing)
		}
	}
}

func TestPublic_NeverTellsTheMeetingAddress(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.publish(w.create())
	e, err := w.updateSession(e, 0, func(in *catalog.SessionInput) { in.Details.JoinAddress = "https://meet.example.org/second" })
	w.must(err)
	var byID catalog.PublicEvent
	w.must(w.db.InTx(w.ctx, func(tx *pg.Tx) error {
		byID, err = w.events.PublicEventByIDTx(w.ctx, tx, e.Org, e.ID)
		return err
	}))
	bySlug, err := w.events.PublicEvent(w.ctx, "bioriver", e.Slug)
	w.must(err)
	list, _, err := w.events.Programme(w.ctx, catalog.Filter{}, catalog.Page{})
	w.must(err)
	for _, v := range []any{byID, bySlug, list} {
		raw, err := json.Marshal(v)
		w.must(err)
		if strings.Contains(string(raw), "meet.example.org") {
			t.Errorf("%T tells the address: %s", v, raw)
		}
	}
	if bySlug.Description != e.Description || len(bySlug.Sessions) != 1 || bySlug.OrgName != "BioRiver" {
		t.Errorf("the page lacks something: %+v", bySlug)
	}
}

func TestPublicEvent_OfAnUnknownAddressIsNotFound(t *testing.T) {
	t.Parallel()
	w := listing(t)
	for _, c := range [][2]string{{"bioriver", "nothing"}, {"nobody", "launch"}, {"other", "launch"}, {"bioriver", "draft"}, {"", ""}, {"bioriver", "launch\x00"}, {"bioriver", "\xff"}} {
		_, err := w.events.PublicEvent(w.ctx, c[0], c[1])
		refused(t, err, fault.NoSuchThing)
	}
	if e, err := w.events.PublicEvent(w.ctx, "bioriver", "unlisted"); err != nil || e.Title != "Unlisted" {
		t.Errorf("an unlisted event is not found by its address: %v", err)
	}
}

func TestFacets_CountWhatTheProgrammeShows(t *testing.T) {
	t.Parallel()
	w := listing(t)
	got, err := w.events.Facets(w.ctx, "", false)
	w.must(err)
	want := catalog.Facets{
		Topics:    []catalog.Facet{{Value: "digital-health", Count: 6}, {Value: "trade", Count: 2}},
		Countries: []catalog.Facet{{Value: "Japan", Count: 1}, {Value: "Wales", Count: 1}},
		Months:    []catalog.Facet{{Value: "2026-11", Count: 7}, {Value: "2026-12", Count: 1}, {Value: "2027-01", Count: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, m := range want.Months {
		if n := len(w.programme(catalog.Filter{Month: m.Value})); n != m.Count {
			t.Errorf("%s counts %d and lists %d", m.Value, m.Count, n)
		}
	}
	past, err := w.events.Facets(w.ctx, "bioriver", true)
	w.must(err)
	if past.Topics[0].Count != 6 { // with the past one, without the other organisation's
		t.Errorf("got %v", past.Topics)
	}
}

func TestFacets_SpellingsThatDifferInCaseAreOne(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, topic := range []string{"Genomics", "genomics", "Genomics", "GENOMICS", "Trade"} {
		w.publish(w.create(func(in *catalog.CreateInput) { in.Details.Topic = topic }))
	}
	f, err := w.events.Facets(w.ctx, "bioriver", false)
	w.must(err)
	if diff := cmp.Diff([]catalog.Facet{{Value: "Genomics", Count: 4}, {Value: "Trade", Count: 1}}, f.Topics); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, spelt := range []string{"Genomics", "genomics", "gENOMICS"} {
		if n := len(w.programme(catalog.Filter{Topic: spelt})); n != 4 {
			t.Errorf("%s lists %d, want 4", spelt, n)
		}
	}
}

func TestFacets_KnowOfAChangeAtOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for want := 1; want <= 3; want++ {
		w.publish(w.create())
		f, err := w.events.Facets(w.ctx, "bioriver", false)
		w.must(err)
		if len(f.Topics) != 1 || f.Topics[0].Count != want {
			t.Errorf("got %v, want %d", f.Topics, want)
		}
	}
}

func TestRenamedTx_FindsEventsByTheNewName(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.publish(w.create())
	accounts := account.New(w.db, account.Options{Clock: w.clock.Now})
	accounts.RenamedTx = w.events.RenamedTx
	o, err := accounts.Organisation(w.ctx, w.org)
	w.must(err)
	o.Name = "Medilink"
	_, err = accounts.UpdateOrganisation(w.ctx, w.actor, replay.Key{}, w.org, o.Version, o.OrganisationDetails)
	w.must(err)
	if got := w.programme(catalog.Filter{Query: "medilink"}); len(got) != 1 {
		t.Errorf("found %v by the new name", got)
	}
	if got := w.programme(catalog.Filter{Query: "bioriver"}); len(got) != 0 {
		t.Errorf("found %v by the old name", got)
	}
}

func TestList_Filters(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ids := map[catalog.State]uid.Event{}
	for _, state := range []catalog.State{
		catalog.StateDraft, catalog.StatePublished, catalog.StateSalesClosed, catalog.StatePostponed,
		catalog.StateCancelled, catalog.StateEnded, catalog.StateArchived,
	} {
		ids[state] = w.bring(state).ID
	}
	// Three weeks on, everything that had a date is over.
	for _, later := range []bool{false, true} {
		if later {
			w.clock.Advance(instant(t, "2026-12-14T12:00:00Z").Sub(noon))
		}
		for _, c := range []struct {
			f           catalog.ListFilter
			now, after3 []catalog.State // by what they were created as
		}{
			{catalog.ListFilter{}, []catalog.State{"draft", "published", "sales_closed", "postponed", "cancelled"}, []catalog.State{"postponed"}},
			{catalog.ListFilter{Past: true}, []catalog.State{"ended"}, []catalog.State{"cancelled", "sales_closed", "published", "draft", "ended"}},
			{catalog.ListFilter{State: catalog.StateDraft}, []catalog.State{"draft"}, nil},
			{catalog.ListFilter{State: catalog.StatePublished}, []catalog.State{"published"}, nil},
			{catalog.ListFilter{State: catalog.StateSalesClosed}, []catalog.State{"sales_closed"}, nil},
			{catalog.ListFilter{State: catalog.StatePostponed}, []catalog.State{"postponed"}, []catalog.State{"postponed"}},
			{catalog.ListFilter{State: catalog.StateCancelled}, []catalog.State{"cancelled"}, []catalog.State{"cancelled"}},
			{catalog.ListFilter{State: catalog.StateEnded}, []catalog.State{"ended"}, []catalog.State{"ended", "published", "sales_closed"}},
			{catalog.ListFilter{State: catalog.StateArchived}, []catalog.State{"archived"}, []catalog.State{"archived"}},
			{catalog.ListFilter{Query: "nothing like it"}, nil, nil},
			{catalog.ListFilter{Only: []uid.Event{ids["draft"], ids["archived"]}}, []catalog.State{"draft"}, nil},
		} {
			t.Run(fmt.Sprintf("later=%v/%+v", later, c.f), func(t *testing.T) {
				c.f.Org = w.org
				list, _, err := w.events.List(w.ctx, c.f, catalog.Page{})
				w.must(err)
				var got []catalog.State
				for _, e := range list {
					for s, id := range ids {
						if id == e.ID {
							got = append(got, s)
						}
					}
				}
				want := c.now
				if later {
					want = c.after3
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestList_PagesBothWays(t *testing.T) {
	t.Parallel()
	w := listing(t)
	for _, past := range []bool{false, true} {
		if past {
			w.clock.Advance(instant(t, "2028-01-01T00:00:00Z").Sub(noon))
		}
		f := catalog.ListFilter{Org: w.org, Past: past}
		whole, _, err := w.events.List(w.ctx, f, catalog.Page{})
		w.must(err)
		var got []catalog.Event
		for page := (catalog.Page{Size: 2}); ; {
			list, next, err := w.events.List(w.ctx, f, page)
			w.must(err)
			got = append(got, list...)
			if page.After = next; next == nil {
				break
			}
		}
		if diff := cmp.Diff(whole, got); diff != "" || len(whole) < 8 {
			t.Errorf("past %v: %d events (-whole +paged):\n%s", past, len(whole), diff)
		}
	}
}

package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
)

const header = "external_id,title,mode,starts_on,ends_on,timezone,city,country,languages,topic,url,code_of_conduct_url,call_url,call_closes_on\n"

// conference is a good row; the replacer changes cells.
func conference(id string, change ...string) string {
	row := id + ",GopherCon Cymru,in_person,2027-05-03,2027-05-05,Europe/London,Cardiff,U.K.,\"EN,CY\",go," +
		"https://gopher.example.org,https://gopher.example.org/coc,https://gopher.example.org/cfp,2027-01-31\n"
	return strings.NewReplacer(change...).Replace(row)
}

func (w *world) importing(csv string, change ...func(*catalog.ImportInput)) (catalog.ImportReport, error) {
	w.t.Helper()
	file, err := catalog.ParseImport(strings.NewReader(csv))
	if err != nil {
		return catalog.ImportReport{}, err
	}
	in := catalog.ImportInput{Org: w.org, File: file, Publish: true}
	for _, f := range change {
		f(&in)
	}
	return w.events.Import(w.ctx, w.actor, replay.Key{}, in)
}

func (w *world) imported(csv string, change ...func(*catalog.ImportInput)) catalog.ImportReport {
	w.t.Helper()
	r, err := w.importing(csv, change...)
	w.must(err)
	return r
}

// byExternalID reads an event that an import made.
func (w *world) byExternalID(id string) catalog.Event {
	w.t.Helper()
	var e catalog.Event
	w.must(w.db.Pool().QueryRow(w.ctx, `SELECT org_id, id FROM event WHERE external_id = @id`, pgx.StrictNamedArgs{"id": id}).
		Scan(&e.Org, &e.ID))
	e, err := w.events.Get(w.ctx, e.Org, e.ID)
	w.must(err)
	return e
}

// say puts a report into few words: "2 created", "3 refused column: message".
func say(r catalog.ImportReport) []string {
	out := []string{}
	for _, row := range r.Rows {
		line := fmt.Sprintf("%d %s", row.Line, row.Outcome)
		for _, p := range row.Problems {
			line += fmt.Sprintf(" [%s: %s]", p.Column, p.Message)
		}
		if len(row.Changed) > 0 {
			line += " " + strings.Join(row.Changed, ",")
		}
		out = append(out, line)
	}
	return out
}

func TestImport_CreatesAllDayEvents(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := w.imported(header + conference("gc-27"))
	if diff := cmp.Diff([]string{"2 created"}, say(r)); diff != "" || !r.Written || r.Created != 1 {
		t.Fatalf("got %+v", r)
	}
	e := w.byExternalID("gc-27")
	want := catalog.Details{
		Title: "GopherCon Cymru", Slug: "gophercon-cymru", Mode: catalog.InPerson, City: "Cardiff", Country: "U.K.",
		JoinOpensMinutes: 15, Topic: "go", Languages: "EN,CY", Website: "https://gopher.example.org",
		CodeOfConductURL: "https://gopher.example.org/coc", CallURL: "https://gopher.example.org/cfp", CallClosesOn: "2027-01-31",
		Visibility: catalog.Public, RegistrationMode: catalog.External,
	}
	if diff := cmp.Diff(want, e.Details); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	when := catalog.When{StartsLocal: "2027-05-03", EndsLocal: "2027-05-05", Timezone: "Europe/London", AllDay: true}
	if diff := cmp.Diff(when, e.When()); diff != "" || e.State != catalog.StatePublished || len(e.Sessions) != 1 {
		t.Errorf("state %s, %d sessions (-want +got):\n%s", e.State, len(e.Sessions), diff)
	}
	if got := w.programme(catalog.Filter{Query: "gopher card"}); !cmp.Equal(got, []string{"GopherCon Cymru"}) {
		t.Errorf("the programme has %v", got)
	}
	if got := w.kinds(e.ID); !cmp.Equal(got, []string{catalog.FactPublished}) {
		t.Errorf("got facts %v", got)
	}
}

func TestImport_MakesDraftsUnlessToldToPublish(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(header+conference("a"), func(in *catalog.ImportInput) { in.Publish = false })
	e := w.byExternalID("a")
	if e.State != catalog.StateDraft || e.PublishedAt != nil || len(w.kinds(e.ID)) > 0 {
		t.Errorf("it is %s, facts %v", e.State, w.kinds(e.ID))
	}
}

func TestImport_AgainChangesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	file := header + conference("a") + conference("b", "https://gopher.example.org,", "gopher.example.org/wo rk?q=ü|,") +
		conference("c", "in_person", "online", "Cardiff", "", "U.K.", "", "https://gopher.example.org,", ",")
	w.imported(file)
	entries, facts, before := w.count("audit_entry"), w.count("fact"), w.byExternalID("b")
	r := w.imported(file)
	if diff := cmp.Diff([]string{"2 unchanged", "3 unchanged", "4 unchanged"}, say(r)); diff != "" || r.Written || r.Unchanged != 3 {
		t.Errorf("got %+v", r)
	}
	if w.count("audit_entry") != entries || w.count("fact") != facts {
		t.Error("the second run left audit entries or facts")
	}
	w.unchanged(before)
	if before.Website != "https://gopher.example.org/wo%20rk?q=%C3%BC%7C" {
		t.Errorf("the address became %q", before.Website)
	}
	if c := w.byExternalID("c"); c.RegistrationMode != catalog.Open {
		t.Errorf("without a site of its own, registration is %s", c.RegistrationMode)
	}
}

func TestImport_UpdatesWhatDiffers(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(header + conference("a") + conference("b"))
	old := w.byExternalID("a")
	r := w.imported(header + conference("a", "Cardiff", "Swansea", "go,", "golang,") + conference("b"))
	if diff := cmp.Diff([]string{"2 updated city,topic", "3 unchanged"}, say(r)); diff != "" || r.Updated != 1 {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e := w.byExternalID("a")
	if e.City != "Swansea" || e.Topic != "golang" || e.Version != old.Version+1 || e.Slug != old.Slug {
		t.Errorf("got %+v", e)
	}
	facts := w.facts(e.ID)
	want := `{"changed": ["place", "topic"], "notify": true, "before": {"city": "Cardiff", "topic": "go"}}`
	if len(facts) != 2 || facts[1].Kind != catalog.FactChanged {
		t.Fatalf("got facts %v", facts)
	}
	if diff := cmp.Diff(decode(t, want), decode(t, string(facts[1].Detail))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestImport_MovesEventsWithTheirFacts(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(header + conference("a"))
	r := w.imported(header + conference("a", "2027-05-03", "2027-06-07", "2027-05-05", "2027-06-08", "Europe/London", "Europe/Paris"))
	if diff := cmp.Diff([]string{"2 updated starts_on,ends_on,timezone"}, say(r)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	e := w.byExternalID("a")
	if e.StartsAt != instant(t, "2027-06-06T22:00:00Z") || e.EndsAt != instant(t, "2027-06-08T22:00:00Z") || e.Sessions[0].Version != 2 {
		t.Errorf("got %s to %s", e.StartsAt, e.EndsAt)
	}
	facts := w.facts(e.ID)
	if len(facts) != 2 || facts[1].Kind != catalog.FactMoved {
		t.Fatalf("got facts %v", facts)
	}
	want := `{"note": "", "before": {"starts_at": "2027-05-02T23:00:00Z", "ends_at": "2027-05-05T23:00:00Z", "timezone": "Europe/London"}}`
	if diff := cmp.Diff(decode(t, want), decode(t, string(facts[1].Detail))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Organisers refine what was imported; a later import respects what the file
// cannot know.
func TestImport_KeepsWhatOrganisersAdded(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(header + conference("a") + conference("b"))
	timed := w.byExternalID("a")
	timed, err := w.update(timed, func(in *catalog.UpdateInput) {
		in.Details.Summary, in.Details.Venue, in.Details.RegistrationMode = "By hand", "Stadium", catalog.Open
	})
	w.must(err)
	timed, err = w.updateSession(timed, 0, func(in *catalog.SessionInput) {
		in.When = catalog.When{StartsLocal: "2027-05-03T09:00", EndsLocal: "2027-05-05T17:00", Timezone: "Europe/London"}
	})
	w.must(err)
	several := w.addSession(w.byExternalID("b"), "Dinner", "2027-05-04T19:00", "2027-05-04T23:00").Event

	r := w.imported(header + conference("a") + conference("b"))
	if diff := cmp.Diff([]string{"2 unchanged", "3 unchanged"}, say(r)); diff != "" {
		t.Errorf("the same file (-want +got):\n%s", diff)
	}
	w.unchanged(timed)
	w.unchanged(several)

	later := []string{"2027-05-03", "2027-05-04", "2027-05-05", "2027-05-07"}
	r = w.imported(header + conference("a", later...) + conference("b", later...))
	want := []string{
		"2 updated starts_on,ends_on",
		"3 refused [starts_on: is another day than here, where the event has several sessions; move it by hand]",
	}
	if diff := cmp.Diff(want, say(r)); diff != "" {
		t.Errorf("another day (-want +got):\n%s", diff)
	}
	got := w.byExternalID("a").When()
	if diff := cmp.Diff(catalog.When{StartsLocal: "2027-05-04T09:00", EndsLocal: "2027-05-07T17:00", Timezone: "Europe/London"}, got); diff != "" {
		t.Errorf("times of day (-want +got):\n%s", diff)
	}
	w.unchanged(several)
}

func TestImport_TouchesOnlyTheColumnsOfTheFile(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(header + conference("a"))
	r := w.imported("timezone,title,external_id,ends_on,starts_on,mode,price\nEurope/London,Gophers,a,2027-05-05,2027-05-03,in_person,7\n")
	if diff := cmp.Diff([]string{"2 updated title"}, say(r)); diff != "" || !cmp.Equal(r.Ignored, []string{"price"}) {
		t.Errorf("ignored %v (-want +got):\n%s", r.Ignored, diff)
	}
	if e := w.byExternalID("a"); e.City != "Cardiff" || e.Title != "Gophers" {
		t.Errorf("got %+v", e.Details)
	}
}

func TestImport_RefusesBadRowsByLineAndColumn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, c := range []struct{ name, row, want string }{
		{"date order", conference("x", "2027-05-03", "2027-05-06"), "[ends_on: is before the start]"},
		{"a day that does not exist", conference("x", "2027-05-03", "2027-02-29"), "[starts_on: must be a date that exists, such as 2026-11-26]"},
		{"another form of date", conference("x", "2027-05-03", "03/05/2027"), "[starts_on: must be a date that exists, such as 2026-11-26]"},
		{"unknown zone", conference("x", "Europe/London", "Europe/Londinium"),
			"[timezone: is not the name of a time zone, such as Europe/London; abbreviations say too little]"},
		{"missing title", conference("x", "GopherCon Cymru", " "), "[title: is empty]"},
		{"missing id", conference(""), "[external_id: is empty]"},
		{"missing zone", conference("x", "Europe/London", ""), "[timezone: is empty]"},
		{"unknown mode", conference("x", "in_person", "physical"), `[mode: is "physical"; it must be online, in_person or hybrid]`},
		{"bad address", conference("x", "https://gopher.example.org,", "javascript:alert(1),"), "[url: is not a web address, such as https://example.org]"},
		{"words as an address", conference("x", "https://gopher.example.org/coc", "see below"), "[code_of_conduct_url: is not a web address, such as https://example.org]"},
		{"another scheme", conference("x", "https://gopher.example.org/cfp", "ftp://gopher.example.org"), "[call_url: must begin with https://]"},
		{"languages in words", conference("x", `"EN,CY"`, "English"), "[languages: must be two-letter codes separated by commas, such as EN,FR]"},
		{"a call that closes on no day", conference("x", "2027-01-31", "soon"), "[call_closes_on: must be a date that exists, such as 2026-11-26]"},
		{"Latin-1", conference("x", "Cymru", "\xc9ire"), "[title: is not text in UTF-8]"},
		{"NUL", conference("x", "Cymru", "C\x00"), "[title: contains a line break or another control character]"},
		{"a line break in a cell", conference("x", "GopherCon Cymru", "\"Gopher\nCon\""), "[title: contains a line break or another control character]"},
		{"a long title", conference("x", "Cymru", strings.Repeat("y", 200)), "[title: has more than 200 characters]"},
		{"a very long cell", conference("x", "Cardiff", strings.Repeat("y", 2001)), "[city: has more than 2000 characters]"},
		{"too few cells", "x,Title,online\n", "[starts_on: is missing: the line has 3 cells where the header has 14]"},
		{"too many cells", conference("x", "2027-01-31", "2027-01-31,,"), "[: has 16 cells where the header has 14]"},
		{"a loose quote", conference("x", "GopherCon", `Gopher"Con`), "[: is not CSV at character 9: a quote stands in a cell that does not begin with one]"},
		{"two things at once", conference("x", "Europe/London", "BST", "in_person", "both"),
			`[mode: is "both"; it must be online, in_person or hybrid] [timezone: is not the name of a time zone, such as Europe/London; abbreviations say too little]`},
		{"an id that is there already", conference("good"), "[external_id: is the same as on line 2]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := header + conference("good") + c.row + conference("last")
			r := w.imported(file, func(in *catalog.ImportInput) { in.DryRun = true })
			if len(r.Rows) != 3 || r.Created != 2 || r.Refused != 1 {
				t.Fatalf("got %v", say(r))
			}
			if got, want := say(r)[1], "3 refused "+c.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			atomic := w.imported(file, func(in *catalog.ImportInput) { in.Atomic = true })
			if atomic.Written || atomic.Refused != 1 || w.count("event") != 0 {
				t.Errorf("all or nothing wrote %d events: %+v", w.count("event"), atomic)
			}
		})
	}
}

func TestImport_GoodRowsGoInWithoutTheBad(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := w.imported("\ufeff" + header + conference("a") + conference("b", "2027-05-03", "2027-05-09") + conference("c") + conference("a", "Cardiff", "York"))
	want := []string{"2 created", "3 refused [ends_on: is before the start]", "4 created", "5 refused [external_id: is the same as on line 2]"}
	if diff := cmp.Diff(want, say(r)); diff != "" || !r.Written {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := w.count("event"); n != 2 || w.byExternalID("a").City != "Cardiff" {
		t.Errorf("there are %d events", n)
	}
	if a, c := w.byExternalID("a").Slug, w.byExternalID("c").Slug; a != "gophercon-cymru" || c != "gophercon-cymru-2" {
		t.Errorf("got slugs %s and %s", a, c)
	}
}

func TestImport_DryRunReportsTheSameAndWritesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(header + conference("a"))
	file := header + conference("a", "Cardiff", "York") + conference("b") + conference("c", "U.K.", "U\x01")
	dry := w.imported(file, func(in *catalog.ImportInput) { in.DryRun = true })
	if dry.Written || w.count("event") != 1 || w.byExternalID("a").City != "Cardiff" {
		t.Errorf("a dry run wrote: %+v", dry)
	}
	done := w.imported(file)
	if diff := cmp.Diff(say(dry), say(done)); diff != "" || !done.Written {
		t.Errorf("(-dry +done):\n%s", diff)
	}
}

func TestImport_RefusesWhatTheEventsStateForbids(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(header + conference("a") + conference("b") + conference("c"))
	cancelled, postponed, coming := w.byExternalID("a"), w.byExternalID("b"), w.byExternalID("c")
	cancelled, err := w.events.Cancel(w.ctx, w.actor, replay.Key{}, which(cancelled), "No money")
	w.must(err)
	postponed, err = w.events.Postpone(w.ctx, w.actor, replay.Key{}, which(postponed), "No venue")
	w.must(err)
	r := w.imported(header + conference("a", "Cardiff", "York") + conference("b", "2027-05-0", "2027-06-0") + conference("c", "2027-05-0", "2026-05-0"))
	want := []string{
		"2 refused [: differs from the event here, which is cancelled]",
		"3 refused [starts_on: differs from the event here, which is postponed; move it by hand]",
		"4 refused [starts_on: would move the event into the past]",
	}
	if diff := cmp.Diff(want, say(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, e := range []catalog.Event{cancelled, postponed, coming} {
		w.unchanged(e)
	}
	if r := w.imported(header + conference("a")); r.Unchanged != 1 {
		t.Errorf("a cancelled event that is the same: %v", say(r))
	}
}

func TestImport_ARepeatGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	w := setup(t)
	key := replay.Key{Scope: "test", RequestID: "0123456789abcdef"}
	var reports [2]catalog.ImportReport
	for i := range reports {
		file, err := catalog.ParseImport(strings.NewReader(header + conference("a")))
		w.must(err)
		reports[i], err = w.events.Import(w.ctx, w.actor, key, catalog.ImportInput{Org: w.org, File: file})
		w.must(err)
	}
	if diff := cmp.Diff(reports[0], reports[1]); diff != "" {
		t.Errorf("(-first +again):\n%s", diff)
	}
}

func TestImport_StaysInItsOrganisation(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.imported(header + conference("a"))
	mine := w.byExternalID("a")
	other := w.organisation("other", "Other")
	r := w.imported(header+conference("a", "Cardiff", "York"), func(in *catalog.ImportInput) { in.Org = other })
	if r.Created != 1 {
		t.Errorf("got %v", say(r))
	}
	w.unchanged(mine)
}

func TestParseImport_RefusesFilesThatAreNone(t *testing.T) {
	t.Parallel()
	row := conference("x")
	for _, c := range []struct{ name, file, want string }{
		{"nothing", "", "csv.empty is empty; its first line must name the columns"},
		{"a missing column", strings.Replace(header, "timezone,", "", 1) + row, "csv.column line 1: column timezone is missing"},
		{"two missing columns", "title,mode,starts_on,ends_on\n", "csv.column line 1: column external_id, timezone is missing"},
		{"a column twice", strings.Replace(header, "topic", "title", 1), `csv.column line 1: column "title" is there twice`},
		{"semicolons", strings.ReplaceAll(header, ",", ";"), "csv.column line 1: column external_id, title, mode, starts_on, ends_on, timezone is missing; the columns seem to be separated by semicolons, but must be by commas"},
		{"UTF-16", "\xff\xfee\x00x\x00", "csv.encoding line 1: the file is in UTF-16; save it as CSV UTF-8"},
		{"a header that is not UTF-8", "external_id,t\xeftle\n", "csv.encoding line 1: the header is not text in UTF-8; save the file as CSV UTF-8"},
		{"a broken header", "external_id,\"title\n", "csv.quote line 1: the header is not CSV: a quoted cell does not end where it should; quotes inside are written twice"},
		{"too many rows", header + strings.Repeat("x\n", 20_001), "csv.too_many has more than 20000 rows; split it"},
		{"ten megabytes of commas", strings.Repeat(",", 10<<20), "csv.line line 1 has more than 65536 characters"},
		{"ten megabytes of commas in the third line", header + row + strings.Repeat(",", 10<<20), "csv.line line 3 has more than 65536 characters"},
		{"too large", header + strings.Repeat("\""+strings.Repeat("y", 60_000)+"\n\"\n", 200), "csv.too_large is larger than 10 MiB; split it"},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00", "csv.encoding line 1: the header is not text in UTF-8; save the file as CSV UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := catalog.ParseImport(strings.NewReader(c.file))
			f, ok := fault.As(err)
			if !ok || len(f.Fields) != 1 || f.Fields[0].Path != "csv" {
				t.Fatalf("got error %v", err)
			}
			if got := f.Fields[0].Rule + " " + f.Fields[0].Message; got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestParseImport_StopsReadingAtTheLimit(t *testing.T) {
	t.Parallel()
	endless := strings.NewReader(header + strings.Repeat("x\n", 1_000_000))
	if _, err := catalog.ParseImport(endless); err == nil {
		t.Fatal("a million rows were accepted")
	}
	if left := endless.Len(); left < 1_500_000 {
		t.Errorf("it read on after the limit: %d bytes left", left)
	}
}

func TestParseImport_ReadsQuotedCellsAndCRLF(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := w.imported(strings.ReplaceAll(header+conference("a", "GopherCon Cymru", `"Say ""hi"", Gophers"`), "\n", "\r\n") + "\r\n\r\n")
	if r.Created != 1 || w.byExternalID("a").Title != `Say "hi", Gophers` {
		t.Errorf("got %v", say(r))
	}
}

// Whatever the bytes, the parser neither fails otherwise than with a field and a
// reason nor finds more rows than there are lines.
func FuzzParseImport(f *testing.F) {
	for _, s := range []string{
		header + conference("a"), "\ufeff" + header, "\xff\xfe", header + "\"", header + "a,\"b\n\nc\",\"\"\"", ",,,\n,,", "\x00",
		header + conference("a", "Cymru", "\xc9") + "x\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := catalog.ParseImport(strings.NewReader(string(b)))
		if err != nil {
			if fields := refused(t, err, fault.InvalidInput); len(fields) != 1 {
				t.Fatalf("refused with %v", fields)
			}
			return
		}
		if lines := strings.Count(string(b), "\n") + 1; file.Len() >= lines {
			t.Fatalf("%d rows in %d lines", file.Len(), lines)
		}
	})
}

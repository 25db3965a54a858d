package catalog_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lanyard/internal/catalog"
	"lanyard/internal/fault"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

func TestCreate_MakesADraftWithOneSession(t *testing.T) {
	t.Parallel()
	w := setup(t)
	e := w.create()

	in := w.webinar()
	in.Details.Slug = "ai-airlock-launch"
	starts, ends := instant(t, "2026-11-26T18:30:00Z"), instant(t, "2026-11-26T19:30:00Z")
	local := catalog.Schedule{ // London's winter is UTC
		StartsLocal: starts, EndsLocal: ends, StartsAt: starts, EndsAt: ends, Timezone: "Europe/London",
	}
	want := catalog.Event{
		Org: w.org, OrgSlug: "bioriver", OrgName: "BioRiver", Details: in.Details, Schedule: local,
		State: catalog.StateDraft, RegistrationClosesAt: local.EndsAt, Version: 1, CreatedAt: noon,
		Sessions: []catalog.Session{{Schedule: local, Version: 1}},
	}
	ids := cmp.Options{cmpopts.IgnoreFields(catalog.Event{}, "ID"), cmpopts.IgnoreFields(catalog.Session{}, "ID")}
	if diff := cmp.Diff(want, e, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if w.places != 100 {
		t.Errorf("stocked with %d places, want 100", w.places)
	}
	w.unchanged(e)
	if got := w.kinds(e.ID); got != nil {
		t.Errorf("a draft caused facts %v", got)
	}
}

func TestCreate_MakesSlugsFromTitles(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, c := range []struct{ title, want string }{
		{"Golden Ticket Programme", "golden-ticket-programme"},
		{"Golden Ticket, Programme!", "golden-ticket-programme-2"},
		{"Web Security Camp | März Online", "web-security-camp-marz-online"},
		{"Łódź & Ærø: O’Brien’s talk", "lodz-aero-obriens-talk"},
		{"Ελληνική Ημέρα", "elliniki-imera"},
		{"Инновации в медицине", "innovatsii-v-meditsine"},
		{strings.Repeat("word ", 30), strings.TrimSuffix(strings.Repeat("word-", 16), "-")},
		{strings.Repeat("x", 150), strings.Repeat("x", 80)},
		{"中国市场 2026", "2026"},
	} {
		if e := w.create(func(in *catalog.CreateInput) { in.Details.Title = c.title }); e.Slug != c.want {
			t.Errorf("%q got slug %q, want %q", c.title, e.Slug, c.want)
		}
	}
	e := w.create(func(in *catalog.CreateInput) { in.Details.Title = "中国市场 ✨" })
	if !strings.HasPrefix(e.Slug, "event-") || !strings.HasSuffix(e.ID.String(), strings.TrimPrefix(e.Slug, "event-")) {
		t.Errorf("a title that cannot be spelt got slug %q", e.Slug)
	}
}

func TestCreate_SlugsAreUniquePerOrganisation(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(func(in *catalog.CreateInput) { in.Details.Slug = "launch" })

	_, err := w.events.Create(w.ctx, w.actor, replay.Key{}, w.webinar(func(in *catalog.CreateInput) { in.Details.Slug = "launch" }))
	if got := refused(t, err, fault.AlreadyExists); !cmp.Equal(got, []string{"details.slug slug.taken"}) {
		t.Errorf("a taken slug is refused with %v", got)
	}
	other := w.organisation("other", "Other")
	e, err := w.events.Create(w.ctx, w.actor, replay.Key{}, w.webinar(func(in *catalog.CreateInput) {
		in.Org, in.Details.Slug = other, "launch"
	}))
	w.must(err)
	if e.Slug != "launch" {
		t.Errorf("another organisation got slug %q", e.Slug)
	}
}

func TestCreate_AtOnceGivesDifferentSlugs(t *testing.T) {
	t.Parallel()
	w := setup(t)
	var wg sync.WaitGroup
	slugs := make([]string, 8)
	for i := range slugs {
		wg.Go(func() {
			e, err := w.events.Create(w.ctx, w.actor, replay.Key{}, w.webinar())
			if err != nil {
				t.Error(err)
			}
			slugs[i] = e.Slug
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, s := range slugs {
		if seen[s] {
			t.Errorf("slug %q was given twice: %v", s, slugs)
		}
		seen[s] = true
	}
}

func TestCreate_ARepeatGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	w := setup(t)
	key := replay.Key{Scope: "test", RequestID: "0123456789abcdef", Hash: [32]byte{1}}
	first, err := w.events.Create(w.ctx, w.actor, key, w.webinar())
	w.must(err)
	again, err := w.events.Create(w.ctx, w.actor, key, w.webinar())
	w.must(err)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the repeat differs (-first +again):\n%s", diff)
	}
	key.Hash = [32]byte{2}
	_, err = w.events.Create(w.ctx, w.actor, key, w.webinar())
	if got := refused(t, err, fault.IdempotencyMismatch); !cmp.Equal(got, []string{"request_id request_id.reused"}) {
		t.Errorf("another request with the same id is refused with %v", got)
	}
	if n := w.count("event"); n != 1 {
		t.Errorf("there are %d events, want 1", n)
	}
}

func TestCreate_RefusesBadInput(t *testing.T) {
	t.Parallel()
	w := setup(t)
	type in = catalog.CreateInput
	for _, c := range []struct {
		name   string
		change func(*in)
		want   []string
	}{
		{"no title", func(i *in) { i.Details.Title = " \t" }, []string{"details.title required"}},
		{"title of directions alone", func(i *in) { i.Details.Title = "\u202e\u2066" }, []string{"details.title required"}},
		{"title with a line break", func(i *in) { i.Details.Title = "a\r\nBcc: x@example.org" }, []string{"details.title string.pattern"}},
		{"title with NUL", func(i *in) { i.Details.Title = "a\x00b" }, []string{"details.title string.pattern"}},
		{"title with a line separator", func(i *in) { i.Details.Title = "a\u2028b" }, []string{"details.title string.pattern"}},
		{"title of 10,000 characters", func(i *in) { i.Details.Title = strings.Repeat("é", 10_000) }, []string{"details.title string.max_len"}},
		{"title that is not UTF-8", func(i *in) { i.Details.Title = "a\xff" }, []string{"details.title string.utf8"}},
		{"slug with capitals", func(i *in) { i.Details.Slug = "Launch" }, []string{"details.slug string.pattern"}},
		{"slug with a path", func(i *in) { i.Details.Slug = "../x" }, []string{"details.slug string.pattern"}},
		{"summary too long", func(i *in) { i.Details.Summary = strings.Repeat("x", 301) }, []string{"details.summary string.max_len"}},
		{"description with NUL", func(i *in) { i.Details.Description = "a\x00" }, []string{"details.description string.pattern"}},
		{"description too long", func(i *in) { i.Details.Description = strings.Repeat("x", 20_001) }, []string{"details.description string.max_len"}},
		{"no mode", func(i *in) { i.Details.Mode = "" }, []string{"details.mode enum.defined_only"}},
		{"unknown visibility", func(i *in) { i.Details.Visibility = "secret" }, []string{"details.visibility enum.defined_only"}},
		{"unknown registration", func(i *in) { i.Details.RegistrationMode = "x" }, []string{"details.registration_mode enum.defined_only"}},
		{"registration elsewhere without a site", func(i *in) { i.Details.RegistrationMode = catalog.External }, []string{"details.website external.website"}},
		{"script as a website", func(i *in) { i.Details.Website = "javascript:alert(1)" }, []string{"details.website string.uri"}},
		{"website with a line break", func(i *in) { i.Details.Website = "https://example.org/\r\nX: y" }, []string{"details.website string.uri"}},
		{"website with a user name", func(i *in) { i.Details.Website = "https://bank.example@evil.example/" }, []string{"details.website string.uri"}},
		{"website without a host", func(i *in) { i.Details.Website = "https:///x" }, []string{"details.website string.uri"}},
		{"meeting over plain http", func(i *in) { i.Details.JoinAddress = "http://meet.example.org" }, []string{"details.join_address string.uri"}},
		{"data as a code of conduct", func(i *in) { i.Details.CodeOfConductURL = "data:text/html,x" }, []string{"details.code_of_conduct_url string.uri"}},
		{"call that is no address", func(i *in) { i.Details.CallURL = "ask us" }, []string{"details.call_url string.uri"}},
		{"call that closes on no day", func(i *in) { i.Details.CallClosesOn = "2026-02-30" }, []string{"details.call_closes_on schedule.form"}},
		{"languages in words", func(i *in) { i.Details.Languages = "English" }, []string{"details.languages string.pattern"}},
		{"join page opens days before", func(i *in) { i.Details.JoinOpensMinutes = 1441 }, []string{"details.join_opens_minutes int32.gte_lte"}},
		{"negative places", func(i *in) { i.Places = -1 }, []string{"places int32.gte_lte"}},
		{"no start", func(i *in) { i.When.StartsLocal = "" }, []string{"schedule.starts_local required"}},
		{"a day that does not exist", func(i *in) { i.When.StartsLocal = "2026-02-29T10:00" }, []string{"schedule.starts_local schedule.form"}},
		{"a date without a time of day", func(i *in) { i.When.StartsLocal = "2026-11-26" }, []string{"schedule.starts_local schedule.form"}},
		{"a time of day for all day", func(i *in) { i.When.AllDay = true }, []string{"schedule.starts_local schedule.form", "schedule.ends_local schedule.form"}},
		{"the year 20260", func(i *in) { i.When.StartsLocal = "20260-11-26T18:30" }, []string{"schedule.starts_local schedule.form"}},
		{"the year 1026", func(i *in) { i.When.StartsLocal = "1026-11-26T18:30" }, []string{"schedule.starts_local schedule.year"}},
		{"end before start", func(i *in) { i.When.EndsLocal = "2026-11-26T18:29" }, []string{"schedule.ends_local schedule.order"}},
		{"end at the start", func(i *in) { i.When.EndsLocal = i.When.StartsLocal }, []string{"schedule.ends_local schedule.order"}},
		{"two years long", func(i *in) { i.When.EndsLocal = "2028-11-26T18:30" }, []string{"schedule.ends_local schedule.too_long"}},
		{"abbreviated zone", func(i *in) { i.When.Timezone = "BST" }, []string{"schedule.timezone timezone.unknown"}},
		{"offset as a zone", func(i *in) { i.When.Timezone = "GMT+1" }, []string{"schedule.timezone timezone.unknown"}},
		{"the server's zone", func(i *in) { i.When.Timezone = "Local" }, []string{"schedule.timezone timezone.unknown"}},
		{"no zone", func(i *in) { i.When.Timezone = "" }, []string{"schedule.timezone timezone.unknown"}},
		{"start in the gap of the clocks", func(i *in) {
			i.When.StartsLocal, i.When.EndsLocal = "2026-03-29T01:30", "2026-03-29T03:00"
		}, []string{"schedule.starts_local schedule.gap"}},
		{"end in the gap of the clocks", func(i *in) {
			i.When.StartsLocal, i.When.EndsLocal = "2026-03-29T00:30", "2026-03-29T01:30"
		}, []string{"schedule.ends_local schedule.gap"}},
		{"end in the first of two hours, start in the second", func(i *in) {
			i.When.StartsLocal, i.When.EndsLocal, i.When.StartsSecond = "2026-10-25T01:15", "2026-10-25T01:45", true
		}, []string{"schedule.ends_local schedule.order"}},
		{"deadline in the gap", func(i *in) {
			i.Details.RegistrationClosesLocal = "2026-03-29T01:30"
		}, []string{"details.registration_closes_local schedule.gap"}},
		{"deadline on no day", func(i *in) { i.Details.RegistrationClosesLocal = "2026-11-31" }, []string{"details.registration_closes_local schedule.form"}},
		{"several things at once", func(i *in) { i.Details.Title, i.When.Timezone, i.Places = "", "EST", -1 },
			[]string{"details.title required", "schedule.timezone timezone.unknown", "places int32.gte_lte"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.events.Create(w.ctx, w.actor, replay.Key{}, w.webinar(c.change))
			if diff := cmp.Diff(c.want, refused(t, err, fault.InvalidInput)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if n := w.count("event") + w.count("session") + w.count("event_slug"); n != 0 {
		t.Errorf("refused input left %d rows", n)
	}
}

func TestCreate_InNoOrganisationIsNotFound(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.events.Create(w.ctx, w.actor, replay.Key{}, w.webinar(func(in *catalog.CreateInput) { in.Org = uid.New[uid.Org]() }))
	refused(t, err, fault.NoSuchThing)
}

func TestCreate_ResolvesWallTimes(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, c := range []struct {
		name       string
		when       catalog.When
		start, end string
	}{
		{"summer", catalog.When{StartsLocal: "2026-07-01T18:30", EndsLocal: "2026-07-01T19:30", Timezone: "Europe/London"},
			"2026-07-01T17:30:00Z", "2026-07-01T18:30:00Z"},
		{"first of two hours", catalog.When{StartsLocal: "2026-10-25T01:30", EndsLocal: "2026-10-25T02:30", Timezone: "Europe/London"},
			"2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z"},
		{"second of two hours", catalog.When{StartsLocal: "2026-10-25T01:30", EndsLocal: "2026-10-25T02:30", Timezone: "Europe/London", StartsSecond: true},
			"2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"},
		{"all day", catalog.When{StartsLocal: "2026-03-28", EndsLocal: "2026-03-29", Timezone: "Europe/London", AllDay: true},
			"2026-03-28T00:00:00Z", "2026-03-29T23:00:00Z"},
		{"all day where midnight is skipped", catalog.When{StartsLocal: "2026-04-24", EndsLocal: "2026-04-24", Timezone: "Africa/Cairo", AllDay: true},
			"2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := w.create(func(in *catalog.CreateInput) { in.When = c.when })
			if e.StartsAt != instant(t, c.start) || e.EndsAt != instant(t, c.end) {
				t.Errorf("got %s to %s, want %s to %s", e.StartsAt, e.EndsAt, c.start, c.end)
			}
			if diff := cmp.Diff(c.when, e.When()); diff != "" {
				t.Errorf("comes back differently (-said +got):\n%s", diff)
			}
			w.unchanged(e)
		})
	}
}

func TestCreate_ResolvesWhenRegistrationCloses(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, c := range []struct {
		name   string
		change func(*catalog.CreateInput)
		want   string
	}{
		{"online: at the end", func(*catalog.CreateInput) {}, "2026-11-26T19:30:00Z"},
		{"in person: at the start", func(in *catalog.CreateInput) { in.Details.Mode = catalog.InPerson }, "2026-11-26T18:30:00Z"},
		{"hybrid: at the start", func(in *catalog.CreateInput) { in.Details.Mode = catalog.Hybrid }, "2026-11-26T18:30:00Z"},
		{"all day in person: at the end", func(in *catalog.CreateInput) {
			in.Details.Mode = catalog.InPerson
			in.When = catalog.When{StartsLocal: "2026-11-26", EndsLocal: "2026-11-27", Timezone: "Europe/London", AllDay: true}
		}, "2026-11-28T00:00:00Z"},
		{"a date: its last second in the event's zone", func(in *catalog.CreateInput) {
			in.Details.RegistrationClosesLocal, in.When.Timezone = "2026-11-24", "America/New_York"
		}, "2026-11-25T04:59:59Z"},
		{"a time", func(in *catalog.CreateInput) { in.Details.RegistrationClosesLocal = "2026-11-26T12:00" }, "2026-11-26T12:00:00Z"},
		{"never after the end", func(in *catalog.CreateInput) { in.Details.RegistrationClosesLocal = "2026-12-24" }, "2026-11-26T19:30:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := w.create(c.change)
			if e.RegistrationClosesAt != instant(t, c.want) {
				t.Errorf("closes at %s, want %s", e.RegistrationClosesAt, c.want)
			}
			if said := w.webinar(c.change).Details.RegistrationClosesLocal; e.RegistrationClosesLocal != said {
				t.Errorf("%q comes back as %q", said, e.RegistrationClosesLocal)
			}
			w.unchanged(e)
		})
	}
}

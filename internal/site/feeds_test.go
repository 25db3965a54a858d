package site

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/catalog"
	"lanyard/internal/link"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// unfolded is a calendar with its long lines in one piece.
func unfolded(calendar string) string { return strings.ReplaceAll(calendar, "\r\n ", "") }

var summaryLine = regexp.MustCompile(`(?s)SUMMARY:([^\r]*)\r\n.*?END:VEVENT`)

// onFeed maps each entry's title to its status.
func onFeed(calendar string) map[string]string {
	out := map[string]string{}
	for entry := range strings.SplitSeq(unfolded(calendar), "BEGIN:VEVENT") {
		if m := summaryLine.FindStringSubmatch(entry); m != nil {
			_, status, _ := strings.Cut(entry, "STATUS:")
			status, _, _ = strings.Cut(status, "\r")
			out[m[1]] = status
		}
	}
	return out
}

func TestPublicFeed_CancelledStaysThirtyDays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Event(testworld.Titled("Stays"), testworld.At("2027-02-01T10:00", "2027-02-01T11:00"))
	gone := b.Event(testworld.Titled("Goes"), testworld.At("2027-02-01T10:00", "2027-02-01T11:00"))
	b.Event(testworld.Titled("Too far"), testworld.At("2029-02-01T10:00", "2029-02-01T11:00"))
	b.Draft(testworld.Titled("Draft"))
	feed := func() map[string]string { return onFeed(body(t, b.get(t, "/o/northern/events.ics"))) }

	both := map[string]string{"Stays": "CONFIRMED", "Goes": "CONFIRMED"}
	if diff := cmp.Diff(both, feed()); diff != "" {
		t.Fatalf("before: -want +got:\n%s", diff)
	}
	if _, err := b.Events.Cancel(t.Context(), b.Owner, replay.Key{}, which(gone), "Ill."); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		want  map[string]string
	}{
		{0, map[string]string{"Stays": "CONFIRMED", "Goes": "CANCELLED"}},
		{29 * 24 * time.Hour, map[string]string{"Stays": "CONFIRMED", "Goes": "CANCELLED"}},
		{2 * 24 * time.Hour, map[string]string{"Stays": "CONFIRMED"}},
	} {
		b.World.Clock.Advance(step.after)
		if diff := cmp.Diff(step.want, feed()); diff != "" {
			t.Errorf("%v later: -want +got:\n%s", step.after, diff)
		}
	}
}

func TestPublicFeed_UnchangedIsNotSentAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.Event(testworld.Titled("Launch"))
	first := b.get(t, "/o/northern/events.ics")
	h := first.Header()
	want := map[string]string{
		"Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, max-age=900",
		"Last-Modified": "Thu, 19 Nov 2026 12:00:00 GMT",
	}
	for name, value := range want {
		if h.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, h.Get(name), value)
		}
	}
	b.World.Clock.Advance(26 * time.Hour)
	if w := b.get(t, "/o/northern/events.ics", "If-None-Match", h.Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("a day later, nothing changed: %d", w.Code)
	}
	if w := b.get(t, "/o/northern/events.ics", "If-Modified-Since", h.Get("Last-Modified")); w.Code != http.StatusNotModified {
		t.Errorf("by date: %d", w.Code)
	}
	d := e.Details
	d.Title = "Launch, moved upstairs"
	if _, err := b.Events.Update(t.Context(), b.Owner, replay.Key{}, catalog.UpdateInput{Org: e.Org, Event: e.ID, Version: e.Version, Details: d}); err != nil {
		t.Fatal(err)
	}
	w := b.get(t, "/o/northern/events.ics", "If-None-Match", h.Get("ETag"))
	text := unfolded(body(t, w))
	if w.Code != http.StatusOK || !strings.Contains(text, "SUMMARY:Launch\\, moved upstairs\r\n") || w.Header().Get("Last-Modified") == h.Get("Last-Modified") {
		t.Errorf("after a change: %d, %s", w.Code, text)
	}
	if !strings.Contains(text, "SEQUENCE:2\r\n") || strings.Contains(text, "METHOD:") || strings.Contains(text, "ATTENDEE") {
		t.Errorf("the feed is not a feed: %s", text)
	}
}

func TestPublicFeed_HasEachSitting(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.Event(testworld.Titled("Conference"))
	added, err := b.Events.CreateSession(t.Context(), b.Owner, replay.Key{}, catalog.SessionInput{
		Org: e.Org, Event: e.ID, Details: catalog.SessionDetails{Title: "Workshop", Place: "Room 2"},
		When: catalog.When{StartsLocal: "2026-11-27T09:00", EndsLocal: "2026-11-27T12:00", Timezone: "Europe/London"},
	})
	if err != nil {
		t.Fatal(err)
	}
	text := unfolded(body(t, b.get(t, "/o/northern/events.ics")))
	if n := strings.Count(text, "BEGIN:VEVENT"); n != 2 {
		t.Fatalf("there are %d entries, want 2", n)
	}
	for _, want := range []string{"SUMMARY:Conference: Workshop\r\n", `LOCATION:Room 2\, Town Hall\, Leeds\, United Kingdom`} {
		if !strings.Contains(text, want) {
			t.Errorf("the feed lacks %q: %s", want, text)
		}
	}
	if !strings.Contains(text, "UID:"+added.Session.UUID().String()+"@events.example.org\r\n") {
		t.Error("the sitting's identity is not its own")
	}
}

func TestPersonalFeed_HoldsThePlacesAndNoManageLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	guest := b.Guest()
	online := b.Event(testworld.Titled("Webinar"), testworld.Online("https://meet.example.org/secret-room"))
	room := b.Event(testworld.Titled("Dinner"))
	reg := b.Registered(online, guest)
	b.Registered(room, guest)
	b.Registered(room, b.Guest())

	token := b.World.Keys.Make(link.Feed, b.Org.ID, reg.ID, 1)
	w := b.get(t, "/f/"+token+".ics")
	text := unfolded(body(t, w))
	if w.Code != http.StatusOK || w.Header().Get("X-Robots-Tag") != "noindex" || w.Header().Get("ETag") == "" {
		t.Fatalf("answered %d with %v", w.Code, w.Header())
	}
	if diff := cmp.Diff(map[string]string{"Webinar": "CONFIRMED", "Dinner": "CONFIRMED"}, onFeed(text)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !strings.Contains(text, "https://events.example.org/j/") {
		t.Error("the join page is missing")
	}
	for _, no := range []string{"secret-room", "/r/", reg.LinkSecret, "ATTENDEE", "METHOD", guest.Email} {
		if strings.Contains(text, no) {
			t.Errorf("the feed holds %q", no)
		}
	}
}

func TestPersonalFeed_OnlyTheRightLinkOpensIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	reg := b.Registered(b.Event())
	good := b.World.Keys.Make(link.Feed, b.Org.ID, reg.ID, 1)
	for name, path := range map[string]string{
		"no ending":           "/f/" + good,
		"another purpose":     "/f/" + b.World.Keys.Make(link.Registration, b.Org.ID, reg.ID, 1) + ".ics",
		"an older version":    "/f/" + b.World.Keys.Make(link.Feed, b.Org.ID, reg.ID, 2) + ".ics",
		"a flipped letter":    "/f/" + good[:66] + string(good[66]^1) + ".ics",
		"nothing":             "/f/.ics",
		"somebody else's org": "/f/" + b.World.Keys.Make(link.Feed, uid.New[uid.Org](), reg.ID, 1) + ".ics",
	} {
		if w := b.get(t, path); w.Code != http.StatusNotFound {
			t.Errorf("%s answered %d", name, w.Code)
		}
	}
	if w := b.get(t, "/f/"+good+".ics"); w.Code != http.StatusOK {
		t.Errorf("the right link answered %d", w.Code)
	}
}

func TestPersonalFeed_PlacesThatEndAreShownAsCancelled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	guest := b.Guest()
	e := b.Event(testworld.Titled("Called off"))
	reg := b.Registered(e, guest)
	kept := b.Event(testworld.Titled("Given up"))
	other := b.Registered(kept, guest)
	if _, err := b.Events.Cancel(t.Context(), b.Owner, replay.Key{}, which(e), "Ill."); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Bookings.CancelMine(t.Context(), replay.Key{}, other.LinkSecret, nil); err != nil {
		t.Fatal(err)
	}
	got := onFeed(body(t, b.get(t, "/f/"+b.World.Keys.Make(link.Feed, b.Org.ID, reg.ID, 1)+".ics")))
	if diff := cmp.Diff(map[string]string{"Called off": "CANCELLED"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSitemap_ListsWhatIsPublic(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.Event(testworld.Titled("Launch"))
	b.Draft(testworld.Titled("Draft"))
	text := body(t, b.get(t, "/sitemap.xml"))
	var got []string
	for _, m := range regexp.MustCompile(`<loc>([^<]*)</loc>`).FindAllStringSubmatch(text, -1) {
		got = append(got, m[1])
	}
	want := []string{"https://events.example.org/", "https://events.example.org/privacy", "https://events.example.org/o/northern", "https://events.example.org/o/northern/" + e.Slug}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

package site

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"lanyard/internal/link"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

const room = "https://rooms.example.net/secret-room"

// joining is a guest of a webinar at their join page, as the confirmation links to it.
func joining(t *testing.T) (*testworld.World, testworld.Event, *browser, string) {
	t.Helper()
	w := testworld.New(t)
	e := w.Event(testworld.Online(room))
	b, _ := place(t, w, e)
	path := b.link("Join page")
	w.Clock.Advance(e.StartsAt.Sub(w.Clock.Now()) - 16*time.Minute)
	return w, e, b.open(path), path
}

func TestJoinPage_Scenario44(t *testing.T) {
	t.Parallel()
	w, _, b, path := joining(t)
	b.want(200, "Launch webinar", "The room opens on Thursday 26 November, 18:15, UK time", "for Guest 1. alone")
	if strings.Contains(b.text, "Join as") {
		t.Error("there is a way in before the time")
	}
	b.post(path, nil).want(409, "The room opens on")

	w.Clock.Advance(time.Minute)
	b.open(path).want(200, "Join as Guest 1.")
	if strings.Contains(b.body, "rooms.example.net") || strings.Contains(b.header.Get("Content-Security-Policy"), "rooms.example.net") {
		t.Error("the page gives the organiser's address away")
	}
	b.press("Join as")
	if b.status != http.StatusSeeOther || b.header.Get("Location") != room {
		t.Fatalf("the button answered %d to %q", b.status, b.header.Get("Location"))
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"} {
		if got := b.header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	w.Clock.Advance(105*time.Minute + time.Second)
	b.open(path).want(200, "This session is over")
	b.post(path, nil).want(409, "This session is over")
}

func TestJoinPage_TellsBrowsersApartByACookieOfTheButton(t *testing.T) {
	t.Parallel()
	w, _, b, path := joining(t)
	w.Clock.Advance(time.Minute)
	if b.open(path); b.header.Get("Set-Cookie") != "" {
		t.Error("looking set a cookie")
	}
	b.press("Join as")
	b.open(path).press("Join as")
	b.again().open(path).press("Join as")
	var uses, devices int
	err := w.DB.Pool().QueryRow(t.Context(), `SELECT count(*), count(DISTINCT device_hash) FROM join_event`).Scan(&uses, &devices)
	if err != nil {
		t.Fatal(err)
	}
	if uses != 3 || devices != 2 {
		t.Errorf("%d uses from %d browsers, want 3 from 2", uses, devices)
	}
}

func TestJoinPage_Scenario45(t *testing.T) {
	t.Parallel()
	w, e, b, path := joining(t)
	w.Clock.Advance(time.Minute)
	token, session, _ := strings.Cut(strings.TrimPrefix(path, "/j/"), "/")
	var pages []string
	for _, bad := range []string{
		"/j/" + token[:66] + "/" + session,
		"/j/" + token + "/ses_00000000000000000000000000",
		"/j/" + token + "/nonsense",
		"/j/" + w.Keys.Make(link.Join, uid.New[uid.Org](), uid.New[uid.Registration](), 1) + "/" + session,
		"/j/" + w.Keys.Make(link.Join, e.Org, uid.New[uid.Registration](), 1) + "/" + session,
	} {
		pages = append(pages, b.open(bad).want(404, "We cannot find that").text)
		b.post(bad, nil).want(404, "We cannot find that")
	}
	for _, p := range pages {
		if p != pages[0] {
			t.Errorf("two bad links look different:\n%s\n%s", pages[0], p)
		}
	}
}

func TestJoinPage_Scenario46(t *testing.T) {
	t.Parallel()
	w, e, b, path := joining(t)
	w.Clock.Advance(15 * time.Minute)
	_, err := w.Bookings.Cancel(t.Context(), w.Owner, replay.Key{}, e.Org, e.ID, people(t, w, e)[0].ID, "")
	if err != nil {
		t.Fatal(err)
	}
	b.post(path, nil).want(409, "This link is not valid")
	if b.header.Get("Location") != "" || strings.Contains(b.body, "rooms.example.net") {
		t.Error("the organiser's address is disclosed")
	}
}

func TestJoinPage_Scenario18(t *testing.T) {
	t.Parallel()
	w, e, b, path := joining(t)
	p := people(t, w, e)[0]
	secret := w.Keys.Make(link.Registration, p.Org, p.ID, p.LinkVersion)
	guest := w.Guest()
	if _, err := w.Bookings.HandOver(t.Context(), replay.Key{}, secret, p.Version, guest); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Minute)
	b.open(path).want(410, "This link has been replaced")
	b.post(path, nil).want(410, "This link has been replaced")
	if strings.Contains(b.body, "rooms.example.net") {
		t.Error("the organiser's address is disclosed")
	}
}

package site

import (
	"strings"
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/link"
	"lanyard/internal/mail"
	"lanyard/internal/notify"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// place registers one guest and opens their page.
func place(t *testing.T, w *testworld.World, e testworld.Event) (*browser, booking.PlacedRegistration) {
	t.Helper()
	p := w.Registered(e)
	return serve(t, w).open("/r/"+p.LinkSecret).want(200, "Guest 1"), p
}

func TestMine_ShowsThePlaceToItsHolderAlone(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b, p := place(t, w, e)
	b.want(200, "Confirmed", "Your place", "Launch webinar", "Thursday 26 November 2026", "18:30 to 20:00, UK time",
		"guest1@example.org", "University of Leeds", "Academic", "You can change this until Thursday 26 November, 18:30, UK time.")
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"} {
		if got := b.header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if strings.Contains(b.text, "Check your mail") {
		t.Error("an old registration is announced as new")
	}
	b.open("/r/"+p.LinkSecret[:66]).want(404, "the link may be incomplete")
	b.open("/r/"+w.Keys.Make(link.Join, e.Org, p.ID, 1)).want(404, "We cannot find that")
}

func TestMine_ShowsACodeForTheDoorWhereThereIsADoor(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b, p := place(t, w, e)
	svg := `<svg xmlns="http://www.w3.org/2000/svg" class="qr"`
	if !strings.Contains(b.body, svg) || !strings.Contains(b.body, "QR code of this ticket") {
		t.Error("a place in a room has no code")
	}
	if _, err := w.Bookings.Cancel(t.Context(), w.Owner, replay.Key{}, w.Org.ID, e.ID, p.ID, ""); err != nil {
		t.Fatal(err)
	}
	if b.open("/r/" + p.LinkSecret); strings.Contains(b.body, svg) {
		t.Error("a place that was given up has a code")
	}
	elsewhere := testworld.New(t)
	if online, _ := place(t, elsewhere, elsewhere.Event(testworld.Online("https://meet.example.org/1"))); strings.Contains(online.body, svg) {
		t.Error("a webinar has a code")
	}
}

func TestMine_CalendarFileInvitesNobodyAndHoldsNoLinkOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	b, p := place(t, w, w.Event(testworld.Online("https://rooms.example.net/1")))
	for _, text := range []string{"Google Calendar", "Outlook.com", "Microsoft 365", "Yahoo"} {
		if !strings.HasPrefix(b.link(text), "https://") {
			t.Errorf("%s leads to %s", text, b.link(text))
		}
	}
	file := b.follow("Apple, Outlook").body
	if !strings.Contains(file, "METHOD:PUBLISH") || strings.Contains(file, "ATTENDEE") || strings.Contains(file, p.LinkSecret) || strings.Contains(file, "/j/") {
		t.Errorf("the file is:\n%s", file)
	}
}

func TestCorrect_ChangesTheDetailsAndSaysSo(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b, _ := place(t, w, e)
	b.follow("Correct").want(200, "Correct your details")
	if b.value("attendee.name") != "Guest 1" || b.value("attendee.segment") != "SEGMENT_ACADEMIC" {
		t.Fatalf("the form starts with %q, %q", b.value("attendee.name"), b.value("attendee.segment"))
	}
	b.fill("Full name", "").press("Save").want(422, "One thing to put right", "Enter your full name")
	b.fill("Full name", "Zoë Guest").choose("Clinical").press("Save").want(200, "Saved", "Zoë Guest", "Clinical")
	if list := people(t, w, e); list[0].Attendee.Name != "Zoë Guest" || list[0].Attendee.Segment != booking.SegmentClinical {
		t.Errorf("registered: %+v", list[0].Attendee)
	}
}

func TestCorrect_AStaleFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b, p := place(t, w, e)
	other := b.again().open("/r/" + p.LinkSecret + "/correct")
	b.follow("Correct").fill("Full name", "First").press("Save").want(200, "Saved")

	other.fill("Full name", "Second").press("Save").want(409, "These details were changed meanwhile")
	if got := other.value("attendee.name"); got != "Second" {
		t.Errorf("the name is %q now", got)
	}
	if got := people(t, w, e)[0].Attendee.Name; got != "First" {
		t.Errorf("registered as %q", got)
	}
	other.press("Save").want(200, "Saved", "Second")
}

func TestHandOver_EndsTheOldLink(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	ask(t, w, e)
	b := serve(t, w).open(launch+"/register").wait(w).person("Amara Osei", "amara@example.org").
		choose("An idea").choose("I agree").press("Keep my place").want(200, "Your place is kept")
	b.follow("Hand over").want(200, "Send a colleague", "How far are you?")
	if b.value("attendee.name") != "" {
		t.Error("the form starts with the first person's details")
	}
	b.press("Hand my place over").want(422, "Enter their full name", "Answer this question: How far are you?")
	b.fill("Full name", "Łukasz Nowak").fill("E-mail address", "lukasz@example.org").choose("Business").
		choose("An idea").choose("I agree").press("Hand my place over")
	b.want(200, "Done: you have handed your place over", "Handed over")
	if strings.Contains(b.text, "Give up") || strings.Contains(b.text, "Order code") {
		t.Error("the old link can still do something")
	}
	var live []string
	for _, r := range people(t, w, e) {
		if r.State == booking.StateConfirmed {
			live = append(live, r.Attendee.Email)
		}
	}
	if len(live) != 1 || live[0] != "lukasz@example.org" {
		t.Errorf("places: %v", live)
	}
}

func TestCancel_AsksOnceMoreAndThenFreesThePlace(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(1))
	b, p := place(t, w, e)
	b.follow("Give up my place").want(200, "Give up your place?", "Your place goes to someone else at once", "Keep it")
	if people(t, w, e)[0].State != booking.StateConfirmed {
		t.Fatal("looking gave the place up")
	}
	b.press("Give up my place").want(200, "Done: you have given it up", "Given up")
	b.open(launch).want(200, "Keep my place")
	b.open("/r/"+p.LinkSecret+"/cancel").want(200, "There is no place behind this link any more")
	b.open("/r/"+p.LinkSecret+"?done=handed-over").want(200, "Given up")
	if strings.Contains(b.text, "handed your place over") {
		t.Error("an address makes the page say what is not so")
	}
}

func TestMine_AfterTheStartNothingCanBeChanged(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b, p := place(t, w, e)
	b.follow("Correct").fill("Full name", "Too Late")
	w.Clock.Advance(8 * 24 * time.Hour)
	b.press("Save").want(409, "This event is over")
	if got := people(t, w, e)[0].Attendee.Name; got != "Guest 1" {
		t.Errorf("registered as %q", got)
	}
	b.open("/r/"+p.LinkSecret).want(200, "This event is over")
	for _, what := range []string{"correct", "hand-over", "cancel"} {
		b.open("/r/"+p.LinkSecret+"/"+what).want(200, "This can no longer be changed here")
	}
}

func TestMine_TellsWhatHappenedToTheEvent(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b, p := place(t, w, e)
	_, err := w.Events.Cancel(t.Context(), w.Owner, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: e.Version}, "The hall is flooded.")
	if err != nil {
		t.Fatal(err)
	}
	b.open("/r/"+p.LinkSecret).want(200, "This event is cancelled", "The hall is flooded.")
	if strings.Contains(b.text, "Add to calendar") || strings.Contains(b.text, "Hand over") {
		t.Error("a cancelled event can still be put into a calendar or handed over")
	}
}

func TestMine_SaysThatMailCameBack(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	b, p := place(t, w, e)
	w.Work()
	b.open("/r/"+p.LinkSecret).want(200, "Your place")
	if strings.Contains(b.text, "came back") {
		t.Fatal("it says so before anything came back")
	}
	var id uid.Message
	if err := w.DB.Pool().QueryRow(t.Context(), `SELECT id FROM message WHERE registration_id = $1`, p.ID).Scan(&id); err != nil {
		t.Fatal(err)
	}
	w.Notices.Bounces = &mail.VERP{Domain: "bounce.example.org", Key: []byte("key")}
	report := "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
		"Reporting-MTA: dns; mx.example.net\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
	if _, err := w.Notices.HandleInbound(t.Context(), w.Notices.Bounces.Address(id.String()), []byte(report)); err != nil {
		t.Fatal(err)
	}

	b.open("/r/"+p.LinkSecret).want(200, "Our mail to you came back", "Correct it, and the confirmation comes again")
}

func TestUnsubscribe_ScenarioThirtySix(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	p := w.Registered(e)
	n, err := notify.New(w.DB, notify.Deps{Bookings: w.Bookings, Events: w.Events, Accounts: w.Accounts, Keys: w.Keys, From: "events@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	b := serve(t, w, func(d *Deps) { d.Notify = n })
	path := "/u/" + w.Keys.Make(link.Unsubscribe, e.Org, p.ID, 1)
	stopped := func() (n int) {
		t.Helper()
		err := w.DB.Pool().QueryRow(t.Context(), `SELECT count(*) FROM suppression WHERE email = 'guest1@example.org' AND scope = 'reminders'`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	b.open(path).want(200, "Stop reminders?", "Northern Life Sciences then no longer writes")
	if n := stopped(); n != 0 {
		t.Fatalf("looking stopped %d reminders", n)
	}
	b.press("Stop reminders").want(200, "No more reminders")
	b.post(path, map[string][]string{"List-Unsubscribe": {"One-Click"}}).want(200, "No more reminders")
	if n := stopped(); n != 1 {
		t.Errorf("%d opt-outs, want 1", n)
	}
	b.open("/u/"+p.LinkSecret).want(404, "No such link to stop reminders")
}

package notify_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/checkin"
	"lanyard/internal/mail"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// uids are the identities of the calendar objects in mails, in order.
func uids(mails []testworld.Mail) []string {
	var out []string
	for _, m := range mails {
		if m.Calendar != "" {
			out = append(out, testworld.Property(m.Calendar, "UID"))
		}
	}
	return out
}

func kinds(mails []testworld.Mail) []string {
	out := make([]string, len(mails))
	for i, m := range mails {
		out[i] = m.Kind
	}
	return out
}

func move(t *testing.T, w *testworld.World, e *testworld.Event, starts, ends string) {
	t.Helper()
	moved, err := w.Events.Move(t.Context(), w.Owner, replay.Key{}, catalog.MoveInput{
		Org: e.Org, Event: e.ID, Version: e.Version,
		When: catalog.When{StartsLocal: starts, EndsLocal: ends, Timezone: "Europe/London"},
	})
	if err != nil {
		t.Fatal(err)
	}
	e.Event = moved
}

func TestConfirmation_CarriesTheCodeForTheDoor(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	w.Notices.Door = checkin.New(w.DB, checkin.Deps{Accounts: w.Accounts, Events: w.Events, Bookings: w.Bookings})
	w.Registered(w.Event())
	w.Registered(w.Event(testworld.Titled("Online"), testworld.Online("https://meet.example.org/1")))
	mails := w.Mails()
	m := mails[0]
	if len(m.Attachments) != 2 || m.Attachments[0].ContentType != "image/png" || m.Method != "REQUEST" {
		t.Fatalf("the mail has %d files and method %q", len(m.Attachments), m.Method)
	}
	if !strings.Contains(m.HTML, `src="cid:`+mail.ContentID(m.Attachments[0].Name)+`"`) || !bytes.Contains(m.Raw, []byte("Content-Id: <"+mail.ContentID(m.Attachments[0].Name)+">")) {
		t.Error("the text does not show its picture")
	}
	if !strings.Contains(m.Text, "say your order code: ") {
		t.Error("there is no code to say")
	}
	if n := len(mails[1].Attachments); n != 1 || strings.Contains(mails[1].HTML, "cid:") {
		t.Errorf("a webinar's mail has %d files", n)
	}
}

func TestConfirmation_CarriesTheInviteForTheRecipientAlone(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	guest := w.Guest()
	guest.Name = `Siân O'Brien, "Pat"`
	w.Registered(e, guest)

	mails := w.Mails()

	if len(mails) != 1 || mails[0].Kind != "confirmation" || mails[0].State != "sent" || mails[0].Method != "REQUEST" {
		t.Fatalf("got %d mails, first %+v", len(mails), kinds(mails))
	}
	m := mails[0]
	for name, want := range map[string]string{
		"METHOD": "REQUEST", "SEQUENCE": "0", "STATUS": "CONFIRMED", "ORGANIZER": "mailto:events@lanyard.example",
		"ATTENDEE": "mailto:" + guest.Email, "SUMMARY": "Launch webinar", "DTSTART": "20261126T183000",
	} {
		if got := testworld.Property(m.Calendar, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if strings.Contains(m.Calendar, "/r/") {
		t.Error("the link that changes the booking is in the calendar entry")
	}
	if !strings.Contains(m.Text, "/r/") || !strings.Contains(m.HTML, "/r/") {
		t.Error("the link that changes the booking is missing from the mail")
	}
}

func TestMove_UpdatesTheEntryOnceForTwoEditsInARow(t *testing.T) { // scenario 9
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	w.Registered(e)
	first := w.Mails()

	move(t, w, &e, "2026-11-27T18:30", "2026-11-27T20:00")
	w.Clock.Advance(time.Minute)
	move(t, w, &e, "2026-11-28T10:00", "2026-11-28T11:30")
	if early := w.NewMails(1); len(early) != 0 {
		t.Fatalf("%v went out before the edits were gathered", kinds(early))
	}
	w.Clock.Advance(2 * time.Minute)

	updates := w.NewMails(1)
	if !slices.Equal(kinds(updates), []string{"updated"}) {
		t.Fatalf("got %v, want one update", kinds(updates))
	}
	ics := updates[0].Calendar
	if testworld.Property(ics, "UID") != testworld.Property(first[0].Calendar, "UID") || testworld.Property(ics, "SEQUENCE") != "1" ||
		testworld.Property(ics, "DTSTART") != "20261128T100000" || updates[0].Method != "REQUEST" {
		t.Fatalf("the update is\n%s", ics)
	}
	if !strings.Contains(updates[0].Text, "Saturday 28 November 2026") || !strings.Contains(updates[0].Text, "Thursday 26 November 2026") {
		t.Errorf("the mail does not say old and new time:\n%s", updates[0].Text)
	}
}

func TestCancelEvent_TakesTheEntryAwayAndTellsEverybodyOnce(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	w.Registered(e)
	w.Registered(e)
	before := w.Mails()

	_, err := w.Events.Cancel(t.Context(), w.Owner, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: e.Version}, "The speaker is ill.")
	if err != nil {
		t.Fatal(err)
	}

	told := w.NewMails(2)
	if !slices.Equal(kinds(told), []string{"event_cancelled", "event_cancelled"}) {
		t.Fatalf("got %v", kinds(told))
	}
	for i, m := range told {
		if m.Method != "CANCEL" || testworld.Property(m.Calendar, "SEQUENCE") != "1" || testworld.Property(m.Calendar, "STATUS") != "CANCELLED" {
			t.Errorf("mail %d does not cancel the entry:\n%s", i, m.Calendar)
		}
		if !strings.Contains(m.Text, "The speaker is ill.") {
			t.Errorf("mail %d does not give the reason", i)
		}
	}
	a, b := uids(before), uids(told)
	slices.Sort(a)
	slices.Sort(b)
	if !slices.Equal(a, b) {
		t.Errorf("entries %v were cancelled, not %v", b, a)
	}
}

func TestPostponeAndNewDate_CancelsTheEntryAndInvitesAnew(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	w.Registered(e)
	w.Work()
	postponed, err := w.Events.Postpone(t.Context(), w.Owner, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: e.Version}, "The venue is flooded.")
	if err != nil {
		t.Fatal(err)
	}
	e.Event = postponed
	gone := w.NewMails(1)
	if len(gone) != 1 || gone[0].Kind != "event_postponed" || gone[0].Method != "CANCEL" {
		t.Fatalf("postponing sent %v", kinds(gone))
	}

	move(t, w, &e, "2027-01-14T18:30", "2027-01-14T20:00")
	w.Clock.Advance(2 * time.Minute)

	again := w.NewMails(2)
	if len(again) != 1 || again[0].Method != "REQUEST" || testworld.Property(again[0].Calendar, "SEQUENCE") != "0" {
		t.Fatalf("the new date sent %v", kinds(again))
	}
	if u := uids(w.Mails()); u[2] == u[0] {
		t.Error("the new date uses the dead identity again")
	}
}

func TestCancelAndRegisterAgain_GivesAFreshIdentity(t *testing.T) { // scenario 17
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	guest := w.Guest()
	r := w.Registered(e, guest)
	w.Work()
	if _, err := w.Bookings.CancelMine(t.Context(), replay.Key{}, r.LinkSecret, nil); err != nil {
		t.Fatal(err)
	}
	w.Registered(e, guest)

	mails := w.Mails()

	u := uids(mails)
	if !slices.Equal(kinds(mails), []string{"confirmation", "cancelled_by_attendee", "confirmation"}) || u[0] != u[1] || u[0] == u[2] {
		t.Fatalf("got %v with identities %v", kinds(mails), u)
	}
	if testworld.Property(mails[2].Calendar, "SEQUENCE") != "0" {
		t.Error("the new entry does not begin at 0")
	}
}

func TestHandOver_CancelsTheOldEntryAndInvitesTheNewPerson(t *testing.T) { // scenario 18
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Online("https://meet.example.org/secret-room"))
	a, b := w.Guest(), w.Guest()
	r := w.Registered(e, a)
	w.Work()

	sentTo, err := w.Bookings.HandOver(t.Context(), replay.Key{}, r.LinkSecret, 1, b)
	if err != nil || sentTo != b.Email {
		t.Fatalf("handed over to %q, %v", sentTo, err)
	}

	mails := w.NewMails(1)
	if !slices.Equal(kinds(mails), []string{"handed_over_from", "handed_over_to"}) {
		t.Fatalf("got %v", kinds(mails))
	}
	if mails[0].Method != "CANCEL" || mails[0].To != a.Email || mails[1].Method != "REQUEST" || mails[1].To != b.Email {
		t.Fatalf("%s went to %s and %s to %s", mails[0].Method, mails[0].To, mails[1].Method, mails[1].To)
	}
	if u := uids(mails); u[0] == u[1] {
		t.Error("the new person got the old identity")
	}
	if m, err := w.Bookings.Mine(t.Context(), r.LinkSecret); err != nil || m.CanChange || m.JoinToken != "" {
		t.Errorf("the old link opens %v, %v", m.CanChange, err)
	}
	for _, m := range w.Mails() {
		if strings.Contains(string(m.Raw)+m.Text+m.HTML+m.Calendar, "secret-room") {
			t.Errorf("mail %s gives the meeting's address away", m.Kind)
		}
	}
}

func TestCorrect_NewAddressGetsTheInviteAndTheOldOneLosesIt(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	a := w.Guest()
	old := a.Email
	r := w.Registered(e, a)
	w.Work()
	a.Email = "new@example.org"

	if _, err := w.Bookings.Correct(t.Context(), replay.Key{}, r.LinkSecret, 1, a); err != nil {
		t.Fatal(err)
	}

	mails := w.NewMails(1)
	if !slices.Equal(kinds(mails), []string{"address_changed", "confirmation"}) || mails[0].To != old || mails[0].Method != "CANCEL" ||
		mails[1].To != "new@example.org" || mails[1].Method != "REQUEST" {
		t.Fatalf("got %v", kinds(mails))
	}
}

func TestThreeSessions_HaveThreeEntriesAndLoseOnlyTheCancelledOne(t *testing.T) { // scenario 19
	t.Parallel()
	w := testworld.New(t)
	e := w.Draft()
	var second uid.Session
	for i, day := range []string{"2026-11-27", "2026-11-28"} {
		added, err := w.Events.CreateSession(t.Context(), w.Owner, replay.Key{}, catalog.SessionInput{
			Org: e.Org, Event: e.ID, Details: catalog.SessionDetails{Title: "Part " + []string{"two", "three"}[i]},
			When: catalog.When{StartsLocal: day + "T18:30", EndsLocal: day + "T20:00", Timezone: "Europe/London"},
		})
		if err != nil {
			t.Fatal(err)
		}
		e.Event = added.Event
		if i == 0 {
			second = added.Session
		}
	}
	published, err := w.Events.Publish(t.Context(), w.Owner, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: e.Version})
	if err != nil {
		t.Fatal(err)
	}
	e.Event = published
	w.Registered(e)
	first := w.Mails()
	if u := uids(first); len(u) != 3 || len(first) != 4 {
		t.Fatalf("got %v with entries %v, want a summary and three invitations", kinds(first), u)
	}

	_, err = w.Events.CancelSession(t.Context(), w.Owner, replay.Key{}, catalog.Which{Org: e.Org, Event: e.ID, Version: 1}, second)
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(2 * time.Minute)

	news := w.NewMails(4)
	if len(news) != 1 || news[0].Method != "CANCEL" || !slices.Contains(uids(first), uids(news)[0]) {
		t.Fatalf("got %v", kinds(news))
	}
}

func TestTextEdit_IsSilentUnlessTheOrganiserAsks(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	w.Registered(e)
	w.Work()
	rename := func(title string, notify bool) {
		t.Helper()
		d := e.Details
		d.Title = title
		changed, err := w.Events.Update(t.Context(), w.Owner, replay.Key{}, catalog.UpdateInput{
			Org: e.Org, Event: e.ID, Version: e.Version, Details: d, Fields: []string{"title"}, Notify: notify,
		})
		if err != nil {
			t.Fatal(err)
		}
		e.Event = changed
		w.Clock.Advance(3 * time.Minute)
	}

	rename("Launch webinar, corrected", false)
	if quiet := w.NewMails(1); len(quiet) != 0 {
		t.Fatalf("a silent edit sent %v", kinds(quiet))
	}
	rename("Launch webinar of the call", true)
	if told := w.NewMails(1); len(told) != 1 || testworld.Property(told[0].Calendar, "SUMMARY") != "Launch webinar of the call" {
		t.Fatalf("the edit that was to be told sent %v", kinds(told))
	}
}

func TestResend_SendsTheSameVersionOfTheEntry(t *testing.T) { // scenario 8
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	r := w.Registered(e)
	w.Work()
	w.Clock.Advance(time.Hour)

	if err := w.Bookings.Resend(t.Context(), w.Owner, replay.Key{}, e.Org, e.ID, r.ID); err != nil {
		t.Fatal(err)
	}

	mails := w.Mails()
	if len(mails) != 2 || mails[0].Calendar != mails[1].Calendar {
		t.Fatalf("the calendar part differs in %v", kinds(mails))
	}
}

func TestApplication_IsAnsweredAndInvitedOnlyWhenApproved(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.ByApproval, testworld.Capacity(1))
	yes, no, late := w.Registered(e), w.Registered(e), w.Registered(e)
	decide := func(approve bool, id uid.Registration) booking.Decided {
		t.Helper()
		d, err := w.Bookings.Decide(t.Context(), w.Owner, replay.Key{}, booking.DecideInput{
			Org: e.Org, Event: e.ID, Registrations: []uid.Registration{id}, Approve: approve, Note: "Thank you.",
		})
		if err != nil {
			t.Fatal(err)
		}
		return d[0]
	}
	w.Work()
	decide(true, yes.ID)
	decide(false, no.ID)

	full := decide(true, late.ID)

	if full.Reason != "SOLD_OUT" || full.State != booking.StateAwaitingApproval {
		t.Errorf("the approval beyond the last place gave %+v", full)
	}
	mails := w.NewMails(3)
	if !slices.Equal(kinds(mails), []string{"application_approved", "application_declined"}) || mails[0].Method != "REQUEST" || mails[1].Method != "" {
		t.Fatalf("got %v", kinds(mails))
	}
	w.CheckSeats()
}

func TestRollback_LeavesNoMail(t *testing.T) { // scenario 29
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Capacity(1))
	w.Registered(e)
	if _, err := w.Order(e); err == nil {
		t.Fatal("the second one got a place")
	}

	if mails := w.Mails(); len(mails) != 1 {
		t.Fatalf("got %v, want only the first one's confirmation", kinds(mails))
	}
}

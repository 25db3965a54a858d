package notify_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"lanyard/internal/booking"
	"lanyard/internal/mail"
	"lanyard/internal/mail/smtptest"
	"lanyard/internal/notify"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// outgoing is a message that waits, and a way to work on its job.
type outgoing struct {
	w    *testworld.World
	args notify.SendArgs
}

func (o outgoing) try() error {
	job := &river.Job[notify.SendArgs]{JobRow: &rivertype.JobRow{Attempt: 1, MaxAttempts: 20}, Args: o.args}
	return (&notify.SendWorker{Service: o.w.Notices}).Work(o.w.T.Context(), job)
}

func (o outgoing) state() (state string) {
	o.w.T.Helper()
	if err := o.w.DB.Pool().QueryRow(o.w.T.Context(), `SELECT state FROM message WHERE id = $1`, o.args.Message).Scan(&state); err != nil {
		o.w.T.Fatal(err)
	}
	return state
}

// waiting registers a guest against a mail server that does as it is told, and
// returns the confirmation, which was not sent yet.
func waiting(t *testing.T) (*testworld.World, *smtptest.Server, outgoing) {
	t.Helper()
	w := testworld.New(t)
	server := smtptest.New(t, smtptest.Options{StartTLS: true})
	sender, err := mail.NewSMTP(mail.SMTPConfig{Host: server.Host, Port: server.Port, Security: mail.StartTLS, RootCAs: server.RootCAs})
	if err != nil {
		t.Fatal(err)
	}
	w.Notices.Sender = sender
	e := w.Event()
	w.Registered(e)
	w.WorkOn("outbox_relay")
	o := outgoing{w: w}
	o.args.Org = e.Org
	if err := w.DB.Pool().QueryRow(t.Context(), `SELECT id FROM message`).Scan(&o.args.Message); err != nil {
		t.Fatal(err)
	}
	return w, server, o
}

func TestSend_RetriesTheSameBytesAfterATemporaryFailure(t *testing.T) { // scenario 31
	t.Parallel()
	_, server, o := waiting(t)
	server.Refuse(smtptest.To, 451, [3]int{4, 3, 0})

	if err := o.try(); err == nil || o.state() != "waiting" {
		t.Fatalf("after 451 the message is %s, %v", o.state(), err)
	}
	server.DropAfterData()
	if err := o.try(); err == nil || o.state() != "waiting" {
		t.Fatalf("after the connection broke the message is %s, %v", o.state(), err)
	}
	if err := o.try(); err != nil || o.state() != "sent" {
		t.Fatalf("the third try left it %s, %v", o.state(), err)
	}

	got := server.Messages()
	for _, m := range got[1:] {
		if !bytes.Equal(m.Raw, got[0].Raw) {
			t.Error("a retry sent other bytes")
		}
	}
}

func TestSend_MarksAnAddressThatDoesNotExist(t *testing.T) { // scenario 31
	t.Parallel()
	w, server, o := waiting(t)
	server.Refuse(smtptest.To, 550, [3]int{5, 1, 1})

	if err := o.try(); err != nil || o.state() != "failed" {
		t.Fatalf("the message is %s, %v; want failed and no retry", o.state(), err)
	}

	var event uid.Event
	if err := w.DB.Pool().QueryRow(t.Context(), `SELECT id FROM event`).Scan(&event); err != nil {
		t.Fatal(err)
	}
	list, _, err := w.Bookings.List(t.Context(), booking.ListFilter{Org: o.args.Org, Event: event}, nil, 10)
	if err != nil || len(list) != 1 || !list[0].Undeliverable {
		t.Fatalf("the organiser does not see it: %+v, %v", list, err)
	}
}

func TestSend_WaitsWithoutUsingUpTriesWhenTheServerRefusesUs(t *testing.T) { // scenario 32
	t.Parallel()
	w, server, o := waiting(t)
	wrong, err := mail.NewSMTP(mail.SMTPConfig{
		Host: server.Host, Port: server.Port, Security: mail.StartTLS, RootCAs: server.RootCAs, Username: "who", Password: "wrong",
	})
	if err != nil {
		t.Fatal(err)
	}
	right := w.Notices.Sender
	w.Notices.Sender = wrong

	err = o.try()

	var snooze *rivertype.JobSnoozeError
	if !errors.As(err, &snooze) || o.state() != "waiting" {
		t.Fatalf("the message is %s, %v; want a snooze", o.state(), err)
	}
	w.Notices.Sender = right
	if err := o.try(); err != nil || o.state() != "sent" {
		t.Fatalf("with the right settings it is %s, %v", o.state(), err)
	}
}

func TestSend_TwoWorkersSendOneMail(t *testing.T) { // scenario 30
	t.Parallel()
	_, server, o := waiting(t)

	testworld.Race(8, func(int) error { return o.try() })

	if n := len(server.Messages()); n != 1 || o.state() != "sent" {
		t.Fatalf("%d mails were sent, want 1", n)
	}
	if err := o.try(); err != nil || len(server.Messages()) != 1 {
		t.Fatalf("a job that came again sent it again, %v", err)
	}
}

func TestReminders_ComeAtTheirTimeAndOnce(t *testing.T) { // scenarios 38 to 40
	t.Parallel()
	w := testworld.New(t)
	e := w.Event(testworld.Online("https://meet.example.org/room"))
	w.Registered(e) // starts on 26 November 2026, 18:30 in London
	remindAt := func(at time.Time) []string {
		t.Helper()
		n := len(w.Mails())
		w.Clock.Advance(at.Sub(w.Clock.Now()))
		for range 2 {
			if _, err := w.Notices.Remind(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var subjects []string
		for _, m := range w.NewMails(n) {
			subjects = append(subjects, m.Subject)
		}
		return subjects
	}
	start := e.StartsAt
	if got := remindAt(start.Add(-25 * time.Hour)); len(got) != 0 {
		t.Fatalf("25 hours before: %v", got)
	}
	if got := remindAt(start.Add(-24 * time.Hour)); !slices.Equal(got, []string{"Tomorrow: Launch webinar"}) {
		t.Fatalf("a day before: %v", got)
	}
	move(t, w, &e, "2026-11-30T18:30", "2026-11-30T20:00")
	w.Clock.Advance(3 * time.Minute)
	w.Work()
	start = e.StartsAt
	if got := remindAt(start.Add(-23 * time.Hour)); !slices.Equal(got, []string{"Tomorrow: Launch webinar"}) {
		t.Fatalf("a day before the new date: %v", got)
	}
	late := w.Guest()
	w.Clock.Advance(start.Add(-30 * time.Minute).Sub(w.Clock.Now()))
	w.Registered(e, late)
	if got := remindAt(start.Add(-15 * time.Minute)); len(got) != 0 {
		t.Fatalf("too late for the hour's reminder, too early for the last: %v", got)
	}
	if got := remindAt(start.Add(-9 * time.Minute)); !slices.Equal(got, []string{"Starting now: Launch webinar", "Starting now: Launch webinar"}) {
		t.Fatalf("nine minutes before: %v", got)
	}
}

func TestStopReminders_LeavesTheOtherMails(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	e := w.Event()
	a := w.Guest()
	w.Registered(e, a)
	if err := w.Notices.StopReminders(t.Context(), e.Org, a.Email); err != nil {
		t.Fatal(err)
	}
	w.Work()
	w.Clock.Advance(e.StartsAt.Add(-20 * time.Hour).Sub(w.Clock.Now()))

	if _, err := w.Notices.Remind(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Registered(e, a)

	if got := kinds(w.Mails()); !slices.Equal(got, []string{"confirmation", "confirmation"}) {
		t.Fatalf("got %v, want the confirmations and no reminder", got)
	}
}

package notify_test

import (
	"fmt"
	"strings"
	"testing"

	"lanyard/internal/account"
	"lanyard/internal/booking"
	"lanyard/internal/mail"
	"lanyard/internal/notify"
	"lanyard/internal/replay"
	"lanyard/internal/testworld"
	"lanyard/internal/uid"
)

// posted is one mail that was sent, as its recipient's server knows it.
type posted struct {
	returnPath string
	to         string
}

// mailed registers guests with the same address, one after the other, against a
// mail server, and returns the mails that it took.
func mailed(t *testing.T, n int) (*testworld.World, testworld.Event, []posted) {
	t.Helper()
	w, server, first := waiting(t)
	w.Notices.Bounces = &mail.VERP{Domain: "bounce.example.org", Key: []byte("key")}
	e := testworld.Event{}
	err := w.DB.Pool().QueryRow(t.Context(), `SELECT org_id, event_id, product_id FROM registration`).Scan(&e.Org, &e.ID, &e.Product)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.try(); err != nil {
		t.Fatal(err)
	}
	for range n - 1 {
		again := w.Guest()
		again.Email = "guest1@example.org"
		w.Registered(e, again)
	}
	w.Work()
	var out []posted
	for _, m := range server.Messages() {
		out = append(out, posted{m.From, m.To})
	}
	if len(out) != n {
		t.Fatalf("%d mails were sent, want %d", len(out), n)
	}
	return w, e, out
}

// dsn is the notice that a mail could not be delivered.
func dsn(to, status string) []byte {
	return []byte("From: MAILER-DAEMON@mx.example.net\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n" +
		fmt.Sprintf("Final-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: %s\r\n", to, status) + "\r\n--b--\r\n")
}

func arf(sender string) []byte {
	return []byte("MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\nOriginal-Mail-From: <" + sender + ">\r\n\r\n--b--\r\n")
}

// suppressed lists the scopes in which an address gets no mail.
func suppressed(w *testworld.World, email string) string {
	w.T.Helper()
	var scopes string
	err := w.DB.Pool().QueryRow(w.T.Context(),
		`SELECT coalesce(string_agg(scope, ' ' ORDER BY scope), '') FROM suppression WHERE email = $1`, email).Scan(&scopes)
	if err != nil {
		w.T.Fatal(err)
	}
	return scopes
}

// states counts messages by state.
func states(w *testworld.World) string {
	w.T.Helper()
	var text string
	err := w.DB.Pool().QueryRow(w.T.Context(),
		`SELECT string_agg(state || ' ' || n, ', ' ORDER BY state) FROM (SELECT state, count(*) AS n FROM message GROUP BY state) x`).Scan(&text)
	if err != nil {
		w.T.Fatal(err)
	}
	return text
}

// unreachable counts registrations that organisers see as undeliverable.
func unreachable(w *testworld.World, e testworld.Event) int {
	w.T.Helper()
	list, _, err := w.Bookings.List(w.T.Context(), booking.ListFilter{Org: e.Org, Event: e.ID}, nil, 10)
	if err != nil {
		w.T.Fatal(err)
	}
	n := 0
	for _, r := range list {
		if r.Undeliverable {
			n++
		}
	}
	return n
}

func inbound(t *testing.T, s *notify.Service, to string, raw []byte, want mail.ReportKind) {
	t.Helper()
	got, err := s.HandleInbound(t.Context(), to, raw)
	if err != nil || got != want {
		t.Fatalf("it was taken for %q, %v; want %q", got, err, want)
	}
}

func TestSend_GivesEachMailAReturnPathOfItsOwn(t *testing.T) {
	t.Parallel()
	_, _, mails := mailed(t, 2)
	if mails[0].returnPath == mails[1].returnPath {
		t.Fatalf("both came from %s", mails[0].returnPath)
	}
	for _, m := range mails {
		if !strings.HasPrefix(m.returnPath, "b+msg_") || !strings.HasSuffix(m.returnPath, "@bounce.example.org") {
			t.Errorf("a mail came from %s", m.returnPath)
		}
	}
}

func TestInbound_MarksTheMailThatBouncedAndItsRegistration(t *testing.T) { // scenario 37
	t.Parallel()
	w, e, mails := mailed(t, 1)
	if unreachable(w, e) != 0 {
		t.Fatal("marked before anything came back")
	}

	inbound(t, w.Notices, mails[0].returnPath, dsn(mails[0].to, "5.1.1"), mail.BounceHard)
	inbound(t, w.Notices, mails[0].returnPath, dsn(mails[0].to, "5.1.1"), mail.NoReport) // a second copy says nothing new

	if got := states(w); got != "bounced 1" {
		t.Errorf("the messages are %s", got)
	}
	if got := suppressed(w, mails[0].to); got != "all" {
		t.Errorf("the address gets no mail of scope %q, want all", got)
	}
	if unreachable(w, e) != 1 {
		t.Error("the organiser does not see it")
	}
	w.Registered(e, booking.Attendee{Name: "Again", Email: mails[0].to, Segment: booking.SegmentAcademic})
	w.Work()
	if got := states(w); got != "bounced 1, skipped 1" {
		t.Errorf("the next mail to the address: %s", got)
	}
}

func TestInbound_IgnoresForgedAddressesAndReplies(t *testing.T) { // scenario 37
	t.Parallel()
	w, e, mails := mailed(t, 1)
	forged := mails[0].returnPath
	for seal, other := range map[string]string{"0": "1", "1": "0"} {
		if at := strings.IndexByte(forged, '@'); strings.HasSuffix(forged[:at], seal) {
			forged = forged[:at-1] + other + forged[at:]
			break
		}
	}
	if forged == mails[0].returnPath {
		at := strings.IndexByte(forged, '@')
		forged = forged[:at-1] + "0" + forged[at:]
	}
	bare := mail.VERP{Domain: "bounce.example.org", Key: []byte("another key")}

	inbound(t, w.Notices, forged, dsn(mails[0].to, "5.1.1"), mail.NoReport)
	inbound(t, w.Notices, bare.Address("msg_01k9zzzzzzzzzzzzzzzzzzzzzz"), dsn(mails[0].to, "5.1.1"), mail.NoReport)
	inbound(t, w.Notices, "events@lanyard.example", dsn(mails[0].to, "5.1.1"), mail.NoReport)
	inbound(t, w.Notices, mails[0].returnPath, []byte("Auto-Submitted: auto-replied\r\nSubject: Away 5.1.1\r\n\r\nBack on Monday."), mail.NoReport)
	inbound(t, w.Notices, mails[0].returnPath, []byte("\x00\xff no mail at all"), mail.NoReport)
	inbound(t, w.Notices, w.Notices.Bounces.Complaints(), arf("b+msg_1.x@bounce.example.org"), mail.NoReport)
	inbound(t, w.Notices, w.Notices.Bounces.Complaints(), dsn(mails[0].to, "5.1.1"), mail.NoReport)

	if got := states(w); got != "sent 1" || suppressed(w, mails[0].to) != "" || unreachable(w, e) != 0 {
		t.Fatalf("something was believed: %s, %q", got, suppressed(w, mails[0].to))
	}
}

func TestInbound_ThreeSoftBouncesCloseAnAddress(t *testing.T) {
	t.Parallel()
	w, _, mails := mailed(t, 3)
	for i, m := range mails {
		if got := suppressed(w, m.to); got != "" {
			t.Fatalf("closed after %d", i)
		}
		inbound(t, w.Notices, m.returnPath, dsn(m.to, "4.2.2"), mail.BounceSoft)
		inbound(t, w.Notices, m.returnPath, dsn(m.to, "4.2.2"), mail.NoReport)
	}
	if got := suppressed(w, mails[0].to); got != "all" {
		t.Fatalf("after three the address gets no mail of scope %q, want all", got)
	}
}

func TestInbound_RefusedMailIsNoFaultOfTheAddress(t *testing.T) {
	t.Parallel()
	w, e, mails := mailed(t, 3)
	for _, m := range mails {
		inbound(t, w.Notices, m.returnPath, dsn(m.to, "5.7.1"), mail.BounceRefused)
	}
	if got := suppressed(w, mails[0].to); got != "" {
		t.Errorf("the address gets no mail of scope %q", got)
	}
	if n := unreachable(w, e); n != 3 {
		t.Errorf("organisers see %d of 3 registrations whose mail did not arrive", n)
	}
}

func TestInbound_ComplaintsStopRemindersOnly(t *testing.T) {
	t.Parallel()
	w, e, mails := mailed(t, 1)

	inbound(t, w.Notices, w.Notices.Bounces.Complaints(), arf(mails[0].returnPath), mail.Complaint)

	if got := suppressed(w, mails[0].to); got != "reminders" {
		t.Fatalf("the address gets no mail of scope %q, want reminders", got)
	}
	if got := states(w); got != "sent 1" || unreachable(w, e) != 0 {
		t.Errorf("a mail that arrived is %s", got)
	}
}

func TestResend_TriesAnAddressAgainThatBounced(t *testing.T) {
	t.Parallel()
	w, e, mails := mailed(t, 1)
	inbound(t, w.Notices, mails[0].returnPath, dsn(mails[0].to, "5.2.1"), mail.BounceHard)
	if err := w.Notices.StopReminders(t.Context(), e.Org, mails[0].to); err != nil {
		t.Fatal(err)
	}
	var id uid.Registration
	if err := w.DB.Pool().QueryRow(t.Context(), `SELECT id FROM registration`).Scan(&id); err != nil {
		t.Fatal(err)
	}

	if err := w.Bookings.Resend(t.Context(), w.Owner, replay.Key{}, e.Org, e.ID, id); err != nil {
		t.Fatal(err)
	}
	w.Work()

	if got := states(w); got != "bounced 1, sent 1" {
		t.Errorf("the messages are %s", got)
	}
	if got := suppressed(w, mails[0].to); got != "reminders" {
		t.Errorf("the address gets no mail of scope %q, want reminders: those were not wanted", got)
	}
	if n := unreachable(w, e); n != 0 {
		t.Error("it still counts as undeliverable")
	}
}

func TestSend_ASignInMailIsTriedWhateverCameBack(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	w.Notices.Bounces = &mail.VERP{Domain: "bounce.example.org", Key: []byte("key")}
	signIn := func() {
		t.Helper()
		if err := w.Accounts.RequestSignIn(t.Context(), "owner@example.org", account.NewSecret(), ""); err != nil {
			t.Fatal(err)
		}
		w.Work()
	}
	signIn()
	var id uid.Message
	if err := w.DB.Pool().QueryRow(t.Context(), `SELECT id FROM message`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	inbound(t, w.Notices, w.Notices.Bounces.Address(id.String()), dsn("owner@example.org", "5.1.1"), mail.BounceHard)
	signIn()
	if got := states(w); got != "bounced 1, sent 1" {
		t.Fatalf("the messages are %s", got)
	}
}

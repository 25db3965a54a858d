package testworld

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"lanyard/internal/mail"
	"lanyard/internal/notify"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlNextJob = `
SELECT id, kind, args
  FROM river_job
 WHERE state IN ('available', 'scheduled')
   AND (scheduled_at <= $1 OR kind NOT IN ('tell_event', 'ask_to_pay'))
   AND ($2 = '' OR kind = $2)
   AND id > $3
 ORDER BY id
 LIMIT 1`

const sqlJobDone = `
DELETE FROM river_job
 WHERE id = $1`

// Work does every job that is due by the world's clock, one after the other, and
// fails the test when one fails. Nothing else works on the world's jobs.
func (w *World) Work() {
	w.T.Helper()
	w.WorkOn("")
}

// WorkOn is Work for one kind of job; the others wait.
func (w *World) WorkOn(kind string) {
	w.T.Helper()
	if failed := w.TryWork(kind); len(failed) > 0 {
		w.T.Fatal(failed[0])
	}
}

// TryWork is WorkOn that leaves the jobs that fail for the next time, and returns
// why they did.
func (w *World) TryWork(only string) (failed []error) {
	w.T.Helper()
	after := int64(0)
	for {
		var id int64
		var kind string
		var args []byte
		err := w.DB.Pool().QueryRow(w.T.Context(), sqlNextJob, w.Clock.Now(), only, after).Scan(&id, &kind, &args)
		if pg.IsNoRows(err) {
			return failed
		}
		if err != nil {
			w.T.Fatal(err)
		}
		if err := w.workOne(kind, args); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", kind, err))
			after = id
			continue
		}
		if _, err := w.DB.Pool().Exec(w.T.Context(), sqlJobDone, id); err != nil {
			w.T.Fatal(err)
		}
	}
}

func (w *World) workOne(kind string, args []byte) error {
	w.T.Helper()
	switch kind {
	case outbox.RelayArgs{}.Kind():
		return run(w, args, (&outbox.RelayWorker{DB: w.DB, Subscribers: []outbox.Subscriber{w.Notices.Hear}}))
	case notify.TellArgs{}.Kind():
		return run(w, args, &notify.TellWorker{Service: w.Notices})
	case notify.AskArgs{}.Kind():
		return run(w, args, &notify.AskWorker{Service: w.Notices})
	case notify.SendArgs{}.Kind():
		return run(w, args, &notify.SendWorker{Service: w.Notices})
	case payment.ApplyArgs{}.Kind():
		return run(w, args, river.WorkFunc(func(ctx context.Context, job *river.Job[payment.ApplyArgs]) error {
			return w.Payments.ApplyEvent(ctx, job.Args.Account, job.Args.Event)
		}))
	case payment.EndPageArgs{}.Kind():
		return run(w, args, river.WorkFunc(func(ctx context.Context, job *river.Job[payment.EndPageArgs]) error {
			return w.Payments.EndPage(ctx, job.Args.Org, job.Args.Attempt)
		}))
	case payment.RefundArgs{}.Kind():
		return run(w, args, river.WorkFunc(func(ctx context.Context, job *river.Job[payment.RefundArgs]) error {
			return w.Payments.SendRefund(ctx, job.Args.Org, job.Args.Refund)
		}))
	default:
		w.T.Fatalf("nobody works on jobs of kind %q here", kind)
		return nil
	}
}

func run[A river.JobArgs](w *World, raw []byte, worker river.Worker[A]) error {
	w.T.Helper()
	var args A
	if err := json.Unmarshal(raw, &args); err != nil {
		w.T.Fatal(err)
	}
	job := &river.Job[A]{JobRow: &rivertype.JobRow{Attempt: 1, MaxAttempts: 20}, Args: args}
	return worker.Work(w.T.Context(), job)
}

// Mail is one message as it was stored, and as a reader sees it.
type Mail struct {
	Kind, To, Subject, State string
	Raw                      []byte
	mail.Preview
}

const sqlMails = `
SELECT kind, recipient, subject, state, raw
  FROM message
 ORDER BY created_at, id`

// Mails does the work that is due and returns every message ever made, in order.
func (w *World) Mails() []Mail {
	w.T.Helper()
	w.Work()
	rows, err := w.DB.Pool().Query(w.T.Context(), sqlMails)
	if err != nil {
		w.T.Fatal(err)
	}
	defer rows.Close()
	var mails []Mail
	for rows.Next() {
		var m Mail
		if err := rows.Scan(&m.Kind, &m.To, &m.Subject, &m.State, &m.Raw); err != nil {
			w.T.Fatal(err)
		}
		if m.Preview, err = mail.Parse(m.Raw); err != nil {
			w.T.Fatal(err)
		}
		mails = append(mails, m)
	}
	return mails
}

// NewMails is Mails without the first n.
func (w *World) NewMails(n int) []Mail {
	w.T.Helper()
	return w.Mails()[n:]
}

const sqlLastMail = `
SELECT id
  FROM message
 WHERE kind = $1
   AND recipient = $2
 ORDER BY created_at DESC, id DESC
 LIMIT 1`

// Bounced has the last mail of a kind come back from its address, for a reason
// that may pass.
func (w *World) Bounced(kind, to string) {
	w.T.Helper()
	var id uid.Message
	if err := w.DB.Pool().QueryRow(w.T.Context(), sqlLastMail, kind, to).Scan(&id); err != nil {
		w.T.Fatal(err)
	}
	w.Notices.Bounces = &mail.VERP{Domain: "bounce.example.org", Key: []byte("key")}
	report := "From: MAILER-DAEMON@mx.example.net\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n" +
		"Final-Recipient: rfc822; " + to + "\r\nAction: failed\r\nStatus: 4.2.2\r\n\r\n--b--\r\n"
	kindOf, err := w.Notices.HandleInbound(w.T.Context(), w.Notices.Bounces.Address(id.String()), []byte(report))
	if err != nil || kindOf != mail.BounceSoft {
		w.T.Fatalf("the report was taken for %q, %v", kindOf, err)
	}
}

// Property returns the value of a property of a calendar's first event, or else
// of the calendar itself, parameters left out.
func Property(ics, name string) string {
	unfolded := strings.ReplaceAll(ics, "\r\n ", "")
	if head, event, ok := strings.Cut(unfolded, "BEGIN:VEVENT\r\n"); ok {
		unfolded = event + head
	}
	for line := range strings.SplitSeq(unfolded, "\r\n") {
		head, value, ok := strings.Cut(line, ":")
		if ok && (head == name || strings.HasPrefix(head, name+";")) {
			return value
		}
	}
	return ""
}

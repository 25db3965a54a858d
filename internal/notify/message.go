package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"lanyard/internal/calendar"
	"lanyard/internal/mail"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// urgency picks the queue.
type urgency string

const (
	urgent urgency = "urgent" // somebody is waiting: confirmations, sign-in
	normal urgency = "normal"
	bulk   urgency = "bulk" // reminders
)

// Queues are River's queues for mail with how many workers each has.
var Queues = map[string]river.QueueConfig{
	"mail_urgent": {MaxWorkers: 2},
	"mail_normal": {MaxWorkers: 2},
	"mail_bulk":   {MaxWorkers: 1},
}

// outgoing is a message before it is rendered into bytes.
type outgoing struct {
	org          uid.Org
	key          string // unique for ever within the organisation
	kind         mail.Kind
	registration uid.Registration // zero when it is about none
	order        uid.Order        // of mails to a buyer; zero otherwise
	to           mail.Address
	from         mail.Address
	replyTo      mail.Address
	data         any
	invite       *calendar.Invite
	inline       []mail.Attachment
	attachments  []mail.Attachment
	urgency      urgency
	notAfter     time.Time // zero: never too late
	unsubscribe  string
}

const sqlAddMessage = `
INSERT INTO message (org_id, id, dedupe_key, kind, registration_id, order_id, recipient, subject, message_id, raw, urgency, state, not_after, created_at)
VALUES (@org_id, @id, @key, @kind, @registration_id, @order_id, @recipient, @subject, @message_id, @raw, @urgency, 'waiting', @not_after, @now)
ON CONFLICT ON CONSTRAINT message_dedupe_unique DO NOTHING`

// postTx stores a message and the job that sends it, unless one with its key was
// ever made. It reports whether it was new.
func (s *Service) postTx(ctx context.Context, tx *pg.Tx, o outgoing) (bool, error) {
	subject, text, html, err := mail.Render(o.kind, o.data)
	if err != nil {
		return false, fmt.Errorf("render %s: %w", o.kind, err)
	}
	id := uid.New[uid.Message]()
	m := mail.Message{
		ID: id.String() + "@" + s.host(), Date: tx.Now, From: o.from, To: o.to, ReplyTo: o.replyTo,
		Subject: subject, Text: text, HTML: html, Unsubscribe: o.unsubscribe,
		AutoSubmitted: "auto-generated", FeedbackID: string(o.kind) + ":lanyard", Inline: o.inline, Attachments: o.attachments,
	}
	if o.invite != nil {
		ics, err := calendar.Build(*o.invite)
		if err != nil {
			return false, fmt.Errorf("build invite: %w", err)
		}
		m.Invite = &mail.Invite{Method: o.invite.Method, ICS: ics, Attach: true}
	}
	raw, err := mail.Compose(m)
	if err != nil {
		return false, fmt.Errorf("compose %s: %w", o.kind, err)
	}
	if s.Signer != nil {
		if raw, err = s.Signer.Sign(raw); err != nil {
			return false, fmt.Errorf("sign %s: %w", o.kind, err)
		}
	}
	tag, err := tx.Exec(ctx, sqlAddMessage, pgx.StrictNamedArgs{
		"org_id": o.org, "id": id, "key": o.key, "kind": string(o.kind), "registration_id": o.registration, "order_id": o.order,
		"recipient": o.to.Email, "subject": subject, "message_id": m.ID, "raw": raw, "urgency": string(o.urgency),
		"not_after": orNull(o.notAfter), "now": tx.Now,
	})
	if err != nil {
		return false, fmt.Errorf("store %s: %w", o.kind, err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	_, err = s.jobs.InsertTx(ctx, tx.Tx, SendArgs{Org: o.org, Message: id}, &river.InsertOpts{Queue: "mail_" + string(o.urgency)})
	if err != nil {
		return false, fmt.Errorf("queue %s: %w", o.kind, err)
	}
	return true, nil
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// SendArgs names a message to send.
type SendArgs struct {
	Org     uid.Org     `json:"org"`
	Message uid.Message `json:"message"`
}

// Kind is River's name for the job.
func (SendArgs) Kind() string { return "mail_send" }

// InsertOpts gives up after about a week of tries.
func (SendArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 20} }

// SendWorker sends messages.
type SendWorker struct {
	river.WorkerDefaults[SendArgs]
	Service *Service
}

// lease is how long a worker may take to send before another one tries.
const lease = 2 * time.Minute

// Work sends one message, or decides that it need not be sent.
func (w *SendWorker) Work(ctx context.Context, job *river.Job[SendArgs]) error {
	s := w.Service
	m, err := s.lease(ctx, job.Args)
	if err != nil || m == nil {
		return err
	}
	if m.verdict != "" {
		return s.finish(ctx, job.Args, m.verdict, m.why)
	}
	sendErr := s.Sender.Send(ctx, mail.Envelope{From: s.returnPath(job.Args.Message), To: m.Recipient, Raw: m.Raw})
	if sendErr == nil {
		return s.finish(ctx, job.Args, "sent", "")
	}
	if known := mail.SendErrorOf(sendErr); known != nil {
		switch known.Kind {
		case mail.Recipient:
			return s.undeliverable(ctx, job.Args, m.Recipient, known)
		case mail.Config:
			// Nothing is wrong with the message: wait until the server is set up right.
			s.Log.ErrorContext(ctx, "mail server refuses us; mail waits", "error", sendErr)
			return errors.Join(s.finish(ctx, job.Args, "waiting", "mail server refuses us"), river.JobSnooze(time.Minute))
		}
	}
	if job.Attempt >= job.MaxAttempts {
		return s.finish(ctx, job.Args, "failed", sendErr.Error())
	}
	return errors.Join(s.finish(ctx, job.Args, "waiting", sendErr.Error()), fmt.Errorf("send mail: %w", sendErr))
}

// returnPath is where the message goes when it comes back.
func (s *Service) returnPath(id uid.Message) string {
	if s.Bounces == nil {
		return s.From
	}
	return s.Bounces.Address(id.String())
}

// leased is a message that this worker may send.
type leased struct {
	Recipient string
	Raw       []byte
	verdict   string // a final state that it is to get unsent
	why       string
}

const sqlLease = `
UPDATE message m
   SET attempts = attempts + 1,
       locked_until = @until
 WHERE m.org_id = @org_id
   AND m.id = @id
   AND m.state = 'waiting'
   AND (m.locked_until IS NULL OR m.locked_until <= @now)
RETURNING m.recipient, m.raw,
          coalesce(m.not_after <= @now, false),
          EXISTS (SELECT 1 FROM suppression x
                   WHERE x.org_id = m.org_id
                     AND x.email = lower(m.recipient)
                     AND m.kind <> 'sign_in'
                     AND (x.scope = 'all' OR x.scope = 'reminders' AND m.kind = 'reminder'))`

// lease takes the message for this worker, unless its address takes no mail of its
// kind; who asks for a sign-in mail just now gets it all the same. It returns nil when there is nothing
// to do, and a snooze while another worker has it.
func (s *Service) lease(ctx context.Context, a SendArgs) (*leased, error) {
	m := &leased{}
	var late, suppressed, taken bool
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		taken = true
		err := tx.QueryRow(ctx, sqlLease, pgx.StrictNamedArgs{"org_id": a.Org, "id": a.Message, "now": tx.Now, "until": tx.Now.Add(lease)}).
			Scan(&m.Recipient, &m.Raw, &late, &suppressed)
		if errors.Is(err, pgx.ErrNoRows) {
			taken = false
			return nil
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("take message: %w", err)
	}
	switch {
	case !taken:
		return nil, s.whyNotTaken(ctx, a)
	case late:
		m.verdict, m.why = "skipped", "too late to be of use"
	case suppressed:
		m.verdict, m.why = "skipped", "the address does not take mail of this kind"
	}
	return m, nil
}

const sqlMessageState = `
SELECT state
  FROM message
 WHERE org_id = @org_id
   AND id = @id`

// whyNotTaken is nil for a message that is settled, and a snooze for one that
// another worker is sending.
func (s *Service) whyNotTaken(ctx context.Context, a SendArgs) error {
	var state string
	err := s.db.Pool().QueryRow(ctx, sqlMessageState, pgx.StrictNamedArgs{"org_id": a.Org, "id": a.Message}).Scan(&state)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return river.JobCancel(errors.New("the message is gone"))
	case err != nil:
		return fmt.Errorf("read message: %w", err)
	case state == "waiting":
		return river.JobSnooze(lease)
	}
	return nil
}

const sqlFinish = `
UPDATE message
   SET state = @state,
       last_error = @error,
       locked_until = NULL,
       sent_at = CASE WHEN @state = 'sent' THEN @now ELSE sent_at END
 WHERE org_id = @org_id
   AND id = @id
   AND state = 'waiting'`

// finish moves a leased message on. "waiting" gives it back.
func (s *Service) finish(ctx context.Context, a SendArgs, state, why string) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error { return finishTx(ctx, tx, a, state, why) })
}

func finishTx(ctx context.Context, tx *pg.Tx, a SendArgs, state, why string) error {
	_, err := tx.Exec(ctx, sqlFinish, pgx.StrictNamedArgs{
		"org_id": a.Org, "id": a.Message, "state": state, "error": why, "now": tx.Now,
	})
	if err != nil {
		return fmt.Errorf("finish message: %w", err)
	}
	return nil
}

// undeliverable ends a message that its address refuses for good. When it is the
// address itself that does not exist, it is marked: nothing more is sent to it,
// and organisers see it beside the registration.
func (s *Service) undeliverable(ctx context.Context, a SendArgs, email string, cause *mail.SendError) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		if !cause.BadAddress() {
			return finishTx(ctx, tx, a, "failed", cause.Error())
		}
		if err := suppressTx(ctx, tx, a.Org, email, "all", cause.Error()); err != nil {
			return err
		}
		return finishTx(ctx, tx, a, "failed", cause.Error())
	})
}

package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"lanyard/internal/fault"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Receive takes a webhook: it verifies the signature and its clock, keeps the
// event, and returns; the work is a job's. Nil means that the event is in the
// database, so that Stripe may forget it. An event that came before is kept once.
func (s *Service) Receive(ctx context.Context, payload []byte, signature string) error {
	e, err := s.gw.Read(payload, signature)
	if err != nil {
		return fault.InvalidField("body", "webhook", "is not accepted").Because(err)
	}
	return s.keep(ctx, e, "webhook")
}

type eventState string

const (
	eventWaiting eventState = "waiting" // to be applied
	eventApplied eventState = "applied"
	eventIgnored eventState = "ignored" // says nothing that concerns us
	eventRefused eventState = "refused" // must not be applied here
)

const sqlKeepEvent = `
INSERT INTO stripe_event (account, event_id, livemode, type, object_id, version, happened_at, heard_at, heard_by, state, applied_at)
VALUES (@account, @id, @livemode, @type, @object, @version, @happened_at, @now, @by, @state::text,
        CASE WHEN @state::text = 'waiting' THEN NULL ELSE @now::timestamptz END)
ON CONFLICT (account, event_id) DO NOTHING`

// keep stores an event once, with the job that applies it.
func (s *Service) keep(ctx context.Context, e stripegw.Event, by string) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		org, err := s.orgOf(ctx, tx, e.Account)
		if err != nil {
			return err
		}
		state := s.judge(e, org)
		tag, err := tx.Exec(ctx, sqlKeepEvent, pgx.StrictNamedArgs{
			"account": e.Account, "id": e.ID, "livemode": e.Livemode, "type": e.Type, "object": e.Object, "version": e.Version,
			"happened_at": timeOrNull(e.Created), "now": tx.Now, "by": by, "state": state,
		})
		if err != nil {
			return fmt.Errorf("keep an event: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		switch state {
		case eventWaiting:
			if _, err := s.jobs.InsertTx(ctx, tx.Tx, ApplyArgs{Account: e.Account, Event: e.ID}, nil); err != nil {
				return fmt.Errorf("insert the job for an event: %w", err)
			}
		case eventRefused:
			return s.strangerTx(ctx, tx, e, org)
		}
		return nil
	})
}

// judge says what is to become of an event before its object is looked at.
func (s *Service) judge(e stripegw.Event, org uid.Org) eventState {
	switch {
	case e.Thin || e.Object == "" || !slices.ContainsFunc(understood, func(p string) bool { return strings.HasPrefix(e.Type, p) }):
		return eventIgnored
	case e.Livemode != s.gw.Livemode():
		return eventRefused
	case org.IsZero() && e.Account != "":
		return eventRefused
	case org.IsZero():
		return eventIgnored // the operator's own account takes no organisation's money yet
	}
	return eventWaiting
}

// understood are what types of events begin with that concern us.
var understood = []string{
	"checkout.session.", "payment_intent.", "charge.refund", "refund.", "charge.dispute.", "radar.early_fraud_warning.", "payout.",
	"account.application.deauthorized",
}

// strangerTx tells people of an event that belongs to another Stripe than ours.
func (s *Service) strangerTx(ctx context.Context, tx *pg.Tx, e stripegw.Event, org uid.Org) error {
	if org.IsZero() {
		org = uid.Platform
	}
	what := "an account that belongs to no organisation here"
	if e.Livemode != s.gw.Livemode() {
		what = "real money, while this installation works with test payments"
		if s.gw.Livemode() {
			what = "test payments, while this installation works with real money"
		}
	}
	return s.OpenTaskTx(ctx, tx, Task{
		Org: org, Kind: TaskWrongAccount, Key: string(TaskWrongAccount) + ":" + e.Account + ":" + fmt.Sprint(e.Livemode),
		Sentence: fmt.Sprintf("Stripe sends news of %s (%s). They were kept and not acted on. Check the webhook endpoints at Stripe.", what, e.ID),
	})
}

// ApplyArgs names an event to apply.
type ApplyArgs struct {
	Account string `json:"account"`
	Event   string `json:"event"`
}

// Kind is River's name for the job.
func (ApplyArgs) Kind() string { return "stripe_event" }

// InsertOpts puts the jobs into their queue. Stripe tries for three days, and so
// does the job.
func (ApplyArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, Priority: 1, MaxAttempts: 20}
}

type eventRow struct {
	Account  string
	EventID  string
	Type     string
	ObjectID string
	State    eventState
}

const sqlEvent = `
SELECT account, event_id, type, object_id, state
  FROM stripe_event
 WHERE account = @account
   AND event_id = @id`

const sqlEventDone = `
UPDATE stripe_event
   SET state = @state,
       applied_at = @now,
       failure = @failure,
       tries = tries + 1
 WHERE account = @account
   AND event_id = @id
   AND state = 'waiting'`

const sqlEventFailed = `
UPDATE stripe_event
   SET failure = @failure,
       tries = tries + 1
 WHERE account = @account
   AND event_id = @id
   AND state = 'waiting'`

// ApplyEvent does what follows from an event that was kept: it looks at the object
// that the event is about. Doing it twice changes nothing.
func (s *Service) ApplyEvent(ctx context.Context, account, id string) error {
	args := pgx.StrictNamedArgs{"account": account, "id": id}
	e, found, err := oneRow[eventRow](ctx, s.db.Pool(), sqlEvent, args, "read an event")
	if err != nil || !found || e.State != eventWaiting {
		return err
	}
	state, failure := eventApplied, ""
	err = s.follow(ctx, e)
	switch {
	case errors.Is(err, errNotOurs):
		state = eventIgnored
	case stripegw.Is(err, stripegw.Missing):
		state, failure = eventRefused, err.Error()
	case err != nil:
		args["failure"] = err.Error()
		if _, noted := s.db.Pool().Exec(context.WithoutCancel(ctx), sqlEventFailed, args); noted != nil {
			err = errors.Join(err, noted)
		}
		return fmt.Errorf("apply %s: %w", e.Type, err)
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		args := pgx.StrictNamedArgs{"account": account, "id": id, "state": state, "failure": failure, "now": tx.Now}
		if _, err := tx.Exec(ctx, sqlEventDone, args); err != nil {
			return fmt.Errorf("note an applied event: %w", err)
		}
		if state != eventRefused {
			return nil
		}
		org, err := s.orgOf(ctx, tx, account)
		if err != nil {
			return err
		}
		if org.IsZero() {
			org = uid.Platform
		}
		return s.OpenTaskTx(ctx, tx, Task{
			Org: org, Kind: TaskUnknownObject, Key: string(TaskUnknownObject) + ":" + e.ObjectID,
			Sentence: fmt.Sprintf("Stripe sent news (%s) of %s, which it does not know itself when asked. Nothing was changed.", e.Type, e.ObjectID),
		})
	})
}

const sqlSettled = `
SELECT EXISTS (SELECT
                 FROM payment_attempt
                WHERE account = @account
                  AND livemode = @livemode
                  AND (session_id = @id OR intent_id = @id)
                  AND state = 'succeeded')`

// settled reports whether the session or intent of an event is of an attempt that
// has been paid. That is for good, so Stripe need not be asked again: of the four
// events of a payment only the first is followed.
func (s *Service) settled(ctx context.Context, e eventRow) (done bool, err error) {
	args := pgx.StrictNamedArgs{"account": e.Account, "livemode": s.gw.Livemode(), "id": e.ObjectID}
	if err := s.db.Pool().QueryRow(ctx, sqlSettled, args).Scan(&done); err != nil {
		return false, fmt.Errorf("look for a paid attempt: %w", err)
	}
	return done, nil
}

// follow syncs the object of an event.
func (s *Service) follow(ctx context.Context, e eventRow) error {
	is := func(prefix string) bool { return strings.HasPrefix(e.Type, prefix) }
	if is("checkout.session.") || is("payment_intent.") {
		if done, err := s.settled(ctx, e); done || err != nil {
			return err
		}
	}
	switch {
	case is("checkout.session."):
		return s.SyncSession(ctx, e.Account, e.ObjectID)
	case is("payment_intent."):
		return s.syncIntent(ctx, e.Account, e.ObjectID)
	case e.Type == "charge.refunded":
		return s.syncCharge(ctx, e.Account, e.ObjectID)
	case is("charge.refund."), is("refund."):
		r, err := s.gw.Refund(ctx, e.Account, e.ObjectID)
		if err != nil {
			return err
		}
		if r.Charge == "" {
			return errNotOurs
		}
		return s.syncCharge(ctx, e.Account, r.Charge)
	case is("charge.dispute."):
		return s.syncDispute(ctx, e.Account, e.ObjectID)
	case is("radar.early_fraud_warning."):
		return s.warned(ctx, e.Account, e.ObjectID)
	case is("payout."):
		return s.payout(ctx, e.Account, e.ObjectID)
	case e.Type == "account.application.deauthorized" && e.Account != "":
		return s.disconnected(ctx, e.Account)
	}
	return errNotOurs
}

func (s *Service) payout(ctx context.Context, account, id string) error {
	if s.hooks.Payout == nil {
		return errNotOurs
	}
	org, err := s.orgOf(ctx, s.db.Pool(), account)
	if err != nil {
		return err
	}
	return s.hooks.Payout(ctx, org, account, id)
}

// kept is how long events are remembered: longer than Stripe repeats them.
const kept = 120 * 24 * time.Hour

const sqlForgetEvents = `
DELETE FROM stripe_event
 WHERE (account, event_id) IN (SELECT account, event_id
                                 FROM stripe_event
                                WHERE heard_at < @before
                                  AND state <> 'waiting'
                                LIMIT 5000)`

func (s *Service) forgetEvents(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		if _, err := tx.Exec(ctx, sqlForgetEvents, pgx.StrictNamedArgs{"before": tx.Now.Add(-kept)}); err != nil {
			return fmt.Errorf("forget old events: %w", err)
		}
		return nil
	})
}

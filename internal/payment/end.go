package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// alarmAfter is how long Stripe may be silent about a session that is to end
// before people are told.
const alarmAfter = 10 * time.Minute

// CloseOff makes sure that nobody can pay for the order any more, before its seats
// are released. It is true when there is nothing that could still bring money,
// which for a session only Stripe can confirm; false when the order was paid, a
// payment is under way, or Stripe does not answer. Then the seats stay.
func (s *Service) CloseOff(ctx context.Context, org uid.Org, order uid.Order) (closed bool, err error) {
	a, found, err := s.live(ctx, s.db.Pool(), sqlLiveAttempt, org, order)
	if err != nil || !found {
		return err == nil, err
	}
	if a.State == AttemptProcessing {
		err = s.SyncSession(ctx, a.Account, a.session())
	} else {
		err = s.endAttempt(ctx, a, string(AttemptExpired))
	}
	if _, isStripes := errors.AsType[*stripegw.Problem](err); isStripes {
		return false, nil // said in the log, and in a task when it lasts
	}
	if err != nil {
		return false, err
	}
	a, _, err = s.attempt(ctx, s.db.Pool(), sqlAttempt, org, a.ID)
	if err != nil {
		return false, err
	}
	return !a.State.Live() && a.State != AttemptSucceeded, nil
}

// The row says first what is going to be asked of Stripe; the number of the try is
// part of the key, because Stripe would repeat the answer of a failed one.
const sqlEnding = `
UPDATE payment_attempt
   SET ending = CASE WHEN ending = '' THEN @ending ELSE ending END,
       expire_tries = expire_tries + 1
 WHERE org_id = @org_id
   AND id = @id
   AND state IN ('creating', 'open')
RETURNING ` + attemptColumns

// endAttempt asks Stripe to end a session, and then looks at what it is: expired,
// or paid just in time. When it returns nil, Stripe has answered both.
func (s *Service) endAttempt(ctx context.Context, a attemptRow, ending string) error {
	if a.State == AttemptCreating {
		if err := s.redrive(ctx, a); err != nil {
			return s.unanswered(ctx, a, err)
		}
	}
	args := pgx.StrictNamedArgs{"org_id": a.OrgID, "id": a.ID, "ending": ending}
	var found bool
	err := s.db.InTx(ctx, func(tx *pg.Tx) (err error) {
		a, found, err = oneRow[attemptRow](ctx, tx, sqlEnding, args, "end an attempt")
		return err
	})
	if err != nil || !found {
		return err // it has ended, or is processing
	}
	err = s.gw.ExpireSession(ctx, a.Account, a.session(), fmt.Sprintf("%s-expire-%d", a.ID, a.ExpireTries))
	if stripegw.MayRetry(err) {
		return s.unanswered(ctx, a, err)
	}
	// Refused: it is not open any more, and what it is then says more than the refusal.
	return s.unanswered(ctx, a, s.SyncSession(ctx, a.Account, a.session()))
}

// redrive gives an attempt the session that it was to have, so that there is
// something to end. That Stripe refuses is as good an end.
func (s *Service) redrive(ctx context.Context, a attemptRow) error {
	_, err := s.drive(ctx, a)
	if p, ok := errors.AsType[*stripegw.Problem](err); ok && stripegw.MayRetry(p) {
		return p
	}
	if err != nil {
		s.log.InfoContext(ctx, "an attempt did not get a payment page", "attempt", a.ID, "error", err)
	}
	return nil
}

const sqlUnanswered = `
UPDATE payment_attempt
   SET unreachable_since = COALESCE(unreachable_since, @now),
       next_look_at = @look_at
 WHERE org_id = @org_id
   AND id = @id
   AND state IN ('creating', 'open', 'processing')
RETURNING unreachable_since`

// unanswered notes that Stripe did not say what became of a session, and makes a
// task when that lasts. It returns err.
func (s *Service) unanswered(ctx context.Context, a attemptRow, err error) error {
	if _, isStripes := errors.AsType[*stripegw.Problem](err); !isStripes {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	s.log.WarnContext(ctx, "stripe does not end a payment page", "attempt", a.ID, "error", err)
	failure := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var since time.Time
		scan := tx.QueryRow(ctx, sqlUnanswered, pgx.StrictNamedArgs{
			"org_id": a.OrgID, "id": a.ID, "now": tx.Now, "look_at": tx.Now.Add(time.Minute),
		}).Scan(&since)
		if pg.IsNoRows(scan) {
			return nil
		}
		if scan != nil {
			return fmt.Errorf("note that Stripe is silent: %w", scan)
		}
		if tx.Now.Sub(since) < alarmAfter {
			return nil
		}
		return s.OpenTaskTx(ctx, tx, Task{
			Org: a.OrgID, Kind: TaskStripeUnreachable, Key: unreachableKey(a.ID), Order: a.OrderID, Amount: a.amount(),
			Sentence: "Stripe does not answer, so nobody knows whether this order is being paid. Its places are kept until it does.",
		})
	})
	return errors.Join(err, failure)
}

func unreachableKey(id uid.Attempt) string { return string(TaskStripeUnreachable) + ":" + id.String() }

// SyncOrder looks up at Stripe what became of the order's live attempt, and applies
// it: the page that the buyer returns to calls it. Without a live attempt it does
// nothing.
func (s *Service) SyncOrder(ctx context.Context, org uid.Org, order uid.Order) error {
	a, found, err := s.live(ctx, s.db.Pool(), sqlLiveAttempt, org, order)
	if err != nil || !found {
		return err
	}
	if a.State == AttemptCreating {
		return s.redrive(ctx, a)
	}
	if err := s.SyncSession(ctx, a.Account, a.session()); err != nil {
		return said(err, "The payment service does not know this payment.")
	}
	return nil
}

const sqlLapsed = `
SELECT ` + attemptColumns + `
  FROM payment_attempt
 WHERE state IN ('creating', 'open')
   AND livemode = @livemode
   AND (ending <> '' OR hold_until <= @now)
 ORDER BY hold_until, id
 LIMIT 200`

const sqlStuck = `
SELECT ` + attemptColumns + `
  FROM payment_attempt
 WHERE state = 'creating'
   AND livemode = @livemode
   AND created_at <= @before
 ORDER BY created_at, id
 LIMIT 200`

// Sweep finishes attempts that were left in the making for more than 30 seconds,
// and ends those whose seats lapse or that gave way to another. What Stripe does
// not answer waits for the next round.
func (s *Service) Sweep(ctx context.Context) error {
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	args := pgx.StrictNamedArgs{"livemode": s.gw.Livemode(), "before": now.Add(-redriveAfter)}
	stuck, err := manyRows[attemptRow](ctx, s.db.Pool(), sqlStuck, args, "list attempts in the making")
	if err != nil {
		return err
	}
	for _, a := range stuck {
		if err := s.redrive(ctx, a); err != nil {
			s.log.WarnContext(ctx, "stripe does not make a payment page", "attempt", a.ID, "error", err)
		}
	}
	args = pgx.StrictNamedArgs{"livemode": s.gw.Livemode(), "now": now}
	lapsed, err := manyRows[attemptRow](ctx, s.db.Pool(), sqlLapsed, args, "list attempts to end")
	if err != nil {
		return err
	}
	var errs []error
	for _, a := range lapsed {
		if err := s.endAttempt(ctx, a, string(AttemptExpired)); err != nil && !stripegw.MayRetry(err) {
			errs = append(errs, fmt.Errorf("end attempt %s: %w", a.ID, err))
		}
	}
	return errors.Join(append(errs, s.actOnTasks(ctx))...)
}

// now is the database's clock, or the test's.
func (s *Service) now(ctx context.Context) (now time.Time, err error) {
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		now = tx.Now
		return nil
	})
	return now, err
}

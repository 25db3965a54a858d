package payment

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Start opens a page at Stripe where the order can be paid. A live attempt for
// the same amount and lines is given again, so that a double click or a second
// tab leads to the same page; any other is ended at Stripe first. It refuses with
// PAYMENT_PENDING when the order was paid meanwhile, or a payment is under way.
func (s *Service) Start(ctx context.Context, due Due) (Attempt, error) {
	if err := due.check(); err != nil {
		return Attempt{}, err
	}
	for range 4 {
		mine, old, err := s.claim(ctx, due)
		if err != nil {
			return Attempt{}, err
		}
		if !mine.ID.IsZero() {
			driven, err := s.drive(ctx, mine)
			return driven.attempt(), err
		}
		if old.ID.IsZero() {
			continue // somebody else began one just now
		}
		if err := s.endAttempt(ctx, old, string(AttemptSuperseded)); err != nil {
			return Attempt{}, said(err, "This order cannot be paid just now. Please try again in a moment.")
		}
	}
	return Attempt{}, fault.Conflict(fault.Busy, "This order is being paid in another window. Please try again in a moment.")
}

// claim finds the attempt to go on with, or makes it, or names the one that has
// to end first.
func (s *Service) claim(ctx context.Context, due Due) (mine, old attemptRow, err error) {
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		mine, old = attemptRow{}, attemptRow{}
		if !due.HoldUntil.After(tx.Now) {
			return fault.Precondition(fault.HoldExpired, "The time for these places is over. Please choose again.")
		}
		found, err := s.lockTx(ctx, tx, due.Org, due.Order)
		if err != nil {
			return err
		}
		if !found {
			return fault.NotFound("order")
		}
		if err := s.notPaidTx(ctx, tx, due); err != nil {
			return err
		}
		acct, err := s.accountTx(ctx, tx, due.Org)
		if err != nil {
			return err
		}
		live, found, err := s.live(ctx, tx, sqlLockLiveAttempt, due.Org, due.Order)
		if err != nil {
			return err
		}
		if !found {
			mine, _, err = s.insertAttemptTx(ctx, tx, due, acct)
			return err
		}
		if live.State == AttemptProcessing {
			return pending()
		}
		basis, err := due.basis(acct)
		if err != nil {
			return err
		}
		if bytes.Equal(basis, live.Basis) && live.Ending == "" && live.ExpiresAt.After(tx.Now.Add(usableFor)) {
			mine = live
			return s.extendTx(ctx, tx, due.Org, due.Order, due.HoldUntil)
		}
		old = live
		return nil
	})
	return mine, old, err
}

// usableFor is how long a session must still be open to be offered again.
const usableFor = 2 * time.Minute

func pending() error {
	return fault.Precondition(fault.PaymentPending, "A payment for this order has come in or is under way. Please do not pay again; this page will show it in a moment.")
}

const sqlCapturedNet = `
SELECT COALESCE((SELECT sum(amount_minor)
                   FROM payment
                  WHERE org_id = @org_id
                    AND order_id = @order_id), 0)
     - COALESCE((SELECT sum(amount_minor)
                   FROM payment_refund
                  WHERE org_id = @org_id
                    AND order_id = @order_id
                    AND state NOT IN ('failed', 'canceled')), 0)`

// notPaidTx refuses when more has come in than whoever reckoned the amount knew.
func (s *Service) notPaidTx(ctx context.Context, tx *pg.Tx, due Due) error {
	var net int64
	if err := tx.QueryRow(ctx, sqlCapturedNet, pgx.StrictNamedArgs{"org_id": due.Org, "order_id": due.Order}).Scan(&net); err != nil {
		return fmt.Errorf("sum up what was captured: %w", err)
	}
	transfers, err := s.books.Transfers(ctx, tx, due.Org, due.Order.String())
	if err != nil {
		return err
	}
	for _, t := range transfers {
		net += t.Amount.Minor
	}
	if net > due.Paid.Minor {
		return pending()
	}
	return nil
}

// lockTx locks an order by the hook.
func (s *Service) lockTx(ctx context.Context, tx *pg.Tx, org uid.Org, order uid.Order) (bool, error) {
	if order.IsZero() {
		return false, nil
	}
	if s.hooks.LockTx == nil {
		return true, nil
	}
	found, err := s.hooks.LockTx(ctx, tx, org, order)
	if err != nil {
		return false, fmt.Errorf("lock the order of a payment: %w", err)
	}
	return found, nil
}

const sqlExtend = `
UPDATE payment_attempt
   SET hold_until = @until
 WHERE org_id = @org_id
   AND order_id = @order_id
   AND state IN ('creating', 'open')
   AND ending = ''
   AND hold_until < @until`

func (s *Service) extendTx(ctx context.Context, tx *pg.Tx, org uid.Org, order uid.Order, until time.Time) error {
	_, err := tx.Exec(ctx, sqlExtend, pgx.StrictNamedArgs{"org_id": org, "order_id": order, "until": until})
	if err != nil {
		return fmt.Errorf("extend an attempt: %w", err)
	}
	return nil
}

// ExtendTx lets the live attempt be paid until a later moment, because its seats
// are kept longer.
func (s *Service) ExtendTx(ctx context.Context, tx *pg.Tx, org uid.Org, order uid.Order, until time.Time) error {
	return s.extendTx(ctx, tx, org, order, until)
}

const sqlOpened = `
UPDATE payment_attempt
   SET state = 'open',
       session_id = @session,
       session_url = @url,
       expires_at = @expires_at,
       next_look_at = @look_at
 WHERE org_id = @org_id
   AND id = @id
   AND state = 'creating'`

// firstLook is how long after opening the poller looks at an attempt.
const firstLook = 3 * time.Minute

// drive makes the session of an attempt that has none yet; with the same key it
// gets the same session, whoever asks and however often.
func (s *Service) drive(ctx context.Context, a attemptRow) (attemptRow, error) {
	if a.State != AttemptCreating {
		return a, nil
	}
	got, err := s.gw.CreateSession(ctx, a.Account, a.ID.String(), a.Params)
	if stripegw.Is(err, stripegw.NoAccess) && a.Account != "" {
		if failure := s.disconnected(context.WithoutCancel(ctx), a.Account); failure != nil {
			return a, failure
		}
		return a, s.abandon(ctx, a, err)
	}
	if stripegw.MayRetry(err) {
		return a, said(err, "The organiser cannot take payments by card at the moment.")
	}
	if err != nil {
		return a, s.abandon(ctx, a, err)
	}
	ctx = context.WithoutCancel(ctx) // the session is there: keep it, though the buyer has gone
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := tx.Exec(ctx, sqlOpened, pgx.StrictNamedArgs{
			"org_id": a.OrgID, "id": a.ID, "session": got.ID, "url": got.URL, "expires_at": got.ExpiresAt, "look_at": tx.Now.Add(firstLook),
		})
		if err != nil {
			return fmt.Errorf("keep a session: %w", err)
		}
		a, _, err = s.attempt(ctx, tx, sqlAttempt, a.OrgID, a.ID)
		return err
	})
	if err != nil {
		return a, err
	}
	if a.State == AttemptOpen {
		return a, nil
	}
	return a, pending() // it has moved on meanwhile
}

const sqlAbandon = `
UPDATE payment_attempt
   SET state = 'abandoned',
       failure = @failure,
       ended_at = @now
 WHERE org_id = @org_id
   AND id = @id
   AND state = 'creating'`

// abandon ends an attempt for which Stripe has not made a session and will not.
// It returns the fault to show.
func (s *Service) abandon(ctx context.Context, a attemptRow, why error) error {
	ctx = context.WithoutCancel(ctx)
	s.log.ErrorContext(ctx, "stripe made no payment page", "attempt", a.ID, "error", why)
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		if _, err := s.lockTx(ctx, tx, a.OrgID, a.OrderID); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, sqlAbandon, pgx.StrictNamedArgs{"org_id": a.OrgID, "id": a.ID, "failure": why.Error(), "now": tx.Now})
		if err != nil {
			return fmt.Errorf("abandon an attempt: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return s.endedTx(ctx, tx, a, AttemptAbandoned)
	})
	if err != nil {
		return err
	}
	return fault.Precondition(fault.WrongState, "The payment page cannot be opened. Please try again, or write to the organiser.").Because(why)
}

func (s *Service) endedTx(ctx context.Context, tx *pg.Tx, a attemptRow, state AttemptState) error {
	if s.hooks.Ended == nil {
		return nil
	}
	err := s.hooks.Ended(ctx, tx, Ended{Org: a.OrgID, Order: a.OrderID, Attempt: a.ID, State: state, Declined: a.Declined != ""})
	if err != nil {
		return fmt.Errorf("tell of an ended attempt: %w", err)
	}
	return nil
}

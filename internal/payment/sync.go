package payment

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// The kinds of objects whose state is followed.
const (
	kindSession = "session"
	kindCharge  = "charge"
	kindDispute = "dispute"
)

const sqlObjectVersion = `
SELECT version
  FROM stripe_object
 WHERE account = @account
   AND livemode = @livemode
   AND id = @id`

// A seen object is what was fetched, with the version that it may replace.
type seen struct {
	account, id, kind, status string
	version                   int64
}

// refetch repeats fetching and applying while others apply at the same time, so
// that what was fetched before they did never overwrites what they know.
func (s *Service) refetch(ctx context.Context, account, id string, once func(version int64) (applied bool, err error)) error {
	for range 8 {
		var version int64
		err := s.db.Pool().QueryRow(ctx, sqlObjectVersion, pgx.StrictNamedArgs{"account": account, "livemode": s.gw.Livemode(), "id": id}).Scan(&version)
		if err != nil && !pg.IsNoRows(err) {
			return fmt.Errorf("read the version of %s: %w", id, err)
		}
		if applied, err := once(version); err != nil || applied {
			return err
		}
	}
	return fault.Conflict(fault.Busy, "This payment is changing just now. Please try again.")
}

const sqlReplaceObject = `
INSERT INTO stripe_object AS o (account, livemode, id, kind, org_id, status, version, fetched_at)
VALUES (@account, @livemode, @id, @kind, @org_id, @status, 1, @now)
ON CONFLICT (account, livemode, id) DO UPDATE
   SET status = excluded.status,
       org_id = COALESCE(excluded.org_id, o.org_id),
       version = o.version + 1,
       fetched_at = excluded.fetched_at
 WHERE o.version = @version`

// replaceTx takes the place of the version that was there before fetching; false
// means that somebody else did.
func (s *Service) replaceTx(ctx context.Context, tx *pg.Tx, o seen, org uid.Org) (bool, error) {
	tag, err := tx.Exec(ctx, sqlReplaceObject, pgx.StrictNamedArgs{
		"account": o.account, "livemode": s.gw.Livemode(), "id": o.id, "kind": o.kind, "org_id": org, "status": o.status,
		"version": o.version, "now": tx.Now,
	})
	if err != nil {
		return false, fmt.Errorf("keep the version of %s: %w", o.id, err)
	}
	return tag.RowsAffected() == 1, nil
}

// SyncSession fetches a Checkout Session with its payment and applies what it is.
// It is the one way in which a payment becomes ours.
func (s *Service) SyncSession(ctx context.Context, account, session string) error {
	return s.refetch(ctx, account, session, func(version int64) (bool, error) {
		got, err := s.gw.Session(ctx, account, session)
		if err != nil {
			return false, err
		}
		o := seen{account, session, kindSession, got.Status + "/" + got.Payment, version}
		applied := false
		err = s.db.InTx(ctx, func(tx *pg.Tx) (err error) {
			applied, err = s.applySessionTx(ctx, tx, o, got)
			return err
		})
		return applied, err
	})
}

const sqlAttemptOfSession = `
SELECT ` + attemptColumns + `
  FROM payment_attempt
 WHERE account = @account
   AND livemode = @livemode
   AND session_id = @session`

// claimant finds the attempt that a session is of. Ours is false when the session
// bears no mark of ours: the account may serve a shop as well. A session that
// bears the marks of an attempt which has another session or account has none.
func (s *Service) claimant(ctx context.Context, tx *pg.Tx, account string, got stripegw.Session) (a attemptRow, known, ours bool, err error) {
	args := pgx.StrictNamedArgs{"account": account, "livemode": got.Livemode, "session": got.ID}
	a, known, err = oneRow[attemptRow](ctx, tx, sqlAttemptOfSession, args, "find a session's attempt")
	if err != nil || known {
		return a, known, true, err
	}
	if got.Marks[stripegw.MarkAttempt] == "" {
		return a, false, false, nil
	}
	var org uid.Org
	var id uid.Attempt
	if org.UnmarshalText([]byte(got.Marks[stripegw.MarkOrg])) != nil || id.UnmarshalText([]byte(got.Marks[stripegw.MarkAttempt])) != nil {
		return a, false, true, nil
	}
	a, known, err = s.attempt(ctx, tx, sqlAttempt, org, id)
	if err != nil || !known || a.SessionID != nil || a.Account != account || a.Livemode != got.Livemode {
		return attemptRow{}, false, true, err
	}
	return a, true, true, nil
}

// applySessionTx brings ours to what Stripe's session is; doing it again changes
// nothing.
func (s *Service) applySessionTx(ctx context.Context, tx *pg.Tx, o seen, got stripegw.Session) (bool, error) {
	a, known, ours, err := s.claimant(ctx, tx, o.account, got)
	if err != nil {
		return false, err
	}
	org := a.OrgID
	if !known {
		if org, err = s.orgOf(ctx, tx, o.account); err != nil {
			return false, err
		}
	}
	if applied, err := s.replaceTx(ctx, tx, o, org); err != nil || !applied || !ours {
		return applied, err
	}
	paid := got.Status == "complete" && got.Payment == "paid"
	if !known {
		if paid {
			return true, s.captureStrayTx(ctx, tx, o.account, org, got)
		}
		return true, nil
	}
	found, err := s.lockTx(ctx, tx, a.OrgID, a.OrderID)
	if err != nil {
		return false, err
	}
	if a, _, err = s.attempt(ctx, tx, sqlLockAttempt, a.OrgID, a.ID); err != nil {
		return false, err
	}
	if paid {
		return true, s.captureTx(ctx, tx, a, got, found)
	}
	return true, s.moveTx(ctx, tx, a, got)
}

const sqlMove = `
UPDATE payment_attempt
   SET state = @state,
       session_id = @session,
       session_url = @url,
       intent_id = COALESCE(@intent, intent_id),
       declined = CASE WHEN @declined = '' THEN declined ELSE @declined END,
       expires_at = @expires_at,
       unreachable_since = NULL,
       next_look_at = @look_at,
       ended_at = CASE WHEN @state IN ('creating', 'open', 'processing') THEN NULL ELSE COALESCE(ended_at, @now) END
 WHERE org_id = @org_id
   AND id = @id`

// setTx writes what a session says onto its attempt.
func (s *Service) setTx(ctx context.Context, tx *pg.Tx, a attemptRow, got stripegw.Session, state AttemptState) error {
	_, err := tx.Exec(ctx, sqlMove, pgx.StrictNamedArgs{
		"org_id": a.OrgID, "id": a.ID, "state": state, "session": got.ID, "url": got.URL, "intent": orNull(got.Intent.ID),
		"declined": got.Intent.Declined, "expires_at": got.ExpiresAt, "now": tx.Now, "look_at": nextLook(a, state, tx.Now),
	})
	if err != nil {
		return fmt.Errorf("move an attempt to %s: %w", state, err)
	}
	if a.UnreachableSince == nil {
		return nil
	}
	return s.settleTaskTx(ctx, tx, a.OrgID, unreachableKey(a.ID), "Stripe answers again.")
}

// nextLook is when the poller looks again: every few minutes at first, and less
// often the longer nothing happens.
func nextLook(a attemptRow, state AttemptState, now time.Time) time.Time {
	most := 30 * time.Minute
	if state == AttemptProcessing {
		most = time.Hour
	}
	return now.Add(min(max(now.Sub(a.CreatedAt)/10, 2*time.Minute), most))
}

// moveTx applies a session that brought no money, or none yet.
func (s *Service) moveTx(ctx context.Context, tx *pg.Tx, a attemptRow, got stripegw.Session) error {
	state := nextState(a, got)
	if a.State == AttemptSucceeded || !a.State.Live() && a.State != AttemptAbandoned {
		return nil // it has ended, and only money can change that
	}
	if err := s.setTx(ctx, tx, a, got, state); err != nil {
		return err
	}
	first := a.Declined == "" && got.Intent.Declined != ""
	a.Declined = cmp.Or(got.Intent.Declined, a.Declined)
	switch {
	case state == AttemptOpen && first && s.hooks.Declined != nil:
		if err := s.hooks.Declined(ctx, tx, a.OrgID, a.OrderID); err != nil {
			return fmt.Errorf("tell of a refused card: %w", err)
		}
		return nil
	case state == a.State:
		return nil
	case state == AttemptProcessing && s.hooks.Processing != nil:
		if err := s.hooks.Processing(ctx, tx, a.OrgID, a.OrderID); err != nil {
			return fmt.Errorf("tell of a slow payment: %w", err)
		}
		return nil
	case !state.Live() && a.State.Live():
		return s.endedTx(ctx, tx, a, state)
	}
	return nil
}

// nextState is what an unpaid session makes of its attempt. A status that nobody
// knows leaves it as it is.
func nextState(a attemptRow, got stripegw.Session) AttemptState {
	switch got.Status {
	case "open":
		if a.State == AttemptCreating {
			return AttemptOpen
		}
	case "expired":
		if a.Ending == string(AttemptSuperseded) {
			return AttemptSuperseded
		}
		return AttemptExpired
	case "complete":
		switch got.Intent.Status {
		case "requires_payment_method", "canceled":
			return AttemptFailed
		default:
			return AttemptProcessing
		}
	}
	return a.State
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
)

const sqlToLookAt = `
SELECT ` + attemptColumns + `
  FROM payment_attempt
 WHERE state IN ('open', 'processing')
   AND livemode = @livemode
   AND next_look_at <= @now
 ORDER BY next_look_at, id
 LIMIT 200`

const sqlPutOff = `
UPDATE payment_attempt
   SET next_look_at = @look_at
 WHERE org_id = @org_id
   AND id = @id
   AND state IN ('creating', 'open', 'processing')`

// Poll looks at Stripe for what the webhooks may not have told: attempts that have
// been open for a while, and refunds that were left or are pending.
func (s *Service) Poll(ctx context.Context) error {
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	args := pgx.StrictNamedArgs{"livemode": s.gw.Livemode(), "now": now}
	due, err := manyRows[attemptRow](ctx, s.db.Pool(), sqlToLookAt, args, "list attempts to look at")
	if err != nil {
		return err
	}
	var errs []error
	for _, a := range due {
		err := s.SyncSession(ctx, a.Account, a.session())
		if err == nil {
			continue
		}
		s.log.WarnContext(ctx, "look at a payment", "attempt", a.ID, "error", err)
		if _, isStripes := errors.AsType[*stripegw.Problem](err); !isStripes {
			errs = append(errs, fmt.Errorf("look at attempt %s: %w", a.ID, err))
		}
		errs = append(errs, s.putOff(ctx, a))
	}
	return errors.Join(append(errs, s.pollRefunds(ctx, now))...)
}

// putOff lets an attempt that could not be looked at wait, so that it does not
// keep others from their turn.
func (s *Service) putOff(ctx context.Context, a attemptRow) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := tx.Exec(ctx, sqlPutOff, pgx.StrictNamedArgs{"org_id": a.OrgID, "id": a.ID, "look_at": nextLook(a, a.State, tx.Now)})
		if err != nil {
			return fmt.Errorf("put an attempt off: %w", err)
		}
		return nil
	})
}

// How far back Stripe is asked what was missed: it tries to deliver a webhook for
// three days, and lists overlap so that nothing falls between two of them.
const (
	undeliveredSince = 4 * 24 * time.Hour
	reviewSince      = 8 * 24 * time.Hour
)

// CatchUp asks Stripe for events that no webhook endpoint took, and keeps them as
// if they had come.
func (s *Service) CatchUp(ctx context.Context) error {
	return s.eachAccount(ctx, func(account string, now time.Time) error {
		missed, err := s.gw.Undelivered(ctx, account, now.Add(-undeliveredSince))
		if err != nil {
			return err
		}
		for _, e := range missed {
			if err := s.keep(ctx, e, "poll"); err != nil {
				return err
			}
		}
		return nil
	})
}

// Review compares the charges, refunds and disputes of the last days with ours, and
// syncs each that differs. It also forgets old events.
func (s *Service) Review(ctx context.Context) error {
	err := s.eachAccount(ctx, func(account string, now time.Time) error {
		since := now.Add(-reviewSince)
		return errors.Join(s.reviewCharges(ctx, account, since), s.reviewRefunds(ctx, account, since), s.reviewDisputes(ctx, account, since))
	})
	return errors.Join(err, s.forgetEvents(ctx))
}

func (s *Service) eachAccount(ctx context.Context, do func(account string, now time.Time) error) error {
	if !s.gw.Configured() {
		return nil
	}
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, a := range accounts {
		if err := do(a.Account, now); err != nil {
			errs = append(errs, fmt.Errorf("account %q: %w", a.Account, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Service) reviewCharges(ctx context.Context, account string, since time.Time) error {
	charges, err := s.gw.ChargesSince(ctx, account, since)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range charges {
		if c.Status != "succeeded" {
			continue
		}
		if _, err := s.ensurePayment(ctx, account, c.ID, c.Intent); err != nil && !errors.Is(err, errNotOurs) {
			errs = append(errs, fmt.Errorf("charge %s: %w", c.ID, err))
		}
	}
	return errors.Join(errs...)
}

const sqlRefundState = `
SELECT state
  FROM payment_refund
 WHERE account = @account
   AND livemode = @livemode
   AND refund_id = @id`

func (s *Service) reviewRefunds(ctx context.Context, account string, since time.Time) error {
	refunds, err := s.gw.RefundsSince(ctx, account, since)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range refunds {
		if r.Charge == "" {
			continue
		}
		differs, err := s.differs(ctx, sqlRefundState, account, r.ID, r.Status)
		if err == nil && differs {
			err = s.syncCharge(ctx, account, r.Charge)
		}
		if err != nil && !errors.Is(err, errNotOurs) {
			errs = append(errs, fmt.Errorf("refund %s: %w", r.ID, err))
		}
	}
	return errors.Join(errs...)
}

const sqlDisputeStatus = `
SELECT status
  FROM payment_dispute
 WHERE account = @account
   AND livemode = @livemode
   AND dispute_id = @id`

func (s *Service) reviewDisputes(ctx context.Context, account string, since time.Time) error {
	disputes, err := s.gw.DisputesSince(ctx, account, since)
	if err != nil {
		return err
	}
	var errs []error
	for _, d := range disputes {
		differs, err := s.differs(ctx, sqlDisputeStatus, account, d.ID, d.Status)
		if err == nil && differs {
			err = s.syncDispute(ctx, account, d.ID)
		}
		if err != nil && !errors.Is(err, errNotOurs) {
			errs = append(errs, fmt.Errorf("dispute %s: %w", d.ID, err))
		}
	}
	return errors.Join(errs...)
}

// differs reports whether Stripe's status of an object is not the one we know.
func (s *Service) differs(ctx context.Context, sql, account, id, status string) (bool, error) {
	var known string
	err := s.db.Pool().QueryRow(ctx, sql, pgx.StrictNamedArgs{"account": account, "livemode": s.gw.Livemode(), "id": id}).Scan(&known)
	if err != nil && !pg.IsNoRows(err) {
		return false, fmt.Errorf("compare %s: %w", id, err)
	}
	return known != status, nil
}

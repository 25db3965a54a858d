package payment

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// EndPagesTx ends the pages on which more could be paid for an order than the owed
// minor units that it still costs: money came in another way, or its price went down.
// Stripe is asked after the commit; whoever pays in the same moment has paid. The
// caller has locked the order.
func (s *Service) EndPagesTx(ctx context.Context, tx *pg.Tx, org uid.Org, order uid.Order, owed int64) error {
	return s.endPagesTx(ctx, tx, org, order, uid.Attempt{}, max(owed, 0))
}

// anyAmount is less than every page asks for.
const anyAmount = -1

const sqlEndPages = `
UPDATE payment_attempt
   SET ending = 'superseded',
       next_look_at = @now
 WHERE org_id = @org_id
   AND order_id = @order_id
   AND (@but::uuid IS NULL OR id <> @but)
   AND amount_minor > @owed
   AND state IN ('creating', 'open')
   AND ending = ''
RETURNING id`

// endPagesTx marks an order's pages but one as superseded, and has them ended. The
// sweeper ends those that the jobs cannot.
func (s *Service) endPagesTx(ctx context.Context, tx *pg.Tx, org uid.Org, order uid.Order, but uid.Attempt, owed int64) error {
	rows, err := tx.Query(ctx, sqlEndPages, pgx.StrictNamedArgs{"org_id": org, "order_id": order, "but": but, "owed": owed, "now": tx.Now})
	if err != nil {
		return fmt.Errorf("end an order's pages: %w", err)
	}
	ended, err := pgx.CollectRows(rows, pgx.RowTo[uid.Attempt])
	if err != nil {
		return fmt.Errorf("end an order's pages: %w", err)
	}
	for _, id := range ended {
		if _, err := s.jobs.InsertTx(ctx, tx.Tx, EndPageArgs{Org: org, Attempt: id}, nil); err != nil {
			return fmt.Errorf("insert the job that ends a page: %w", err)
		}
	}
	return nil
}

const sqlForgetBuyer = `
UPDATE payment_attempt
   SET params = params - 'email'
 WHERE org_id = @org_id
   AND order_id = @order_id
   AND state NOT IN ('creating', 'open', 'processing')`

// ForgetBuyerTx takes the buyer's address out of what was asked of Stripe for an
// order, once no page of it is open.
func (s *Service) ForgetBuyerTx(ctx context.Context, tx *pg.Tx, org uid.Org, order uid.Order) error {
	_, err := tx.Exec(ctx, sqlForgetBuyer, pgx.StrictNamedArgs{"org_id": org, "order_id": order})
	if err != nil {
		return fmt.Errorf("forget a buyer: %w", err)
	}
	return nil
}

// EndPageArgs names an attempt whose page is to end.
type EndPageArgs struct {
	Org     uid.Org     `json:"org"`
	Attempt uid.Attempt `json:"attempt"`
}

// Kind is River's name for the job.
func (EndPageArgs) Kind() string { return "stripe_end_page" }

// InsertOpts puts the job into the queue of what people wait for; when Stripe does
// not answer for a while, the sweeper goes on.
func (EndPageArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, MaxAttempts: 5}
}

// EndPage asks Stripe to end the page of an attempt, and applies what it finds:
// ended, or paid just before. An attempt that has ended already stays as it is.
func (s *Service) EndPage(ctx context.Context, org uid.Org, id uid.Attempt) error {
	a, found, err := s.attempt(ctx, s.db.Pool(), sqlAttempt, org, id)
	if err != nil || !found || a.State != AttemptCreating && a.State != AttemptOpen {
		return err
	}
	return s.endAttempt(ctx, a, string(AttemptSuperseded))
}

package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlZoneOf = `
SELECT timezone
  FROM event
 WHERE org_id = @org_id
   AND id = @event_id`

// zoneOf is the time zone where an event takes place.
func zoneOf(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event) (*time.Location, error) {
	var name string
	if err := q.QueryRow(ctx, sqlZoneOf, pgx.StrictNamedArgs{"org_id": org, "event_id": event}).Scan(&name); err != nil {
		return nil, fmt.Errorf("read the event's zone: %w", err)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("load the event's zone: %w", err)
	}
	return loc, nil
}

// endOfDay is the last second of a moment's day, after so many more days.
func endOfDay(at time.Time, loc *time.Location, days int) time.Time {
	y, m, d := at.In(loc).Date()
	return time.Date(y, m, d+days+1, 0, 0, 0, 0, loc).Add(-time.Second).UTC()
}

// termOfPaymentTx sets until when an invoice is to be paid, and until when nothing
// happens if it is not. Both are the end of a day where the event is.
func (s *Service) termOfPaymentTx(ctx context.Context, tx *pg.Tx, o *sale, terms Sales) error {
	zone, err := zoneOf(ctx, tx, o.Org, o.Event)
	if err != nil {
		return err
	}
	due := endOfDay(tx.Now, zone, terms.InvoiceDays)
	grace := endOfDay(afterWorkingDays(due.In(zone), terms.GraceDays), zone, 0)
	o.DueAt, o.GraceUntil = &due, &grace
	return nil
}

// evenTx follows what an order owes: it ends the payment pages that ask for more, and
// closes the tasks that ask for its money once nothing is owed.
func (s *Service) evenTx(ctx context.Context, tx *pg.Tx, o sale, owed int64) error {
	if err := s.pay.EndPagesTx(ctx, tx, o.Org, o.ID, owed); err != nil || owed > 0 {
		return err
	}
	return s.nothingOwedTx(ctx, tx, o)
}

// nothingOwedTx closes the tasks that ask for an order's money.
func (s *Service) nothingOwedTx(ctx context.Context, tx *pg.Tx, o sale) error {
	for _, kind := range []payment.TaskKind{payment.TaskRefundUncredited, payment.TaskInvoiceOverdue} {
		if err := s.pay.CloseOrderTasksTx(ctx, tx, o.Org, kind, o.ID, "The order is even again."); err != nil {
			return err
		}
	}
	return nil
}

const sqlPastGrace = `
SELECT o.org_id, o.id, t.overdue
  FROM order_terms t
  JOIN orders o ON o.org_id = t.org_id AND o.id = t.order_id
 WHERE t.grace_until < @now
   AND t.overdue_at IS NULL
   AND o.state = 'confirmed'
 ORDER BY t.grace_until, o.id
 LIMIT 200`

// LapseOverdue sees to confirmed orders whose invoice is not paid though the days of
// grace are over: by the terms they were placed on their places end, or staff are
// asked. It returns how many ended. A periodic job calls it.
func (s *Service) LapseOverdue(ctx context.Context) (int, error) {
	type key struct {
		OrgID   uid.Org
		ID      uid.Order
		Overdue OverduePolicy
	}
	var found []key
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		rows, err := tx.Query(ctx, sqlPastGrace, pgx.StrictNamedArgs{"now": tx.Now})
		if err != nil {
			return fmt.Errorf("find overdue orders: %w", err)
		}
		found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[key])
		return err
	})
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, k := range found {
		if k.Overdue == OverdueEnd {
			if closed, err := s.pay.CloseOff(ctx, k.OrgID, k.ID); err != nil || !closed {
				continue // it is being paid at this moment, or Stripe does not say
			}
		}
		done, err := s.lapseOverdue(ctx, k.OrgID, k.ID)
		if err != nil {
			return ended, err
		}
		if done {
			ended++
		}
	}
	return ended, nil
}

const sqlOverdueSeen = `
UPDATE order_terms
   SET overdue_at = @now
 WHERE org_id = @org_id
   AND order_id = @id`

func (s *Service) lapseOverdue(ctx context.Context, org uid.Org, id uid.Order) (ended bool, err error) {
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		ended = false
		o, err := lockSaleTx(ctx, tx, org, id)
		if err != nil || o.State != OrderConfirmed || o.OverdueAt != nil || o.GraceUntil == nil || !o.GraceUntil.Before(tx.Now) {
			return err
		}
		owed, err := s.owedTx(ctx, tx, o)
		if err != nil {
			return err
		}
		if owed > 0 {
			if ended, err = s.overdueTx(ctx, tx, &o, owed); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, sqlOverdueSeen, pgx.StrictNamedArgs{"org_id": org, "id": id, "now": tx.Now})
		if err != nil {
			return fmt.Errorf("note an overdue order: %w", err)
		}
		return nil
	})
	return ended, err
}

// overdueReason is what the credit note and the attendees are told.
const overdueReason = "The invoice was not paid in time."

// overdueTx does what the order's terms say about an invoice that is not paid. A
// debt for an event that has begun, or one that was paid in part, is no reason to
// take places away.
func (s *Service) overdueTx(ctx context.Context, tx *pg.Tx, o *sale, owed int64) (ended bool, err error) {
	starts, err := startOf(ctx, tx, o.Org, o.Event)
	if err != nil {
		return false, err
	}
	if o.Overdue != OverdueEnd || owed < o.due().Minor || !tx.Now.Before(starts) {
		return false, s.pay.OpenTaskTx(ctx, tx, payment.Task{
			Org: o.Org, Order: o.ID, Kind: payment.TaskInvoiceOverdue, Key: string(payment.TaskInvoiceOverdue) + ":" + o.ID.String(), Amount: o.amount(owed),
			Sentence: fmt.Sprintf("The invoice was due on %s and %s of it is not paid. The places stand. Remind the buyer, or cancel the places, which takes the invoice back.",
				o.DueAt.Format("2 January 2006"), o.amount(owed).Format()),
		})
	}
	lines := o.live()
	shares := make([]int64, len(lines))
	for i, l := range lines {
		shares[i] = l.Due().Minor
	}
	_, err = s.creditTx(ctx, tx, o, crediting{lines: lines, shares: shares, reason: overdueReason, source: payment.FromStaff, actor: account.System})
	if err != nil {
		return false, err
	}
	if err := s.endLinesTx(ctx, tx, o, lines, cancelling{reason: overdueReason, by: "staff"}); err != nil {
		return false, err
	}
	if err := s.auditSaleTx(ctx, tx, *o, account.System, "order.overdue", map[string]any{"owed": owed}); err != nil {
		return false, err
	}
	return true, s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderExpired, Subject: o.ID})
}

package booking

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// EventRefund is how far giving everybody's money back is.
type EventRefund struct {
	Started bool
	// Orders are those to deal with, before it is started those that would be. Done
	// are those whose money is on its way, Failed those whose refund could not be
	// made; the places of both have ended.
	Orders, Done, Failed int
	Refunded             money.Amount
}

// FactEventRefundStarted says that ContinueEventRefunds has something to do; its
// subject is the event.
const FactEventRefundStarted = "event.refund_started"

const sqlStartEventRefund = `
INSERT INTO event_refund (org_id, event_id, started_by, started_at)
SELECT e.org_id, e.id, @actor, @now
  FROM event e
 WHERE e.org_id = @org_id
   AND e.id = @event_id
   AND e.state = 'cancelled'
ON CONFLICT DO NOTHING`

const sqlCancelledEvent = `
SELECT EXISTS (SELECT 1 FROM event WHERE org_id = @org_id AND id = @event_id AND state = 'cancelled')`

const sqlAddEventOrders = `
INSERT INTO event_refund_order (org_id, event_id, order_id)
SELECT o.org_id, o.event_id, o.id
  FROM orders o
  JOIN order_terms t ON t.org_id = o.org_id AND t.order_id = o.id
 WHERE o.org_id = @org_id
   AND o.event_id = @event_id
   AND o.state IN ('placed', 'confirmed')
ON CONFLICT DO NOTHING`

// StartEventRefund gives everybody of a cancelled event their money back, order
// by order in the background. Repeating it takes up what is left.
func (s *Service) StartEventRefund(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event) (EventRefund, error) {
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (struct{}, error) {
			args := pgx.StrictNamedArgs{"org_id": org, "event_id": event}
			var cancelled bool
			if err := tx.QueryRow(ctx, sqlCancelledEvent, args).Scan(&cancelled); err != nil {
				return struct{}{}, fmt.Errorf("read event: %w", err)
			}
			if !cancelled {
				return struct{}{}, fault.Precondition(fault.WrongState, "Only a cancelled event is refunded as a whole. Cancel it first.")
			}
			_, err := tx.Exec(ctx, sqlStartEventRefund, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "actor": actor.ID(), "now": tx.Now})
			if err != nil {
				return struct{}{}, fmt.Errorf("start the event's refund: %w", err)
			}
			if _, err := tx.Exec(ctx, sqlAddEventOrders, args); err != nil {
				return struct{}{}, fmt.Errorf("list the event's orders: %w", err)
			}
			if err := s.box.AppendTx(ctx, tx, outbox.Fact{Org: org, Kind: FactEventRefundStarted, Subject: event}); err != nil {
				return struct{}{}, err
			}
			return struct{}{}, account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "event.refund", Subject: event.String()})
		})
		return err
	})
	if err != nil {
		return EventRefund{}, err
	}
	return s.EventRefund(ctx, org, event)
}

const sqlEventRefund = `
SELECT EXISTS (SELECT 1 FROM event_refund f WHERE f.org_id = @org_id AND f.event_id = @event_id),
       count(r.order_id)::int,
       (count(r.cancelled_at) FILTER (WHERE r.failure = ''))::int,
       (count(r.cancelled_at) FILTER (WHERE r.failure <> ''))::int,
       coalesce(sum((SELECT sum(l.credited_minor) FROM order_line l WHERE l.org_id = r.org_id AND l.order_id = r.order_id)), 0)::bigint,
       coalesce(min(t.currency), 'GBP')
  FROM event_refund_order r
  JOIN order_terms t ON t.org_id = r.org_id AND t.order_id = r.order_id
 WHERE r.org_id = @org_id
   AND r.event_id = @event_id`

const sqlEventOrders = `
SELECT count(*)::int
  FROM orders o
  JOIN order_terms t ON t.org_id = o.org_id AND t.order_id = o.id
 WHERE o.org_id = @org_id
   AND o.event_id = @event_id
   AND o.state IN ('placed', 'confirmed')`

// EventRefund says how far it is.
func (s *Service) EventRefund(ctx context.Context, org uid.Org, event uid.Event) (EventRefund, error) {
	var r EventRefund
	err := s.db.Pool().QueryRow(ctx, sqlEventRefund, pgx.StrictNamedArgs{"org_id": org, "event_id": event}).
		Scan(&r.Started, &r.Orders, &r.Done, &r.Failed, &r.Refunded.Minor, &r.Refunded.Currency)
	if err != nil {
		return r, fmt.Errorf("read the event's refund: %w", err)
	}
	if r.Started {
		return r, nil
	}
	if err := s.db.Pool().QueryRow(ctx, sqlEventOrders, pgx.StrictNamedArgs{"org_id": org, "event_id": event}).Scan(&r.Orders); err != nil {
		return r, fmt.Errorf("count the event's orders: %w", err)
	}
	return r, nil
}

const sqlOpenEventOrders = `
SELECT org_id, event_id, order_id
  FROM event_refund_order
 WHERE cancelled_at IS NULL
 ORDER BY org_id, event_id, order_id
 LIMIT @most`

// ContinueEventRefunds deals with some of the orders whose events were cancelled,
// each in two steps: first the refund, then the places. A periodic job calls it
// until none is left. An order whose payment is just being settled, or for which
// Stripe cannot be asked, waits for the next call.
func (s *Service) ContinueEventRefunds(ctx context.Context, most int) error {
	type key struct {
		OrgID   uid.Org
		EventID uid.Event
		OrderID uid.Order
	}
	rows, err := s.db.Pool().Query(ctx, sqlOpenEventOrders, pgx.StrictNamedArgs{"most": most})
	if err != nil {
		return fmt.Errorf("list orders to refund: %w", err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowToStructByName[key])
	if err != nil {
		return fmt.Errorf("list orders to refund: %w", err)
	}
	for _, k := range open {
		err := s.refundForEvent(ctx, k.OrgID, k.EventID, k.OrderID)
		if _, shown := fault.As(err); err != nil && !shown {
			return err
		}
	}
	return nil
}

const sqlEventOrderRefunded = `
UPDATE event_refund_order
   SET refunded_at = coalesce(refunded_at, @now),
       failure = @failure
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND order_id = @id`

const sqlEventOrderOpen = `
SELECT refunded_at IS NULL
  FROM event_refund_order
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND order_id = @id
   FOR UPDATE`

const sqlEventOrderDone = `
UPDATE event_refund_order
   SET cancelled_at = @now
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND order_id = @id
   AND cancelled_at IS NULL`

// eventCancelled is the reason that buyers read.
const eventCancelled = "The event was cancelled."

// refundForEvent gives one order's money back, and then ends its places even when
// the refund failed: the event will not happen either way.
func (s *Service) refundForEvent(ctx context.Context, org uid.Org, event uid.Event, id uid.Order) error {
	if err := s.closeOffUnpaid(ctx, org, id); err != nil {
		return err // its payment is being settled: the job comes back
	}
	args := pgx.StrictNamedArgs{"org_id": org, "event_id": event, "id": id}
	failure := ""
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		o, err := lockSaleTx(ctx, tx, org, id)
		if err != nil {
			return err
		}
		var first bool
		if err := tx.QueryRow(ctx, sqlEventOrderOpen, args).Scan(&first); err != nil || !first || o.State != OrderConfirmed {
			return err
		}
		lines := o.live()
		shares := make([]int64, len(lines))
		for i, l := range lines {
			shares[i] = l.Due().Minor
		}
		_, err = s.creditTx(ctx, tx, &o, crediting{lines: lines, shares: shares, reason: eventCancelled, source: payment.FromEventCancelled, actor: account.System})
		if err != nil {
			return err
		}
		return s.markRefundedTx(ctx, tx, args, "")
	})
	if f, shown := fault.As(err); shown && f.Kind != fault.KindUnavailable {
		failure = f.Message
	} else if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		o, err := lockSaleTx(ctx, tx, org, id)
		if err != nil {
			return err
		}
		if failure != "" {
			if err := s.markRefundedTx(ctx, tx, args, failure); err != nil {
				return err
			}
		}
		if err := s.endForEventTx(ctx, tx, &o); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlEventOrderDone, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "id": id, "now": tx.Now})
		if err != nil {
			return fmt.Errorf("mark order done: %w", err)
		}
		return nil
	})
}

func (s *Service) markRefundedTx(ctx context.Context, tx *pg.Tx, args pgx.StrictNamedArgs, failure string) error {
	_, err := tx.Exec(ctx, sqlEventOrderRefunded, pgx.StrictNamedArgs{
		"org_id": args["org_id"], "event_id": args["event_id"], "id": args["id"], "failure": failure, "now": tx.Now,
	})
	if err != nil {
		return fmt.Errorf("mark order refunded: %w", err)
	}
	return nil
}

// endForEventTx ends an order's places, whatever came of its refund.
func (s *Service) endForEventTx(ctx context.Context, tx *pg.Tx, o *sale) error {
	switch o.State {
	case OrderPlaced:
		return s.endSaleTx(ctx, tx, o, OrderCancelled)
	case OrderConfirmed:
		return s.endLinesTx(ctx, tx, o, o.live(), cancelling{reason: eventCancelled, by: "staff"})
	}
	return nil
}

package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// unplacedFor is how long staff have to find places for late money before it goes back.
const unplacedFor = 48 * time.Hour

// confirming says how an order is confirmed.
type confirming struct {
	late bool // money came after the order had lapsed
	over bool // staff allow it beyond the pools' sizes
}

// confirmTx gives a locked order its places for good, issues its invoice and
// books the sale. It fails like TakeTx when seats that had lapsed are gone.
func (s *Service) confirmTx(ctx context.Context, tx *pg.Tx, o *sale, how confirming) error {
	ask := o.ask()
	ask.Over = how.over
	if err := s.takeTx(ctx, tx, o.Org, ask); err != nil {
		return err
	}
	if err := moveTx(ctx, tx, o, OrderConfirmed, StateConfirmed, nil); err != nil {
		return err
	}
	o.Late = o.Late || how.late
	if err := writeFlagsTx(ctx, tx, *o); err != nil {
		return err
	}
	if err := s.sellTx(ctx, tx, *o); err != nil {
		return err
	}
	if err := s.tellTx(ctx, tx, *o, FactConfirmed); err != nil {
		return err
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderConfirmed, Subject: o.ID})
}

const sqlWriteFlags = `
UPDATE order_terms
   SET frozen = @frozen,
       extensions = @extensions,
       late = @late,
       disputed = @disputed,
       code_taken = @code_taken,
       phases_taken = @phases_taken
 WHERE org_id = @org_id
   AND order_id = @id`

func writeFlagsTx(ctx context.Context, tx *pg.Tx, o sale) error {
	_, err := tx.Exec(ctx, sqlWriteFlags, pgx.StrictNamedArgs{
		"org_id": o.Org, "id": o.ID, "frozen": o.Frozen, "extensions": o.Extensions, "late": o.Late, "disputed": o.Disputed,
		"code_taken": o.CodeTaken, "phases_taken": o.PhasesTaken,
	})
	if err != nil {
		return fmt.Errorf("write order's flags: %w", err)
	}
	return nil
}

// endSaleTx ends a locked order that was not confirmed: its seats, its share of
// price phases and its use of a code go back to others.
func (s *Service) endSaleTx(ctx context.Context, tx *pg.Tx, o *sale, to OrderState) error {
	places := map[OrderState]State{OrderExpired: StateLapsed, OrderDeclined: StateDeclined, OrderCancelled: StateCancelled}[to]
	lines := o.live()
	if err := moveTx(ctx, tx, o, to, places, o.ExpiresAt); err != nil {
		return err
	}
	if _, err := s.stock.ReleaseTx(ctx, tx, o.Org, seats(lines)...); err != nil {
		return err
	}
	return s.giveBackTx(ctx, tx, o, lines)
}

// giveBackTx returns the phases of lines that end, and the code when none is left.
func (s *Service) giveBackTx(ctx context.Context, tx *pg.Tx, o *sale, lines []Line) error {
	if o.PhasesTaken {
		if err := s.stock.ReturnPhasesTx(ctx, tx, o.Org, phases(lines)); err != nil {
			return err
		}
	}
	if len(lines) < len(o.live()) {
		return nil
	}
	o.PhasesTaken = false
	if o.CodeTaken {
		if err := s.stock.ReturnCodeTx(ctx, tx, o.Org, o.CodeID, money.New(codeOff(o.Lines), o.Currency)); err != nil {
			return err
		}
		o.CodeTaken = false
	}
	return writeFlagsTx(ctx, tx, *o)
}

// PaymentHooks are what package payment tells this one.
func (s *Service) PaymentHooks() payment.Hooks {
	return payment.Hooks{
		LockTx: s.LockOrderTx, Captured: s.CapturedTx, Processing: s.ProcessingTx, Declined: s.DeclinedTx, Ended: s.EndedTx, Disputed: s.DisputedTx, Place: s.PlaceTx,
		Evidence: s.Evidence, Refunded: s.RefundedTx, Credit: s.CreditTx, GaveBack: s.GaveBackTx,
	}
}

// LockOrderTx locks an order before its payment is settled; false says that
// there is none. It is a hook of package payment.
func (s *Service) LockOrderTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Order) (bool, error) {
	_, err := lockSaleTx(ctx, tx, org, id)
	if fault.Is(err, fault.NoSuchThing) {
		return false, nil
	}
	return err == nil, err
}

// CapturedTx is told of money that came for an order, inside the transaction that
// books it. It confirms the order when nothing is left to pay; money that came
// too late gets its places back while there are some, and is shown to staff
// otherwise. It never gives more places than there are. It is a hook of package
// payment.
func (s *Service) CapturedTx(ctx context.Context, tx *pg.Tx, c payment.Captured) error {
	o, err := lockSaleTx(ctx, tx, c.Org, c.Order)
	if err != nil {
		return err
	}
	if c.Amount.Currency != o.Currency {
		return nil // payment has made a task of it
	}
	owed, err := s.owedTx(ctx, tx, o)
	if err != nil {
		return err
	}
	if err := s.evenTx(ctx, tx, o, owed); err != nil {
		return err
	}
	switch {
	case o.State == OrderConfirmed || o.State == OrderClosed:
		return s.overpaidTx(ctx, tx, o, c, owed)
	case owed > 0:
		return s.underpaidTx(ctx, tx, o, c, owed)
	case o.State == OrderBasket || o.State == OrderPlaced:
		o.Frozen = false
		if err := s.confirmTx(ctx, tx, &o, confirming{}); err != nil {
			return err
		}
		return s.overpaidTx(ctx, tx, o, c, owed)
	}
	return s.lateTx(ctx, tx, o, c)
}

// overpaidTx asks staff to give back what a payment brought beyond what was due.
func (s *Service) overpaidTx(ctx context.Context, tx *pg.Tx, o sale, c payment.Captured, owed int64) error {
	if owed >= 0 {
		return nil
	}
	over := money.New(min(-owed, c.Amount.Minor), o.Currency)
	return s.pay.OpenTaskTx(ctx, tx, payment.Task{
		Org: o.Org, Order: o.ID, Kind: payment.TaskOverpaid, Amount: over, Payment: c.Payment,
		Sentence: "More was paid than is due. Give the difference back; the places stay.",
	})
}

// owedTx is what an order still costs; negative when too much was paid.
func (s *Service) owedTx(ctx context.Context, tx *pg.Tx, o sale) (int64, error) {
	m, err := s.pay.OfOrder(ctx, tx, o.Org, o.ID)
	if err != nil {
		return 0, err
	}
	costs := o.due().Minor
	if o.State == OrderCancelled {
		issued, err := s.books.Documents(ctx, tx, o.Org, o.ID)
		if err != nil {
			return 0, err
		}
		if len(issued) == 0 {
			costs = 0 // it ended before anything was sold
		}
	}
	return costs - m.Paid(o.Currency) + m.Refunded(o.Currency), nil
}

func (s *Service) underpaidTx(ctx context.Context, tx *pg.Tx, o sale, c payment.Captured, owed int64) error {
	err := s.pay.OpenTaskTx(ctx, tx, payment.Task{
		Org: o.Org, Order: o.ID, Kind: payment.TaskUnderpaid, Amount: c.Amount, Payment: c.Payment,
		Sentence: "Less was paid than is due, so no places were given. Ask for the rest, or give the money back.",
	})
	if err != nil {
		return err
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderUnderpaid, Subject: o.ID})
}

const sqlEventOver = `
SELECT e.state = 'cancelled' OR e.ends_at <= @now
  FROM event e
 WHERE e.org_id = @org_id
   AND e.id = @event_id`

// eventOverTx reports that there is nothing any more to have a place in.
func eventOverTx(ctx context.Context, tx *pg.Tx, o sale) (over bool, err error) {
	err = tx.QueryRow(ctx, sqlEventOver, pgx.StrictNamedArgs{"org_id": o.Org, "event_id": o.Event, "now": tx.Now}).Scan(&over)
	if err != nil {
		return false, fmt.Errorf("read event: %w", err)
	}
	return over, nil
}

// lateTx deals with money for an order that had lapsed or was cancelled.
func (s *Service) lateTx(ctx context.Context, tx *pg.Tx, o sale, c payment.Captured) error {
	over, err := eventOverTx(ctx, tx, o)
	if err != nil {
		return err
	}
	sales, err := readSales(ctx, tx, o.Org, o.Event)
	if err != nil {
		return err
	}
	if !over && o.State == OrderExpired && sales.Late == LatePlace {
		err := s.confirmTx(ctx, tx, &o, confirming{late: true})
		if f, shown := fault.As(err); !shown {
			return err
		} else if f.Kind == fault.KindUnavailable {
			return err
		}
	}
	decide := tx.Now.Add(unplacedFor)
	task := payment.Task{
		Org: o.Org, Order: o.ID, Kind: payment.TaskLateMoney, Amount: c.Amount, Payment: c.Payment, DueAt: decide, Sentence: lateText(over),
	}
	if over || sales.Late == LatePlace {
		task.ActAt = decide
	}
	err = s.pay.OpenTaskTx(ctx, tx, task)
	if err != nil {
		return err
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderUnplaced, Subject: o.ID})
}

func lateText(over bool) string {
	if over {
		return "Money came after the event was over or cancelled. It goes back by itself unless somebody decides otherwise."
	}
	return "Money came after the order had lapsed, and the places are gone. Give places over capacity, or give the money back."
}

// ProcessingTx is told that a bank payment is on its way: the order waits for it
// however long it takes. It is a hook of package payment.
func (s *Service) ProcessingTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Order) error {
	o, err := lockSaleTx(ctx, tx, org, id)
	if err != nil || o.State != OrderPlaced || o.Frozen {
		return err
	}
	o.Frozen = true
	if err := writeFlagsTx(ctx, tx, o); err != nil {
		return err
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: org, Kind: FactOrderProcessing, Subject: id})
}

// maxExtensions is how often a failed payment gives the buyer more time.
const maxExtensions = 2

// DeclinedTx is told that a card was refused: the buyer gets ten more minutes for
// another one, twice at most. It is a hook of package payment.
func (s *Service) DeclinedTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Order) error {
	o, err := lockSaleTx(ctx, tx, org, id)
	if err != nil || o.State != OrderPlaced || o.Frozen {
		return err
	}
	return s.extendTx(ctx, tx, &o, true)
}

// extendTx writes until when an order waits for its money; with more it waits ten
// minutes from now at least, and an open payment page as long as its seats.
func (s *Service) extendTx(ctx context.Context, tx *pg.Tx, o *sale, more bool) error {
	until := tx.Now
	if o.ExpiresAt != nil {
		until = *o.ExpiresAt
	}
	if more && o.Extensions < maxExtensions {
		until = maxTime(until, tx.Now.Add(payingFor))
		o.Extensions++
	}
	if err := moveTx(ctx, tx, o, OrderPlaced, StateAwaitingPayment, &until); err != nil {
		return err
	}
	if err := writeFlagsTx(ctx, tx, *o); err != nil {
		return err
	}
	return s.pay.ExtendTx(ctx, tx, o.Org, o.ID, until)
}

// EndedTx is told that a payment attempt came to nothing: the buyer gets ten more
// minutes, twice at most. It is a hook of package payment.
func (s *Service) EndedTx(ctx context.Context, tx *pg.Tx, e payment.Ended) error {
	o, err := lockSaleTx(ctx, tx, e.Org, e.Order)
	if err != nil || o.State != OrderPlaced {
		return err
	}
	wasFrozen := o.Frozen
	o.Frozen = false
	if err := s.extendTx(ctx, tx, &o, e.State == payment.AttemptFailed); err != nil || !wasFrozen {
		return err
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderPaymentFailed, Subject: o.ID})
}

const sqlUnpaid = `
SELECT o.org_id, o.id
  FROM orders o
  JOIN order_terms t ON t.org_id = o.org_id AND t.order_id = o.id
 WHERE o.state = 'placed'
   AND o.expires_at <= @now
   AND NOT t.frozen
 ORDER BY o.expires_at
 LIMIT 200`

// LapseUnpaid ends orders whose time to pay is over, each only after Stripe has
// confirmed that its payment can no longer happen. An order for which that
// cannot be had keeps its places and is tried again. A periodic job calls it.
func (s *Service) LapseUnpaid(ctx context.Context) (int, error) {
	type key struct {
		OrgID uid.Org
		ID    uid.Order
	}
	var found []key
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		rows, err := tx.Query(ctx, sqlUnpaid, pgx.StrictNamedArgs{"now": tx.Now})
		if err != nil {
			return fmt.Errorf("find unpaid orders: %w", err)
		}
		found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[key])
		return err
	})
	if err != nil {
		return 0, err
	}
	lapsed := 0
	for _, k := range found {
		closed, err := s.pay.CloseOff(ctx, k.OrgID, k.ID)
		if err != nil || !closed {
			continue // payment keeps a task for what it cannot close
		}
		done, err := s.lapseUnpaid(ctx, k.OrgID, k.ID)
		if err != nil {
			return lapsed, err
		}
		if done {
			lapsed++
		}
	}
	return lapsed, nil
}

func (s *Service) lapseUnpaid(ctx context.Context, org uid.Org, id uid.Order) (done bool, err error) {
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		done = false
		o, err := lockSaleTx(ctx, tx, org, id)
		if err != nil || o.State != OrderPlaced || o.Frozen || o.ExpiresAt == nil || o.ExpiresAt.After(tx.Now) {
			return err
		}
		if err := s.endSaleTx(ctx, tx, &o, OrderExpired); err != nil {
			return err
		}
		done = true
		return s.box.AppendTx(ctx, tx, outbox.Fact{Org: org, Kind: FactOrderExpired, Subject: id})
	})
	return done, err
}

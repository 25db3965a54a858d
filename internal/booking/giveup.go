package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/link"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// RefundChoice is what a cancellation gives back.
type RefundChoice string

// The choices.
const (
	RefundPolicy RefundChoice = "policy"
	RefundFull   RefundChoice = "full"
	RefundNone   RefundChoice = "none"
)

// CancelInput takes places back.
type CancelInput struct {
	Org    uid.Org
	Order  uid.Order
	Lines  []uid.Line
	Refund RefundChoice
	Reason string
}

// CancelLines takes places back, with what goes with them, and gives money back
// as asked. The places end even when the refund fails later.
func (s *Service) CancelLines(ctx context.Context, actor account.Actor, key replay.Key, in CancelInput) (Order, error) {
	if err := s.closeOffUnpaid(ctx, in.Org, in.Order); err != nil {
		return Order{}, err
	}
	return s.changeSale(ctx, key, in.Org, in.Order, func(tx *pg.Tx, o *sale) error {
		return s.cancelLinesTx(ctx, tx, o, cancelling{lines: in.Lines, refund: in.Refund, reason: in.Reason, by: "staff", source: payment.FromStaff, actor: actor})
	})
}

// closeOffUnpaid makes sure that an unpaid order cannot be paid any more.
func (s *Service) closeOffUnpaid(ctx context.Context, org uid.Org, id uid.Order) error {
	o, err := readSale(ctx, s.db.Pool(), org, id)
	if err != nil || o.State != OrderPlaced {
		return err
	}
	closed, err := s.pay.CloseOff(ctx, org, id)
	if err != nil {
		return err
	}
	if !closed {
		return fault.Precondition(fault.PaymentPending, "A payment for this order is under way. Please try again when it is settled.")
	}
	return nil
}

// changeSale runs a change on a locked order, once per key, and returns the order.
func (s *Service) changeSale(ctx context.Context, key replay.Key, org uid.Org, id uid.Order, fn func(tx *pg.Tx, o *sale) error) (Order, error) {
	if key.RequestID != "" {
		key.Scope += " " + id.String()
	}
	var after Order
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (struct{}, error) {
			o, err := lockSaleTx(ctx, tx, org, id)
			if err != nil {
				return struct{}{}, err
			}
			return struct{}{}, fn(tx, &o)
		})
		if err != nil {
			return err
		}
		after, err = s.OrderTx(ctx, tx, org, id)
		return err
	})
	return after, err
}

// CancelMyLines gives the buyer's own places up for the refund that was shown;
// when it is another one by now it fails with PRICE_CHANGED.
func (s *Service) CancelMyLines(ctx context.Context, key replay.Key, secret string, lines []uid.Line, expectedRefund int64) (Order, error) {
	ref, err := s.openOrder(ctx, secret)
	if err != nil {
		return Order{}, err
	}
	if err := s.closeOffUnpaid(ctx, ref.Org, uid.Order(ref.ID)); err != nil {
		return Order{}, err
	}
	return s.changeSale(ctx, key, ref.Org, uid.Order(ref.ID), func(tx *pg.Tx, o *sale) error {
		if !o.SelfService {
			return fault.Precondition(fault.NotAllowed, "Please ask the organiser to cancel.")
		}
		starts, err := startOf(ctx, tx, o.Org, o.Event)
		if err != nil {
			return err
		}
		if !tx.Now.Before(starts) {
			return fault.Precondition(fault.DeadlinePassed, "The event has begun, so this can no longer be changed here.")
		}
		return s.cancelLinesTx(ctx, tx, o, cancelling{
			lines: lines, refund: RefundPolicy, by: "attendee", source: payment.FromSelfService, actor: account.AttendeeActor(uid.Registration(o.ID)), expected: &expectedRefund,
		})
	})
}

// openOrder reads the buyer's link.
func (s *Service) openOrder(ctx context.Context, secret string) (link.Ref, error) {
	ref, ok := s.keys.Read(link.Order, secret)
	if !ok {
		return ref, fault.NotFound("order")
	}
	o, err := readSale(ctx, s.db.Pool(), ref.Org, uid.Order(ref.ID))
	if err == nil && (o.LinkVersion != ref.Version || o.PlacedAt == nil) {
		err = fault.NotFound("order")
	}
	return ref, err
}

const sqlStartOf = `
SELECT starts_at
  FROM event
 WHERE org_id = @org_id
   AND id = @event_id`

func startOf(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event) (time.Time, error) {
	var starts time.Time
	if err := q.QueryRow(ctx, sqlStartOf, pgx.StrictNamedArgs{"org_id": org, "event_id": event}).Scan(&starts); err != nil {
		return starts, fmt.Errorf("read the event's start: %w", err)
	}
	return starts, nil
}

// cancelling is a cancellation under way.
type cancelling struct {
	lines    []uid.Line
	refund   RefundChoice
	reason   string
	by       string // as in CancelledDetail
	source   payment.Source
	actor    account.Actor
	expected *int64 // the refund that was shown
}

// cancelLinesTx ends lines of a locked order: places, seats, phases, then what
// the books and the buyer get back.
func (s *Service) cancelLinesTx(ctx context.Context, tx *pg.Tx, o *sale, c cancelling) error {
	if c.reason == "" {
		c.reason = "Places given up"
	}
	ending, err := o.pick(c.lines)
	if err != nil {
		return err
	}
	if o.State != OrderConfirmed && o.State != OrderPlaced {
		return fault.Precondition(fault.AlreadyCancelled, "There are no places to cancel: the order is %s.", o.State)
	}
	back, err := s.sharesTx(ctx, tx, *o, ending, c.refund)
	if err != nil {
		return err
	}
	if o.State == OrderPlaced { // nothing was sold yet
		return s.cancelUnpaidTx(ctx, tx, o, ending, c)
	}
	refund, err := s.creditTx(ctx, tx, o, crediting{lines: ending, shares: back, reason: c.reason, source: c.source, actor: c.actor})
	if err != nil {
		return err
	}
	if c.expected != nil && *c.expected != refund {
		return fault.Precondition(fault.PriceChanged, "The refund is %s now. Please look at it again.", money.New(refund, o.Currency).Format())
	}
	if err := s.endLinesTx(ctx, tx, o, ending, c); err != nil {
		return err
	}
	return s.auditSaleTx(ctx, tx, *o, c.actor, "order.cancel_lines", map[string]any{"lines": len(ending), "reason": c.reason, "refund": refund})
}

// cancelUnpaidTx ends an order, or some of its lines, before anything was sold.
func (s *Service) cancelUnpaidTx(ctx context.Context, tx *pg.Tx, o *sale, ending []Line, c cancelling) error {
	if len(ending) < len(o.live()) {
		return fault.Precondition(fault.WrongState, "An unpaid order is cancelled as a whole. Please choose all of its lines.")
	}
	if err := s.endSaleTx(ctx, tx, o, OrderCancelled); err != nil {
		return err
	}
	if err := s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderExpired, Subject: o.ID}); err != nil {
		return err
	}
	return s.auditSaleTx(ctx, tx, *o, c.actor, "order.cancel", map[string]any{"reason": c.reason})
}

func (s *Service) auditSaleTx(ctx context.Context, tx *pg.Tx, o sale, actor account.Actor, action string, after any) error {
	return account.AuditTx(ctx, tx, account.Audit{Org: o.Org, Actor: actor.ID(), Action: action, Subject: o.ID.String(), After: after})
}

// pick finds live lines by id, with the add-ons of the tickets among them.
func (o sale) pick(ids []uid.Line) ([]Line, error) {
	wanted := map[uid.Line]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	tickets := map[uid.Registration]bool{}
	found := 0
	for _, l := range o.live() {
		if wanted[l.ID] {
			found++
			if l.Kind == inventory.Ticket {
				tickets[l.Registration] = true
			}
		}
	}
	if found != len(wanted) || found == 0 {
		return nil, fault.InvalidField("line_ids", "line_ids", "name a line that is not in this order or was cancelled already")
	}
	var picked []Line
	for _, l := range o.live() {
		if wanted[l.ID] || l.Kind == inventory.AddOn && tickets[l.Registration] {
			picked = append(picked, l)
		}
	}
	return picked, nil
}

// sharesTx says how much of each line's price is taken back.
func (s *Service) sharesTx(ctx context.Context, tx *pg.Tx, o sale, lines []Line, choice RefundChoice) ([]int64, error) {
	percent := 0
	switch choice {
	case RefundFull:
		percent = 100
	case RefundPolicy:
		starts, err := startOf(ctx, tx, o.Org, o.Event)
		if err != nil {
			return nil, err
		}
		percent = refundPercent(o.RefundSteps, starts.Sub(tx.Now))
	}
	shares := make([]int64, len(lines))
	for i, l := range lines {
		shares[i] = money.Rate(percent * 100).Of(l.Due()).Minor
	}
	return shares, nil
}

const sqlEndLines = `
UPDATE order_line
   SET cancelled_at = @now
 WHERE org_id = @org_id
   AND id = ANY (@ids)`

// endLinesTx ends the places of lines and gives their seats back.
func (s *Service) endLinesTx(ctx context.Context, tx *pg.Tx, o *sale, ending []Line, c cancelling) error {
	ids := make([]uid.Line, len(ending))
	ended := map[uid.Line]bool{}
	for i, l := range ending {
		ids[i], ended[l.ID] = l.ID, true
	}
	if _, err := tx.Exec(ctx, sqlEndLines, pgx.StrictNamedArgs{"org_id": o.Org, "ids": ids, "now": tx.Now}); err != nil {
		return fmt.Errorf("end lines: %w", err)
	}
	var facts []outbox.Fact
	for _, l := range ending {
		if l.Kind != inventory.Ticket {
			continue
		}
		r, err := lockTx(ctx, tx, o.Org, l.Registration)
		if err != nil {
			return err
		}
		was := r.State
		if err := setStateTx(ctx, tx, &r, StateCancelled, c.reason, false); err != nil {
			return err
		}
		if r.Attendee.Email != "" {
			facts = append(facts, outbox.Fact{Org: o.Org, Kind: FactCancelled, Subject: r.ID, Detail: CancelledDetail{By: c.by, Was: was}})
		}
	}
	if _, err := s.stock.ReleaseTx(ctx, tx, o.Org, seats(ending)...); err != nil {
		return err
	}
	if err := s.giveBackTx(ctx, tx, o, ending); err != nil {
		return err
	}
	for i := range o.Lines {
		o.Lines[i].Cancelled = o.Lines[i].Cancelled || ended[o.Lines[i].ID]
	}
	if len(o.live()) == 0 {
		if err := moveTx(ctx, tx, o, OrderCancelled, StateCancelled, nil); err != nil {
			return err
		}
	}
	return s.box.AppendTx(ctx, tx, facts...)
}

// cancelPlaceTx ends the line of one place, with what goes with it.
func (s *Service) cancelPlaceTx(ctx context.Context, tx *pg.Tx, o *sale, place uid.Registration, c cancelling) error {
	for _, l := range o.live() {
		if l.Kind == inventory.Ticket && l.Registration == place {
			c.lines = []uid.Line{l.ID}
		}
	}
	return s.cancelLinesTx(ctx, tx, o, c)
}

const sqlHandOverLines = `
UPDATE order_line
   SET registration_id = @to
 WHERE org_id = @org_id
   AND registration_id = @from`

// handOverLinesTx lets the lines of a place follow it to its new holder. A member
// price stays with members: it needs an address of the same company.
func (s *Service) handOverLinesTx(ctx context.Context, tx *pg.Tx, r Registration, to uid.Registration, a Attendee) error {
	o, err := readSale(ctx, tx, r.Org, r.Order)
	if fault.Is(err, fault.NoSuchThing) {
		return nil
	}
	if err != nil {
		return err
	}
	if memberPriced(o, r.ID) {
		company, ok, err := s.stock.CompanyOfDomainTx(ctx, tx, r.Org, a.Email)
		if err != nil {
			return err
		}
		if !ok || company.ID != o.CompanyID {
			return fault.InvalidField("attendee.email", "member_price", "must be an address of %s: the place has the member price. Please ask the organiser otherwise", o.Company)
		}
	}
	if _, err := tx.Exec(ctx, sqlHandOverLines, pgx.StrictNamedArgs{"org_id": r.Org, "from": r.ID, "to": to}); err != nil {
		return fmt.Errorf("hand over lines: %w", err)
	}
	return nil
}

func memberPriced(o sale, place uid.Registration) bool {
	for _, l := range o.live() {
		if l.Registration != place {
			continue
		}
		for _, d := range l.Discounts {
			if d.Reason == inventory.OffByMember {
				return true
			}
		}
	}
	return false
}

package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// onAccountPage is how long a payment page stays open for an order whose places
// are given already.
const onAccountPage = 24 * time.Hour

// delayedFrom is how many working days away an event has to be for bank debits.
const delayedFrom = 10

const sqlForPayment = `
SELECT e.title, e.slug, g.slug, e.starts_at
  FROM event e
  JOIN organisation g ON g.id = e.org_id
 WHERE e.org_id = @org_id
   AND e.id = @event_id`

// StartPayment returns the address of the payment page for what the order behind
// the buyer's link still costs. One page is open at a time: asking again returns
// the same. base is the public address of this server.
func (s *Service) StartPayment(ctx context.Context, base, secret string) (string, error) {
	ref, err := s.openOrder(ctx, secret)
	if err != nil {
		return "", err
	}
	var due payment.Due
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		o, err := lockSaleTx(ctx, tx, ref.Org, uid.Order(ref.ID))
		if err != nil {
			return err
		}
		due, err = s.dueTx(ctx, tx, &o)
		return err
	})
	if err != nil {
		return "", err
	}
	page := base + "/order/" + secret
	due.SuccessURL, due.CancelURL = page+"/paid", page+"?cancelled=1"
	attempt, err := s.pay.Start(ctx, due)
	if err != nil {
		return "", err
	}
	return attempt.URL, nil
}

// dueTx says what is to be paid for an order, and gives the buyer the time to do so.
func (s *Service) dueTx(ctx context.Context, tx *pg.Tx, o *sale) (payment.Due, error) {
	owed, err := s.owedTx(ctx, tx, *o)
	if err != nil {
		return payment.Due{}, err
	}
	switch {
	case o.Frozen:
		return payment.Due{}, fault.Precondition(fault.PaymentPending, "Your bank payment is on its way. There is nothing more to do.")
	case o.State != OrderPlaced && o.State != OrderConfirmed || o.State == OrderPlaced && o.ExpiresAt == nil:
		return payment.Due{}, fault.Precondition(fault.WrongState, "This order cannot be paid: it is %s.", orderWords[o.State])
	case owed <= 0:
		return payment.Due{}, fault.Precondition(fault.WrongState, "Everything is paid.")
	}
	if o.State == OrderPlaced && !o.ExpiresAt.After(tx.Now) {
		return payment.Due{}, fault.Precondition(fault.HoldExpired, "The time to pay is over.")
	}
	var title, eventSlug, orgSlug string
	var starts time.Time
	err = tx.QueryRow(ctx, sqlForPayment, pgx.StrictNamedArgs{"org_id": o.Org, "event_id": o.Event}).Scan(&title, &eventSlug, &orgSlug, &starts)
	if err != nil {
		return payment.Due{}, fmt.Errorf("read the event to pay for: %w", err)
	}
	sales, err := readSales(ctx, tx, o.Org, o.Event)
	if err != nil {
		return payment.Due{}, err
	}
	due := payment.Due{
		Org: o.Org, Order: o.ID, OrderCode: o.Code, EventTitle: title, Amount: money.New(owed, o.Currency), Email: o.Buyer.Email,
		AllowDelayed: sales.DelayedMethods && workingDays(tx.Now, starts) > delayedFrom,
	}
	if due.HoldUntil = tx.Now.Add(onAccountPage); o.ExpiresAt != nil {
		due.HoldUntil = *o.ExpiresAt
	}
	due.Lines = payLines(*o, owed)
	due.Paid = money.New(o.due().Minor-owed, o.Currency)
	return due, nil
}

// payLines are the order's lines as the payment page shows them: one each when
// nothing was paid yet, else the rest in one.
func payLines(o sale, owed int64) []payment.DueLine {
	if owed != o.due().Minor {
		return []payment.DueLine{{Title: "Rest of order " + o.Code, Quantity: 1, Amount: money.New(owed, o.Currency)}}
	}
	var lines []payment.DueLine
	for _, l := range o.live() {
		if l.Due().Minor == 0 {
			continue
		}
		if n := len(lines); n > 0 && lines[n-1].Title == l.Title && lines[n-1].Amount == l.Due() {
			lines[n-1].Quantity++
			continue
		}
		lines = append(lines, payment.DueLine{Title: l.Title, Quantity: 1, Amount: l.Due()})
	}
	return lines
}

// workingDays counts the days from Monday to Friday between two moments.
func workingDays(from, to time.Time) int {
	n := 0
	for day := from; day.Before(to) && n <= delayedFrom; day = day.AddDate(0, 0, 1) {
		if wd := day.Weekday(); wd != time.Saturday && wd != time.Sunday {
			n++
		}
	}
	return n
}

// afterWorkingDays is the moment so many working days after another.
func afterWorkingDays(at time.Time, days int) time.Time {
	for days > 0 {
		at = at.AddDate(0, 0, 1)
		if wd := at.Weekday(); wd != time.Saturday && wd != time.Sunday {
			days--
		}
	}
	return at
}

var orderWords = map[OrderState]string{
	OrderBasket: "still a basket", OrderPlaced: "waiting", OrderConfirmed: "confirmed", OrderClosed: "closed",
	OrderExpired: "lapsed", OrderDeclined: "declined", OrderCancelled: "cancelled",
}

// SyncMyOrder asks Stripe how the order's payment stands, and returns the order.
// The page that buyers come back to calls it, so that nobody waits for a webhook.
func (s *Service) SyncMyOrder(ctx context.Context, secret string) (Order, error) {
	ref, err := s.openOrder(ctx, secret)
	if err != nil {
		return Order{}, err
	}
	syncErr := s.pay.SyncOrder(ctx, ref.Org, uid.Order(ref.ID))
	o, err := s.MyOrder(ctx, secret)
	if err != nil {
		return o, err
	}
	if f, shown := fault.As(syncErr); syncErr != nil && (!shown || f.Kind != fault.KindUnavailable) {
		return o, syncErr
	}
	return o, nil // Stripe cannot be asked now; the webhook or the poller will tell
}

// PlaceLate gives the places to an order that was paid after it had lapsed, even
// beyond the pools' sizes when over says so.
func (s *Service) PlaceLate(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, id uid.Order, over bool, reason string) (Order, error) {
	return s.changeSale(ctx, key, org, id, func(tx *pg.Tx, o *sale) error {
		if err := s.placeLateTx(ctx, tx, actor, o, over, reason); err != nil {
			return err
		}
		m, err := s.pay.OfOrder(ctx, tx, org, id)
		if err != nil {
			return err
		}
		for _, p := range m.Payments {
			if err := s.pay.CloseTaskTx(ctx, tx, org, payment.TaskLateMoney, p.ID, reason); err != nil {
				return err
			}
		}
		return nil
	})
}

// PlaceTx is PlaceLate for a task about late money; false says that there was no
// room. It is a hook of package payment.
func (s *Service) PlaceTx(ctx context.Context, tx *pg.Tx, p payment.Place) (placed bool, err error) {
	o, err := lockSaleTx(ctx, tx, p.Org, p.Order)
	if err != nil {
		return false, err
	}
	err = s.placeLateTx(ctx, tx, p.Actor, &o, p.Overbook, "")
	if f, shown := fault.As(err); shown && f.Kind == fault.KindPrecondition {
		return false, nil // sold out, or an order that is past being placed
	}
	return err == nil, err
}

func (s *Service) placeLateTx(ctx context.Context, tx *pg.Tx, actor account.Actor, o *sale, over bool, reason string) error {
	owed, err := s.owedTx(ctx, tx, *o)
	if err != nil {
		return err
	}
	if o.State != OrderExpired || o.PlacedAt == nil || owed > 0 {
		return fault.Precondition(fault.WrongState, "Only an order that lapsed and is paid can be given places: this one is %s.", orderWords[o.State])
	}
	ended, err := eventOverTx(ctx, tx, *o)
	if err != nil {
		return err
	}
	if ended {
		return fault.Precondition(fault.WrongState, "The event is over or cancelled. Give the money back instead.")
	}
	if err := s.confirmTx(ctx, tx, o, confirming{late: true, over: over}); err != nil {
		return err
	}
	return s.auditSaleTx(ctx, tx, *o, actor, "order.place_late", map[string]any{"over_capacity": over, "reason": reason})
}

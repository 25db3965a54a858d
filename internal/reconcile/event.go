package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// RateSum is what an event sold at one VAT rate, less what was credited.
type RateSum struct {
	// Rate is in hundredths of a percent; Category is such as "standard".
	Rate     money.Rate
	Category string
	Net, VAT money.Amount
}

// EventMoney is an event's money in one currency. Fees, refunds and disputes are
// above zero when they cost something.
type EventMoney struct {
	Currency money.Currency
	// Gross is what was sold, VAT included, and Discounts what had been taken off.
	Gross, Discounts int64
	// Credited is what credit notes took back, VAT included.
	Credited int64
	// Rates split sales less credits.
	Rates []RateSum
	// VAT and Net are the sums of Rates.
	VAT, Net int64
	// Fees are the payment fees of its charges, refunds and disputes.
	Fees int64
	// Refunds is money sent back; Held is what banks hold for disputes, and Lost
	// what they have kept.
	Refunds, Held, Lost int64
	// Received is what buyers paid, and Owed what they still owe.
	Received, Owed int64
	// Deferred is income that is not earned yet, and Released what is.
	Deferred, Released int64
	// Result is Net less Fees and Lost.
	Result int64
}

// EventStatement is an event's account.
type EventStatement struct {
	Event uid.Event
	Title string
	// EndsAt is when it is over; Over is whether it was at AsOf.
	EndsAt time.Time
	Over   bool
	AsOf   time.Time
	// Settled is true when it is over and nothing is owed, deferred or held any
	// more.
	Settled bool
	// Money is by currency.
	Money []EventMoney
	// Orders is how many orders there were.
	Orders int
}

const sqlEventHead = `
SELECT title, ends_at
  FROM event
 WHERE org_id = @org_id
   AND id = @event`

// An event's journals are those that move its income, and then those about the
// orders, charges, refunds and disputes that these lead to.
const sqlEventMoney = `
WITH doc AS (
  SELECT d.kind, d.currency, l.rate, l.category, sum(l.net)::bigint AS net, sum(l.vat)::bigint AS vat, sum(l.discount)::bigint AS discount
    FROM orders o
    JOIN document d ON d.org_id = o.org_id AND d.order_id = o.id
    JOIN document_line l ON l.org_id = d.org_id AND l.document_id = d.id
   WHERE o.org_id = @org_id
     AND o.event_id = @event
   GROUP BY d.kind, d.currency, l.rate, l.category
), charge AS (
  SELECT p.charge_id, p.currency, p.amount_minor
    FROM orders o
    JOIN payment p ON p.org_id = o.org_id AND p.order_id = o.id
   WHERE o.org_id = @org_id
     AND o.event_id = @event
), fact AS (
  SELECT CASE WHEN kind = 'credit_note' THEN 'credited' ELSE 'gross' END AS what, currency, rate, category, net, vat, net + vat AS amount FROM doc
   UNION ALL
  SELECT 'discount', currency, 0, '', 0, 0, discount FROM doc WHERE kind <> 'credit_note'
   UNION ALL
  SELECT 'received', currency, 0, '', 0, 0, amount_minor FROM charge
   UNION ALL
  SELECT 'fee', r.currency, 0, '', 0, 0, r.fee
    FROM stripe_row r
   WHERE r.org_id = @org_id
     AND r.charge_id IN (SELECT charge_id FROM charge)
   UNION ALL
  SELECT 'refunded', f.currency, 0, '', 0, 0, f.amount_minor
    FROM payment_refund f
   WHERE f.org_id = @org_id
     AND f.charge_id IN (SELECT charge_id FROM charge)
     AND f.refund_id IS NOT NULL
     AND f.state NOT IN ('failed', 'canceled')
   UNION ALL
  SELECT t.account, t.currency, 0, '', 0, 0, t.amount
    FROM payment_dispute d
    JOIN posting t ON t.org_id = d.org_id AND t.account IN ('dispute_held', 'dispute_loss') AND t.ref = d.dispute_id
   WHERE d.org_id = @org_id
     AND d.charge_id IN (SELECT charge_id FROM charge)
   UNION ALL
  SELECT t.account, t.currency, 0, '', 0, 0, t.amount
    FROM posting t
   WHERE t.org_id = @org_id
     AND t.account IN ('deferred_income', 'income')
     AND t.ref = @ref
   UNION ALL
  SELECT 'owed', t.currency, 0, '', 0, 0, t.amount
    FROM posting t
   WHERE t.org_id = @org_id
     AND t.account = 'receivable'
     AND t.ref = ANY (@orders)
)
SELECT what, currency, rate, category, sum(net)::bigint AS net, sum(vat)::bigint AS vat, sum(amount)::bigint AS amount
  FROM fact
 GROUP BY what, currency, rate, category
 ORDER BY currency, what, rate DESC, category`

const sqlEventOrders = `
SELECT id
  FROM orders
 WHERE org_id = @org_id
   AND event_id = @event
   AND state NOT IN ('basket', 'expired', 'declined')
 ORDER BY id`

type eventFact struct {
	What             string
	Currency         money.Currency
	Rate             money.Rate
	Category         string
	Net, Vat, Amount int64
}

// EventStatement sums up an event's money from the books.
func (s *Service) EventStatement(ctx context.Context, org uid.Org, event uid.Event) (EventStatement, error) {
	e := EventStatement{Event: event}
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		e = EventStatement{Event: event, AsOf: tx.Now}
		args := pgx.StrictNamedArgs{"org_id": org, "event": event}
		err := tx.QueryRow(ctx, sqlEventHead, args).Scan(&e.Title, &e.EndsAt)
		if pg.IsNoRows(err) {
			return fault.NotFound("event")
		}
		if err != nil {
			return fmt.Errorf("read the event: %w", err)
		}
		e.Over = !e.EndsAt.After(tx.Now)
		rows, err := tx.Query(ctx, sqlEventOrders, args)
		if err != nil {
			return fmt.Errorf("list the event's orders: %w", err)
		}
		orders, err := pgx.CollectRows(rows, pgx.RowTo[uid.Order])
		if err != nil {
			return fmt.Errorf("list the event's orders: %w", err)
		}
		e.Orders = len(orders)
		refs := make([]string, len(orders))
		for i, o := range orders {
			refs[i] = o.String()
		}
		args["ref"], args["orders"] = event.String(), refs
		facts, err := many[eventFact](ctx, tx, sqlEventMoney, args, "sum up the event")
		for _, f := range facts {
			e.add(f)
		}
		return err
	})
	e.finish()
	return e, err
}

func (e *EventStatement) add(f eventFact) {
	if n := len(e.Money); n == 0 || e.Money[n-1].Currency != f.Currency {
		e.Money = append(e.Money, EventMoney{Currency: f.Currency})
	}
	m := &e.Money[len(e.Money)-1]
	switch f.What {
	case "gross":
		m.Gross += f.Amount
		m.rate(f, 1)
	case "credited":
		m.Credited += f.Amount
		m.rate(f, -1)
	case "discount":
		m.Discounts += f.Amount
	case "received":
		m.Received += f.Amount
	case "fee":
		m.Fees += f.Amount
	case "refunded":
		m.Refunds += f.Amount
	case "dispute_held":
		m.Held += f.Amount
	case "dispute_loss":
		m.Lost += f.Amount
	case "deferred_income":
		m.Deferred -= f.Amount
	case "income":
		m.Released -= f.Amount
	case "owed":
		m.Owed += f.Amount
	}
}

func (m *EventMoney) rate(f eventFact, sign int64) {
	m.Net, m.VAT = m.Net+sign*f.Net, m.VAT+sign*f.Vat
	for i := range m.Rates {
		if r := &m.Rates[i]; r.Rate == f.Rate && r.Category == f.Category {
			r.Net.Minor, r.VAT.Minor = r.Net.Minor+sign*f.Net, r.VAT.Minor+sign*f.Vat
			return
		}
	}
	m.Rates = append(m.Rates, RateSum{f.Rate, f.Category, money.New(sign*f.Net, f.Currency), money.New(sign*f.Vat, f.Currency)})
}

func (e *EventStatement) finish() {
	e.Settled = e.Over
	for i := range e.Money {
		m := &e.Money[i]
		m.Result = m.Net - m.Fees - m.Lost
		if m.Owed != 0 || m.Deferred != 0 || m.Held != 0 {
			e.Settled = false
		}
	}
}

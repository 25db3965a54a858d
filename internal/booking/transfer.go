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

// Transfer is money for an order that was found on a bank statement.
type Transfer struct {
	Org   uid.Org
	Order uid.Order
	// Key names the finding; tasks about it carry it.
	Key string
	// Amount is above zero for money that came, below for money sent back.
	Amount money.Amount
	// Back is true when the finding was a mistake and is taken back; Amount has the
	// other sign then.
	Back bool
}

// TransferredTx is told of a transfer after it is booked, in the same transaction.
// Money that pays an order confirms it; what is too much, too little or too late
// becomes a task. A finding that is taken back leaves places as they are: the
// order owes its money again.
func (s *Service) TransferredTx(ctx context.Context, tx *pg.Tx, t Transfer) error {
	o, err := lockSaleTx(ctx, tx, t.Org, t.Order)
	if err != nil {
		return err
	}
	if t.Amount.Currency != o.Currency {
		return fault.InvalidField("currency", "currency", "is %s, and the order is in %s", t.Amount.Currency, o.Currency)
	}
	if err := s.noteTransfersTx(ctx, tx, o); err != nil {
		return err
	}
	owed, err := s.owedTx(ctx, tx, o)
	if err != nil {
		return err
	}
	if !t.Back && t.Amount.Minor > 0 {
		if err := s.arrivedTx(ctx, tx, o, t, owed); err != nil {
			return err
		}
	}
	return s.evenUpTx(ctx, tx, o, owed)
}

const sqlNoteTransfers = `
UPDATE order_terms
   SET transferred_minor = @minor,
       sent_back_minor = @back
 WHERE org_id = @org_id
   AND order_id = @id`

// noteTransfersTx writes down beside the order what its transfers come to, which the
// door reads with each ticket.
func (s *Service) noteTransfersTx(ctx context.Context, tx *pg.Tx, o sale) error {
	transfers, err := s.books.Transfers(ctx, tx, o.Org, o.ID.String())
	if err != nil {
		return err
	}
	var sum, back int64
	for _, t := range transfers {
		if t.Amount.Currency == o.Currency {
			sum += t.Amount.Minor
			back += max(-t.Amount.Minor, 0)
		}
	}
	if _, err := tx.Exec(ctx, sqlNoteTransfers, pgx.StrictNamedArgs{"org_id": o.Org, "id": o.ID, "minor": sum, "back": back}); err != nil {
		return fmt.Errorf("note transfers: %w", err)
	}
	return nil
}

// arrivedTx does what money that came does to its order.
func (s *Service) arrivedTx(ctx context.Context, tx *pg.Tx, o sale, t Transfer, owed int64) error {
	switch {
	case o.State == OrderConfirmed || o.State == OrderClosed || o.State == OrderCancelled:
		return nil
	case owed > 0:
		return s.transferShortTx(ctx, tx, o, t, owed)
	case o.State == OrderPlaced && o.ExpiresAt != nil:
		o.Frozen = false
		return s.confirmTx(ctx, tx, &o, confirming{})
	}
	return s.transferLateTx(ctx, tx, o, t)
}

// evenUpTx closes the tasks whose reason a transfer took away, and asks for what
// is too much to be sent back. Money for an order that has ended is another task.
func (s *Service) evenUpTx(ctx context.Context, tx *pg.Tx, o sale, owed int64) error {
	closes := map[payment.TaskKind]bool{payment.TaskOverpaid: owed >= 0, payment.TaskUnderpaid: owed <= 0}
	for _, kind := range []payment.TaskKind{payment.TaskOverpaid, payment.TaskUnderpaid} {
		if !closes[kind] {
			continue
		}
		if err := s.pay.CloseOrderTasksTx(ctx, tx, o.Org, kind, o.ID, "The order is even again."); err != nil {
			return err
		}
	}
	if err := s.evenTx(ctx, tx, o, owed); err != nil {
		return err
	}
	if owed >= 0 || o.State == OrderExpired || o.State == OrderDeclined {
		return nil
	}
	return s.sendBackTx(ctx, tx, o, -owed)
}

func (s *Service) transferShortTx(ctx context.Context, tx *pg.Tx, o sale, t Transfer, owed int64) error {
	err := s.pay.OpenTaskTx(ctx, tx, payment.Task{
		Org: o.Org, Order: o.ID, Kind: payment.TaskUnderpaid, Key: "underpaid:" + t.Key, Amount: money.New(owed, o.Currency),
		Sentence: "A bank transfer brought less than is due, so no places were given. Ask for the rest, or send the money back.",
	})
	if err != nil {
		return err
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderUnderpaid, Subject: o.ID})
}

// transferLateTx confirms an order that lapsed before its transfer came, while
// there are places, and asks staff otherwise.
func (s *Service) transferLateTx(ctx context.Context, tx *pg.Tx, o sale, t Transfer) error {
	var over bool
	if err := tx.QueryRow(ctx, sqlEventOver, pgx.StrictNamedArgs{"org_id": o.Org, "event_id": o.Event, "now": tx.Now}).Scan(&over); err != nil {
		return fmt.Errorf("read event: %w", err)
	}
	sales, err := readSales(ctx, tx, o.Org, o.Event)
	if err != nil {
		return err
	}
	if !over && o.State == OrderExpired && sales.Late == LatePlace {
		err := s.confirmTx(ctx, tx, &o, confirming{late: true})
		if f, shown := fault.As(err); !shown || f.Kind == fault.KindUnavailable {
			return err
		}
	}
	err = s.pay.OpenTaskTx(ctx, tx, payment.Task{
		Org: o.Org, Order: o.ID, Kind: payment.TaskLateMoney, Key: "late_money:" + t.Key, Amount: t.Amount, DueAt: tx.Now.Add(unplacedFor),
		Sentence: "A bank transfer came for an order that had ended, and it has no places. Give it places, or send the money back by bank transfer.",
	})
	if err != nil {
		return err
	}
	return s.box.AppendTx(ctx, tx, outbox.Fact{Org: o.Org, Kind: FactOrderUnplaced, Subject: o.ID})
}

// byCardTx is how much of an amount goes back by card: all of it, less what came
// from bank to bank when the cards do not suffice.
func (s *Service) byCardTx(ctx context.Context, tx *pg.Tx, o sale, amount int64) (int64, error) {
	m, err := s.pay.OfOrder(ctx, tx, o.Org, o.ID)
	if err != nil {
		return 0, err
	}
	moved := max(m.Transferred(o.Currency), 0)
	cards := max(m.Paid(o.Currency)-m.Refunded(o.Currency)-moved, 0)
	return max(amount-moved, min(amount, cards)), nil
}

// sendBackTx asks staff to send money back by bank transfer.
func (s *Service) sendBackTx(ctx context.Context, tx *pg.Tx, o sale, amount int64) error {
	due := money.New(amount, o.Currency)
	return s.pay.OpenTaskTx(ctx, tx, payment.Task{
		Org: o.Org, Order: o.ID, Kind: payment.TaskOverpaid, Key: "overpaid:" + o.ID.String(), Amount: due,
		Sentence: fmt.Sprintf("%s is due back to the buyer, who paid by bank transfer. Send it from the bank, and match the statement's line to this order.", due.Format()),
	})
}

// Owing is an order for which money may come.
type Owing struct {
	Order uid.Order
	Code  string
	// Numbers are its invoices'.
	Numbers []string
	// Amount is what is still to come; below zero what is due back.
	Amount money.Amount
	// Who is the paying company or the buyer, and What the event.
	Who, What string
	// DueOn is when its invoice is due; zero without one.
	DueOn time.Time
	// Lapsed orders are owed nothing for, but their money may come all the same.
	Lapsed bool
}

// What is confirmed stands in the books, so that only what is not even is looked
// at; what is not confirmed may be paid yet.
const sqlOwing = `
WITH open AS (
  SELECT id
    FROM orders
   WHERE org_id = @org_id
     AND state IN ('placed', 'cancelled', 'expired')
     AND placed_at IS NOT NULL
   UNION
  SELECT ref_uuid(ref)
    FROM posting
   WHERE org_id = @org_id
     AND account = 'receivable'
   GROUP BY ref, currency
  HAVING sum(amount) <> 0
)
SELECT o.id AS order_id, o.code, t.currency, t.buyer_name, coalesce(t.payer ->> 'Company', '') AS company, e.title, t.due_at,
       o.state = 'expired' AS lapsed, (due.minor - paid.minor + back.minor)::bigint AS owed,
       coalesce((SELECT array_agg(d.number ORDER BY d.number)
                   FROM document d
                  WHERE d.org_id = o.org_id
                    AND d.order_id = o.id
                    AND d.kind <> 'credit_note'), '{}') AS numbers
  FROM open
  JOIN orders o ON o.org_id = @org_id AND o.id = open.id
  JOIN order_terms t ON t.org_id = o.org_id AND t.order_id = o.id
  JOIN event e ON e.org_id = o.org_id AND e.id = o.event_id
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(l.gross_minor - l.credited_minor), 0) AS minor
         FROM order_line l
        WHERE l.org_id = o.org_id
          AND l.order_id = o.id
          AND (o.state <> 'cancelled' -- else it may have ended before anything was sold
               OR EXISTS (SELECT 1
                            FROM document d
                           WHERE d.org_id = o.org_id
                             AND d.order_id = o.id))) AS due
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(p.amount_minor), 0) AS minor
         FROM payment p
        WHERE p.org_id = o.org_id
          AND p.order_id = o.id
          AND p.currency = t.currency) AS paid
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(r.amount_minor), 0) AS minor
         FROM payment_refund r
        WHERE r.org_id = o.org_id
          AND r.order_id = o.id
          AND r.currency = t.currency
          AND r.state NOT IN ('failed', 'canceled')) AS back
 WHERE o.placed_at IS NOT NULL
   AND o.state IN ('placed', 'confirmed', 'closed', 'cancelled', 'expired')
   AND (due.minor <> paid.minor - back.minor OR o.state = 'cancelled') -- transfers are counted below
 ORDER BY o.placed_at, o.id`

type owingRow struct {
	OrderID   uid.Order
	Code      string
	Currency  money.Currency
	BuyerName string
	Company   string
	Title     string
	DueAt     *time.Time
	Lapsed    bool
	Owed      int64
	Numbers   []string
}

// Owing lists the orders for which money may come, or is to go back, the oldest
// first: those that wait for their payment, and those that are not even.
func (s *Service) Owing(ctx context.Context, q pg.Querier, org uid.Org) ([]Owing, error) {
	rows, err := q.Query(ctx, sqlOwing, pgx.StrictNamedArgs{"org_id": org})
	if err != nil {
		return nil, fmt.Errorf("list what is owed: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[owingRow])
	if err != nil {
		return nil, fmt.Errorf("list what is owed: %w", err)
	}
	ids := make([]string, len(found))
	for i, r := range found {
		ids[i] = r.OrderID.String()
	}
	transfers, err := s.books.Transfers(ctx, q, org, ids...)
	if err != nil {
		return nil, err
	}
	came := map[string]int64{}
	for _, t := range transfers {
		came[t.Order] += t.Amount.Minor
	}
	var list []Owing
	for i, r := range found {
		owed := r.Owed - came[ids[i]]
		if owed == 0 {
			continue
		}
		o := Owing{Order: r.OrderID, Code: r.Code, Numbers: r.Numbers, Amount: money.New(owed, r.Currency), Who: r.Company, What: r.Title, DueOn: timeOf(r.DueAt), Lapsed: r.Lapsed}
		if o.Who == "" {
			o.Who = r.BuyerName
		}
		list = append(list, o)
	}
	return list, nil
}

package booking

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/payment"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// MyOrder returns the order behind the buyer's secret link.
func (s *Service) MyOrder(ctx context.Context, secret string) (Order, error) {
	ref, err := s.openOrder(ctx, secret)
	if err != nil {
		return Order{}, err
	}
	return s.Order(ctx, ref.Org, uid.Order(ref.ID))
}

// Order returns one order with its money, documents and explanations.
func (s *Service) Order(ctx context.Context, org uid.Org, id uid.Order) (Order, error) {
	var o Order
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		o, err = s.OrderTx(ctx, tx, org, id)
		return err
	})
	return o, err
}

const sqlEventOf = `
SELECT title, starts_at
  FROM event
 WHERE org_id = @org_id
   AND id = @event_id`

// A mail that arrives makes good for one that came back before.
const sqlUnreached = `
SELECT EXISTS (SELECT 1
                 FROM suppression x
                WHERE x.org_id = @org_id
                  AND x.email = lower(@email)
                  AND x.scope = 'all')
    OR coalesce((SELECT m.state IN ('bounced', 'failed')
                   FROM message m
                  WHERE m.org_id = @org_id
                    AND m.order_id = @id
                    AND m.state IN ('sent', 'bounced', 'failed')
                    AND lower(m.recipient) = lower(@email)
                  ORDER BY m.created_at DESC, m.id DESC
                  LIMIT 1), false)`

// OrderTx is Order inside the caller's transaction.
func (s *Service) OrderTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Order) (Order, error) {
	o, err := readSale(ctx, tx, org, id)
	if err != nil {
		return Order{}, err
	}
	var title string
	var starts time.Time
	if err := tx.QueryRow(ctx, sqlEventOf, pgx.StrictNamedArgs{"org_id": org, "event_id": o.Event}).Scan(&title, &starts); err != nil {
		return Order{}, fmt.Errorf("read the order's event: %w", err)
	}
	m, err := s.pay.OfOrder(ctx, tx, org, id)
	if err != nil {
		return Order{}, err
	}
	documents, err := s.books.Documents(ctx, tx, org, id)
	if err != nil {
		return Order{}, err
	}
	percent := refundPercent(o.RefundSteps, starts.Sub(tx.Now))
	for i, l := range o.Lines {
		o.Lines[i].SeatSecret = s.seatSecret(o, l)
		if !l.Cancelled && o.State == OrderConfirmed {
			o.Lines[i].RefundNow = money.Rate(percent * 100).Of(l.Due())
		}
	}
	v := s.view(o, m, documents)
	v.EventTitle = title
	v.SelfService = o.SelfService && o.State == OrderConfirmed && tx.Now.Before(starts)
	v.CanPay = v.Balance.Minor > 0 && !o.Frozen &&
		(o.State == OrderConfirmed || o.State == OrderPlaced && o.ExpiresAt != nil && o.ExpiresAt.After(tx.Now))
	args := pgx.StrictNamedArgs{"org_id": org, "id": id, "email": o.Buyer.Email}
	if err := tx.QueryRow(ctx, sqlUnreached, args).Scan(&v.Undeliverable); err != nil {
		return Order{}, fmt.Errorf("look for mails that came back: %w", err)
	}
	v.Explanations = explain(v)
	return v, nil
}

// view puts together what an order's tables, payments and documents say.
func (s *Service) view(o sale, m payment.Money, documents []ledger.Document) Order {
	total, vat := lineTotals(o.Currency, o.Lines)
	v := Order{
		Org: o.Org, ID: o.ID, Event: o.Event, Code: o.Code, State: o.State, Buyer: o.Buyer, Payer: o.Payer, Currency: o.Currency,
		Total: total, VAT: vat, Paid: money.New(m.Paid(o.Currency), o.Currency), Refunded: money.New(m.Refunded(o.Currency), o.Currency),
		Lines: o.Lines, OnInvoice: o.OnInvoice, DiscountCode: o.CodeText, Company: o.Company, Late: o.Late, Secret: s.orderSecret(o),
		PlacedAt: timeOf(o.PlacedAt), ExpiresAt: timeOf(o.ExpiresAt), DueAt: timeOf(o.DueAt),
	}
	v.Balance = money.New(v.Total.Minor-v.Paid.Minor+v.Refunded.Minor, o.Currency)
	ended := o.State == OrderCancelled && len(documents) == 0 // before anything was sold
	if ended || o.State != OrderConfirmed && o.State != OrderPlaced && o.State != OrderClosed && o.State != OrderCancelled {
		v.Balance = money.New(v.Refunded.Minor-v.Paid.Minor, o.Currency) // nothing is owed for places that were not given
	}
	v.Money = moneyState(o, v)
	for _, p := range m.Payments {
		v.Payments = append(v.Payments, OrderPayment{Amount: p.Amount, CapturedAt: p.At, Method: cmp.Or(p.Detail, p.Method), Charge: p.Charge})
	}
	for _, t := range m.Transfers {
		if t.Amount.Minor > 0 {
			v.Payments = append(v.Payments, OrderPayment{Amount: t.Amount, CapturedAt: t.On, Method: "Bank transfer"})
			continue
		}
		v.Refunds = append(v.Refunds, OrderRefund{Amount: t.Amount.Neg(), State: string(payment.RefundSucceeded), RequestedAt: t.On, Reason: "Sent back by bank transfer"})
	}
	for _, r := range m.Refunds {
		v.Refunds = append(v.Refunds, OrderRefund{Amount: r.Amount, State: string(r.State), RequestedAt: r.RequestedAt, Reason: r.Reason})
	}
	for _, d := range documents {
		v.Documents = append(v.Documents, OrderDocument{ID: d.ID, Number: d.Number, Kind: string(d.Kind), Gross: money.New(d.Gross, d.Currency), IssuedOn: d.IssuedOn})
	}
	return v
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func moneyState(o sale, v Order) MoneyState {
	switch {
	case o.Disputed:
		return MoneyInDispute
	case o.Frozen:
		return MoneyProcessing
	case v.Balance.Minor < 0:
		return MoneyOverPaid
	case v.Paid.Minor == 0 && v.Total.Minor == 0:
		return MoneyNone
	case v.Paid.Minor > 0 && v.Refunded.Minor >= v.Paid.Minor && v.Balance.Minor == 0:
		return MoneyRefunded
	case v.Balance.Minor == 0 && v.Paid.Minor > 0:
		return MoneyPaid
	case v.Balance.Minor == 0:
		return MoneyNone
	case v.Paid.Minor > v.Refunded.Minor:
		return MoneyPartPaid
	}
	return MoneyDue
}

// explain says in sentences why an order costs what it costs and stands where it
// stands, from what was stored when it was decided.
func explain(o Order) []string {
	var why []string
	times := map[string]int{}
	for _, l := range o.Lines {
		line := fmt.Sprintf("%s: %s", l.Title, l.Gross.Format())
		if l.Gross != l.List {
			line = fmt.Sprintf("%s: list price %s", l.Title, l.List.Format())
			for _, d := range l.Discounts {
				line += fmt.Sprintf(", less %s (%s)", d.Off.Format(), d.Label)
			}
			line += ", makes " + l.Gross.Format()
		}
		if l.Gross.Minor > 0 {
			line += "; " + vatWords(l)
		}
		if l.Cancelled {
			line += fmt.Sprintf("; given up, %s taken back", l.Credited.Format())
		}
		line += "."
		if times[line]++; times[line] == 1 {
			why = append(why, line)
		}
	}
	for i, line := range why {
		if n := times[line]; n > 1 {
			why[i] = fmt.Sprintf("%d × %s", n, line)
		}
	}
	return append(why, stateSentence(o), moneySentence(o))
}

func vatWords(l Line) string {
	switch l.Category {
	case "exempt":
		return "exempt from VAT"
	case "outside":
		return "outside the scope of VAT"
	case "zero":
		return "VAT at the zero rate"
	}
	return fmt.Sprintf("%s VAT at %s included", l.VAT.Format(), l.Rate)
}

func stateSentence(o Order) string {
	switch o.State {
	case OrderBasket:
		return "The places are kept while the form is filled in."
	case OrderPlaced:
		if o.ExpiresAt.IsZero() {
			return "A person decides about this application; nothing is paid before."
		}
		if o.Money == MoneyProcessing {
			return "The bank payment is on its way; the places are kept until it is settled."
		}
		return "The places are kept until it is paid or the time is over."
	case OrderExpired:
		if o.Paid.Minor > o.Refunded.Minor {
			return "The time to pay was over before the money came, and the places had gone. Nobody was given a place over capacity."
		}
		return "The time to pay was over, so the places went back to others."
	case OrderDeclined:
		return "The application was declined."
	case OrderCancelled:
		return "All places were given up."
	}
	if o.Late {
		return "Confirmed: the money came late, and there were places left."
	}
	if o.OnInvoice && o.Balance.Minor > 0 {
		return fmt.Sprintf("Confirmed on invoice; due on %s.", o.DueAt.Format("2 January 2006"))
	}
	return "Confirmed: the places are given."
}

// moneySentence says how the money stands, to staff and to the buyer alike.
func moneySentence(o Order) string {
	switch o.Money {
	case MoneyInDispute:
		return "The cardholder's bank questions the payment, so that refunds wait until it has decided."
	case MoneyProcessing:
		return "Nothing else can be paid meanwhile."
	case MoneyOverPaid:
		return fmt.Sprintf("%s more was paid than is due.", money.New(-o.Balance.Minor, o.Currency).Format())
	case MoneyPartPaid:
		return fmt.Sprintf("%s was paid; %s is still owed.", money.New(o.Paid.Minor-o.Refunded.Minor, o.Currency).Format(), o.Balance.Format())
	case MoneyPaid:
		return "What is due was paid."
	case MoneyRefunded:
		return "All that was paid went back, or is on its way."
	case MoneyNone:
		return "There is nothing to pay."
	}
	return "Nothing was paid so far."
}

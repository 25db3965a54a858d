package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/inventory"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// sale is an order that costs something as its tables have it.
type sale struct {
	Org         uid.Org
	ID          uid.Order
	Event       uid.Event
	Code        string
	State       OrderState
	ExpiresAt   *time.Time
	PlacedAt    *time.Time
	Currency    money.Currency
	Choices     []BasketChoice
	CodeID      uid.Code
	CodeText    string
	CodeTaken   bool
	PhasesTaken bool
	CompanyID   uid.Company
	Company     string
	ProveEmail  string
	ProveTries  int
	Buyer       Buyer
	Payer       Payer
	OnInvoice   bool
	DueAt       *time.Time
	GraceUntil  *time.Time
	Overdue     OverduePolicy
	OverdueAt   *time.Time
	RefundSteps []RefundStep
	SelfService bool
	Frozen      bool
	Extensions  int
	Late        bool
	Disputed    bool
	LinkVersion int
	Lines       []Line
}

const saleFrom = `
SELECT o.org_id, o.id, o.event_id, o.code, o.state, o.expires_at, o.placed_at, t.currency, t.choices, t.code_id, t.code_text,
       t.code_taken, t.phases_taken, t.company_id, t.company, t.prove_email, t.prove_tries, t.buyer_name, t.buyer_email,
       t.payer, t.on_invoice, t.due_at, t.grace_until, t.overdue, t.overdue_at, t.refund_steps, t.self_service, t.frozen, t.extensions, t.late, t.disputed, t.link_version
  FROM orders o
  JOIN order_terms t ON t.org_id = o.org_id AND t.order_id = o.id`

func scanSale(row pgx.CollectableRow) (sale, error) {
	var o sale
	var choices, payer, steps []byte
	err := row.Scan(&o.Org, &o.ID, &o.Event, &o.Code, &o.State, &o.ExpiresAt, &o.PlacedAt, &o.Currency, &choices, &o.CodeID, &o.CodeText,
		&o.CodeTaken, &o.PhasesTaken, &o.CompanyID, &o.Company, &o.ProveEmail, &o.ProveTries, &o.Buyer.Name, &o.Buyer.Email,
		&payer, &o.OnInvoice, &o.DueAt, &o.GraceUntil, &o.Overdue, &o.OverdueAt, &steps, &o.SelfService, &o.Frozen, &o.Extensions, &o.Late, &o.Disputed, &o.LinkVersion)
	if err != nil {
		return o, err
	}
	return o, errors.Join(json.Unmarshal(choices, &o.Choices), json.Unmarshal(payer, &o.Payer), json.Unmarshal(steps, &o.RefundSteps))
}

const sqlSale = saleFrom + `
 WHERE o.org_id = @org_id
   AND o.id = @id`

const sqlLockSale = saleFrom + `
 WHERE o.org_id = @org_id
   AND o.id = @id
   FOR NO KEY UPDATE OF o`

// readSale reads an order with its lines, in whatever state.
func readSale(ctx context.Context, q pg.Querier, org uid.Org, id uid.Order) (sale, error) {
	return oneSale(ctx, q, sqlSale, org, id)
}

// lockSaleTx reads an order and keeps others from changing it. Whoever changes
// orders, registrations and seats locks the order first.
func lockSaleTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Order) (sale, error) {
	return oneSale(ctx, tx, sqlLockSale, org, id)
}

func oneSale(ctx context.Context, q pg.Querier, sql string, org uid.Org, id uid.Order) (sale, error) {
	rows, err := q.Query(ctx, sql, pgx.StrictNamedArgs{"org_id": org, "id": id})
	if err != nil {
		return sale{}, fmt.Errorf("read order: %w", err)
	}
	o, err := pgx.CollectExactlyOneRow(rows, scanSale)
	if errors.Is(err, pgx.ErrNoRows) {
		return o, fault.NotFound("order")
	}
	if err != nil {
		return o, fmt.Errorf("read order: %w", err)
	}
	lines, err := readOrderLines(ctx, q, org, o.Currency, id)
	o.Lines = lines
	return o, err
}

const sqlOrderLines = `
SELECT l.id, l.product_id, l.kind, l.title, l.position, l.registration_id, l.phase_id, l.phase_title,
       l.list_minor, l.discounts, l.gross_minor, l.net_minor, l.vat_minor, l.vat_rate, l.vat_category,
       l.credited_minor, l.cancelled_at IS NOT NULL, coalesce(r.name, '')
  FROM order_line l
  LEFT JOIN registration r ON r.org_id = l.org_id AND r.id = l.registration_id
 WHERE l.org_id = @org_id
   AND l.order_id = @order_id
 ORDER BY l.position`

func readOrderLines(ctx context.Context, q pg.Querier, org uid.Org, c money.Currency, order uid.Order) ([]Line, error) {
	rows, err := q.Query(ctx, sqlOrderLines, pgx.StrictNamedArgs{"org_id": org, "order_id": order})
	if err != nil {
		return nil, fmt.Errorf("read order lines: %w", err)
	}
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Line, error) {
		l := Line{}
		var discounts []byte
		var list, gross, net, vat, credited int64
		err := row.Scan(&l.ID, &l.Product, &l.Kind, &l.Title, &l.Position, &l.Registration, &l.Phase, &l.PhaseTitle,
			&list, &discounts, &gross, &net, &vat, &l.Rate, &l.Category, &credited, &l.Cancelled, &l.Attendee)
		if err != nil {
			return l, err
		}
		l.List, l.Gross, l.Net, l.VAT = money.New(list, c), money.New(gross, c), money.New(net, c), money.New(vat, c)
		l.Credited, l.RefundNow = money.New(credited, c), money.New(0, c)
		var off []storedDiscount
		if err := json.Unmarshal(discounts, &off); err != nil {
			return l, err
		}
		for _, d := range off {
			l.Discounts = append(l.Discounts, inventory.Discount{Reason: d.Reason, Label: d.Label, Off: money.New(d.Off, c)})
		}
		return l, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read order lines: %w", err)
	}
	return lines, nil
}

// storedDiscount is inventory.Discount in the column discounts.
type storedDiscount struct {
	Reason string `json:"reason"`
	Label  string `json:"label"`
	Off    int64  `json:"off"`
}

// live lists the lines that were not given up.
func (o sale) live() []Line {
	var live []Line
	for _, l := range o.Lines {
		if !l.Cancelled {
			live = append(live, l)
		}
	}
	return live
}

// due is what the lines cost now.
func (o sale) due() money.Amount {
	due, _ := lineTotals(o.Currency, o.Lines)
	return due
}

// amount is an amount of the order's currency.
func (o sale) amount(minor int64) money.Amount { return money.New(minor, o.Currency) }

// tickets lists the registrations of the live tickets, in order.
func (o sale) tickets() []uid.Registration {
	var ids []uid.Registration
	for _, l := range o.live() {
		if l.Kind == inventory.Ticket {
			ids = append(ids, l.Registration)
		}
	}
	return ids
}

// ask is what the live lines take, product by product.
func (o sale) ask() inventory.Ask {
	return inventory.Ask{Parts: parts(o.live())}
}

// parts groups lines by product, donations left out.
func parts(lines []Line) []inventory.Part {
	var parts []inventory.Part
	at := map[uid.Product]int{}
	for _, l := range lines {
		if l.Kind == inventory.Donation {
			continue
		}
		i, ok := at[l.Product]
		if !ok {
			i = len(parts)
			at[l.Product] = i
			parts = append(parts, inventory.Part{Product: l.Product})
		}
		parts[i].Registrations = append(parts[i].Registrations, l.seat())
	}
	return parts
}

// seats lists everything that holds seats for the given lines.
func seats(lines []Line) []uid.Registration {
	var ids []uid.Registration
	for _, p := range parts(lines) {
		ids = append(ids, p.Registrations...)
	}
	return ids
}

// phases counts how many of each price phase the lines took.
func phases(lines []Line) map[uid.PricePhase]int {
	counts := map[uid.PricePhase]int{}
	for _, l := range lines {
		if !l.Phase.IsZero() {
			counts[l.Phase]++
		}
	}
	return counts
}

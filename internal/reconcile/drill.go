package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// Row is one of Stripe's balance transactions.
type Row struct {
	// ID is "txn_…"; Account is Stripe's account.
	ID, Account string
	// Type and Category are Stripe's words; Category selects the journal.
	Type, Category string
	// Source is what it is about: "ch_…", "re_…", "dp_…", "po_…".
	Source string
	// Charge is the charge behind a charge's, refund's or dispute's row.
	Charge      string
	Description string
	// Amount is gross; Fee and Net are of the same currency.
	Amount, Fee, Net money.Amount
	// Charged is the amount in the buyer's currency, where that is another one.
	Charged     money.Amount
	Created     time.Time
	AvailableOn time.Time
	// Payout is what it was paid out with; may be empty.
	Payout string
	// Booked is the account its gross was booked on, and BookedRef the reference.
	Booked    ledger.Account
	BookedRef string
	// Order is whose money it is, where it is an order's.
	Order     uid.Order
	OrderCode string
}

const rowColumns = `
SELECT r.id, r.account, r.type, r.category, r.source_id, r.charge_id, r.description, r.currency, r.gross, r.fee, r.net, r.charged_minor,
       r.charged_currency, r.created_at, r.available_at, coalesce(r.payout_id, '') AS payout_id, r.booked, r.booked_ref,
       p.order_id, coalesce(o.code, '') AS order_code
  FROM stripe_row r
  LEFT JOIN payment p ON p.account = r.account AND p.livemode = r.livemode AND p.charge_id = r.charge_id AND p.org_id = r.org_id
  LEFT JOIN orders o ON o.org_id = r.org_id AND o.id = p.order_id
 WHERE r.org_id = @org_id`

const rowOrder = `
 ORDER BY r.created_at, r.id
 LIMIT 10000`

const sqlRowsOfPayout = rowColumns + `
   AND r.payout_id = @payout
   AND r.source_id <> @payout` + rowOrder

const sqlRowsAbout = rowColumns + `
   AND (r.id = ANY (@ids) OR r.source_id = ANY (@refs) OR r.charge_id = ANY (@refs) AND r.charge_id <> '')` + rowOrder

type rowLine struct {
	ID, Account, Type, Category, SourceID, ChargeID, Description string
	Currency                                                     money.Currency
	Gross, Fee, Net, ChargedMinor                                int64
	ChargedCurrency                                              money.Currency
	CreatedAt, AvailableAt                                       time.Time
	PayoutID                                                     string
	Booked                                                       ledger.Account
	BookedRef                                                    string
	OrderID                                                      uid.Order
	OrderCode                                                    string
}

func (s *Service) rows(ctx context.Context, sql string, args pgx.StrictNamedArgs) ([]Row, error) {
	lines, err := many[rowLine](ctx, s.db.Pool(), sql, args, "read rows of Stripe's balance")
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(lines))
	for i, l := range lines {
		rows[i] = Row{
			ID: l.ID, Account: l.Account, Type: l.Type, Category: l.Category, Source: l.SourceID, Charge: l.ChargeID, Description: l.Description,
			Amount: money.New(l.Gross, l.Currency), Fee: money.New(l.Fee, l.Currency), Net: money.New(l.Net, l.Currency),
			Created: l.CreatedAt, AvailableOn: l.AvailableAt, Payout: l.PayoutID, Booked: l.Booked, BookedRef: l.BookedRef, Order: l.OrderID, OrderCode: l.OrderCode,
		}
		if l.ChargedCurrency != l.Currency && l.ChargedMinor != 0 {
			rows[i].Charged = money.New(l.ChargedMinor, l.ChargedCurrency)
		}
	}
	return rows, nil
}

// Detail is everything behind one reference of an account.
type Detail struct {
	Account ledger.Account
	Ref     string
	Balance []money.Amount
	// Journals have a posting on the account about the reference, the oldest
	// first, at most 1,000.
	Journals []ledger.Posted
	// Rows are those of Stripe that the journals were made of, or that are about
	// the same object.
	Rows []Row
	// Items are what is open about it, at most one in a currency.
	Items []OpenItem
	// WrittenOff is what was written off of it, the oldest first.
	WrittenOff []WriteOff
	// Orders are the orders that the journals and rows name.
	Orders []uid.Order
	// Payouts are those that the rows were paid out with.
	Payouts []string
}

// Detail goes down from a figure to its postings, the order and Stripe's object.
func (s *Service) Detail(ctx context.Context, org uid.Org, account ledger.Account, ref string) (Detail, error) {
	d := Detail{Account: account, Ref: ref}
	balance, err := s.books.Balance(ctx, s.db.Pool(), org, account, ref)
	if err != nil {
		return d, err
	}
	d.Balance = amounts(balance)
	if d.Journals, err = s.journals(ctx, org, account, ref, time.Time{}); err != nil {
		return d, err
	}
	ids, refs := []string{}, []string{ref}
	for _, j := range d.Journals {
		for _, prefix := range []string{"bt:", "placed:"} {
			if id, found := strings.CutPrefix(j.SourceKey, prefix); found {
				ids = append(ids, id)
			}
		}
		for _, p := range j.Postings {
			if p.Account == ledger.Receivable {
				d.addOrder(p.Ref)
			}
		}
	}
	if len(ids) > 200 { // a figure such as the whole balance: its rows are listed by payout
		ids = ids[:200]
	}
	if d.Rows, err = s.rows(ctx, sqlRowsAbout, pgx.StrictNamedArgs{"org_id": org, "ids": ids, "refs": refs}); err != nil {
		return d, err
	}
	for _, r := range d.Rows {
		if !r.Order.IsZero() {
			d.addOrder(r.Order.String())
		}
		if r.Payout != "" && !slices.Contains(d.Payouts, r.Payout) {
			d.Payouts = append(d.Payouts, r.Payout)
		}
	}
	if d.WrittenOff, err = s.writtenOff(ctx, org, account, ref); err != nil {
		return d, err
	}
	items, _, err := s.Items(ctx, org, ItemFilter{Account: account, Ref: ref})
	for _, i := range items {
		if i.Ref == ref {
			d.Items = append(d.Items, i)
		}
	}
	return d, err
}

func (d *Detail) addOrder(ref string) {
	var id uid.Order
	if id.UnmarshalText([]byte(ref)) == nil && !id.IsZero() && !slices.Contains(d.Orders, id) {
		d.Orders = append(d.Orders, id)
	}
}

func amounts(sums map[money.Currency]int64) []money.Amount {
	var all []money.Amount
	for c, minor := range sums {
		all = append(all, money.New(minor, c))
	}
	slices.SortFunc(all, func(a, b money.Amount) int { return strings.Compare(string(a.Currency), string(b.Currency)) })
	return all
}

const sqlJournalKeys = `
SELECT j.source_key
  FROM journal j
 WHERE j.org_id = @org_id
   AND (@month::date IS NULL OR j.period = @month)
   AND EXISTS (SELECT FROM posting p
                WHERE p.org_id = j.org_id
                  AND p.journal_id = j.id
                  AND p.account = @account
                  AND (@ref = '' OR p.ref = @ref))
 ORDER BY j.effective_on, j.id
 LIMIT 1000`

func (s *Service) journals(ctx context.Context, org uid.Org, account ledger.Account, ref string, month time.Time) ([]ledger.Posted, error) {
	rows, err := s.db.Pool().Query(ctx, sqlJournalKeys, pgx.StrictNamedArgs{"org_id": org, "account": account, "ref": ref, "month": dayOrNull(month)})
	if err != nil {
		return nil, fmt.Errorf("find journals: %w", err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("find journals: %w", err)
	}
	return s.books.JournalsBySource(ctx, s.db.Pool(), org, keys...)
}

// Postings lists the journals behind a sum: an account's in a month (zero: ever),
// the oldest first, at most 1,000.
func (s *Service) Postings(ctx context.Context, org uid.Org, account ledger.Account, month time.Time) ([]ledger.Posted, error) {
	if !month.IsZero() {
		month = ledger.Month(month)
	}
	return s.journals(ctx, org, account, "", month)
}

// Step is one thing that happened to an order's money.
type Step struct {
	On time.Time
	// What is such as "sale", "capture", "charge", "refund", "dispute", "payout",
	// "bank".
	What ledger.Kind
	// Ref is what it is about: order, charge, refund, dispute, payout.
	Ref    string
	Amount money.Amount
	Memo   string
	// Journal is the entry that recorded it.
	Journal uid.Journal
}

// Trail is the way of an order's money.
type Trail struct {
	Order uid.Order
	// Owed is what is left to pay; below zero, to give back.
	Owed []money.Amount
	// Steps are what was booked about it, the oldest first.
	Steps []Step
	Rows  []Row
	// Payouts carried its rows to the bank.
	Payouts []Payout
}

const sqlRefsOfOrder = `
SELECT charge_id AS ref FROM payment WHERE org_id = @org_id AND order_id = @order
 UNION
SELECT refund_id FROM payment_refund WHERE org_id = @org_id AND order_id = @order AND refund_id IS NOT NULL
 UNION
SELECT dispute_id FROM payment_dispute WHERE org_id = @org_id AND order_id = @order
 ORDER BY ref`

const sqlKeysAbout = `
SELECT DISTINCT j.source_key
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
 WHERE p.org_id = @org_id
   AND p.account IN ('receivable', 'stripe_pending', 'refund_pending', 'dispute_held', 'dispute_loss', 'payout_transit', 'bank_suspense')
   AND p.ref = ANY (@refs)
 ORDER BY j.source_key
 LIMIT 1000`

// Trail goes up from an order to the bank's line.
func (s *Service) Trail(ctx context.Context, org uid.Org, order uid.Order) (Trail, error) {
	t := Trail{Order: order}
	owed, err := s.books.Balance(ctx, s.db.Pool(), org, ledger.Receivable, order.String())
	if err != nil {
		return t, err
	}
	t.Owed = amounts(owed)
	refs, err := s.texts(ctx, sqlRefsOfOrder, pgx.StrictNamedArgs{"org_id": org, "order": order})
	if err != nil {
		return t, err
	}
	if t.Rows, err = s.rows(ctx, sqlRowsAbout, pgx.StrictNamedArgs{"org_id": org, "ids": []string{}, "refs": refs}); err != nil {
		return t, err
	}
	var payouts []string
	for _, r := range t.Rows {
		if r.Payout != "" && !slices.Contains(payouts, r.Payout) {
			payouts = append(payouts, r.Payout)
		}
	}
	if t.Payouts, err = s.payoutsByID(ctx, org, payouts); err != nil {
		return t, err
	}
	about := slices.Concat([]string{order.String()}, refs, payouts)
	keys, err := s.texts(ctx, sqlKeysAbout, pgx.StrictNamedArgs{"org_id": org, "refs": about})
	if err != nil {
		return t, err
	}
	journals, err := s.books.JournalsBySource(ctx, s.db.Pool(), org, keys...)
	for _, j := range journals {
		t.Steps = append(t.Steps, step(j, about))
	}
	slices.SortStableFunc(t.Steps, func(a, b Step) int {
		return cmp.Or(a.On.Compare(b.On), cmp.Compare(slices.Index(wayOfMoney, a.What), slices.Index(wayOfMoney, b.What)))
	})
	return t, err
}

// wayOfMoney orders what happens on one day; what is not among them comes first.
var wayOfMoney = []ledger.Kind{
	ledger.KindSale, ledger.KindCapture, ledger.KindCharge, ledger.KindSettledAbroad, ledger.KindCredit, ledger.KindRefundSent, ledger.KindRefund,
	ledger.KindRefundFailed, ledger.KindDispute, ledger.KindDisputeLost, ledger.KindPayout, ledger.KindBank, ledger.KindBankMatch,
}

func (s *Service) texts(ctx context.Context, sql string, args pgx.StrictNamedArgs) ([]string, error) {
	rows, err := s.db.Pool().Query(ctx, sql, args)
	if err != nil {
		return nil, fmt.Errorf("follow an order's money: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("follow an order's money: %w", err)
	}
	return all, nil
}

// step shows a journal by its line about what is followed.
func step(j ledger.Posted, about []string) Step {
	at := Step{On: j.On, What: j.Kind, Memo: j.Memo, Journal: j.ID}
	for _, p := range j.Postings {
		if slices.Contains(about, p.Ref) {
			at.Ref, at.Amount = p.Ref, p.Amount
			break
		}
	}
	return at
}

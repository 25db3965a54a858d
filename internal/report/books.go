package report

import (
	"cmp"
	"context"
	"slices"
	"time"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

var documentWords = map[string]string{"credit_note": "Credit note", "invoice": "Invoice", "simplified": "Simplified invoice"}

const sqlDocuments = `
SELECT d.number, d.kind, d.booked_on, d.tax_point, d.due_on, coalesce(r.code, ''), coalesce(e.title, ''),
       coalesce(nullif(d.customer->>'organisation', ''), d.customer->>'name', ''), coalesce(d.customer->>'vat_number', ''),
       d.currency, CASE d.kind WHEN 'credit_note' THEN -1 ELSE 1 END * d.net, CASE d.kind WHEN 'credit_note' THEN -1 ELSE 1 END * d.vat,
       CASE d.kind WHEN 'credit_note' THEN -1 ELSE 1 END * d.gross, d.source_key
  FROM document d
  LEFT JOIN orders r ON r.org_id = d.org_id AND r.id = d.order_id
  LEFT JOIN event e ON e.org_id = r.org_id AND e.id = r.event_id
 WHERE d.org_id = @org_id
   AND (@from::date IS NULL OR d.booked_on >= @from)
   AND (@until::date IS NULL OR d.booked_on < @until)
   AND (@event_id::uuid IS NULL OR r.event_id = @event_id)
 ORDER BY d.booked_on, d.id`

func (s *Service) documents(ctx context.Context, f Filter) (Table, error) {
	t := Table{Name: Documents, Title: Title(Documents), Columns: []Column{
		{"number", "Number", Text, false}, {"kind", "Kind", Text, false}, {"counts_on", "Counts on", Date, false}, {"tax_point", "Tax point", Date, false},
		{"due_on", "Due", Date, false}, {"order", "Order", Text, false}, {"event", "Event", Text, false}, {"customer", "Customer", Text, false},
		{"vat_number", "VAT number", Text, false}, {"currency", "Currency", Text, false}, {"net", "Net", Money, true}, {"vat", "VAT", Money, true}, {"gross", "Gross", Money, true},
	}}
	var no, kind, order, event, customer, vatNumber, source string
	var on, taxPoint time.Time
	var due *time.Time
	var c money.Currency
	var net, vat, gross int64
	err := s.each(ctx, sqlDocuments, f.args(), []any{
		&no, &kind, &on, &taxPoint, &due, &order, &event, &customer, &vatNumber, &c, &net, &vat, &gross, &source,
	}, func() {
		cells := []Cell{text(no), text(documentWords[kind]), day(on), day(taxPoint), {}, text(order), text(event), text(customer), text(vatNumber), text(string(c))}
		if due != nil {
			cells[4] = day(*due)
		}
		t.Rows = append(t.Rows, Row{Currency: c, Trace: Trace{Source: source}, Cells: append(cells, number(net), number(vat), number(gross))})
	})
	return t, err
}

const sqlAccounts = `
SELECT p.account, p.currency,
       coalesce(sum(p.amount) FILTER (WHERE j.effective_on < @from::date), 0)::bigint,
       coalesce(sum(p.amount) FILTER (WHERE p.amount > 0 AND (@from::date IS NULL OR j.effective_on >= @from)), 0)::bigint,
       coalesce(sum(p.amount) FILTER (WHERE p.amount < 0 AND (@from::date IS NULL OR j.effective_on >= @from)), 0)::bigint,
       sum(p.amount)::bigint
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
 WHERE p.org_id = @org_id
   AND (@until::date IS NULL OR j.effective_on < @until)
 GROUP BY p.account, p.currency`

// accounts is the trial balance, in the chart's order; each currency's closing
// balances add up to nothing.
func (s *Service) accounts(ctx context.Context, f Filter) (Table, error) {
	t := Table{Name: Accounts, Title: Title(Accounts), Columns: []Column{
		{"account", "Account", Text, false}, {"code", "Code", Text, false}, {"currency", "Currency", Text, false}, {"opening", "Opening", Money, true},
		{"debits", "Debits", Money, true}, {"credits", "Credits", Money, true}, {"closing", "Closing", Money, true},
	}}
	var account ledger.Account
	var c money.Currency
	var opening, debits, credits, closing int64
	args := f.args()
	delete(args, "event_id")
	err := s.each(ctx, sqlAccounts, args, []any{&account, &c, &opening, &debits, &credits, &closing}, func() {
		t.Rows = append(t.Rows, Row{Currency: c, Trace: Trace{From: f.From, Until: f.Until, Account: account, Currency: c}, Cells: []Cell{
			text(titles[account]), text(string(account)), text(string(c)), number(opening), number(debits), number(credits), number(closing),
		}})
	})
	place := map[string]int{}
	for i, e := range ledger.Chart() {
		place[string(e.Account)] = i
	}
	slices.SortFunc(t.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(place[a.Cells[1].Text], place[b.Cells[1].Text]))
	})
	return t, err
}

const sqlPostings = `
SELECT j.effective_on, j.id, j.kind, j.memo, p.account, p.ref, p.currency, p.amount, j.source_key
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
 WHERE p.org_id = @org_id
   AND (@from::date IS NULL OR j.effective_on >= @from)
   AND (@until::date IS NULL OR j.effective_on < @until)
   AND (@event_id::uuid IS NULL OR EXISTS (
         SELECT
           FROM journal_origin o
           LEFT JOIN orders r ON r.org_id = o.org_id AND r.id = o.order_id
          WHERE o.org_id = j.org_id
            AND o.journal_id = j.id
            AND coalesce(o.event_id, r.event_id) = @event_id))
 ORDER BY j.effective_on, j.id, p.line`

func (s *Service) postings(ctx context.Context, f Filter) (Table, error) {
	t := Table{Name: Postings, Title: Title(Postings), Columns: []Column{
		{"day", "Day", Date, false}, {"journal", "Journal", Text, false}, {"kind", "Kind", Text, false}, {"memo", "Memo", Text, false},
		{"account", "Account", Text, false}, {"ref", "About", Text, false}, {"currency", "Currency", Text, false}, {"amount", "Debit, or credit below zero", Money, true},
	}}
	var on time.Time
	var id uid.Journal
	var kind, memo, ref, source string
	var account ledger.Account
	var c money.Currency
	var amount int64
	err := s.each(ctx, sqlPostings, f.args(), []any{&on, &id, &kind, &memo, &account, &ref, &c, &amount, &source}, func() {
		t.Rows = append(t.Rows, Row{Currency: c, Trace: Trace{Source: source}, Cells: []Cell{
			day(on), text(id.String()), text(kind), text(memo), text(titles[account]), text(ref), text(string(c)), number(amount),
		}})
	})
	return t, err
}

package report

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// sold is what documents say of a product, a VAT rate or a code. Credit notes
// are below zero.
type sold struct {
	Orders, Quantity, Gross, Discounts, Credited, VAT, Net int64
}

// soldLines are documents' lines; a credit note's stands at the place of the
// invoice's line that it takes back, which is the place of the order's line.
const soldLines = `
WITH sold AS (
  SELECT d.order_id, d.currency, d.kind = 'credit_note' AS back, l.quantity, l.discount, l.rate, l.category,
         coalesce(l.corrects_line, l.line) - 1 AS position,
         CASE d.kind WHEN 'credit_note' THEN -l.gross ELSE l.gross END AS gross,
         CASE d.kind WHEN 'credit_note' THEN -l.vat ELSE l.vat END AS vat,
         CASE d.kind WHEN 'credit_note' THEN -l.net ELSE l.net END AS net
    FROM document d
    JOIN document_line l ON l.org_id = d.org_id AND l.document_id = d.id
    LEFT JOIN orders r ON r.org_id = d.org_id AND r.id = d.order_id
   WHERE d.org_id = @org_id
     AND (@from::date IS NULL OR d.booked_on >= @from)
     AND (@until::date IS NULL OR d.booked_on < @until)
     AND (@event_id::uuid IS NULL OR r.event_id = @event_id))`

const soldSums = `
       count(DISTINCT s.order_id) FILTER (WHERE NOT s.back),
       coalesce(sum(s.quantity) FILTER (WHERE NOT s.back), 0)::bigint,
       coalesce(sum(s.gross) FILTER (WHERE NOT s.back), 0)::bigint,
       coalesce(sum(s.discount) FILTER (WHERE NOT s.back), 0)::bigint,
       coalesce(sum(s.gross) FILTER (WHERE s.back), 0)::bigint,
       sum(s.vat)::bigint,
       sum(s.net)::bigint`

func (g *sold) targets() []any {
	return []any{&g.Orders, &g.Quantity, &g.Gross, &g.Discounts, &g.Credited, &g.VAT, &g.Net}
}

func soldColumns(heads ...Column) []Column {
	return append(heads,
		Column{"currency", "Currency", Text, false},
		Column{"orders", "Orders", Count, false}, // an order with two products counts for both
		Column{"quantity", "Sold", Count, true},
		Column{"gross", "Sold, with VAT", Money, true},
		Column{"discounts", "Discounts given", Money, true},
		Column{"credited", "Credited", Money, true},
		Column{"vat", "VAT", Money, true},
		Column{"net", "Net of VAT", Money, true})
}

func (g sold) cells(c money.Currency, heads ...Cell) []Cell {
	return append(heads, text(string(c)), number(g.Orders), number(g.Quantity), number(g.Gross), number(-g.Discounts),
		number(g.Credited), number(g.VAT), number(g.Net))
}

const sqlSoldProducts = soldLines + `
SELECT p.id, e.title, p.title, s.currency,` + soldSums + `
  FROM sold s
  JOIN order_line o ON o.org_id = @org_id AND o.order_id = s.order_id AND o.position = s.position
  JOIN product p ON p.org_id = o.org_id AND p.id = o.product_id
  JOIN event e ON e.org_id = p.org_id AND e.id = p.event_id
 GROUP BY p.id, e.title, p.title, s.currency
 ORDER BY e.title, p.title, p.id, s.currency`

func (s *Service) products(ctx context.Context, f Filter) (Table, error) {
	t := Table{Name: Products, Title: Title(Products), Columns: soldColumns(Column{"product", "Product", Text, false}, Column{"event", "Event", Text, false})}
	var id uid.Product
	var event, title string
	var c money.Currency
	var g sold
	err := s.each(ctx, sqlSoldProducts, f.args(), append([]any{&id, &event, &title, &c}, g.targets()...), func() {
		trace := f.trace()
		trace.Product, trace.Currency = id, c
		t.Rows = append(t.Rows, Row{Currency: c, Trace: trace, Cells: g.cells(c, text(title), text(event))})
	})
	return t, err
}

const sqlSoldRates = soldLines + `
SELECT s.rate, s.category, s.currency,` + soldSums + `
  FROM sold s
 GROUP BY s.rate, s.category, s.currency
 ORDER BY s.currency, s.rate DESC, s.category`

// rates is what was sold at each VAT rate: what a VAT return asks for.
func (s *Service) rates(ctx context.Context, f Filter) (Table, error) {
	t := Table{Name: VAT, Title: Title(VAT), Columns: soldColumns(Column{"rate", "Rate", Text, false}, Column{"category", "Category", Text, false})}
	var rate money.Rate
	var category string
	var c money.Currency
	var g sold
	err := s.each(ctx, sqlSoldRates, f.args(), append([]any{&rate, &category, &c}, g.targets()...), func() {
		trace := f.trace()
		trace.VAT, trace.Currency = fmt.Sprintf("%d:%s", rate, category), c
		t.Rows = append(t.Rows, Row{Currency: c, Trace: trace, Cells: g.cells(c, text(rate.String()), text(category))})
	})
	return t, err
}

const sqlSoldCodes = soldLines + `
SELECT t.code_text, s.currency,` + soldSums + `
  FROM sold s
  JOIN order_terms t ON t.org_id = @org_id AND t.order_id = s.order_id
 WHERE t.code_text <> ''
 GROUP BY t.code_text, s.currency
 ORDER BY t.code_text, s.currency`

func (s *Service) codes(ctx context.Context, f Filter) (Table, error) {
	t := Table{Name: Codes, Title: Title(Codes), Columns: soldColumns(Column{"code", "Code", Text, false})}
	var code string
	var c money.Currency
	var g sold
	err := s.each(ctx, sqlSoldCodes, f.args(), append([]any{&code, &c}, g.targets()...), func() {
		trace := f.trace()
		trace.Code, trace.Currency = code, c
		t.Rows = append(t.Rows, Row{Currency: c, Trace: trace, Cells: g.cells(c, text(code))})
	})
	return t, err
}

// each reads rows into targets and calls do after each.
func (s *Service) each(ctx context.Context, sql string, args pgx.StrictNamedArgs, targets []any, do func()) error {
	rows, err := s.db.Pool().Query(ctx, sql, args)
	if err == nil {
		_, err = pgx.ForEachRow(rows, targets, func() error { do(); return nil })
	}
	if err != nil {
		return fmt.Errorf("read a report: %w", err)
	}
	return nil
}

package report

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// figures are what is told of an event, a month or a day: money in minor units,
// what comes in above zero.
type figures struct {
	Orders                                         int64
	Sold, Credited, VAT, Net                       int64
	Received, Refunded, Fees, Disputed, WrittenOff int64
	Deferred, Earned                               int64
}

// figureSums are the sums that figures are read from, over postings p of journals
// j. A sale's own postings tell what was sold, so every figure can be followed
// down to them.
const figureSums = `
       count(DISTINCT j.id) FILTER (WHERE j.kind = 'sale') AS orders,
       coalesce(sum(p.amount) FILTER (WHERE p.account = 'receivable' AND j.kind = 'sale'), 0)::bigint AS sold,
       coalesce(sum(p.amount) FILTER (WHERE p.account = 'receivable' AND j.kind = 'credit'), 0)::bigint AS credited,
       coalesce(-sum(p.amount) FILTER (WHERE p.account = 'vat_output'), 0)::bigint AS vat,
       coalesce(-sum(p.amount) FILTER (WHERE p.account = 'deferred_income' AND j.kind IN ('sale', 'credit')), 0)::bigint AS net,
       coalesce(-sum(p.amount) FILTER (WHERE p.account = 'receivable' AND j.kind IN ('capture', 'bank', 'bank_match', 'reversal')), 0)::bigint AS received,
       coalesce(-sum(p.amount) FILTER (WHERE p.account = 'receivable' AND j.kind IN ('refund_sent', 'refund_failed')), 0)::bigint AS refunded,
       coalesce(-sum(p.amount) FILTER (WHERE p.account = 'fees'), 0)::bigint AS fees,
       coalesce(-sum(p.amount) FILTER (WHERE p.account IN ('dispute_held', 'dispute_loss')), 0)::bigint AS disputed,
       coalesce(-sum(p.amount) FILTER (WHERE p.account = 'write_off'), 0)::bigint AS written_off,
       coalesce(-sum(p.amount) FILTER (WHERE p.account = 'deferred_income'), 0)::bigint AS deferred,
       coalesce(-sum(p.amount) FILTER (WHERE p.account = 'income'), 0)::bigint AS earned`

func (g *figures) targets() []any {
	return []any{&g.Orders, &g.Sold, &g.Credited, &g.VAT, &g.Net, &g.Received, &g.Refunded, &g.Fees, &g.Disputed, &g.WrittenOff, &g.Deferred, &g.Earned}
}

// figureColumns follow the head column; cells are in their order.
func figureColumns(key, title string, kind ColumnKind) []Column {
	return []Column{
		{key, title, kind, false},
		{"currency", "Currency", Text, false},
		{"orders", "Orders", Count, true},
		{"sold", "Sold, with VAT", Money, true},
		{"discounts", "Discounts given", Money, true},
		{"credited", "Credited", Money, true},
		{"vat", "VAT", Money, true},
		{"net", "Net of VAT", Money, true},
		{"received", "Received", Money, true},
		{"refunded", "Refunded", Money, true},
		{"fees", "Fees", Money, true},
		{"disputed", "Disputed", Money, true},
		{"written_off", "Written off", Money, true},
		{"deferred", "Still to earn", Money, true},
		{"earned", "Earned", Money, true},
	}
}

func (g figures) cells(head Cell, c money.Currency, discounts int64) []Cell {
	cells := []Cell{head, text(string(c)), number(g.Orders), number(g.Sold), number(-discounts)}
	for _, n := range []int64{g.Credited, g.VAT, g.Net, g.Received, g.Refunded, g.Fees, g.Disputed, g.WrittenOff, g.Deferred, g.Earned} {
		cells = append(cells, number(n))
	}
	return cells
}

const sqlEventFigures = `
WITH origin AS (
  SELECT DISTINCT o.journal_id, coalesce(o.event_id, r.event_id) AS event_id
    FROM journal_origin o
    LEFT JOIN orders r ON r.org_id = o.org_id AND r.id = o.order_id
   WHERE o.org_id = @org_id)
SELECT e.id, e.title, p.currency,` + figureSums + `
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
  JOIN origin o ON o.journal_id = j.id
  JOIN event e ON e.org_id = p.org_id AND e.id = o.event_id
 WHERE p.org_id = @org_id
   AND (@from::date IS NULL OR j.effective_on >= @from)
   AND (@until::date IS NULL OR j.effective_on < @until)
   AND (@event_id::uuid IS NULL OR e.id = @event_id)
 GROUP BY e.id, e.title, p.currency
 ORDER BY e.title, e.id, p.currency`

func (s *Service) events(ctx context.Context, f Filter) (Table, error) {
	t := Table{Name: Events, Title: Title(Events), Columns: figureColumns("event", "Event", Text)}
	discounts, err := s.discounts(ctx, f, byEvent)
	if err != nil {
		return t, err
	}
	rows, err := s.db.Pool().Query(ctx, sqlEventFigures, f.args())
	if err != nil {
		return t, fmt.Errorf("sum events: %w", err)
	}
	var id uid.Event
	var title string
	var c money.Currency
	var g figures
	_, err = pgx.ForEachRow(rows, append([]any{&id, &title, &c}, g.targets()...), func() error {
		trace := f.trace()
		trace.Event, trace.Currency = id, c
		t.Rows = append(t.Rows, Row{Currency: c, Trace: trace, Cells: g.cells(text(title), c, discounts[discountKey{id.String(), c}])})
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("sum events: %w", err)
	}
	return t, nil
}

const sqlSpanFigures = `
SELECT date_trunc(@unit, j.effective_on::timestamp)::date, p.currency,` + figureSums + `
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
 GROUP BY 1, p.currency
 ORDER BY 1, p.currency`

// spans are months or days; those in which nothing happened are left out.
func (s *Service) spans(ctx context.Context, f Filter, name Name) (Table, error) {
	unit, title, group := "month", "Month", byMonth
	if name == Days {
		unit, title, group = "day", "Day", byDay
	}
	t := Table{Name: name, Title: Title(name), Columns: figureColumns(unit, title, Date)}
	discounts, err := s.discounts(ctx, f, group)
	if err != nil {
		return t, err
	}
	args := f.args()
	args["unit"] = unit
	rows, err := s.db.Pool().Query(ctx, sqlSpanFigures, args)
	if err != nil {
		return t, fmt.Errorf("sum %ss: %w", unit, err)
	}
	var start time.Time
	var c money.Currency
	var g figures
	_, err = pgx.ForEachRow(rows, append([]any{&start, &c}, g.targets()...), func() error {
		trace := f.trace()
		trace.Currency = c
		trace.From, trace.Until = span(f, start, unit)
		key := discountKey{start.Format(time.DateOnly), c}
		t.Rows = append(t.Rows, Row{Currency: c, Trace: trace, Cells: g.cells(day(start), c, discounts[key])})
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("sum %ss: %w", unit, err)
	}
	return t, nil
}

// span is the unit that begins at start, cut to the filter.
func span(f Filter, start time.Time, unit string) (from, until time.Time) {
	from, until = start, start.AddDate(0, 0, 1)
	if unit == "month" {
		until = start.AddDate(0, 1, 0)
	}
	if f.From.After(from) {
		from = f.From
	}
	if !f.Until.IsZero() && f.Until.Before(until) {
		until = f.Until
	}
	return from, until
}

func (f Filter) args() pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{"org_id": f.Org, "from": orNull(f.From), "until": orNull(f.Until), "event_id": f.Event}
}

// grouping says what discounts are added up by.
type grouping string

const (
	byEvent grouping = "event"
	byMonth grouping = "month"
	byDay   grouping = "day"
)

type discountKey struct {
	head     string
	currency money.Currency
}

const sqlDiscounts = `
SELECT r.event_id, d.booked_on, d.currency, sum(l.discount)::bigint
  FROM document d
  JOIN document_line l ON l.org_id = d.org_id AND l.document_id = d.id
  LEFT JOIN orders r ON r.org_id = d.org_id AND r.id = d.order_id
 WHERE d.org_id = @org_id
   AND d.kind <> 'credit_note'
   AND l.discount > 0
   AND (@from::date IS NULL OR d.booked_on >= @from)
   AND (@until::date IS NULL OR d.booked_on < @until)
   AND (@event_id::uuid IS NULL OR r.event_id = @event_id)
 GROUP BY 1, d.booked_on, d.currency`

// discounts are on no posting, since nobody owes them; they stand on documents.
func (s *Service) discounts(ctx context.Context, f Filter, by grouping) (map[discountKey]int64, error) {
	rows, err := s.db.Pool().Query(ctx, sqlDiscounts, f.args())
	if err != nil {
		return nil, fmt.Errorf("sum discounts: %w", err)
	}
	sums := map[discountKey]int64{}
	var event uid.Event
	var on time.Time
	var c money.Currency
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&event, &on, &c, &n}, func() error {
		head := on.Format(time.DateOnly)
		switch by {
		case byEvent:
			head = event.String()
		case byMonth:
			head = ledger.Month(on).Format(time.DateOnly)
		case byDay:
		}
		sums[discountKey{head, c}] += n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sum discounts: %w", err)
	}
	return sums, nil
}

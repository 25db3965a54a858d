package report

import (
	"context"
	"time"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

const sqlMethods = `
WITH paid AS (
  SELECT DISTINCT o.journal_id, y.method
    FROM journal_origin o
    JOIN payment y ON y.org_id = o.org_id AND y.id = o.payment_id
   WHERE o.org_id = @org_id)
SELECT coalesce(m.method, 'bank_transfer'), p.currency,
       count(DISTINCT j.id) FILTER (WHERE j.kind IN ('capture', 'bank', 'bank_match')),
       coalesce(-sum(p.amount) FILTER (WHERE p.account = 'receivable' AND j.kind IN ('capture', 'bank', 'bank_match', 'reversal')), 0)::bigint,
       coalesce(-sum(p.amount) FILTER (WHERE p.account = 'receivable' AND j.kind IN ('refund_sent', 'refund_failed')), 0)::bigint,
       coalesce(-sum(p.amount) FILTER (WHERE p.account = 'fees'), 0)::bigint,
       coalesce(-sum(p.amount) FILTER (WHERE p.account IN ('dispute_held', 'dispute_loss')), 0)::bigint
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
  LEFT JOIN paid m ON m.journal_id = j.id
 WHERE p.org_id = @org_id
   AND (m.method IS NOT NULL OR (p.account = 'receivable' AND j.kind IN ('bank', 'bank_match', 'reversal')))
   AND (@from::date IS NULL OR j.effective_on >= @from)
   AND (@until::date IS NULL OR j.effective_on < @until)
   AND (@event_id::uuid IS NULL OR EXISTS (
         SELECT
           FROM journal_origin o
           JOIN orders r ON r.org_id = o.org_id AND r.id = o.order_id
          WHERE o.org_id = j.org_id
            AND o.journal_id = j.id
            AND r.event_id = @event_id))
 GROUP BY 1, p.currency
 ORDER BY 1, p.currency`

func (s *Service) methods(ctx context.Context, f Filter) (Table, error) {
	t := Table{Name: Methods, Title: Title(Methods), Columns: []Column{
		{"method", "Paid by", Text, false}, {"currency", "Currency", Text, false}, {"payments", "Payments", Count, true}, {"received", "Received", Money, true},
		{"refunded", "Refunded", Money, true}, {"fees", "Fees", Money, true}, {"disputed", "Disputed", Money, true}, {"net", "Left", Money, true},
	}}
	var method string
	var c money.Currency
	var payments, received, refunded, fees, disputed int64
	err := s.each(ctx, sqlMethods, f.args(), []any{&method, &c, &payments, &received, &refunded, &fees, &disputed}, func() {
		trace := f.trace()
		trace.Method, trace.Currency = method, c
		t.Rows = append(t.Rows, Row{Currency: c, Trace: trace, Cells: []Cell{
			text(method), text(string(c)), number(payments), number(received), number(refunded), number(fees), number(disputed),
			number(received + refunded + fees + disputed),
		}})
	})
	return t, err
}

const sqlPayouts = `
SELECT p.ref, p.currency, min(j.effective_on),
       coalesce(sum(p.amount) FILTER (WHERE j.kind = 'payout' AND p.amount > 0), 0)::bigint,
       coalesce(sum(p.amount) FILTER (WHERE j.kind = 'payout' AND p.amount < 0), 0)::bigint,
       coalesce(-sum(p.amount) FILTER (WHERE j.kind <> 'payout'), 0)::bigint,
       sum(p.amount)::bigint
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
 WHERE p.org_id = @org_id
   AND p.account = 'payout_transit'
 GROUP BY p.ref, p.currency
HAVING (@from::date IS NULL OR min(j.effective_on) >= @from)
   AND (@until::date IS NULL OR min(j.effective_on) < @until)
 ORDER BY min(j.effective_on), p.ref, p.currency`

func (s *Service) payouts(ctx context.Context, f Filter) (Table, error) {
	t := Table{Name: Payouts, Title: Title(Payouts), Columns: []Column{
		{"payout", "Payout", Text, false}, {"currency", "Currency", Text, false}, {"sent", "Sent on", Date, false}, {"amount", "Sent", Money, true},
		{"back", "Came back", Money, true}, {"bank", "Seen at the bank", Money, true}, {"open", "On its way", Money, true},
	}}
	var ref string
	var c money.Currency
	var on time.Time
	var sent, back, bank, open int64
	args := f.args()
	delete(args, "event_id")
	err := s.each(ctx, sqlPayouts, args, []any{&ref, &c, &on, &sent, &back, &bank, &open}, func() {
		t.Rows = append(t.Rows, Row{Currency: c, Trace: Trace{Account: ledger.PayoutTransit, Ref: ref, Currency: c}, Cells: []Cell{
			text(ref), text(string(c)), day(on), number(sent), number(back), number(bank), number(open),
		}})
	})
	return t, err
}

// Bands of age that open items fall into, by the days since their first posting.
var ages = []struct {
	Most  int
	Title string
}{{2, "0 to 2 days"}, {7, "3 to 7 days"}, {30, "8 to 30 days"}, {1 << 30, "Over 30 days"}}

// AgeBand names the band of an age in days.
func AgeBand(days int) string {
	for _, a := range ages {
		if days <= a.Most {
			return a.Title
		}
	}
	return ""
}

func (s *Service) openItems(ctx context.Context, f Filter) (Table, error) {
	t := Table{Name: OpenItems, Title: Title(OpenItems), Columns: []Column{
		{"account", "Account", Text, false}, {"ref", "About", Text, false}, {"currency", "Currency", Text, false}, {"since", "Since", Date, false},
		{"days", "Days", Count, false}, {"age", "Age", Text, false}, {"amount", "Open", Money, true},
	}}
	today, err := s.today(ctx, f.Org)
	if err != nil {
		return t, err
	}
	items, err := s.books.OpenItems(ctx, s.db.Pool(), f.Org, ledger.OpenFilter{})
	if err != nil {
		return t, err
	}
	for _, o := range items {
		days := max(int(today.Sub(o.Since).Hours()/24), 0)
		t.Rows = append(t.Rows, Row{Currency: o.Amount.Currency, Trace: Trace{Account: o.Account, Ref: o.Ref, Currency: o.Amount.Currency}, Cells: []Cell{
			text(titles[o.Account]), text(o.Ref), text(string(o.Amount.Currency)), day(o.Since), number(int64(days)), text(AgeBand(days)), number(o.Amount.Minor),
		}})
	}
	return t, nil
}

// AccountTitle is an account's name for people; "" for one that there is not.
func AccountTitle(a ledger.Account) string { return titles[a] }

// titles are the accounts' names for people.
var titles = func() map[ledger.Account]string {
	m := map[ledger.Account]string{}
	for _, e := range ledger.Chart() {
		m[e.Account] = e.Title
	}
	return m
}()

// today is the calendar day where the organisation is.
func (s *Service) today(ctx context.Context, org uid.Org) (day time.Time, err error) {
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		day, err = ledger.TodayTx(ctx, tx, org)
		return err
	})
	return day, err
}

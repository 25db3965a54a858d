package bank

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// transit is a payout that the bank has not shown, or not in full.
type transit struct {
	ref        string
	open       money.Amount
	arrives    time.Time
	descriptor string
}

// field is everything that lines of an organisation can be about.
type field struct {
	transits []transit
	owing    []Owing
	names    map[string]int // squashed codes and numbers, to owing
}

// payoutNews is what Stripe says about a payout.
type payoutNews struct {
	ID         string
	ArrivesOn  time.Time
	Descriptor string
}

const sqlPayoutNews = `
SELECT id, arrives_on, descriptor
  FROM stripe_payout
 WHERE org_id = @org_id
   AND id = ANY (@ids)`

// news reads when payouts should arrive, and under which name. One that Stripe has
// not told of is taken to arrive on the day on which it left Stripe's balance.
func (s *Service) news(ctx context.Context, q pg.Querier, org uid.Org, items []ledger.OpenItem) (map[string]payoutNews, error) {
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = it.Ref
	}
	rows, err := many[payoutNews](ctx, q, sqlPayoutNews, pgx.StrictNamedArgs{"org_id": org, "ids": ids}, "read when payouts arrive")
	if err != nil {
		return nil, err
	}
	news := make(map[string]payoutNews, len(rows))
	for _, r := range rows {
		news[r.ID] = r
	}
	return news, nil
}

// field finds what lines can be about.
func (s *Service) field(ctx context.Context, q pg.Querier, org uid.Org) (field, error) {
	var f field
	items, err := s.books.OpenItems(ctx, q, org, ledger.OpenFilter{Accounts: []ledger.Account{ledger.PayoutTransit}})
	if err != nil {
		return f, err
	}
	news, err := s.news(ctx, q, org, items)
	if err != nil {
		return f, err
	}
	for _, it := range items {
		t := transit{ref: it.Ref, open: it.Amount, arrives: it.Since}
		if n, ok := news[it.Ref]; ok {
			t.arrives, t.descriptor = n.ArrivesOn, n.Descriptor
		}
		f.transits = append(f.transits, t)
	}
	if s.hooks.Owing != nil {
		if f.owing, err = s.hooks.Owing(ctx, q, org); err != nil {
			return f, err
		}
	}
	f.names = map[string]int{}
	for i, o := range f.owing {
		for _, name := range append([]string{o.Code}, o.Numbers...) {
			f.names[squash(name)] = i
		}
	}
	return f, nil
}

// What a payout's line looks like: when it comes, and what it says.
const (
	earliest = -1 // calendar days before the day of arrival
	latest   = 4  // working days after it
	byStripe = "STRIPE"
)

// inTime reports whether a line's day fits a payout's.
func (t transit) inTime(on time.Time) bool {
	return !on.Before(t.arrives.AddDate(0, 0, earliest)) && !on.After(afterWorkingDays(t.arrives, latest))
}

func afterWorkingDays(day time.Time, n int) time.Time {
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		if wd := day.Weekday(); wd != time.Saturday && wd != time.Sunday {
			n--
		}
	}
	return day
}

// told reports whether the words say that the line is Stripe's.
func (t transit) told(words []string) bool {
	return bears(words, byStripe) || bears(words, t.descriptor)
}

// fit is one thing that a line is surely about, as far as the line shows.
type fit struct {
	kind TargetKind
	ref  string
}

// fitsOf lists what a line fits: payouts by amount, day and words, orders by name
// and amount.
func (f field) fitsOf(l lineRow, open money.Amount) []fit {
	words := wordsOf(l.Text, l.Reference, l.Party)
	var fits []fit
	for _, t := range f.transits {
		if t.open == open && t.inTime(l.BookedOn) && t.told(words) {
			fits = append(fits, fit{ToPayout, t.ref})
		}
	}
	orders := named(words, f.names)
	if len(orders) == 1 && f.owing[orders[0]].Amount == open {
		fits = append(fits, fit{ToOrder, f.owing[orders[0]].Order.String()})
	}
	return fits
}

package bank

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// shownCandidates is how many are shown.
const shownCandidates = 20

// What speaks for a candidate, and how much.
const (
	pointsNamed  = 100
	pointsExact  = 60
	pointsWords  = 40
	pointsInTime = 20
	pointsParty  = 30
)

// Candidates lists what a line may be about, the likeliest first. With a query it
// looks for payouts and orders by their names instead, whatever speaks for them.
func (s *Service) Candidates(ctx context.Context, org uid.Org, id uid.BankLine, query string) ([]Candidate, error) {
	q := s.db.Pool()
	row, err := s.Line(ctx, org, id)
	if err != nil {
		return nil, err
	}
	f, err := s.field(ctx, q, org)
	if err != nil {
		return nil, err
	}
	l := lineRow{Text: row.Text, Reference: row.Reference, Party: row.Party, BookedOn: row.On, Currency: row.Amount.Currency}
	fits := f.fitsOf(l, row.Open)
	words := wordsOf(l.Text, l.Reference, l.Party)
	isNamed := map[int]bool{}
	for _, i := range named(words, f.names) {
		isNamed[i] = true
	}
	var list []Candidate
	for _, t := range f.transits {
		list = append(list, t.candidate(l, row.Open, words))
	}
	for i, o := range f.owing {
		list = append(list, o.candidate(row.Open, words, isNamed[i]))
	}
	wanted := strings.ToLower(strings.TrimSpace(query))
	list = slices.DeleteFunc(list, func(c Candidate) bool {
		return c.Amount.Currency != row.Open.Currency || (c.Amount.Minor > 0) != (row.Open.Minor > 0) ||
			wanted == "" && c.score < pointsParty || wanted != "" && !strings.Contains(strings.ToLower(c.Title+" "+c.Ref), wanted)
	})
	for i := range list {
		list[i].Sure = len(fits) == 1 && fits[0] == fit{list[i].Kind, list[i].Ref}
	}
	slices.SortStableFunc(list, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), a.On.Compare(b.On), strings.Compare(a.Ref, b.Ref))
	})
	return list[:min(len(list), shownCandidates)], nil
}

func (t transit) candidate(l lineRow, open money.Amount, words []string) Candidate {
	c := Candidate{Kind: ToPayout, Ref: t.ref, Title: "Payout " + t.ref, Amount: t.open, On: t.arrives, Exact: t.open == open}
	if c.Exact {
		c.add(pointsExact, "the amount is the same")
	}
	if t.told(words) {
		c.add(pointsWords, "the bank's text names Stripe")
	}
	if t.inTime(l.BookedOn) {
		c.add(pointsInTime, "it was due around that day, on "+dayText(t.arrives))
	}
	return c
}

func (o Owing) candidate(open money.Amount, words []string, isNamed bool) Candidate {
	c := Candidate{Kind: ToOrder, Ref: o.Order.String(), Title: "Order " + o.Code, Amount: o.Amount, On: o.DueOn, Exact: o.Amount == open}
	for _, text := range append(slices.Clone(o.Numbers), o.Who, o.What) {
		if text != "" {
			c.Title += ", " + text
		}
	}
	if isNamed {
		c.add(pointsNamed, "the payer quotes it")
	}
	if o.Lapsed {
		c.Title += " (lapsed)"
	}
	if c.Exact && (isNamed || !o.Lapsed) {
		c.add(pointsExact, "the amount is the same")
	} else if isNamed && !c.Exact {
		c.Why = append(c.Why, fmt.Sprintf("%s is owed, which is not this amount", o.Amount.Format()))
	}
	if !o.Lapsed && bears(words, o.Who) {
		c.add(pointsParty, "the name is the same")
	}
	return c
}

func (c *Candidate) add(points int, why string) {
	c.score += points
	c.Why = append(c.Why, why)
}

package bank

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// tried is how many open lines one round looks at, the latest first.
const tried = 5000

const sqlOpenLines = `
SELECT ` + lineColumns + `, (-o.amount)::bigint AS open_minor
  FROM open_item o
  JOIN bank_line l ON l.org_id = o.org_id AND l.ref = o.ref
 WHERE o.org_id = @org_id
   AND o.account = 'bank_suspense'
 ORDER BY l.booked_on DESC, l.id DESC
 LIMIT @size`

type openRow struct {
	lineRow
	OpenMinor int64
}

// AutoMatch matches open lines that fit one thing only, and returns how many. It
// runs after each import, and a periodic job calls it, since payouts and invoices
// may become known after the bank's line.
func (s *Service) AutoMatch(ctx context.Context, org uid.Org) (int, error) {
	var n int
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		n, err = s.autoMatchTx(ctx, tx, org)
		return err
	})
	return n, err
}

const sqlOrgsWithOpenLines = `
SELECT DISTINCT p.org_id
  FROM bank_account a
  JOIN posting p ON p.org_id = a.org_id AND p.account = 'bank_suspense'
 ORDER BY p.org_id`

// AutoMatchAll is AutoMatch for every organisation that has statements.
func (s *Service) AutoMatchAll(ctx context.Context) (int, error) {
	rows, err := s.db.Pool().Query(ctx, sqlOrgsWithOpenLines)
	if err != nil {
		return 0, err
	}
	orgs, err := pgx.CollectRows(rows, pgx.RowTo[uid.Org])
	if err != nil {
		return 0, err
	}
	sum := 0
	for _, org := range orgs {
		n, err := s.AutoMatch(ctx, org)
		if err != nil {
			return sum, err
		}
		sum += n
	}
	return sum, nil
}

// pair is a line and the one thing that it fits.
type pair struct {
	line uid.BankLine
	fit
}

func (s *Service) autoMatchTx(ctx context.Context, tx *pg.Tx, org uid.Org) (int, error) {
	rows, err := many[openRow](ctx, tx, sqlOpenLines, pgx.StrictNamedArgs{"org_id": org, "size": tried}, "read open bank lines")
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	f, err := s.field(ctx, tx, org)
	if err != nil {
		return 0, err
	}
	pairs := pairUp(f, rows)
	matched := 0
	for _, p := range pairs {
		l, err := s.lockLineTx(ctx, tx, org, p.line)
		if err != nil {
			return matched, err
		}
		part := Part{Kind: p.kind, Ref: p.ref, Minor: l.open}
		if l.open == 0 {
			continue // somebody was faster
		}
		if err := s.checkPart(ctx, tx, l, part, "line"); err != nil {
			continue // likewise, with the other side
		}
		if err := s.matchTx(ctx, tx, &l, part, "", account.System.ID(), true); err != nil {
			return matched, err
		}
		matched++
	}
	return matched, nil
}

// pairUp keeps of all fits those that are unique on both sides. A line that was
// once matched by hand and taken back stays open until somebody sees to it: its
// amount alone would fit again.
func pairUp(f field, rows []openRow) []pair {
	var pairs []pair
	uses := map[fit]int{}
	for _, r := range rows {
		fits := f.fitsOf(r.lineRow, money.New(r.OpenMinor, r.Currency))
		for _, t := range fits {
			uses[t]++
		}
		if len(fits) == 1 {
			pairs = append(pairs, pair{r.ID, fits[0]})
		}
	}
	pairs = slices.DeleteFunc(pairs, func(p pair) bool { return uses[p.fit] > 1 })
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Compare(a.line.String(), b.line.String()) })
	return pairs
}

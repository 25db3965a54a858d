package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
)

// A line of a closed month is booked in the next one; it counts on its own day here.
const sqlBankUntil = `
SELECT p.ref, p.currency, sum(p.amount)::bigint AS amount
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
  LEFT JOIN bank_line l ON l.org_id = p.org_id AND l.ref = substr(j.source_key, 6)
 WHERE p.org_id = @org_id
   AND p.account = 'bank'
   AND coalesce(l.booked_on, j.effective_on) <= @day
 GROUP BY p.ref, p.currency
 ORDER BY p.ref, p.currency`

type bankRow struct {
	Ref      string
	Currency money.Currency
	Amount   int64
}

func bankUntil(ctx context.Context, q pg.Querier, sp span, day time.Time) ([]bankRow, error) {
	return many[bankRow](ctx, q, sqlBankUntil, pgx.StrictNamedArgs{"org_id": sp.org, "day": day}, "read the bank's balance")
}

func (s *Service) lastStatements(ctx context.Context, q pg.Querier, sp span) ([]Statement, error) {
	if s.statements == nil {
		return nil, nil
	}
	return s.statements(ctx, q, sp.org, sp.until.AddDate(0, 0, -1))
}

// proveBank compares each bank account on the day of its last statement, and says
// which accounts of the books have none.
func (s *Service) proveBank(ctx context.Context, q pg.Querier, sp span) (int, []Contradiction, error) {
	last, err := s.lastStatements(ctx, q, sp)
	if err != nil {
		return 0, nil, err
	}
	var against []Contradiction
	stated := map[string]bool{}
	for _, st := range last {
		stated[st.Bank+string(st.Closing.Currency)] = true
		rows, err := bankUntil(ctx, q, sp, st.On)
		if err != nil {
			return 0, nil, err
		}
		got := int64(0)
		for _, r := range rows {
			if r.Ref == st.Bank && r.Currency == st.Closing.Currency {
				got = r.Amount
			}
		}
		against = append(against, st.against(sp, got)...)
	}
	rows, err := bankUntil(ctx, q, sp, sp.until.AddDate(0, 0, -1))
	if err != nil {
		return 0, nil, err
	}
	for _, r := range rows {
		if !stated[r.Ref+string(r.Currency)] && r.Amount != 0 {
			against = append(against, Contradiction{
				What: "bank", Ref: r.Ref, Account: ledger.Bank, Want: money.New(0, r.Currency), Got: money.New(r.Amount, r.Currency),
				Says: "The books have this bank account, and there is no statement of it.",
			})
		}
	}
	return len(last), against, nil
}

const longDay = "2 January 2006"

// against is what speaks against a statement, where the books have got.
func (st Statement) against(sp span, got int64) (all []Contradiction) {
	c := Contradiction{What: "bank", Ref: st.Bank, Account: ledger.Bank}
	for _, g := range st.Gaps {
		if g.To.Before(sp.month) || !g.From.Before(sp.until) {
			continue
		}
		c.Says = fmt.Sprintf("No statement covers %s to %s, and none says a balance, so nobody can tell whether lines are missing. Import one file that reaches over these days.",
			g.From.Format(longDay), g.To.Format(longDay))
		all = append(all, c)
	}
	if got == st.Closing.Minor {
		return all
	}
	c.Want, c.Got = st.Closing, money.New(got, st.Closing.Currency)
	c.Says = fmt.Sprintf("The statement of %s closes with another balance than the books have.", st.On.Format(longDay))
	if st.Unstated {
		c.Says = fmt.Sprintf("The lines of the statements up to %s come to something else than the books have.", st.On.Format(longDay))
	}
	return append(all, c)
}

// bankNotes says in words what P9 cannot prove of accounts whose statements say no
// balances, and what it proves instead.
func (s *Service) bankNotes(ctx context.Context, q pg.Querier, sp span) (notes []string, err error) {
	last, err := s.lastStatements(ctx, q, sp)
	for _, st := range last {
		if st.Unstated {
			notes = append(notes, fmt.Sprintf("The statements of %s say no balance. Looked at instead: whether their lines up to %s, %d that come to %s, are what the books have, and whether a day between them is left out.",
				st.Name, st.On.Format(longDay), st.Lines, st.Closing.Format()))
		}
	}
	return notes, err
}

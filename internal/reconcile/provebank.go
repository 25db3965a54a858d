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

const sqlBankUntil = `
SELECT p.ref, p.currency, coalesce(sum(p.amount) FILTER (WHERE j.effective_on <= @day), 0)::bigint AS amount
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
 WHERE p.org_id = @org_id
   AND p.account = 'bank'
   AND j.effective_on < @until
 GROUP BY p.ref, p.currency
 ORDER BY p.ref, p.currency`

type bankRow struct {
	Ref      string
	Currency money.Currency
	Amount   int64
}

// proveBank compares each bank account on the day of its last statement, and says
// which accounts of the books have none.
func (s *Service) proveBank(ctx context.Context, q pg.Querier, sp span) (int, []Contradiction, error) {
	var last []Statement
	if s.statements != nil {
		var err error
		if last, err = s.statements(ctx, q, sp.org, sp.until.AddDate(0, 0, -1)); err != nil {
			return 0, nil, err
		}
	}
	at := func(day time.Time) ([]bankRow, error) {
		return many[bankRow](ctx, q, sqlBankUntil, pgx.StrictNamedArgs{"org_id": sp.org, "day": day, "until": sp.until}, "read the bank's balance")
	}
	var against []Contradiction
	stated := map[string]bool{}
	for _, st := range last {
		stated[st.Bank+string(st.Closing.Currency)] = true
		rows, err := at(st.On)
		if err != nil {
			return 0, nil, err
		}
		got := int64(0)
		for _, r := range rows {
			if r.Ref == st.Bank && r.Currency == st.Closing.Currency {
				got = r.Amount
			}
		}
		if got != st.Closing.Minor {
			against = append(against, Contradiction{
				What: "bank", Ref: st.Bank, Account: ledger.Bank, Want: st.Closing, Got: money.New(got, st.Closing.Currency),
				Says: fmt.Sprintf("The statement of %s closes with another balance than the books have.", st.On.Format("2 January 2006")),
			})
		}
	}
	rows, err := at(sp.until)
	if err != nil {
		return 0, nil, err
	}
	for _, r := range rows {
		if !stated[r.Ref+string(r.Currency)] {
			against = append(against, Contradiction{
				What: "bank", Ref: r.Ref, Account: ledger.Bank, Want: money.New(0, r.Currency), Got: money.New(r.Amount, r.Currency),
				Says: "The books have this bank account, and there is no statement of it.",
			})
		}
	}
	return len(last), against, nil
}

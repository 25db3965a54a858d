package reconcile

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Item names an open item.
type Item struct {
	Account  ledger.Account
	Ref      string
	Currency money.Currency
}

func (i Item) args(org uid.Org) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{"org_id": org, "account": i.Account, "ref": i.Ref, "currency": i.Currency}
}

// String is how the audit log names the item.
func (i Item) String() string { return fmt.Sprintf("%s %s %s", i.Account, i.Ref, i.Currency) }

const sqlItemBalance = `
SELECT coalesce(sum(amount), 0)::bigint
  FROM posting
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND currency = @currency`

func itemBalance(ctx context.Context, q pg.Querier, org uid.Org, item Item) (amount int64, err error) {
	if err := q.QueryRow(ctx, sqlItemBalance, item.args(org)).Scan(&amount); err != nil {
		return 0, fmt.Errorf("read an open item: %w", err)
	}
	if amount == 0 {
		return 0, fault.Precondition(fault.WrongState, "This item is not open any more.")
	}
	return amount, nil
}

const sqlExplain = `
INSERT INTO open_item_note (org_id, account, ref, currency, amount, sentence, by_actor, at)
VALUES (@org_id, @account, @ref, @currency, @amount, @sentence, @by, @now)
ON CONFLICT (org_id, account, ref, currency) DO UPDATE
   SET amount = excluded.amount,
       sentence = excluded.sentence,
       by_actor = excluded.by_actor,
       at = excluded.at`

const sqlUnexplain = `
DELETE FROM open_item_note
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND currency = @currency`

// sentenceMax bounds what people write about an item.
const sentenceMax = 1000

// Explain says why an item is open; P5 then lets it be, as long as its amount
// stays. An empty sentence takes the explanation back.
func (s *Service) Explain(ctx context.Context, actor account.Actor, org uid.Org, item Item, sentence string) error {
	sentence = strings.TrimSpace(sentence)
	if len(sentence) > sentenceMax {
		return fault.InvalidField("sentence", "text.long", "has more than %d characters", sentenceMax)
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		args := item.args(org)
		sql := sqlUnexplain
		if sentence != "" {
			amount, err := itemBalance(ctx, tx, org, item)
			if err != nil {
				return err
			}
			sql = sqlExplain
			args["amount"], args["sentence"], args["by"], args["now"] = amount, sentence, actor.ID(), tx.Now
		}
		if _, err := tx.Exec(ctx, sql, args); err != nil {
			return fmt.Errorf("explain an open item: %w", err)
		}
		return account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "finance.explain", Subject: item.String(), After: sentence})
	})
}

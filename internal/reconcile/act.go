package reconcile

import (
	"context"
	"fmt"
	"strings"
	"time"

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

// WriteOff is an open item that somebody wants written off.
type WriteOff struct {
	Item   Item
	Amount money.Amount
	Reason string
	// AskedBy asked; AgreedBy, another person, agreed, and then it is booked.
	AskedBy, AgreedBy string
	AskedAt, AgreedAt time.Time
}

// WriteOffLimit is the largest amount, in minor units of any currency, that may be
// written off.
const WriteOffLimit = 100_00

const sqlWaitingWriteOff = `
SELECT number, amount, asked_by
  FROM open_item_write_off
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND currency = @currency
   AND agreed_by IS NULL
 ORDER BY number DESC
 LIMIT 1
   FOR UPDATE`

const sqlAskWriteOff = `
INSERT INTO open_item_write_off (org_id, account, ref, currency, number, amount, reason, asked_by, asked_at)
SELECT @org_id, @account, @ref, @currency, coalesce(max(number), 0) + 1, @amount, @reason, @by, @now
  FROM open_item_write_off
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND currency = @currency`

const sqlAgreeWriteOff = `
UPDATE open_item_write_off
   SET agreed_by = @by,
       agreed_at = @now
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND currency = @currency
   AND number = @number`

const sqlDropWriteOff = `
DELETE FROM open_item_write_off
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND currency = @currency
   AND agreed_by IS NULL`

// WriteOff asks for an open item to be written off, or, when another person has
// asked for the same amount, books it; done says which. It fails with WRONG_STATE
// when the item is not open, is above WriteOffLimit, or the same person asked.
func (s *Service) WriteOff(ctx context.Context, actor account.Actor, org uid.Org, item Item, reason string) (done bool, err error) {
	if id := joinOf(item.Account); id == "" || id == JoinPayout {
		return false, fault.InvalidField("account", "account.clearing", "has no open items to write off")
	}
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		if err := lockTx(ctx, tx, org); err != nil {
			return err
		}
		amount, err := itemBalance(ctx, tx, org, item)
		if err != nil {
			return err
		}
		if amount > WriteOffLimit || amount < -WriteOffLimit {
			return fault.Precondition(fault.WrongState, "Only up to %s can be written off.", money.New(WriteOffLimit, item.Currency).Format())
		}
		var number int
		var asked int64
		var by string
		err = tx.QueryRow(ctx, sqlWaitingWriteOff, item.args(org)).Scan(&number, &asked, &by)
		switch {
		case err != nil && !pg.IsNoRows(err):
			return fmt.Errorf("read a write-off: %w", err)
		case err == nil && asked == amount && by == actor.ID():
			return fault.Precondition(fault.WrongState, "You asked for this yourself. Another person has to agree.")
		case err == nil && asked == amount:
			done = true
			return s.agreeTx(ctx, tx, actor, org, item, number, amount)
		}
		done = false
		return askTx(ctx, tx, actor, org, item, amount, reason)
	})
	return done, err
}

func askTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, item Item, amount int64, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > sentenceMax {
		return fault.InvalidField("reason", "text.needed", "is needed, in up to %d characters", sentenceMax)
	}
	if _, err := tx.Exec(ctx, sqlDropWriteOff, item.args(org)); err != nil {
		return fmt.Errorf("replace a write-off: %w", err)
	}
	args := item.args(org)
	args["amount"], args["reason"], args["by"], args["now"] = amount, reason, actor.ID(), tx.Now
	if _, err := tx.Exec(ctx, sqlAskWriteOff, args); err != nil {
		return fmt.Errorf("ask for a write-off: %w", err)
	}
	return account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "finance.ask_write_off", Subject: item.String(), After: reason})
}

func (s *Service) agreeTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, item Item, number int, amount int64) error {
	loc, err := account.Zone(ctx, tx, org)
	if err != nil {
		return err
	}
	args := item.args(org)
	args["number"], args["by"], args["now"] = number, actor.ID(), tx.Now
	if _, err := tx.Exec(ctx, sqlAgreeWriteOff, args); err != nil {
		return fmt.Errorf("agree to a write-off: %w", err)
	}
	_, err = s.books.PostTx(ctx, tx, ledger.WrittenOff(ledger.Source{
		Org: org, Key: fmt.Sprintf("off:%s:%s:%s:%d", item.Account, item.Ref, item.Currency, number), On: ledger.Day(tx.Now, loc), Actor: actor.ID(), Memo: "Written off",
	}, item.Account, item.Ref, money.New(amount, item.Currency)))
	if err != nil {
		return fmt.Errorf("book a write-off: %w", err)
	}
	return account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "finance.agree_write_off", Subject: item.String()})
}

const sqlWriteOffs = `
SELECT account, ref, currency, amount, reason, asked_by, asked_at
  FROM open_item_write_off
 WHERE org_id = @org_id
   AND agreed_by IS NULL
 ORDER BY asked_at, account, ref, currency`

// WriteOffs lists the write-offs that wait for a second person, the oldest first.
func (s *Service) WriteOffs(ctx context.Context, org uid.Org) ([]WriteOff, error) {
	type row struct {
		Account  ledger.Account
		Ref      string
		Currency money.Currency
		Amount   int64
		Reason   string
		AskedBy  string
		AskedAt  time.Time
	}
	rows, err := many[row](ctx, s.db.Pool(), sqlWriteOffs, pgx.StrictNamedArgs{"org_id": org}, "list write-offs")
	if err != nil {
		return nil, err
	}
	all := make([]WriteOff, len(rows))
	for i, r := range rows {
		all[i] = WriteOff{Item: Item{r.Account, r.Ref, r.Currency}, Amount: money.New(r.Amount, r.Currency), Reason: r.Reason, AskedBy: r.AskedBy, AskedAt: r.AskedAt}
	}
	return all, nil
}

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
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// WriteOff is what somebody wants, or wanted, to be written off of an open item.
type WriteOff struct {
	Item   Item
	Amount money.Amount
	Reason string
	// AskedBy asked; DecidedBy, another person, agreed, and then it is booked.
	AskedBy, DecidedBy string
	AskedAt, DecidedAt time.Time
	// UndoneBy took it back later, by a journal that reverses it; empty while it
	// stands.
	UndoneBy, UndoneReason string
	UndoneAt               time.Time
}

// WriteOffLimit is the largest amount, in minor units of any currency, that may be
// written off.
const WriteOffLimit = 100_00

// Who explains a bank's line holds its row; an item of another account has none.
const sqlHoldLine = `
SELECT 1
  FROM bank_line
 WHERE org_id = @org_id
   AND ref = @ref
   FOR UPDATE`

const sqlWaitingWriteOff = `
SELECT number, amount, asked_by
  FROM open_item_write_off
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND currency = @currency
   AND decision IS NULL
   FOR UPDATE`

const sqlAskWriteOff = `
INSERT INTO open_item_write_off (org_id, account, ref, currency, number, amount, reason, asked_by, asked_at)
SELECT @org_id, @account, @ref, @currency, coalesce(max(number), 0) + 1, @amount, @reason, @by, @now
  FROM open_item_write_off
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND currency = @currency`

const sqlDecideWriteOff = `
UPDATE open_item_write_off
   SET decision = @decision,
       decided_by = @by,
       decided_at = @now
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND currency = @currency
   AND decision IS NULL`

// waiting is a wish that nobody has decided.
type waiting struct {
	number int
	amount int64
	by     string
}

// waitingTx locks an item, and reads the wish that waits; found is false without
// one.
func waitingTx(ctx context.Context, tx *pg.Tx, org uid.Org, item Item) (w waiting, found bool, err error) {
	if err := lockTx(ctx, tx, org); err != nil {
		return w, false, err
	}
	if item.Account == ledger.BankSuspense {
		if _, err := tx.Exec(ctx, sqlHoldLine, pgx.StrictNamedArgs{"org_id": org, "ref": item.Ref}); err != nil {
			return w, false, fmt.Errorf("lock a bank line: %w", err)
		}
	}
	err = tx.QueryRow(ctx, sqlWaitingWriteOff, item.args(org)).Scan(&w.number, &w.amount, &w.by)
	if pg.IsNoRows(err) {
		return w, false, nil
	}
	if err != nil {
		return w, false, fmt.Errorf("read a write-off: %w", err)
	}
	return w, true, nil
}

func decideTx(ctx context.Context, tx *pg.Tx, org uid.Org, item Item, decision, by string) error {
	args := item.args(org)
	args["decision"], args["by"], args["now"] = decision, by, tx.Now
	if _, err := tx.Exec(ctx, sqlDecideWriteOff, args); err != nil {
		return fmt.Errorf("decide on a write-off: %w", err)
	}
	return nil
}

func reasonGiven(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > sentenceMax {
		return "", fault.InvalidField("reason", "text.needed", "is needed, in up to %d characters", sentenceMax)
	}
	return reason, nil
}

// WriteOff asks for an open item to be written off, or, when another person has
// asked for the same amount, books it; done says which. It fails with WRONG_STATE
// when the item is not open, is above WriteOffLimit, or the same person asked.
func (s *Service) WriteOff(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, item Item, reason string) (done bool, err error) {
	if id := joinOf(item.Account); id == "" || id == JoinPayout {
		return false, fault.InvalidField("account", "account.clearing", "has no open items to write off")
	}
	err = s.db.InTx(ctx, func(tx *pg.Tx) error {
		done, err = replay.Do(ctx, tx, key, func() (bool, error) { return s.writeOffTx(ctx, tx, actor, org, item, reason) })
		return err
	})
	return done, err
}

func (s *Service) writeOffTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, item Item, reason string) (done bool, err error) {
	asked, waits, err := waitingTx(ctx, tx, org, item)
	if err != nil {
		return false, err
	}
	amount, err := itemBalance(ctx, tx, org, item)
	switch {
	case err != nil:
		return false, err
	case amount > WriteOffLimit || amount < -WriteOffLimit:
		return false, fault.Precondition(fault.WrongState, "Only up to %s can be written off.", money.New(WriteOffLimit, item.Currency).Format())
	case waits && asked.amount == amount && asked.by == actor.ID():
		return false, fault.Precondition(fault.WrongState, "You asked for this yourself. Another person has to agree.")
	case waits && asked.amount == amount:
		return true, s.agreeTx(ctx, tx, actor, org, item, asked)
	}
	if reason, err = reasonGiven(reason); err != nil {
		return false, err
	}
	if waits { // for another amount than is open now
		if err := decideTx(ctx, tx, org, item, "replaced", actor.ID()); err != nil {
			return false, err
		}
	}
	args := item.args(org)
	args["amount"], args["reason"], args["by"], args["now"] = amount, reason, actor.ID(), tx.Now
	if _, err := tx.Exec(ctx, sqlAskWriteOff, args); err != nil {
		return false, fmt.Errorf("ask for a write-off: %w", err)
	}
	return false, account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "finance.ask_write_off", Subject: item.String(), After: reason})
}

func (i Item) writtenOff(number int) string {
	return fmt.Sprintf("off:%s:%s:%s:%d", i.Account, i.Ref, i.Currency, number)
}

func (s *Service) agreeTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, item Item, asked waiting) error {
	today, err := ledger.TodayTx(ctx, tx, org)
	if err != nil {
		return err
	}
	if err := decideTx(ctx, tx, org, item, "agreed", actor.ID()); err != nil {
		return err
	}
	_, err = s.books.PostTx(ctx, tx, ledger.WrittenOff(ledger.Source{
		Org: org, Key: item.writtenOff(asked.number), On: today, Actor: actor.ID(), Memo: "Written off",
	}, item.Account, item.Ref, money.New(asked.amount, item.Currency)))
	if err != nil {
		return fmt.Errorf("book a write-off: %w", err)
	}
	return account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "finance.agree_write_off", Subject: item.String()})
}

// DropWriteOff ends a wish that waits without booking anything: the one who asked
// takes it back, anybody else declines it.
func (s *Service) DropWriteOff(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, item Item) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (bool, error) {
			asked, waits, err := waitingTx(ctx, tx, org, item)
			if err != nil {
				return false, err
			}
			if !waits {
				return false, fault.Precondition(fault.AlreadyDecided, "This was decided already.")
			}
			decision := "declined"
			if asked.by == actor.ID() {
				decision = "withdrawn"
			}
			if err := decideTx(ctx, tx, org, item, decision, actor.ID()); err != nil {
				return false, err
			}
			return true, account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "finance.drop_write_off", Subject: item.String(), After: decision})
		})
		return err
	})
}

const sqlStandingWriteOff = `
SELECT number
  FROM open_item_write_off
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND currency = @currency
   AND decision = 'agreed'
   AND undone_at IS NULL
 ORDER BY number DESC
 LIMIT 1
   FOR UPDATE`

const sqlUndoWriteOff = `
UPDATE open_item_write_off
   SET undone_by = @by,
       undone_at = @now,
       undone_reason = @reason
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND currency = @currency
   AND number = @number`

// UndoWriteOff takes the latest write-off of an item back by a journal of today
// that reverses it; the item is open again. One person may do so.
func (s *Service) UndoWriteOff(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, item Item, reason string) error {
	reason, err := reasonGiven(reason)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		_, err := replay.Do(ctx, tx, key, func() (bool, error) { return true, s.undoTx(ctx, tx, actor, org, item, reason) })
		return err
	})
}

func (s *Service) undoTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, item Item, reason string) error {
	if _, _, err := waitingTx(ctx, tx, org, item); err != nil {
		return err
	}
	var number int
	err := tx.QueryRow(ctx, sqlStandingWriteOff, item.args(org)).Scan(&number)
	if pg.IsNoRows(err) {
		return fault.Precondition(fault.WrongState, "Nothing of this is written off.")
	}
	if err != nil {
		return fmt.Errorf("read a write-off: %w", err)
	}
	found, err := s.books.JournalsBySource(ctx, tx, org, item.writtenOff(number))
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("write-off %s has %d journals", item.writtenOff(number), len(found))
	}
	today, err := ledger.TodayTx(ctx, tx, org)
	if err != nil {
		return err
	}
	err = s.books.ReverseTx(ctx, tx, org, found[0].ID, "un"+item.writtenOff(number), today, actor.ID(), "Write-off taken back: "+reason)
	if err != nil {
		return fmt.Errorf("reverse a write-off: %w", err)
	}
	args := item.args(org)
	args["number"], args["by"], args["now"], args["reason"] = number, actor.ID(), tx.Now, reason
	if _, err := tx.Exec(ctx, sqlUndoWriteOff, args); err != nil {
		return fmt.Errorf("take a write-off back: %w", err)
	}
	return account.AuditTx(ctx, tx, account.Audit{Org: org, Actor: actor.ID(), Action: "finance.undo_write_off", Subject: item.String(), After: reason})
}

const sqlWrittenOff = `
SELECT account, ref, currency, amount, reason, asked_by, asked_at, decided_by, decided_at, undone_by, undone_at, undone_reason
  FROM open_item_write_off
 WHERE org_id = @org_id
   AND account = @account
   AND ref = @ref
   AND decision = 'agreed'
 ORDER BY decided_at, currency, number`

type writeOffRow struct {
	Account      ledger.Account
	Ref          string
	Currency     money.Currency
	Amount       int64
	Reason       string
	AskedBy      string
	AskedAt      time.Time
	DecidedBy    string
	DecidedAt    time.Time
	UndoneBy     *string
	UndoneAt     *time.Time
	UndoneReason string
}

// writtenOff lists what was written off of a reference, the oldest first, with
// what was taken back since.
func (s *Service) writtenOff(ctx context.Context, org uid.Org, of ledger.Account, ref string) ([]WriteOff, error) {
	rows, err := many[writeOffRow](ctx, s.db.Pool(), sqlWrittenOff, pgx.StrictNamedArgs{"org_id": org, "account": of, "ref": ref}, "list write-offs")
	if err != nil {
		return nil, err
	}
	all := make([]WriteOff, len(rows))
	for i, r := range rows {
		all[i] = WriteOff{
			Item: Item{r.Account, r.Ref, r.Currency}, Amount: money.New(r.Amount, r.Currency), Reason: r.Reason, AskedBy: r.AskedBy, AskedAt: r.AskedAt,
			DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt, UndoneReason: r.UndoneReason,
		}
		if r.UndoneBy != nil {
			all[i].UndoneBy, all[i].UndoneAt = *r.UndoneBy, *r.UndoneAt
		}
	}
	return all, nil
}

package bank

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// writeOffRow is a row of bank_write_off.
type writeOffRow struct {
	ID          uid.BankWriteOff
	LineID      uid.BankLine
	AmountMinor int64
	Currency    money.Currency
	Reason      string
	AskedBy     string
	AskedAt     time.Time
	Decision    *Decision
	DecidedBy   *string
	DecidedAt   *time.Time
	Note        string
}

const writeOffColumns = `id, line_id, amount_minor, currency, reason, asked_by, asked_at, decision, decided_by, decided_at, note`

func (r writeOffRow) writeOff() WriteOff {
	w := WriteOff{
		ID: r.ID, Line: r.LineID, Amount: money.New(r.AmountMinor, r.Currency), Reason: r.Reason, AskedBy: r.AskedBy, AskedAt: r.AskedAt,
		DecidedAt: orZero(r.DecidedAt), Note: r.Note,
	}
	if r.Decision != nil {
		w.Decision, w.DecidedBy = *r.Decision, *r.DecidedBy
	}
	return w
}

const sqlWriteOffsOfLines = `
SELECT ` + writeOffColumns + `
  FROM bank_write_off
 WHERE org_id = @org_id
   AND line_id = ANY (@ids)
   AND decision IS NULL`

const sqlAskWriteOff = `
INSERT INTO bank_write_off (org_id, id, line_id, amount_minor, currency, reason, asked_by, asked_at)
VALUES (@org_id, @id, @line_id, @amount, @currency, @reason, @actor, @now)`

// AskWriteOff asks for what is open of a line to be written off; another person
// decides. It refuses more than WriteOffLimit.
func (s *Service) AskWriteOff(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, line uid.BankLine, reason string) (Line, error) {
	if reason = strings.TrimSpace(reason); reason == "" || len([]rune(reason)) > 500 {
		return Line{}, fault.InvalidField("reason", "string.length", "needs 1 to 500 characters")
	}
	return s.change(ctx, key, org, line, func(tx *pg.Tx, l *openLine) error {
		switch {
		case l.open == 0:
			return fault.Precondition(fault.WrongState, "This line is explained already.")
		case max(l.open, -l.open) > WriteOffLimit:
			return fault.Precondition(fault.NotAllowed, "%s is open, and no more than %s can be written off. Match the rest first.",
				l.amount(l.open).Format(), l.amount(WriteOffLimit).Format())
		}
		id := uid.New[uid.BankWriteOff]()
		_, err := tx.Exec(ctx, sqlAskWriteOff, pgx.StrictNamedArgs{
			"org_id": org, "id": id, "line_id": line, "amount": l.open, "currency": l.Currency, "reason": reason, "actor": actor.ID(), "now": tx.Now,
		})
		if pg.Constraint(err) == "bank_write_off_open_unique" {
			return fault.Exists("Somebody has asked for this already; it waits for a second person.")
		}
		if err != nil {
			return fmt.Errorf("ask to write off: %w", err)
		}
		return account.AuditTx(ctx, tx, account.Audit{
			Org: org, Actor: actor.ID(), Action: "bank_line.ask_write_off", Subject: line.String(), After: map[string]any{"amount": l.open, "reason": reason},
		})
	})
}

const sqlWriteOffs = `
SELECT ` + writeOffColumns + `
  FROM bank_write_off
 WHERE org_id = @org_id
   AND (decision IS NOT NULL) = @decided
 ORDER BY asked_at DESC, id DESC
 LIMIT 200`

// WriteOffs lists the requests that wait for a second person, or the latest that
// were decided.
func (s *Service) WriteOffs(ctx context.Context, org uid.Org, decided bool) ([]WriteOff, error) {
	rows, err := many[writeOffRow](ctx, s.db.Pool(), sqlWriteOffs, pgx.StrictNamedArgs{"org_id": org, "decided": decided}, "list requests to write off")
	if err != nil {
		return nil, err
	}
	list := make([]WriteOff, len(rows))
	for i, r := range rows {
		list[i] = r.writeOff()
	}
	return list, nil
}

const sqlWriteOff = `
SELECT ` + writeOffColumns + `
  FROM bank_write_off
 WHERE org_id = @org_id
   AND id = @id`

const sqlDecideWriteOff = `
UPDATE bank_write_off
   SET decision = @decision,
       decided_by = @actor,
       decided_at = @now,
       note = @note
 WHERE org_id = @org_id
   AND id = @id
   AND decision IS NULL`

// DecideWriteOff ends a request: another person than the one who asked approves,
// which books it, or declines; the one who asked withdraws.
func (s *Service) DecideWriteOff(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, id uid.BankWriteOff, decision Decision, note string) (Line, error) {
	args := pgx.StrictNamedArgs{"org_id": org, "id": id}
	asked, found, err := one[writeOffRow](ctx, s.db.Pool(), sqlWriteOff, args, "read a request to write off")
	if err != nil {
		return Line{}, err
	}
	if !found {
		return Line{}, fault.NotFound("request to write off")
	}
	return s.change(ctx, key, org, asked.LineID, func(tx *pg.Tx, l *openLine) error {
		w, _, err := one[writeOffRow](ctx, tx, sqlWriteOff, args, "read a request to write off")
		if err != nil {
			return err
		}
		if err := w.decidable(actor.ID(), decision, *l); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlDecideWriteOff, pgx.StrictNamedArgs{
			"org_id": org, "id": id, "decision": decision, "actor": actor.ID(), "now": tx.Now, "note": strings.TrimSpace(note),
		})
		if err != nil {
			return fmt.Errorf("decide a request to write off: %w", err)
		}
		if decision == Approved {
			if err := s.matchTx(ctx, tx, l, Part{ToWriteOff, w.ID.String(), w.AmountMinor}, w.Reason, actor.ID(), false); err != nil {
				return err
			}
		}
		return account.AuditTx(ctx, tx, account.Audit{
			Org: org, Actor: actor.ID(), Action: "bank_line.write_off_" + string(decision), Subject: l.ID.String(),
			After: map[string]any{"amount": w.AmountMinor, "asked_by": w.AskedBy, "reason": w.Reason, "note": note},
		})
	})
}

func (r writeOffRow) decidable(actor string, decision Decision, l openLine) error {
	switch {
	case decision != Approved && decision != Declined && decision != Withdrawn:
		return fault.InvalidField("decision", "decision", "is to approve, to decline or to withdraw")
	case r.Decision != nil:
		return fault.Precondition(fault.AlreadyDecided, "This was decided already.")
	case decision == Withdrawn && r.AskedBy != actor:
		return fault.Denied("Only the one who asked can withdraw this.")
	case decision == Approved && r.AskedBy == actor:
		return fault.Denied("A second person has to approve this.")
	case decision == Approved && l.open != r.AmountMinor:
		return fault.Precondition(fault.WrongState, "%s is open now, not %s as when it was asked for. Withdraw it and ask again.",
			l.amount(l.open).Format(), l.amount(r.AmountMinor).Format())
	}
	return nil
}

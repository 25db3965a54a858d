package bank

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

// matchRow is a row of bank_match.
type matchRow struct {
	ID            uid.BankMatch
	LineID        uid.BankLine
	Kind          TargetKind
	Ref           string
	AmountMinor   int64
	Currency      money.Currency
	Reason        string
	Automatic     bool
	MatchedBy     string
	MatchedAt     time.Time
	UnmatchedBy   *string
	UnmatchedAt   *time.Time
	UnmatchReason string
}

const matchColumns = `id, line_id, kind, ref, amount_minor, currency, reason, automatic, matched_by, matched_at, unmatched_by, unmatched_at, unmatch_reason`

func (r matchRow) match() Match {
	m := Match{
		ID: r.ID, Line: r.LineID, Kind: r.Kind, Ref: r.Ref, Amount: money.New(r.AmountMinor, r.Currency), Reason: r.Reason,
		Automatic: r.Automatic, By: r.MatchedBy, At: r.MatchedAt, UnmatchedAt: orZero(r.UnmatchedAt), UnmatchReason: r.UnmatchReason,
	}
	if r.UnmatchedBy != nil {
		m.UnmatchedBy = *r.UnmatchedBy
	}
	return m
}

const sqlMatchLine = `
SELECT line_id
  FROM bank_match
 WHERE org_id = @org_id
   AND id = @id`

const sqlMatch = `
SELECT ` + matchColumns + `
  FROM bank_match
 WHERE org_id = @org_id
   AND id = @id`

const sqlUnmatch = `
UPDATE bank_match
   SET unmatched_by = @actor,
       unmatched_at = @now,
       unmatch_reason = @reason
 WHERE org_id = @org_id
   AND id = @id
   AND unmatched_at IS NULL`

// Unmatch takes a match back by a journal that reverses it, dated today. Whoever
// may match may do so, also of what the program matched.
func (s *Service) Unmatch(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, id uid.BankMatch, reason string) (Line, error) {
	if reason = strings.TrimSpace(reason); reason == "" || len([]rune(reason)) > 500 {
		return Line{}, fault.InvalidField("reason", "string.length", "needs 1 to 500 characters")
	}
	args := pgx.StrictNamedArgs{"org_id": org, "id": id}
	var line uid.BankLine
	err := s.db.Pool().QueryRow(ctx, sqlMatchLine, args).Scan(&line)
	if pg.IsNoRows(err) {
		return Line{}, fault.NotFound("match")
	}
	if err != nil {
		return Line{}, fmt.Errorf("find a match's line: %w", err)
	}
	return s.change(ctx, key, org, line, func(tx *pg.Tx, l *openLine) error {
		row, _, err := one[matchRow](ctx, tx, sqlMatch, args, "read a match")
		if err != nil {
			return err
		}
		m := row.match()
		if !m.Live() {
			return fault.Precondition(fault.WrongState, "This was taken back already.")
		}
		_, err = tx.Exec(ctx, sqlUnmatch, pgx.StrictNamedArgs{"org_id": org, "id": id, "actor": actor.ID(), "now": tx.Now, "reason": reason})
		if err != nil {
			return fmt.Errorf("take a match back: %w", err)
		}
		if err := s.reverseTx(ctx, tx, org, m, actor.ID(), reason); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, *l, m, actor.ID(), true); err != nil {
			return err
		}
		return account.AuditTx(ctx, tx, account.Audit{
			Org: org, Actor: actor.ID(), Action: "bank_line.unmatch", Subject: line.String(), Before: m, After: map[string]any{"reason": reason},
		})
	})
}

func (s *Service) reverseTx(ctx context.Context, tx *pg.Tx, org uid.Org, m Match, actor, reason string) error {
	found, err := s.books.JournalsBySource(ctx, tx, org, m.Source())
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("match %s has %d journals", m.ID, len(found))
	}
	today, err := ledger.TodayTx(ctx, tx, org)
	if err != nil {
		return err
	}
	return s.books.ReverseTx(ctx, tx, org, found[0].ID, "bankunmatch:"+m.ID.String(), today, actor, "Match of a bank line taken back: "+reason)
}

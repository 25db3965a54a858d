package bank

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
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// Part is what a part of a line is explained by.
type Part struct {
	Kind TargetKind
	// Ref is "po_…" or "ord_…", or for ToOther what it was for, such as "rent".
	Ref string
	// Minor is the amount, signed as the line; parts that go the other way, such as a
	// bank's charge that it took off, are below zero.
	Minor int64
}

// MatchInput explains a line by one thing, or by several parts.
type MatchInput struct {
	Org    uid.Org
	Line   uid.BankLine
	Parts  []Part
	Reason string
}

// maxParts is how many parts a line can be split into at once.
const maxParts = 50

// Match explains a line, in whole or in part; what is not explained stays open. It
// refuses more than is open of the line or of a payout.
func (s *Service) Match(ctx context.Context, actor account.Actor, key replay.Key, in MatchInput) (Line, error) {
	if n := len(in.Parts); n < 1 || n > maxParts {
		return Line{}, fault.InvalidField("parts", "count", "are between 1 and %d", maxParts)
	}
	return s.change(ctx, key, in.Org, in.Line, func(tx *pg.Tx, l *openLine) error {
		for i, p := range in.Parts {
			path := fmt.Sprintf("parts[%d]", i)
			if err := s.checkPart(ctx, tx, *l, p, path); err != nil {
				return err
			}
		}
		if err := l.fits(in.Parts); err != nil {
			return err
		}
		for _, p := range in.Parts {
			if err := s.matchTx(ctx, tx, l, p, in.Reason, actor.ID(), false); err != nil {
				return err
			}
		}
		return account.AuditTx(ctx, tx, account.Audit{
			Org: in.Org, Actor: actor.ID(), Action: "bank_line.match", Subject: in.Line.String(), After: in,
		})
	})
}

// openLine is a locked line with what is open of it.
type openLine struct {
	lineRow
	open int64
}

func (l openLine) amount(minor int64) money.Amount { return money.New(minor, l.Currency) }

// fits refuses parts that come to more than is open, or to the other direction.
func (l openLine) fits(parts []Part) error {
	left := l.open
	for _, p := range parts {
		left -= p.Minor
	}
	if l.open == 0 {
		return fault.Precondition(fault.WrongState, "This line is explained already.")
	}
	if (left > 0) != (l.open > 0) && left != 0 || max(left, -left) > max(l.open, -l.open) {
		return fault.InvalidField("parts", "sum", "come to %s, but %s is open", l.amount(l.open-left).Format(), l.amount(l.open).Format())
	}
	return nil
}

const sqlLockLine = `
SELECT ` + lineColumns + `
  FROM bank_line l
 WHERE l.org_id = @org_id
   AND l.id = @id
   FOR UPDATE OF l`

func (s *Service) lockLineTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.BankLine) (openLine, error) {
	row, found, err := one[lineRow](ctx, tx, sqlLockLine, pgx.StrictNamedArgs{"org_id": org, "id": id}, "lock a bank line")
	if err != nil {
		return openLine{}, err
	}
	if !found {
		return openLine{}, fault.NotFound("bank line")
	}
	sums, err := s.books.Balance(ctx, tx, org, ledger.BankSuspense, row.Ref)
	return openLine{row, -sums[row.Currency]}, err
}

// change locks a line, does something about it, and returns it as it is then.
func (s *Service) change(ctx context.Context, key replay.Key, org uid.Org, id uid.BankLine, do func(tx *pg.Tx, l *openLine) error) (Line, error) {
	var out Line
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		out, err = replay.Do(ctx, tx, key, func() (Line, error) {
			l, err := s.lockLineTx(ctx, tx, org, id)
			if err != nil {
				return Line{}, err
			}
			if err := do(tx, &l); err != nil {
				return Line{}, err
			}
			return s.line(ctx, tx, org, id)
		})
		return err
	})
	return out, err
}

const sqlOrderCurrency = `
SELECT t.currency
  FROM orders o
  JOIN order_terms t ON t.org_id = o.org_id AND t.order_id = o.id
 WHERE o.org_id = @org_id
   AND o.id = @id
   AND o.placed_at IS NOT NULL`

// checkPart refuses a part whose target is not there or does not take it.
func (s *Service) checkPart(ctx context.Context, tx *pg.Tx, l openLine, p Part, path string) error {
	if p.Minor == 0 {
		return fault.InvalidField(path+".amount_minor", "not_zero", "says how much of the line it is")
	}
	switch p.Kind {
	case ToPayout:
		sums, err := s.books.Balance(ctx, tx, l.OrgID, ledger.PayoutTransit, p.Ref)
		if err != nil {
			return err
		}
		open, known := sums[l.Currency]
		if !known {
			return fault.InvalidField(path+".ref", "payout", "is no payout in %s", l.Currency)
		}
		if (p.Minor > 0) != (open > 0) || max(p.Minor, -p.Minor) > max(open, -open) {
			return fault.InvalidField(path+".amount_minor", "payout_open", "is more than the %s that is open of the payout", l.amount(open).Format())
		}
		return nil
	case ToOrder:
		return s.checkOrder(ctx, tx, l, p, path)
	case ToOther:
		if n := len([]rune(strings.TrimSpace(p.Ref))); n < 1 || n > 60 {
			return fault.InvalidField(path+".ref", "string.length", "says in 1 to 60 characters what it was for")
		}
		return nil
	}
	return fault.InvalidField(path+".kind", "kind", "is a payout, an order or something else")
}

func (s *Service) checkOrder(ctx context.Context, tx *pg.Tx, l openLine, p Part, path string) error {
	var order uid.Order
	if err := order.UnmarshalText([]byte(p.Ref)); err != nil || order.IsZero() {
		return fault.InvalidField(path+".ref", "order", "is no order")
	}
	var currency money.Currency
	err := tx.QueryRow(ctx, sqlOrderCurrency, pgx.StrictNamedArgs{"org_id": l.OrgID, "id": order}).Scan(&currency)
	if pg.IsNoRows(err) {
		return fault.InvalidField(path+".ref", "order", "is no order of yours that costs something")
	}
	if err != nil {
		return fmt.Errorf("read an order's currency: %w", err)
	}
	if currency != l.Currency {
		return fault.InvalidField(path+".ref", "currency", "is an order in %s, and the line is in %s", currency, l.Currency)
	}
	if p.Minor > 0 {
		return nil
	}
	sums, err := s.books.Balance(ctx, tx, l.OrgID, ledger.Receivable, p.Ref)
	if err != nil {
		return err
	}
	if due := sums[l.Currency]; p.Minor < due {
		return fault.InvalidField(path+".amount_minor", "refund_due", "is more than the %s that is due back to the buyer", l.amount(max(-due, 0)).Format())
	}
	return nil
}

// accounts are where each kind of target is booked.
var targetAccounts = map[TargetKind]ledger.Account{
	ToPayout: ledger.PayoutTransit, ToOrder: ledger.Receivable, ToOther: ledger.BankOther,
}

const sqlInsertMatch = `
INSERT INTO bank_match (org_id, id, line_id, kind, ref, amount_minor, currency, reason, automatic, matched_by, matched_at)
VALUES (@org_id, @id, @line_id, @kind, @ref, @amount, @currency, @reason, @automatic, @actor, @now)`

// matchTx writes one match, books it, and tells the order's owner.
func (s *Service) matchTx(ctx context.Context, tx *pg.Tx, l *openLine, p Part, reason, actor string, automatic bool) error {
	m := Match{ID: uid.New[uid.BankMatch](), Line: l.ID, Kind: p.Kind, Ref: strings.TrimSpace(p.Ref), Amount: l.amount(p.Minor)}
	_, err := tx.Exec(ctx, sqlInsertMatch, pgx.StrictNamedArgs{
		"org_id": l.OrgID, "id": m.ID, "line_id": l.ID, "kind": m.Kind, "ref": m.Ref, "amount": p.Minor, "currency": l.Currency,
		"reason": reason, "automatic": automatic, "actor": actor, "now": tx.Now,
	})
	if err != nil {
		return fmt.Errorf("keep a match: %w", err)
	}
	_, err = s.books.PostTx(ctx, tx, ledger.BankMatched(ledger.Source{
		Org: l.OrgID, Key: m.Source(), On: l.BookedOn, Actor: actor, Memo: matchMemo(automatic, reason),
	}, l.Ref, targetAccounts[p.Kind], m.Ref, m.Amount))
	if err != nil {
		return err
	}
	l.open -= p.Minor
	return s.tell(ctx, tx, *l, m, actor, false)
}

func matchMemo(automatic bool, reason string) string {
	memo := "Bank line matched by hand"
	if automatic {
		memo = "Bank line matched by itself"
	}
	if reason != "" {
		memo += ": " + reason
	}
	return memo
}

// tell passes a match with an order on.
func (s *Service) tell(ctx context.Context, tx *pg.Tx, l openLine, m Match, actor string, back bool) error {
	if m.Kind != ToOrder || s.hooks.Transferred == nil {
		return nil
	}
	var order uid.Order
	if err := order.UnmarshalText([]byte(m.Ref)); err != nil {
		return fmt.Errorf("read the order of a match: %w", err)
	}
	if back {
		m.Amount = m.Amount.Neg()
	}
	return s.hooks.Transferred(ctx, tx, Transfer{
		Org: l.OrgID, Order: order, Match: m.ID, Amount: m.Amount, Back: back, On: l.BookedOn, Actor: actor,
	})
}

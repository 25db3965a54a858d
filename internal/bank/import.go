package bank

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/statement"
	"lanyard/internal/uid"
)

// What one file may have.
const (
	maxFile  = 32 << 20 // bytes
	maxLines = 50_000
	// sampled is how many lines of a file are shown back.
	sampled = 50
	// atOnce is how many lines are written in one statement.
	atOnce = 500
)

// Import takes a file's statements: new lines are kept and booked, known ones
// passed over, and what fits one thing only is matched. A file that is not in order,
// or does not go on where the statements before ended, is refused as a whole with
// INVALID_INPUT, whose message names line, field and reason.
func (s *Service) Import(ctx context.Context, actor account.Actor, key replay.Key, in ImportInput) (Imported, error) {
	var out Imported
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		out, err = replay.Do(ctx, tx, key, func() (Imported, error) {
			j := &importJob{s: s, tx: tx, in: in, actor: actor.ID()}
			done, err := j.run(ctx)
			if err != nil {
				return done, err
			}
			if done.Matched, err = s.autoMatchTx(ctx, tx, in.Org); err != nil {
				return done, err
			}
			err = account.AuditTx(ctx, tx, account.Audit{
				Org: in.Org, Actor: j.actor, Action: "bank_statement.import", Subject: in.Org.String(),
				After: map[string]any{"file": in.FileName, "sha256": done.SHA256, "new_lines": done.New, "known_lines": done.Known},
			})
			return done, err
		})
		return err
	})
	if err != nil {
		return Imported{}, shown(err)
	}
	return out, nil
}

// importJob is one import under way.
type importJob struct {
	s       *Service
	tx      *pg.Tx
	in      ImportInput
	actor   string
	preview bool

	sum      [sha256.Size]byte
	accounts []accountRow
	file     statement.File
	out      Imported

	// Of the statement that is being taken:
	now        int // its number in the file; -1 before the first
	on         *accountRow
	id         uid.Statement
	places     map[[sha256.Size]byte]int // how often a line's like has come
	waiting    []waiting
	fresh, old int   // new and known lines
	freshSum   int64 // what the new ones come to
}

// A long statement is one transaction. Its journals are checked batch by batch and
// not all at the end, which would take longer than a commit may.
const sqlCheckAtOnce = `
SET CONSTRAINTS journal_l1_l9, posting_l1_l9 IMMEDIATE`

func (j *importJob) run(ctx context.Context) (Imported, error) {
	if _, err := j.tx.Exec(ctx, sqlCheckAtOnce); err != nil {
		return j.out, fmt.Errorf("have journals checked at once: %w", err)
	}
	if n := len(j.in.Content); n > maxFile {
		return j.out, fault.InvalidField("content", "size", "is %d MB; the most is %d MB", n>>20, maxFile>>20)
	}
	j.sum = sha256.Sum256(j.in.Content)
	j.out.SHA256 = hex.EncodeToString(j.sum[:])
	if err := j.before(ctx); err != nil {
		return j.out, err
	}
	// The file is read twice: the first time to know that it is in order and whose
	// it is, the second to take its lines. Neither holds more than a batch of them.
	o := statement.Options{Format: j.in.Format, Encoding: j.in.Encoding, Profile: j.in.Profile}
	if err := j.own(ctx, &o); err != nil {
		return j.out, err
	}
	count := 0
	var err error
	j.file, err = statement.Read(bytes.NewReader(j.in.Content), o, func(statement.Line) error {
		if count++; count > maxLines {
			return fault.InvalidField("content", "lines", "has more than %d lines; ask the bank for shorter statements", maxLines)
		}
		return nil
	})
	if err != nil {
		return j.out, err
	}
	j.out.Format, j.out.Encoding, j.now = j.file.Format, j.file.Encoding, -1
	_, err = statement.Read(bytes.NewReader(j.in.Content), o, func(l statement.Line) error { return j.take(ctx, l) })
	if err != nil {
		return j.out, err
	}
	return j.out, j.upTo(ctx, len(j.file.Statements))
}

// upTo ends the statements before the one with this number, and begins that.
func (j *importJob) upTo(ctx context.Context, next int) error {
	for j.now < next {
		if j.now >= 0 {
			if err := j.finish(ctx, j.file.Statements[j.now]); err != nil {
				return err
			}
		}
		if j.now++; j.now < len(j.file.Statements) {
			if err := j.begin(j.file.Statements[j.now]); err != nil {
				return err
			}
		}
	}
	return nil
}

const sqlSameFile = `
SELECT imported_at
  FROM bank_statement
 WHERE org_id = @org_id
   AND sha256 = @sha256
 ORDER BY imported_at
 LIMIT 1`

func (j *importJob) before(ctx context.Context) error {
	err := j.tx.QueryRow(ctx, sqlSameFile, pgx.StrictNamedArgs{"org_id": j.in.Org, "sha256": j.sum[:]}).Scan(&j.out.Before)
	if err != nil && !pg.IsNoRows(err) {
		return fmt.Errorf("look for the same file: %w", err)
	}
	return nil
}

const sqlLockAccounts = `
SELECT ` + accountColumns + `
  FROM bank_account
 WHERE org_id = @org_id
   AND archived_at IS NULL
 ORDER BY id
   FOR UPDATE`

// own locks the organisation's accounts, so that imports come one after the other,
// and tells the reader what the chosen account is.
func (j *importJob) own(ctx context.Context, o *statement.Options) error {
	var err error
	j.accounts, err = many[accountRow](ctx, j.tx, sqlLockAccounts, pgx.StrictNamedArgs{"org_id": j.in.Org}, "lock bank accounts")
	if err != nil {
		return err
	}
	if len(j.accounts) == 0 {
		return fault.Precondition(fault.WrongState, "Add the bank account first, with its number and currency.")
	}
	for i := range j.accounts {
		if a := &j.accounts[i]; a.ID == j.in.Account || j.in.Account.IsZero() && len(j.accounts) == 1 {
			o.Account, o.Currency = a.Number, a.Currency
			if o.Profile == nil && a.CsvColumns != "" {
				p, err := statement.ParseProfile(a.CsvColumns)
				if err != nil {
					return err
				}
				o.Profile = &p
			}
		}
	}
	if !j.in.Account.IsZero() && o.Account == "" {
		return fault.NotFound("bank account")
	}
	return nil
}

// begin finds the account of a statement.
func (j *importJob) begin(st statement.Statement) error {
	j.on, j.id, j.fresh, j.old, j.freshSum = nil, uid.New[uid.Statement](), 0, 0, 0
	j.places = map[[sha256.Size]byte]int{}
	var otherCurrency *accountRow
	for i := range j.accounts {
		a := &j.accounts[i]
		switch {
		case !j.in.Account.IsZero() && a.ID != j.in.Account, !statement.SameAccount(a.Number, st.Account):
		case a.Currency != st.Currency:
			otherCurrency = a
		case j.on != nil:
			return fault.InvalidField("account_id", "ambiguous", "more than one of your accounts ends like %s; choose one", st.Account)
		default:
			j.on = a
		}
	}
	switch {
	case j.on != nil:
		return nil
	case otherCurrency != nil:
		return fault.InvalidField("content", "currency", "is in %s, but the account %s is kept in %s", st.Currency, otherCurrency.Name, otherCurrency.Currency)
	case st.Account == "":
		return fault.InvalidField("account_id", "required", "the file does not say which account it is of; choose one")
	}
	return fault.InvalidField("content", "account", "is a statement of the account %s, which is not the one chosen or none of yours", st.Account)
}

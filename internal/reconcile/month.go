package reconcile

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
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

// Month is one calendar month of the books.
type Month struct {
	// Month is its first day.
	Month  time.Time
	Closed bool
	// Next is true for the month that is to be closed next.
	Next bool
	// Ended is false while the month is not over where the organisation is.
	Ended bool
	// ClosedAt and ClosedBy say who closed it.
	ClosedAt time.Time
	ClosedBy string
	// Hash is the SHA-256 of its postings when it was closed, and Signature what
	// this installation made of its snapshot.
	Hash, Signature string
	// Intact is true when the postings and the signature are still what they were;
	// only Month looks.
	Intact bool
	// ReopenAskedBy is who wants it open again; a second person has to agree.
	ReopenAskedBy string
	// CheckedAt is when Stripe last listed its rows afresh; zero before the first
	// time. Only Month looks.
	CheckedAt time.Time
	// Reopenable is true for the latest closed month.
	Reopenable bool
	// Proofs are those of the closing; empty while it is open.
	Proofs []Proof
	// Sums are the accounts' movements in the month.
	Sums []AccountSum
	// Rows is how many of the month's rows of Stripe's balance have their
	// counterpart.
	Rows []Matching
}

// AccountSum is what moved on an account in a month, and what it came to.
type AccountSum struct {
	Account ledger.Account
	Title   string
	// Opening, Debits, Credits and Closing are in minor units of Currency; Credits
	// is above zero.
	Opening, Debits, Credits, Closing int64
	Currency                          money.Currency
}

// snapshot is what is signed when a month is closed.
type snapshot struct {
	Org      uid.Org      `json:"organisation"`
	Month    string       `json:"month"`
	ClosedAt time.Time    `json:"closed_at"`
	ClosedBy string       `json:"closed_by"`
	Hash     string       `json:"postings_sha256"`
	Sums     []AccountSum `json:"sums"`
	Rows     []Matching   `json:"rows"`
	Proofs   []Proof      `json:"proofs"`
}

// Months lists the months of the books, the latest first, without proofs and
// sums.
func (s *Service) Months(ctx context.Context, org uid.Org) ([]Month, error) {
	periods, err := s.books.Periods(ctx, s.db.Pool(), org)
	if err != nil {
		return nil, err
	}
	today, err := s.today(ctx, org)
	if err != nil {
		return nil, err
	}
	months := make([]Month, len(periods))
	for i, p := range periods {
		months[i] = Month{
			Month: p.Month, Closed: p.Closed, Ended: !today.Before(p.Month.AddDate(0, 1, 0)), ClosedAt: p.ClosedAt, ClosedBy: p.ClosedBy,
			Hash: p.Snapshot, ReopenAskedBy: p.ReopenAskedBy,
			Next:       !p.Closed && (i == len(periods)-1 || periods[i+1].Closed),
			Reopenable: p.Closed && (i == 0 || !periods[i-1].Closed),
		}
	}
	return months, nil
}

const sqlMonthClose = `
SELECT snapshot, signature
  FROM month_close
 WHERE org_id = @org_id
   AND month = @month
 ORDER BY number DESC
 LIMIT 1`

const sqlAccountSums = `
SELECT p.account, p.currency, coalesce(sum(p.amount) FILTER (WHERE j.effective_on < @month), 0)::bigint AS opening,
       coalesce(sum(p.amount) FILTER (WHERE j.effective_on >= @month AND p.amount > 0), 0)::bigint AS debits,
       -coalesce(sum(p.amount) FILTER (WHERE j.effective_on >= @month AND p.amount < 0), 0)::bigint AS credits,
       sum(p.amount)::bigint AS closing
  FROM posting p
  JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
 WHERE p.org_id = @org_id
   AND j.effective_on < @until
 GROUP BY p.account, p.currency`

// Month returns one month with its sums and, when it is closed, its proofs.
func (s *Service) Month(ctx context.Context, org uid.Org, month time.Time) (Month, error) {
	months, err := s.Months(ctx, org)
	if err != nil {
		return Month{}, err
	}
	for _, m := range months {
		if !m.Month.Equal(ledger.Month(month)) {
			continue
		}
		if m.CheckedAt, err = s.checkedAt(ctx, org, m.Month); err != nil {
			return m, err
		}
		if m.Rows, err = s.Matching(ctx, org, m.Month, m.Month.AddDate(0, 1, 0)); err != nil {
			return m, err
		}
		if m.Sums, err = s.sums(ctx, s.db.Pool(), org, m.Month); err != nil || !m.Closed {
			return m, err
		}
		err = s.verify(ctx, org, &m)
		return m, err
	}
	return Month{}, fault.NotFound("month")
}

func (s *Service) sums(ctx context.Context, q pg.Querier, org uid.Org, month time.Time) ([]AccountSum, error) {
	type row struct {
		Account                           ledger.Account
		Currency                          money.Currency
		Opening, Debits, Credits, Closing int64
	}
	rows, err := many[row](ctx, q, sqlAccountSums, pgx.StrictNamedArgs{"org_id": org, "month": month, "until": month.AddDate(0, 1, 0)}, "sum up the month")
	if err != nil {
		return nil, err
	}
	var sums []AccountSum
	for _, e := range ledger.Chart() {
		for _, r := range rows {
			if r.Account == e.Account {
				sums = append(sums, AccountSum{e.Account, e.Title, r.Opening, r.Debits, r.Credits, r.Closing, r.Currency})
			}
		}
	}
	return sums, nil
}

// Snapshot returns what a closed month was closed with, as JSON, and the
// signature over these bytes: an HMAC-SHA-256 in hexadecimal.
func (s *Service) Snapshot(ctx context.Context, org uid.Org, month time.Time) (text []byte, signature string, err error) {
	err = s.db.Pool().QueryRow(ctx, sqlMonthClose, pgx.StrictNamedArgs{"org_id": org, "month": ledger.Month(month)}).Scan(&text, &signature)
	if pg.IsNoRows(err) {
		return nil, "", fault.NotFound("closed month")
	}
	if err != nil {
		return nil, "", fmt.Errorf("read what a month was closed with: %w", err)
	}
	return text, signature, nil
}

func (s *Service) sign(text []byte) string {
	h := hmac.New(sha256.New, s.key)
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil))
}

// verify looks whether a closed month is as it was.
func (s *Service) verify(ctx context.Context, org uid.Org, m *Month) error {
	text, signature, err := s.Snapshot(ctx, org, m.Month)
	if fault.Is(err, fault.NoSuchThing) {
		return nil // closed without proofs, by the ledger alone
	}
	if err != nil {
		return err
	}
	var was snapshot
	if err := json.Unmarshal(text, &was); err != nil {
		return fmt.Errorf("read the snapshot of %s: %w", m.Month.Format("2006-01"), err)
	}
	m.Proofs, m.Signature = was.Proofs, signature
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		if err := patient(ctx, tx); err != nil {
			return err
		}
		hash, err := s.books.SnapshotTx(ctx, tx, org, m.Month)
		m.Intact = hash == was.Hash && hash == m.Hash && hmac.Equal([]byte(s.sign(text)), []byte(signature))
		return err
	})
}

// Closing reads a whole month, and waits for who is posting into it.
const sqlPatient = `
SELECT set_config('statement_timeout', '300s', true),
       set_config('lock_timeout', '30s', true),
       set_config('idle_in_transaction_session_timeout', '300s', true)`

func patient(ctx context.Context, tx *pg.Tx) error {
	if _, err := tx.Exec(ctx, sqlPatient); err != nil {
		return fmt.Errorf("allow for a long transaction: %w", err)
	}
	return nil
}

const sqlKeepClose = `
INSERT INTO month_close (org_id, month, number, closed_at, closed_by, hash, snapshot, signature)
SELECT @org_id, @month, coalesce(max(number), 0) + 1, @now, @by, @hash, @snapshot, @signature
  FROM month_close
 WHERE org_id = @org_id
   AND month = @month`

// CloseMonth brings the mirror up to date, runs the proofs and closes the month
// with a signed snapshot. It fails with WRONG_STATE when the month is not over,
// an earlier one is open, or a proof is contradicted; what is late goes to the
// next month.
func (s *Service) CloseMonth(ctx context.Context, actor account.Actor, org uid.Org, month time.Time) (Month, error) {
	month = ledger.Month(month)
	today, err := s.today(ctx, org)
	if err != nil {
		return Month{}, err
	}
	if today.Before(month.AddDate(0, 1, 0)) {
		return Month{}, fault.Precondition(fault.WrongState, "%s is not over yet.", month.Format("January 2006"))
	}
	if err := s.askAgain(ctx, org, month); err != nil {
		return Month{}, err
	}
	if err := s.closeAsItIs(ctx, actor, org, month); err != nil {
		return Month{}, err
	}
	return s.Month(ctx, org, month)
}

func (s *Service) closeAsItIs(ctx context.Context, actor account.Actor, org uid.Org, month time.Time) error {
	return s.db.InTx(ctx, func(tx *pg.Tx) error {
		if err := patient(ctx, tx); err != nil {
			return err
		}
		if _, err := s.books.EnsureTx(ctx, tx, org, month); err != nil {
			return err
		}
		var proofs []Proof
		err := s.books.CloseTx(ctx, tx, actor, org, month, func() (err error) {
			if proofs, err = s.proofs(ctx, tx, org, month); err != nil {
				return err
			}
			return allGreen(proofs)
		})
		if err != nil {
			return err
		}
		hash, err := s.hash(ctx, tx, org, month)
		if err != nil {
			return err
		}
		sums, err := s.sums(ctx, tx, org, month)
		if err != nil {
			return err
		}
		rows, err := s.matching(ctx, tx, org, month, month.AddDate(0, 1, 0))
		if err != nil {
			return err
		}
		text, err := json.Marshal(snapshot{org, month.Format("2006-01"), tx.Now, actor.ID(), hash, sums, rows, proofs})
		if err != nil {
			return fmt.Errorf("write the snapshot: %w", err)
		}
		_, err = tx.Exec(ctx, sqlKeepClose, pgx.StrictNamedArgs{
			"org_id": org, "month": month, "now": tx.Now, "by": actor.ID(), "hash": hash, "snapshot": text, "signature": s.sign(text),
		})
		if err != nil {
			return fmt.Errorf("keep the snapshot: %w", err)
		}
		return nil
	})
}

// hash is what the ledger closed a month with.
func (s *Service) hash(ctx context.Context, q pg.Querier, org uid.Org, month time.Time) (string, error) {
	periods, err := s.books.Periods(ctx, q, org)
	for _, p := range periods {
		if p.Month.Equal(month) {
			return p.Snapshot, err
		}
	}
	return "", err
}

// allGreen refuses when a proof is contradicted.
func allGreen(proofs []Proof) error {
	var red []string
	for _, p := range proofs {
		if !p.Green {
			red = append(red, fmt.Sprintf("%s (%d)", p.ID, len(p.Contradictions)+p.More))
		}
	}
	if len(red) == 0 {
		return nil
	}
	return fault.Precondition(fault.WrongState, "The month cannot be closed: %s of the proofs are contradicted: %s.", count(len(red)), strings.Join(red, ", "))
}

func count(n int) string {
	if words := []string{"none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}; n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}

// ReopenMonth asks for the latest closed month to be opened again, or, when
// somebody else has asked, opens it; opened says which.
func (s *Service) ReopenMonth(ctx context.Context, actor account.Actor, org uid.Org, month time.Time) (opened bool, err error) {
	if !actor.SignedIn() {
		return false, errors.New("reopening a month takes people")
	}
	return s.books.Reopen(ctx, actor, org, month)
}

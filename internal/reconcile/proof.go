package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// ProofID names one of the nine proofs.
type ProofID string

// The proofs.
const (
	P1 ProofID = "P1" // postings add up to nothing in each currency
	P2 ProofID = "P2" // the ledger's Stripe balance is the rows', and Stripe's
	P3 ProofID = "P3" // each payout is the sum of its rows
	P4 ProofID = "P4" // VAT booked is VAT on documents, by rate
	P5 ProofID = "P5" // nothing is open for more than seven days without a reason
	P6 ProofID = "P6" // document numbers have no gaps
	P7 ProofID = "P7" // Stripe's rows, listed afresh, are the mirror's, each booked once
	P8 ProofID = "P8" // events that are over have no deferred income left
	P9 ProofID = "P9" // the bank account is what the last statement says
)

// Contradiction is a row that speaks against a proof.
type Contradiction struct {
	// What is the kind of thing: "journal", "row", "payout", "rate", "item",
	// "number", "event", "bank".
	What string
	// Ref is which one.
	Ref string
	// Says is the contradiction in a sentence.
	Says string
	// Want and Got are the two figures that differ, where there are such.
	Want, Got money.Amount
	// Account is where to look in the ledger; may be empty.
	Account ledger.Account
}

// Proof is one proof with what contradicts it.
type Proof struct {
	ID ProofID
	// Claim is what it proves, in a sentence.
	Claim string
	// Green is true when nothing contradicts it.
	Green bool
	// Checked is how many things were looked at.
	Checked int
	// Notes say in sentences what the proof cannot reach, and what stands in for it.
	Notes []string `json:",omitempty"`
	// Contradictions are at most 200 rows; More is how many there are beyond, up to
	// 1,000.
	Contradictions []Contradiction
	More           int
}

// span is a month as the proofs take it.
type span struct {
	org uid.Org
	// month is its first day and until the first day after it.
	month, until time.Time
	// endsAt is the moment at which it ends where the organisation is.
	endsAt time.Time
}

func (s span) args() pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{"org_id": s.org, "until": s.until}
}

// with adds to the arguments.
func (s span) with(names ...string) pgx.StrictNamedArgs {
	args := s.args()
	for _, name := range names {
		switch name {
		case "month":
			args["month"] = s.month
		case "ends_at":
			args["ends_at"] = s.endsAt
		case "as_of":
			args["as_of"] = s.until.AddDate(0, 0, -1)
		}
	}
	return args
}

func spanOf(ctx context.Context, q pg.Querier, org uid.Org, month time.Time) (span, error) {
	loc, err := account.Zone(ctx, q, org)
	if err != nil {
		return span{}, err
	}
	m := ledger.Month(month)
	until := m.AddDate(0, 1, 0)
	return span{org, m, until, time.Date(until.Year(), until.Month(), 1, 0, 0, 0, 0, loc).UTC()}, nil
}

// A rule of proof is one of the nine: its claim, how much it looks at, and what
// contradicts it.
type proving struct {
	id    ProofID
	claim string
	run   func(*Service, context.Context, pg.Querier, span) (checked int, against []Contradiction, err error)
	// notes are Proof.Notes; nil for proofs that reach everything.
	notes func(*Service, context.Context, pg.Querier, span) ([]string, error)
}

var provings = []proving{
	{P1, "All postings add up to nothing in each currency.", (*Service).proveBalanced, nil},
	{P2, "The books' Stripe balance is what the rows of Stripe's balance add up to, and what Stripe says.", (*Service).proveStripeBalance, nil},
	{P3, "Each payout is the sum of the rows that Stripe lists for it.", (*Service).provePayouts, (*Service).payoutNotes},
	{P4, "The VAT booked in the month is that of the invoices less the credit notes, at each rate.", (*Service).proveVAT, nil},
	{P5, "Nothing has been open for more than seven days without a reason.", (*Service).proveExplained, nil},
	{P6, "The numbers of invoices and credit notes have no gaps.", (*Service).proveNumbers, nil},
	{P7, "Stripe's rows of the month, listed afresh, are those that are here, and each is booked once.", (*Service).proveMirror, nil},
	{P8, "No income is deferred for events that are over.", (*Service).proveReleased, nil},
	{P9, "The bank account holds what its last statement says.", (*Service).proveBank, (*Service).bankNotes},
}

// contradictionsShown bounds the list of a proof that is far from green.
const contradictionsShown = 200

// Proofs runs the nine proofs for a month as the books are now. It asks nobody
// outside; Recount brings what P2 and P7 compare with.
func (s *Service) Proofs(ctx context.Context, org uid.Org, month time.Time) ([]Proof, error) {
	return s.proofs(ctx, s.db.Pool(), org, month)
}

func (s *Service) proofs(ctx context.Context, q pg.Querier, org uid.Org, month time.Time) ([]Proof, error) {
	sp, err := spanOf(ctx, q, org, month)
	if err != nil {
		return nil, err
	}
	var all []Proof
	for _, p := range provings {
		checked, against, err := p.run(s, ctx, q, sp)
		if err != nil {
			return nil, fmt.Errorf("prove %s: %w", p.id, err)
		}
		proof := Proof{ID: p.id, Claim: p.claim, Green: len(against) == 0, Checked: checked, Contradictions: against}
		if p.notes != nil {
			if proof.Notes, err = p.notes(s, ctx, q, sp); err != nil {
				return nil, fmt.Errorf("annotate %s: %w", p.id, err)
			}
		}
		if more := len(against) - contradictionsShown; more > 0 {
			proof.Contradictions, proof.More = against[:contradictionsShown], more
		}
		all = append(all, proof)
	}
	return all, nil
}

// found is a row that a proof's query returns.
type found struct {
	Ref       string
	Says      string
	Currency  money.Currency
	Want, Got int64
}

// against makes contradictions of the rows of a query.
func (s *Service) against(ctx context.Context, q pg.Querier, what string, account ledger.Account, sql string, args pgx.StrictNamedArgs) ([]Contradiction, error) {
	rows, err := many[found](ctx, q, sql, args, "look for contradictions")
	if err != nil {
		return nil, err
	}
	all := make([]Contradiction, len(rows))
	for i, r := range rows {
		all[i] = Contradiction{What: what, Ref: r.Ref, Says: r.Says, Account: account}
		if r.Currency != "" {
			all[i].Want, all[i].Got = money.New(r.Want, r.Currency), money.New(r.Got, r.Currency)
		}
	}
	return all, nil
}

// counted is how many things a proof looked at.
func counted(ctx context.Context, q pg.Querier, sql string, args pgx.StrictNamedArgs) (n int, err error) {
	if err := q.QueryRow(ctx, sql, args).Scan(&n); err != nil {
		return 0, fmt.Errorf("count what is proved: %w", err)
	}
	return n, nil
}

// ProofsTx is Proofs as the books are inside a transaction.
func (s *Service) ProofsTx(ctx context.Context, tx *pg.Tx, org uid.Org, month time.Time) ([]Proof, error) {
	return s.proofs(ctx, tx, org, month)
}

package reconcile

import (
	"context"
	"time"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
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
	// Contradictions are at most 200 rows; More is how many there are beyond.
	Contradictions []Contradiction
	More           int
}

// Proofs runs the nine proofs for a month as the books are now. It asks nobody
// outside; Recount brings what P2 and P7 compare with.
func (s *Service) Proofs(ctx context.Context, org uid.Org, month time.Time) ([]Proof, error) {
	return nil, errLater
}

// Recount lists a month's rows at Stripe afresh, and its balance, for P2 and P7.
func (s *Service) Recount(ctx context.Context, org uid.Org, month time.Time) error {
	return errLater
}

package reconcile

import (
	"context"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
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
	// this installation made of it.
	Hash, Signature string
	// Intact is true when the postings and the signature are still what they were.
	Intact bool
	// ReopenAskedBy is who wants it open again; a second person has to agree.
	ReopenAskedBy string
	// Reopenable is true for the latest closed month.
	Reopenable bool
	// Proofs are those of the closing; empty while it is open.
	Proofs []Proof
	// Sums are the accounts' movements in the month.
	Sums []AccountSum
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

// Months lists the months of the books, the latest first, without proofs and
// sums.
func (s *Service) Months(ctx context.Context, org uid.Org) ([]Month, error) {
	return nil, errLater
}

// Month returns one month with its sums and, when it is closed, its proofs.
func (s *Service) Month(ctx context.Context, org uid.Org, month time.Time) (Month, error) {
	return Month{}, errLater
}

// CloseMonth brings the mirror up to date, runs the proofs and closes the month
// with a signed snapshot. It fails with WRONG_STATE when the month is not over,
// an earlier one is open, or a proof is contradicted; what is late goes to the
// next month.
func (s *Service) CloseMonth(ctx context.Context, actor account.Actor, org uid.Org, month time.Time) (Month, error) {
	return Month{}, errLater
}

// ReopenMonth asks for the latest closed month to be opened again, or, when
// somebody else has asked, opens it; opened says which.
func (s *Service) ReopenMonth(ctx context.Context, actor account.Actor, org uid.Org, month time.Time) (opened bool, err error) {
	return false, errLater
}

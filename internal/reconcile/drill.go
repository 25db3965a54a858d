package reconcile

import (
	"context"
	"time"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

// Row is one of Stripe's balance transactions.
type Row struct {
	// ID is "txn_…"; Account is Stripe's account.
	ID, Account string
	// Type and Category are Stripe's words; Category selects the journal.
	Type, Category string
	// Source is what it is about: "ch_…", "re_…", "dp_…", "po_…".
	Source string
	// Charge is the charge behind a charge's, refund's or dispute's row.
	Charge      string
	Description string
	// Amount is gross; Fee and Net are of the same currency.
	Amount, Fee, Net money.Amount
	// Charged is the amount in the buyer's currency, where that is another one.
	Charged     money.Amount
	Created     time.Time
	AvailableOn time.Time
	// Payout is what it was paid out with; may be empty.
	Payout string
	// Booked is the account its gross was booked on, and BookedRef the reference.
	Booked    ledger.Account
	BookedRef string
	// Order is whose money it is, where it is an order's.
	Order     uid.Order
	OrderCode string
}

// Payouts lists payouts, the latest first.
func (s *Service) Payouts(ctx context.Context, org uid.Org, f PayoutFilter) (payouts []Payout, next string, err error) {
	return nil, "", errLater
}

// Payout returns one payout with the rows it is made of, at most 10,000.
func (s *Service) Payout(ctx context.Context, org uid.Org, id string) (Payout, []Row, error) {
	return Payout{}, nil, errLater
}

// Detail is everything behind one reference of an account.
type Detail struct {
	Account ledger.Account
	Ref     string
	Balance []money.Amount
	// Journals have a posting on the account about the reference, the oldest first.
	Journals []ledger.Posted
	// Rows are those of Stripe that the journals were made of, or are about the
	// same object.
	Rows []Row
	// Items are what is open about it, at most one in a currency.
	Items []OpenItem
	// Orders are the orders that the journals name.
	Orders []uid.Order
	// Payouts are those that the rows were paid out with.
	Payouts []string
}

// Detail goes down from a figure to its postings, the order and Stripe's object.
func (s *Service) Detail(ctx context.Context, org uid.Org, account ledger.Account, ref string) (Detail, error) {
	return Detail{}, errLater
}

// Step is one thing that happened to an order's money.
type Step struct {
	On time.Time
	// What is such as "sale", "capture", "charge", "refund", "dispute", "payout",
	// "bank".
	What ledger.Kind
	// Ref is what it is about: document, charge, refund, payout, statement line.
	Ref    string
	Amount money.Amount
	// Journal is the entry that recorded it.
	Journal uid.Journal
	// Payout is what the money was paid out with, once that is known.
	Payout string
}

// Trail is the way of an order's money.
type Trail struct {
	Order uid.Order
	// Owed is what is left to pay; below zero, to give back.
	Owed  []money.Amount
	Steps []Step
	Rows  []Row
	// Payouts carried its rows to the bank.
	Payouts []Payout
}

// Trail goes up from an order to the bank's line.
func (s *Service) Trail(ctx context.Context, org uid.Org, order uid.Order) (Trail, error) {
	return Trail{}, errLater
}

// Postings lists the journals behind a sum: an account's in a month (zero: ever),
// the oldest first, at most 1,000.
func (s *Service) Postings(ctx context.Context, org uid.Org, account ledger.Account, month time.Time) ([]ledger.Posted, error) {
	return nil, errLater
}

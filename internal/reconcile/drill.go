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

// Payout is money on its way from Stripe to the bank.
type Payout struct {
	// ID is "po_…"; Account is Stripe's account.
	ID, Account string
	Amount      money.Amount
	// Status is Stripe's word: pending, in_transit, paid, failed, canceled.
	Status string
	// Automatic payouts say which rows they are made of; the others do not.
	Automatic bool
	Created   time.Time
	// ArrivesOn is the day on which it should be at the bank.
	ArrivesOn time.Time
	// Complete is true once all of its rows are here.
	Complete bool
	// Rows is how many rows it is made of, and Gross, Fees and Net what they add up
	// to; Net equals Amount when join C holds.
	Rows             int
	Gross, Fees, Net money.Amount
	// Sales, Refunds, Disputes and Others split Net by what the rows are.
	Sales, Refunds, Disputes, Others money.Amount
	// Banked is what statements have shown of it, and BankedOn the day of the last
	// such line; zero while none has.
	Banked   money.Amount
	BankedOn time.Time
	// Failure is in words why the bank refused it.
	Failure string
}

// Matched reports whether the rows explain the payout.
func (p Payout) Matched() bool { return p.Complete && p.Net == p.Amount }

// PayoutFilter narrows the list of payouts; its zero value is all of them.
type PayoutFilter struct {
	// From and Until bound the day of arrival; Until is exclusive.
	From, Until time.Time
	// Status keeps one of Stripe's statuses.
	Status string
	// After is the last payout of the page before.
	After string
	// Limit is how many at most; zero is 100.
	Limit int
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

package reconcile

import (
	"context"
	"errors"
	"time"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/uid"
)

var errLater = errors.New("not there yet")

// JoinID names one of the four joins.
type JoinID string

// The joins, from the order to the bank.
const (
	JoinOrders JoinID = "A" // order and payment
	JoinStripe JoinID = "B" // payment and Stripe
	JoinPayout JoinID = "C" // Stripe and payout
	JoinBank   JoinID = "D" // payout and bank
)

// Band is how worrying an open item's age is.
type Band string

// The bands, by days since the item's first posting.
const (
	Timing    Band = "timing"    // 0 to 2 days: it will settle by itself
	Watch     Band = "watch"     // 3 to 7 days
	Exception Band = "exception" // more than 7 days, or nothing will settle it
)

// Heap is how many things there are, and what they come to in each currency.
type Heap struct {
	Count   int
	Amounts []money.Amount
}

// Join is one column of the finance screen.
type Join struct {
	ID JoinID
	// Title is for people: "Orders and payments".
	Title string
	// Matched is what came to zero, by its larger side. For join C it is the
	// payouts whose rows add up to them.
	Matched Heap
	// Timing, Watch and Exception are the open items; their amounts are balances,
	// so that what is owed and what is due back are set off within a currency.
	Timing, Watch, Exception Heap
	// Explained is how many of the exceptions somebody has explained.
	Explained int
}

// Feed is how far the mirror of a Stripe account has come.
type Feed struct {
	// Account is Stripe's; "" is the operator's own.
	Account string
	// Until is the moment up to which every row is here; zero before the first
	// round is done.
	Until time.Time
	// Running is true while a round is not finished.
	Running bool
	// Rows is how many are here.
	Rows int
	// Balance is what Stripe says, and Mirrored what the rows here add up to, at
	// CheckedAt.
	Balance, Mirrored []money.Amount
	CheckedAt         time.Time
}

// Overview is the finance screen: the joins side by side.
type Overview struct {
	Org uid.Org
	// AsOf is the day on which ages are counted.
	AsOf  time.Time
	Joins []Join
	Feeds []Feed
	// StripeBalance and InTransit are what lies at Stripe and what is on its way.
	StripeBalance, InTransit []money.Amount
	// Month is the earliest month that is not closed; zero when there is none.
	Month time.Time
}

// Overview sums up where an organisation's money is.
func (s *Service) Overview(ctx context.Context, org uid.Org) (Overview, error) {
	return Overview{}, errLater
}

// Cause is why an item is probably open.
type Cause string

// The causes.
const (
	CauseUnpaid          Cause = "unpaid"            // the buyer has not paid yet
	CauseOverdue         Cause = "overdue"           // the invoice's due day has passed
	CauseRefundDue       Cause = "refund_due"        // the buyer is owed money
	CauseNoOrder         Cause = "no_order"          // money that names no order
	CauseNotSettled      Cause = "not_settled"       // captured; Stripe's row is not here yet
	CauseNotCaptured     Cause = "not_captured"      // Stripe's row is here; the payment is not
	CauseRefundUnderway  Cause = "refund_underway"   // sent; Stripe's row is not here yet
	CauseRefundUnknown   Cause = "refund_unknown"    // Stripe's row is here; the refund is not
	CauseDisputeOpen     Cause = "dispute_open"      // the bank has not decided
	CauseDisputeLeft     Cause = "dispute_left"      // decided, and something is left
	CauseUnknownRow      Cause = "unknown_row"       // a category that nobody knows
	CauseOtherShop       Cause = "other_shop"        // not ours, and no rule says whose
	CauseRowsMissing     Cause = "rows_missing"      // a payout whose rows do not add up
	CauseRowsAwaited     Cause = "rows_awaited"      // Stripe has not said yet what a payout is made of
	CausePayoutUnderway  Cause = "payout_underway"   // not due at the bank yet
	CausePayoutMissing   Cause = "payout_missing"    // due at the bank, and not on a statement
	CausePayoutFailed    Cause = "payout_failed"     // the bank sent it back
	CauseBankUnexplained Cause = "bank_unexplained"  // a line of a statement without a counterpart
	CauseCurrencies      Cause = "currencies_differ" // settled in another currency than charged
	CauseOther           Cause = "other"
)

// Action is the one thing to do about an open item.
type Action string

// The actions.
const (
	ActWait        Action = "wait"         // nothing; it settles by itself
	ActRemind      Action = "remind"       // remind the buyer
	ActRefund      Action = "refund"       // give the money back
	ActCreateOrder Action = "create_order" // find or make the order it was for
	ActSync        Action = "sync"         // ask Stripe again
	ActAnswer      Action = "answer"       // answer the dispute
	ActRule        Action = "rule"         // say by a rule whose rows these are
	ActMatch       Action = "match"        // match a bank line
	ActImport      Action = "import"       // import the bank's statement
	ActCheckBank   Action = "check_bank"   // check the bank details at Stripe
	ActWriteOff    Action = "write_off"    // write it off, with a second person
	ActExplain     Action = "explain"      // say why it is open
	ActAskStripe   Action = "ask_stripe"   // ask Stripe what it is
)

// OpenItem is something that has no counterpart yet.
type OpenItem struct {
	Join    JoinID
	Account ledger.Account
	// Ref is what it is about: "ord_…", "ch_…", "po_…", a statement's line.
	Ref    string
	Amount money.Amount
	// Since and Last are the days of its first and latest posting.
	Since, Last time.Time
	// Days is its age.
	Days int
	Band Band
	// Cause is a guess, and Guess the same in a sentence.
	Cause Cause
	Guess string
	// Action is what to do, and Todo the same in a sentence.
	Action Action
	Todo   string
	// Order, OrderCode and Payout are what it belongs to, where that is known.
	Order     uid.Order
	OrderCode string
	Payout    string
	// Note is somebody's explanation, for the amount as it is; nil when there is
	// none.
	Note *Note
	// WriteOff is a write-off that waits for a second person; nil when none does.
	WriteOff *WriteOff
}

// Note is why an item is open, said by a person.
type Note struct {
	Sentence string
	By       string
	At       time.Time
}

// ItemFilter narrows the list of open items; its zero value is all of them.
type ItemFilter struct {
	// Join keeps one join's.
	Join JoinID
	// Account keeps one account's.
	Account ledger.Account
	// Band keeps one band's.
	Band Band
	// Currency keeps one currency's.
	Currency money.Currency
	// Ref keeps references that contain it.
	Ref string
	// Unexplained leaves out what somebody has explained.
	Unexplained bool
	// AsOf is the day on which ages are counted; zero is today.
	AsOf time.Time
	// After is the Cursor of the last item of the page before.
	After string
	// Limit is how many at most; zero is 100.
	Limit int
}

// Items lists open items, the oldest first.
func (s *Service) Items(ctx context.Context, org uid.Org, f ItemFilter) (items []OpenItem, next string, err error) {
	return nil, "", errLater
}

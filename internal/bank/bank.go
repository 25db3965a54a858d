package bank

import (
	"context"
	"time"

	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Hooks are what this package asks of its neighbours. A nil hook knows nothing.
type Hooks struct {
	// Owing lists the orders for which money may come: what is owed, and by which
	// words payers would name them.
	Owing func(ctx context.Context, q pg.Querier, org uid.Org) ([]Owing, error)
	// Transferred hears that a line was matched to an order, or taken back again,
	// after that was booked and in the same transaction. The owner of the order
	// confirms it, or opens a task.
	Transferred func(ctx context.Context, tx *pg.Tx, t Transfer) error
}

// Owing is an order that is not paid, or not paid in full.
type Owing struct {
	Order uid.Order
	// Code is the order's; Numbers are those of its invoices.
	Code    string
	Numbers []string
	// Amount is what is still to come.
	Amount money.Amount
	// Who is the buyer or the paying company, and What the event, for people.
	Who, What string
	// DueOn is when an invoice is due; zero without one.
	DueOn time.Time
	// Lapsed orders are owed nothing for, but their money may come all the same.
	Lapsed bool
}

// Transfer is a bank line matched to an order.
type Transfer struct {
	Org   uid.Org
	Order uid.Order
	// Match is the match; each is told once, and once more when it is taken back.
	Match uid.BankMatch
	// Amount is above zero for money that came, below for money sent back to the
	// payer, and turned round when the match is taken back.
	Amount money.Amount
	// Back is true when the match is taken back.
	Back bool
	// On is the day at the bank.
	On    time.Time
	Actor string
}

// Service is everything this package does. It is safe for concurrent use.
type Service struct {
	db    *pg.DB
	books *ledger.Service
	hooks Hooks
}

// New makes the service.
func New(db *pg.DB, books *ledger.Service, hooks Hooks) *Service {
	return &Service{db: db, books: books, hooks: hooks}
}

// Account is an organisation's account at a bank.
type Account struct {
	Org uid.Org
	ID  uid.BankAccount
	// Name is what people call it.
	Name string
	// Number is an IBAN, or sort code and account number, without spaces.
	Number   string
	Currency money.Currency
	// Balance is what it came to at the end of CoveredUntil, the last day that a
	// statement covers. Known is false until a statement has said a balance.
	Balance      money.Amount
	Known        bool
	CoveredUntil time.Time
	// Open is how many of its lines are not explained, and OpenAmount what is open
	// of them in all.
	Open       int
	OpenAmount money.Amount
	// CSVColumns says what the columns of the bank's CSV files are; see
	// statement.ParseProfile.
	CSVColumns string
	Archived   bool
	Version    int64
}

// Statement is an imported statement.
type Statement struct {
	ID       uid.Statement
	Account  uid.BankAccount
	Format   string
	FileName string
	// Number is the bank's own.
	Number   string
	From, To time.Time
	// Opening and Closing have no currency where the statement said neither.
	Opening, Closing money.Amount
	// Checked is true when its balances and lines agreed.
	Checked bool
	// Lines is how many it had, and New how many of them no statement had before.
	Lines, New int
	ImportedAt time.Time
	ImportedBy string
}

// LineState is how much of a line is explained.
type LineState string

// The states of a line.
const (
	LineOpen      LineState = "open"
	LinePartly    LineState = "partly"
	LineExplained LineState = "explained"
)

// Line is one movement at a bank.
type Line struct {
	ID        uid.BankLine
	Account   uid.BankAccount
	Statement uid.Statement
	// Row is where it stood in the file.
	Row         int
	On, ValueOn time.Time
	// Amount is above zero for money that came in.
	Amount money.Amount
	// Open is what of it is not explained, with the same sign.
	Open      money.Amount
	State     LineState
	Text      string
	Reference string
	Party     string
	BankID    string
	// Matches are what explains it, those taken back included, oldest first.
	Matches []Match
}

// TargetKind is what a line can be matched to.
type TargetKind string

// The kinds of targets.
const (
	ToPayout TargetKind = "payout"
	ToOrder  TargetKind = "order"
	ToOther  TargetKind = "other"
)

// Match explains a line or a part of it.
type Match struct {
	ID   uid.BankMatch
	Line uid.BankLine
	Kind TargetKind
	// Ref is "po_…", "ord_…", or in words what the money was for.
	Ref string
	// Amount has the sign of the line.
	Amount money.Amount
	Reason string
	// Automatic is true when the program matched it.
	Automatic bool
	By        string
	At        time.Time
	// UnmatchedBy and what follows are set once it was taken back.
	UnmatchedBy   string
	UnmatchedAt   time.Time
	UnmatchReason string
}

// Live reports that the match counts.
func (m Match) Live() bool { return m.UnmatchedAt.IsZero() }

// Source is the ledger's key of the match's journal.
func (m Match) Source() string { return "bankmatch:" + m.ID.String() }

// Candidate is something that a line may be about.
type Candidate struct {
	Kind TargetKind
	Ref  string
	// Title is for people: "Payout po_1", "Order K7MP…, Leeds Labs Ltd".
	Title string
	// Amount is what is open of it, signed as a line that settles it.
	Amount money.Amount
	// On is the day on which it is expected; zero is unknown.
	On time.Time
	// Why says what speaks for it, in words, the strongest first.
	Why []string
	// Exact is true when the amount is what is open of the line.
	Exact bool
	// Sure is true when the program would match it by itself.
	Sure bool

	score int
}

package payment

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"lanyard/internal/account"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/outbox"
	"lanyard/internal/payment/stripegw"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Hooks tell the owner of orders what happened to their money. Each runs inside
// the transaction that settles it, after LockTx and before payment locks any row
// of its own, or with those rows locked: the order of locks is event and pools,
// order, attempt, payment. An error undoes the whole and is tried again later. A
// nil hook does nothing.
type Hooks struct {
	// LockTx locks the order and what it needs to settle it; found is false when
	// there is no such order.
	LockTx func(ctx context.Context, tx *pg.Tx, org uid.Org, order uid.Order) (found bool, err error)
	// Captured hears of money that fits its attempt, after it is booked. The owner
	// compares it with what is due and confirms, takes seats again, or opens a task.
	Captured func(ctx context.Context, tx *pg.Tx, c Captured) error
	// Processing hears that a slow method was chosen: the money comes in days or not.
	Processing func(ctx context.Context, tx *pg.Tx, org uid.Org, order uid.Order) error
	// Declined hears that a card was refused in an attempt that stays open, once for
	// each attempt.
	Declined func(ctx context.Context, tx *pg.Tx, org uid.Org, order uid.Order) error
	// Ended hears that an attempt can bring no money any more.
	Ended func(ctx context.Context, tx *pg.Tx, e Ended) error
	// Refunded hears of every change of a refund's state, dashboard ones included.
	Refunded func(ctx context.Context, tx *pg.Tx, r Refund) error
	// Disputed hears of every change of a dispute.
	Disputed func(ctx context.Context, tx *pg.Tx, d Dispute) error
	// Place tries to give late money its seats after all. With Overbook, which a
	// person decided, it may go beyond what is left.
	Place func(ctx context.Context, tx *pg.Tx, p Place) (placed bool, err error)
	// Credit takes an amount of an order's price back, because the money has gone
	// back already.
	Credit func(ctx context.Context, tx *pg.Tx, c Credit) error
	// GaveBack hears that money goes back because that is how a task was settled, in
	// the transaction that puts the refund down: the owner tells the buyer, and takes
	// back the sale that the money was for.
	GaveBack func(ctx context.Context, tx *pg.Tx, g GivenBack) error
	// Evidence tells, in lines of text, what is known about an order that speaks
	// against a dispute: tickets sent, entry scanned.
	Evidence func(ctx context.Context, org uid.Org, order uid.Order) (string, error)
	// Payout hears that a payout of an account has changed. It runs outside any
	// transaction and fetches the payout itself.
	Payout func(ctx context.Context, org uid.Org, account, payout string) error
}

// Place asks for the seats of an order whose money came late.
type Place struct {
	Org      uid.Org
	Order    uid.Order
	Payment  uid.Payment
	Overbook bool
	Actor    account.Actor
}

// Credit asks for a credit note over money that went back by another way.
type Credit struct {
	Org    uid.Org
	Order  uid.Order
	Amount money.Amount
	Reason string
	Actor  account.Actor
}

// GivenBack is money that goes back because a task was settled so.
type GivenBack struct {
	Org    uid.Org
	Order  uid.Order
	Kind   TaskKind
	Amount money.Amount
	Reason string
	Actor  account.Actor
}

// Service is everything this package does. It is safe for concurrent use.
type Service struct {
	db    *pg.DB
	box   *outbox.Box
	books *ledger.Service
	gw    *stripegw.Client
	hooks Hooks
	jobs  *river.Client[pgx.Tx]
	log   *slog.Logger
}

// New makes the service. Hooks may be set later, once, before anything runs. It
// panics when the job queue's client cannot be made, which only a wrong
// configuration in this function can cause.
func New(db *pg.DB, box *outbox.Box, books *ledger.Service, gw *stripegw.Client, hooks Hooks) *Service {
	jobs, err := river.NewClient(riverpgxv5.New(db.Pool()), &river.Config{})
	if err != nil {
		panic(fmt.Sprintf("payment: river client: %v", err))
	}
	return &Service{db: db, box: box, books: books, gw: gw, hooks: hooks, jobs: jobs, log: slog.New(slog.DiscardHandler)}
}

// SetHooks sets the hooks; call it before the service is used.
func (s *Service) SetHooks(h Hooks) { s.hooks = h }

// SetLogger sets who hears of what needs looking at; call it before use.
func (s *Service) SetLogger(log *slog.Logger) { s.log = log }

// Due is what a buyer is to pay.
type Due struct {
	Org        uid.Org
	Order      uid.Order
	OrderCode  string
	EventTitle string
	// Amount is the sum of Lines.
	Amount money.Amount
	Lines  []DueLine
	// Paid is what had been captured for the order, less refunds, when Amount was
	// reckoned; its zero value is nothing. When more has come in since, Start refuses.
	Paid money.Amount
	// Email is filled in on Stripe's page.
	Email string
	// HoldUntil is when the seats lapse; nobody can pay after that.
	HoldUntil time.Time
	// AllowDelayed offers methods whose money comes in days.
	AllowDelayed bool
	// SuccessURL and CancelURL are where Stripe sends the buyer back to.
	SuccessURL, CancelURL string
}

// DueLine is one line on Stripe's page.
type DueLine struct {
	Title    string
	Quantity int
	// Amount is the price of one.
	Amount money.Amount
}

// AttemptState is a state of an attempt.
type AttemptState string

// The states of an attempt; those up to Processing are live.
const (
	AttemptCreating   AttemptState = "creating"
	AttemptOpen       AttemptState = "open"
	AttemptProcessing AttemptState = "processing"
	AttemptSucceeded  AttemptState = "succeeded"
	AttemptFailed     AttemptState = "failed"
	AttemptExpired    AttemptState = "expired"
	AttemptSuperseded AttemptState = "superseded"
	AttemptAbandoned  AttemptState = "abandoned"
)

// Live reports whether money may still come.
func (s AttemptState) Live() bool {
	return s == AttemptCreating || s == AttemptOpen || s == AttemptProcessing
}

// Attempt is one try to pay.
type Attempt struct {
	Org    uid.Org
	ID     uid.Attempt
	Order  uid.Order
	State  AttemptState
	Amount money.Amount
	// URL is Stripe's page while the attempt is open.
	URL string
	// Session is Stripe's id of it; empty while creating.
	Session string
	// Declined is true when a card was refused in it.
	Declined  bool
	ExpiresAt time.Time
	HoldUntil time.Time
	CreatedAt time.Time
	EndedAt   time.Time
}

// Payment is money that was captured.
type Payment struct {
	Org uid.Org
	ID  uid.Payment
	// Order and Attempt are zero when the money names none that we know.
	Order   uid.Order
	Attempt uid.Attempt
	Amount  money.Amount
	// Account is Stripe's account; "" is the operator's own.
	Account string
	Charge  string
	// Method is such as "card" or "bacs_debit"; Detail such as "Visa 4242".
	Method, Detail string
	At             time.Time
	// Fits is false when the money was not what its attempt asked for.
	Fits bool
}

// Captured is a payment that fits its attempt.
type Captured struct {
	Org     uid.Org
	Order   uid.Order
	Payment uid.Payment
	Attempt uid.Attempt
	Amount  money.Amount
	Charge  string
	At      time.Time
	Method  string
}

// Ended is an attempt that brings no money any more.
type Ended struct {
	Org     uid.Org
	Order   uid.Order
	Attempt uid.Attempt
	// State is expired, failed, superseded or abandoned.
	State AttemptState
	// Declined is true when a card was refused in it.
	Declined bool
}

// RefundState is a state of a refund.
type RefundState string

// The states of a refund.
const (
	RefundRequested      RefundState = "requested"
	RefundSubmitting     RefundState = "submitting"
	RefundPending        RefundState = "pending"
	RefundRequiresAction RefundState = "requires_action"
	RefundSucceeded      RefundState = "succeeded"
	RefundFailed         RefundState = "failed"
	RefundCanceled       RefundState = "canceled"
)

// Source is who wanted a refund.
type Source string

// The sources.
const (
	FromStaff          Source = "staff"
	FromSelfService    Source = "self_service"
	FromEventCancelled Source = "event_cancelled"
	FromLateMoney      Source = "late_money"
	FromOverpaid       Source = "overpaid"
	// FromDashboard was made at Stripe and adopted here.
	FromDashboard Source = "dashboard"
)

// Refund is money on its way back.
type Refund struct {
	Org     uid.Org
	ID      uid.Refund
	Payment uid.Payment
	Order   uid.Order
	Amount  money.Amount
	State   RefundState
	Source  Source
	Reason  string
	// Blocked says, in words, why it is not sent yet; empty for most.
	Blocked string
	// Failure is Stripe's word for why it failed.
	Failure string
	// StripeID is "re_…" once Stripe has it.
	StripeID    string
	SourceKey   string
	Actor       string
	RequestedAt time.Time
	SettledAt   time.Time
}

// RefundInput asks for a refund.
type RefundInput struct {
	Org   uid.Org
	Order uid.Order
	// Payment is what to take it from; zero takes it from the order's payments,
	// the newest first.
	Payment uid.Payment
	Amount  money.Amount
	Reason  string
	Source  Source
	Actor   account.Actor
	// SourceKey names the cause, once per organisation: asking again with it
	// returns what was made the first time.
	SourceKey string
}

// Dispute is a payment that the buyer's bank disputes.
type Dispute struct {
	Org     uid.Org
	ID      uid.Dispute
	Payment uid.Payment
	Order   uid.Order
	Amount  money.Amount
	// Status is Stripe's word.
	Status string
	Reason string
	// Inquiry is true while the bank only asks and takes nothing.
	Inquiry bool
	// Refundable is whether Stripe lets the charge be refunded meanwhile.
	Refundable bool
	StripeID   string
	Charge     string
	OpenedAt   time.Time
	// DueBy is the last moment for evidence; zero when none is asked for.
	DueBy time.Time
	// ClosedAt is zero while it is not decided.
	ClosedAt time.Time
}

// Open reports whether the dispute is still undecided.
func (d Dispute) Open() bool { return d.ClosedAt.IsZero() }

// Lost reports whether the bank kept the money.
func (d Dispute) Lost() bool { return d.Status == "lost" }

// Money is everything about an order's money.
type Money struct {
	Attempts []Attempt
	Payments []Payment
	Refunds  []Refund
	Disputes []Dispute
	// Transfers came, or went back, from bank to bank, and were found on a statement.
	Transfers []ledger.Transfer
}

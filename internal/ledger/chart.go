package ledger

// Account is the code of a ledger account. An organisation has one of each code
// and currency, made when it is first used.
type Account string

// The chart of accounts. In brackets, what their references name.
const (
	Receivable     Account = "receivable"      // [order] what a buyer owes; below zero: what is due to the buyer
	DeferredIncome Account = "deferred_income" // [event] sold, net of VAT, and not yet held
	Income         Account = "income"          // [event] earned
	VATOutput      Account = "vat_output"      // [rate, such as "2000:GB-standard"] VAT to be paid over
	StripePending  Account = "stripe_pending"  // [charge] captured, not yet seen on Stripe's balance
	StripeBalance  Account = "stripe_balance"  // ["stripe"] on Stripe's balance
	StripeOther    Account = "stripe_other"    // [sort of row, or whose it is] reserves, another shop's sales
	StripeSuspense Account = "stripe_suspense" // [balance transaction] rows of a sort nobody knows yet
	Fees           Account = "fees"            // [kind of fee]
	RefundPending  Account = "refund_pending"  // [refund] sent, not yet seen on Stripe's balance
	DisputeHeld    Account = "dispute_held"    // [dispute] taken by the bank until it decides
	DisputeLoss    Account = "dispute_loss"    // [dispute]
	PayoutTransit  Account = "payout_transit"  // [payout] on its way to the bank
	Bank           Account = "bank"            // [bank account]
	BankSuspense   Account = "bank_suspense"   // [statement line] arrived or left, unexplained
	BankOther      Account = "bank_other"      // [what it was for] at the bank, and none of the ticket shop's business
	FX             Account = "fx"              // [charge or row] sold in one currency and settled in another
	WriteOff       Account = "write_off"       // [what was written off]
)

// AccountKind is the side of the books an account stands on.
type AccountKind string

// The kinds of accounts.
const (
	Asset     AccountKind = "asset"
	Liability AccountKind = "liability"
	Earned    AccountKind = "income"
	Expense   AccountKind = "expense"
)

// Entry is one account of the chart.
type Entry struct {
	Account Account
	Kind    AccountKind
	// Clearing says that each reference has to come to zero in the end.
	Clearing bool
	// Title is the account's name for people.
	Title string
}

// Chart lists the accounts, in the order in which people read them.
func Chart() []Entry {
	return []Entry{
		{Receivable, Asset, true, "Owed by buyers"},
		{StripePending, Asset, true, "Captured, not yet on the Stripe balance"},
		{StripeBalance, Asset, false, "Stripe balance"},
		{PayoutTransit, Asset, true, "Payouts on their way"},
		{Bank, Asset, false, "Bank"},
		{DisputeHeld, Asset, true, "Held for disputes"},
		{StripeOther, Asset, false, "Other Stripe movements"},
		{StripeSuspense, Asset, true, "Stripe movements to be explained"},
		{BankSuspense, Asset, true, "Bank lines to be explained"},
		{BankOther, Asset, false, "Other bank movements"},
		{RefundPending, Liability, true, "Refunds on their way"},
		{DeferredIncome, Liability, false, "Ticket income of events to come"},
		{VATOutput, Liability, false, "VAT on sales"},
		{Income, Earned, false, "Ticket income"},
		{Fees, Expense, false, "Payment fees"},
		{DisputeLoss, Expense, false, "Lost disputes"},
		{FX, Expense, false, "Currency differences"},
		{WriteOff, Expense, false, "Written off"},
	}
}

var chart = func() map[Account]Entry {
	m := map[Account]Entry{}
	for _, e := range Chart() {
		m[e.Account] = e
	}
	return m
}()

// Kind says what sort of event a journal records.
type Kind string

// The kinds of journals, with the numbers that the builders carry.
const (
	KindSale          Kind = "sale"           // J1
	KindCapture       Kind = "capture"        // J2
	KindCharge        Kind = "charge"         // J3
	KindCredit        Kind = "credit"         // J4
	KindRefundSent    Kind = "refund_sent"    // J4b
	KindRefund        Kind = "refund"         // J5
	KindRefundFailed  Kind = "refund_failed"  // J5
	KindDispute       Kind = "dispute"        // J6
	KindDisputeLost   Kind = "dispute_lost"   // J7
	KindPayout        Kind = "payout"         // J8
	KindBank          Kind = "bank"           // J9
	KindBankMatch     Kind = "bank_match"     // J9
	KindEventHeld     Kind = "event_held"     // J10
	KindOther         Kind = "other"          // J11
	KindSettledAbroad Kind = "settled_abroad" // J12
	KindPlaced        Kind = "placed"         // J11
	KindManual        Kind = "manual"
	KindReversal      Kind = "reversal"
)
